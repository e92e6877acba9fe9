"""`lead-routing plan`, `apply` and `import` against the real API: planned, applied, left alone, refused, pruned."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lead_routing_cli import configure
from lead_routing_cli.company_file import COLLECTIONS
from lead_routing_cli.http_client import Api
from lead_routing_cli.main import cli
from tools.local_api.server import LocalApi

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "company.yaml"
SMALL = """
accounts:
  - {id: west, kind: branch, name: West, parent: corporate}
  - {id: ann, kind: user, name: Ann, parent: west, role: rep}
sources:
  - {id: shop, name: Shop, owner: west}
push_strategies:
  - {id: all, name: All, record_type: lead, distributed_from: west, method: round_robin, recipients: [{account: ann}]}
"""
Run = Callable[..., Any]


@dataclass(frozen=True)
class Ended:
    """What a command printed."""

    stdout: str
    stderr: str


def ended(capsys: pytest.CaptureFixture[str], arguments: Sequence[str], status: int) -> Ended:
    with pytest.raises(SystemExit) as end:
        cli(arguments)
    found = Ended(*capsys.readouterr())
    assert end.value.code == status, found
    return found


@pytest.fixture
def api() -> Iterator[Api]:
    with LocalApi() as local, Api(local.url, "dev:admin") as api:
        yield api


@pytest.fixture
def run(api: Api, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object, status: int = 0) -> Ended:
        return ended(capsys, [*map(str, arguments), "--url", api.url], status)

    return run


def company(api: Api) -> dict[str, list[dict[str, Any]]]:
    return {path: list(api.items(f"/v1/{path}")) for path in COLLECTIONS.values()}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "company.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_company_is_planned_applied_and_then_left_alone(
    api: Api, run: Run, tmp_path: Path
) -> None:
    before = company(api)
    planned = run("plan", EXAMPLE).stdout
    assert planned.splitlines()[-1] == "27 to create, 2 to change, 0 unchanged"
    assert "only on the server" not in planned  # what every company begins with is nothing to speak of
    assert company(api) == before
    assert run("apply", EXAMPLE).stdout == "27 created, 2 changed, 0 unchanged\n"
    before = company(api)
    assert run("apply", EXAMPLE).stdout == "0 created, 0 changed, 29 unchanged\n"
    assert company(api) == before
    text = EXAMPLE.read_text(encoding="utf-8")
    edited = text.replace(", enabled: false}", "}").replace("lease_minutes: 20", "lease_minutes: 25")
    assert run("plan", write(tmp_path, edited)).stdout.splitlines() == [
        "~ accounts/marcus",
        "    enabled: false -> true",
        "~ pull-strategies/follow-up",
        "    lease_minutes: 20 -> 25",
        "0 to create, 2 to change, 27 unchanged",
    ]
    assert json.loads(run("apply", tmp_path / "company.yaml", "--json").stdout) == {
        "created": 0, "changed": 2, "deleted": 0, "unchanged": 27
    }  # fmt: skip
    assert api.get("/v1/accounts/marcus")["enabled"] is True


def test_plan_finds_all_that_apply_would_refuse_and_apply_then_does_nothing(
    api: Api, run: Run, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        SMALL.replace("name: Shop", "nane: Shop")
        .replace("parent: west, role: rep", "parent: east, role: rep")
        .replace(
            "method: round_robin,", "method: round_robin, criteria: [{field: a, operator: is_not_empty}],"
        ),
    )
    before = company(api)
    planned = run("plan", path, status=1)
    assert sorted(planned.stderr.splitlines()) == [
        f"{path}:4: accounts[1].parent (ann): must be the id of an account",
        f"{path}:6: sources[0].name (shop): must be given",
        f"{path}:6: sources[0].nane (shop): is not known here",
        f"{path}:8: push_strategies[0].criteria[0].field (all): is not a field of record type 'lead'",
    ]
    applied = run("apply", path, status=1)
    assert applied.stderr.splitlines()[:-1] == planned.stderr.splitlines()
    assert applied.stderr.splitlines()[-1].endswith("nothing changed")
    assert company(api) == before
    assert json.loads(run("plan", path, "--json", status=1).stdout)["problems"] == planned.stderr.splitlines()


def test_what_only_the_server_has_stays_until_it_is_pruned_with_consent(
    api: Api, run: Run, tmp_path: Path
) -> None:
    run("apply", write(tmp_path, SMALL))
    path = write(tmp_path, SMALL.replace("id: ann", "id: anne").replace("account: ann", "account: anne"))
    planned = run("plan", path).stdout.splitlines()
    assert planned[-3:] == [
        "only on the server, left as it is: accounts/ann",
        (
            "accounts/anne has the name of accounts/ann: if it is the same under another id, "
            "--prune takes accounts/ann away"
        ),
        "1 to create, 1 to change, 2 unchanged",
    ]
    applied = run("apply", path)
    assert "accounts/anne has the name of accounts/ann" in applied.stderr
    assert api.get("/v1/accounts/ann")["name"] == "Ann"
    assert "- accounts/ann" in run("plan", path, "--prune").stdout.splitlines()
    refused = run("apply", path, "--prune", status=2)
    assert refused.stderr.splitlines() == ["- accounts/ann", "--prune would delete these 1: say --yes too"]
    assert run("apply", path, "--prune", "--yes").stdout == "0 created, 0 changed, 1 deleted, 4 unchanged\n"
    assert [each["id"] for each in api.items("/v1/accounts")] == ["admin", "anne", "corporate", "west"]
    assert run("plan", path, "--prune").stdout == "0 to create, 0 to change, 4 unchanged\n"


def test_a_resource_that_moved_on_since_the_plan_is_not_overwritten(api: Api, tmp_path: Path) -> None:
    file = configure.read(write(tmp_path, SMALL))
    configure.apply(configure.plan(file, api), api)
    file = configure.read(write(tmp_path, SMALL.replace("name: West", "name: Far West")))
    planned = configure.plan(file, api)
    api.send("PUT", "/v1/accounts/west", {"kind": "branch", "name": "Mine", "parent": "corporate"})
    with pytest.raises(
        configure.PartlyAppliedError, match="accounts/west: changed by someone else since the plan"
    ):
        configure.apply(planned, api)
    assert api.get("/v1/accounts/west")["name"] == "Mine"


def test_leads_are_imported_as_a_user_or_as_the_source_with_its_key(
    api: Api, run: Run, tmp_path: Path
) -> None:
    run("apply", write(tmp_path, SMALL))
    leads = tmp_path / "leads.csv"
    leads.write_text("Lead ID,Name,Mobile Number,State\nV-1,Pat Lee,303-555-0101,Colorado\nV-2,Sam,none,ZZ\n")
    first = run("import", leads, "--source", "shop", status=1).stdout.splitlines()
    assert first[0] == "2 rows read: 1 leads created, 0 here already, 1 left out"
    assert first[1].startswith("  line 3: ")
    again = json.loads(run("import", leads, "--json", "--source", "shop", status=1).stdout)
    assert (again["created"], again["duplicates"], again["left_out"]) == (0, 1, 1)
    (found,) = again["problems"]
    assert found["line"] == 3
    key = api.post("/v1/sources/shop/keys")["api_key"]
    leads.write_text("Lead ID,Name,Mobile Number,State\nV-1,Pat Lee,303-555-0101,Colorado\n")
    assert "1 leads created" in run("import", leads, "--source", "shop", "--key", key).stdout
    leads.write_text("Lead ID,Name,Mobile Number,State\nV-1,Kim Day,303-555-0109,Colorado\n")
    differs = run("import", leads, "--source", "shop", "--key", key, status=1).stdout.splitlines()
    assert differs == [
        "1 rows read: 0 leads created, 0 here already, 1 here with other data, 0 refused, 0 unreadable",
        "  line 2: another lead is here under the external_id V-1",
    ]
    assert "no_account" in run("import", leads, "--token", "dev:nobody", status=2).stderr


def test_a_workbook_is_imported_and_a_file_that_is_none_told(api: Api, run: Run, tmp_path: Path) -> None:
    run("apply", write(tmp_path, SMALL))
    book, path = openpyxl.Workbook(), tmp_path / "leads.xlsx"
    for row in (["Who", "Mobile Number", "State"], ["Pat", 3035550101, "CO"], ["Sam", "none", None]):
        book.active.append(row)
    book.save(path)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("Who: first_name\n")
    done = run("import", path, "--source", "shop", "--mapping", mapping, status=1).stdout.splitlines()
    assert done[0] == "2 rows read: 1 leads created, 0 here already, 1 left out"
    assert done[1].startswith("  line 3: ")
    path.write_bytes(b"Colour,Size\nred,1\n")
    refused = run("import", path, "--source", "shop", status=2).stderr
    assert "no column for an e-mail or a phone" in refused
    mapping.write_text("Nothing: email\n")
    path.write_bytes(b"Email\na@b.com\n")
    refused = run("import", path, "--source", "shop", "--mapping", mapping, status=2).stderr
    assert (
        refused == f"{path}: line 1: the mapping names columns that the list has not: Nothing; it has Email\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan", "none.yaml"], "none.yaml: No such file or directory\n"),
        (["apply", str(EXAMPLE), "--url", "http://127.0.0.1:1"], "http://127.0.0.1:1 does not answer: "),
        (["import", "none.csv"], "none.csv: No such file or directory\n"),
    ],
)
def test_what_cannot_begin_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    err = ended(capsys, arguments, 2).stderr
    assert err.startswith(message)
    assert len(err.splitlines()) == 1


def test_the_module_that_was_the_command_still_is(api: Api, tmp_path: Path) -> None:
    path = write(tmp_path, SMALL)
    command = [
        sys.executable,
        "-m",
        "tools.configure",
        "apply",
        str(path),
        "--url",
        api.url,
        "--token",
        "dev:admin",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "4 created, 0 changed, 0 unchanged\n"
