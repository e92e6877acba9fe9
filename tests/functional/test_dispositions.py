"""Dispositions: what each does, once, and whose it is to record."""

from typing import Any

import pytest

from tests.functional.backend import Backend


def brief(answer: Any) -> tuple[str, str, str | None]:
    return answer["status"], answer["owner"], answer["available_at"]


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
    sales: Backend, disposition: str, expected: tuple[str, str, str | None], attempts: int
) -> None:
    lead, token = sales.lent(phone="3035550101")
    answer = sales.dispose(lead, disposition, "ana", lease_token=token, note="a note")
    assert answer.status == 200
    assert brief(answer.json) == expected
    assert (answer["attempts"], answer["last_disposition"], answer["holder"]) == (attempts, disposition, None)
    assert answer["pull_count"] == (0 if disposition == "return" else 1)
    assert sales.shown(lead) == answer.json
    assert sales.get("/v1/me", user="ana")["holding"] is None
    recorded = sales.timeline(lead)[0]
    assert (recorded["event"], recorded["disposition"], recorded["note"]) == (
        "disposition",
        disposition,
        "a note",
    )
    assert recorded["counts_as_attempt"] is (disposition != "return")


def test_a_callback_is_promised_pulled_first_and_kept(sales: Backend) -> None:
    lead, token = sales.lent()
    answer = sales.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    assert (answer["status"], answer["callback_at"], answer["callback_for"]) == (
        "callback",
        "2026-03-04T17:00:00Z",
        "ana",
    )
    assert sales.get("/v1/leads?mine=true", user="ana")["items"][0]["id"] == lead
    sales.at("2026-03-04T16:59:59Z")
    assert sales.pull("ana")["lead"] is None
    sales.at("2026-03-04T17:00:00Z")
    other = sales.lead(2)
    mine = sales.pull("ana")
    assert (mine["lead"]["id"], mine["reason"]["why"]) == (lead, "callback")
    assert sales.pull("ben")["lead"]["id"] == other
    kept = sales.dispose(lead, "no-answer", "ana", lease_token=mine["lease"]["token"])
    assert (kept["status"], kept["callback_for"], kept["callback_at"]) == ("cooling", None, None)
    assert sales.of(f"LEAD#{lead}", "CALLBACK") == []


def test_a_missed_callback_that_is_edited_before_the_sweep_goes_back_to_the_pool(sales: Backend) -> None:
    lead, token = sales.lent()
    sales.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    sales.at("2026-03-04T18:00:00Z")
    sales.patch(f"/v1/leads/{lead}", {"first_name": "Lee"})
    sales.tick()
    assert (sales.shown(lead)["status"], sales.shown(lead)["callback_for"]) == ("ready", None)
    assert sales.pull("ben")["lead"]["id"] == lead


def test_a_callback_on_ones_own_lead_stays_ones_own(sales: Backend) -> None:
    lead = sales.lead(1, user="ana", owner="me")
    answer = sales.dispose(lead, "call-back", "ana", callback_at="2026-03-04T17:00:00Z")
    assert (answer["status"], answer["owner"]) == ("callback", "ana")
    sales.at("2026-03-04T17:00:00Z")
    taken = sales.pull("ana")
    assert taken["lead"]["id"] == lead
    assert taken["lead"]["owner"] == "ana"
    assert sales.listed("status=leased") == [lead]
    sales.at("2026-03-04T18:00:00Z")
    sales.tick()
    shown = sales.shown(lead)
    assert (shown["status"], shown["owner"], shown["callback_at"]) == (
        "callback",
        "ana",
        "2026-03-04T17:00:00Z",
    )
    assert sales.pull("ben")["lead"] is None
    again = sales.pull("ana")
    assert again["lead"]["id"] == lead
    answer = sales.dispose(lead, "no-answer", "ana", lease_token=again["lease"]["token"])
    assert (answer["status"], answer["callback_for"]) == ("assigned", None)


def test_a_managers_callback_on_a_reps_lead_strands_nothing(sales: Backend) -> None:
    lead = sales.lead(1, user="ana", owner="me")
    assert sales.dispose(lead, "call-back", "mia", callback_at="2026-03-04T17:00:00Z").status == 200
    sales.at("2026-03-04T17:00:00Z")
    assert sales.pull("mia")["lead"]["id"] == lead
    sales.at("2026-03-04T18:00:00Z")
    sales.tick()
    assert (sales.shown(lead)["status"], sales.shown(lead)["owner"]) == ("callback", "ana")
    for user in ("ana", "mia"):
        assert [each["id"] for each in sales.get("/v1/leads?mine=true", user=user)["items"]] == [lead]
    assert sales.dispose(lead, "no-answer", "ana")["status"] == "assigned"
    assert sales.get("/v1/leads?mine=true", user="mia")["items"] == []


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
        ({"disposition": "sold", "appointment": {}}, [("appointment.starts_at", "required")]),
        (
            {"disposition": "sold", "appointment": {"starts_at": "2026-03-04T15:00:00Z"}},
            [("appointment.starts_at", "in_the_past")],
        ),
        ({"disposition": "sold", "pull_next": "yes"}, [("pull_next", "wrong_type")]),
    ],
)
def test_a_wrong_disposition_is_refused(sales: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    lead, _ = sales.lent()
    sales.invalid("POST", f"/v1/leads/{lead}/dispositions", body, *errors, user="ana")


def test_a_callback_at_a_fraction_of_a_second_is_promised_for_a_whole_one(sales: Backend) -> None:
    lead, token = sales.lent()
    answer = sales.dispose(
        lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00.250Z"
    )
    shown = answer["callback_at"]
    assert shown in ("2026-03-04T17:00:00Z", "2026-03-04T17:00:01Z")
    sales.at(shown)
    assert sales.pull("ana")["lead"]["id"] == lead


def test_the_same_on_the_same_lease_answers_the_same_and_another_is_refused(sales: Backend) -> None:
    lead, token = sales.lent()
    first = sales.dispose(lead, "no-answer", "ana", lease_token=token)
    before = sales.typed()
    again = sales.dispose(lead, "no-answer", "ana", lease_token=token)
    assert (again.status, again.json) == (200, first.json)
    assert sales.typed() == before
    body = {"disposition": "sold", "lease_token": token}
    refused = sales.refused(
        409, "already_recorded", "POST", f"/v1/leads/{lead}/dispositions", body, user="ana"
    )
    assert refused["recorded"] == "no-answer"
    sales.at("2026-03-04T16:00:00Z")
    bens = sales.pull("ben")
    assert bens["lead"]["id"] == lead
    much_later = sales.dispose(lead, "no-answer", "ana", lease_token=token)
    assert (much_later.status, much_later["status"]) == (200, first["status"])
    assert sales.pull("ben")["lease"] == bens["lease"]


def test_a_lease_without_its_token_named_is_the_holders_all_the_same(sales: Backend) -> None:
    lead, _ = sales.lent()
    assert sales.dispose(lead, "sold", "ana")["status"] == "closed"


def test_a_late_disposition_counts_while_nobody_else_has_the_lead(sales: Backend) -> None:
    for sweeps in (False, True):
        lead, token = sales.lent(number=int(sweeps))
        sales.at("2026-03-04T15:16:00Z")
        if sweeps:
            sales.tick()
        assert sales.dispose(lead, "sold", "ana", lease_token=token)["status"] == "closed"
        sales.at("2026-03-04T15:00:00Z")


def test_when_somebody_has_pulled_since_it_is_kept_on_the_timeline_and_409(sales: Backend) -> None:
    lead, token = sales.lent()
    sales.at("2026-03-04T15:15:00Z")
    bens = sales.pull("ben")
    body = {"disposition": "sold", "lease_token": token, "note": "she said yes"}
    for _ in range(2):
        answer = sales.post(f"/v1/leads/{lead}/dispositions", body, user="ana")
        assert (answer.status, answer["code"]) == (409, "lease_superseded")
        assert answer["lead"] == {"id": lead, "status": "leased"}
    other = sales.post(f"/v1/leads/{lead}/dispositions", {**body, "disposition": "no-answer"}, user="ana")
    assert (other.status, other["code"], other["recorded"]) == (409, "already_recorded", "sold")
    late = [each for each in sales.timeline(lead) if each["event"] == "late_disposition"]
    assert [(each["by"], each["disposition"], each["note"]) for each in late] == [
        ("ana", "sold", "she said yes")
    ]
    assert sales.pull("ben")["lease"] == bens["lease"]
    assert sales.shown(lead)["attempts"] == 0
    assert sales.dispose(lead, "sold", "ben", lease_token=bens["lease"]["token"]).status == 200


def test_sold_at_minute_22_of_a_15_minute_lease_with_nobody_else_on_it_is_200(sales: Backend) -> None:
    lead, token = sales.lent()
    sales.at("2026-03-04T15:22:00Z")
    answer = sales.dispose(lead, "sold", "ana", lease_token=token)
    assert (answer.status, answer["status"], answer["attempts"]) == (200, "closed", 1)


def test_sold_at_minute_22_with_ben_on_it_is_409_the_note_is_kept_and_ben_is_undisturbed(
    sales: Backend,
) -> None:
    lead, token = sales.lent()
    sales.at("2026-03-04T15:20:00Z")
    bens = sales.pull("ben")
    sales.at("2026-03-04T15:22:00Z")
    answer = sales.dispose(lead, "sold", "ana", lease_token=token, note="she said yes")
    assert (answer.status, answer["code"]) == (409, "lease_superseded")
    assert sales.timeline(lead)[0]["note"] == "she said yes"
    again = sales.pull("ben")
    assert (again["lead"]["id"], again["lease"]) == (lead, bens["lease"])
    assert sales.dispose(lead, "no-answer", "ben", lease_token=bens["lease"]["token"]).status == 200


@pytest.mark.parametrize("token", ["nonsense", "1~a~b~c", "²~a~b~c", "999~corporate~x~y", "3~~~", "~" * 100])
def test_a_made_up_token_is_nobodys_lease(sales: Backend, token: str) -> None:
    lead, _ = sales.lent()
    body = {"disposition": "sold", "lease_token": token}
    sales.refused(409, "unknown_lease", "POST", f"/v1/leads/{lead}/dispositions", body, user="ana")
    sales.refused(404, "not_found", "POST", f"/v1/leads/{lead}/dispositions", body, user="ben")
    sales.refused(
        409, "lease_superseded", "POST", f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana"
    )


def test_somebody_elses_token_is_no_token(sales: Backend) -> None:
    lead, token = sales.lent()
    body = {"disposition": "sold", "lease_token": token}
    sales.refused(404, "not_found", "POST", f"/v1/leads/{lead}/dispositions", body, user="ben")
    sales.refused(409, "unknown_lease", "POST", f"/v1/leads/{lead}/dispositions", body, user="admin")
    other, _ = sales.lent("ben", 2)
    sales.refused(409, "unknown_lease", "POST", f"/v1/leads/{other}/dispositions", body, user="ben")


def test_on_an_owned_lead_each_disposition_is_new(sales: Backend) -> None:
    lead = sales.lead(1, user="ana", owner="me")
    first = sales.dispose(lead, "no-answer", "ana")
    assert (first["status"], first["owner"], first["available_at"]) == (
        "assigned",
        "ana",
        "2026-03-04T19:00:00Z",
    )
    assert sales.dispose(lead, "no-answer", "ana")["attempts"] == 2


def test_a_released_lead_goes_back_to_where_it_came_from(sales: Backend) -> None:
    sales.push("to-denver", ["denver"], criteria=[{"field": "state", "operator": "equals", "value": "CO"}])
    sales.push("denver-users", ["ana"], "denver")
    sales.settle()
    pushed = sales.lead(1, state="CO")
    assert sales.dispose(pushed, "give-back", "ana")["owner"] == "denver"
    kept, token = sales.lent("cho", 2)
    sales.dispose(kept, "contacted", "cho", lease_token=token)
    back = sales.dispose(kept, "give-back", "cho")
    assert brief(back.json) == ("cooling", "corporate", "2026-03-04T15:05:00Z")
    own = sales.lead(3, user="ben", owner="me")
    assert sales.dispose(own, "give-back", "ben")["owner"] == "denver"
    sales.settle()
    assert sales.shown(own)["owner"] == "ana", "Denver's own strategy has somebody for it"
    sales.at("2026-03-04T15:05:00Z")
    assert {sales.pull(user)["lead"]["id"] for user in ("ben", "mia")} == {pushed, kept}


def test_a_transferred_lead_that_is_released_goes_to_no_other_user(sales: Backend) -> None:
    """What a user gave on cannot go back to a queue of theirs: users have none."""
    lead = sales.lead(1, user="ana", owner="me")
    sales.post(f"/v1/leads/{lead}/transfer", {"to": "ben"}, user="mia")
    back = sales.dispose(lead, "give-back", "ben")
    assert sales.get(f"/v1/accounts/{back['owner']}")["kind"] != "user"
    sales.at("2026-03-04T15:05:00Z")
    assert sales.pull("mia")["lead"]["id"] == lead


def test_used_up_attempts_make_a_lead_spent(sales: Backend) -> None:
    sales.pull_strategy("all", max_attempts=1)
    sales.settle()
    lead, token = sales.lent()
    assert sales.dispose(lead, "no-answer", "ana", lease_token=token)["status"] == "spent"
    sales.pull_strategy("all", max_attempts=2)
    sales.settle()
    assert sales.shown(lead)["status"] in ("cooling", "ready")


def test_pull_next_answers_with_the_next_lead(sales: Backend) -> None:
    lead, token = sales.lent()
    second = sales.lead(2)
    answer = sales.dispose(lead, "no-answer", "ana", lease_token=token, pull_next=True)
    assert answer.status == 200
    assert answer["id"] == lead
    assert answer["next"]["lead"]["id"] == second
    token = answer["next"]["lease"]["token"]
    nothing = sales.dispose(second, "sold", "ana", lease_token=token, pull_next=True)
    assert nothing["next"]["lead"] is None


def test_do_not_call_suppresses_the_phone_for_every_lead(sales: Backend) -> None:
    lead, token = sales.lent(phone="3035550101")
    other = sales.lead(2, phone="(303) 555-0101")
    sales.dispose(lead, "do-not-call", "ana", lease_token=token)
    assert sales.pull("ben")["lead"] is None
    assert sales.shown(other)["status"] == "closed"
    assert sales.dispose(sales.lead(3), "do-not-call", "admin")["status"] == "closed"
