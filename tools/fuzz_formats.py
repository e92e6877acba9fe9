"""Feeds the readers of posts and lists bytes that lead somewhere new: they are read or told unreadable, nothing hangs
or grows.

    python -m tools.fuzz_formats                 every format and `list`, a while each
    python -m tools.fuzz_formats FORMAT [...]    one; what follows is libFuzzer's (`-runs=100000`, a file that failed)

Of `list` the bytes are a file of leads, and a list of phones. Workbooks are not here: what is changed of a zip ends at
its checksums, and their XML has the tests of `test_workbooks.py`.

Run by `make test-long` in an environment with `atheris`; where there is none for the machine, it says so.
"""

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from routing.domain.formats.post import Unreadable
from routing.domain.formats.settings import Format, Settings
from routing.domain.intake import understand
from routing.domain.leads import RecordType

KINDS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "text/xml; charset=utf-16",
)
BOUNDS = ("-runs=20000", "-max_len=4096", "-timeout=10", "-rss_limit_mb=1024")
"""Executions, bytes of a body, seconds that one may take, megabytes that all may."""
OBJECT = b'{"a": {"b": "a@b.com"}, "phone": ["2145550142"], "fields": {"x": 1}, "email": null}'
PART = b'--x\r\nContent-Disposition: form-data; name="fields[a]"\r\n\r\n1\r\n--x--'
PROSPECT = (
    b'\3<?xml version="1.0"?><adf><prospect status="new"><id sequence="1">7</id><requestdate>2026-3-4T8:47:50-08:0'
    b'</requestdate><vehicle interest="trade-in"><year>1</year><price type="x">2</price></vehicle><customer>'
    b'<contact><name part="first">A</name><phone type="cell">2145550142</phone></contact></customer></prospect></adf>'
)
DAMAGED = (
    b"\3<?ADF?><!DOCTYPE a><adf><prospect><make>A<model>b & c<br><![CDATA[x]]><!-- y --></prospect>&eacute;"
)
GOOGLE = (
    b'\0{"google_key": "k", "is_test": true, "lead_id": 1, "user_column_data": [{"column_id": "EMAIL",'
    b' "string_value": "a@b.com"}, {"column_name": "x?", "string_value": "y"}]}'
)
ANSWERS = b'\0{"data": {"answers": [{"question": "email", "answer": "a@b.com"}, {"name": "x", "values": [1, "2"]}]}}'
LIST = "list"
TABLE = (
    b'\xef\xbb\xbfsep=;\nFirst Name;"E-Mail";Phone;Mobile;ID;Created At\r\n'
    b'Zo\xeb;a@b.com;2145550142;;7;2026-01-05\r\n"a\n;b'
)
SEEDS: Mapping[str, Sequence[bytes]] = {
    "json": (b"\0" + OBJECT, b"\0[" + OBJECT + b"]"),
    "form": (b"\1phone=%2B1214&a[]=1&a[]=2&fields.x=%e9&Full+Name=A+B", b"\2" + PART),
    "adf": (PROSPECT, DAMAGED),
    "google_ads": (GOOGLE,),
    "webhook": (b"\0" + OBJECT, ANSWERS, b"\1email=a&x=1"),
    LIST: (TABLE, "email\tNotes\na@b.com\tx\n".encode("utf-16"), b"214,5550104\n303-555-0102\n"),
}
"""What is changed first. Of a post the first byte chooses among `KINDS`."""
NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
RECORD_TYPE = RecordType("lead", "Lead")


def main() -> int:
    if find_spec("atheris") is None:
        print("There is no atheris for this machine: the readers of posts are not fuzzed.")
        return 0
    if len(sys.argv) > 1:
        fuzz(sys.argv[1], sys.argv[2:])
    for each in SEEDS:
        print(f"{each}: {' '.join(BOUNDS)}", flush=True)
        with tempfile.TemporaryDirectory() as kept:
            for at, seed in enumerate(SEEDS[each]):
                Path(kept, str(at)).write_bytes(seed)
            command = [sys.executable, "-m", "tools.fuzz_formats", each, *BOUNDS, kept]
            if status := subprocess.call(command):
                return status
    return 0


def fuzz(name: str, arguments: list[str]) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    packages = ["routing.domain.lists" if name == LIST else "routing.domain.formats"]
    with atheris.instrument_imports(include=packages, enable_loader_override=False):
        once = _of_list() if name == LIST else _of_posts(name)
    atheris.Setup([sys.argv[0], *arguments], once)
    atheris.Fuzz()


def _of_posts(name: str) -> Callable[[bytes], None]:
    from routing.domain.formats.registry import read

    given: Format = next(each for each in get_args(Format) if each == name)
    settings = Settings(given, {"a.b": "email", "x": "fields.x"})

    def once(data: bytes) -> None:
        kind = KINDS[data[0] % len(KINDS)] if data else KINDS[0]
        try:
            found = read(data[1:], kind, settings, NOW)
        except Unreadable:
            return
        for body in found.bodies:
            understand(body.lead, RECORD_TYPE)

    return once


def _of_list() -> Callable[[bytes], None]:
    from routing.domain.lists.leads import LeadList
    from routing.domain.lists.phones import phone_rows
    from routing.domain.lists.records import UnreadableListError

    def once(data: bytes) -> None:
        for rows in (lambda: LeadList(io.BytesIO(data)).rows(), lambda: phone_rows(io.BytesIO(data))):
            with suppress(UnreadableListError):
                for _ in rows():
                    pass

    return once


if __name__ == "__main__":
    sys.exit(main())
