"""`lead-routing demo` as a stranger meets it: the table, the reasons, the tour, and one clear line when it cannot."""

import json
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.processes import demo, python

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def command(*arguments: str) -> list[str]:
    return [sys.executable, *demo(*arguments)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def row(out: str, account: str) -> list[str]:
    """The numbers of an account's row in the table."""
    line = next(line for line in out.splitlines() if re.search(rf"│\s*{account}\s*│", line))
    return re.findall(r"\b\d+\b", line)


def test_the_example_leads_are_routed_worked_and_explained() -> None:
    done = run("--once")
    assert done.returncode == 0, done.stderr
    assert "300 rows read: 300 leads created, 0 here already, 0 refused, 0 unreadable" in done.stdout
    assert row(done.stdout, "Total")[-1] == "300"
    shares = [
        int(row(done.stdout, name)[-1]) for name in ("Ana Ortiz", "Ben Sato", "Priya Raman", "Tom Becker")
    ]
    assert max(shares) - min(shares) <= 1
    assert re.search(r"\b36 │ held\b.*dallas-territory matches, but has nobody", done.stdout)
    assert "marcus is disabled" in done.stdout
    assert re.search(r"from the start to this table: \d+\.\d s", done.stdout)
    assert "no-answer -> cooling, owner phoenix" in done.stdout
    assert "contacted -> assigned, owner grace" in done.stdout
    assert "everywhere-else v1: matches" in done.stdout


def test_a_vendor_file_with_a_mapping_and_bad_rows(tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    vendor = (EXAMPLES / "vendor-leads.csv").read_text(encoding="utf-8")
    damage = (
        'V-2;"Bad;B;b@example.com;;CO;80203;;;\n'
        "V-3;No;Contact;;;CO;80203;;;\n"
        "V-4;Zip;Short;z@example.com;;MA;2139;;;\n"
    )
    leads.write_text(vendor + damage, encoding="utf-8")
    done = run("--once", "--leads", str(leads), "--mapping", str(EXAMPLES / "vendor-mapping.yaml"))
    assert done.returncode == 0, done.stderr
    assert "9 rows read: 7 leads created, 0 here already, 1 refused, 1 unreadable" in done.stdout
    assert "line 8: a quote is opened and not closed" in done.stdout
    assert "line 9: " in done.stdout
    assert "postal_code: had lost its leading zero; it was put back (line 10)" in done.stdout


def test_stays_up_until_it_is_told_to_stop_and_leaves_nothing_behind() -> None:
    small = (
        "--leads",
        str(EXAMPLES / "vendor-leads.csv"),
        "--mapping",
        str(EXAMPLES / "vendor-mapping.yaml"),
    )
    with python(*command(*small)[1:]) as process:
        assert process.stdout
        lines = iter(process.stdout.readline, "")
        url = next(match[1] for line in lines if (match := re.search(r"Serving on (http://\S+) ", line)))
        curls = [shlex.split(next(lines)) for _ in range(3)]
        assert all(each[:2] == ["curl", "-s"] and each[2].startswith(f"{url}/v1/") for each in curls)
        answer = subprocess.run(curls[0], capture_output=True, text=True, timeout=30, check=True)
        assert '"duplicate":false' in answer.stdout.replace(" ", "")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), timeout=5)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("none.csv", None, "No such file or directory"),
        ("empty.csv", b"", "line 1: the file is empty"),
        (
            "odd.csv",
            b"name,city\nAna,Denver\n",
            "line 1: no column for an e-mail or a phone among: name, city",
        ),
    ],
)
def test_a_file_that_is_no_use_is_one_line(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = run("--leads", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{path}: {reason}")
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port\n"
    )


COMPANY = """
accounts:
  - {id: west, kind: branch, name: West, parent: corporate}
  - {id: ann, kind: user, name: Ann Ode, parent: west, role: rep}
sources:
  - {id: shop, name: Shop, owner: west}
push_strategies:
  - {id: all, name: All, record_type: lead, distributed_from: west, method: round_robin, recipients: [{account: ann}]}
"""


def test_a_company_and_leads_of_ones_own_go_together(tmp_path: Path) -> None:
    company, leads = tmp_path / "company.yaml", tmp_path / "leads.csv"
    company.write_text(COMPANY)
    leads.write_text("Name,Mobile Number\nPat Lee,303-555-0101\nSam Ray,303-555-0102\n")
    done = run("--once", "--company", str(company), "--leads", str(leads))
    assert done.returncode == 0, done.stderr
    assert "company.yaml: 4 created, 0 changed, 0 unchanged" in done.stdout
    assert "2 rows read: 2 leads created" in done.stdout
    assert row(done.stdout, "Ann Ode") == ["2", "2"]
    assert "Grace" not in done.stdout


def test_data_that_is_kept_is_left_as_it_is(tmp_path: Path) -> None:
    data, leads = tmp_path / "data", tmp_path / "leads.csv"
    leads.write_text("Name,Phone,State\nPat Lee,602-555-0101,AZ\n")
    first = run("--once", "--data", str(data), "--leads", str(leads))
    assert first.returncode == 0, first.stderr
    assert "no-answer" not in first.stdout  # a lead of one's own is not worked
    assert row(first.stdout, "Total")[-1] == "1"
    kept = json.loads((data / "dynamodb.json").read_text())
    again = run("--once", "--data", str(data))
    assert again.returncode == 0, again.stderr
    assert f"{data} has data: what is there is left as it is" in again.stdout
    assert "created" not in again.stdout
    assert row(again.stdout, "Total")[-1] == "1"
    for each in (data, *data.rglob("*")):
        assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600), each
    assert versions(json.loads((data / "dynamodb.json").read_text())) == versions(kept)


def versions(kept: object) -> list[str]:
    """What a store keeps of the company, each version of each resource."""
    return sorted(re.findall(r"CONFIG#[a-z-]+#[\w.-]+", json.dumps(kept)))


def test_a_company_that_is_refused_ends_it(tmp_path: Path) -> None:
    company = tmp_path / "company.yaml"
    company.write_text(COMPANY.replace("parent: west", "parent: east"))
    done = run("--once", "--company", str(company))
    assert done.returncode == 1
    assert f"{company}:4: accounts[1].parent (ann): must be the id of an account" in done.stderr
