"""Imports of leads from files, through the API: what is put, what is shown of it, what becomes of each row."""

import csv
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest

from routing.services.imports import columns
from routing.storage import lead_imports
from routing.storage.objects import Stored
from tests.functional.backend import BUCKET, Backend
from tests.functional.test_person import TRACES, traces

HEADINGS = "First Name,Last Name,Email,Phone,State,Loan Amount,Created At"


def put(company: Backend, identifier: str, content: bytes) -> None:
    company.files.put_object(Bucket=BUCKET, Key=f"imports/{identifier}/upload", Body=content)


def stored(company: Backend) -> dict[str, bytes]:
    found = company.files.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {
        each["Key"]: company.files.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in found
    }


@pytest.fixture(autouse=True)
def _no_files(company: Backend) -> None:
    for name in stored(company):
        company.files.delete_object(Bucket=BUCKET, Key=name)


def begun(company: Backend, content: bytes | None = None, user: str = "admin", **body: Any) -> str:
    answer = company.post("/v1/imports", body, user=user)
    assert answer.status == 201, answer.json
    if content is not None:
        put(company, answer["import_id"], content)
    return str(answer["import_id"])


def shown(company: Backend, identifier: str, user: str = "admin") -> Any:
    answer = company.get(f"/v1/imports/{identifier}", user=user)
    assert answer.status == 200, answer.json
    return answer.json


def started(company: Backend, identifier: str, user: str = "admin", **body: Any) -> Any:
    answer = company.post(f"/v1/imports/{identifier}/start", body, user=user)
    assert answer.status == 202, answer.json
    return answer.json


def imported(company: Backend, content: bytes, **body: Any) -> Any:
    """An import that has come to its end."""
    identifier = begun(company, content, **body)
    started(company, identifier)
    company.settle()
    return shown(company, identifier)


def rows(count: int, first: int = 0) -> list[str]:
    return [
        f"Ann{at},Lee,ann{at}@example.com,303555{at:04d},CO,350000,2026-03-01"
        for at in range(first, first + count)
    ]


def file(*lines: str, headings: str = HEADINGS) -> bytes:
    return "\n".join([headings, *lines, ""]).encode()


def counts(found: Any) -> tuple[int, int, int, int]:
    return found["rows_read"], found["leads_created"], found["duplicates"], found["rows_rejected"]


def workbook(*lines: list[Any], empty_sheet: bool = False) -> bytes:
    book = openpyxl.Workbook()
    for each in lines:
        book.active.append(each)
    if empty_sheet:
        book.create_sheet("Notes")
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_a_file_is_put_looked_at_started_and_its_rows_are_leads(company: Backend) -> None:
    identifier = begun(company, source="api")
    assert shown(company, identifier)["status"] == "waiting_for_file"
    put(company, identifier, file(*rows(60)))
    ready = shown(company, identifier)
    assert (ready["status"], ready["rows_read"]) == ("ready", 0)
    assert ready["columns"][0] == {
        "heading": "First Name", "suggested": "first_name", "examples": ["Ann0", "Ann1", "Ann2"]
    }  # fmt: skip
    assert [each["suggested"] for each in ready["columns"]] == [
        "first_name", "last_name", "email", "phone", "state", "fields.loan_amount", "fields.created_at"
    ]  # fmt: skip
    assert started(company, identifier)["status"] == "running"
    company.settle()
    done = shown(company, identifier)
    assert (done["status"], *counts(done), done["progress"]) == ("done", 60, 60, 0, 0, 1.0)
    assert done["finished_at"] == "2026-03-04T15:00:00Z"
    assert done["errors_url"] is None
    (lead,) = company.listed("email=ann7@example.com")
    found = company.shown(lead)
    assert (found["first_name"], found["phone"], found["source"]) == ("Ann7", "+13035550007", "api")
    assert found["fields"]["loan_amount"] == "350000"
    assert found["status"] != "new"
    assert stored(company) == {}, "what was imported is not kept"
    in_90_days = int(datetime(2026, 6, 2, 15, tzinfo=UTC).timestamp())
    assert {int(each["expires"]) for each in company.of("IMPORT")} == {in_90_days}
    company.project()
    told = [each for each in company.get("/v1/notifications")["items"] if each["event"] == "import_done"]
    of = {"import_id": identifier, "status": "done", "leads_created": 60, "rows_rejected": 0}
    assert [{name: each[name] for name in of} for each in told] == [of]


def test_an_upload_url_takes_any_content_type_and_no_other_header_for_an_hour(company: Backend) -> None:
    answer = company.post("/v1/imports", {"source": "api"})
    query = parse_qs(urlsplit(answer["upload_url"]).query)
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert query["X-Amz-Expires"] == ["3600"]
    assert not [name for name in query if name.lower().startswith(("x-amz-checksum", "x-amz-sdk"))]
    assert urlsplit(answer["upload_url"]).path.endswith(f"imports/{answer['import_id']}/upload")


def test_bad_rows_are_told_with_their_lines_and_good_ones_go_in(company: Backend) -> None:
    content = file(
        "Ann,Lee,ann@example.com,3035550101,CO,1,",
        "No,Contact,,,CO,1,",
        "Too,Wide,a@b.com,3035550102,CO,1,x,y,z",
        '"Open,Quote',
        "Bad,Phone,bad@example.com,12,CO,1,",
        ",,,,,,",
        "Ann,Lee,ann@example.com,3035550101,CO,1,",
    )
    done = imported(company, content, source="api")
    assert counts(done) == (6, 2, 1, 3)
    assert [each["line"] for each in done["errors"]] == [3, 4, 5]
    assert done["errors"][0]["reason"] == "phone: a lead needs a usable phone or email"
    assert "9 columns where the heading row has 7" in done["errors"][1]["reason"]
    (errors,) = stored(company).values()
    table = list(csv.reader(io.StringIO(errors.decode())))
    assert table == [["line", "reason"], *([str(each["line"]), each["reason"]] for each in done["errors"])]
    assert done["errors_url"].split("?")[0].endswith("errors.csv")
    assert [each["lines"] for each in done["warnings"] if each["field"] == "phone"] == [[6]]
    for day, is_kept in (("2026-04-03T14:59:59Z", True), ("2026-04-03T15:00:00Z", False)):
        company.at(day)
        assert (shown(company, done["import_id"])["errors_url"] is not None) == is_kept


def tried(company: Backend, identifier: str, user: str = "admin", **body: Any) -> Any:
    answer = company.post(f"/v1/imports/{identifier}/try", body, user=user)
    assert answer.status == 200, answer.json
    return answer.json


def test_a_trial_tells_of_each_row_what_then_becomes_of_it_and_writes_nothing(company: Backend) -> None:
    accepts = {
        "criteria": [{"field": "state", "operator": "equals", "value": "CO"}],
        "caps": [{"per": "day", "leads": 100}],
    }
    company.save(
        "sources",
        "list",
        name="A list",
        owner="denver",
        record_type="lead",
        acceptance=accepts,
        defaults={"state": "CO"},
    )
    headings = "Lead ID,Name,Email,Handset,State,Created At"
    imported(
        company,
        file("A-1,Ann Lee,ann@example.com,,,", "A-2,Bo Lee,bo@example.com,,,", headings=headings),
        source="list",
        mapping={"Handset": "phone"},
    )
    company.put("/v1/do-not-call/3035550107", {"reason": "asked"})
    lines = (
        "A-1,Ann Lee,ann@example.com,,,",
        "A-2,Bo Lee,other@example.com,,,",
        "A-3,Cy Lee,cy@example.com,(303) 555-0103,,2026-02-03",
        "A-3,Cy Lee,cy@example.com,(303) 555-0103,,2026-02-03",
        "A-3,Cy Other,cy@example.com,,,2026-02-03",
        "A-4,Di Lee,,12,,",
        "A-5,Ed Lee,ed@example.com,12,,someday",
        "A-6,Fa Lee,fa@example.com,,UT,",
        "A-7,Ga Lee,,3035550107,,",
        "A-8,too,few",
        *[f"B-{at},Lee,b{at}@example.com,,," for at in range(15)],
    )  # fmt: skip
    mapping = {"Handset": "phone", "Lead ID": "external_id", "Created At": "created_at"}
    identifier = begun(company, file(*lines, headings=headings), source="list", created_at="row")
    before = company.items()
    trial = tried(company, identifier, mapping=mapping)
    assert company.items() == before
    found = {each["line"]: each for each in trial["rows"]}
    assert list(found) == list(range(2, 22))
    assert (found[4]["lead"]["last_name"], found[4]["lead"]["phone"]) == ("Lee", "+13035550103")
    started(company, identifier, mapping=mapping)
    company.settle()
    done = shown(company, identifier)
    assert {each["line"]: each["reason"] for each in done["errors"]} == {
        line: each["reason"] for line, each in found.items() if each["outcome"] == "left_out"
    }
    outcomes = [each["outcome"] for each in found.values()]
    assert outcomes.count("here_already") == done["duplicates"] == 2
    assert outcomes.count("taken") + 5 == done["leads_created"]
    assert {(each["field"], line) for each in done["warnings"] for line in each["lines"]} == {
        (each["field"], line) for line, row in found.items() for each in row["warnings"]
    }
    (lead,) = company.listed("email=cy@example.com")
    stands = company.shown(lead)
    assert stands["created_at"] == found[4]["created_at"] == "2026-02-03T00:00:00Z"
    assert {name: stands[name] for name in found[4]["lead"]} == found[4]["lead"]
    company.refused(409, "already_started", "POST", f"/v1/imports/{identifier}/try", {})


def test_a_trial_is_refused_as_the_start_would_be(company: Backend) -> None:
    company.save("sources", "list", name="A list", owner="denver", record_type="lead")
    identifier = begun(company, source="list", user="mia")
    route = "POST", f"/v1/imports/{identifier}/try"
    company.refused(409, "no_file", *route, {})
    put(company, identifier, workbook(["Email"], ["a@example.com"]))
    early = company.refused(409, "not_ready", *route, {})
    assert early["detail"] == "GET the import until it is ready: a workbook is copied first."
    shown(company, identifier)
    company.settle()
    (row,) = tried(company, identifier, user="mia")["rows"]
    assert (row["line"], row["outcome"], row["lead"]["email"]) == (2, "taken", "a@example.com")
    company.invalid(*route, {"mapping": {"Fax": "phone"}}, ("mapping", "invalid"))
    company.save("sources", "list", name="A list", owner="denver", record_type="lead", enabled=False)
    refused = company.refused(409, "cannot_start", *route, {}, user="mia")
    assert refused["detail"] == "It could not go on: its source is disabled."


def test_a_file_whose_contacts_are_under_no_known_heading_shows_its_columns_and_takes_a_mapping(
    company: Backend,
) -> None:
    identifier = begun(
        company, b"Who,Handle,Score\nAnn Lee,ann at home,5\nBo Lee,3035550102,7\n", source="api"
    )
    found = shown(company, identifier)
    assert found["status"] == "waiting_for_file"
    assert found["reason"].startswith("line 1: no column for an e-mail or a phone among: Who, Handle, Score")
    assert [(each["heading"], each["suggested"]) for each in found["columns"]] == [
        ("Who", "fields.who"), ("Handle", "fields.handle"), ("Score", "fields.score")
    ]  # fmt: skip
    for act in ("try", "start"):
        route = "POST", f"/v1/imports/{identifier}/{act}"
        company.refused(409, "unreadable_file", *route, {})
        company.invalid(*route, {"mapping": {"Who": "name"}}, ("mapping", "invalid"))
    mapping = {"Who": "name", "Handle": "phone"}
    trial = tried(company, identifier, mapping=mapping)["rows"]
    assert [(each["line"], each["outcome"]) for each in trial] == [(2, "left_out"), (3, "taken")]
    started(company, identifier, mapping=mapping)
    company.settle()
    assert counts(shown(company, identifier)) == (2, 1, 0, 1)


def test_only_the_first_hundred_errors_are_shown_and_all_are_kept(company: Backend) -> None:
    done = imported(company, file(*["No,Contact,,,CO,1,"] * 130, *rows(1)), source="api")
    assert counts(done) == (131, 1, 0, 130)
    assert [each["line"] for each in done["errors"]] == list(range(2, 102))
    (errors,) = stored(company).values()
    assert len(errors.decode().splitlines()) == 131


def test_the_same_file_again_adds_nothing_and_other_data_under_an_id_are_told(company: Backend) -> None:
    assert counts(imported(company, file(*rows(30)), source="api")) == (30, 30, 0, 0)
    assert counts(imported(company, file(*rows(30)), source="api")) == (30, 0, 30, 0)
    with_ids = [f"A-{at},x{at}@example.com" for at in range(3)]
    one = imported(company, file(*with_ids, headings="Lead ID,Email"), source="api")
    assert counts(one) == (3, 3, 0, 0)
    changed = file("A-1,other@example.com", "A-7,new@example.com", headings="Lead ID,Email")
    two = imported(company, changed, source="api")
    assert counts(two) == (2, 1, 0, 1)
    assert two["errors"] == [{"line": 2, "reason": "another lead is here under its external_id"}]


def test_what_an_import_leaves_behind_names_nobody(company: Backend) -> None:
    headings = "Lead ID,Name,Email,Phone,Essay"
    person = "zimmerwald-1,Quincy,quincy@example.com,3035550173,hush"
    assert imported(company, file(person, headings=headings), source="api")["leads_created"] == 1
    lines = (
        "zimmerwald-1,Whisper,whisper@example.com,3035550174,hush",
        "zimmerwald-2,Quincy,quincy@example.com,12,hush",
        "zimmerwald-3,Quincy,,hush,hush",
        '"zimmerwald-4,Quincy',
    )
    done = imported(company, file(*lines, headings=headings), source="api")
    assert (counts(done), len(done["errors"])) == ((4, 1, 0, 3), 3)
    assert done["warnings"]
    assert [key for key in traces(company) if key[0].startswith("IMPORT#")] == []
    for lead in company.listed("email=quincy@example.com"):
        company.post(f"/v1/leads/{lead}/erase")
    company.settle()
    assert traces(company) == {}
    left = b" ".join(stored(company).values()).decode().lower()
    assert len(left.splitlines()) == 4
    assert [each for each in TRACES if each in left] == []


def test_the_same_file_read_otherwise_adds_nothing(company: Backend) -> None:
    source = {"name": "A list", "owner": "denver", "record_type": "lead"}
    company.save("sources", "list", **source)
    assert counts(imported(company, file(*rows(5)), source="list")) == (5, 5, 0, 0)
    company.save("sources", "list", **source, defaults={"channel": "paid"})
    assert counts(imported(company, file(*rows(5)), source="list")) == (5, 0, 5, 0)
    mapped = imported(company, file(*rows(5)), source="list", mapping={"Created At": None})
    assert (counts(mapped), mapped["errors"]) == ((5, 0, 5, 0), [])


def test_what_users_post_and_what_comes_in_files_of_theirs_is_one(company: Backend) -> None:
    imported(company, file("A-1,x1@example.com", headings="Lead ID,Email"), source="api")
    answer = company.post("/v1/leads", {"external_id": "A-1", "email": "x1@example.com", "source": "api"})
    assert (answer.status, answer["duplicate"]) == (200, True)


def test_started_again_it_is_the_same_import_and_another_mapping_is_refused(company: Backend) -> None:
    identifier = begun(company, source="api")
    path = f"/v1/imports/{identifier}/start"
    company.refused(409, "no_file", "POST", path, {})
    put(company, identifier, file(*rows(3)))
    started(company, identifier)
    assert started(company, identifier)["status"] == "running"
    company.refused(409, "already_started", "POST", path, {"mapping": {"State": None}})
    company.settle()
    assert started(company, identifier)["leads_created"] == 3
    put(company, identifier, file(*rows(5)))
    started(company, identifier)
    company.settle()
    assert counts(shown(company, identifier)) == (3, 3, 0, 0), "what is put later is not read"


def test_a_repeated_request_with_its_key_is_the_same_import(company: Backend) -> None:
    once = {"idempotency-key": "a"}
    first, again = (company.post("/v1/imports", {"source": "api"}, headers=once) for _ in range(2))
    assert first["import_id"] == again["import_id"]
    assert again["upload_url"].startswith("https://")
    put(company, first["import_id"], file(*rows(2)))
    path = f"/v1/imports/{first['import_id']}/start"
    answers = [company.post(path, {}, headers={"idempotency-key": "b"}).json for _ in range(2)]
    assert answers[0] == answers[1]
    heading = {"heading": "First Name", "suggested": "first_name", "examples": []}
    assert answers[0]["columns"][0] == heading
    assert "ann0@example.com" not in str(company.items()), "examples are of persons, who may be erased"


def test_the_last_file_that_was_put_before_the_start_is_read(company: Backend) -> None:
    identifier = begun(company, file(*rows(9)), source="api")
    assert shown(company, identifier)["status"] == "ready"
    put(company, identifier, file(*rows(2)))
    started(company, identifier)
    company.settle()
    assert counts(shown(company, identifier)) == (2, 2, 0, 0)


@pytest.mark.parametrize("then", [file(*rows(300, first=500)), None])
def test_a_file_that_is_replaced_or_removed_while_it_is_read_ends_the_import(
    company: Backend, then: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "AT_ONCE", 4096)
    identifier = begun(company, file(*rows(300)), source="api")
    started(company, identifier)
    company.work()
    some = shown(company, identifier)
    assert some["status"] == "running"
    assert 0 < some["rows_read"] < 300
    if then is None:
        company.files.delete_object(Bucket=BUCKET, Key=f"imports/{identifier}/upload")
    else:
        put(company, identifier, then)
    company.settle()
    failed = shown(company, identifier)
    assert failed["status"] == "failed"
    assert "replaced or removed" in failed["reason"]
    assert failed["leads_created"] == failed["rows_read"] == len(company.listed("owner=corporate"))
    assert stored(company) == {}


def test_a_mapping_says_what_columns_are_for_and_one_that_does_not_fit_is_refused(company: Backend) -> None:
    content = file("Ann,1,a@b.com", headings="Who,No,Mail")
    mapping = {"who": "first_name", "No": None}
    identifier = begun(company, content, source="api", mapping=mapping)
    suggested = {each["heading"]: each["suggested"] for each in shown(company, identifier)["columns"]}
    assert suggested == {"Who": "first_name", "No": None, "Mail": "email"}
    path = f"/v1/imports/{identifier}/start"
    answer = company.invalid("POST", path, {"mapping": {"Zip": "postal_code"}}, ("mapping", "invalid"))
    assert "names columns that the list has not: Zip" in answer["errors"][0]["message"]
    company.invalid("POST", path, {"mapping": {"Who": "owner"}}, ("mapping", "invalid"))
    started(company, identifier, mapping={"Who": "last_name", "No": "fields.number"})
    company.settle()
    (lead,) = company.listed("email=a@b.com")
    found = company.shown(lead)
    assert (found["first_name"], found["last_name"], found["fields"]) == (None, "Ann", {"number": "1"})


def test_a_sources_mapping_is_suggested_for_its_files_and_stands_as_it_was_at_the_start(
    company: Backend,
) -> None:
    source = {"name": "A list", "owner": "denver", "record_type": "lead"}
    company.save("sources", "list", **source, mapping={"amt": "fields.loan_amount", "No": "fields.number"})
    identifier = begun(company, file("5,1,a@b.com", headings="Amt,No,Mail"), source="list")
    told = {each["heading"]: each["suggested"] for each in shown(company, identifier)["columns"]}
    assert told == {"Amt": "fields.loan_amount", "No": "fields.number", "Mail": "email"}
    started(company, identifier, mapping={"No": None})
    company.save("sources", "list", **source)
    company.settle()
    (lead,) = company.listed("email=a@b.com")
    assert company.shown(lead)["fields"] == {"loan_amount": "5"}


def test_values_say_what_a_column_is_for_where_its_name_does_not(company: Backend) -> None:
    content = file(
        "ann@example.com,(303) 555-0101,Colorado,7",
        "ben@example.com,(303) 555-0102,UT,8",
        "cy@example.com,(303) 555-0103,Texas,9",
        headings="Who,Reach,Where,Email",
    )
    found = shown(company, begun(company, content, source="api"))
    told = {each["heading"]: each["suggested"] for each in found["columns"]}
    assert told == {"Who": "email", "Reach": "phone", "Where": "state", "Email": "email"}


def test_a_column_may_say_when_leads_came_into_being(company: Backend) -> None:
    late, odd = "Bo,L,bo@b.com,,CO,1,2026-04-01", "Cy,L,cy@b.com,,CO,1,soon"
    content = file("Al,L,al@b.com,,CO,1,2026-02-01 09:30", *rows(5), late, odd)
    zeros = ("Di,L,di@b.com,,CO,1,1899-12-30", "Ed,L,ed@b.com,,CO,1,0001-01-01T00:00:00+01:00")
    done = imported(company, content + "\n".join(zeros).encode(), source="api", created_at="row")
    assert counts(done) == (10, 10, 0, 0)
    created = {
        name: company.shown(company.listed(f"email={name}@b.com")[0])["created_at"]
        for name in ("al", "bo", "cy", "di", "ed")
    }
    now = "2026-03-04T15:00:00Z"
    assert created == {"al": "2026-02-01T09:30:00Z", **dict.fromkeys(("bo", "cy", "di", "ed"), now)}
    assert [each["lines"] for each in done["warnings"] if each["field"] == "created_at"] == [[8, 9, 10, 11]]
    assert company.tick()["removed"] == 0


def test_a_workbook_is_read_as_its_rows_are(company: Backend) -> None:
    content = workbook(
        ["A list of ours"],
        ["First Name", "Phone", "State", "Comments"],
        ["Ann", 3035550101, "CO", "two\nlines"],
        [None, None, None, None],
        ["Ben", 3035550102.0, "CO", None],
        ["Nobody"],
    )
    identifier = begun(company, content, source="api")
    assert shown(company, identifier)["status"] == "waiting_for_file", "it is made ready"
    company.settle()
    ready = shown(company, identifier)
    assert ready["status"] == "ready"
    assert [each["suggested"] for each in ready["columns"]] == [
        "first_name", "phone", "state", "fields.comments"
    ]  # fmt: skip
    started(company, identifier)
    company.settle()
    done = shown(company, identifier)
    assert (done["status"], *counts(done)) == ("done", 3, 2, 0, 1)
    assert done["errors"][0]["line"] == 6
    (lead,) = company.listed("phone=3035550101")
    assert company.shown(lead)["fields"]["comments"] == "two lines"
    assert [name for name in stored(company) if "errors" not in name] == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252"])
def test_other_encodings_are_read(company: Backend, encoding: str) -> None:
    lines = [f"Zoë{at},Lee,zoe{at}@example.com,,CO,1," for at in range(80)]
    done = imported(company, file(*lines).decode().encode(encoding), source="api")
    assert counts(done) == (80, 80, 0, 0)
    (lead,) = company.listed("email=zoe79@example.com")
    assert company.shown(lead)["first_name"] == "Zoë79"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"Colour,Size\nred,1\n", "no column for an e-mail or a phone"),
        (b"a@b.com,3035550101\nc@d.com,3035550102\n", "the first row must name the columns"),
    ],
)
def test_a_file_that_is_no_list_of_leads_is_told_and_another_can_be_put(
    company: Backend, content: bytes, reason: str
) -> None:
    identifier = begun(company, content, source="api")
    found = shown(company, identifier)
    assert found["status"] == "waiting_for_file"
    assert reason in found["reason"]
    refused = company.refused(409, "unreadable_file", "POST", f"/v1/imports/{identifier}/start", {})
    assert reason in refused["detail"]
    put(company, identifier, file(*rows(1)))
    assert shown(company, identifier)["status"] == "ready"


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no more", workbook([])[:900]])
def test_what_only_looks_like_a_workbook_is_told(company: Backend, content: bytes) -> None:
    identifier = begun(company, content, source="api")
    shown(company, identifier)
    company.settle()
    assert "no Excel workbook" in shown(company, identifier)["reason"]
    put(company, identifier, content + b" ")
    started(company, identifier)
    company.settle()
    failed = shown(company, identifier)
    assert (failed["status"], counts(failed)) == ("failed", (0, 0, 0, 0))
    assert "no Excel workbook" in failed["reason"]


def test_an_error_of_ours_ends_its_import_alone_and_is_reported(
    company: Backend, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    really = columns.resumed

    def resumed(objects: Any, read: Stored, *rest: Any, **more: Any) -> Any:
        if broken in read.name:
            raise ZeroDivisionError("as nobody foresaw")
        return really(objects, read, *rest, **more)

    monkeypatch.setattr(columns, "resumed", resumed)
    broken, whole = (begun(company, file(*rows(3)), source="api") for _ in range(2))
    for each in (broken, whole):
        started(company, each)
    company.settle()
    failed = shown(company, broken)
    reason = "could not be read: an error of ours, which is logged"
    assert (failed["status"], failed["reason"]) == ("failed", reason)
    assert shown(company, whole)["status"] == "done"
    assert stored(company) == {}
    assert "ZeroDivisionError" in log.getvalue()
    assert broken in log.getvalue()


def test_who_may_not_import_any_more_ends_it_with_what_is_in(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.save("sources", "list", name="A list", owner="denver", record_type="lead")
    identifier = begun(company, file(*rows(300)), user="mia", source="list")
    started(company, identifier, user="mia")
    company.work()
    company.save("sources", "list", name="A list", owner="denver", record_type="lead", enabled=False)
    company.settle()
    failed = shown(company, identifier, user="mia")
    assert (failed["status"], failed["reason"]) == ("failed", "its source is disabled")
    company.project()
    (told,) = company.get("/v1/notifications", user="mia")["items"]
    assert (told["event"], told["status"]) == ("import_done", "failed")
    assert failed["leads_created"] == len(company.listed("owner=denver")) > 0
    company.refused(403, "source_disabled", "POST", "/v1/imports", {"source": "list"}, user="mia")


def test_imports_are_listed_to_whose_charge_they_are_in(company: Backend) -> None:
    company.save("sources", "list", name="A list", owner="denver", record_type="lead")
    ours, theirs = begun(company, source="list"), begun(company, source="api")
    hers = begun(company, user="mia", source="api")

    def found(user: str) -> list[str]:
        listed, cursor = [], ""
        while True:
            page = company.get(f"/v1/imports?limit=1{cursor}", user=user)
            listed += [each["import_id"] for each in page["items"]]
            if page["next"] is None:
                return listed
            cursor = f"&cursor={page['next']}"

    assert sorted(found("admin")) == sorted([ours, theirs, hers])
    assert sorted(found("mia")) == sorted([ours, hers])
    assert found("max") == []
    company.refused(404, "not_found", "GET", f"/v1/imports/{hers}", user="max")
    company.refused(403, "forbidden", "GET", "/v1/imports", user="ana")
    company.invalid("POST", "/v1/imports", {"source": "list"}, ("source", "unknown"), user="max")
    company.invalid(
        "POST", "/v1/imports", {"source": "list", "record_type": "x"}, ("record_type", "not_of_source")
    )
    phones = company.post("/v1/do-not-call/imports", {"phones": ["3035550101"]})["import_id"]
    company.refused(404, "not_found", "GET", f"/v1/imports/{phones}")


def test_the_sources_defaults_and_acceptance_hold_for_its_files(company: Backend) -> None:
    company.save(
        "sources",
        "list",
        name="A list",
        owner="denver",
        record_type="lead",
        defaults={"campaign": "spring"},
        acceptance={
            "criteria": [{"field": "state", "operator": "equals", "value": "CO"}],
            "caps": [{"per": "day", "leads": 2}],
        },
    )
    content = file(
        "Al,L,al@b.com,,CO,1,", "Bo,L,bo@b.com,,UT,1,", "Cy,L,cy@b.com,,CO,1,", "Di,L,di@b.com,,CO,1,"
    )
    done = imported(company, content, source="list")
    assert counts(done) == (4, 2, 0, 2)
    reasons = [each["reason"] for each in done["errors"]]
    assert sorted(reasons) == ["refused: outside_criteria", "refused: over_cap"]
    (lead, _) = company.listed("owner=denver")
    assert company.shown(lead)["campaign"] == "spring"
    again = imported(company, content, source="list")
    assert (again["leads_created"], again["duplicates"]) == (0, 2)


def test_a_refused_row_that_comes_again_after_a_kill_is_one_post_and_stays_released(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    criteria = [{"field": "state", "operator": "equals", "value": "CO"}]
    source = {
        "name": "A list",
        "owner": "denver",
        "record_type": "lead",
        "acceptance": {"criteria": criteria},
    }
    company.save("sources", "list", **source)
    content = file("Al,L,al@b.com,,CO,1,", "Bo,L,bo@b.com,,UT,1,", "Cy,L,cy@b.com,,UT,1,")
    identifier = begun(company, content, source="list")
    started(company, identifier)

    def dies(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lead_imports, "chunk_done", dies)
        with pytest.raises(KeyboardInterrupt):
            company.work()
    first, _ = company.get("/v1/sources/list/posts")["items"]
    released = company.post(f"/v1/sources/list/posts/{first['id']}/release")["lead_id"]
    company.at("2026-03-04T15:10:00Z")
    company.tick()
    company.settle()
    assert counts(shown(company, identifier)) == (3, 1, 1, 1), "what was released is here already"
    posts = company.get("/v1/sources/list/posts")["items"]
    assert [(each["id"], each["lead_id"]) for each in posts if each["outcome"] == "refused"] == [
        (first["id"], released), (posts[1]["id"], None)
    ]  # fmt: skip


def test_one_person_in_two_files_is_one_lead_where_the_record_type_dedupes(company: Backend) -> None:
    dedupe = {"rules": [["email"]], "within_hours": 720, "on_duplicate": "merge"}
    company.save("record-types", "lead", name="Lead", dedupe=dedupe)
    one = imported(company, file(*(f"Ann{at},L,ann{at}@b.com,,CO,1," for at in range(30))), source="api")
    assert counts(one) == (30, 30, 0, 0)
    two = imported(company, file(*(f"A{at},L,ann{at}@b.com,,CO,2," for at in range(20, 40))), source="api")
    assert (two["rows_read"], two["leads_created"], two["merged"], two["duplicates"]) == (20, 10, 10, 0)
    assert len(company.listed("owner=corporate")) == 40


def test_what_may_not_be_called_comes_in_closed(company: Backend) -> None:
    company.put("/v1/do-not-call/3035550001", {})
    done = imported(company, file(*rows(3)), source="api")
    assert counts(done) == (3, 3, 0, 0)
    (lead,) = company.listed("phone=3035550001")
    assert company.shown(lead)["status"] == "closed"
