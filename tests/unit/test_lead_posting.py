"""Posting a file: every row is counted once, and an API that is gone ends it with an error."""

import socket
from pathlib import Path

import pytest

from lead_routing_cli.http_client import Answer, ApiUnreachableError
from lead_routing_cli.lead_file import LeadFile
from lead_routing_cli.lead_posting import LINES_NAMED, LISTED, Tally, Target, post_leads
from routing.domain.lists.leads import LeadRow
from routing.domain.lists.records import BadRow


def created(*warnings: tuple[str, str], duplicate: bool = False) -> Answer:
    noticed = [{"field": field, "code": "noticed", "message": message} for field, message in warnings]
    return Answer(201, {}, {"lead_id": "1", "status": "new", "duplicate": duplicate, "warnings": noticed})


def test_each_row_is_counted_as_one_thing_with_what_was_noticed() -> None:
    tally, row = Tally(), LeadRow(2, {"email": "a@b.co"})
    tally.count(row, created(("phone", "dropped")))
    tally.count(LeadRow(7, row.lead), created(("phone", "dropped"), ("state", "dropped"), duplicate=True))
    errors = [{"field": "email", "code": "missing", "message": "nobody can be reached"}]
    tally.count(row, Answer(422, {}, {"detail": "no use", "code": "invalid", "errors": errors}))
    tally.count(BadRow(3, "has NUL bytes"), None)
    assert (tally.rows, tally.created, tally.duplicates, tally.refused, tally.bad) == (4, 1, 1, 1, 1)
    assert {said: str(each) for said, each in tally.warnings.items()} == {
        ("phone", "dropped"): "lines 2, 7",
        ("state", "dropped"): "line 7",
    }
    assert [str(each) for each in tally.problems] == [
        "line 2: no use (422 invalid); email: nobody can be reached",
        "line 3: has NUL bytes",
    ]


def test_a_row_that_is_here_with_other_data_is_listed_and_no_duplicate() -> None:
    tally = Tally()
    warning = {"field": "external_id", "code": "differs", "message": "the first lead's data differ"}
    answer = Answer(200, {}, {"lead_id": "1", "status": "new", "duplicate": True, "warnings": [warning]})
    tally.count(LeadRow(2, {"external_id": "7"}), answer)
    assert (tally.rows, tally.duplicates, tally.different, tally.left_out) == (1, 0, 1, 1)
    assert list(map(str, tally.problems)) == ["line 2: another lead is here under the external_id 7"]


def test_a_warning_names_its_first_lines() -> None:
    tally = Tally()
    for line in range(2, 10):
        tally.count(LeadRow(line, {}), created(("state", "dropped")))
    (noticed,) = tally.warnings.values()
    assert (str(noticed), len(noticed.lines)) == ("lines 2, 3, 4, 5, 6 and 3 more", LINES_NAMED)


def test_only_the_first_bad_rows_are_kept() -> None:
    tally = Tally()
    for line in range(10 * LISTED):
        tally.count(BadRow(line, "bad"), None)
    assert (tally.bad, len(tally.problems)) == (10 * LISTED, LISTED)


def test_an_api_that_is_not_there_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("email\n" + "a@b.co\n" * 1000)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with LeadFile(path) as file, pytest.raises(ApiUnreachableError, match="Connection refused"):
        post_leads(file, Target(f"http://127.0.0.1:{port}", "web", "key"), lambda read, rows: None)
