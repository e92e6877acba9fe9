"""Duplicates: what of one person comes twice, by how the first lead stands."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from routing.services.intake.authenticate import by_user
from routing.storage import heads as stored_heads
from routing.storage.table import ConditionFailed
from tests.functional.backend import Answer, Backend, lead_body
from tests.functional.test_not_to_be_called import is_listed
from tests.functional.test_pull_next import why

RULES = [["email"], ["phone", "last_name"]]
ANA = {"first_name": "Ana", "last_name": "Lee", "email": "ana.lee@example.com", "phone": "+13035550101"}
INTAKE = "/v1/intake/web"


@pytest.fixture
def merging(sales: Backend) -> Backend:
    """Everybody pulls; leads of one e-mail, or of one phone and name, are merged. A source with a key."""

    def build() -> None:
        dedupe(sales)
        sales.save("sources", "web", name="Web")
        sales.save("sources", "other", name="Other")

    return sales.prepared("merging", build)


def dedupe(company: Backend, **other: Any) -> None:
    company.save(
        "record-types",
        "lead",
        name="Lead",
        fields=[{"name": "amount", "type": "number"}, {"name": "ssn", "type": "string"}],
        dedupe={"rules": RULES, **other},
    )


def posted(company: Backend, key: str, source: str = "web", **body: Any) -> Answer:
    return company.post(f"/v1/intake/{source}", {**ANA, **body}, user=None, headers={"x-api-key": key})


def events(company: Backend, lead: str) -> list[str]:
    return [each["event"] for each in reversed(company.timeline(lead))]


def asked(company: Backend, lead: str) -> dict[str, Any]:
    return next(each for each in company.timeline(lead) if each["event"] == "asked_again")


def heads(company: Backend) -> set[str]:
    return {item["lead"] for item in company.of("LEAD#", "HEAD") if "receipt_of" not in item}


def test_a_second_post_of_a_person_is_merged_and_says_so(merging: Backend) -> None:
    key = merging.key("web")
    first = posted(merging, key)
    assert (first.status, first["duplicate"]) == (201, False)
    merging.settle()
    again = posted(merging, key, email=" ANA.LEE@example.com", phone="303-555-0199", fields={"amount": 5})
    assert (again.status, again.json) == (
        200,
        {"lead_id": first["lead_id"], "status": "new", "duplicate": True, "warnings": []},
    )
    merging.settle()
    assert heads(merging) == {first["lead_id"]}
    shown = merging.shown(first["lead_id"])
    assert (shown["phone"], shown["fields"], shown["status"]) == ("+13035550101", {"amount": 5}, "ready")
    assert [each["value"] for each in shown["phones"]] == ["+13035550101", "+13035550199"]
    event = asked(merging, first["lead_id"])
    assert event["effect"] == "ready"
    assert event["source"] == "web"
    assert event["changed"] == ["fields.amount", "phones"]
    assert (event["before"]["fields.amount"], event["now"]["fields.amount"]) == (None, 5)
    assert event["as_received"]["phone"] == "303-555-0199"


def test_either_rule_is_enough_and_missing_equals_nothing(merging: Backend) -> None:
    first = merging.lead(1, phone="303-555-0101", last_name="Lee")
    by_phone = merging.post("/v1/leads", {"phone": "(303) 555 0101", "last_name": "LEE"})
    assert (by_phone.status, by_phone["lead_id"]) == (200, first)
    for other in ({"phone": "303-555-0101"}, {"phone": "303-555-0101", "last_name": "Poe"}, lead_body(2)):
        assert merging.post("/v1/leads", other).status == 201
    for _ in range(2):
        assert merging.post("/v1/leads", {"email": "test@example.com", "phone": "3035550188"}).status == 201


def test_without_a_rule_each_is_a_lead(sales: Backend) -> None:
    assert [sales.post("/v1/leads", ANA).status for _ in range(2)] == [201, 201]
    assert sales.of("DEDUPE#") == []


def test_the_look_back_counts_from_the_last_receipt(merging: Backend) -> None:
    first = merging.lead(1)
    merging.at("2026-03-30T15:00:00Z")
    assert merging.post("/v1/leads", lead_body(1)).status == 200
    merging.at("2026-04-28T15:00:00Z")  # more than 720 hours after the first, and less after the second
    assert merging.post("/v1/leads", lead_body(1))["lead_id"] == first
    merging.at("2026-05-28T15:00:01Z")
    later = merging.post("/v1/leads", lead_body(1))
    assert (later.status, later["duplicate"]) == (201, False)


def test_who_is_heard_of_by_phone_is_remembered_by_e_mail_too(merging: Backend) -> None:
    first = merging.lead(1, phone="303-555-0101", last_name="Lee")
    merging.at("2026-03-30T15:00:00Z")
    assert merging.post("/v1/leads", {"phone": "303-555-0101", "last_name": "Lee"})["lead_id"] == first
    merging.settle()
    merging.at("2026-04-20T15:00:00Z")
    assert merging.post("/v1/leads", lead_body(1))["lead_id"] == first


def test_who_did_not_bring_the_first_is_not_told_its_id(merging: Backend) -> None:
    key, other = merging.key("web"), merging.key("other")
    first = posted(merging, key)
    stranger = posted(merging, other, "other", external_id="77")
    assert (stranger.status, stranger["duplicate"]) == (200, True)
    assert stranger["lead_id"] != first["lead_id"]
    merging.settle()
    assert posted(merging, other, "other", external_id="77").json == stranger.json
    assert posted(merging, key)["lead_id"] == first["lead_id"]
    for path in ("", "/timeline"):
        merging.refused(404, "not_found", "GET", f"/v1/leads/{stranger['lead_id']}{path}")
    merging.refused(404, "not_found", "POST", f"/v1/leads/{stranger['lead_id']}/notes", {"note": "x"})
    found = merging.listed("email=ana.lee%40example.com")
    assert found == [first["lead_id"]]


def test_a_retry_of_a_merged_post_answers_the_same_and_merges_nothing(merging: Backend) -> None:
    key = merging.key("web")
    first = posted(merging, key)
    headers = {"x-api-key": key, "idempotency-key": "once"}
    for settled in (False, True, True):
        again = merging.post(INTAKE, {**ANA, "external_id": "5"}, user=None, headers=headers)
        assert (again.status, again["lead_id"]) == (200, first["lead_id"])
        by_id = posted(merging, key, external_id="5")
        assert by_id.json == again.json
        if settled:
            merging.settle()
    assert events(merging, first["lead_id"]).count("asked_again") == 1
    different = posted(merging, key, external_id="5", first_name="Anna")
    assert (different.status, different["lead_id"]) == (200, first["lead_id"])
    assert [each["code"] for each in different["warnings"]] == ["differs"]
    assert "repeated" in events(merging, first["lead_id"])
    merging.at("2026-06-04T15:00:00Z")  # long after the look-back
    assert posted(merging, key, external_id="5")["lead_id"] == first["lead_id"]


@pytest.mark.parametrize("meanwhile", ["merged", "not merged yet", "no rule any more", "erased"])
def test_a_merged_post_that_comes_again_without_its_contact_stays_merged(
    merging: Backend, meanwhile: str
) -> None:
    key = merging.key("web")
    first = posted(merging, key)["lead_id"]
    merging.settle()
    told = posted(merging, key, external_id="5")
    if meanwhile != "not merged yet":
        merging.settle()
    if meanwhile == "no rule any more":
        merging.save("record-types", "lead", name="Lead")
    if meanwhile == "erased":
        assert merging.post(f"/v1/leads/{first}/erase").status == 200
        merging.settle()
    without = {"external_id": "5", "first_name": "Ana", "phone": ANA["phone"]}
    again = merging.post(INTAKE, without, user=None, headers={"x-api-key": key})
    assert (again.status, {**again.json, "warnings": []}) == (200, told.json)
    merging.settle()
    assert heads(merging) == {first}
    (mark,) = [each for each in merging.of("LEAD#", "HEAD") if "receipt_of" in each]
    assert "merged" in mark
    assert events(merging, first).count("asked_again") == 1
    assert merging.listed("phone=3035550101") == ([] if meanwhile == "erased" else [first])


def test_what_says_that_an_id_is_a_receipts_is_not_taken_away_with_a_lead_that_was_given_up(
    merging: Backend,
) -> None:
    merging.lead(1)
    again(merging)
    (mark,) = [each for each in merging.of("LEAD#", "HEAD") if "receipt_of" in each]
    with pytest.raises(ConditionFailed):
        merging.store.table.write(stored_heads.forget(mark["lead"], mark["sub"]))


def test_a_source_that_links_makes_a_lead_that_names_the_first(merging: Backend) -> None:
    merging.save("sources", "web", name="Web", on_duplicate="link")
    key = merging.key("web")
    first = posted(merging, key)
    second = posted(merging, key, external_id="2")
    assert (second.status, second["duplicate"], second["linked_to"]) == (201, False, [first["lead_id"]])
    merging.settle()
    assert heads(merging) == {first["lead_id"], second["lead_id"]}
    assert merging.shown(second["lead_id"])["linked_to"] == [first["lead_id"]]
    assert posted(merging, key, external_id="2")["linked_to"] == [first["lead_id"]]
    other = posted(merging, merging.key("other"), "other")
    assert other["lead_id"] not in heads(merging)  # merged, by its own source's word


def test_two_different_matches_are_linked_to_and_neither_is_merged(merging: Backend) -> None:
    one, two = merging.lead(1), merging.lead(2, phone="303-555-0101", last_name="Lee")
    both = merging.post("/v1/leads", lead_body(1, phone="303-555-0101", last_name="Lee"))
    assert (both.status, sorted(both["linked_to"])) == (201, sorted([one, two]))
    merging.settle()
    assert len(heads(merging)) == 3
    assert {"asked_again"}.isdisjoint(events(merging, one) + events(merging, two))


def test_what_a_receipt_adds_is_claimed_for_its_lead(merging: Backend) -> None:
    """No chain: who is known by the second's e-mail is the first's."""
    first = merging.lead(1, phone="303-555-0101", last_name="Lee")
    assert merging.post("/v1/leads", lead_body(2, phone="303-555-0101", last_name="Lee"))["lead_id"] == first
    third = merging.post("/v1/leads", lead_body(2))
    assert (third.status, third["lead_id"]) == (200, first)


def test_overwrite_takes_what_came_last_and_a_blank_overwrites_nothing(merging: Backend) -> None:
    dedupe(merging, merge_fields="overwrite")
    first = merging.lead(1, last_name="Lee", campaign="spring", cost=5, fields={"ssn": "a"})
    body = lead_body(
        1,
        first_name="Anna",
        last_name="",
        state="UT",
        campaign="fall",
        cost=9,
        fields={"ssn": "", "amount": 3},
    )
    assert merging.post("/v1/leads", body).status == 200
    merging.settle()
    shown = merging.shown(first)
    assert (shown["first_name"], shown["last_name"], shown["state"]) == ("Anna", "Lee", "UT")
    assert (shown["campaign"], shown["cost"], shown["fields"]) == ("spring", 5, {"ssn": "a", "amount": 3})
    assert (asked(merging, first)["campaign"], asked(merging, first)["cost"]) == ("fall", 9)


def test_of_the_phones_that_merges_have_replaced_so_many_are_kept(merging: Backend) -> None:
    dedupe(merging, merge_fields="overwrite")
    lead = merging.lead(1)
    for number in range(4):
        again(merging, phones=[f"303{200 + number}01{10 + each}" for each in range(10)])
    (entry,) = [each for each in merging.of("INTAKE#") if each["kind"] == "lead"]
    assert (entry["lead"], len(entry["former_phones"])) == (lead, 20)


def test_a_reps_own_lead_never_merges_and_learns_nothing(merging: Backend) -> None:
    first = merging.lead(1)
    own = merging.post("/v1/leads", lead_body(1, owner="me"), user="ana")
    assert (own.status, own["duplicate"], "linked_to" in own.json) == (201, False, False)
    merging.settle()
    assert merging.shown(own["lead_id"])["owner"] == "ana"
    assert merging.post("/v1/leads", lead_body(1))["lead_id"] == first
    assert merging.post("/v1/leads", lead_body(3, owner="me"), user="ana").status == 201
    assert merging.post("/v1/leads", lead_body(3)).status == 201  # and nobody's is merged into it


# By how the first lead stands


def again(company: Backend, number: int = 1, **body: Any) -> None:
    assert company.post("/v1/leads", lead_body(number, **body)).status == 200
    company.settle()


def test_one_that_waits_ranks_as_new(merging: Backend) -> None:
    old = merging.lead(1)
    merging.at("2026-03-04T15:10:00Z")
    new = merging.lead(2)
    merging.at("2026-03-04T15:20:00Z")
    again(merging)
    assert merging.pull("ana")["lead"]["id"] == old
    assert merging.pull("ben")["lead"]["id"] == new


def test_one_that_cools_down_is_ready_now_and_tried_as_if_it_were_new(merging: Backend) -> None:
    lead, token = merging.lent("ana")
    assert merging.dispose(lead, "no-answer", "ana", lease_token=token).status == 200
    other = merging.lead(2)
    assert merging.shown(lead)["status"] == "cooling"
    merging.at("2026-03-04T15:01:00Z")
    again(merging)
    shown = merging.shown(lead)
    assert (shown["status"], shown["attempts"], shown["pull_count"]) == ("ready", 1, 1)
    assert shown["created_at"] == "2026-03-04T15:00:00Z"
    assert merging.pull("ben")["lead"]["id"] == lead
    assert merging.pull("ana")["lead"]["id"] == other


def test_one_that_came_with_a_delay_is_not_ready_before_it(merging: Backend) -> None:
    lead = merging.lead(1, pull_delay_minutes=30)
    again(merging)
    assert merging.shown(lead)["status"] == "cooling"
    assert merging.shown(lead)["available_at"] == "2026-03-04T15:30:00Z"
    merging.at("2026-03-04T15:30:00Z")
    assert merging.pull("ana")["lead"]["id"] == lead


def test_one_whose_attempts_are_used_up_has_them_anew(merging: Backend) -> None:
    merging.pull_strategy("all", max_attempts=1)
    merging.settle()
    lead, token = merging.lent("ana")
    merging.dispose(lead, "no-answer", "ana", lease_token=token)
    assert merging.shown(lead)["status"] == "spent"
    again(merging)
    assert merging.pull("ben")["lead"]["id"] == lead
    assert merging.shown(lead)["attempts"] == 1


def test_whoever_holds_or_owns_it_is_told(merging: Backend) -> None:
    leased, token = merging.lent("ana")
    again(merging)
    assert (asked(merging, leased)["effect"], asked(merging, leased)["holder"]) == ("told", "ana")
    assert merging.dispose(leased, "contacted", "ana", lease_token=token).status == 200
    again(merging)
    assert (asked(merging, leased)["effect"], merging.shown(leased)["owner"]) == ("told", "ana")
    merging.project()
    told = merging.get("/v1/notifications", user="ana").json["items"]
    assert [each["event"] for each in told].count("asked_again") == 2
    assert all(each["lead_id"] == leased for each in told)
    assert merging.get("/v1/notifications", user="ben").json["items"] == []


def test_who_no_longer_sees_a_lead_is_not_told_what_came_of_it_since(merging: Backend) -> None:
    lead, token = merging.lent("ana")
    first = merging.dispose(lead, "no-answer", "ana", lease_token=token)
    assert first["email"] == "lead1@example.com"
    again(merging, phone="303-555-0199", fields={"ssn": "Qqq-1"})
    repeated = merging.dispose(lead, "no-answer", "ana", lease_token=token)
    assert (repeated.status, repeated["status"]) == (200, first["status"])
    for value in ("3035550199", "Qqq-1"):
        assert value in str(merging.shown(lead))
        assert value not in str(repeated.json)


@pytest.mark.parametrize("is_called_first", [True, False])
def test_a_phone_that_a_lent_lead_gained_is_not_called_for_two(
    merging: Backend, is_called_first: bool
) -> None:
    lead, _ = merging.lent("ana")
    again(merging, phone="303-555-0199")
    other = merging.lead(2, phone="303-555-0199")
    calls = f"/v1/leads/{lead}/calls"
    if is_called_first:
        assert merging.post(calls, {}, user="ana").status == 201
        assert why(merging.pull("ben")) == {"phone_lent": 1, "leased": 1}
    else:
        assert merging.pull("ben")["lead"]["id"] == other
        assert merging.post(calls, {}, user="ana").json["code"] == "phone_lent"


@pytest.mark.parametrize("called", [["+13035550198"], []])
def test_of_the_phones_that_a_lent_lead_gained_those_that_were_called_are_listed_else_all(
    merging: Backend, called: list[str]
) -> None:
    lead, token = merging.lent("ana")
    again(merging, phones=["303-555-0199", "303-555-0198"])
    for each in called:
        assert merging.post(f"/v1/leads/{lead}/calls", {"phone": each}, user="ana").status == 201
    assert merging.dispose(lead, "do-not-call", "ana", lease_token=token).status == 200
    assert is_listed(merging, "+13035550198")
    assert is_listed(merging, "+13035550199") is not bool(called)


def test_one_that_is_held_is_routed_again_with_what_it_has_gained(company: Backend) -> None:
    dedupe(company)
    company.push("utah", ["ana"], criteria=[{"field": "state", "operator": "equals", "value": "UT"}])
    company.pull_strategy("utah", criteria=[{"field": "state", "operator": "equals", "value": "CO"}])
    company.settle()
    lead = company.lead(1)
    assert company.shown(lead)["status"] == "unmatched"
    again(company, state="UT")
    assert company.shown(lead)["owner"] == "ana"
    assert events(company, lead) == ["received", "unmatched", "asked_again", "assigned"]


@pytest.mark.parametrize("disposition", ["not-interested", "bad-number"])
def test_a_closed_one_is_open_again_and_routed_anew(merging: Backend, disposition: str) -> None:
    lead, token = merging.lent("ana")
    merging.dispose(lead, disposition, "ana", lease_token=token)
    assert merging.shown(lead)["status"] == "closed"
    again(merging)
    shown = merging.shown(lead)
    assert (shown["status"], shown["owner"], shown["attempts"]) == ("ready", "corporate", 1)
    assert asked(merging, lead)["effect"] == "reopened"
    assert merging.pull("ana")["lead"]["id"] == lead


@pytest.mark.parametrize("disposition", ["sold", "bound"])
def test_after_a_sale_it_is_a_new_lead_linked_to_the_old(merging: Backend, disposition: str) -> None:
    merging.save("dispositions", "bound", name="Policy bound", outcome="close", sale=True)
    lead, token = merging.lent("ana")
    merging.dispose(lead, disposition, "ana", lease_token=token)
    told = merging.post("/v1/leads", lead_body(1, external_id="9"))
    assert (told.status, told["lead_id"]) == (200, lead)
    merging.settle()
    assert merging.shown(lead)["status"] == "closed"
    assert asked(merging, lead)["effect"] == "new_lead"
    (new,) = heads(merging) - {lead}
    assert merging.shown(new)["linked_to"] == [lead]
    assert asked(merging, lead)["receipt"] == new
    retried = merging.post("/v1/leads", lead_body(1, external_id="9"))
    assert (retried.status, retried["lead_id"]) == (200, lead)
    assert merging.post("/v1/leads", lead_body(1)).status == 200
    merging.settle()
    assert len(heads(merging)) == 2
    assert asked(merging, new)["effect"] == "ready"
    assert merging.pull("ben")["lead"]["id"] == new
    assert merging.listed("email=lead1%40example.com") == sorted([lead, new])


def test_who_asked_not_to_be_called_is_not(merging: Backend) -> None:
    lead, token = merging.lent("ana", phone="303-555-0101")
    merging.dispose(lead, "do-not-call", "ana", lease_token=token)
    merging.settle()
    again(merging)
    assert merging.shown(lead)["status"] == "closed"
    assert asked(merging, lead)["effect"] == "stays_closed"
    assert len(heads(merging)) == 1


def test_a_promised_callback_stays_and_its_user_is_told(merging: Backend) -> None:
    lead, token = merging.lent("ana")
    merging.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T18:00:00Z")
    again(merging)
    shown = merging.shown(lead)
    assert (shown["status"], shown["callback_for"]) == ("callback", "ana")
    assert asked(merging, lead)["holder"] == "ana"


def test_merging_the_same_receipt_twice_merges_it_once(merging: Backend) -> None:
    lead = merging.lead(1)
    merging.post("/v1/leads", lead_body(1, fields={"amount": 2}))
    records = merging.undelivered()
    for _ in range(3):
        assert merging.deliver(records) == {"batchItemFailures": []}
    assert events(merging, lead).count("asked_again") == 1


def test_a_receipt_that_the_stream_lost_is_merged_by_the_sweep(merging: Backend) -> None:
    lead = merging.lead(1)
    merging.post("/v1/leads", lead_body(1))
    for each in merging.undelivered():
        keys = each["dynamodb"]["Keys"]
        merging.delivered.add((keys["PK"]["S"], keys["SK"]["S"]))
    merging.tick()
    assert "asked_again" not in events(merging, lead)
    merging.at("2026-03-04T15:02:00Z")
    merging.tick()
    assert "asked_again" in events(merging, lead)


# A merge that was none


def released(company: Backend, lead: str, receipt: str, **call: Any) -> Answer:
    return company.post(f"/v1/leads/{lead}/receipts/{receipt}/release", **call)


def test_a_receipt_is_released_once_and_is_routed_as_a_lead_of_its_own(merging: Backend) -> None:
    first = merging.lead(1, phone="303-555-0101", last_name="Lee")
    other = lead_body(2, phone="303-555-0101", last_name="Lee", external_id="7")
    again_ = merging.post("/v1/leads", other)
    merging.settle()
    receipt = asked(merging, first)["receipt"]
    headers = {"idempotency-key": "k"}
    made = released(merging, first, receipt, headers=headers)
    assert (made.status, made.json) == (
        201,
        {"lead_id": receipt, "status": "new", "duplicate": False, "linked_to": [first], "warnings": []},
    )
    merging.settle()
    assert released(merging, first, receipt, headers=headers).json == made.json
    second = released(merging, first, receipt)
    assert (second.status, second["lead_id"], second["duplicate"]) == (200, receipt, True)
    shown = merging.shown(receipt)
    assert (shown["email"], shown["status"], shown["linked_to"]) == ("lead2@example.com", "ready", [first])
    assert events(merging, first)[-1] == "receipt_released"
    # Who comes by what was the second's alone is the second; the first keeps what it had.
    assert merging.post("/v1/leads", lead_body(2))["lead_id"] == receipt
    assert (
        merging.post("/v1/leads", {**lead_body(3), "phone": "303-555-0101", "last_name": "Lee"})["lead_id"]
        == first
    )
    assert merging.post("/v1/leads", other).json == again_.json
    assert merging.listed("email=lead2%40example.com") == sorted([first, receipt])


def test_a_receipt_that_is_not_of_the_lead_or_too_old_is_not_released(merging: Backend) -> None:
    first, other = merging.lead(1), merging.lead(2)
    again(merging)
    receipt = asked(merging, first)["receipt"]
    for lead, name in ((other, receipt), (first, other), (first, "nothing"), ("nothing", receipt)):
        merging.refused(404, "not_found", "POST", f"/v1/leads/{lead}/receipts/{name}/release")
    path = f"/v1/leads/{first}/receipts/{receipt}/release"
    merging.refused(403, "forbidden", "POST", path, user="ana")
    merging.refused(404, "not_found", "POST", path, user="mia")
    merging.at("2026-04-03T15:00:00Z")
    merging.refused(409, "receipt_too_old", "POST", path)


def test_each_phone_and_address_tells_a_person_and_a_merge_adds_them(merging: Backend) -> None:
    first = merging.lead(1, phones=["303-555-0101", "303-555-0102"], last_name="Lee")
    second = merging.post(
        "/v1/leads", {"last_name": "Lee", "phone": "3035550102", "emails": ["b@example.com"]}
    )
    assert second["lead_id"] == first
    third = merging.post("/v1/leads", {"email": "b@example.com", "phone": "3035550103"})
    assert third["lead_id"] == first
    merging.settle()
    shown = merging.shown(first)
    assert [each["value"] for each in shown["emails"]] == ["lead1@example.com", "b@example.com"]
    assert [each["value"] for each in shown["phones"]] == ["+13035550101", "+13035550102", "+13035550103"]
    assert merging.listed("phone=3035550103") == [first]


# What leads claim that are there


def test_an_edit_takes_what_is_free_and_gives_back_what_it_had(merging: Backend) -> None:
    lead, other = merging.lead(1), merging.lead(2)
    assert merging.patch(f"/v1/leads/{lead}", {"email": "new@example.com"}).status == 200
    assert merging.post("/v1/leads", {"email": "new@example.com"})["lead_id"] == lead
    assert merging.post("/v1/leads", lead_body(1)).status == 201
    taken = merging.patch(f"/v1/leads/{lead}", {"email": "lead2@example.com"})
    assert [(each["code"], other in each["message"]) for each in taken["warnings"]] == [("duplicate", True)]
    assert merging.post("/v1/leads", lead_body(2))["lead_id"] == other
    merging.settle()
    assert merging.patch(f"/v1/leads/{other}", {"email": "free@example.com"}).status == 200
    assert merging.post("/v1/leads", {"email": "free@example.com"})["lead_id"] == other


def test_an_edit_tells_nobody_of_leads_that_are_not_theirs(merging: Backend) -> None:
    lead, _ = merging.lent("ana", 1)
    merging.lead(2)
    edited = merging.patch(f"/v1/leads/{lead}", {"email": "lead2@example.com"}, user="ana")
    assert edited.status == 200
    assert "warnings" not in edited.json


def test_saving_a_rule_claims_for_the_leads_that_are_there(sales: Backend) -> None:
    """Of two of one person the one that was heard of last; none from before the look-back; no rep's own."""
    old = sales.lead(1)
    sales.at("2026-03-20T15:00:00Z")
    earlier, _, own = sales.lead(2), sales.lead(3), sales.lead(4, user="ana", owner="me")
    sales.at("2026-03-21T15:00:00Z")
    later = sales.lead(2, source="api")
    sales.at("2026-04-10T15:00:00Z")
    dedupe(sales)
    sales.settle()
    assert sales.of("JOBS#") == []
    assert sales.post("/v1/leads", lead_body(2))["lead_id"] == later != earlier
    assert sales.post("/v1/leads", lead_body(1)).json["duplicate"] is False
    assert sales.post("/v1/leads", lead_body(4)).json["duplicate"] is False
    assert {old, own}.isdisjoint(each["lead"] for each in sales.of("DEDUPE#"))


def test_a_longer_look_back_is_for_the_leads_that_are_there_too(merging: Backend) -> None:
    lead = merging.lead(1)
    merging.at("2026-05-04T15:00:00Z")
    dedupe(merging, within_hours=24 * 90)
    merging.settle()
    assert merging.post("/v1/leads", lead_body(1))["lead_id"] == lead


def test_only_what_decides_claims_asks_for_them(merging: Backend) -> None:
    def asks(**rule: Any) -> bool:
        dedupe(merging, **rule)
        found = bool(merging.of("JOBS#", "claim#"))
        merging.settle()
        return found

    assert not asks(on_duplicate="link")
    assert not asks(merge_fields="overwrite")
    assert asks(within_hours=48)
    assert asks(rules=[["email"]])
    merging.save("record-types", "lead", name="Lead", fields=[])
    assert merging.of("JOBS#", "claim#") == []


def test_pages_of_leads_are_claimed_for_whole(sales: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.services.intake.claims.PAGE", 2)
    sales.save("sources", "denver", name="Denver", owner="denver")
    leads = [sales.lead(number, source=("api", "denver")[number % 2]) for number in range(1, 8)]
    dedupe(sales)
    sales.settle()
    assert sorted(each["lead"] for each in sales.of("DEDUPE#")) == sorted(leads)


def test_an_erased_person_is_in_no_receipt_and_claimed_by_nobody(merging: Backend) -> None:
    first = merging.lead(1, phone="303-555-0177", last_name="Zyx")
    again(merging, fields={"ssn": "Qqq-1"}, first_name="Wvu", emails=["tsr@example.com"])
    assert merging.post(f"/v1/leads/{first}/erase").status == 200
    merging.settle()
    left = repr(merging.items())
    for value in ("Zyx", "Qqq-1", "Wvu", "tsr@example", "lead1@example", "3035550177"):
        assert value not in left
    assert merging.of("DEDUPE#") == []
    assert asked(merging, first)["effect"] == "ready"
    new = merging.post("/v1/leads", lead_body(1, phone="303-555-0177"))
    assert (new.status, new["duplicate"]) == (201, False)


def test_what_is_brought_after_an_erasure_is_somebody_new_whatever_its_own_time(merging: Backend) -> None:
    first = merging.lead(1, last_name="Poe")
    person = {"phone": "303-555-0177", "last_name": "Lee"}
    again(merging, **person)
    now = datetime.fromisoformat("2026-03-04T15:00:01Z")
    assert merging.post(f"/v1/leads/{first}/erase").status == 200
    brought = by_user(merging.store, "admin", person, now, None, created_at=now - timedelta(days=2))
    assert brought.body["duplicate"] is True
    merging.settle()
    assert merging.listed("phone=3035550177") == list(heads(merging) - {first})
    assert len(heads(merging)) == 2


def test_a_publishable_key_learns_nothing_and_fills_blanks_only(merging: Backend) -> None:
    dedupe(merging, merge_fields="overwrite")
    page = "https://example.com"
    merging.save("sources", "page", name="Page", allowed_origins=[page])
    key = merging.post("/v1/sources/page/keys", {"kind": "publishable"})["api_key"]
    first = merging.lead(1, last_name="Lee")

    def post(body: Any) -> Answer:
        headers = {"x-api-key": key, "origin": page}
        return merging.post("/v1/intake/page", body, user=None, headers=headers)

    known = post(lead_body(1, first_name="Mallory", state="UT"))
    assert (known.status, known.json) == (201, {"status": "received", "warnings": []})
    assert post(lead_body(2)).json == known.json
    merging.save("sources", "page", name="Page", allowed_origins=[page], on_duplicate="link")
    assert post(lead_body(1, state="CO")).json == known.json
    merging.settle()
    shown = merging.shown(first)
    assert (shown["first_name"], shown["last_name"], shown["state"]) == ("Lead 1", "Lee", "UT")


def test_what_is_of_before_adds_what_it_says_and_is_no_new_asking(merging: Backend) -> None:
    """A row of a file, with a time of its own."""
    lead, token = merging.lent("ana")
    merging.dispose(lead, "not-interested", "ana", lease_token=token)
    body, now = lead_body(1, state="UT"), datetime.fromisoformat("2026-03-04T15:00:00Z")
    before = now - timedelta(days=2)
    answer = by_user(merging.store, "admin", body, now, None, created_at=before)
    assert answer.body["lead_id"] == lead
    merging.settle()
    shown = merging.shown(lead)
    assert (shown["status"], shown["state"], asked(merging, lead)["effect"]) == ("closed", "UT", "older")
