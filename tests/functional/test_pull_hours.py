"""Pull inside calling hours only: leases, callbacks and cool-downs against the windows of the lead's class."""

import pytest

from routing.storage.table import to_item
from tests.functional.backend import Backend
from tests.functional.test_pull_next import why

MIAMI = {"state": "FL", "postal_code": "33101"}
OKLAHOMA = {"state": "OK", "phone": "4055550123"}
LIMA_OHIO = {"state": "OH", "postal_code": "45801"}


@pytest.fixture
def hours(company: Backend) -> Backend:
    """Everybody pulls, within calling hours."""
    return company.prepared("hours", lambda: company.pull_strategy("all", calling_hours=True))


# -- leases end with the window ----------------------------------------------------------------------------------


def test_florida_closes_at_eight_and_the_lease_ends_with_it(hours: Backend) -> None:
    hours.at("2026-03-05T00:52:00Z")  # 19:52 in Miami
    hours.lead(1, **MIAMI)
    assert hours.pull("ana")["lease"]["expires_at"] == "2026-03-05T01:00:00Z"


@pytest.mark.parametrize(
    ("at", "served"), [("00:58:00", True), ("00:58:01", False), ("00:59:00", False), ("01:00:00", False)]
)
def test_with_less_than_two_minutes_left_it_is_not_served(hours: Backend, at: str, served: bool) -> None:
    hours.at("2026-03-05T00:30:00Z")
    lead = hours.lead(1, **MIAMI)
    hours.at(f"2026-03-05T{at}Z")
    answer = hours.pull("ana")
    if served:
        assert answer["lead"]["id"] == lead
    else:
        opens = {"reason": "calling_hours", "count": 1, "until": "2026-03-05T13:00:00Z"}
        assert answer == {"lead": None, "why": [opens], "retry_at": "2026-03-05T13:00:00Z"}


def test_an_extension_ends_with_the_window_too(hours: Backend) -> None:
    hours.at("2026-03-05T00:40:00Z")
    lead, token = hours.lent(**MIAMI)
    hours.at("2026-03-05T00:50:00Z")
    longer = hours.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    assert longer["lease"]["expires_at"] == "2026-03-05T01:00:00Z"


def test_without_calling_hours_there_is_no_window_and_no_cut(hours: Backend) -> None:
    hours.pull_strategy("any-time", priority=1, calling_hours=False)
    hours.settle()
    hours.at("2026-03-05T07:00:00Z")
    lead = hours.lead(1, **MIAMI)
    answer = hours.pull("ana")
    assert (answer["lead"]["id"], answer["strategy"]) == (lead, "any-time")
    assert answer["lease"]["expires_at"] == "2026-03-05T07:15:00Z"


def test_a_lead_served_by_two_keeps_the_hours_of_the_one_that_serves(hours: Backend) -> None:
    hours.pull_strategy("dallas-any-time", ["dallas"], priority=200, calling_hours=False)
    hours.pull_strategy("denver", ["denver"], priority=100, calling_hours=True)
    hours.save("pull-strategies", "all", **{**hours.get("/v1/pull-strategies/all").json, "enabled": False})
    hours.settle()
    hours.at("2026-03-05T07:00:00Z")
    lead = hours.lead(1, **MIAMI)
    assert why(hours.pull("ana")) == {"calling_hours": 1}
    assert hours.pull("cho")["lead"]["id"] == lead


# -- which windows -----------------------------------------------------------------------------------------------


def test_the_open_ones_are_served_and_the_closed_ones_counted(hours: Backend) -> None:
    hours.at("2026-03-05T01:30:00Z")  # 20:30 in New York, 17:30 in Los Angeles
    florida = hours.lead(1, **MIAMI)
    california = hours.lead(2, state="CA")
    ohio = hours.lead(3, **LIMA_OHIO)
    assert {hours.pull(user)["lead"]["id"] for user in ("ana", "ben")} == {california, ohio}
    assert why(hours.pull("cho")) == {"leased": 2, "calling_hours": 1}
    assert hours.shown(florida)["status"] == "ready"
    assert hours.shown(florida)["available_at"] == "2026-03-05T13:00:00Z"
    assert hours.shown(florida)["calling_class"] == "US-FL@America/New_York"


def test_a_closed_zone_group_costs_no_read_of_its_queue(hours: Backend) -> None:
    hours.lead(1, **MIAMI)
    hours.at("2026-03-05T06:00:00Z")  # 1:00 in New York
    hours.pull("ana")  # the container has seen the registry
    hours.strict.requests.clear()
    hours.lead(2, state="HI")
    hours.pull("ben")
    asked = [
        request["ExpressionAttributeValues"]
        for operation, request in hours.strict.requests
        if operation == "Query" and request.get("IndexName") == "queue"
    ]
    groups = {str(values).split("#")[3].split("'")[0] for values in asked if "READY#" in str(values)}
    assert groups == {"AH"}


def test_nobody_knows_where_it_is_so_the_strictest_counts(hours: Backend) -> None:
    lead = hours.lead(1)
    assert hours.shown(lead)["calling_class"] == "unknown"
    assert hours.pull("ana")["retry_at"] == "2026-03-04T18:00:00Z"  # 8:00 in Honolulu
    hours.at("2026-03-04T18:00:00Z")
    answer = hours.pull("ana")
    assert (answer["lead"]["id"], answer["lease"]["expires_at"]) == (lead, "2026-03-04T18:15:00Z")


def test_the_address_and_the_area_code_must_both_be_open(hours: Backend) -> None:
    lead = hours.lead(1, state="CA", phone="3055550123")  # Miami's area code
    assert hours.pull("ana")["retry_at"] == "2026-03-04T16:00:00Z"  # 8:00 in Los Angeles
    hours.at("2026-03-05T00:59:00Z")
    assert why(hours.pull("ana")) == {"calling_hours": 1}
    hours.patch(f"/v1/leads/{lead}", {"phone": "2135550123"})
    assert hours.pull("ana")["lead"]["id"] == lead


def test_a_company_rule_replaces_a_state_s(hours: Backend) -> None:
    hours.lead(1, **LIMA_OHIO)
    hours.save(
        "calling-rules",
        "us-oh",
        name="Ohio",
        country="US",
        state="OH",
        windows={"mon-fri": ["11:00", "12:00"]},
        source="our own",
    )
    assert hours.pull("ana")["retry_at"] == "2026-03-04T16:00:00Z"


# -- callbacks and cool-downs --------------------------------------------------------------------------------------


def test_a_callback_outside_the_hours_is_refused_with_the_next_time(hours: Backend) -> None:
    lead, token = hours.lent(**MIAMI)
    body = {"disposition": "call-back", "lease_token": token}
    for at in ("2026-03-05T01:00:00Z", "2026-03-05T00:59:00Z", "2026-03-05T12:59:00Z"):
        answer = hours.post(f"/v1/leads/{lead}/dispositions", {**body, "callback_at": at}, user="ana")
        assert (answer.status, answer.errors) == (422, [("callback_at", "outside_calling_hours")])
        assert answer["next_callback_at"] == "2026-03-05T13:00:00Z"
        assert "2026-03-05T13:00:00Z" in answer.json["errors"][0]["message"]
    kept = hours.post(
        f"/v1/leads/{lead}/dispositions", {**body, "callback_at": "2026-03-05T13:00:00Z"}, user="ana"
    )
    assert (kept.status, kept["status"]) == (200, "callback")


def test_a_due_callback_waits_for_the_hours_and_ends_with_them(hours: Backend) -> None:
    lead, token = hours.lent(**MIAMI)
    hours.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-05T00:50:00Z")
    hours.at("2026-03-05T00:50:00Z")
    assert hours.pull("ana")["lease"]["expires_at"] == "2026-03-05T01:00:00Z"


def test_on_a_lead_of_ones_own_the_known_place_counts(hours: Backend) -> None:
    hours.push("to-ana", ["ana"])
    hours.settle()
    florida, unknown = hours.lead(1, **MIAMI), hours.lead(2)
    body = {"disposition": "call-back", "callback_at": "2026-03-05T03:00:00Z"}
    refused = hours.post(f"/v1/leads/{florida}/dispositions", body, user="ana")
    assert refused.errors == [("callback_at", "outside_calling_hours")]
    assert hours.post(f"/v1/leads/{unknown}/dispositions", body, user="ana").status == 200


def test_a_cool_down_in_open_minutes_stands_still_while_it_is_closed(hours: Backend) -> None:
    hours.save(
        "dispositions",
        "later",
        name="Later",
        outcome="recycle",
        cool_down_minutes=60,
        cool_down_in="open_minutes",
    )
    hours.at("2026-03-05T00:40:00.5Z")  # 20 minutes before Florida closes
    lead, token = hours.lent(**MIAMI)
    answer = hours.dispose(lead, "later", "ana", lease_token=token)
    assert (answer["status"], answer["available_at"]) == ("cooling", "2026-03-05T13:40:01Z")


def test_a_wall_clock_cool_down_that_ends_at_night_reads_as_available_in_the_morning(hours: Backend) -> None:
    hours.at("2026-03-05T00:40:00Z")
    lead, token = hours.lent(**MIAMI)
    answer = hours.dispose(lead, "no-answer", "ana", lease_token=token)  # four hours
    assert (answer["status"], answer["available_at"]) == ("cooling", "2026-03-05T13:00:00Z")
    nothing = hours.pull("ben")
    assert nothing["why"] == [{"reason": "calling_hours", "count": 1, "until": "2026-03-05T13:00:00Z"}] or (
        nothing["why"][0]["reason"] == "cooling"
    )
    assert nothing["retry_at"] == "2026-03-05T13:00:00Z"


# -- calls in 24 hours ---------------------------------------------------------------------------------------------


def attempt(hours: Backend, user: str, lead: str, disposition: str = "no-answer") -> None:
    answer = hours.pull(user)
    assert answer["lead"]["id"] == lead, answer
    done = hours.dispose(lead, disposition, user, lease_token=answer["lease"]["token"])
    assert done.status == 200, done.json


@pytest.fixture
def oklahoma(company: Backend) -> Backend:
    """Everybody pulls within hours, and nothing cools down."""

    def build() -> None:
        company.pull_strategy("all", calling_hours=True, cool_down_minutes=0, max_attempts=50)

    return company.prepared("oklahoma", build)


def test_a_phone_on_two_leads_is_called_three_times_and_then_not_for_a_day(oklahoma: Backend) -> None:
    first, second = oklahoma.lead(1, **OKLAHOMA), oklahoma.lead(2, **OKLAHOMA)
    times = ("2026-03-04T15:00:00Z", "2026-03-04T16:00:00Z", "2026-03-04T17:00:00Z")
    for at, user in zip(times, ("ana", "ben", "cho"), strict=True):
        oklahoma.at(at)
        answer = oklahoma.pull(user)
        lead = answer["lead"]["id"]
        oklahoma.dispose(lead, "no-answer", user, lease_token=answer["lease"]["token"])
    oklahoma.at("2026-03-04T18:00:00Z")
    nothing = oklahoma.pull("dee")
    until = {"reason": "call_limit", "count": 2, "until": "2026-03-05T15:00:00Z"}
    assert (nothing["why"], nothing["retry_at"]) == ([until], "2026-03-05T15:00:00Z")
    for lead in (first, second):
        assert oklahoma.shown(lead)["status"] == "cooling"
        assert oklahoma.timeline(lead)[0]["event"] == "call_limit"
    oklahoma.at("2026-03-05T14:59:59Z")
    oklahoma.tick()
    assert why(oklahoma.pull("dee")) == {"call_limit": 2}
    oklahoma.at("2026-03-05T15:00:00Z")
    assert oklahoma.pull("dee")["lead"]["id"] in (first, second)
    assert why(oklahoma.pull("ana"))["call_limit"] == 1  # the second call is from 16:00


def test_what_was_no_attempt_gives_the_call_back(oklahoma: Backend) -> None:
    lead = oklahoma.lead(1, **OKLAHOMA)
    for user in ("ana", "ben", "ana"):
        attempt(oklahoma, user, lead, "return")
    for user in ("ben", "ana", "ben"):
        attempt(oklahoma, user, lead)
    assert why(oklahoma.pull("cho")) == {"call_limit": 1}


def test_a_lease_that_lapsed_was_a_call(oklahoma: Backend) -> None:
    oklahoma.lead(1, **OKLAHOMA)
    for minute in (0, 20, 40):
        oklahoma.at(f"2026-03-04T15:{minute:02d}:00Z")
        assert oklahoma.pull("ana" if minute else "ben")["lead"] is not None
    oklahoma.at("2026-03-04T16:00:00Z")
    assert why(oklahoma.pull("cho")) == {"call_limit": 1}


def test_a_late_disposition_counts_though_the_phone_waits_for_its_day(oklahoma: Backend) -> None:
    lead = oklahoma.lead(1, **OKLAHOMA)
    for user in ("ana", "ben"):
        attempt(oklahoma, user, lead)
    token = oklahoma.pull("cho")["lease"]["token"]
    oklahoma.at("2026-03-04T15:20:00Z")
    assert why(oklahoma.pull("dee")) == {"call_limit": 1}
    assert oklahoma.dispose(lead, "sold", "cho", lease_token=token).status == 200


def test_a_state_without_a_limit_stops_nobody_and_keeps_no_more_calls_than_a_limit_asks_for(
    oklahoma: Backend,
) -> None:
    lead = oklahoma.lead(1, state="CO", phone="3035550123")
    for at in range(49):
        attempt(oklahoma, ("ana", "ben")[at % 2], lead)
    (contact,) = (item for item in oklahoma.of("CONTACT#", "STATE") if "called_at" in item)
    assert 16 <= len(contact["called_at"]) <= 32


def test_a_call_for_a_lead_elsewhere_counts_for_one_where_calls_are_limited(oklahoma: Backend) -> None:
    phone = "3035550123"
    elsewhere = oklahoma.lead(1, state="CO", phone=phone)
    for user in ("ana", "ben", "ana"):
        attempt(oklahoma, user, elsewhere)
    assert oklahoma.dispose(elsewhere, "sold", "admin").status == 200
    oklahoma.lead(2, state="OK", postal_code="73101", phone=phone)
    assert why(oklahoma.pull("cho")) == {"call_limit": 1}


def test_what_an_earlier_release_counted_still_counts(oklahoma: Backend) -> None:
    lead = oklahoma.lead(1, **OKLAHOMA)
    attempt(oklahoma, "ana", lead)
    (contact,) = (item for item in oklahoma.of("CONTACT#", "STATE") if "called_at" in item)
    (mark,) = contact.pop("called_at")
    former = {"calls": {f"{lead}.3": int(mark), "another.3": int(mark) - 60_000}}
    oklahoma.client.put_item(TableName=oklahoma.table, Item=to_item({**contact, **former}))
    attempt(oklahoma, "ben", lead)
    assert why(oklahoma.pull("cho")) == {"call_limit": 1}
    oklahoma.at("2026-03-05T14:59:00Z")
    attempt(oklahoma, "cho", lead)
    assert why(oklahoma.pull("dee")) == {"call_limit": 1}


def test_two_leads_with_one_phone_are_not_lent_at_once(oklahoma: Backend) -> None:
    first, second = oklahoma.lead(1, **OKLAHOMA), oklahoma.lead(2, **OKLAHOMA)
    held = oklahoma.pull("ana")
    nothing = oklahoma.pull("ben")
    lent = {"reason": "phone_lent", "count": 1, "until": held["lease"]["expires_at"]}
    assert [each for each in nothing["why"] if each["reason"] != "leased"] == [lent]
    assert nothing["retry_at"] == held["lease"]["expires_at"]
    (other,) = {first, second} - {held["lead"]["id"]}
    assert oklahoma.timeline(other)[0]["event"] == "filed"


def test_a_phone_is_free_when_its_lead_is_disposed_of_and_when_its_lease_lapses(oklahoma: Backend) -> None:
    first, second = oklahoma.lead(1, **OKLAHOMA), oklahoma.lead(2, **OKLAHOMA)
    held = oklahoma.pull("ana")
    (other,) = {first, second} - {held["lead"]["id"]}
    assert oklahoma.pull("ben")["lead"] is None
    oklahoma.dispose(held["lead"]["id"], "sold", "ana", lease_token=held["lease"]["token"])
    assert oklahoma.pull("ben")["lead"]["id"] == other
    third = oklahoma.lead(3, **OKLAHOMA)
    assert why(oklahoma.pull("cho")) == {"leased": 1, "phone_lent": 1}
    oklahoma.at("2026-03-04T15:15:00Z")
    assert oklahoma.pull("cho")["lead"]["id"] == third


def test_leads_with_lent_phones_are_passed_over_in_few_trips(oklahoma: Backend) -> None:
    plain = oklahoma.lead(9, state="CO", phone="3035550199")
    for number, user in enumerate(("ben", "cho", "dee")):
        oklahoma.at(f"2026-03-04T15:00:{number + 1:02d}Z")
        phone = {**OKLAHOMA, "phone": f"405555010{number}"}
        twins = {oklahoma.lead(2 * number, **phone), oklahoma.lead(2 * number + 1, **phone)}
        assert oklahoma.pull(user)["lead"]["id"] in twins
    oklahoma.strict.requests.clear()
    assert oklahoma.pull("ana")["lead"]["id"] == plain
    tried = [operation for operation, _ in oklahoma.strict.requests if operation == "TransactWriteItems"]
    assert len(tried) == 2


def test_a_lease_is_not_extended_while_its_phone_is_lent_with_another_lead(oklahoma: Backend) -> None:
    oklahoma.lead(1, **OKLAHOMA), oklahoma.lead(2, **OKLAHOMA)
    mine = oklahoma.pull("ana")
    oklahoma.at("2026-03-04T15:15:00Z")
    theirs = oklahoma.pull("ben")
    assert theirs["lead"]["id"] != mine["lead"]["id"]
    path, body = f"/v1/leads/{mine['lead']['id']}/lease", {"lease_token": mine["lease"]["token"]}
    oklahoma.refused(409, "phone_lent", "POST", path, body, user="ana")
    oklahoma.dispose(theirs["lead"]["id"], "sold", "ben", lease_token=theirs["lease"]["token"])
    longer = oklahoma.post(path, body, user="ana")["lease"]["expires_at"]
    oklahoma.at("2026-03-04T15:29:59Z")
    oklahoma.lead(3, state="CO", phone=OKLAHOMA["phone"])
    assert {"reason": "phone_lent", "count": 1, "until": longer} in oklahoma.pull("cho")["why"]


def test_a_phone_that_a_leased_lead_is_given_is_lent_with_it(oklahoma: Backend) -> None:
    lead = oklahoma.lead(1, **OKLAHOMA)
    assert oklahoma.pull("ana")["lead"]["id"] == lead
    oklahoma.patch(f"/v1/leads/{lead}", {"phone": "4055550199"}, user="ana")
    former = oklahoma.lead(2, **OKLAHOMA)
    oklahoma.lead(3, **{**OKLAHOMA, "phone": "4055550199"})
    assert oklahoma.pull("ben")["lead"]["id"] == former
    assert why(oklahoma.pull("cho"))["phone_lent"] == 1


def test_a_leased_lead_is_not_given_a_phone_that_another_one_is_lent_with(oklahoma: Backend) -> None:
    others = {"phone": "4055550199"}
    lead = oklahoma.lead(1, **OKLAHOMA)
    mine = oklahoma.pull("ana")["lease"]
    oklahoma.lead(2, **{**OKLAHOMA, **others})
    theirs = oklahoma.pull("ben")
    before = oklahoma.timeline(lead)
    oklahoma.refused(409, "phone_lent", "PATCH", f"/v1/leads/{lead}", others, user="ana")
    assert oklahoma.timeline(lead) == before
    oklahoma.dispose(theirs["lead"]["id"], "sold", "ben", lease_token=theirs["lease"]["token"])
    oklahoma.lead(3, **{**OKLAHOMA, **others})
    oklahoma.patch(f"/v1/leads/{lead}", others, user="ana")
    assert why(oklahoma.pull("ben"))["phone_lent"] == 1
    oklahoma.dispose(lead, "no-answer", "ana", lease_token=mine["token"])
    third = oklahoma.pull("ben")["lead"]["id"]
    assert third != lead
    oklahoma.patch(f"/v1/leads/{lead}", {"phone": OKLAHOMA["phone"]}, user="admin")
    oklahoma.patch(f"/v1/leads/{lead}", others, user="admin")  # nobody holds it, so nobody calls it


def test_a_long_row_of_closed_leads_is_read_past_in_few_trips(
    hours: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.services.pull.snapshot.FIRST_PAGE", 2)
    monkeypatch.setattr("routing.services.pull.snapshot.PAGE", 2)
    hours.at("2026-03-05T00:00:00Z")  # 19:00 in New York; Rhode Island closed at 18:00
    open_lead = hours.lead(99, state="NY")
    for number in range(13):
        hours.at(f"2026-03-05T00:00:{number + 1:02d}Z")
        hours.lead(number, state="RI")
    hours.strict.requests.clear()
    assert hours.pull("ana")["lead"]["id"] == open_lead
    ready = [
        request
        for operation, request in hours.strict.requests
        if operation == "Query" and "READY#" in str(request["ExpressionAttributeValues"])
    ]
    assert [request["Limit"] for request in ready] == [2, 2, 4, 8]
