"""Posting a file: every row is counted once, and an API that is gone ends it with an error."""

import socket
from pathlib import Path

import pytest

from tools.csv_records import BadRow
from tools.http_client import Answer, ApiUnreachableError
from tools.lead_file import LeadFile, Row
from tools.lead_posting import LISTED, Tally, post_leads


def created(*warnings: tuple[str, str], duplicate: bool = False) -> Answer:
    noticed = [{"field": field, "code": "noticed", "message": message} for field, message in warnings]
    return Answer(201, {}, {"lead_id": "1", "status": "new", "duplicate": duplicate, "warnings": noticed})


def test_each_row_is_counted_as_one_thing_with_what_was_noticed() -> None:
    tally, row = Tally(), Row(2, {"email": "a@b.co"})
    tally.count(row, created(("phone", "dropped")))
    tally.count(row, created(("phone", "dropped"), ("state", "dropped"), duplicate=True))
    errors = [{"field": "email", "code": "missing", "message": "nobody can be reached"}]
    tally.count(row, Answer(422, {}, {"detail": "no use", "code": "invalid", "errors": errors}))
    tally.count(BadRow(3, "has NUL bytes"), None)
    assert (tally.rows, tally.created, tally.duplicates, tally.refused, tally.bad) == (4, 1, 1, 1, 1)
    assert tally.warnings == {("phone", "dropped"): 2, ("state", "dropped"): 1}
    assert [str(each) for each in tally.problems] == [
        "line 2: no use (422 invalid); email: nobody can be reached",
        "line 3: has NUL bytes",
    ]


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
        post_leads(file, f"http://127.0.0.1:{port}", "web", "key", lambda read, rows: None)
