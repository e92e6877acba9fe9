"""Working a lead: extensions, notes, transfers, presence and one's own account."""

import json
from typing import Any

import pytest

from routing.storage import keys
from routing.storage.table import Write
from tests.functional.backend import Backend

# -- extensions ------------------------------------------------------------------------------------------------


def test_a_holder_extends_from_now(sales: Backend) -> None:
    lead, token = sales.lent()
    sales.at("2026-03-04T15:10:00Z")
    answer = sales.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    assert (answer.status, answer.json) == (
        200,
        {"lease": {"token": token, "expires_at": "2026-03-04T15:25:00Z", "phone": None}},
    )
    sales.at("2026-03-04T15:24:59Z")
    assert sales.pull("ben")["lead"] is None
    assert sales.dispose(lead, "sold", "ana", lease_token=token).status == 200


def test_a_lease_that_is_over_cannot_be_extended(sales: Backend) -> None:
    lead, token = sales.lent()
    path, body = f"/v1/leads/{lead}/lease", {"lease_token": token}
    sales.dispose(lead, "return", "ana", lease_token=token)
    sales.refused(404, "not_found", "POST", path, body, user="ana")
    sales.refused(409, "lease_superseded", "POST", path, body, user="admin")
    bens = sales.pull("ben")
    sales.refused(404, "not_found", "POST", path, body, user="ana")
    assert sales.pull("ben")["lease"] == bens["lease"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("lease_token", "required")]),
        ({"lease_token": ""}, [("lease_token", "out_of_range")]),
        ({"lease_token": 5}, [("lease_token", "wrong_type")]),
        ({"lease_token": "x", "minutes": 5}, [("minutes", "unknown_key")]),
    ],
)
def test_a_wrong_extension_is_refused(sales: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = sales.lent()
    sales.invalid("POST", f"/v1/leads/{lead}/lease", body, *errors, user="ana")


# -- notes -----------------------------------------------------------------------------------------------------


def test_notes_stand_on_the_timeline_and_disturb_nobody(sales: Backend) -> None:
    lead, _ = sales.lent()
    held = sales.pull("ana")
    answer = sales.post(f"/v1/leads/{lead}/notes", {"note": "wants a call at five"}, user="mia")
    assert answer.status == 404  # the lead is corporate's
    answer = sales.post(f"/v1/leads/{lead}/notes", {"note": "wants a call at five"})
    assert answer.status == 201
    assert (answer["lead_id"], answer["note"], answer["by"]) == (lead, "wants a call at five", "admin")
    assert sales.timeline(lead)[0]["note"] == "wants a call at five"
    assert sales.pull("ana") == held


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("note", "required")]),
        ({"note": ""}, [("note", "out_of_range")]),
        ({"note": "x" * 10_001}, [("note", "out_of_range")]),
        ({"note": 5}, [("note", "wrong_type")]),
        ({"note": "x", "private": True}, [("private", "unknown_key")]),
    ],
)
def test_a_wrong_note_is_refused(sales: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = sales.lent()
    sales.invalid("POST", f"/v1/leads/{lead}/notes", body, *errors, user="ana")


# -- transfers -------------------------------------------------------------------------------------------------


def test_a_transfer_to_a_user_ends_every_lease_and_promise(sales: Backend) -> None:
    lead, token = sales.lent()
    answer = sales.post(f"/v1/leads/{lead}/transfer", {"to": "cho"})
    assert (answer.status, answer["owner"], answer["status"], answer["holder"]) == (
        200,
        "cho",
        "assigned",
        None,
    )
    assert sales.get("/v1/me", user="ana")["holding"] is None
    late = sales.dispose(lead, "sold", "ana", lease_token=token)
    assert (late.status, late["code"]) == (409, "lease_superseded")
    promised, token = sales.lent("ben", 2)
    sales.dispose(promised, "call-back", "ben", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    sales.post(f"/v1/leads/{promised}/transfer", {"to": "dee"})
    assert sales.of(f"LEAD#{promised}", "CALLBACK") == []
    sales.at("2026-03-04T17:00:00Z")
    assert sales.pull("ben")["lead"] is None


def test_a_transfer_to_a_branch_files_the_lead_there(sales: Backend) -> None:
    lead = sales.lead(1)
    answer = sales.post(f"/v1/leads/{lead}/transfer", {"to": "dallas"})
    assert (answer["owner"], answer["status"]) == ("dallas", "ready")
    assert sales.pull("ana")["lead"] is None
    assert sales.pull("cho")["lead"]["id"] == lead


def test_a_transfer_with_distribute_routes_the_lead_on(sales: Backend) -> None:
    sales.push("dallas-users", ["cho", "dee"], "dallas")
    sales.settle()
    lead, _ = sales.lent()
    answer = sales.post(f"/v1/leads/{lead}/transfer", {"to": "dallas", "distribute": True})
    assert (answer["owner"], answer["status"]) == ("dallas", "new")
    sales.settle()
    assert (sales.shown(lead)["owner"], sales.shown(lead)["status"]) == ("cho", "assigned")
    assert sales.get("/v1/me", user="ana")["holding"] is None


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("to", "required")]),
        ({"to": "nobody"}, [("to", "unknown")]),
        ({"to": 5}, [("to", "wrong_type")]),
        ({"to": "ana", "distribute": True}, [("distribute", "not_allowed")]),
        ({"to": "ana", "distribute": "yes"}, [("distribute", "wrong_type")]),
        ({"to": "ana", "note": "x"}, [("note", "unknown_key")]),
    ],
)
def test_a_wrong_transfer_is_refused(sales: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = sales.lent()
    sales.invalid("POST", f"/v1/leads/{lead}/transfer", body, *errors)


# -- presence, and oneself -------------------------------------------------------------------------------------


def test_whoever_switches_off_gets_no_lead_and_coming_back_releases_the_held(company: Backend) -> None:
    company.push("users", ["ana", "ben"])
    company.settle()
    for user in ("ana", "ben"):
        answer = company.put("/v1/presence", {"available": False}, user=user)
        assert (answer.status, answer["available"]) == (200, False)
    first = company.lead(1)
    company.at("2026-03-04T15:00:01Z")
    second = company.lead(2)
    assert {company.shown(each)["status"] for each in (first, second)} == {"held"}
    assert company.get("/v1/me", user="ben")["available"] is False
    company.put("/v1/presence", {"available": True}, user="ben")
    company.settle()
    assert [company.shown(each)["owner"] for each in (first, second)] == ["ben", "ben"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("available", "required")]),
        ({"available": "yes"}, [("available", "wrong_type")]),
        ({"available": 1}, [("available", "wrong_type")]),
        ({"available": True, "until": "noon"}, [("until", "unknown_key")]),
    ],
)
def test_a_wrong_presence_is_refused(company: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    company.invalid("PUT", "/v1/presence", body, *errors, user="ana")


def test_every_call_is_activity_but_those_of_the_background(company: Backend) -> None:
    company.get("/v1/me", user="ana", headers={"x-activity": "background"})
    assert company.get("/v1/me", user="ana", headers={"x-activity": "Background"})["last_active"] is None
    company.get("/v1/me", user="ana")
    company.at("2026-03-04T15:10:00Z")
    seen = company.get("/v1/me", user="ana", headers={"x-activity": "background"})
    assert seen["last_active"] == "2026-03-04T15:00:00Z"
    company.get("/v1/me", user="ana")
    assert company.get("/v1/me", user="ana")["last_active"] == "2026-03-04T15:10:00Z"


def test_a_user_sees_who_they_are_and_what_they_hold(sales: Backend) -> None:
    lead, token = sales.lent()
    me = sales.get("/v1/me", user="ana").json
    assert (me["account"]["id"], me["account"]["role"], me["available"]) == ("ana", "rep", True)
    assert me["holding"]["lead_id"] == lead
    assert me["holding"]["lease"] == {"token": token, "expires_at": "2026-03-04T15:15:00Z"}
    sales.at("2026-03-04T15:15:00Z")
    assert sales.get("/v1/me", user="ana")["holding"] is None


def test_a_user_sees_what_they_are_told_of_by_their_own_settings_and_those_above(company: Backend) -> None:
    def effective() -> tuple[Any, ...]:
        found = company.get("/v1/me", user="ana")["notify_effective"]
        assert set(found["events"]) == {
            "assigned",
            "callback_due",
            "held_too_long",
            "limit_reached",
            "import_done",
            "closed_by_other",
            "asked_again",
        }
        assert "hooks" not in json.dumps(found)
        of_all = {tuple(each.values()) for each in found["events"].values()}
        return of_all, tuple(found["events"]["assigned"].values()), found["quiet_hours"]

    def account(name: str, notify: Any) -> None:
        body = {
            key: value
            for key, value in company.get(f"/v1/accounts/{name}", user="admin").json.items()
            if key != "version"
        }
        assert company.put(f"/v1/accounts/{name}", {**body, "notify": notify}, user="admin").status == 200

    listed = (True, False, False)
    assert effective() == ({listed}, listed, None)
    night = {"start": "20:00", "end": "08:00"}
    account("corporate", {"email": True, "webhook": "https://hooks.example.com/x", "quiet_hours": night})
    without = (True, False, True)
    assert effective() == ({without}, without, night)
    ana = company.get("/v1/accounts/ana", user="admin").json
    saved = {key: value for key, value in ana.items() if key != "version"}
    company.put("/v1/accounts/ana", {**saved, "email": "ana@example.com"}, user="admin")
    told = (True, True, True)
    assert effective() == ({told}, told, night)
    own = {"events": {"assigned": {"email": False}}, "quiet_hours": {"start": "00:00", "end": "00:00"}}
    company.patch("/v1/me", {"notify": own}, user="ana")
    assert effective() == ({told, without}, without, None)


def test_a_user_changes_their_own_notifications_and_nothing_else(company: Backend) -> None:
    hook = "https://example.com/hook"
    answer = company.patch("/v1/me", {"notify": {"email": True, "webhook": hook}}, user="ana")
    assert answer.status == 200
    for shown in (answer["notify"], company.get("/v1/accounts/ana")["notify"]):
        assert (shown["email"], shown["webhook"]) == (True, hook)
    replaced = company.patch("/v1/me", {"notify": {"email": False}}, user="ana")["notify"]
    assert (replaced["email"], replaced["webhook"]) == (False, None)
    assert company.get("/v1/accounts/ana")["role"] == "rep"


def test_a_users_own_notifications_are_no_version_of_the_set_up_and_hold_until_the_account_is_saved(
    company: Backend,
) -> None:
    def seen() -> list[Any]:
        listed = {each["id"]: each for each in company.get("/v1/accounts").json["items"]}
        me = company.get("/v1/me", user="ana").json
        shown = [company.get("/v1/accounts/ana").json, listed["ana"], me["account"]]
        assert all(each == shown[0] for each in shown)
        assert me["notify"] == shown[0]["notify"]
        return [shown[0]["notify"]["webhook"], me["notify_effective"]["events"]["assigned"]["webhook"]]

    hook = "https://example.com/hook"
    of_all = company.store.configuration.load().company.version
    company.patch("/v1/me", {"notify": {"webhook": hook}}, user="ana")
    assert company.store.configuration.load().company.version == of_all
    assert seen() == [hook, True]
    ana = company.get("/v1/accounts/ana").json
    # What is shown can be put back, and is no change.
    assert company.put("/v1/accounts/ana", ana)["version"] == ana["version"]
    assert seen() == [hook, True]
    plan = {"changes": [{"kind": "accounts", "id": "ana", "body": {**ana, "notify": {}}}]}
    (change,) = company.post("/v1/set-up/plan", plan)["changes"]
    assert change["differences"] == [{"field": "notify.webhook", "before": hook, "after": None}]
    # Whoever saves the account says it anew, even as it was before the user spoke.
    saved = company.put("/v1/accounts/ana", {**ana, "notify": {}}, user="admin")
    assert saved["version"] == ana["version"] + 1
    assert seen() == [None, False]
    company.patch("/v1/me", {"notify": {"webhook": hook}}, user="ana")
    company.put("/v1/accounts/ana", {**company.get("/v1/accounts/ana").json, "name": "Ana Maria"})
    assert seen() == [hook, True]
    # Nor does an account that takes the id over have them.
    company.patch("/v1/me", {"notify": {"webhook": hook, "email": True}}, user="ana")
    company.delete("/v1/accounts/ana")
    assert company.store.table.get(keys.own_settings("ana")) is None
    company.put("/v1/accounts/ana", {**ana, "notify": {}})
    assert seen() == [None, False]


def test_settings_that_a_save_of_the_account_overtook_do_not_come_back(company: Backend) -> None:
    company.patch("/v1/me", {"notify": {"email": True}}, user="ana")
    late = company.store.table.get(keys.own_settings("ana"))
    company.put("/v1/accounts/ana", {**company.get("/v1/accounts/ana").json, "notify": {"email": False}})
    company.store.table.write(Write("Put", item=late or {}))
    assert company.get("/v1/me", user="ana")["notify"]["email"] is False


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"role": "admin"}, [("role", "unknown_key")]),
        ({"enabled": True}, [("enabled", "unknown_key")]),
        ({"notify": {"email": "yes"}}, [("notify.email", "wrong_type")]),
        ({"notify": {"webhook": "ftp://example.com"}}, [("notify.webhook", "invalid")]),
        ({"notify": {"sms": True}}, [("notify.sms", "unknown_key")]),
        ({"notify": 5}, [("notify", "wrong_type")]),
    ],
)
def test_a_wrong_change_of_oneself_is_refused(
    company: Backend, body: Any, errors: list[tuple[str, str]]
) -> None:
    answer = company.refused(422, "invalid", "PATCH", "/v1/me", body, user="ana")
    assert set(errors) <= set(answer.errors)
