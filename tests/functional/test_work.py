"""Working a lead: dispositions, extensions, notes, transfers, presence and one's own account."""

from typing import Any

import pytest

from tests.functional.backend import Backend


@pytest.fixture
def pulled(company: Backend) -> Backend:
    """A company with what these tests are about."""

    def build() -> None:
        company.pull_strategy("all", cool_down_minutes=60)
        company.save(
            "dispositions",
            "give-back",
            name="Give back",
            outcome="recycle",
            release=True,
            cool_down_minutes=5,
        )

    return company.prepared("work", build)


def lent(backend: Backend, user: str = "ana", number: int = 1, **other: Any) -> tuple[str, str]:
    """A lead that the user has just pulled, and its lease's token."""
    lead = backend.lead(number, **other)
    answer = backend.pull(user)
    assert answer["lead"]["id"] == lead
    return lead, answer["lease"]["token"]


def brief(answer: Any) -> tuple[str, str, str | None]:
    return answer["status"], answer["owner"], answer["available_at"]


# -- dispositions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("disposition", "expected", "attempts"),
    [
        ("no-answer", ("cooling", "corporate", "2026-03-04T16:00:00Z"), 1),
        ("left-voicemail", ("cooling", "corporate", "2026-03-04T16:00:00Z"), 1),
        ("give-back", ("cooling", "corporate", "2026-03-04T15:05:00Z"), 1),
        ("contacted", ("assigned", "ana", None), 1),
        ("appointment-set", ("assigned", "ana", None), 1),
        ("not-interested", ("closed", "corporate", None), 1),
        ("bad-number", ("closed", "corporate", None), 1),
        ("sold", ("closed", "corporate", None), 1),
        ("do-not-call", ("closed", "corporate", None), 1),
        ("return", ("ready", "corporate", "2026-03-04T15:00:00Z"), 0),
    ],
)
def test_what_each_disposition_does(
    pulled: Backend, disposition: str, expected: tuple[str, str, str | None], attempts: int
) -> None:
    lead, token = lent(pulled, phone="3035550101")
    answer = pulled.dispose(lead, disposition, "ana", lease_token=token, note="a note")
    assert answer.status == 200
    assert brief(answer.json) == expected
    assert (answer["attempts"], answer["last_disposition"], answer["holder"]) == (attempts, disposition, None)
    assert answer["pull_count"] == (0 if disposition == "return" else 1)
    assert pulled.shown(lead) == answer.json
    assert pulled.get("/v1/me", user="ana")["holding"] is None
    recorded = pulled.timeline(lead)[0]
    assert (recorded["event"], recorded["disposition"], recorded["note"]) == (
        "disposition",
        disposition,
        "a note",
    )
    assert recorded["counts_as_attempt"] is (disposition != "return")


def test_a_callback_is_promised_pulled_first_and_kept(pulled: Backend) -> None:
    lead, token = lent(pulled)
    answer = pulled.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    assert (answer["status"], answer["callback_at"], answer["callback_for"]) == (
        "callback",
        "2026-03-04T17:00:00Z",
        "ana",
    )
    assert pulled.get("/v1/leads?mine=true", user="ana")["items"][0]["id"] == lead
    pulled.at("2026-03-04T16:59:59Z")
    assert pulled.pull("ana")["lead"] is None
    pulled.at("2026-03-04T17:00:00Z")
    other = pulled.lead(2)
    mine = pulled.pull("ana")
    assert (mine["lead"]["id"], mine["reason"]["why"]) == (lead, "callback")
    assert pulled.pull("ben")["lead"]["id"] == other
    assert pulled.of(f"LEAD#{lead}", "CALLBACK") == []


def test_a_callback_on_ones_own_lead_stays_ones_own(pulled: Backend) -> None:
    lead = pulled.lead(1, user="ana", owner="me")
    answer = pulled.dispose(lead, "call-back", "ana", callback_at="2026-03-04T17:00:00Z")
    assert (answer["status"], answer["owner"]) == ("callback", "ana")
    pulled.at("2026-03-04T17:00:00Z")
    taken = pulled.pull("ana")
    assert taken["lead"]["id"] == lead
    assert taken["lead"]["owner"] == "ana"
    pulled.at("2026-03-04T18:00:00Z")
    pulled.tick()
    assert (pulled.shown(lead)["status"], pulled.shown(lead)["owner"]) == ("assigned", "ana")
    assert pulled.pull("ben")["lead"] is None


def test_a_managers_callback_on_a_reps_lead_strands_nothing(pulled: Backend) -> None:
    lead = pulled.lead(1, user="ana", owner="me")
    assert pulled.dispose(lead, "call-back", "mia", callback_at="2026-03-04T17:00:00Z").status == 200
    pulled.at("2026-03-04T17:00:00Z")
    assert pulled.pull("mia")["lead"]["id"] == lead
    pulled.at("2026-03-04T18:00:00Z")
    pulled.tick()
    assert (pulled.shown(lead)["status"], pulled.shown(lead)["owner"]) == ("assigned", "ana")
    assert [each["id"] for each in pulled.get("/v1/leads?mine=true", user="ana")["items"]] == [lead]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("disposition", "required")]),
        ({"disposition": "forget"}, [("disposition", "unknown")]),
        ({"disposition": "a b"}, [("disposition", "invalid")]),
        ({"disposition": 5}, [("disposition", "wrong_type")]),
        ({"disposition": "sold", "colour": "red"}, [("colour", "unknown_key")]),
        ({"disposition": "sold", "note": "x" * 10_001}, [("note", "out_of_range")]),
        ({"disposition": "sold", "note": 5}, [("note", "wrong_type")]),
        ({"disposition": "sold", "lease_token": 5}, [("lease_token", "wrong_type")]),
        ({"disposition": "sold", "lease_token": "x" * 401}, [("lease_token", "out_of_range")]),
        ({"disposition": "sold", "callback_at": "2026-03-05T15:00:00Z"}, [("callback_at", "not_allowed")]),
        ({"disposition": "call-back"}, [("callback_at", "required")]),
        (
            {"disposition": "call-back", "callback_at": "2026-03-04T15:00:00Z"},
            [("callback_at", "in_the_past")],
        ),
        ({"disposition": "call-back", "callback_at": "2026-03-04T17:00:00"}, [("callback_at", "not_a_time")]),
        ({"disposition": "call-back", "callback_at": "tomorrow"}, [("callback_at", "not_a_time")]),
        ({"disposition": "call-back", "callback_at": 5}, [("callback_at", "not_a_time")]),
        (
            {"disposition": "call-back", "callback_at": "2150-01-01T00:00:00Z"},
            [("callback_at", "out_of_range")],
        ),
        (
            {"disposition": "call-back", "callback_at": "9999-12-31T23:59:59Z"},
            [("callback_at", "not_a_time")],
        ),
        (
            {"disposition": "sold", "appointment": {"starts_at": "2026-03-05T15:00:00Z"}},
            [("appointment", "not_supported_yet")],
        ),
        ({"disposition": "sold", "pull_next": "yes"}, [("pull_next", "wrong_type")]),
    ],
)
def test_a_wrong_disposition_is_refused(pulled: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = lent(pulled)
    pulled.invalid("POST", f"/v1/leads/{lead}/dispositions", body, *errors, user="ana")


def test_a_callback_at_a_fraction_of_a_second_is_promised_for_a_whole_one(pulled: Backend) -> None:
    lead, token = lent(pulled)
    answer = pulled.dispose(
        lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00.250Z"
    )
    shown = answer["callback_at"]
    assert shown in ("2026-03-04T17:00:00Z", "2026-03-04T17:00:01Z")
    pulled.at(shown)
    assert pulled.pull("ana")["lead"]["id"] == lead


def test_the_same_on_the_same_lease_answers_the_same_and_another_is_refused(pulled: Backend) -> None:
    lead, token = lent(pulled)
    first = pulled.dispose(lead, "no-answer", "ana", lease_token=token)
    before = pulled.typed()
    again = pulled.dispose(lead, "no-answer", "ana", lease_token=token)
    assert (again.status, again.json) == (200, first.json)
    assert pulled.typed() == before
    body = {"disposition": "sold", "lease_token": token}
    refused = pulled.refused(
        409, "already_recorded", "POST", f"/v1/leads/{lead}/dispositions", body, user="ana"
    )
    assert refused["recorded"] == "no-answer"
    pulled.at("2026-03-04T16:00:00Z")
    bens = pulled.pull("ben")
    assert bens["lead"]["id"] == lead
    much_later = pulled.dispose(lead, "no-answer", "ana", lease_token=token)
    assert (much_later.status, much_later["status"]) == (200, first["status"])
    assert pulled.pull("ben")["lease"] == bens["lease"]


def test_a_lease_without_its_token_named_is_the_holders_all_the_same(pulled: Backend) -> None:
    lead, _ = lent(pulled)
    assert pulled.dispose(lead, "sold", "ana")["status"] == "closed"


def test_a_late_disposition_counts_while_nobody_else_has_the_lead(pulled: Backend) -> None:
    for sweeps in (False, True):
        lead, token = lent(pulled, number=int(sweeps))
        pulled.at("2026-03-04T15:16:00Z")
        if sweeps:
            pulled.tick()
        assert pulled.dispose(lead, "sold", "ana", lease_token=token)["status"] == "closed"
        pulled.at("2026-03-04T15:00:00Z")


def test_when_somebody_has_pulled_since_it_is_kept_on_the_timeline_and_409(pulled: Backend) -> None:
    lead, token = lent(pulled)
    pulled.at("2026-03-04T15:15:00Z")
    bens = pulled.pull("ben")
    body = {"disposition": "sold", "lease_token": token, "note": "she said yes"}
    for _ in range(2):
        answer = pulled.post(f"/v1/leads/{lead}/dispositions", body, user="ana")
        assert (answer.status, answer["code"]) == (409, "lease_superseded")
        assert answer["lead"] == {"id": lead, "status": "leased"}
    other = pulled.post(f"/v1/leads/{lead}/dispositions", {**body, "disposition": "no-answer"}, user="ana")
    assert (other.status, other["code"], other["recorded"]) == (409, "already_recorded", "sold")
    late = [each for each in pulled.timeline(lead) if each["event"] == "late_disposition"]
    assert [(each["by"], each["disposition"], each["note"]) for each in late] == [
        ("ana", "sold", "she said yes")
    ]
    assert pulled.pull("ben")["lease"] == bens["lease"]
    assert pulled.shown(lead)["attempts"] == 0
    assert pulled.dispose(lead, "sold", "ben", lease_token=bens["lease"]["token"]).status == 200


@pytest.mark.parametrize("token", ["nonsense", "1~a~b~c", "²~a~b~c", "999~corporate~x~y", "3~~~", "~" * 100])
def test_a_made_up_token_is_nobodys_lease(pulled: Backend, token: str) -> None:
    lead, _ = lent(pulled)
    body = {"disposition": "sold", "lease_token": token}
    pulled.refused(409, "unknown_lease", "POST", f"/v1/leads/{lead}/dispositions", body, user="ana")
    pulled.refused(404, "not_found", "POST", f"/v1/leads/{lead}/dispositions", body, user="ben")
    pulled.refused(
        409, "lease_superseded", "POST", f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana"
    )


def test_somebody_elses_token_is_no_token(pulled: Backend) -> None:
    lead, token = lent(pulled)
    body = {"disposition": "sold", "lease_token": token}
    pulled.refused(404, "not_found", "POST", f"/v1/leads/{lead}/dispositions", body, user="ben")
    pulled.refused(409, "unknown_lease", "POST", f"/v1/leads/{lead}/dispositions", body, user="admin")
    other, _ = lent(pulled, "ben", 2)
    pulled.refused(409, "unknown_lease", "POST", f"/v1/leads/{other}/dispositions", body, user="ben")


def test_on_an_owned_lead_each_disposition_is_new(pulled: Backend) -> None:
    lead = pulled.lead(1, user="ana", owner="me")
    first = pulled.dispose(lead, "no-answer", "ana")
    assert (first["status"], first["owner"], first["available_at"]) == (
        "assigned",
        "ana",
        "2026-03-04T19:00:00Z",
    )
    assert pulled.dispose(lead, "no-answer", "ana")["attempts"] == 2


def test_a_released_lead_goes_back_to_where_it_came_from(pulled: Backend) -> None:
    pulled.push("to-denver", ["denver"], criteria=[{"field": "state", "operator": "equals", "value": "CO"}])
    pulled.push("denver-users", ["ana"], "denver")
    pulled.settle()
    pushed = pulled.lead(1, state="CO")
    assert pulled.dispose(pushed, "give-back", "ana")["owner"] == "denver"
    kept, token = lent(pulled, "cho", 2)
    pulled.dispose(kept, "contacted", "cho", lease_token=token)
    back = pulled.dispose(kept, "give-back", "cho")
    assert brief(back.json) == ("cooling", "corporate", "2026-03-04T15:05:00Z")
    own = pulled.lead(3, user="ben", owner="me")
    assert pulled.dispose(own, "give-back", "ben")["owner"] == "denver"
    pulled.at("2026-03-04T15:05:00Z")
    assert {pulled.pull(user)["lead"]["id"] for user in ("ana", "ben", "mia")} == {pushed, kept, own}


def test_a_transferred_lead_that_is_released_goes_to_no_other_user(pulled: Backend) -> None:
    """What a user gave on cannot go back to a queue of theirs: users have none."""
    lead = pulled.lead(1, user="ana", owner="me")
    pulled.post(f"/v1/leads/{lead}/transfer", {"to": "ben"}, user="mia")
    back = pulled.dispose(lead, "give-back", "ben")
    assert pulled.get(f"/v1/accounts/{back['owner']}")["kind"] != "user"
    pulled.at("2026-03-04T15:05:00Z")
    assert pulled.pull("mia")["lead"]["id"] == lead


def test_used_up_attempts_make_a_lead_spent(pulled: Backend) -> None:
    pulled.pull_strategy("all", max_attempts=1)
    pulled.settle()
    lead, token = lent(pulled)
    assert pulled.dispose(lead, "no-answer", "ana", lease_token=token)["status"] == "spent"
    pulled.pull_strategy("all", max_attempts=2)
    pulled.settle()
    assert pulled.shown(lead)["status"] in ("cooling", "ready")


def test_pull_next_answers_with_the_next_lead(pulled: Backend) -> None:
    lead, token = lent(pulled)
    second = pulled.lead(2)
    answer = pulled.dispose(lead, "no-answer", "ana", lease_token=token, pull_next=True)
    assert answer.status == 200
    assert answer["id"] == lead
    assert answer["next"]["lead"]["id"] == second
    token = answer["next"]["lease"]["token"]
    nothing = pulled.dispose(second, "sold", "ana", lease_token=token, pull_next=True)
    assert nothing["next"]["lead"] is None


def test_do_not_call_suppresses_the_phone_for_every_lead(pulled: Backend) -> None:
    lead, token = lent(pulled, phone="3035550101")
    other = pulled.lead(2, phone="(303) 555-0101")
    pulled.dispose(lead, "do-not-call", "ana", lease_token=token)
    assert pulled.pull("ben")["lead"] is None
    assert pulled.shown(other)["status"] == "closed"
    assert pulled.dispose(pulled.lead(3), "do-not-call", "admin")["status"] == "closed"


# -- extensions ------------------------------------------------------------------------------------------------


def test_a_holder_extends_from_now(pulled: Backend) -> None:
    lead, token = lent(pulled)
    pulled.at("2026-03-04T15:10:00Z")
    answer = pulled.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    assert (answer.status, answer.json) == (
        200,
        {"lease": {"token": token, "expires_at": "2026-03-04T15:25:00Z"}},
    )
    pulled.at("2026-03-04T15:24:59Z")
    assert pulled.pull("ben")["lead"] is None
    assert pulled.dispose(lead, "sold", "ana", lease_token=token).status == 200


def test_a_lease_that_is_over_cannot_be_extended(pulled: Backend) -> None:
    lead, token = lent(pulled)
    path, body = f"/v1/leads/{lead}/lease", {"lease_token": token}
    pulled.dispose(lead, "return", "ana", lease_token=token)
    pulled.refused(404, "not_found", "POST", path, body, user="ana")
    pulled.refused(409, "lease_superseded", "POST", path, body, user="admin")
    bens = pulled.pull("ben")
    pulled.refused(404, "not_found", "POST", path, body, user="ana")
    assert pulled.pull("ben")["lease"] == bens["lease"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("lease_token", "required")]),
        ({"lease_token": ""}, [("lease_token", "out_of_range")]),
        ({"lease_token": 5}, [("lease_token", "wrong_type")]),
        ({"lease_token": "x", "minutes": 5}, [("minutes", "unknown_key")]),
    ],
)
def test_a_wrong_extension_is_refused(pulled: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = lent(pulled)
    pulled.invalid("POST", f"/v1/leads/{lead}/lease", body, *errors, user="ana")


# -- notes -----------------------------------------------------------------------------------------------------


def test_notes_stand_on_the_timeline_and_disturb_nobody(pulled: Backend) -> None:
    lead, _ = lent(pulled)
    held = pulled.pull("ana")
    answer = pulled.post(f"/v1/leads/{lead}/notes", {"note": "wants a call at five"}, user="mia")
    assert answer.status == 404  # the lead is corporate's
    answer = pulled.post(f"/v1/leads/{lead}/notes", {"note": "wants a call at five"})
    assert answer.status == 201
    assert (answer["lead_id"], answer["note"], answer["by"]) == (lead, "wants a call at five", "admin")
    assert pulled.timeline(lead)[0]["note"] == "wants a call at five"
    assert pulled.pull("ana") == held


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
def test_a_wrong_note_is_refused(pulled: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = lent(pulled)
    pulled.invalid("POST", f"/v1/leads/{lead}/notes", body, *errors, user="ana")


# -- transfers -------------------------------------------------------------------------------------------------


def test_a_transfer_to_a_user_ends_every_lease_and_promise(pulled: Backend) -> None:
    lead, token = lent(pulled)
    answer = pulled.post(f"/v1/leads/{lead}/transfer", {"to": "cho"})
    assert (answer.status, answer["owner"], answer["status"], answer["holder"]) == (
        200,
        "cho",
        "assigned",
        None,
    )
    assert pulled.get("/v1/me", user="ana")["holding"] is None
    late = pulled.dispose(lead, "sold", "ana", lease_token=token)
    assert (late.status, late["code"]) == (409, "lease_superseded")
    promised, token = lent(pulled, "ben", 2)
    pulled.dispose(promised, "call-back", "ben", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    pulled.post(f"/v1/leads/{promised}/transfer", {"to": "dee"})
    assert pulled.of(f"LEAD#{promised}", "CALLBACK") == []
    pulled.at("2026-03-04T17:00:00Z")
    assert pulled.pull("ben")["lead"] is None


def test_a_transfer_to_a_branch_files_the_lead_there(pulled: Backend) -> None:
    lead = pulled.lead(1)
    answer = pulled.post(f"/v1/leads/{lead}/transfer", {"to": "dallas"})
    assert (answer["owner"], answer["status"]) == ("dallas", "ready")
    assert pulled.pull("ana")["lead"] is None
    assert pulled.pull("cho")["lead"]["id"] == lead


def test_a_transfer_with_distribute_routes_the_lead_on(pulled: Backend) -> None:
    pulled.push("dallas-users", ["cho", "dee"], "dallas")
    pulled.settle()
    lead, _ = lent(pulled)
    answer = pulled.post(f"/v1/leads/{lead}/transfer", {"to": "dallas", "distribute": True})
    assert (answer["owner"], answer["status"]) == ("dallas", "new")
    pulled.settle()
    assert (pulled.shown(lead)["owner"], pulled.shown(lead)["status"]) == ("cho", "assigned")
    assert pulled.get("/v1/me", user="ana")["holding"] is None


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
def test_a_wrong_transfer_is_refused(pulled: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = lent(pulled)
    pulled.invalid("POST", f"/v1/leads/{lead}/transfer", body, *errors)


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


def test_a_user_sees_who_they_are_and_what_they_hold(pulled: Backend) -> None:
    lead, token = lent(pulled)
    me = pulled.get("/v1/me", user="ana").json
    assert set(me) == {"account", "available", "last_active", "holding", "notify"}
    assert (me["account"]["id"], me["account"]["role"], me["available"]) == ("ana", "rep", True)
    assert me["holding"] == {"lead_id": lead, "lease": {"token": token, "expires_at": "2026-03-04T15:15:00Z"}}
    pulled.at("2026-03-04T15:15:00Z")
    assert pulled.get("/v1/me", user="ana")["holding"] is None


def test_a_user_changes_their_own_notifications_and_nothing_else(company: Backend) -> None:
    hook = "https://example.com/hook"
    answer = company.patch("/v1/me", {"notify": {"email": True, "webhook": hook}}, user="ana")
    assert answer.status == 200
    for shown in (answer["notify"], company.get("/v1/accounts/ana")["notify"]):
        assert (shown["email"], shown["webhook"]) == (True, hook)
    replaced = company.patch("/v1/me", {"notify": {"email": False}}, user="ana")["notify"]
    assert (replaced["email"], replaced["webhook"]) == (False, None)
    assert company.get("/v1/accounts/ana")["role"] == "rep"


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
