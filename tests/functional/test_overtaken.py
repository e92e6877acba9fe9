"""Somebody else's write comes between the reading and the writing: nothing is lost, and nothing done twice."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.functional.backend import Backend, lead_body
from tests.functional.bodies import LEAST
from tests.functional.strict import client_error

KEY = {"idempotency-key": "once-1"}


@pytest.fixture
def busy(company: Backend) -> Backend:
    """A company in which leads are pushed and pulled."""

    def build() -> None:
        company.push(
            "users", ["ana", "ben"], criteria=[{"field": "state", "operator": "equals", "value": "UT"}]
        )
        company.pull_strategy("all")

    return company.prepared("overtaken", build)


def meanwhile(backend: Backend, act: Callable[[], Any], operation: str = "TransactWriteItems") -> list[Any]:
    """Have `act` done just before the next request of this kind is sent; what it gave, once it has been done."""
    done: list[Any] = []

    def once(name: str, request: Any) -> None:
        if name == operation and once in backend.strict.faults:
            backend.strict.faults.remove(once)
            done.append(act())

    backend.strict.faults.append(once)
    return done


def lent(backend: Backend) -> tuple[str, str]:
    lead = backend.lead(1, phone="3035550101")
    return lead, backend.pull("ana")["lease"]["token"]


def kinds(backend: Backend, lead: str) -> list[str]:
    return [each["event"] for each in backend.timeline(lead)]


def test_a_disposition_is_recorded_on_what_an_edit_left(busy: Backend) -> None:
    lead, token = lent(busy)
    edited = meanwhile(busy, lambda: busy.patch(f"/v1/leads/{lead}", {"first_name": "Eva"}))
    answer = busy.dispose(lead, "contacted", "ana", lease_token=token)
    assert edited[0].status == 200
    assert (answer.status, answer["owner"], answer["first_name"]) == (200, "ana", "Eva")
    assert kinds(busy, lead)[:2] == ["disposition", "edited"]


def test_a_disposition_that_its_own_retry_overtakes_counts_once(busy: Backend) -> None:
    lead, token = lent(busy)
    twin = meanwhile(busy, lambda: busy.dispose(lead, "no-answer", "ana", lease_token=token))
    answer = busy.dispose(lead, "no-answer", "ana", lease_token=token)
    assert (answer.status, answer.json) == (200, twin[0].json)
    assert busy.shown(lead)["attempts"] == 1
    assert kinds(busy, lead).count("disposition") == 1


def test_a_disposition_that_a_transfer_overtakes_is_kept_as_late(busy: Backend) -> None:
    lead, token = lent(busy)
    meanwhile(busy, lambda: busy.post(f"/v1/leads/{lead}/transfer", {"to": "cho"}))
    answer = busy.dispose(lead, "sold", "ana", lease_token=token)
    assert (answer.status, answer["code"]) == (409, "lease_superseded")
    assert busy.shown(lead)["owner"] == "cho"


def test_two_late_dispositions_at_once_are_one(busy: Backend) -> None:
    lead, token = lent(busy)
    busy.at("2026-03-04T15:15:00Z")
    assert busy.pull("ben")["lead"]["id"] == lead
    body = {"disposition": "do-not-call", "lease_token": token}
    path = f"/v1/leads/{lead}/dispositions"
    twin = meanwhile(busy, lambda: busy.post(path, body, user="ana"))
    answer = busy.post(path, body, user="ana")
    assert (answer.status, answer["code"]) == (twin[0].status, twin[0]["code"]) == (409, "lease_superseded")
    assert kinds(busy, lead).count("late_disposition") == 1


def test_of_two_different_late_dispositions_at_once_the_first_stands(busy: Backend) -> None:
    lead, token = lent(busy)
    busy.at("2026-03-04T15:15:00Z")
    assert busy.pull("ben")["lead"]["id"] == lead
    meanwhile(busy, lambda: busy.dispose(lead, "sold", "ana", lease_token=token))
    answer = busy.dispose(lead, "no-answer", "ana", lease_token=token)
    assert (answer.status, answer["code"], answer["recorded"]) == (409, "already_recorded", "sold")
    late = [each["disposition"] for each in busy.timeline(lead) if each["event"] == "late_disposition"]
    assert late == ["sold"]


def test_an_extension_is_made_on_what_an_edit_left(busy: Backend) -> None:
    lead, token = lent(busy)
    busy.at("2026-03-04T15:05:00Z")
    meanwhile(busy, lambda: busy.patch(f"/v1/leads/{lead}", {"first_name": "Eva"}))
    answer = busy.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    assert answer["lease"]["expires_at"] == "2026-03-04T15:20:00Z"
    assert busy.shown(lead)["first_name"] == "Eva"


def test_a_lapsed_lease_cannot_be_extended_once_its_holder_has_another(busy: Backend) -> None:
    lead, token = lent(busy)
    busy.at("2026-03-04T15:15:00Z")
    other = busy.lead(2)
    assert busy.pull("ana")["lead"]["id"] == other
    body = {"lease_token": token}
    busy.refused(409, "lease_superseded", "POST", f"/v1/leads/{lead}/lease", body, user="ana")


def test_a_transfer_is_made_on_what_a_disposition_left(busy: Backend) -> None:
    lead, token = lent(busy)
    meanwhile(busy, lambda: busy.dispose(lead, "no-answer", "ana", lease_token=token))
    answer = busy.post(f"/v1/leads/{lead}/transfer", {"to": "cho"})
    assert (answer["owner"], answer["attempts"]) == ("cho", 1)


def test_a_note_whose_twin_was_quicker_stands_once(busy: Backend) -> None:
    lead = busy.lead(1)
    path = f"/v1/leads/{lead}/notes"
    twin = meanwhile(busy, lambda: busy.post(path, {"note": "x"}, headers=KEY))
    answer = busy.post(path, {"note": "x"}, headers=KEY)
    assert (answer.status, answer.json) == (201, twin[0].json)
    assert kinds(busy, lead).count("note") == 1


def test_a_reset_is_made_on_what_an_assignment_left(busy: Backend) -> None:
    meanwhile(busy, lambda: busy.lead(1, state="UT"))
    assert busy.post("/v1/push-strategies/users/reset").status == 200
    state = busy.get("/v1/push-strategies/users/state")
    assert (state["cursor"], [each["day"] for each in state["recipients"]]) == ("ana", [1, 0])


def test_a_key_whose_twin_was_quicker_is_the_same_key(busy: Backend) -> None:
    twin = meanwhile(busy, lambda: busy.post("/v1/sources/api/keys", {}, headers=KEY))
    answer = busy.post("/v1/sources/api/keys", {}, headers=KEY)
    assert (answer.status, answer.json) == (201, twin[0].json)
    assert len(busy.of("SOURCE#api", "KEY#")) == 1


def test_an_explanation_whose_twin_was_quicker_is_the_same(busy: Backend) -> None:
    body = {"lead": {**lead_body(), "state": "UT"}}
    twin = meanwhile(busy, lambda: busy.post("/v1/explain", body, headers=KEY), "PutItem")
    assert busy.post("/v1/explain", body, headers=KEY).json == twin[0].json


# -- set-up ----------------------------------------------------------------------------------------------------


def test_two_resources_saved_at_once_are_both_saved(busy: Backend) -> None:
    meanwhile(busy, lambda: busy.save("accounts", "west", **LEAST["accounts"]))
    assert busy.put("/v1/accounts/north", LEAST["accounts"]).status == 201
    ids = [each["id"] for each in busy.get("/v1/accounts?limit=200")["items"]]
    assert {"north", "west"} <= set(ids)


def test_a_reference_that_goes_meanwhile_is_missed(busy: Backend) -> None:
    """The recipient is deleted between the check and the write: the save is checked again, and refused."""
    meanwhile(busy, lambda: busy.delete("/v1/accounts/dee"))
    body = {**LEAST["push-strategies"], "recipients": [{"account": "dee"}]}
    answer = busy.put("/v1/push-strategies/new", body)
    assert (answer.status, answer.errors) == (422, [("recipients[0].account", "unknown")])
    assert busy.get("/v1/push-strategies/new").status == 404


def test_a_reference_that_comes_meanwhile_keeps_what_it_names(busy: Backend) -> None:
    meanwhile(busy, lambda: busy.push("dees", ["dee"], "dallas"))
    assert busy.delete("/v1/accounts/dee").status == 409
    assert busy.get("/v1/accounts/dee").status == 200


def test_if_match_holds_against_a_save_in_between(busy: Backend) -> None:
    busy.save("accounts", "north", **LEAST["accounts"])
    meanwhile(busy, lambda: busy.put("/v1/accounts/north", {**LEAST["accounts"], "name": "Theirs"}))
    answer = busy.put(
        "/v1/accounts/north", {**LEAST["accounts"], "name": "Mine"}, headers={"if-match": '"1"'}
    )
    assert answer.status == 412
    assert busy.get("/v1/accounts/north")["name"] == "Theirs"


def test_of_two_who_make_the_same_id_at_once_one_does_and_the_other_is_told(busy: Backend) -> None:
    new = {"if-none-match": "*"}
    path = "/v1/accounts/north"
    theirs = {**LEAST["accounts"], "name": "Theirs"}
    twin = meanwhile(busy, lambda: busy.put(path, theirs, headers=new))
    answer = busy.put(path, {**LEAST["accounts"], "name": "Mine"}, headers=new)
    assert (twin[0].status, answer.status, answer.errors) == (201, 412, [("id", "taken")])
    assert busy.get(path)["name"] == "Theirs"
    assert busy.put(path, theirs, headers=new).status == 200, "the same again changes nothing"


def test_a_user_and_an_admin_change_the_account_at_once_and_neither_is_lost(busy: Backend) -> None:
    meanwhile(busy, lambda: busy.user("ana", "denver", email="ana@example.com"), "PutItem")
    assert busy.patch("/v1/me", {"notify": {"email": True}}, user="ana").status == 200
    account = busy.get("/v1/accounts/ana")
    assert (account["email"], account["notify"]["email"]) == ("ana@example.com", True)


# -- ingest ----------------------------------------------------------------------------------------------------


def test_the_same_request_twice_at_once_makes_one_lead(busy: Backend) -> None:
    twin = meanwhile(busy, lambda: busy.post("/v1/leads", lead_body(), headers=KEY), "PutItem")
    answer = busy.post("/v1/leads", lead_body(), headers=KEY)
    assert (answer.status, answer.json) == (201, twin[0].json)
    busy.settle()
    assert len(busy.of("LEAD#", "HEAD")) == 1


def before_put(backend: Backend, prefix: str, act: Callable[[], Any]) -> None:
    """Have `act` done, once, just before an item of this family is put."""

    def once(operation: str, request: Any) -> None:
        if operation == "PutItem" and request["Item"]["PK"]["S"].startswith(prefix):
            backend.strict.faults.remove(once)
            act()

    backend.strict.faults.append(once)


@pytest.mark.parametrize(
    "headers", [({}, {}), (KEY, {}), ({}, KEY)], ids=["plain", "slow's key", "quick's key"]
)
@pytest.mark.parametrize("prefix", ["LEAD#", "INTAKE#"], ids=["before the head", "before the entry"])
def test_of_two_with_the_same_external_id_at_once_one_is_the_first(
    busy: Backend, prefix: str, headers: tuple[dict[str, str], dict[str, str]]
) -> None:
    """The quick one comes before the slow one's head, or between its head and its entry, and completes its lead."""
    body = {**lead_body(), "external_id": "A-1"}
    bodies = {**body, "first_name": "Slow"}, {**body, "first_name": "Quick"}

    def post(number: int) -> Any:
        return busy.post("/v1/leads", bodies[number], headers=headers[number])

    quick: list[Any] = []
    before_put(busy, prefix, lambda: quick.append(post(1)))
    slow = post(0)
    assert (quick[0].status, quick[0]["duplicate"]) == (201, False)
    assert (slow.status, slow["duplicate"]) == (200, True)
    assert slow["lead_id"] == quick[0]["lead_id"]
    assert [each["code"] for each in slow["warnings"]] == ["differs"]
    assert [post(at).status for at in (0, 1)] == [200, 201 if headers[1] else 200]
    busy.settle()
    assert busy.shown(slow["lead_id"])["first_name"] == "Quick"
    assert len(busy.of("LEAD#", "HEAD")) == 1


def test_who_would_complete_a_lead_whose_own_request_was_quicker_is_told_of_the_first(busy: Backend) -> None:
    """The request that wrote the head broke off, and comes again under its key while another completes the lead."""
    body = {**lead_body(), "external_id": "A-1"}

    def crash() -> None:
        raise RuntimeError("the container is gone")

    before_put(busy, "INTAKE#", crash)
    assert busy.post("/v1/leads", body, headers=KEY).status == 500
    first: list[Any] = []
    before_put(busy, "INTAKE#", lambda: first.append(busy.post("/v1/leads", body, headers=KEY)))
    other = busy.post("/v1/leads", body)
    assert (first[0].status, first[0]["duplicate"]) == (201, False)
    assert (other.status, other["duplicate"], other["lead_id"]) == (200, True, first[0]["lead_id"])


@pytest.mark.parametrize("headers", [{}, KEY], ids=["plain", "with a key"])
@pytest.mark.parametrize("external", [{}, {"external_id": "A-1"}], ids=["no id", "with an id"])
def test_a_lead_that_took_so_long_that_it_was_given_up_comes_in_all_the_same(
    busy: Backend, headers: dict[str, str], external: dict[str, str]
) -> None:
    """Between the head and the log entry a minute passes, and the sweep clears up."""
    body = {**lead_body(), **external}
    swept: list[Any] = []

    def slow(operation: str, request: Any) -> None:
        if operation == "PutItem" and request["Item"]["PK"]["S"].startswith("INTAKE#") and not swept:
            swept.append(None)
            busy.at("2026-03-04T15:01:30Z")
            swept.append(busy.invoke("scheduled_reset", {}))

    busy.strict.faults.append(slow)
    answer = busy.post("/v1/leads", body, headers=headers)
    assert swept[1]["removed"] == 1
    assert (answer.status, answer["duplicate"]) == (201, False)
    busy.settle()
    assert busy.shown(answer["lead_id"])["status"] == "ready"
    assert len(busy.of("LEAD#", "HEAD")) == 1
    if headers:
        assert busy.post("/v1/leads", body, headers=headers).json == answer.json


# -- what never comes to an end --------------------------------------------------------------------------------


def test_who_is_overtaken_for_ever_is_told_to_try_again(busy: Backend) -> None:
    """A condition that never holds, as when everybody writes at once."""
    lead, token = lent(busy)
    owned = busy.lead(2, user="ben", owner="me")

    def lose(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            error = client_error("TransactionCanceledException", operation)
            reasons = [{"Code": "None"} for _ in request["TransactItems"]]
            reasons[0] = {"Code": "ConditionalCheckFailed"}
            refused = busy.store.table.client.exceptions.TransactionCanceledException
            raise refused({**error.response, "CancellationReasons": reasons}, operation)

    busy.strict.faults.append(lose)
    for method, path, body, user in (
        ("POST", f"/v1/leads/{lead}/dispositions", {"disposition": "sold", "lease_token": token}, "ana"),
        ("POST", f"/v1/leads/{lead}/lease", {"lease_token": token}, "ana"),
        ("POST", f"/v1/leads/{owned}/transfer", {"to": "ana"}, "admin"),
        ("PATCH", f"/v1/leads/{owned}", {"first_name": "Eva"}, "ben"),
        ("PUT", "/v1/accounts/north", LEAST["accounts"], "admin"),
        ("DELETE", "/v1/accounts/dee", None, "admin"),
        ("POST", "/v1/push-strategies/users/reset", None, "admin"),
        ("POST", "/v1/pull", {}, "ben"),
    ):
        if path == "/v1/pull":
            busy.strict.faults.clear()
            busy.lead(3)
            busy.strict.faults.append(lose)
        busy.refused(503, "try_again", method, path, body, user=user)
