"""What screens need of the API: the words of buttons and fields, names beside ids, numbers as such."""

import json
from typing import Any

import pytest

from routing.storage.table import Page, Table
from tests.functional.backend import Backend, forget_containers

BACKGROUND = {"x-activity": "background"}
FIELDS = [
    {"name": "loan_amount", "type": "number", "format": "money"},
    {"name": "usState", "type": "string", "label": "State of residence", "order": 1},
]


def test_reps_read_the_words_of_what_they_work_with(company: Backend) -> None:
    company.save("record-types", "lead", name="Lead", fields=FIELDS)
    company.save("dispositions", "sold", name="Sold", outcome="close", label="Sold!", order=5, shown=False)
    fields = company.get("/v1/record-types/lead", user="ana")["fields"]
    assert [(each["label"], each["format"], each["unit"], each["order"]) for each in fields] == [
        ("Loan amount", "money", None, 100),
        ("State of residence", None, None, 1),
    ]
    found = company.get("/v1/dispositions", user="ana")["items"]
    buttons = sorted(found, key=lambda each: each["order"])
    assert [each["label"] for each in buttons][:3] == ["Sold!", "No answer", "Left voicemail"]
    assert [each["id"] for each in found if not each["shown"]] == ["sold"]
    assert company.get("/v1/record-types", user="ana")["items"][0]["fields"] == fields
    assert company.put("/v1/dispositions/sold", buttons[0], user="ana").status == 403


def test_a_rep_is_told_the_names_of_the_accounts_near_them_and_no_more(company: Backend) -> None:
    first = company.get("/v1/accounts?limit=2", user="ana").json
    rest = company.get(f"/v1/accounts?cursor={first['next']}", user="ana").json
    names = [*first["items"], *rest["items"]]
    assert [each["id"] for each in names] == ["ana", "ben", "corporate", "denver", "mia"]
    assert names[0] == {"id": "ana", "name": "ana", "kind": "user", "parent": "denver"}
    assert company.get("/v1/accounts/ben", user="ana").status == 403


def test_a_field_is_shown_only_as_its_type_can_be(company: Backend) -> None:
    def wrong(**field: Any) -> list[tuple[str, str]]:
        body = {"name": "Lead", "fields": [{"name": "x", **field}]}
        return company.refused(422, "invalid", "PUT", "/v1/record-types/lead", body).errors

    assert wrong(type="string", format="money") == [("fields[0]", "format_not_allowed")]
    assert wrong(type="date", unit="days") == [("fields[0]", "unit_not_allowed")]
    assert wrong(type="number", format="money", unit="dollars") == [("fields[0]", "invalid")]


def test_how_a_field_is_shown_moves_no_lead(company: Backend) -> None:
    dedupe = {"rules": [["fields.usState"]]}
    company.save("record-types", "lead", name="Lead", fields=FIELDS, dedupe=dedupe)
    company.settle()
    before = company.of("INTAKE#"), company.of("JOBS#")
    other = [{**FIELDS[0], "format": "plain", "unit": "points"}, {**FIELDS[1], "label": "Home", "order": 3}]
    assert company.save("record-types", "lead", name="Lead", fields=other, dedupe=dedupe)["version"] == 3
    assert (company.of("INTAKE#"), company.of("JOBS#")) == before


def test_what_an_earlier_release_saved_has_its_words_and_is_the_same_when_saved_again(
    company: Backend,
) -> None:
    field = {"name": "loan_amount", "type": "number"}
    disposition = {"name": "Gone away", "outcome": "recycle"}
    company.save("record-types", "lead", name="Lead", fields=[field])
    company.save("dispositions", "gone-away", **disposition)
    table = company.store.table
    for item in company.of("CONFIG", "record-types#lead") + company.of("CONFIG", "dispositions#gone-away"):
        body = json.loads(item["body"])
        for of in (body, *body.get("fields", ())):
            for name in ("label", "format", "unit", "order", "shown"):
                of.pop(name, None)
        company.client.update_item(
            TableName=table.name,
            Key={"PK": {"S": item["PK"]}, "SK": {"S": item["SK"]}},
            UpdateExpression="SET body = :body",
            ExpressionAttributeValues={":body": {"S": json.dumps(body)}},
        )
    forget_containers()
    assert company.get("/v1/record-types/lead")["fields"][0]["label"] == "Loan amount"
    shown = company.get("/v1/dispositions/gone-away")
    assert (shown["label"], shown["order"], shown["shown"]) == ("Gone away", 100, True)
    assert company.save("record-types", "lead", name="Lead", fields=[field])["version"] == 2
    assert company.save("dispositions", "gone-away", **disposition)["version"] == 1


def test_a_lead_says_who_has_it_and_its_numbers_as_numbers(company: Backend) -> None:
    company.save("record-types", "lead", name="Lead", fields=FIELDS)
    company.save("accounts", "ana", name="Ana Ortiz", kind="user", parent="denver", role="rep")
    company.pull_strategy("all")
    given = {"loan_amount": "$355,000", "usState": "12", "extra": "7"}
    lead, token = company.lent("ana", fields=given)
    shown = company.shown(lead, "ana")
    assert (shown["owner_name"], shown["holder_name"]) == ("Corporate", "Ana Ortiz")
    assert shown["fields"] == {"loan_amount": 355000, "usState": "12", "extra": "7"}
    kept = company.dispose(lead, "contacted", "ana", lease_token=token)
    again = company.dispose(lead, "contacted", "ana", lease_token=token)
    assert (kept["owner_name"], kept["holder_name"]) == ("Ana Ortiz", None)
    assert again.json == kept.json
    unread = company.lead(2, fields={"loan_amount": "a lot"})
    assert company.shown(unread)["fields"] == {"loan_amount": "a lot"}


def requests_of(company: Backend, path: str, user: str) -> list[str]:
    """The kinds of requests to the table that a call makes."""
    before = len(company.strict.requests)
    assert company.get(path, user=user, headers=BACKGROUND).status == 200
    return sorted(name for name, _ in company.strict.requests[before:])


def test_a_user_reads_who_they_are_what_they_may_do_and_what_waits(company: Backend) -> None:
    company.pull_strategy("all")
    lead, token = company.lent("ana")
    company.at("2026-03-04T15:05:00Z")
    me = company.get("/v1/me", user="ana").json
    assert me["branch"] == {"id": "denver", "name": "denver", "timezone": "America/Denver"}
    assert me["server_time"] == "2026-03-04T15:05:00Z"
    assert me["holding"] == {
        "lead_id": lead,
        "since": "2026-03-04T15:00:00Z",
        "until": "2026-03-04T15:15:00Z",
        "lease": {"token": token, "expires_at": "2026-03-04T15:15:00Z"},
    }
    longer = company.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    status = company.get("/v1/me/status", user="ana").json
    until = longer["lease"]["expires_at"]
    assert status["holding"] == {"lead_id": lead, "since": "2026-03-04T15:00:00Z", "until": until}
    assert (status["available"], status["held"]) == (True, None)
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    assert company.get("/v1/me", user="ana")["callbacks_due"] == 0
    company.at("2026-03-04T17:00:00Z")
    waiting = company.get("/v1/me/status", user="ana")
    assert (waiting["callbacks_due"], waiting["holding"]) == (1, None)
    assert company.get("/v1/me", user="ana")["callbacks_due"] == 1
    assert company.get("/v1/me/status", user="ben")["callbacks_due"] == 0


def test_a_managers_status_counts_what_is_held_in_their_charge(company: Backend) -> None:
    for branch, people in (("denver", ["ana", "ben"]), ("dallas", ["cho"])):
        company.save("sources", branch, name=branch, owner=branch)
        company.push(branch, people, branch)
        for user in people:
            company.put("/v1/presence", {"available": False}, user=user)
    for number, source in enumerate(("denver", "denver", "dallas")):
        company.lead(number, source=source)
    counted = {user: company.get("/v1/me/status", user=user)["held"] for user in ("mia", "max", "admin")}
    assert counted == {"mia": 2, "max": 1, "admin": 3}
    assert company.get("/v1/me/status", user="ana")["held"] is None


def test_who_has_the_status_already_is_told_so_until_it_changes(company: Backend) -> None:
    first = company.get("/v1/me/status", user="ana")
    for known in (first.headers["etag"], f'"x", W/{first.headers["etag"]}'):
        again = company.get("/v1/me/status", user="ana", headers={"if-none-match": known})
        assert (again.status, again.json, again.headers["etag"]) == (304, None, first.headers["etag"])
    company.put("/v1/presence", {"available": False}, user="ana")
    changed = company.get("/v1/me/status", user="ana", headers={"if-none-match": first.headers["etag"]})
    assert (changed.status, changed["available"]) == (200, False)


def test_the_status_is_one_round_trip_and_no_activity(company: Backend) -> None:
    before = company.of("PRESENCE")
    for user, owners in (("ana", 0), ("mia", 1), ("admin", 3)):
        company.get("/v1/me/status", user=user, headers=BACKGROUND)
        made = requests_of(company, "/v1/me/status", user)
        assert made == ["BatchGetItem"] + ["Query"] * (2 + owners)
    assert company.of("PRESENCE") == before
    company.save("accounts", "mia", name="Mia", kind="user", parent="dallas", role="manager")
    forget_containers()
    assert company.get("/v1/me/status", user="mia", headers=BACKGROUND)["held"] == 0


def test_notifications_name_their_lead_to_who_may_know_of_it(company: Backend) -> None:
    names = {"first_name": "Maya", "last_name": "Quintana"}
    lead, other = (company.lead(number, **names) for number in (1, 2))
    for each in (lead, other):
        company.post(f"/v1/leads/{each}/transfer", {"to": "ana"})
    company.post(f"/v1/leads/{other}/transfer", {"to": "cho"})
    company.project()
    found = company.get("/v1/notifications", user="ana")["items"]
    told = {each["lead"]["id"]: each["lead"]["name"] for each in found}
    assert told == {lead: "Maya Quintana", other: None}
    named = next(each for each in found if each["lead"]["id"] == lead)
    path, key = f"/v1/notifications/{named['id']}/read", {"idempotency-key": "once"}
    one = company.post(path, user="ana", headers=key)
    assert one["lead"] == named["lead"]
    company.post(f"/v1/leads/{lead}/transfer", {"to": "cho"})
    again = company.post(path, user="ana", headers=key)
    assert again.json == {**one.json, "lead": {"id": lead, "name": None}}, "no answer is kept with the name"


def test_notifications_are_read_up_to_one_and_no_further(company: Backend) -> None:
    for number in range(4):
        company.at(f"2026-03-04T15:0{number}:00Z")
        lead = company.lead(number)
        company.post(f"/v1/leads/{lead}/transfer", {"to": "ana"})
    company.project()
    newest, upto, *_ = (each["id"] for each in company.get("/v1/notifications", user="ana")["items"])
    read = company.post("/v1/notifications/read", {"up_to": upto}, user="ana")
    assert read.json == {"read": 3, "more": False}
    found = company.get("/v1/notifications", user="ana")
    assert [each["id"] for each in found["items"] if each["read_at"] is None] == [newest]
    assert (found["unread"], company.get("/v1/me/status", user="ana")["unread"]) == (1, 1)
    again = company.post("/v1/notifications/read", {"up_to": upto}, user="ana")
    assert again.json == {"read": 0, "more": False}
    assert company.post("/v1/notifications/read", {"up_to": newest}, user="ben")["read"] == 0
    assert company.post("/v1/notifications/read", {"up_to": "0"}, user="ana")["read"] == 0


def test_the_latest_are_read_though_the_index_does_not_show_them_yet(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = company.lead()
    company.post(f"/v1/leads/{lead}/transfer", {"to": "ana"})
    company.project()
    [notice] = company.get("/v1/notifications", user="ana")["items"]
    query = Table.query

    def lagging(table: Table, partition: str, **terms: Any) -> Page:
        return Page([], 0, None) if terms.get("index") == "owner" else query(table, partition, **terms)

    monkeypatch.setattr(Table, "query", lagging)
    read = company.post("/v1/notifications/read", {"up_to": notice["id"]}, user="ana")
    assert read.json == {"read": 1, "more": False}


def test_a_manager_switches_off_who_went_home(company: Backend) -> None:
    company.save("sources", "denver", name="Denver", owner="denver")
    company.push("denver", ["ana"], "denver")
    company.get("/v1/me", user="ana")
    company.at("2026-03-04T15:10:00Z")
    path = "/v1/accounts/ana/presence"
    off = company.put(path, {"available": False}, user="mia")
    assert off.json == {"available": False, "last_active": "2026-03-04T15:00:00Z"}
    lead = company.lead(source="denver")
    assert company.shown(lead)["status"] == "held"
    assert company.get("/v1/me/status", user="ana", headers=BACKGROUND)["available"] is False
    company.put(path, {"available": True}, user="mia")
    company.settle()
    assert company.shown(lead)["owner"] == "ana"
    company.invalid("PUT", "/v1/accounts/denver/presence", {"available": True}, ("id", "wrong_kind"))


def worked_by(company: Backend, user: str) -> list[Any]:
    company.project()
    items: list[Any] = company.get("/v1/me/recent-leads", user=user, headers=BACKGROUND)["items"]
    return items


def test_a_rep_finds_what_they_worked_today_and_may_add_a_note_for_an_hour(sales: Backend) -> None:
    names = {"first_name": "Maya", "last_name": "Quintana", "phone": "3035550101"}
    lead, token = sales.lent("ana", **names)
    sales.post(f"/v1/leads/{lead}/calls", {}, user="ana")
    sales.at("2026-03-04T15:05:00Z")
    sales.dispose(lead, "no-answer", "ana", lease_token=token, recorded_at="2026-03-04T15:02:00Z")
    assert sales.get(f"/v1/leads/{lead}", user="ana").status == 404
    assert worked_by(sales, "ana") == [
        {
            "id": lead,
            "name": "Maya Quintana",
            "may_read": False,
            "note_until": "2026-03-04T16:05:00Z",
            "did": [
                {"kind": "disposition", "disposition": "no-answer", "at": "2026-03-04T15:02:00Z"},
                {"kind": "call", "disposition": None, "at": "2026-03-04T15:00:00Z"},
            ],
        }
    ]
    assert worked_by(sales, "ben") == []
    path, note = f"/v1/leads/{lead}/notes", {"note": "Rang twice"}
    assert sales.post(path, note, user="ben").status == 404
    sales.project()
    sales.at("2026-03-04T16:04:00Z")
    assert sales.post(path, note, user="ana").status == 201
    assert [each["kind"] for each in worked_by(sales, "ana")[0]["did"]] == ["note", "disposition", "call"]
    sales.at("2026-03-04T16:05:00Z")
    sales.refused(404, "not_found", "POST", path, note, user="ana")  # notes do not make it longer
    assert worked_by(sales, "ana")[0]["note_until"] is None
    sales.at("2026-03-05T06:59:00Z")
    assert len(worked_by(sales, "ana")) == 1
    sales.at("2026-03-05T07:00:00Z")  # midnight in Denver
    assert worked_by(sales, "ana") == []


def test_of_a_lead_that_they_had_a_rep_is_told_no_name_that_they_did_not_see(sales: Backend) -> None:
    def names() -> list[str | None]:
        return [each["name"] for each in worked_by(sales, "ana")]

    for number, name in ((1, "Maya"), (2, "Noor")):
        sales.at(f"2026-03-04T15:0{number}:00Z")
        lead, token = sales.lent("ana", number, first_name=name, phone=f"303555010{number}")
        sales.dispose(lead, "no-answer", "ana", lease_token=token)
    assert names() == ["Noor", "Maya"]
    sales.patch(f"/v1/leads/{worked_by(sales, 'ana')[1]['id']}", {"first_name": "Other"})
    assert names() == ["Noor", None]
    sales.post(f"/v1/leads/{lead}/erase", {})
    sales.settle()
    assert names() == [None, None]
    sales.refused(404, "not_found", "POST", f"/v1/leads/{lead}/notes", {"note": "x"}, user="ana")


def test_who_has_an_id_that_was_somebody_elses_has_worked_nothing(sales: Backend) -> None:
    lead, token = sales.lent("ana", phone="3035550101")
    sales.dispose(lead, "no-answer", "ana", lease_token=token)
    sales.at("2026-03-04T15:10:00Z")
    assert sales.delete("/v1/accounts/ana").status == 204
    sales.user("ana", "denver")
    assert worked_by(sales, "ana") == []
    assert sales.post(f"/v1/leads/{lead}/notes", {"note": "x"}, user="ana").status == 404


def test_of_many_leads_the_latest_twenty_are_found(sales: Backend) -> None:
    for number in range(22):
        sales.at(f"2026-03-04T15:{number:02}:00Z")
        lead = sales.lead(number, user="ana", owner="me")
        sales.post(f"/v1/leads/{lead}/notes", {"note": "x"}, user="ana")
        latest = lead
    found = worked_by(sales, "ana")
    assert (len(found), found[0]["id"], found[0]["may_read"]) == (20, latest, True)


def test_held_leads_of_many_branches_are_counted_too(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.people.me.AT_ONCE", 1)
    company.push("all", ["ana"])
    company.put("/v1/presence", {"available": False}, user="ana")
    company.lead()
    counted = {user: company.get("/v1/me/status", user=user)["held"] for user in ("mia", "admin")}
    assert counted == {"mia": 0, "admin": 1}


@pytest.mark.parametrize(
    "path",
    [
        *("me", "me/status", "me/recent-leads", "notifications", "accounts", "dispositions"),
        *("dispositions/sold", "record-types", "record-types/lead", "leads?mine=true", "appointments"),
    ],
)
def test_what_a_screen_asks_by_itself_is_no_activity(company: Backend, path: str) -> None:
    assert company.get(f"/v1/{path}", user="ana", headers=BACKGROUND).status == 200
    assert not [each for each in company.of("PRESENCE") if each["SK"] == "ana"]
    company.get(f"/v1/{path}", user="ana")
    assert [each["SK"] for each in company.of("PRESENCE") if each["SK"] == "ana"] == ["ana"]
