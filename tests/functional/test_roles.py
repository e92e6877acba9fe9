"""Who may do what: by the account's own role, place and state, from the next call on."""

from typing import Any

import pytest

from tests.functional.backend import Backend, filled, lead_body
from tests.functional.bodies import KINDS, LEAST
from tools import template

SIGNED_IN = sorted(
    (each.method, each.path)
    for each in template.routes()
    if not each.public and each.path != "/v1/openapi.json"
)
BODIES: dict[str, Any] = {
    "POST /v1/leads": {**lead_body(), "owner": "me"},
    "POST /v1/leads/{id}/dispositions": {"disposition": "sold"},
    "POST /v1/leads/{id}/calls": {},
    "POST /v1/leads/{id}/notes": {"note": "x"},
    "POST /v1/leads/{id}/appointments": {"starts_at": "2026-03-05T15:00:00Z"},
    "POST /v1/leads/{id}/lease": {"lease_token": "x"},
    "POST /v1/leads/{id}/transfer": {"to": "ana"},
    "PATCH /v1/leads/{id}": {"first_name": "x"},
    "PUT /v1/presence": {"available": True},
    "PUT /v1/accounts/{id}/presence": {"available": True},
    "POST /v1/notifications/read": {"up_to": "9"},
    "PATCH /v1/me": {"notify": {"email": True}},
    "POST /v1/accounts/{id}/reassign": {"to": "ana"},
    "POST /v1/explain": {"lead": lead_body()},
    "POST /v1/transfers": {"leads": ["x"], "to": "ana"},
}


def asked(method: str, path: str) -> tuple[str, str, Any]:
    body = BODIES.get(f"{method} {path}")
    kind = path.split("/")[2]
    if body is None and method == "PUT" and kind in KINDS:
        body = LEAST[kind]
    return method, filled(path), body


@pytest.mark.parametrize(
    ("user", "code"), [("stranger", "no_account"), ("gone", "account_disabled"), ("denver", "no_account")]
)
def test_a_token_of_no_account_or_of_a_disabled_one_may_do_nothing(
    company: Backend, user: str, code: str
) -> None:
    company.user("gone", "denver", "admin", enabled=False)
    company.settle()
    for method, path in SIGNED_IN:
        company.refused(403, code, *asked(method, path), user=user)


def test_without_a_token_the_gateway_refuses(company: Backend) -> None:
    for method, path in SIGNED_IN:
        answer = company.call(*asked(method, path), user=None)
        assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})


def test_a_disabled_account_is_refused_from_the_next_call_on_and_comes_back(company: Backend) -> None:
    assert company.get("/v1/me", user="ana").status == 200
    company.user("ana", "denver", enabled=False)
    company.refused(403, "account_disabled", "GET", "/v1/me", user="ana")
    company.user("ana", "denver")
    assert company.get("/v1/me", user="ana").status == 200


def test_a_changed_role_counts_from_the_next_call_on(company: Backend) -> None:
    company.refused(403, "forbidden", "GET", "/v1/sources", user="ana")
    company.user("ana", "denver", "manager")
    assert company.get("/v1/sources", user="ana").status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_only_an_admin_changes_the_set_up(company: Backend, kind: str) -> None:
    company.save(kind, "x1", **LEAST[kind])
    company.settle()
    for user in ("ana", "mia"):
        company.refused(403, "forbidden", "PUT", f"/v1/{kind}/x2", LEAST[kind], user=user)
        company.refused(403, "forbidden", "PUT", f"/v1/{kind}/x1", LEAST[kind], user=user)
        company.refused(403, "forbidden", "DELETE", f"/v1/{kind}/x1", user=user)
        company.refused(403, "forbidden", "GET", f"/v1/{kind}/x1/versions", user=user)
        # What exists and what does not is nobody's to find out who may not read it.
        company.refused(403, "forbidden", "DELETE", f"/v1/{kind}/nothing", user=user)
        # A body that is wrong too is none of theirs to hear about.
        company.refused(403, "forbidden", "PUT", f"/v1/{kind}/x2", {"colour": "red"}, user=user)
    if kind in ("dispositions", "record-types"):  # what reps work with
        return
    for path in ("/x1", "/nothing", *([""] if kind != "accounts" else [])):
        company.refused(403, "forbidden", "GET", f"/v1/{kind}{path}", user="ana")


def test_keys_and_resets_are_an_admins(company: Backend) -> None:
    company.push("users", ["ana"], "denver")
    company.settle()
    for user in ("ana", "mia"):
        company.refused(403, "forbidden", "POST", "/v1/sources/api/keys", {}, user=user)
        company.refused(403, "forbidden", "DELETE", "/v1/sources/api/keys/k1", user=user)
        company.refused(403, "forbidden", "POST", "/v1/push-strategies/users/reset", user=user)


def test_a_manager_reads_the_strategies_and_accounts_of_their_branch_and_below(company: Backend) -> None:
    company.branch("north", "denver")
    company.user("nia", "north")
    company.push("denver-users", ["ana"], "denver")
    company.push("north-users", ["nia"], "north")
    company.push("all", ["denver"])
    company.push("dallas-users", ["cho"], "dallas")
    for name in ("denver-users", "north-users"):
        assert company.get(f"/v1/push-strategies/{name}", user="mia").status == 200
        assert company.get(f"/v1/push-strategies/{name}/state", user="mia").status == 200
    company.refused(404, "not_found", "GET", "/v1/push-strategies/dallas-users", user="mia")
    answer = company.get("/v1/push-strategies/dallas-users/state", user="mia")
    assert answer.status in (403, 404)
    listed = company.get("/v1/push-strategies", user="mia")
    assert [each["id"] for each in listed["items"]] == ["denver-users", "north-users"]
    accounts = company.get("/v1/accounts", user="mia")
    assert [each["id"] for each in accounts["items"]] == ["ana", "ben", "denver", "mia", "nia", "north"]
    company.refused(404, "not_found", "GET", "/v1/accounts/cho", user="mia")
    dispositions = company.get("/v1/dispositions", user="mia")
    assert len(dispositions["items"]) == 10
    company.refused(403, "forbidden", "GET", "/v1/push-strategies/denver-users/state", user="ana")


# -- leads -----------------------------------------------------------------------------------------------------


@pytest.fixture
def leads(company: Backend) -> Backend:
    """One lead each of corporate, Denver, Dallas, ana and cho."""

    def build() -> None:
        for name in ("denver", "dallas"):
            company.save("sources", name, name=name, owner=name)
        company.pull_strategy("all")

    return company.prepared("roles", build)


def made(backend: Backend) -> dict[str, str]:
    found = {"corporate": backend.lead(1)}
    found["denver"] = backend.lead(2, source="denver")
    found["dallas"] = backend.lead(3, source="dallas")
    found["ana"] = backend.lead(4, user="ana", owner="me")
    found["cho"] = backend.lead(5, user="cho", owner="me")
    return found


VISIBLE = {
    "admin": {"corporate", "denver", "dallas", "ana", "cho"},
    "mia": {"denver", "ana"},
    "max": {"dallas", "cho"},
    "ana": {"ana"},
    "ben": set(),
}


def test_everybody_knows_of_the_leads_that_are_theirs_to_know_of(leads: Backend) -> None:
    found = made(leads)
    for user, visible in VISIBLE.items():
        for owner, lead in found.items():
            path = f"/v1/leads/{lead}"
            if owner in visible:
                for each in (path, f"{path}/timeline"):
                    assert leads.get(each, user=user).status == 200, (user, owner)
                assert leads.post(f"{path}/notes", {"note": "x"}, user=user).status == 201
                assert leads.patch(path, {"first_name": "X"}, user=user).status == 200
            else:
                leads.refused(404, "not_found", "GET", path, user=user)
                leads.refused(404, "not_found", "GET", f"{path}/timeline", user=user)
                leads.refused(404, "not_found", "POST", f"{path}/notes", {"note": "x"}, user=user)
                leads.refused(404, "not_found", "PATCH", path, {"first_name": "X"}, user=user)
                leads.refused(
                    404, "not_found", "POST", f"{path}/dispositions", {"disposition": "sold"}, user=user
                )
                leads.refused(404, "not_found", "POST", f"{path}/lease", {"lease_token": "x"}, user=user)
        listed = leads.get("/v1/leads", user=user)["items"]
        assert {each["owner"] for each in listed} == visible
        mine = leads.get("/v1/leads?mine=true", user=user)["items"]
        assert {each["owner"] for each in mine} == {user} & visible


def test_a_lead_that_is_not_there_is_as_one_that_is_not_yours(leads: Backend) -> None:
    for user in VISIBLE:
        leads.refused(404, "not_found", "GET", "/v1/leads/nothing", user=user)


def test_a_holder_knows_of_the_lead_while_they_hold_it(leads: Backend) -> None:
    found = made(leads)
    pulled = leads.pull("ben")
    lead = pulled["lead"]["id"]
    assert lead in (found["corporate"], found["denver"])
    assert leads.get(f"/v1/leads/{lead}", user="ben").status == 200
    mine = leads.get("/v1/leads?mine=true", user="ben")["items"]
    assert [each["id"] for each in mine] == [lead]
    leads.dispose(lead, "no-answer", "ben", lease_token=pulled["lease"]["token"])
    leads.refused(404, "not_found", "GET", f"/v1/leads/{lead}", user="ben")


def test_a_lead_with_somebody_else_is_not_a_managers_to_dispose_of(leads: Backend) -> None:
    lead = leads.lead(1, source="denver")
    token = leads.pull("ana")["lease"]["token"]
    answer = leads.refused(
        409, "leased", "POST", f"/v1/leads/{lead}/dispositions", {"disposition": "sold"}, user="mia"
    )
    assert answer["lead"] == {"id": lead, "status": "leased"}
    assert leads.dispose(lead, "no-answer", "ana", lease_token=token).status == 200
    assert leads.dispose(lead, "sold", "mia")["status"] == "closed"


@pytest.mark.parametrize("user", ["ana", "ben"])
def test_a_rep_transfers_nothing(leads: Backend, user: str) -> None:
    lead = leads.lead(4, user="ana", owner="me")
    leads.refused(403, "forbidden", "POST", f"/v1/leads/{lead}/transfer", {"to": "ben"}, user=user)


def test_a_manager_transfers_within_their_branch(leads: Backend) -> None:
    found = made(leads)
    leads.refused(
        403, "forbidden", "POST", f"/v1/leads/{found['denver']}/transfer", {"to": "cho"}, user="mia"
    )
    leads.refused(
        404, "not_found", "POST", f"/v1/leads/{found['dallas']}/transfer", {"to": "ana"}, user="mia"
    )
    answer = leads.post(f"/v1/leads/{found['denver']}/transfer", {"to": "ana"}, user="mia")
    assert (answer.status, answer["owner"]) == (200, "ana")


@pytest.mark.parametrize(
    ("user", "query", "status"),
    [
        ("ana", "owner=ana", 200),
        ("ana", "owner=me", 200),
        ("ana", "owner=ben", 403),
        ("ana", "owner=denver", 403),
        ("mia", "owner=ben", 200),
        ("mia", "owner=denver", 200),
        ("mia", "owner=cho", 403),
        ("mia", "owner=corporate", 403),
        ("admin", "owner=corporate", 200),
        ("admin", "owner=nobody", 422),
        ("ana", "status=odd", 422),
        ("ana", "phone=12", 422),
        ("ana", "email=nobody", 422),
        ("ana", "limit=0", 422),
        ("ana", "limit=201", 422),
        ("ana", "limit=x", 422),
        ("ana", "limit=%C2%B2", 422),
        ("ana", "limit=" + "9" * 5000, 422),
        ("ana", "limit=-1", 422),
        ("ana", "cursor=x", 422),
        ("ana", "cursor=e30", 422),
        ("ana", "cursor=eyJhIjoiYiJ9", 422),
        ("ana", "cursor=%C3%A4", 422),
        ("ana", "cursor=W10", 422),
    ],
)
def test_whose_leads_may_be_listed(leads: Backend, user: str, query: str, status: int) -> None:
    made(leads)
    if status == 200:
        assert leads.get(f"/v1/leads?{query}", user=user).status == 200
        return
    code = {403: "forbidden", 422: "invalid"}[status]
    answer = leads.refused(status, code, "GET", f"/v1/leads?{query}", user=user)
    if status == 422:
        assert [field for field, _ in answer.errors] == [query.split("=", maxsplit=1)[0]]


def test_only_managers_and_admins_explain(company: Backend) -> None:
    company.refused(403, "forbidden", "POST", "/v1/explain", {"lead": lead_body()}, user="ana")
    assert company.post("/v1/explain", {"lead": lead_body()}, user="mia").status == 200


def test_the_acting_user_never_comes_from_the_body(company: Backend) -> None:
    body = {**lead_body(), "owner": "me", "user": "ben", "submitted_by": "ben", "by": "ben"}
    lead = company.post("/v1/leads", body, user="ana")["lead_id"]
    company.settle()
    assert company.shown(lead)["owner"] == "ana"
    assert company.timeline(lead)[-1]["by"] == "ana"
    company.invalid(
        "POST", f"/v1/leads/{lead}/notes", {"note": "x", "by": "ben"}, ("by", "unknown_key"), user="ana"
    )
    company.invalid(
        "PUT", "/v1/presence", {"available": True, "user": "ben"}, ("user", "unknown_key"), user="ana"
    )
