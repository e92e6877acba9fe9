"""Reading and editing leads, and explaining what would happen to one."""

from typing import Any

import pytest

from routing.services.core import paging
from routing.services.work import search
from tests.functional.backend import Backend, lead_body


@pytest.fixture
def pulled(company: Backend) -> Backend:
    """A company with what these tests are about."""

    def build() -> None:
        company.pull_strategy("all")

    return company.prepared("leads", build)


# -- lists -----------------------------------------------------------------------------------------------------


def test_a_phone_and_an_email_are_both_the_leads(pulled: Backend) -> None:
    both = pulled.lead(1, phone="3035550101", email="ann@example.com")
    pulled.lead(2, phone="3035550101", email="bob@example.com")
    found = pulled.get("/v1/leads?phone=3035550101&email=Ann%40example.com")
    assert [each["id"] for each in found["items"]] == [both]
    pulled.invalid("GET", "/v1/leads?phone=3035550101&email=ann", None, ("email", "invalid"))


def test_leads_are_found_by_every_status(company: Backend) -> None:
    company.save("sources", "dallas", name="Dallas", owner="dallas")
    company.pull_strategy(
        "all", ["denver"], criteria=[{"field": "state", "operator": "equals", "value": "CO"}]
    )
    company.pull_strategy(
        "once", ["dallas"], max_attempts=1, criteria=[{"field": "state", "operator": "equals", "value": "UT"}]
    )
    company.settle()
    leads = {"unmatched": company.lead(1)}
    leads["cooling"] = company.lead(2, state="CO", pull_delay_minutes=60)
    leads["leased"] = company.lead(3, state="CO")
    assert company.pull("ana")["lead"]["id"] == leads["leased"]
    for status, disposition, number in (
        ("assigned", "contacted", 4),
        ("closed", "sold", 5),
        ("callback", "call-back", 6),
    ):
        leads[status] = company.lead(number, state="CO")
        pulled = company.pull("ben")
        assert pulled["lead"]["id"] == leads[status]
        extra = {"callback_at": "2026-03-04T18:00:00Z"} if status == "callback" else {}
        company.dispose(leads[status], disposition, "ben", lease_token=pulled["lease"]["token"], **extra)
    leads["spent"] = company.lead(7, state="UT")
    pulled = company.pull("cho")
    company.dispose(leads["spent"], "no-answer", "cho", lease_token=pulled["lease"]["token"])
    leads["ready"] = company.lead(8, state="CO")
    company.push("dallas-users", ["dee"], "dallas")
    company.put("/v1/presence", {"available": False}, user="dee")
    leads["held"] = company.lead(9, source="dallas")
    leads["new"] = company.post("/v1/leads", lead_body(10))["lead_id"]
    for status, lead in leads.items():
        assert company.listed(f"status={status}") == [lead], status
        assert company.get(f"/v1/leads/{lead}")["status"] == status
    assert sorted(company.listed("")) == sorted(leads.values())
    assert sorted(company.listed("limit=3")) == sorted(leads.values())
    assert company.listed("owner=dallas") == [leads["held"]]
    assert company.listed("owner=dallas&status=new") == []
    assert company.listed("owner=me", "ben") == [leads["assigned"]]
    assert sorted(company.listed("mine=true", "ben")) == sorted([leads["assigned"], leads["callback"]])
    assert company.listed("mine=true", "ana") == [leads["leased"]]
    assert sorted(company.listed("", "max")) == [leads["held"]]


def test_leads_are_found_by_phone_and_address_however_they_are_written(pulled: Backend) -> None:
    first = pulled.lead(1, phone="(303) 555-0101")
    second = pulled.lead(2, phone="303.555.0101")
    other = pulled.lead(3, phone="303-555-0199")
    assert sorted(pulled.listed("phone=%2B13035550101")) == sorted([first, second])
    assert sorted(pulled.listed("phone=3035550101&limit=1")) == sorted([first, second])
    assert pulled.listed("email=LEAD3%40example.com") == [other]
    assert pulled.listed("email=nobody%40example.com") == []
    assert pulled.listed("phone=3035550101", "ana") == []
    pulled.patch(f"/v1/leads/{other}", {"phone": "3035550101", "email": "new@example.com"})
    assert len(pulled.listed("phone=3035550101")) == 3
    assert pulled.listed("phone=3035550199") == []
    assert pulled.listed("email=lead3%40example.com") == []
    assert pulled.listed("email=new%40example.com") == [other]


def test_leads_are_found_by_names_and_by_all_else_that_is_asked(company: Backend) -> None:
    company.save("sources", "dallas", name="Dallas", owner="dallas")
    company.pull_strategy("all", ["denver"])
    company.settle()
    jose = company.lead(1, first_name="José Luis", last_name="O'Brien", phone="3035550101", campaign="Spring")
    josh = company.lead(2, first_name="Josh", last_name="Ng", phone="3035550102", email="josh@example.com")
    company.at("2026-03-06T06:59:59Z")  # the 5th in Denver, the 6th where the admin is
    texan = company.lead(3, first_name="Jo", last_name="Brien", source="dallas", phone="2145550101")
    lease = company.pull("ana")
    lent = lease["lead"]["id"]
    other, phone = (josh, "3035550101") if lent == jose else (jose, "3035550102")
    for query, expected in {
        "name=JOSE": [jose],
        "name=obr+jos": [jose],
        "name=O%27B": [jose],
        "name=brien": [jose, texan],
        "name=Jos": [jose, josh],
        "name=rien": [],
        "phone=0101": [jose, texan],
        "phone=0101&name=jo&source=dallas": [texan],
        "phone=0102&email=josh%40example.com": [josh],
        "phone=0101&email=josh%40example.com": [],
        "campaign=spring": [jose],
        "source=nowhere": [],
        "source=nowhere&source=dallas": [texan],
        "status=leased&status=new": [lent],
        "status=leased,ready&source=api": [jose, josh],
        "owner=dallas&below=true": [texan],
        "owner=corporate&below=true": [jose, josh, texan],
        "owner=dallas&owner=max": [texan],
        "created_from=2026-03-06": [texan],
        "created_to=2026-03-06&name=jo": [jose, josh, texan],
        "created_to=2026-03-05": [jose, josh],
        "created_from=2026-03-06T06:59:59Z&created_to=2026-03-06T06:59:59Z": [texan],
        "created_from=2026-03-06T07:00:00Z": [],
    }.items():
        for limit in ("", "&limit=1"):
            assert sorted(company.listed(query + limit)) == sorted(expected), query + limit
    for query in ("name=jo", "created_to=2026-03-31", "phone=0101&name=jo", "owner=dallas&below=true"):
        assert company.listed(query, "max") == [texan], query
    assert company.listed("name=jo", "ana") == [lent]
    assert company.listed(f"mine=true&phone={phone}", "ana") == [lent]
    for user in ("ana", "max"):
        assert company.listed("mine=true&phone=2145550101", user) == []
    company.dispose(lent, "sold", "ana", lease_token=lease["lease"]["token"])
    assert company.listed("last_disposition=return&last_disposition=sold") == [lent]
    assert company.listed("name=jo", "ana") == []
    assert company.listed(f"mine=true&phone={phone}", "ana") == []
    assert company.listed("phone=" + ("3035550102" if other == josh else "3035550101"), "ana") == []
    for field, value in {
        "name": "-",
        "status": "held,lost",
        "below": "yes",
        "phone": "101",
        "created_to": "2026-02-30",
        "created_from": "2026-03-04T17:00:00",
    }.items():
        problem = company.refused(422, "invalid", "GET", f"/v1/leads?{field}={value}")
        assert [name for name, _ in problem.errors] == [field]
    for stranger in ("corporate", "nobody"):
        company.refused(403, "forbidden", "GET", f"/v1/leads?owner={stranger}&phone={phone}", user="max")


def test_a_rep_finds_a_callback_once_whether_they_own_it_or_not(pulled: Backend) -> None:
    promised, token = pulled.lent("ana")
    pulled.dispose(promised, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    owned = pulled.lead(2, user="ana", owner="me")
    pulled.dispose(owned, "call-back", "ana", callback_at="2026-03-04T18:00:00Z")
    for query in ("status=callback", "mine=true"):
        for limit in (1, 50):
            assert sorted(pulled.listed(f"{query}&limit={limit}", "ana")) == sorted([promised, owned])
    assert pulled.listed("owner=me", "ana") == [owned]


def test_a_search_that_finds_little_ends_at_a_bound_and_says_so(
    pulled: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [pulled.lead(number, first_name=f"N{number}") for number in range(6)]
    monkeypatch.setattr(paging, "MOST_LOOKED_AT", 2)
    monkeypatch.setattr(paging, "MOST_PASSED_OVER", 3)
    monkeypatch.setattr(paging, "BATCH", 2)
    assert pulled.listed("name=n5") == [leads[5]]
    page = pulled.get("/v1/leads?name=nobody&owner=corporate")
    assert (page["items"], page["searched"]) == ([], 2)
    page = pulled.get("/v1/leads?created_to=2026-01-01")
    assert (page["items"], page["searched"]) == ([], 3)
    assert pulled.listed("created_to=2026-01-01") == []


def test_a_search_through_many_accounts_without_leads_goes_on_page_by_page(
    pulled: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = pulled.lead(1, user="max", owner="me", first_name="Nora")
    for at, user in enumerate(("ana", "ben", "dee"), start=2):
        pulled.lead(at, user=user, owner="me", first_name="Other")
    monkeypatch.setattr(paging, "MOST_PASSED_OVER", 2)
    monkeypatch.setattr(search, "MAX_PARALLEL", 1)
    for query in ("", "&status=assigned&status=closed&status=callback", "&created_to=2026-03-31"):
        pulled.strict.requests.clear()
        page = pulled.get(f"/v1/leads?name=nora{query}")
        assert len([each for each, _ in pulled.strict.requests if each == "Query"]) <= 3
        assert (page["items"], bool(page["searched"]), bool(page["next"])) == ([], True, True)
        assert pulled.listed(f"name=nora{query}") == [last]


def test_a_rep_who_asks_for_a_status_looks_through_none_of_another(
    pulled: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        closed = pulled.lead(number, user="ana", owner="me")
        assert pulled.dispose(closed, "sold", "ana").status == 200
    own = pulled.lead(4, user="ana", owner="me")
    lent = pulled.lead(5)
    assert pulled.pull("ana")["lead"]["id"] == lent
    monkeypatch.setattr(paging, "MOST_LOOKED_AT", 3)
    page = pulled.get("/v1/leads?status=assigned&status=leased", user="ana")
    assert [each["id"] for each in page["items"]] == [lent, own]
    assert (page["next"], "searched" in page.json) == (None, False)
    assert len(pulled.listed("status=closed&status=assigned&limit=1", "ana")) == 4


def test_a_rep_who_becomes_a_manager_in_the_middle_of_a_search_begins_it_anew(pulled: Backend) -> None:
    pulled.lead(1, user="ana", owner="me")
    pulled.lead(2)
    assert pulled.pull("ana")["lead"]
    cursor = pulled.get("/v1/leads?limit=1", user="ana")["next"]
    pulled.user("ana", "denver", "manager")
    answer = pulled.refused(422, "invalid", "GET", f"/v1/leads?limit=1&cursor={cursor}", user="ana")
    assert answer.errors == [("cursor", "invalid")]


def test_what_is_on_lease_is_found_whether_it_was_pulled_from_the_pool_or_as_a_callback(
    pulled: Backend,
) -> None:
    callback, token = pulled.lent("ana")
    pulled.dispose(callback, "call-back", "ana", lease_token=token, callback_at="2026-03-04T17:00:00Z")
    mine = pulled.lead(2, user="max", owner="me")
    pulled.dispose(mine, "call-back", "max", callback_at="2026-03-04T17:00:00Z")
    pulled.at("2026-03-04T17:00:00Z")
    others = [pulled.lent(user, number)[0] for user, number in (("ben", 3), ("cho", 4))]
    for user, lead in (("ana", callback), ("max", mine)):
        assert pulled.pull(user)["lead"]["id"] == lead
    for limit in (1, 2, 3, 50):
        found = pulled.listed(f"status=leased&limit={limit}")
        assert sorted(found) == sorted([callback, mine, *others])
    pulled.refused(
        422,
        "invalid",
        "GET",
        "/v1/leads?status=held&cursor=" + pulled.get("/v1/leads?status=leased&limit=1")["next"],
    )


def test_what_is_on_lease_is_found_though_no_strategy_sees_it_any_more(pulled: Backend) -> None:
    lead, _ = pulled.lent("ana")
    pulled.delete("/v1/pull-strategies/all")
    pulled.settle()
    assert pulled.listed("status=leased") == [lead]


def test_a_page_never_has_more_than_its_limit(pulled: Backend) -> None:
    leads = [pulled.lead(number) for number in range(5)]
    page = pulled.get("/v1/leads?limit=2")
    assert len(page["items"]) == 2
    assert page["next"]
    assert sorted(pulled.listed("limit=2")) == sorted(leads)
    for text in "abc":
        pulled.post(f"/v1/leads/{leads[0]}/notes", {"note": text})
    seen: list[Any] = []
    cursor = ""
    while True:
        answer = pulled.get(f"/v1/leads/{leads[0]}/timeline?limit=2{cursor}")
        assert 0 < len(answer["items"]) <= 2
        seen += answer["items"]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == pulled.timeline(leads[0])
    assert [each["event"] for each in seen] == ["note", "note", "note", "filed", "received"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=x", "cursor=e30", "cursor=eyJQSyI6IngifQ"])
def test_a_wrong_page_of_a_timeline_is_refused(pulled: Backend, query: str) -> None:
    lead = pulled.lead(1)
    answer = pulled.refused(422, "invalid", "GET", f"/v1/leads/{lead}/timeline?{query}")
    assert [field for field, _ in answer.errors] == [query.partition("=")[0]]


def test_a_cursor_of_another_list_is_refused(pulled: Backend) -> None:
    leads = [pulled.lead(number) for number in range(3)]
    pulled.post(f"/v1/leads/{leads[0]}/notes", {"note": "x"})
    cursor = pulled.get(f"/v1/leads/{leads[0]}/timeline?limit=1")["next"]
    pulled.refused(422, "invalid", "GET", f"/v1/leads/{leads[1]}/timeline?cursor={cursor}")
    pulled.refused(422, "invalid", "GET", f"/v1/leads?phone=3035550101&cursor={cursor}")


# -- the timeline ----------------------------------------------------------------------------------------------


def test_a_timeline_tells_the_whole_story_newest_first(company: Backend) -> None:
    company.pull_strategy("all")
    company.push("to-denver", ["denver"])
    company.settle()
    lead = company.lead(1)
    token = company.pull("ana")["lease"]["token"]
    company.at("2026-03-04T15:01:00Z")
    company.post(f"/v1/leads/{lead}/notes", {"note": "she is driving"}, user="ana")
    company.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    company.dispose(lead, "no-answer", "ana", lease_token=token, note="voicemail")
    company.patch(f"/v1/leads/{lead}", {"first_name": "Eva"})
    company.post(f"/v1/leads/{lead}/transfer", {"to": "ben"}, user="mia")
    events = company.timeline(lead)
    assert [(each["event"], each["by"]) for each in events] == [
        ("transferred", "mia"),
        ("edited", "admin"),
        ("disposition", "ana"),
        ("lease_extended", "ana"),
        ("note", "ana"),
        ("pulled", "ana"),
        ("assigned", None),
        ("received", "admin"),
    ]
    by_name = {each["event"]: each for each in events}
    assert by_name["assigned"]["decision"]["account"] == "denver"
    assert by_name["assigned"]["filing"]["strategies"][0]["id"] == "all"
    assert (by_name["pulled"]["holder"], by_name["pulled"]["strategy"]) == ("ana", "all")
    assert (by_name["disposition"]["disposition"], by_name["disposition"]["note"]) == (
        "no-answer",
        "voicemail",
    )
    assert (by_name["transferred"]["from"], by_name["transferred"]["to"]) == ("denver", "ben")
    assert by_name["edited"]["changed"] == ["first_name"]
    assert token not in str(events)


# -- editing ---------------------------------------------------------------------------------------------------


def test_an_edit_changes_what_it_names_and_nothing_else(pulled: Backend) -> None:
    pulled.save("record-types", "lead", name="Lead", fields=[{"name": "amount", "type": "number"}])
    pulled.settle()
    lead = pulled.lead(1, phone="3035550101", fields={"amount": 5, "other": 1}, cost=12)
    before = pulled.shown(lead)
    edited = pulled.patch(
        f"/v1/leads/{lead}", {"state": "massachusetts", "postal_code": "2134", "fields": {"amount": 9}}
    )
    assert edited.status == 200
    expected = {**before, "state": "MA", "postal_code": "02134", "fields": {"amount": 9, "other": 1}}
    expected["timezone"] = None  # the phone's is another
    expected["calling_class"] = "US-CO@America/Denver,US-MA@America/New_York"
    assert edited.json == expected
    assert pulled.shown(lead) == expected
    assert pulled.timeline(lead)[-1]["as_received"]["fields"] == {"amount": 5, "other": 1}


@pytest.mark.parametrize(
    ("patch", "errors"),
    [
        ({"source": "web"}, [("source", "not_editable")]),
        ({"status": "closed", "owner": "ana"}, [("status", "not_editable"), ("owner", "not_editable")]),
        ({"colour": "red"}, [("colour", "not_editable")]),
        ({"cost": 5}, [("cost", "not_editable")]),
        ({"phone": "12"}, [("phone", "dropped")]),
        ({"email": "nobody"}, [("email", "dropped")]),
        ({"state": "Ontario", "first_name": ["x"]}, [("state", "dropped"), ("first_name", "dropped")]),
        ({"fields": []}, [("fields", "wrong_type")]),
        ({"fields": {"amount": "lots"}}, [("fields.amount", "wrong_type")]),
        ({"fields": {"nothing": 1}}, [("fields.nothing", "unknown_key")]),
        ({"email": "", "phone": ""}, [("phone", "unusable")]),
        ({"email": ""}, [("phone", "unusable")]),
    ],
)
def test_an_edit_that_cannot_be_used_is_refused(
    pulled: Backend, patch: Any, errors: list[tuple[str, str]]
) -> None:
    pulled.save("record-types", "lead", name="Lead", fields=[{"name": "amount", "type": "number"}])
    pulled.settle()
    lead = pulled.lead(1)
    refused = pulled.invalid("PATCH", f"/v1/leads/{lead}", patch, *errors)
    assert not any(";" in each["message"] for each in refused["errors"]), "nothing was used, or kept"


def test_an_edit_of_a_waiting_lead_routes_it_again(company: Backend) -> None:
    company.push("utah", ["ana"], criteria=[{"field": "state", "operator": "equals", "value": "UT"}])
    company.settle()
    lead = company.lead(1)
    assert company.shown(lead)["status"] == "unmatched"
    company.patch(f"/v1/leads/{lead}", {"state": "UT"})
    company.settle()
    assert (company.shown(lead)["owner"], company.shown(lead)["status"]) == ("ana", "assigned")


def test_an_edit_of_a_filed_lead_files_it_again(company: Backend) -> None:
    company.pull_strategy("utah", criteria=[{"field": "state", "operator": "equals", "value": "UT"}])
    company.settle()
    lead = company.lead(1, state="UT")
    assert company.patch(f"/v1/leads/{lead}", {"state": "CO"})["status"] == "unmatched"
    assert company.pull("ana")["lead"] is None
    company.patch(f"/v1/leads/{lead}", {"state": "UT"})
    company.settle()
    assert company.pull("ana")["lead"]["id"] == lead


def test_an_edit_of_a_leased_lead_disturbs_no_lease(pulled: Backend) -> None:
    lead = pulled.lead(1)
    taken = pulled.pull("ana")
    assert pulled.patch(f"/v1/leads/{lead}", {"first_name": "Eva"}, user="ana")["status"] == "leased"
    assert pulled.pull("ana")["lease"] == taken["lease"]
    assert pulled.dispose(lead, "sold", "ana", lease_token=taken["lease"]["token"]).status == 200


def test_an_edit_that_somebody_overtakes_is_made_on_what_they_left(pulled: Backend) -> None:
    lead = pulled.lead(1)
    overtaken = [True]

    def overtake(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems" and overtaken:
            overtaken.clear()
            pulled.post(f"/v1/leads/{lead}/transfer", {"to": "ana"})

    pulled.strict.faults.append(overtake)
    edited = pulled.patch(f"/v1/leads/{lead}", {"first_name": "Eva"})
    assert (edited["owner"], edited["first_name"]) == ("ana", "Eva")
    assert pulled.shown(lead)["owner"] == "ana"


# -- explain ---------------------------------------------------------------------------------------------------


def test_explain_says_what_would_happen_and_changes_nothing(company: Backend) -> None:
    company.push("to-denver", ["denver"], criteria=[{"field": "state", "operator": "equals", "value": "CO"}])
    company.push("denver-users", ["ana", "ben"], "denver")
    company.pull_strategy("all")
    company.settle()
    before = company.typed()
    pushed = company.post("/v1/explain", {"lead": {**lead_body(), "state": "CO"}}).json
    assert set(pushed) == {"push", "pull"}
    assert (pushed["push"]["outcome"], pushed["push"]["account"]) == ("assigned", "denver")
    assert pushed["push"]["next"]["account"] == "ana"
    assert (pushed["pull"]["filed"], pushed["pull"]["reason"]) == (False, "owned")
    filed = company.post("/v1/explain", {"lead": lead_body(), "as_user": "cho"}).json
    assert filed["push"]["outcome"] == "no_strategy"
    assert filed["pull"]["filed"] is True
    assert filed["pull"]["serving_strategy"] == "all"
    assert filed["pull"]["available_at"] == "2026-03-04T15:00:00Z"
    after = {key: item for key, item in company.typed().items() if not key[0].startswith("PRESENCE#")}
    assert after == {key: item for key, item in before.items() if not key[0].startswith("PRESENCE#")}
    for state in ("CO", "UT"):
        explained = company.post("/v1/explain", {"lead": {**lead_body(), "state": state}}).json
        lead = company.lead(7, state=state)
        events = [each for each in company.timeline(lead) if "decision" in each]
        assert events[0]["decision"] == explained["push"]


def test_explain_at_another_time_answers_for_that_time(company: Backend) -> None:
    company.pull_strategy(
        "young", criteria=[{"field": "created_at", "operator": "within_last", "value": "PT1H"}]
    )
    company.push("users", ["ana", "ben"])
    company.settle()
    company.lead(1)
    asked = {"lead": lead_body()}
    assert company.post("/v1/explain", asked)["push"]["account"] == "ben"
    tomorrow = company.post("/v1/explain", {**asked, "at": "2026-03-05T15:00:00+01:00"})
    assert tomorrow["push"]["account"] == "ana"
    assert tomorrow["push"]["strategies"][0]["recipients"][0]["day"] == 0


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("lead", "required")]),
        ({"lead": []}, [("lead", "wrong_type")]),
        ({"lead": {}}, [("lead.phone", "unusable")]),
        ({"lead": {**lead_body(), "record_type": "nothing"}}, [("lead.record_type", "unknown")]),
        ({"lead": {**lead_body(), "source": "nothing"}}, [("lead.source", "unknown")]),
        ({"lead": {**lead_body(), "source": 5}}, [("lead.source", "unknown")]),
        ({"lead": lead_body(), "as_user": "nobody"}, [("as_user", "unknown")]),
        ({"lead": lead_body(), "as_user": 5}, [("as_user", "wrong_type")]),
        ({"lead": lead_body(), "at": "2026-03-05T15:00:00"}, [("at", "not_a_time")]),
        ({"lead": lead_body(), "at": "tomorrow"}, [("at", "not_a_time")]),
        ({"lead": lead_body(), "at": 1772636400}, [("at", "not_a_time")]),
        ({"lead": lead_body(), "at": "0001-01-01T00:00:00+14:00"}, [("at", "not_a_time")]),
        ({"lead": lead_body(), "colour": "red"}, [("colour", "unknown_key")]),
    ],
)
def test_a_wrong_question_is_refused(company: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    company.invalid("POST", "/v1/explain", body, *errors)


@pytest.mark.parametrize("at", ["0001-01-02T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"])
def test_a_moment_at_the_end_of_time_is_explained_or_refused(company: Backend, at: str) -> None:
    company.push("users", ["ana"], "denver", reset_interval="last_7_days")
    company.save("sources", "denver", name="Denver", owner="denver")
    answer = company.post("/v1/explain", {"lead": {**lead_body(), "source": "denver"}, "at": at})
    assert answer.status in (200, 422), answer.json


def test_a_callback_of_ones_own_moves_with_the_place_of_its_lead(company: Backend) -> None:
    """Its owner is not given it outside the hours of where it is by now."""
    lead = company.lead(1, user="ana", owner="me", state="CA", postal_code="90001")
    company.dispose(lead, "call-back", "ana", callback_at="2026-03-05T03:00:00Z")
    company.patch(f"/v1/leads/{lead}", {"state": "FL", "postal_code": "33101"})
    company.at("2026-03-05T03:00:00Z")  # 22:00 in Miami, 19:00 in Los Angeles
    assert company.pull("ana")["retry_at"] == "2026-03-05T13:00:00Z"


def test_a_lead_whose_phone_was_called_too_often_is_free_under_another_number(company: Backend) -> None:
    company.pull_strategy("all", calling_hours=True, cool_down_minutes=0)
    company.settle()
    lead = company.lead(1, phone="4055550123")
    for user in ("ana", "ben", "ana"):
        token = company.pull(user)["lease"]["token"]
        company.dispose(lead, "no-answer", user, lease_token=token)
    assert company.pull("ben")["lead"] is None
    company.patch(f"/v1/leads/{lead}", {"first_name": "Lee"})
    assert company.shown(lead)["status"] == "cooling"
    company.patch(f"/v1/leads/{lead}", {"phone": "4055550124"})
    assert company.pull("ben")["lead"]["id"] == lead
