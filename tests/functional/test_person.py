"""A person's data: erased from wherever it stands, exported whole, and never somebody else's."""

import io
import json
import zlib
from typing import Any

import pytest

from routing.storage import contacts
from tests.functional.backend import Backend, encoded

PERSON = {
    "first_name": "Quincy",
    "last_name": "Zimmerwald",
    "email": "Quincy.Z@Example.com",
    "phone": "(303) 555-0173",
    "postal_code": "80209",
    "state": "CO",
    "external_id": "zimmerwald-1",
    "campaign": "spring",
    "fields": {"essay": "hush-hush"},
    "unheard_of": "hush too",
}
TRACES = ("quincy", "zimmerwald", "example.com", "5550173", "555-0173", "5550174", "80209", "hush", "whisper")
NOTE = "whispered something"
PHONE = encoded("303-555-0173")


def plain(value: Any) -> str:
    """A stored value as text, whatever it is packed in."""
    if isinstance(value, dict):
        return " ".join(f"{name} {plain(each)}" for name, each in value.items())
    if isinstance(value, list | set | tuple):
        return " ".join(map(plain, value))
    if hasattr(value, "value") and isinstance(value.value, bytes | bytearray):
        value = value.value
    if isinstance(value, bytes | bytearray):
        return zlib.decompress(bytes(value)).decode()
    return str(value)


def traces(backend: Backend) -> dict[tuple[str, str], list[str]]:
    """What is left of the person, by the item that has it."""
    found = {}
    for key, item in backend.items().items():
        text = plain(item).lower()
        if left := [each for each in TRACES if each in text]:
            found[key] = left
    return found


def once(name: str) -> dict[str, Any]:
    return {"headers": {"idempotency-key": name}}


def worked(backend: Backend) -> str:
    """A lead of which everything is stored that can be, and more than once."""
    backend.save("sources", "web", name="Web", owner="corporate", record_type="lead")
    key = backend.key("web")
    sent: dict[str, Any] = {"user": None, "headers": {"x-api-key": key}}
    lead = str(backend.post("/v1/intake/web", PERSON, **sent)["lead_id"])
    backend.settle()
    again = backend.post("/v1/intake/web", {**PERSON, "first_name": "Quincy II"}, **sent)
    assert again["duplicate"]
    lent = backend.post("/v1/pull", {}, user="ana", **once("pull"))
    assert lent["lead"]["id"] == lead
    backend.post("/v1/pull", {}, user="ana", **once("held"))
    token = lent["lease"]["token"]
    backend.post(f"/v1/leads/{lead}/notes", {"note": NOTE}, user="ana", **once("note"))
    backend.post(f"/v1/leads/{lead}/notes", {"note": NOTE}, user="ana")
    backend.post(f"/v1/leads/{lead}/calls", {}, user="ana", **once("call"))
    meeting = {"starts_at": "2026-03-05T15:00:00Z", "notes": NOTE}
    backend.post(f"/v1/leads/{lead}/appointments", meeting, user="ana", **once("appointment"))
    backend.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana", **once("lease"))
    told = {"lease_token": token, "note": NOTE, "callback_at": "2026-03-04T16:00:00Z", "appointment": meeting}
    assert backend.dispose(lead, "call-back", "ana", **told).status == 200
    backend.patch(f"/v1/leads/{lead}", {"phone": "303-555-0174", "last_name": "Zimmerwald II"})
    backend.patch(f"/v1/leads/{lead}", {"phone": PERSON["phone"]})
    given = {"to": "ben", "override": NOTE}
    assert backend.post(f"/v1/leads/{lead}/transfer", given, **once("transfer")).status == 200
    backend.put(f"/v1/do-not-call/{PHONE}", {"reason": f"{NOTE} at 303-555-0173"})
    backend.at("2026-03-04T16:30:00Z")
    backend.tick()
    backend.project()
    return lead


@pytest.fixture
def sold(sales: Backend) -> tuple[Backend, str]:
    return sales, worked(sales)


def erased(backend: Backend, lead: str) -> Any:
    answer = backend.post(f"/v1/leads/{lead}/erase")
    assert answer.status == 200, answer.json
    backend.settle()
    return answer.json


def test_none_of_a_persons_values_is_found_anywhere_afterwards(
    sold: tuple[Backend, str], log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    backend, lead = sold
    assert len(traces(backend)) > 15
    erased(backend, lead)
    assert traces(backend) == {}
    backend.at("2026-03-05T16:30:00Z")
    backend.tick()
    backend.project()
    assert traces(backend) == {}
    written = (log.getvalue() + "".join(capfd.readouterr())).lower()
    assert [each for each in TRACES if each in written] == []


def test_facts_and_counts_stay(sold: tuple[Backend, str]) -> None:
    backend, lead = sold
    before, happened = backend.shown(lead), backend.timeline(lead)
    left = erased(backend, lead)
    assert left["erased"]
    assert (left["status"], left["holder"], left["campaign"]) == ("closed", None, "spring")
    assert [left[each] for each in ("first_name", "email", "phone", "state", "external_id", "fields")] == [
        *[None] * 5,
        {},
    ]
    for name in (
        "owner",
        "pull_count",
        "attempts",
        "created_at",
        "source",
        "first_call_at",
        "last_disposition",
    ):
        assert left[name] == before[name]
    assert left == backend.shown(lead)
    now = backend.timeline(lead)
    kinds = [(each["event"], each["at"], each["by"]) for each in happened]
    assert [(each["event"], each["at"], each["by"]) for each in now][1:] == kinds
    assert now[0]["event"] == "erased"
    filed = next(each for each in now if each["event"] == "filed")
    assert filed["filing"]["strategies"][0]["id"] == "all"
    assert backend.listed("status=closed&owner=ben") == [lead]


def test_the_timeline_tells_nothing_even_before_the_job_is_done(sold: tuple[Backend, str]) -> None:
    backend, lead = sold
    backend.post(f"/v1/leads/{lead}/erase")
    text = json.dumps([backend.timeline(lead), backend.shown(lead)]).lower()
    assert [each for each in TRACES if each in text] == []
    assert traces(backend)


def test_do_not_call_stays_as_a_hash(sold: tuple[Backend, str]) -> None:
    backend, lead = sold
    erased(backend, lead)
    answer = backend.get(f"/v1/do-not-call/{PHONE}")
    assert (answer["listed"], answer["reason"]) == (True, None)
    assert [each["phone"] for each in backend.get("/v1/do-not-call")["items"]] == [None]
    new = backend.post("/v1/leads", {"phone": "303-555-0173"})
    assert (new.status, new["status"]) == (201, "closed")


def test_a_late_repeat_does_not_bring_the_person_back(sales: Backend) -> None:
    sales.save("sources", "web", name="Web", owner="corporate", record_type="lead")
    sent: dict[str, Any] = {"user": None, "headers": {"x-api-key": sales.key("web")}}
    lead = sales.post("/v1/intake/web", PERSON, **sent)["lead_id"]
    sales.settle()
    erased(sales, lead)
    for body in (PERSON, {**PERSON, "phone": "303-555-0174"}):
        answer = sales.post("/v1/intake/web", body, **sent)
        assert (answer.status, answer["lead_id"], answer["status"]) == (200, lead, "closed")
        assert answer["warnings"] == []
        sales.settle()
        assert traces(sales) == {}
        assert sales.listed(f"phone={PHONE}") == []


def test_nothing_happens_to_an_erased_lead(sales: Backend) -> None:
    lead, token = sales.lent("ana", phone="303-555-0173")
    erased(sales, lead)
    assert sales.get("/v1/me", user="ana")["holding"] is None
    on = f"/v1/leads/{lead}"
    for method, path, body in (
        ("POST", f"{on}/dispositions", {"disposition": "sold"}),
        ("POST", f"{on}/dispositions", {"disposition": "sold", "lease_token": token}),
        ("POST", f"{on}/notes", {"note": NOTE}),
        ("POST", f"{on}/calls", {}),
        ("POST", f"{on}/lease", {"lease_token": token}),
        ("POST", f"{on}/transfer", {"to": "ben"}),
        ("POST", f"{on}/appointments", {"starts_at": "2026-03-05T15:00:00Z"}),
        ("PATCH", on, {"first_name": "Quincy"}),
    ):
        sales.refused(409, "erased", method, path, body)
    sales.refused(404, "not_found", "GET", f"/v1/calling-hours?lead={lead}")
    # Who held it knows of it no more than of any other lead of the company's.
    late = {"disposition": "sold", "lease_token": token}
    sales.refused(404, "not_found", "POST", f"{on}/dispositions", late, user="ana")
    assert sales.pull("ana")["lead"] is None


def deduping(backend: Backend, merge: str = "merge") -> dict[str, Any]:
    """What a source sends with its posts, where leads of one e-mail are one."""
    rules = {"rules": [["email"]], "within_hours": 720, "on_duplicate": merge}
    backend.save("record-types", "lead", name="Lead", dedupe=rules)
    backend.save("sources", "web", name="Web", owner="corporate", record_type="lead")
    return {"user": None, "headers": {"x-api-key": backend.key("web")}}


def test_what_was_merged_and_claimed_goes_too(sales: Backend) -> None:
    sent = deduping(sales)
    lead = sales.post("/v1/intake/web", PERSON, **sent)["lead_id"]
    sales.settle()
    more = {**PERSON, "external_id": "zimmerwald-2", "phone": "303-555-0174"}
    assert sales.post("/v1/intake/web", more, **sent)["lead_id"] == lead
    sales.settle()
    assert sales.of("DEDUPE#")
    erased(sales, lead)
    assert traces(sales) == {}
    assert sales.of("DEDUPE#") == []
    again = sales.post("/v1/intake/web", more, **sent)
    assert (again.status, again["lead_id"]) == (200, lead)
    sales.settle()
    assert traces(sales) == {}
    back = sales.post("/v1/intake/web", {**PERSON, "external_id": "zimmerwald-3"}, **sent)
    assert (back.status, back["duplicate"]) == (201, False)
    sales.settle()
    assert not sales.shown(back["lead_id"])["erased"]


def test_what_came_before_the_erasure_and_was_not_merged_goes_and_what_comes_after_is_a_lead(
    sales: Backend,
) -> None:
    sent = deduping(sales)
    lead = sales.post("/v1/intake/web", PERSON, **sent)["lead_id"]
    sales.settle()
    sales.post("/v1/intake/web", {**PERSON, "external_id": "zimmerwald-2"}, **sent)
    sales.post(f"/v1/leads/{lead}/erase")
    sales.at("2026-03-04T15:00:01Z")
    late = sales.post("/v1/intake/web", {"email": "quincy.z@example.com", "external_id": "3"}, **sent)
    sales.settle()
    assert late.status == 201
    assert sales.timeline(lead)[0]["event"] == "erased"
    left = sales.listed("email=quincy.z%40example.com")
    assert len(left) == 1
    assert sales.shown(left[0])["last_name"] is None
    erased(sales, left[0])
    assert traces(sales) == {}


def test_posts_that_became_no_lead_are_exported_and_go(sales: Backend) -> None:
    sales.save(
        "sources",
        "web",
        name="Web",
        owner="corporate",
        record_type="lead",
        honeypot="website",
    )
    sent: dict[str, Any] = {"user": None, "headers": {"x-api-key": sales.key("web")}}
    for number in ("zimmerwald-8", "zimmerwald-9"):
        robot = {**PERSON, "website": "x", "external_id": number}
        assert sales.post("/v1/intake/web", robot, **sent).status == 201
    lead = sales.post("/v1/intake/web", PERSON, **sent)["lead_id"]
    sales.settle()
    sales.project()
    whole = exported(sales, "303-555-0173", limit=2)
    outcomes = [each["data"]["outcome"] for each in whole if each["kind"] == "post"]
    assert outcomes == ["quarantined", "quarantined"]
    erased(sales, lead)
    assert traces(sales) == {}
    kept = sales.get("/v1/sources/web/posts")["items"]
    assert [each["outcome"] for each in kept].count("quarantined") == 2
    assert exported(sales, "303-555-0173") == []


def test_erasing_twice_is_erasing_once(sold: tuple[Backend, str]) -> None:
    backend, lead = sold
    first = backend.post(f"/v1/leads/{lead}/erase", **once("erase"))
    assert backend.post(f"/v1/leads/{lead}/erase", **once("erase")).json == first.json
    backend.settle()
    before = backend.typed()
    assert erased(backend, lead) == first.json
    changed = {key for key, item in backend.typed().items() if before.get(key) != item}
    assert changed <= {("CONFIG", "FORMAT")}
    assert [each["event"] for each in backend.timeline(lead)].count("erased") == 1


def exported(backend: Backend, person: str, limit: int = 50) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = backend.get(f"/v1/people/{encoded(person)}/export?limit={limit}{cursor}")
        assert page.status == 200, page.json
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_an_export_has_all_that_is_kept_of_a_person_and_nothing_of_others(
    sold: tuple[Backend, str],
) -> None:
    backend, lead = sold
    second = backend.lead(2, email="quincy.z@example.com", first_name="Q")
    other = backend.lead(3, first_name="Somebody", phone="303-555-0199")
    whole = exported(backend, "Quincy.Z@example.com")
    assert {each["lead_id"] for each in whole} == {lead, second}
    mine = [each for each in whole if each["lead_id"] == lead]
    assert mine[0] == {"lead_id": lead, "kind": "lead", "data": backend.shown(lead)}
    told = sorted(json.dumps(each["data"], sort_keys=True) for each in mine if each["kind"] == "event")
    assert told == sorted(json.dumps(each, sort_keys=True) for each in backend.timeline(lead))
    assert [each["data"]["notes"] for each in mine if each["kind"] == "appointment"] == [NOTE, NOTE]
    assert exported(backend, "quincy.z@example.com", limit=3) == whole
    assert {each["lead_id"] for each in exported(backend, "(303) 555-0173")} == {lead}
    assert other not in json.dumps(whole)
    page = backend.get(f"/v1/people/{PHONE}/export")
    assert page["person"] == "+13035550173"
    assert page["do_not_call"]["by"] == "admin"
    assert len(page["called_at"]) == 1


def test_an_export_of_nobody_is_empty_and_of_nonsense_is_refused(company: Backend) -> None:
    page = company.get("/v1/people/nobody%40example.com/export")
    assert (page.status, page["items"], page["do_not_call"]) == (200, [], None)
    company.refused(422, "invalid", "GET", "/v1/people/nonsense/export")


def test_who_had_a_phone_before_is_not_who_has_it(sales: Backend) -> None:
    lead = sales.lead(1, phone="303-555-0173")
    sales.patch(f"/v1/leads/{lead}", {"phone": "303-555-0188"})
    assert exported(sales, "303-555-0173") == []
    store = sales.store  # what a repeat with that phone has written, which broke off before it was taken back
    store.table.write(contacts.lead_of(store.contact_key("+13035550173"), lead))
    assert exported(sales, "303-555-0173") == []
    assert exported(sales, "303-555-0188") != []
    erased(sales, lead)
    assert exported(sales, "303-555-0188") == []


WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
ON = "/v1/leads/{lead}"
LATER = {"starts_at": "2026-03-05T15:00:00Z", "notes": NOTE}


WRITERS: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    (f"{ON}/notes", {"note": NOTE}, "ana", {}),
    (f"{ON}/notes", {"note": NOTE}, "ana", once("key")),
    (f"{ON}/calls", {}, "ana", once("key")),
    (f"{ON}/appointments", LATER, "ana", once("key")),
    (f"{ON}/lease", {"lease_token": "{token}"}, "ana", {}),
    (f"{ON}/dispositions", {"disposition": "do-not-call", "lease_token": "{token}", "note": NOTE}, "ana", {}),
    (f"{ON}/dispositions", {"disposition": "sold", "lease_token": "{late}", "note": NOTE}, "ben", {}),
    (f"{ON}/transfer", {"to": "ben", "override": NOTE}, "admin", once("key")),
    ("/v1/pull", {}, "ana", once("key")),
    ("/v1/leads", {**PERSON, "first_name": "Quincy II"}, "admin", {}),
]


@pytest.mark.parametrize(("path", "body", "user", "more"), WRITERS)
def test_whoever_was_writing_of_the_lead_just_then_leaves_nothing_of_its_person(
    sales: Backend, path: str, body: dict[str, Any], user: str, more: dict[str, Any]
) -> None:
    lead = str(sales.post("/v1/leads", PERSON)["lead_id"])
    sales.settle()
    late = sales.pull("ben")["lease"]["token"]
    sales.at("2026-03-04T15:30:00Z")
    sales.tick()
    token = sales.pull("ana")["lease"]["token"]
    sent = {
        name: value.format(token=token, late=late) if isinstance(value, str) else value
        for name, value in body.items()
    }

    def erase_first(operation: str, _: Any) -> None:
        if operation in WRITES:
            sales.strict.faults.clear()
            assert sales.post(f"/v1/leads/{lead}/erase").status == 200

    sales.strict.faults.append(erase_first)
    answer = sales.post(path.format(lead=lead), sent, user=user, **more)
    assert sales.strict.faults == []
    assert answer.status == (200 if path in ("/v1/pull", "/v1/leads") else 409 if user == "admin" else 404)
    sales.settle()
    assert traces(sales) == {}


def test_push_that_was_deciding_on_the_lead_just_then_leaves_it_erased(sales: Backend) -> None:
    sales.push("all-of-them", ["ana", "ben"])
    lead = str(sales.post("/v1/leads", PERSON)["lead_id"])
    counted = sales.get("/v1/push-strategies/all-of-them/state")["recipients"]

    def erase_first(operation: str, _: Any) -> None:
        if operation in WRITES:
            sales.strict.faults.clear()
            assert sales.post(f"/v1/leads/{lead}/erase").status == 200

    sales.strict.faults.append(erase_first)
    sales.settle()
    assert [each["event"] for each in sales.timeline(lead)] == ["erased", "received"]
    assert traces(sales) == {}
    assert sales.get("/v1/push-strategies/all-of-them/state")["recipients"] == counted


def kept_for(backend: Backend, days: int | None) -> None:
    backend.save("record-types", "lead", name="Lead", retention_days=days)


def persons(backend: Backend, *leads: str) -> list[bool]:
    """Of which of these leads there is a person still."""
    return [not backend.shown(each)["erased"] for each in leads]


def test_a_record_type_keeps_its_leads_for_so_many_days_after_the_last_thing_that_happened(
    sales: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.privacy.retention.PAGE", 1)
    sales.save("record-types", "other", name="Other")
    sales.save("sources", "others", name="Others", owner="corporate", record_type="other")
    old, noted, owned = sales.lead(1), sales.lead(2), sales.lead(3, user="ana", owner="me")
    other = sales.lead(4, source="others")
    sales.at("2026-03-20T15:00:00Z")
    assert sales.post(f"/v1/leads/{noted}/notes", {"note": NOTE}).status == 201
    new = sales.lead(5)
    sales.at("2026-04-04T15:00:00Z")
    sales.tick()
    assert persons(sales, old, noted, owned, other, new) == [True] * 5
    kept_for(sales, 30)
    sales.at("2026-04-05T02:59:00Z")
    sales.tick()
    assert persons(sales, old) == [True]
    sales.at("2026-04-05T03:07:00Z")  # the runs before it were missed
    sales.tick()
    assert persons(sales, old, noted, owned, other, new) == [False, True, False, True, True]
    assert sales.timeline(old)[0]["reason"] == "retention"
    assert "lead1@example.com" not in " ".join(map(plain, sales.items().values()))
    kept_for(sales, 10)
    sales.save("record-types", "other", name="Other", retention_days=1)
    sales.at("2026-04-05T23:59:00Z")
    sales.tick()
    assert persons(sales, noted, other) == [True, True]
    sales.save("record-types", "other", name="Other")
    sales.at("2026-04-06T03:00:00Z")
    asked: list[str] = []
    sales.strict.faults.append(lambda operation, request: asked.append(f"{operation} {request}"))
    sales.tick()
    sales.strict.faults.clear()
    assert persons(sales, noted, other, new) == [False, True, False]
    read = " ".join(asked)
    assert noted in read
    assert not [each for each in (other, old) if each in read]
    assert sales.of("JOBS#") == []


def test_how_long_leads_are_kept_is_changed_from_the_next_day_on(
    sales: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.privacy.retention.PAGE", 1)
    kept_for(sales, 30)
    old = [sales.lead(1), sales.lead(2)]
    sales.at("2026-04-05T15:00:00Z")
    young = sales.lead(3)

    def save_first(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and "erased_at" in str(request):
            sales.strict.faults.clear()
            kept_for(sales, 3)

    sales.strict.faults.append(save_first)
    sales.at("2026-04-10T03:00:00Z")
    sales.tick()
    assert sales.strict.faults == []
    assert (sorted(persons(sales, *old)), persons(sales, young)) == ([False, True], [True])
    sales.at("2026-04-11T03:00:00Z")
    sales.tick()
    assert persons(sales, *old, young) == [False] * 3


def test_a_lead_to_which_something_happens_just_then_is_kept(sales: Backend) -> None:
    kept_for(sales, 10)
    lead = sales.lead(1)
    sales.at("2026-03-20T03:00:00Z")

    def edit_first(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and "erased_at" in str(request):
            sales.strict.faults.clear()
            assert sales.patch(f"/v1/leads/{lead}", {"first_name": "Quincy"}).status == 200

    sales.strict.faults.append(edit_first)
    sales.tick()
    assert sales.strict.faults == []
    assert persons(sales, lead) == [True]


def test_how_long_is_a_number_of_days(company: Backend) -> None:
    for wrong in (0, -1, 1.5, "30", 40_000):
        answer = company.put("/v1/record-types/lead", {"name": "Lead", "retention_days": wrong})
        assert (answer.status, answer.errors[0][0]) == (422, "retention_days")
