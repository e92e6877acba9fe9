"""References between resources: checked when one is saved, and when what it names is to go."""

import pytest

from tests.functional.backend import Backend, push_body


@pytest.fixture
def wired(company: Backend) -> Backend:
    """A company in which everything refers to something."""

    def build() -> None:
        company.save("record-types", "loan", name="Loan", fields=[{"name": "amount", "type": "number"}])
        company.save("sources", "web", name="Web", owner="denver", record_type="loan")
        company.push("push", ["ana", "ben"], "denver", record_type="loan")
        company.pull_strategy(
            "pull",
            ["denver"],
            record_type="loan",
            criteria=[{"field": "fields.amount", "operator": "greater_than", "value": 1}],
        )

    return company.prepared("references", build)


@pytest.mark.parametrize(
    ("path", "referrers"),
    [
        ("accounts/ana", ["push-strategies/push"]),
        (
            "accounts/denver",
            [
                "accounts/ana",
                "accounts/ben",
                "accounts/mia",
                "pull-strategies/pull",
                "push-strategies/push",
                "sources/web",
            ],
        ),
        ("record-types/loan", ["pull-strategies/pull", "push-strategies/push", "sources/web"]),
        ("record-types/lead", ["sources/api"]),
    ],
)
def test_what_is_referred_to_cannot_be_deleted(wired: Backend, path: str, referrers: list[str]) -> None:
    answer = wired.refused(409, "in_use", "DELETE", f"/v1/{path}")
    assert sorted(answer["referred_to_by"]) == referrers
    assert all(each in answer["detail"] for each in referrers)


def test_the_corporate_account_stays(wired: Backend) -> None:
    wired.refused(409, "in_use", "DELETE", "/v1/accounts/corporate")


def test_an_account_with_leads_stays(company: Backend) -> None:
    company.push("users", ["ana"])
    company.lead(1)
    company.delete("/v1/push-strategies/users")
    answer = company.refused(409, "in_use", "DELETE", "/v1/accounts/ana")
    assert answer["referred_to_by"] == ["leads"]
    assert company.delete("/v1/accounts/ben").status == 204


def test_an_account_to_whom_a_callback_is_promised_stays(company: Backend) -> None:
    company.pull_strategy("all")
    lead = company.lead(1)
    token = company.pull("ana")["lease"]["token"]
    company.dispose(lead, "call-back", "ana", lease_token=token, callback_at="2026-03-05T15:00:00Z")
    company.refused(409, "in_use", "DELETE", "/v1/accounts/ana")


def test_once_nothing_refers_to_it_it_goes(wired: Backend) -> None:
    for path in ("push-strategies/push", "pull-strategies/pull", "sources/web", "record-types/loan"):
        assert wired.delete(f"/v1/{path}").status == 204
    for name in ("ana", "ben", "mia", "denver"):
        assert wired.delete(f"/v1/accounts/{name}").status == 204


def test_an_account_does_not_move_out_of_its_strategies_reach(wired: Backend) -> None:
    body = {"kind": "user", "name": "Ana", "parent": "dallas"}
    answer = wired.invalid("PUT", "/v1/accounts/ana", body, ("parent", "in_use"))
    assert "push" in answer["errors"][0]["message"]
    wired.pull_strategy("local", ["denver"], "denver", record_type="loan")
    wired.branch("west")
    moved = {"kind": "branch", "name": "denver", "parent": "west", "timezone": "America/Denver"}
    assert wired.put("/v1/accounts/denver", moved).status == 200


def test_a_user_whom_no_strategy_names_moves(wired: Backend) -> None:
    assert wired.put("/v1/accounts/mia", {"kind": "user", "name": "Mia", "parent": "dallas"}).status == 200


def test_a_record_type_keeps_the_fields_that_strategies_use(wired: Backend) -> None:
    for fields in ([], [{"name": "amount", "type": "string"}]):
        body = {"name": "Loan", "fields": fields}
        answer = wired.refused(409, "in_use", "PUT", "/v1/record-types/loan", body)
        assert answer["referred_to_by"] == ["pull-strategies/pull"]
    more = [{"name": "amount", "type": "number"}, {"name": "note", "type": "string"}]
    assert wired.put("/v1/record-types/loan", {"name": "Loan", "fields": more}).status == 200


def test_a_record_type_keeps_the_fields_that_leads_are_ordered_by(wired: Backend) -> None:
    wired.pull_strategy("pull", ["denver"], record_type="loan", order_by=[{"field": "fields.amount"}])
    wired.refused(409, "in_use", "PUT", "/v1/record-types/loan", {"name": "Loan"})


def test_a_strategy_whose_recipient_is_gone_cannot_be_saved_again(company: Backend) -> None:
    company.push("users", ["ana", "ben"])
    company.push("users", ["ana"])
    assert company.delete("/v1/accounts/ben").status == 204
    company.invalid(
        "PUT", "/v1/push-strategies/users", push_body(["ana", "ben"]), ("recipients[1].account", "unknown")
    )


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"role": "manager"}, None], ids=["disabled", "demoted", "deleted"]
)
def test_the_last_administrator_stays(company: Backend, change: dict[str, object] | None) -> None:
    body = {"kind": "user", "name": "Administrator", "parent": "corporate", "role": "admin"}
    method, sent = ("DELETE", None) if change is None else ("PUT", {**body, **change})
    company.refused(409, "last_admin", method, "/v1/accounts/admin", sent)
    company.user("zoe", "corporate", "admin")
    assert company.call(method, "/v1/accounts/admin", sent).status in (200, 204)
