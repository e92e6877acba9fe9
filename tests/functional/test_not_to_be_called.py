"""Whoever asked not to be called is not called: every way onto the list, and every way to come by a lead all the same.

A way to come by a lead is one line of WAYS_TO_GET; a way onto the list is one of WAYS_ON.
"""

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from routing.services.do_not_call import suppressions
from tests.functional.backend import Answer, Backend, encoded, lead_body

CALLBACK = "2026-03-04T17:00:00Z"
LATER = "2026-03-04T16:59:00Z"
EVERYBODY = ("ana", "ben", "cho", "dee", "mia", "max")
PHONE, OTHER = "+13035550130", "+13035550131"


def listed_path(phone: str) -> str:
    return f"/v1/do-not-call/{encoded(phone)}"


def is_listed(backend: Backend, phone: str) -> bool:
    return bool(backend.get(listed_path(phone))["listed"])


def kinds(backend: Backend, lead: str) -> list[str]:
    return [each["event"] for each in backend.timeline(lead)]


def told(backend: Backend, user: str) -> list[tuple[str, str]]:
    backend.project()
    items = backend.get("/v1/notifications?limit=100", user=user)["items"]
    return [(each["event"], each["lead_id"]) for each in items if "lead_id" in each]


# -- onto the list -------------------------------------------------------------------------------------------------


def by_admin(backend: Backend, lead: str, phone: str) -> None:
    assert backend.put(listed_path(phone), {}).status == 201


def by_import(backend: Backend, lead: str, phone: str) -> None:
    """The phones are on the list once the import has run; what it asks for besides has not happened yet."""
    answer = backend.post("/v1/do-not-call/imports", {"phones": [phone]})
    message = json.dumps({"kind": "import", "owner": answer["import_id"]})
    with mock.patch.object(suppressions, "close_leads", lambda _, keys, *__: {each: {} for each in keys}):
        assert backend.run_job(message) == {"batchItemFailures": []}


def by_disposition(backend: Backend, lead: str, phone: str) -> None:
    mine = backend.post("/v1/leads", lead_body(90, phone=phone, owner="me"), user="max")["lead_id"]
    assert backend.dispose(mine, "do-not-call", "max").status == 200


def by_edit(backend: Backend, lead: str, phone: str) -> None:
    listed = phone.replace("303555", "720555")
    backend.put(listed_path(listed), {})
    assert backend.patch(f"/v1/leads/{lead}", {"phone": listed}).status == 200


WAYS_ON = (by_admin, by_import, by_disposition, by_edit)


# -- to a lead -----------------------------------------------------------------------------------------------------

Lead = tuple[str, str, str | None]
"""Its id, whose it is, and the lease's token."""


def leased(backend: Backend, user: str, number: int, phone: str) -> Lead:
    lead, token = backend.lent(user, number, phone=phone)
    return lead, user, token


def owned(backend: Backend, user: str, number: int, phone: str) -> Lead:
    return backend.lead(number, user=user, owner="me", phone=phone), user, None


def promised(backend: Backend, user: str, number: int, phone: str) -> Lead:
    lead, token = backend.lent(user, number, phone=phone)
    assert backend.dispose(lead, "call-back", user, lease_token=token, callback_at=CALLBACK).status == 200
    return lead, user, None


def records(disposition: str, **more: Any) -> Callable[[Backend, Lead], Answer]:
    def act(backend: Backend, lead: Lead) -> Answer:
        token = {"lease_token": lead[2]} if lead[2] else {}
        return backend.dispose(lead[0], disposition, lead[1], **token, **more)

    return act


def transfers(backend: Backend, lead: Lead) -> Answer:
    body = {"to": "dee", "override": "asked for her"}
    return backend.post(f"/v1/leads/{lead[0]}/transfer", body)


def distributes(backend: Backend, lead: Lead) -> Answer:
    return backend.post(f"/v1/leads/{lead[0]}/transfer", {"to": "corporate", "distribute": True})


def extends(backend: Backend, lead: Lead) -> Answer:
    return backend.post(f"/v1/leads/{lead[0]}/lease", {"lease_token": lead[2]}, user=lead[1])


def meets(backend: Backend, lead: Lead) -> Answer:
    body = {"starts_at": "2026-03-05T15:00:00Z"}
    return backend.post(f"/v1/leads/{lead[0]}/appointments", body, user=lead[1])


def leaves_to(to: str | None) -> Callable[[Backend, Lead], Answer]:
    def act(backend: Backend, lead: Lead) -> Answer:
        answer = backend.post(f"/v1/accounts/{lead[1]}/reassign", {"to": to} if to else {"distribute": True})
        assert answer.status == 200
        message = json.dumps({"kind": "reassign", "owner": lead[1]})
        assert backend.run_job(message) == {"batchItemFailures": []}
        return answer

    return act


def is_due(backend: Backend, lead: Lead) -> Answer:
    backend.at(CALLBACK)
    backend.invoke("scheduled_reset", {})
    return backend.get(f"/v1/leads/{lead[0]}")


def pulls(backend: Backend, lead: Lead) -> Answer:
    backend.at(CALLBACK)
    return backend.post("/v1/pull", {}, user=lead[1])


WAYS_TO_GET = {
    "keep on lease": (leased, records("contacted")),
    "callback on lease": (leased, records("call-back", callback_at=CALLBACK)),
    "recycle on lease": (leased, records("no-answer")),
    "keep an own one": (owned, records("contacted")),
    "recycle an own one": (owned, records("no-answer")),
    "callback of an own one": (owned, records("call-back", callback_at=CALLBACK)),
    "keep a promised one": (promised, records("contacted")),
    "transfer an own one": (owned, transfers),
    "transfer a leased one": (leased, transfers),
    "distribute": (owned, distributes),
    "extend": (leased, extends),
    "appointment": (owned, meets),
    "leaver's lease": (leased, leaves_to("ben")),
    "leaver's own": (owned, leaves_to("ben")),
    "leaver's own, routed": (owned, leaves_to(None)),
    "leaver's callback": (promised, leaves_to("ben")),
    "due callback": (promised, is_due),
    "pull of a callback": (promised, pulls),
}


@pytest.mark.parametrize("way", WAYS_ON, ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", WAYS_TO_GET)
def test_nobody_comes_by_a_lead_whose_phone_is_listed(
    sales: Backend, name: str, way: Callable[..., None]
) -> None:
    """Before what the listing asks for has been carried out: afterwards the lead is closed anyway."""
    situation, act = WAYS_TO_GET[name]
    lead = situation(sales, "ana", 1, PHONE)
    way(sales, lead[0], PHONE)
    answer = act(sales, lead)
    if answer.status == 409:
        assert answer["code"] == "do_not_call"
    else:
        assert answer.status == 200
        # Of whoever had it: a lead on lease is theirs until they record something, or its lease is over.
        assert sales.shown(lead[0])["status"] == "closed"
    sales.settle()
    sales.at(CALLBACK)
    sales.tick()
    assert all((sales.pull(each)["lead"] or {}).get("id") != lead[0] for each in EVERYBODY)
    assert sales.shown(lead[0])["status"] == "closed"
    assert "callback_due" not in kinds(sales, lead[0])
    assert all(("assigned", lead[0]) not in told(sales, each) for each in ("ben", "dee"))


def test_a_lead_that_was_on_lease_when_its_phone_was_listed_is_closed_when_the_lease_has_lapsed(
    sales: Backend,
) -> None:
    lead, _, _ = leased(sales, "ana", 1, PHONE)
    by_admin(sales, lead, PHONE)
    sales.settle()
    assert sales.shown(lead)["status"] == "leased"
    sales.at(LATER)
    sales.tick()
    assert sales.shown(lead)["status"] == "closed"
    assert kinds(sales, lead)[:2] == ["closed", "pulled"]


@pytest.mark.parametrize("disposition", ["contacted", "no-answer", "call-back"])
@pytest.mark.parametrize("held", ["own", "leased"])
def test_a_phone_that_is_listed_between_read_and_write_closes_the_lead(
    sales: Backend, held: str, disposition: str
) -> None:
    """The listing, and all that it asks for, happen after the disposition has read, and before it writes."""
    lead = (owned if held == "own" else leased)(sales, "ana", 1, PHONE)

    def meanwhile(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            sales.strict.faults.remove(meanwhile)
            by_admin(sales, lead[0], PHONE)
            sales.settle()

    sales.strict.faults.append(meanwhile)
    extra = {"callback_at": CALLBACK} if disposition == "call-back" else {}
    answer = records(disposition, **extra)(sales, lead)
    assert meanwhile not in sales.strict.faults
    assert (answer.status == 409) if held == "own" else (answer["status"] == "closed")
    sales.settle()
    assert sales.shown(lead[0])["status"] == "closed"


def test_a_closed_lead_is_not_transferred_when_its_phone_is_listed_meanwhile(sales: Backend) -> None:
    lead = owned(sales, "ana", 1, PHONE)
    sales.dispose(lead[0], "sold", "ana")

    def meanwhile(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            sales.strict.faults.remove(meanwhile)
            by_admin(sales, lead[0], PHONE)
            sales.settle()

    sales.strict.faults.append(meanwhile)
    answer = transfers(sales, lead)
    assert (answer.status, answer["code"], answer["lead"]["status"]) == (409, "do_not_call", "closed")
    assert sales.shown(lead[0])["owner"] == "ana"


# -- off the list --------------------------------------------------------------------------------------------------


def test_a_lead_on_lease_goes_on_as_usual_once_its_phone_is_lifted(sales: Backend) -> None:
    lead = leased(sales, "ana", 1, PHONE)
    by_admin(sales, lead[0], PHONE)
    sales.settle()
    assert sales.delete(listed_path(PHONE)).status == 204
    assert records("contacted")(sales, lead)["status"] == "assigned"


def test_a_lead_on_lease_goes_on_as_usual_once_it_has_another_phone(sales: Backend) -> None:
    lead = leased(sales, "ana", 1, PHONE)
    by_admin(sales, lead[0], PHONE)
    sales.settle()
    sales.patch(f"/v1/leads/{lead[0]}", {"phone": OTHER}, user="ana")
    assert records("contacted")(sales, lead)["status"] == "assigned"


@pytest.mark.parametrize("mended", ["lifted", "edited"])
def test_what_was_closed_stays_so_until_a_manager_transfers_it(sales: Backend, mended: str) -> None:
    lead = owned(sales, "ana", 1, PHONE)
    by_admin(sales, lead[0], PHONE)
    sales.settle()
    if mended == "lifted":
        sales.delete(listed_path(PHONE))
    else:
        sales.patch(f"/v1/leads/{lead[0]}", {"phone": OTHER})
    sales.settle()
    assert records("contacted")(sales, lead)["code"] == "closed"
    assert transfers(sales, lead)["status"] == "assigned"


# -- whose wish it was ---------------------------------------------------------------------------------------------


def lapsed_and_edited(backend: Backend) -> Lead:
    """Lent to ana with PHONE; the lease lapsed, ben pulled it and gave it OTHER."""
    lead = leased(backend, "ana", 1, PHONE)
    backend.at("2026-03-04T15:15:00Z")
    assert backend.pull("ben")["lead"]["id"] == lead[0]
    assert backend.patch(f"/v1/leads/{lead[0]}", {"phone": OTHER}, user="ben").status == 200
    return lead


def test_a_late_do_not_call_is_of_the_phone_that_was_lent(sales: Backend) -> None:
    lead = lapsed_and_edited(sales)
    assert records("do-not-call")(sales, lead)["code"] == "lease_superseded"
    assert (is_listed(sales, PHONE), is_listed(sales, OTHER)) == (True, False)
    sales.settle()
    assert sales.shown(lead[0])["holder"] == "ben"


@pytest.mark.parametrize("late", [False, True])
def test_the_phones_that_its_user_gave_it_are_meant_too(sales: Backend, late: bool) -> None:
    lead = leased(sales, "ana", 1, PHONE)
    sales.patch(f"/v1/leads/{lead[0]}", {"phone": OTHER}, user="ana")
    if late:
        sales.at("2026-03-04T15:15:00Z")
        assert sales.pull("ben")["lead"]["id"] == lead[0]
    records("do-not-call")(sales, lead)
    assert (is_listed(sales, PHONE), is_listed(sales, OTHER)) == (True, True)
    edited = next(each for each in sales.timeline(lead[0]) if each["event"] == "edited")
    assert "phone_key" not in edited


def test_a_phone_that_a_manager_put_in_meanwhile_is_not_meant(sales: Backend) -> None:
    lead = leased(sales, "ana", 1, PHONE)
    sales.patch(f"/v1/leads/{lead[0]}", {"phone": OTHER}, user="mia")
    sales.patch(f"/v1/leads/{lead[0]}", {"phone": OTHER})
    assert records("do-not-call")(sales, lead)["status"] == "closed"
    assert (is_listed(sales, PHONE), is_listed(sales, OTHER)) == (True, False)


def test_managers_are_told_of_leads_that_somebody_elses_do_not_call_closes(sales: Backend) -> None:
    """Whoever types a phone into a lead of their own can close everybody's leads of it."""
    bens, companys = owned(sales, "ben", 1, PHONE)[0], sales.lead(2, phone=PHONE)
    own = owned(sales, "cho", 3, PHONE)[0]
    also_own = owned(sales, "cho", 4, PHONE)[0]
    sales.dispose(own, "do-not-call", "cho")
    assert is_listed(sales, PHONE), "at once"
    sales.settle()
    assert {sales.shown(each)["status"] for each in (bens, companys, also_own)} == {"closed"}
    assert told(sales, "mia") == [("closed_by_other", bens)]
    assert told(sales, "admin") == [("closed_by_other", companys)]
    assert told(sales, "max") == told(sales, "ben") == told(sales, "cho") == []
    (notice,) = sales.get("/v1/notifications", user="mia")["items"]
    assert notice["account"] == "cho"
    assert sales.timeline(bens)[0]["by"] == "cho"


def test_nobody_is_told_of_what_an_admin_lists(sales: Backend) -> None:
    owned(sales, "ben", 1, PHONE)
    by_admin(sales, "", PHONE)
    sales.settle()
    assert told(sales, "mia") == []


# -- a closed lead -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["sold", "do-not-call"])
@pytest.mark.parametrize("then", ["call-back", "no-answer", "contacted", "give-back"])
def test_a_disposition_does_not_open_a_closed_lead(sales: Backend, first: str, then: str) -> None:
    lead = owned(sales, "ana", 1, PHONE)
    records(first)(sales, lead)
    body = {"disposition": then, **({"callback_at": CALLBACK} if then == "call-back" else {})}
    for user in ("ana", "mia", "admin"):
        sales.refused(409, "closed", "POST", f"/v1/leads/{lead[0]}/dispositions", body, user=user)
    sales.refused(404, "not_found", "POST", f"/v1/leads/{lead[0]}/dispositions", body, user="cho")


@pytest.mark.parametrize("then", ["not-interested", "do-not-call"])
def test_what_was_recorded_on_a_closed_lead_can_be_corrected(sales: Backend, then: str) -> None:
    lead = owned(sales, "ana", 1, PHONE)
    records("sold")(sales, lead)
    answer = records(then)(sales, lead)
    assert (answer.status, answer["status"], answer["last_disposition"]) == (200, "closed", then)
    assert is_listed(sales, PHONE) == (then == "do-not-call")


def test_a_call_is_given_back_only_while_the_phone_may_be_called(sales: Backend) -> None:
    """The call and what suppresses the phone are one item, which a transaction may name only once."""
    sales.save("dispositions", "mine", name="Mine", outcome="keep", counts_as_attempt=False)
    miami = {"state": "FL", "postal_code": "33101"}
    for number, phone in enumerate(("+13055550123", "+13055550124")):
        lead, token = sales.lent("ana", number, phone=phone, **miami)
        assert sales.of("CONTACT#", "STATE")[-1]["called_at"]
        if number:
            by_admin(sales, lead, phone)
        answer = sales.dispose(lead, "mine", "ana", lease_token=token)
        assert (answer.status, answer["status"]) == (200, "closed" if number else "assigned")
        assert not any(each.get("called_at") for each in sales.of("CONTACT#", "STATE"))
