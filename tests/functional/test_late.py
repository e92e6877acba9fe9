"""What was recorded without a network, and reaches us later: an outbox sends it late, twice, after the lease, after
somebody else has pulled."""

from typing import Any

import pytest

from tests.functional.backend import Backend

PULLED, CALLED, SENT = "2026-03-04T16:00:00Z", "2026-03-04T16:05:00Z", "2026-03-04T18:00:00Z"
PHONE = {"phone": "3035550101", "state": "CO"}


def events(company: Backend, lead: str, kind: str) -> list[Any]:
    found = company.get(f"/v1/leads/{lead}/timeline?limit=50")["items"]
    return [each for each in found if each["event"] == kind]


@pytest.fixture
def lent(sales: Backend) -> tuple[Backend, str, str]:
    sales.at(PULLED)
    lead, token = sales.lent("ana", **PHONE)
    return sales, lead, token


def test_a_callback_that_is_past_by_then_is_due_at_once_and_the_timeline_says_both(
    lent: tuple[Backend, str, str],
) -> None:
    company, lead, token = lent
    company.at(SENT)
    said = {"lease_token": token, "recorded_at": CALLED, "callback_at": "2026-03-04T17:00:00Z"}
    answer = company.dispose(lead, "call-back", "ana", **said)
    assert (answer.status, answer["status"], answer["callback_at"]) == (200, "callback", SENT)
    assert answer["first_call_at"] == CALLED
    [event] = events(company, lead, "disposition")
    told = [event[name] for name in ("at", "recorded_at", "callback_at", "callback_said")]
    assert told == [SENT, CALLED, SENT, "2026-03-04T17:00:00Z"]
    assert company.get("/v1/me", user="ana")["callbacks_due"] == 1
    assert company.pull("ana")["lead"]["id"] == lead


def test_one_that_may_not_be_called_when_it_is_told_is_due_when_it_may(
    lent: tuple[Backend, str, str],
) -> None:
    company, lead, token = lent
    company.pull_strategy("all", calling_hours=True)
    company.at("2026-03-05T06:00:00Z")  # 11 PM in Denver
    said = {"lease_token": token, "recorded_at": CALLED, "callback_at": "2026-03-04T17:00:00Z"}
    answer = company.dispose(lead, "call-back", "ana", **said)
    assert (answer.status, answer["callback_at"]) == (200, "2026-03-05T15:00:00Z")
    company.at("2026-03-05T15:00:00Z")
    assert company.pull("ana")["lead"]["id"] == lead


@pytest.mark.parametrize(
    ("recorded_at", "code"),
    [("2026-03-04T18:01:01Z", "in_the_future"), ("2026-03-04T15:58:59Z", "too_early")],
)
def test_nothing_is_recorded_of_a_time_to_come_or_of_one_before_the_pull(
    lent: tuple[Backend, str, str], recorded_at: str, code: str
) -> None:
    company, lead, token = lent
    company.at(SENT)
    for path, body in (
        ("dispositions", {"disposition": "no-answer", "lease_token": token}),
        ("notes", {"note": "x"}),
        ("calls", {}),
    ):
        wrong = {**body, "recorded_at": recorded_at}
        company.invalid("POST", f"/v1/leads/{lead}/{path}", wrong, ("recorded_at", code), user="ana")


def test_a_clock_that_is_a_little_wrong_is_put_right(lent: tuple[Backend, str, str]) -> None:
    company, lead, token = lent
    note = {"note": "x", "recorded_at": "2026-03-04T15:59:30Z"}
    assert company.post(f"/v1/leads/{lead}/notes", note, user="ana")["recorded_at"] == PULLED
    ahead = {"lease_token": token, "recorded_at": "2026-03-04T16:00:40Z"}
    assert company.dispose(lead, "no-answer", "ana", **ahead)["first_call_at"] == PULLED


def test_an_outbox_that_sends_twice_and_after_the_lease_records_once(lent: tuple[Backend, str, str]) -> None:
    company, lead, token = lent
    body = {"disposition": "no-answer", "lease_token": token, "recorded_at": CALLED}
    path, key = f"/v1/leads/{lead}/dispositions", {"idempotency-key": "outbox-1"}
    company.at(SENT)
    noted = {"note": "Called at noon", "recorded_at": CALLED}
    assert company.post(f"/v1/leads/{lead}/notes", noted, user="ana")["recorded_at"] == CALLED
    first = company.post(path, body, user="ana", headers=key)
    assert first.status == 200
    assert company.post(path, body, user="ana", headers=key).json == first.json
    other_tab = company.post(path, body, user="ana", headers={"idempotency-key": "outbox-2"})
    assert (other_tab.status, other_tab["attempts"]) == (200, 1)
    company.at("2026-03-04T23:00:00Z")
    assert company.post(path, body, user="ana").status == 200
    assert [each["recorded_at"] for each in events(company, lead, "disposition")] == [CALLED]


def test_what_comes_after_somebody_elses_pull_is_kept_with_when_it_was(
    lent: tuple[Backend, str, str],
) -> None:
    company, lead, token = lent
    company.at(SENT)
    assert company.pull("ben")["lead"]["id"] == lead
    body = {"disposition": "call-back", "lease_token": token, "recorded_at": CALLED}
    body["callback_at"] = "2026-03-04T17:00:00Z"
    for key in ("outbox-1", "outbox-1", "outbox-2"):
        answer = company.post(
            f"/v1/leads/{lead}/dispositions", body, user="ana", headers={"idempotency-key": key}
        )
        assert (answer.status, answer["code"]) == (409, "lease_superseded")
    path, note = f"/v1/leads/{lead}/notes", {"note": "Asked for the rate", "recorded_at": CALLED}
    assert company.post(path, note, user="ana")["recorded_at"] == CALLED
    company.refused(404, "not_found", "POST", path, {"note": "x"}, user="ana")
    company.refused(404, "not_found", "POST", path, {"note": "x", "recorded_at": SENT}, user="ana")
    company.refused(404, "not_found", "POST", path, note, user="cho")
    [late] = events(company, lead, "late_disposition")
    assert (late["at"], late["recorded_at"], late["by"]) == (SENT, CALLED, "ana")
    assert company.shown(lead)["holder"] == "ben"


def test_a_call_that_was_made_counts_whatever_was_against_it(lent: tuple[Backend, str, str]) -> None:
    company, lead, token = lent
    assert company.dispose(lead, "contacted", "ana", lease_token=token).status == 200
    night, morning = "2026-03-05T06:00:00Z", "2026-03-05T15:00:00Z"
    company.at(night)
    company.refused(409, "outside_calling_hours", "POST", f"/v1/leads/{lead}/calls", {}, user="ana")
    company.at(morning)
    made = company.post(f"/v1/leads/{lead}/calls", {"recorded_at": night}, user="ana")
    assert (made.status, made["at"], made["recorded_at"]) == (201, morning, night)
    [event] = events(company, lead, "called")
    assert (event["recorded_at"], event["against"]) == (night, ["outside_calling_hours"])
    ended = company.dispose(lead, "no-answer", "ana", call_id=made["call_id"], recorded_at=night)
    assert (ended.status, ended["attempts"]) == (200, 2)


def test_of_a_lead_of_ones_own_nothing_was_done_before_it_came(company: Backend) -> None:
    company.at(PULLED)
    lead = company.lead(user="ana", owner="me")
    company.at(SENT)
    early = {"disposition": "contacted", "recorded_at": "2026-03-04T15:00:00Z"}
    path = f"/v1/leads/{lead}/dispositions"
    company.invalid("POST", path, early, ("recorded_at", "too_early"), user="ana")
    assert company.dispose(lead, "contacted", "ana", recorded_at=CALLED).status == 200


def test_nor_of_one_that_was_given_to_them_before_they_had_it(company: Backend) -> None:
    company.at("2026-03-04T15:00:00Z")
    lead = company.lead()
    company.at(PULLED)
    assert company.post(f"/v1/leads/{lead}/transfer", {"to": "ana"}).status == 200
    company.at(SENT)
    early = {"disposition": "contacted", "recorded_at": "2026-03-04T15:00:30Z"}
    path = f"/v1/leads/{lead}/dispositions"
    company.invalid("POST", path, early, ("recorded_at", "too_early"), user="ana")
    assert company.dispose(lead, "contacted", "ana", recorded_at=CALLED)["first_call_at"] == CALLED
    assert company.post(f"/v1/leads/{lead}/transfer", {"to": "cho"}).status == 200
    notes, note = f"/v1/leads/{lead}/notes", {"note": "x", "recorded_at": "2026-03-04T17:00:00Z"}
    assert company.post(notes, note, user="ana").status == 201, "they had it then"
    company.at("2026-03-04T18:05:00Z")
    note["recorded_at"] = "2026-03-04T18:02:00Z"
    company.refused(404, "not_found", "POST", notes, note, user="ana")


def test_what_was_done_on_a_lease_before_the_present_one_is_told_still(
    lent: tuple[Backend, str, str],
) -> None:
    company, lead, _ = lent
    company.at(SENT)
    assert company.pull("ana")["lead"]["id"] == lead
    for path, body in (("notes", {"note": "x"}), ("calls", {})):
        told = company.post(f"/v1/leads/{lead}/{path}", {**body, "recorded_at": CALLED}, user="ana")
        assert (told.status, told["recorded_at"]) == (201, CALLED)
