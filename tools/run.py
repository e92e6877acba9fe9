"""The demonstration behind `make run`: a company, a file of leads, and where each of them went.

Starts the local API with the embedded store, applies the example company, posts the leads as its web form
would, shows who got them and why some wait, works two of them as a rep, and stays up until it is interrupted.
"""

import argparse
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tools import configure
from tools.engines import EngineMissingError
from tools.http_client import Api, ApiUnreachableError, RefusedError
from tools.lead_file import LeadFile, UnreadableFileError, read_mapping
from tools.lead_posting import Tally, post_leads
from tools.local_api.server import LocalApi
from tools.report import print_distribution
from tools.tour import REP, print_timeline, work_leads

EXAMPLES = Path(__file__).parent.parent / "examples"
COMPANY = EXAMPLES / "company.yaml"
SOURCE = "web-form"
EXPECTED = (
    UnreadableFileError,
    EngineMissingError,
    configure.ConfigureError,
    ApiUnreachableError,
    RefusedError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when done or interrupted, 2 when it cannot begin, with one line that says why."""
    chosen = _arguments(arguments)
    _interrupt_on_signals()
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        _run(chosen, console)
    except KeyboardInterrupt:
        console.print("stopped")
    except EXPECTED as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.run", description=__doc__)
    parser.add_argument(
        "--leads", type=Path, default=Path(os.environ.get("LEADS") or EXAMPLES / "leads.csv"),
        help="the CSV file (also as LEADS; default: the example's)",
    )  # fmt: skip
    parser.add_argument(
        "--mapping", type=Path, default=os.environ.get("MAPPING") or None,
        help="a YAML file: heading to a key of the lead (also as MAPPING)",
    )  # fmt: skip
    parser.add_argument(
        "--port", type=int, default=8080, help="where to listen (default: %(default)s; 0: any)"
    )
    parser.add_argument("--data", type=Path, help="keep the data here between runs")
    parser.add_argument("--once", action="store_true", help="end after the tour instead of staying up")
    return parser.parse_args(arguments)


def _interrupt_on_signals() -> None:
    """Have SIGINT and SIGTERM end the run in order; a background job starts with SIGINT ignored."""
    asked = False

    def interrupt(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if asked:
            # Asked twice: go at once. The store sees that we are gone, and ends too.
            os._exit(128 + number)
        asked = True
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, interrupt)


def _run(chosen: argparse.Namespace, console: Console) -> None:
    started = time.monotonic()
    with ExitStack() as stack:
        # What can be refused is looked at before anything is started.
        file = stack.enter_context(
            LeadFile(chosen.leads, chosen.mapping and read_mapping(Path(chosen.mapping)))
        )
        _free_port(chosen.port)
        console.print("starting the local API with the embedded store ...")
        local = stack.enter_context(
            LocalApi(store="embedded", port=chosen.port, data_dir=chosen.data, empty=True)
        )
        admin = stack.enter_context(Api(local.url, "dev:admin"))
        summary = configure.apply(COMPANY, local.url, "dev:admin")
        console.print(f"{COMPANY.name}: {summary}", highlight=False)
        key = admin.post(f"/v1/sources/{SOURCE}/keys")["api_key"]
        _print_tally(_ingest(file, local.url, key, console), file, console)
        admin.post("/_local/settle")
        print_distribution(admin, console)
        console.print(f"from the start to this table: {time.monotonic() - started:.1f} s", highlight=False)
        with Api(local.url, f"dev:{REP}") as rep:
            worked = work_leads(rep, console)
        admin.post("/_local/settle")
        if worked:
            print_timeline(admin, console, worked)
        if not chosen.once:
            _print_invitation(local.url, key, worked, console)
            while True:
                signal.pause()


def _free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as failed:
            reason = getattr(failed, "strerror", None) or str(failed)
            raise ApiUnreachableError(
                f"cannot listen on 127.0.0.1:{port}: {reason}; choose another --port"
            ) from failed


def _ingest(file: LeadFile, url: str, key: str, console: Console) -> Tally:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]} leads"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task(escape(file.path.name), total=file.size, rows=0)
        tally = post_leads(
            file, url, SOURCE, key, lambda read, rows: bar.update(task, completed=read, rows=rows)
        )
        bar.update(task, completed=file.size)
    return tally


def _print_tally(tally: Tally, file: LeadFile, console: Console) -> None:
    different = f"{tally.different} here with other data, " if tally.different else ""
    console.print(
        f"{tally.rows} rows read: {tally.created} leads created, {tally.duplicates} here already, {different}"
        f"{tally.refused} refused, {tally.bad} unreadable",
        highlight=False,
    )
    lines = [*file.list.notes, *(str(problem) for problem in tally.problems)]
    if tally.left_out > len(tally.problems):
        lines.append(f"... and {tally.left_out - len(tally.problems)} more rows left out")
    noticed: dict[tuple[str, str], list[str]] = {}
    for (name, message), on in sorted(tally.warnings.items(), key=lambda each: -each[1].times):
        noticed.setdefault((str(on), message), []).append(name)
    lines += [f"{', '.join(names)}: {message} ({where})" for (where, message), names in noticed.items()]
    for line in lines:
        console.print(f"  {escape(line)}", highlight=False)


def _print_invitation(url: str, key: str, lead: str | None, console: Console) -> None:
    body = '{"first_name": "Pat", "phone": "303-555-0199", "state": "CO", "fields": {"product": "purchase"}}'
    json = "-H 'Content-Type: application/json'"
    console.print(f"\n[bold]Serving on {url}[/] until Ctrl-C. To paste into another shell:", highlight=False)
    for line in (
        f"curl -s {url}/v1/intake/{SOURCE} -H 'X-Api-Key: {key}' {json} -d {shlex.quote(body)}",
        f"curl -s {url}/v1/pull -H 'Authorization: Bearer dev:omar' {json} -d '{{}}'",
        f"curl -s {url}/v1/leads/{lead}/timeline -H 'Authorization: Bearer dev:admin'"
        if lead
        else f"curl -s '{url}/v1/leads?owner=corporate' -H 'Authorization: Bearer dev:admin'",
    ):
        console.print(line, highlight=False, soft_wrap=True, markup=False)


if __name__ == "__main__":
    sys.exit(main())
