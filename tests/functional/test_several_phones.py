"""A lead with several phones: each is searched, listed, lent and limited by itself."""

from functools import partial
from typing import Any

import pytest

from tests.functional.backend import Answer, Backend
from tests.functional.test_not_to_be_called import is_listed, listed_path, told
from tests.functional.test_pull_next import why

A, B, C = "+14055550101", "+14055550102", "+14055550103"


@pytest.fixture
def oklahoma(company: Backend) -> Backend:
    """Everybody pulls within hours, and nothing cools down. It is nine in the morning in Oklahoma."""
    company.pull_strategy("all", calling_hours=True, cool_down_minutes=0, max_attempts=50)
    return company


def lead_of(backend: Backend, *phones: str, number: int = 1, **more: Any) -> str:
    return backend.lead(number, state="OK", phone=None, phones=list(phones), **more)


def call(backend: Backend, lead: str, user: str, phone: str | None = None) -> Answer:
    return backend.post(f"/v1/leads/{lead}/calls", {"phone": phone} if phone else {}, user=user)


def listed(backend: Backend, phone: str) -> None:
    assert backend.put(listed_path(phone), {}).status == 201
    backend.settle()


def found(backend: Backend, query: str) -> list[str]:
    return [each["id"] for each in backend.get(f"/v1/leads?{query}")["items"]]


def test_a_lead_is_found_by_each_phone_and_e_mail_and_no_more_by_one_that_an_edit_took(
    oklahoma: Backend,
) -> None:
    lead = lead_of(oklahoma, A, B, email="a@b.co; c@d.co")
    asked = [f"phone={each[2:]}" for each in (A, B)] + ["email=a@b.co", "email=c@d.co"]
    assert [found(oklahoma, each) for each in asked] == [[lead]] * 4
    assert found(oklahoma, f"phone={A[2:]}&email=c@d.co") == [lead]
    answer = oklahoma.patch(
        f"/v1/leads/{lead}", {"phones": [{"value": B, "kind": "cell"}, C], "email": "x@y.co"}
    )
    assert (answer["phone"], answer["email"]) == (B, "x@y.co")
    assert answer["phones"] == [{"value": B, "kind": "mobile"}, {"value": C, "kind": None}]
    assert [each["value"] for each in answer["emails"]] == ["x@y.co", "c@d.co"]
    assert [found(oklahoma, each) for each in asked] == [[], [lead], [], [lead]]
    assert found(oklahoma, f"phone={C[2:]}") == found(oklahoma, "email=x@y.co") == [lead]
    edited = oklahoma.timeline(lead)[0]
    assert ([each["value"] for each in edited["before"]["phones"]], "phone_keys" in edited) == ([A, B], False)


def test_the_first_phone_is_edited_by_itself_and_taken_away_by_itself(oklahoma: Backend) -> None:
    path = f"/v1/leads/{lead_of(oklahoma, A, B)}"
    assert [each["value"] for each in oklahoma.patch(path, {"phone": C})["phones"]] == [C, B]
    assert [each["value"] for each in oklahoma.patch(path, {"phone": B})["phones"]] == [B]
    oklahoma.patch(path, {"phones": [A, B]})
    assert oklahoma.patch(path, {"phone": ""})["phone"] == B
    assert oklahoma.patch(path, {"phones": []})["phones"] == []


def test_a_listed_phone_is_not_lent_and_another_of_the_lead_is(oklahoma: Backend) -> None:
    lead = lead_of(oklahoma, A, B)
    listed(oklahoma, A)
    assert oklahoma.shown(lead)["status"] == "ready"
    pulled = oklahoma.pull("ana")
    assert (pulled["lead"]["id"], pulled["lease"]["phone"]) == (lead, B)
    assert oklahoma.pull("ana")["lease"]["phone"] == B  # once more
    assert call(oklahoma, lead, "ana")["phone"] == B
    assert call(oklahoma, lead, "ana", A).json["code"] == "do_not_call"
    extended = oklahoma.post(f"/v1/leads/{lead}/lease", {"lease_token": pulled["lease"]["token"]}, user="ana")
    assert extended["lease"]["phone"] == B


@pytest.mark.parametrize("order", [(A, B), (B, A)])
def test_a_lead_closes_with_the_last_of_its_phones(oklahoma: Backend, order: tuple[str, str]) -> None:
    lead, other = lead_of(oklahoma, A, B), lead_of(oklahoma, B, C, number=2)
    listed(oklahoma, order[0])
    assert oklahoma.shown(lead)["status"] == "ready"
    listed(oklahoma, order[1])
    assert (oklahoma.shown(lead)["status"], oklahoma.shown(other)["status"]) == ("closed", "ready")


def test_a_lead_comes_in_closed_only_when_none_of_its_phones_may_be_called(oklahoma: Backend) -> None:
    listed(oklahoma, A)
    body = {"state": "OK", "phones": [A, B]}
    answer = oklahoma.post("/v1/leads", body)
    assert (answer["status"], [each["field"] for each in answer["warnings"]]) == ("new", ["phones"])
    listed(oklahoma, B)
    assert oklahoma.post("/v1/leads", body)["status"] == "closed"


def test_an_edit_that_leaves_only_listed_phones_closes_the_lead(oklahoma: Backend) -> None:
    lead = lead_of(oklahoma, A, B)
    listed(oklahoma, B)
    oklahoma.patch(f"/v1/leads/{lead}", {"phones": [B]})
    oklahoma.settle()
    assert oklahoma.shown(lead)["status"] == "closed"


def test_who_asks_not_to_be_called_is_listed_with_all_phones_that_were_lent(oklahoma: Backend) -> None:
    lead = lead_of(oklahoma, A, B)
    token = oklahoma.pull("ana")["lease"]["token"]
    oklahoma.patch(f"/v1/leads/{lead}", {"phones": [C]})  # by an admin: nobody has called that one
    assert oklahoma.dispose(lead, "do-not-call", "ana", lease_token=token).status == 200
    assert [is_listed(oklahoma, each) for each in (A, B, C)] == [True, True, False]


def test_of_an_owned_lead_all_phones_are_listed(oklahoma: Backend) -> None:
    phones = [f"+1405555{n:04}" for n in range(10)]
    lead = lead_of(oklahoma, *phones)
    assert oklahoma.post(f"/v1/leads/{lead}/transfer", {"to": "ana"}).status == 200
    assert oklahoma.dispose(lead, "do-not-call", "ana").status == 200
    assert all(is_listed(oklahoma, each) for each in phones)
    assert told(oklahoma, "ana") is not None


@pytest.mark.parametrize(
    ("had", "is_edited_first", "asked"),
    [("lent", True, C), ("late", True, C), ("owned", False, A), ("owned, and recorded", False, A)],
)
def test_who_was_called_and_asks_not_to_be_is_listed_whatever_others_made_of_the_lead(
    oklahoma: Backend, had: str, is_edited_first: bool, asked: str
) -> None:
    lead, said = lead_of(oklahoma, A), {}
    if had.startswith("owned"):
        assert oklahoma.post(f"/v1/leads/{lead}/transfer", {"to": "ana"}).status == 200
    else:
        said = {"lease_token": oklahoma.pull("ana")["lease"]["token"]}
    edit = partial(oklahoma.patch, f"/v1/leads/{lead}", {"phones": [C]})
    call_it = partial(call, oklahoma, lead, "ana")
    answers = [each() for each in ((edit, call_it) if is_edited_first else (call_it, edit))]
    assert [each["phone"] for each in answers] == [C, asked] if is_edited_first else [asked, C]
    if had == "owned, and recorded":
        said = {"call_id": answers[0]["call_id"]}
        assert oklahoma.dispose(lead, "contacted", "ana", **said).status == 200
    if had == "late":
        oklahoma.at("2026-03-04T15:20:00Z")
        assert oklahoma.pull("ben")["lead"]["id"] == lead
    answer = oklahoma.dispose(lead, "do-not-call", "ana", **said)
    assert answer.status == (409 if had == "late" else 200)
    assert is_listed(oklahoma, asked)


def test_a_call_that_an_edit_overtakes_is_of_the_phone_that_the_lead_has_then(oklahoma: Backend) -> None:
    lead = lead_of(oklahoma, A)
    assert oklahoma.post(f"/v1/leads/{lead}/transfer", {"to": "ana"}).status == 200

    def edited(operation: str, request: Any) -> None:
        if f"LEAD#{lead}" in str(request):
            oklahoma.strict.after.clear()
            assert oklahoma.patch(f"/v1/leads/{lead}", {"phones": [C]}).status == 200

    oklahoma.strict.after.append(edited)
    answer = call(oklahoma, lead, "ana")
    assert (answer.status, answer["phone"]) == (201, C)


def test_each_phone_has_calls_of_its_own(oklahoma: Backend) -> None:
    lead = lead_of(oklahoma, A, B)
    assert oklahoma.post(f"/v1/leads/{lead}/transfer", {"to": "ana"}).status == 200
    assert [call(oklahoma, lead, "ana", A).status for _ in range(4)] == [201, 201, 201, 409]
    assert [call(oklahoma, lead, "ana")["phone"] for _ in range(3)] == [B] * 3  # the one that may be called
    assert call(oklahoma, lead, "ana").json["code"] == "call_limit"
    assert call(oklahoma, lead, "ana", C).errors == [("phone", "unknown")]


def test_a_pull_takes_the_phone_that_may_still_be_called(oklahoma: Backend) -> None:
    lead, phones = lead_of(oklahoma, A, B), []
    for _ in range(6):
        pulled = oklahoma.pull("ana")
        phones.append(pulled["lease"]["phone"])
        oklahoma.dispose(lead, "no-answer", "ana", lease_token=pulled["lease"]["token"])
    assert phones == [A, A, A, B, B, B]
    assert why(oklahoma.pull("ana")) == {"call_limit": 1}
    assert oklahoma.shown(lead)["available_at"] == "2026-03-05T15:00:00Z"


def test_a_phone_is_lent_with_one_lead_and_another_of_its_lead_may_be_lent(oklahoma: Backend) -> None:
    first, second = lead_of(oklahoma, A, B), lead_of(oklahoma, A, C, number=2)
    lent = {user: oklahoma.pull(user) for user in ("ana", "ben")}
    of = {each["lead"]["id"]: (user, each["lease"]["phone"]) for user, each in lent.items()}
    assert sorted(phone for _, phone in of.values()) in ([A, B], [A, C])
    (user, phone), (other, _) = of[first], of[second]
    if phone == A:
        first, user, other = second, other, user
    assert call(oklahoma, first, user, A).json["code"] == "phone_lent"
    lead_of(oklahoma, A, number=3)
    assert why(oklahoma.pull("cho")) == {"phone_lent": 1, "leased": 2}


def test_another_phone_that_is_called_is_lent_too(oklahoma: Backend) -> None:
    lead = lead_of(oklahoma, A, B)
    assert oklahoma.pull("ana")["lease"]["phone"] == A
    other = lead_of(oklahoma, B, number=2)
    assert call(oklahoma, lead, "ana", B).status == 201
    assert why(oklahoma.pull("ben")) == {"phone_lent": 1, "leased": 1}
    assert oklahoma.shown(other)["status"] == "ready"


def test_another_phone_that_was_called_stays_lent_while_the_lease_is_extended(oklahoma: Backend) -> None:
    for name, user in (("Lead 1", "ana"), ("Lead 2", "ben")):
        named = {"field": "first_name", "operator": "equals", "value": name}
        oklahoma.pull_strategy("all" if user == "ana" else "others", [user], criteria=[named])
    lead = lead_of(oklahoma, A, B)
    token = oklahoma.pull("ana")["lease"]["token"]
    assert call(oklahoma, lead, "ana", B).status == 201
    other = lead_of(oklahoma, B, number=2)
    oklahoma.at("2026-03-04T15:10:00Z")
    extended = oklahoma.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    oklahoma.at("2026-03-04T15:16:00Z")
    pulled, ends = oklahoma.pull("ben"), extended["lease"]["expires_at"]
    assert (why(pulled)["phone_lent"], pulled["retry_at"]) == (1, ends)
    oklahoma.at(ends)
    assert oklahoma.pull("ben")["lead"]["id"] == other


def test_calling_hours_are_those_of_every_place_that_a_phone_may_be_in(oklahoma: Backend) -> None:
    lead = lead_of(oklahoma, A, "+18085550101")
    assert "US-HI" in oklahoma.shown(lead)["calling_class"]
    assert why(oklahoma.pull("ana")) == {"calling_hours": 1}
