"""What nobody may find out, take or undo who has no right to: leads of others, their vendors', their accounts."""

from typing import Any

import pytest

from tests.functional.backend import Backend, lead_body

ORDER = {"external_id": "ORDER-1001", "first_name": "Vera", "phone": "303-555-0123"}


@pytest.fixture
def vendors(company: Backend) -> Backend:
    """A vendor for the company, one for Denver, one for Dallas."""

    def build() -> None:
        for name, owner in (("vendor", "corporate"), ("denver-web", "denver"), ("dallas-web", "dallas")):
            company.save("sources", name, name=name, owner=owner)

    return company.prepared("vendors", build)


# -- sources, and who was first ----------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["ana", "mia"])
@pytest.mark.parametrize("source", ["vendor", "dallas-web", "nothing"])
def test_a_user_names_only_sources_in_their_charge(vendors: Backend, user: str, source: str) -> None:
    body = {**ORDER, "source": source, "owner": "me"}
    answer = vendors.invalid("POST", "/v1/leads", body, ("source", "unknown"), user=user)
    assert "vendor" not in str(answer.json)


def test_a_manager_names_the_sources_of_their_branch(vendors: Backend) -> None:
    answer = vendors.post("/v1/leads", {**ORDER, "source": "denver-web"}, user="mia")
    assert (answer.status, answer["duplicate"]) == (201, False)
    vendors.invalid(
        "POST",
        "/v1/leads",
        {**ORDER, "source": "denver-web", "owner": "me"},
        ("source", "unknown"),
        user="ana",
    )


def test_nobody_takes_a_vendors_lead_before_it_comes(vendors: Backend) -> None:
    """Whoever knows the vendor's number, from the API's own source or as an admin: the vendor's lead is its own."""
    for user, body in (
        ("ana", {"owner": "me"}),
        ("mia", {"source": "denver-web"}),
        ("admin", {"source": "denver-web"}),
        ("admin", {"source": "denver-web", "owner": "me"}),
    ):
        assert vendors.post("/v1/leads", {**ORDER, **body}, user=user).status in (200, 201)
    key = vendors.key("denver-web")
    answer = vendors.post("/v1/intake/denver-web", ORDER, user=None, headers={"x-api-key": key})
    assert (answer.status, answer["duplicate"]) == (201, False)
    vendors.settle()
    assert vendors.shown(answer["lead_id"])["phone"] == "+13035550123"


def test_users_do_not_meet_under_one_external_id(vendors: Backend) -> None:
    mine = vendors.post("/v1/leads", {**ORDER, "owner": "me"}, user="ana")
    other = vendors.post("/v1/leads", {**ORDER, "owner": "me"}, user="ben")
    again = vendors.post("/v1/leads", {**ORDER, "owner": "me"}, user="ana")
    assert [each.status for each in (mine, other, again)] == [201, 201, 200]
    assert mine["lead_id"] == again["lead_id"] != other["lead_id"]


def test_managers_of_two_branches_and_admins_do_not_meet_under_api(vendors: Backend) -> None:
    """None of them sees what another brought for the company: it must not be their lead that is a duplicate."""
    vendors.user("moe", "dallas", "manager")
    vendors.user("may", "denver", "manager")
    leads = {user: vendors.post("/v1/leads", ORDER, user=user) for user in ("mia", "moe", "admin")}
    assert [each.status for each in leads.values()] == [201, 201, 201]
    assert len({each["lead_id"] for each in leads.values()}) == 3
    again = vendors.post("/v1/leads", ORDER, user="may")
    assert (again.status, again["lead_id"]) == (200, leads["mia"]["lead_id"])


def test_who_has_an_id_that_was_somebody_elses_does_not_meet_their_leads(vendors: Backend) -> None:
    first = vendors.post("/v1/leads", {**ORDER, "owner": "me"}, user="ben")["lead_id"]
    vendors.settle()
    vendors.dispose(first, "sold", "ben")
    assert vendors.delete("/v1/accounts/ben").status == 204
    vendors.settle()
    vendors.at("2026-03-04T16:00:00Z")
    vendors.user("ben", "denver")
    again = vendors.post("/v1/leads", {**ORDER, "owner": "me"}, user="ben")
    assert (again.status, again["lead_id"] == first) == (201, False)


def test_who_has_an_id_that_was_somebody_elses_begins_with_a_presence_of_their_own(pulled: Backend) -> None:
    lead, token = pulled.lent("ana")
    pulled.put("/v1/presence", {"available": False}, user="ana")
    pulled.refused(409, "in_use", "DELETE", "/v1/accounts/ana")
    pulled.dispose(lead, "sold", "ana", lease_token=token)
    assert pulled.delete("/v1/accounts/ana").status == 204
    pulled.user("ana", "denver")
    [presence] = [item for item in pulled.of("PRESENCE") if item["SK"] == "ana"] or [{}]
    assert presence == {}


def test_differing_repeats_are_kept_up_to_a_bound(vendors: Backend) -> None:
    lead = vendors.post("/v1/leads", {**ORDER, "owner": "me"}, user="ana")["lead_id"]
    for number in range(25):
        answer = vendors.post("/v1/leads", {**ORDER, "owner": "me", "last_name": f"N{number}"}, user="ana")
        assert [each["code"] for each in answer["warnings"]] == ["differs"]
    vendors.settle()
    assert [each["event"] for each in vendors.timeline(lead)].count("repeated") == 20


def test_a_lead_id_does_not_follow_from_what_others_know(vendors: Backend) -> None:
    import hashlib

    lead = vendors.post("/v1/leads", {**ORDER, "owner": "me"}, user="ana")["lead_id"]
    for text in ("api\0ORDER-1001", "api\0user ana\0ORDER-1001", "lead\0api\0user ana\0ORDER-1001"):
        assert hashlib.sha256(text.encode()).hexdigest()[:24] not in lead


def test_a_repeat_that_differs_is_kept_as_received_once(vendors: Backend) -> None:
    key = {"x-api-key": vendors.key("vendor")}
    lead = vendors.post("/v1/intake/vendor", ORDER, user=None, headers=key)["lead_id"]
    vendors.settle()
    other = {**ORDER, "phone": "303-555-0199"}
    for _ in range(2):
        answer = vendors.post("/v1/intake/vendor", other, user=None, headers=key)
        assert (answer.status, [each["code"] for each in answer["warnings"]]) == (200, ["differs"])
    assert vendors.post("/v1/intake/vendor", ORDER, user=None, headers=key)["warnings"] == []
    kept = [each for each in vendors.timeline(lead) if each["event"] == "repeated"]
    assert [each["as_received"] for each in kept] == [other]
    assert vendors.shown(lead)["phone"] == "+13035550123"


@pytest.mark.parametrize("name", ["api_key", "API_KEY", "Api_Key"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_sources_key_is_not_kept_with_the_lead(vendors: Backend, name: str, inside: bool) -> None:
    key = vendors.key("vendor")
    body: dict[str, Any] = {**ORDER, **({"fields": {name: key, "note": "x"}} if inside else {name: key})}
    answer = vendors.post("/v1/intake/vendor", body, user=None, headers={"x-api-key": key})
    assert answer.status == 201, answer.json
    vendors.settle()
    assert key not in str(vendors.timeline(answer["lead_id"]))
    assert key not in str(vendors.shown(answer["lead_id"]))


@pytest.mark.parametrize(
    "where",
    [
        lambda key: {"token": key},
        lambda key: {"last_name": f"Vera {key}"},
        lambda key: {"fields": {"auth": {"headers": [f"X-Api-Key: {key}"]}}},
        lambda key: {"fields": {key: "x"}},
        lambda key: {"note": [[key]]},
    ],
)
def test_the_key_that_was_shown_is_taken_out_wherever_it_stands(vendors: Backend, where: Any) -> None:
    key = vendors.key("vendor")
    body = {**ORDER, **where(key)}
    answer = vendors.post("/v1/intake/vendor", body, user=None, headers={"x-api-key": key})
    assert answer.status == 201, answer.json
    vendors.settle()
    kept = [*vendors.timeline(answer["lead_id"]), vendors.shown(answer["lead_id"]), answer.json]
    assert key not in str(kept)
    assert all(key not in str(item) for item in vendors.items().values())


# -- accounts elsewhere ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["cho", "dallas", "nobody"])
def test_who_works_elsewhere_is_not_to_be_found_out(company: Backend, other: str) -> None:
    lead = company.lead(1, user="ana", owner="me")
    for method, path, body in (
        ("GET", f"/v1/leads?owner={other}", None),
        ("GET", f"/v1/appointments?user={other}", None),
        ("POST", f"/v1/leads/{lead}/transfer", {"to": other}),
        ("POST", "/v1/accounts/ana/reassign", {"to": other}),
    ):
        answer = company.refused(403, "forbidden", method, path, body, user="mia")
        assert answer["detail"] == "You may name accounts in your charge only."
    company.invalid(
        "POST", "/v1/explain", {"lead": lead_body(), "as_user": other}, ("as_user", "unknown"), user="mia"
    )
    company.refused(404, "not_found", "POST", f"/v1/accounts/{other}/reassign", {"to": "ana"}, user="mia")


def test_a_manager_does_not_see_the_addresses_of_others_webhooks(company: Backend) -> None:
    hook = {"webhook": "https://hooks.example.com/secret"}
    company.user("ana", "denver", notify=hook)
    company.user("mia", "denver", "manager", notify=hook)
    assert company.get("/v1/accounts/ana")["notify"]["webhook"] == hook["webhook"]
    assert company.get("/v1/accounts/ana", user="mia")["notify"]["webhook"] is None
    listed = {
        each["id"]: each["notify"]["webhook"] for each in company.get("/v1/accounts", user="mia")["items"]
    }
    assert (listed["ana"], listed["mia"]) == (None, hook["webhook"])


@pytest.mark.parametrize(("user", "code"), [("gone", "account_disabled"), ("nobody", "no_account")])
def test_the_description_of_the_api_is_for_users(company: Backend, user: str, code: str) -> None:
    company.user("gone", "denver", enabled=False)
    company.refused(403, code, "GET", "/v1/openapi.json", user=user)


def test_an_account_that_comes_back_is_somebody_else(company: Backend) -> None:
    company.push("to-ben", ["ben"])
    company.settle()
    lead = company.lead(1)
    company.project()
    [told] = company.get("/v1/notifications", user="ben")["items"]
    company.delete("/v1/push-strategies/to-ben")
    company.dispose(lead, "sold", "ben")
    company.at("2026-03-04T16:00:00Z")
    assert company.delete("/v1/accounts/ben").status == 204
    company.settle()
    company.at("2026-03-04T17:00:00Z")
    company.user("ben", "denver")
    answer = company.get("/v1/notifications", user="ben")
    assert (answer["items"], answer["unread"]) == ([], 0)
    company.refused(404, "not_found", "POST", f"/v1/notifications/{told['id']}/read", user="ben")
    company.user("ben", "denver", email="ben@example.com")
    company.push("to-ben", ["ben"])
    company.settle()
    company.lead(2)
    company.project()
    assert len(company.get("/v1/notifications", user="ben")["items"]) == 1


# -- what explain tells a manager --------------------------------------------------------------------------------


def test_a_manager_is_told_of_others_strategies_only_where_the_lead_went(company: Backend) -> None:
    company.push(
        "company-wide", ["denver"], criteria=[{"field": "cost", "operator": "greater_than", "value": 5}]
    )
    company.push("denver-team", ["ana"], "denver")
    company.pull_strategy("company-pull")
    company.pull_strategy("denver-pull", ["denver"], "denver")
    company.settle()
    asked = {"lead": {**lead_body(), "cost": 9}}
    assert company.post("/v1/explain", asked)["push"]["strategy"] == "company-wide"
    told = company.post("/v1/explain", asked, user="mia").json
    hop = told["push"]
    assert (hop["outcome"], hop["account"], hop["strategy"], hop["strategies"]) == (
        "assigned",
        "denver",
        None,
        [],
    )
    assert (hop["next"]["strategy"], hop["next"]["account"]) == ("denver-team", "ana")
    assert "company-wide" not in str(told)
    company.delete("/v1/push-strategies/denver-team")
    told = company.post("/v1/explain", {**asked, "as_user": "ana"}, user="mia").json
    assert [each["id"] for each in told["pull"]["strategies"]] == ["denver-pull"]
    held = company.post("/v1/explain", {"lead": lead_body()}, user="mia").json
    assert "company-pull" not in str(held)


def test_a_manager_is_not_told_which_of_others_strategies_serves(company: Backend) -> None:
    company.pull_strategy("company-pull")
    company.settle()
    asked = {"lead": lead_body(), "as_user": "ana"}
    assert company.post("/v1/explain", asked)["pull"]["serving_strategy"] == "company-pull"
    assert "company-pull" not in str(company.post("/v1/explain", asked, user="mia").json)


def test_the_timeline_tells_of_others_strategies_only_where_the_lead_went(company: Backend) -> None:
    company.push("company-wide", ["denver", "dallas"])
    company.push("denver-team", ["ana"], "denver")
    company.push("dallas-team", ["cho"], "dallas")
    company.settle()
    lead = company.lead(1)
    whole = company.timeline(lead)
    assert "company-wide" in str(whole)
    assert "dallas" in str(whole)
    of_manager = company.get(f"/v1/leads/{lead}/timeline", user="mia")["items"]
    hop = next(each["decision"] for each in of_manager if each["event"] == "assigned")
    assert (hop["account"], hop["strategy"], hop["strategies"]) == ("denver", None, [])
    assert [each["id"] for each in hop["next"]["strategies"]] == ["denver-team"]
    of_rep = company.get(f"/v1/leads/{lead}/timeline", user="ana")["items"]
    hop = next(each["decision"] for each in of_rep if each["event"] == "assigned")
    assert (hop["next"]["account"], hop["next"]["strategy"], hop["next"]["strategies"]) == (
        "ana",
        "denver-team",
        [],
    )
    for told in (of_manager, of_rep):
        assert not any(each in str(told) for each in ("company-wide", "dallas"))


def test_whose_a_decision_was_is_as_it_was_when_it_was_made(company: Backend) -> None:
    """Not as its strategies stand now: one may be gone, or be saved for another account under its id."""
    company.save("sources", "denver-web", name="Web", owner="denver")
    company.push("denver-team", ["ana"], "denver")
    company.push("company-wide", ["denver"])
    company.settle()
    own, from_above = company.lead(1, source="denver-web"), company.lead(2)
    assert company.delete("/v1/push-strategies/denver-team").status == 204
    company.push("company-wide", ["ana"], "denver")
    company.settle()

    def first_hop(lead: str) -> list[str]:
        items = company.get(f"/v1/leads/{lead}/timeline", user="mia")["items"]
        decision = next(each["decision"] for each in items if each["event"] == "assigned")
        return [each["id"] for each in decision["strategies"]]

    assert (first_hop(own), first_hop(from_above)) == (["denver-team"], [])


def test_a_filing_is_told_as_far_as_its_strategies_are_in_charge(company: Backend) -> None:
    company.save("sources", "denver-web", name="Web", owner="denver")
    company.pull_strategy("company-pull", priority=1)
    company.pull_strategy("denver-pull", ["denver"], "denver", priority=2)
    company.settle()
    lead = company.lead(1, source="denver-web")
    filing = next(each["filing"] for each in company.timeline(lead) if "filing" in each)
    assert ([each["id"] for each in filing["strategies"]], filing["rank"]) == (
        ["company-pull", "denver-pull"],
        "000001~company-pull",
    )
    told = company.get(f"/v1/leads/{lead}/timeline", user="mia")["items"]
    filing = next(each["filing"] for each in told if "filing" in each)
    assert ([each["id"] for each in filing["strategies"]], filing["rank"]) == (["denver-pull"], None)
    assert "company-pull" not in str(told)


def test_a_pull_is_told_to_others_without_the_strategies_that_brought_it(company: Backend) -> None:
    company.save("sources", "denver-web", name="Web", owner="denver")
    company.pull_strategy("company-pull", priority=1)
    company.pull_strategy("denver-pull", ["denver"], "denver", priority=2)
    company.settle()
    lead, token = company.lent("ana", source="denver-web")

    def pull_as_told(user: str) -> dict[str, Any]:
        items = company.get(f"/v1/leads/{lead}/timeline", user=user)["items"]
        return next(each for each in items if each["event"] == "pulled")

    whole = pull_as_told("admin")
    assert (whole["strategy"], whole["reason"]["matched"]) == (
        "company-pull",
        ["company-pull", "denver-pull"],
    )
    theirs = pull_as_told("ana")
    assert (theirs["strategy"], theirs["reason"]["strategy"]) == ("company-pull", "company-pull")
    assert theirs["reason"]["matched"] == ["company-pull"]
    managers = pull_as_told("mia")
    assert (managers["holder"], managers["strategy"], managers["reason"]["matched"]) == (
        "ana",
        None,
        ["denver-pull"],
    )
    assert "company-pull" not in str(managers)
    company.dispose(lead, "no-answer", "ana", lease_token=token)
    company.post(f"/v1/leads/{lead}/transfer", {"to": "cho"})
    for user in ("max", "cho"):
        told = company.get(f"/v1/leads/{lead}/timeline", user=user)["items"]
        assert pull_as_told(user)["holder"] == "ana"
        assert not any(each in str(told) for each in ("company-pull", "denver-pull", "000001"))


def test_a_manager_looks_into_no_others_strategy(company: Backend) -> None:
    company.push("dallas-team", ["cho"], "dallas")
    for name in ("dallas-team", "nothing"):
        company.refused(404, "not_found", "GET", f"/v1/push-strategies/{name}/state", user="mia")


# -- leads that are not the asker's ------------------------------------------------------------------------------


LEAD_REQUESTS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "", None),
    ("GET", "/timeline", None),
    ("PATCH", "", {"first_name": "x"}),
    ("PATCH", "", {"phone": "1"}),
    ("POST", "/dispositions", {"disposition": "sold"}),
    ("POST", "/dispositions", {"disposition": "nothing"}),
    ("POST", "/dispositions", {"disposition": "call-back"}),
    ("POST", "/dispositions", {"disposition": "sold", "lease_token": "x"}),
    ("POST", "/notes", {"note": "x"}),
    ("POST", "/lease", {"lease_token": "x"}),
    ("POST", "/appointments", {"starts_at": "2020-01-01T00:00:00Z"}),
    ("POST", "/appointments", {"starts_at": "2026-03-05T15:00:00Z"}),
    ("DELETE", "/appointments/a1", None),
)


@pytest.mark.parametrize("user", ["ben", "cho", "max"])
@pytest.mark.parametrize(("method", "path", "body"), LEAD_REQUESTS)
def test_a_lead_that_is_not_theirs_looks_as_if_it_were_not_there(
    company: Backend, user: str, method: str, path: str, body: Any
) -> None:
    lead = company.lead(1, user="ana", owner="me")
    theirs = company.refused(404, "not_found", method, f"/v1/leads/{lead}{path}", body, user=user)
    nobodys = company.refused(404, "not_found", method, f"/v1/leads/L{'0' * 24}{path}", body, user=user)
    assert theirs.json == nobodys.json


@pytest.mark.parametrize("user", ["ben", "ana"])
def test_a_rep_learns_nothing_by_trying_to_transfer(company: Backend, user: str) -> None:
    lead = company.lead(1, user="ana", owner="me")
    answers = [
        company.refused(403, "forbidden", "POST", f"/v1/leads/{each}/transfer", {"to": to}, user=user).json
        for each in (lead, f"L{'0' * 24}")
        for to in ("ben", "nobody")
    ]
    assert all(each == answers[0] for each in answers)


@pytest.fixture
def pulled(company: Backend) -> Backend:
    return company.prepared("everybody pulls", lambda: company.pull_strategy("all", cool_down_minutes=0))


def test_who_had_a_lead_is_told_again_what_they_recorded_and_no_more(pulled: Backend) -> None:
    lead, token = pulled.lent("ana", phone="303-555-0130")
    first = pulled.dispose(lead, "no-answer", "ana", lease_token=token)
    assert first["phone"] == "+13035550130"
    assert pulled.pull("cho")["lead"]["id"] == lead
    pulled.patch(f"/v1/leads/{lead}", {"phone": "303-555-0131", "last_name": "Secret"}, user="cho")
    again = pulled.dispose(lead, "no-answer", "ana", lease_token=token)
    assert again.status == 200
    assert {"attempts", "status", "available_at"} <= again.json.keys()
    assert (again["id"], again["attempts"], again["last_disposition"]) == (lead, 1, "no-answer")
    assert not {"phone", "email", "first_name", "last_name", "fields"} & again.json.keys()
    assert "Secret" not in str(again.json)
    other = pulled.dispose(lead, "sold", "ana", lease_token=token)
    assert (other.status, other["recorded"], other["lead"].keys()) == (409, "no-answer", {"id", "status"})


def test_who_records_late_is_not_told_what_was_edited_since(pulled: Backend) -> None:
    lead, token = pulled.lent("ana")
    pulled.at("2026-03-04T15:20:00Z")
    pulled.patch(f"/v1/leads/{lead}", {"last_name": "Secret"})
    for _ in range(2):
        answer = pulled.dispose(lead, "no-answer", "ana", lease_token=token)
        assert (answer.status, answer["status"]) == (200, "ready")
        assert "Secret" not in str(answer.json)


def test_who_records_late_is_not_told_where_an_edit_put_the_lead(pulled: Backend) -> None:
    """A calling class follows from the phone and the state."""
    lead, token = pulled.lent("ana", state="CO", phone="303-555-0130")
    pulled.at("2026-03-04T15:20:00Z")
    pulled.patch(f"/v1/leads/{lead}", {"state": "FL", "phone": "305-555-0131"})
    first, again = (pulled.dispose(lead, "no-answer", "ana", lease_token=token) for _ in range(2))
    assert (first.status, first.json) == (200, again.json)
    assert "FL" in pulled.shown(lead)["calling_class"]
    assert "FL" not in str(first.json)


def anew(backend: Backend, name: str, at: str) -> None:
    """The account is deleted, and somebody else gets its id at that time."""
    assert backend.delete(f"/v1/accounts/{name}").status == 204
    backend.settle()
    backend.at(at)
    backend.user(name, "denver")
    backend.settle()


def test_who_has_an_id_that_was_somebody_elses_does_not_know_their_closed_leads(pulled: Backend) -> None:
    lead = pulled.lead(1, user="ana", owner="me")
    pulled.dispose(lead, "sold", "ana")
    anew(pulled, "ana", "2026-03-04T16:00:00Z")
    for method, path, body in LEAD_REQUESTS:
        pulled.refused(404, "not_found", method, f"/v1/leads/{lead}{path}", body, user="ana")
    for query in ("owner=me", "mine=true", "email=lead1@example.com"):
        assert pulled.listed(query, "ana") == []
    assert pulled.shown(lead, "mia")["owner"] == "ana"


def test_who_has_an_id_that_was_somebody_elses_does_not_end_their_lapsed_lease(pulled: Backend) -> None:
    lead, _ = pulled.lent("ana")
    pulled.at("2026-03-04T15:20:00Z")
    anew(pulled, "ana", "2026-03-04T16:00:00Z")
    assert pulled.dispose(lead, "sold", "ana").status == 404


def test_who_has_an_id_that_was_somebody_elses_does_not_work_what_they_left(pulled: Backend) -> None:
    lead, token = pulled.lent("ana")
    pulled.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T16:00:00Z")
    pulled.at("2026-03-04T17:30:00Z")
    pulled.tick()
    anew(pulled, "ana", "2026-03-04T18:00:00Z")
    pulled.pull_strategy("all", max_attempts=1)  # the lead is filed anew since
    pulled.settle()
    assert pulled.dispose(lead, "sold", "ana").status == 404


def test_who_moved_away_does_not_work_what_they_left(pulled: Backend) -> None:
    """Whose callback lapsed may say what came of it, while they could still have the lead."""
    pulled.save("sources", "denver-web", name="Web", owner="denver")
    pulled.pull_strategy("denver-pull", ["denver"], "denver")
    pulled.settle()
    lead, token = pulled.lent("ana", source="denver-web")
    pulled.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T16:00:00Z")
    pulled.at("2026-03-04T17:30:00Z")
    pulled.tick()
    pulled.user("ana", "dallas")
    pulled.settle()
    assert pulled.dispose(lead, "sold", "ana").status == 404
    pulled.user("ana", "denver")
    pulled.settle()
    assert pulled.dispose(lead, "sold", "ana").status == 200


# -- leases ------------------------------------------------------------------------------------------------------


def extended(backend: Backend, lead: str, token: str, user: str = "ana") -> Any:
    return backend.post(f"/v1/leads/{lead}/lease", {"lease_token": token}, user=user)


def test_a_lease_has_at_most_four_lengths(pulled: Backend) -> None:
    lead, token = pulled.lent("ana")
    for at, until in (("15:10", "15:25"), ("15:20", "15:35"), ("15:34", "15:49"), ("15:48", "16:00")):
        pulled.at(f"2026-03-04T{at}:00Z")
        answer = extended(pulled, lead, token)
        assert answer["lease"]["expires_at"] == f"2026-03-04T{until}:00Z"
    pulled.at("2026-03-04T15:59:00Z")
    pulled.refused(409, "lease_limit", "POST", f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    assert pulled.dispose(lead, "sold", "ana", lease_token=token).status == 200


def test_time_for_which_it_had_lapsed_does_not_count(pulled: Backend) -> None:
    pulled.pull_strategy("all", cool_down_minutes=0, max_lease_lengths=2)
    pulled.settle()
    lead, token = pulled.lent("ana")
    pulled.at("2026-03-04T17:00:00Z")
    assert extended(pulled, lead, token)["lease"]["expires_at"] == "2026-03-04T17:15:00Z"
    pulled.at("2026-03-04T17:30:00Z")
    pulled.refused(409, "lease_limit", "POST", f"/v1/leads/{lead}/lease", {"lease_token": token}, user="ana")
    assert pulled.pull("cho")["lead"]["id"] == lead


def test_who_may_not_pull_it_any_more_cannot_extend(company: Backend) -> None:
    company.save("sources", "denver-web", name="Web", owner="denver")
    company.pull_strategy("denver-pull", ["denver"], "denver")
    company.settle()
    lead, token = company.lent("ana", source="denver-web")
    company.user("ana", "dallas")
    company.settle()
    body = {"lease_token": token}
    company.refused(409, "not_served", "POST", f"/v1/leads/{lead}/lease", body, user="ana")
    company.put("/v1/do-not-call/3035550101", {})
    company.at("2026-03-04T16:00:00Z")
    company.refused(404, "not_found", "POST", f"/v1/leads/{lead}/lease", body, user="ana")
    assert company.dispose(lead, "sold", "ana", lease_token=token).status == 200


def test_a_lease_goes_on_while_any_strategy_still_lends_the_lead(pulled: Backend) -> None:
    """Its own may be switched off, or name others by now."""
    pulled.pull_strategy("best", priority=1)
    pulled.settle()
    lead, token = pulled.lent("ana")
    pulled.pull_strategy("best", ["dallas"], priority=1)
    pulled.settle()
    pulled.at("2026-03-04T15:10:00Z")
    assert extended(pulled, lead, token)["lease"]["expires_at"] == "2026-03-04T15:25:00Z"
    pulled.pull_strategy("best", priority=1, enabled=False)
    pulled.settle()
    assert extended(pulled, lead, token).status == 200
    pulled.pull_strategy("all", enabled=False)
    pulled.settle()
    body = {"lease_token": token}
    pulled.refused(409, "not_served", "POST", f"/v1/leads/{lead}/lease", body, user="ana")


def test_a_strategy_extends_what_it_lent_though_the_pull_took_the_lead_out_of_it(company: Backend) -> None:
    never_pulled = [{"field": "pull_count", "operator": "less_than", "value": 1}]
    company.pull_strategy("first", criteria=never_pulled)
    company.settle()
    lead, token = company.lent("ana")
    company.pull_strategy("others", ["dallas"])  # every lead is filed anew
    company.settle()
    company.at("2026-03-04T15:10:00Z")
    assert extended(company, lead, token)["lease"]["expires_at"] == "2026-03-04T15:25:00Z"
    company.delete("/v1/pull-strategies/first")
    company.settle()
    body = {"lease_token": token}
    company.refused(409, "not_served", "POST", f"/v1/leads/{lead}/lease", body, user="ana")


def test_an_extension_is_as_long_as_the_strategy_lends_that_still_does(pulled: Backend) -> None:
    pulled.pull_strategy("best", priority=1, lease_minutes=5)
    pulled.settle()
    lead, token = pulled.lent("ana")
    pulled.pull_strategy("best", priority=1, lease_minutes=5, enabled=False)
    pulled.settle()
    pulled.at("2026-03-04T15:04:00Z")
    assert extended(pulled, lead, token)["lease"]["expires_at"] == "2026-03-04T15:19:00Z"


# -- a manager's reach -------------------------------------------------------------------------------------------


def test_a_manager_does_not_take_the_companys_leads(pulled: Backend) -> None:
    lead, token = pulled.lent("mia")
    for to in ("mia", "ana", "denver"):
        pulled.refused(403, "forbidden", "POST", f"/v1/leads/{lead}/transfer", {"to": to}, user="mia")
    assert pulled.dispose(lead, "contacted", "mia", lease_token=token)["owner"] == "mia"


@pytest.mark.parametrize("to", [{"to": "mia"}, {"to": "denver"}, {"distribute": True}])
@pytest.mark.parametrize("promised", [False, True])
def test_a_managers_leaver_leaves_the_companys_leads_with_the_company(
    pulled: Backend, to: dict[str, Any], promised: bool
) -> None:
    lead, token = pulled.lent("ana", state="CO")
    if promised:
        pulled.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-04T18:00:00Z")
    own = pulled.lead(2, user="ana", owner="me")
    assert pulled.post("/v1/accounts/ana/reassign", to, user="mia")["leads"] == 2
    pulled.settle()
    shown = pulled.shown(lead)
    assert (shown["owner"], shown["holder"], shown["callback_for"]) == ("corporate", None, None)
    assert shown["status"] in ("ready", "cooling")
    assert pulled.shown(own)["owner"] == to.get("to", "denver")
    pulled.settle()
    if not promised:
        assert pulled.pull("cho")["lead"]["id"] == lead


def test_an_edit_says_what_it_changed(company: Backend) -> None:
    company.save("record-types", "lead", name="Lead", fields=[{"name": "amount", "type": "number"}])
    company.settle()
    lead = company.lead(1, phone="303-555-0130")
    patch = {"phone": "303-555-0131", "fields": {"amount": 5}}
    assert company.patch(f"/v1/leads/{lead}", patch).status == 200
    edited = next(each for each in company.timeline(lead) if each["event"] == "edited")
    assert edited["changed"] == ["fields.amount", "phone"]
    assert edited["before"] == {"fields.amount": None, "phone": "+13035550130"}
    assert edited["now"] == {"fields.amount": 5, "phone": "+13035550131"}
