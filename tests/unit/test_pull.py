"""Pull: under which strategy a lead is filed, who may borrow it, and until when that holds."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.company import Company, pool_id
from routing.domain.criteria import AnyOf, Criterion
from routing.domain.pull import (
    ANY_HOURS,
    Filing,
    can_be_filed,
    depends_on_pull_count,
    file,
    rank_of,
    serves,
    serving_strategy,
    with_pull_count,
)
from routing.domain.strategies import OrderBy
from tests.unit.values import NOW, TYPED, branch, company, lead, pull_strategy, user

COLORADO = Criterion("state", "equals", "CO")
PEOPLE = (
    branch("denver"),
    branch("dallas"),
    user("ana", "denver"),
    user("ben", "denver"),
    user("cho", "dallas"),
)


def what_changes(filing: Filing) -> tuple[object, ...]:
    return (filing.reason, filing.matched, filing.pool, filing.ready_key)


def test_a_lead_is_filed_under_the_best_strategy_that_sees_it_and_for_all_their_users() -> None:
    found = company(
        *PEOPLE,
        pull_strategy("rest", ["dallas", "ana"], priority=2),
        pull_strategy("b", ["ben"], priority=1, criteria=[COLORADO]),
        pull_strategy("a", ["dallas"], priority=1, criteria=[COLORADO]),
        pull_strategy("utah", ["dallas"], priority=0, criteria=[Criterion("state", "equals", "UT")]),
        pull_strategy("off", ["denver"], priority=0, enabled=False),
        pull_strategy("local", ["denver"], "denver", priority=0),
    )
    filing = file(lead(values={"state": "CO"}), found, NOW)
    assert (filing.reason, filing.filed) == ("filed", True)
    assert filing.matched == ("a", "b", "rest")
    assert filing.serves == ("ana", "ben", "dallas")
    assert filing.pool == pool_id("lead", filing.serves)
    assert filing.rank == rank_of(found.pull_strategies["a"])
    assert [(each.id, each.matched) for each in filing.strategies] == [
        ("utah", False),
        ("a", True),
        ("b", True),
        ("rest", True),
    ]


def test_a_branchs_lead_is_seen_by_the_strategies_of_the_branch_and_above() -> None:
    found = company(
        *PEOPLE,
        pull_strategy("all"),
        pull_strategy("local", ["denver"], "denver", priority=1),
        pull_strategy("elsewhere", ["dallas"], "dallas"),
    )
    assert file(lead(owner="denver"), found, NOW).matched == ("local", "all")
    assert file(lead(owner="dallas"), found, NOW).matched == ("all", "elsewhere")
    assert file(lead(owner="corporate"), found, NOW).matched == ("all",)


def test_unmatched_spent_and_owned_leads_are_in_no_pool() -> None:
    found = company(*PEOPLE, pull_strategy("few", criteria=[COLORADO], max_attempts=2))
    unmatched = file(lead(), found, NOW)
    assert (unmatched.reason, unmatched.pool, unmatched.ready_key) == ("unmatched", None, None)
    spent = file(lead(attempts=2, values={"state": "CO"}), found, NOW)
    assert (spent.reason, spent.pool, spent.matched) == ("spent", None, ())
    assert spent.strategies[0].attempts_left is False
    assert file(lead(attempts=2), found, NOW).reason == "unmatched"
    assert file(lead(attempts=1, values={"state": "CO"}), found, NOW).reason == "filed"
    assert file(lead(owner="ana"), found, NOW) == Filing("owned", calling_class="unknown")


def test_a_lead_that_has_spent_the_best_strategy_is_filed_under_the_next() -> None:
    found = company(
        *PEOPLE, pull_strategy("best", priority=1, max_attempts=1), pull_strategy("next", priority=2)
    )
    assert file(lead(attempts=1), found, NOW).matched == ("next",)


def test_another_record_type_is_not_seen() -> None:
    found = company(*PEOPLE, pull_strategy("all"))
    assert file(lead(record_type="other"), found, NOW).reason == "unmatched"


@given(
    st.lists(
        st.tuples(st.integers(0, 999_999), st.text("abc-._", min_size=1, max_size=5)), min_size=2, max_size=8
    )
)
def test_ranks_sort_as_priority_and_then_id_do(pairs: list[tuple[int, str]]) -> None:
    strategies = [pull_strategy(name, priority=priority) for priority, name in pairs]
    by_rank = sorted(strategies, key=rank_of)
    assert [(each.priority, each.id) for each in by_rank] == sorted(
        (each.priority, each.id) for each in strategies
    )


def test_within_a_rank_leads_sort_by_the_strategys_order() -> None:
    order = (OrderBy("cost", "desc"), OrderBy("created_at", "asc"))
    found = company(pull_strategy("all", order_by=order))
    dear, cheap, unknown = (
        file(lead(values=values), found, NOW) for values in ({"cost": 9}, {"cost": 1}, {})
    )
    keys = [each.ready_key or "" for each in (dear, cheap, unknown)]
    assert keys == sorted(keys)


def test_by_default_the_least_pulled_go_first_and_the_newest_of_those() -> None:
    found = company(pull_strategy("all"))
    older = NOW - timedelta(days=1)
    first, second, third = (
        file(lead(pull_count=count, created_at=born), found, NOW).ready_key or ""
        for count, born in ((0, NOW), (0, older), (1, NOW))
    )
    assert first < second < third


# -- who may borrow it -----------------------------------------------------------------------------------------


def test_a_strategy_serves_users_it_names_below_the_leads_owner() -> None:
    found = company(*PEOPLE, pull_strategy("all"), pull_strategy("ana-only", ["ana"]))
    everything, only_ana = (found.pull_strategies[each] for each in ("all", "ana-only"))
    assert serves(everything, "ana", "denver", found)
    assert not serves(everything, "cho", "denver", found)
    assert serves(everything, "cho", "corporate", found)
    assert not serves(everything, "ana", "ana", found)
    assert serves(only_ana, "ana", "corporate", found)
    assert not serves(only_ana, "ben", "corporate", found)
    assert not serves(everything, "stranger", "corporate", found)


def test_the_serving_strategy_is_the_best_matched_one_that_names_the_user() -> None:
    found = company(
        *PEOPLE, pull_strategy("1", ["dallas"]), pull_strategy("2"), pull_strategy("3", enabled=False)
    )
    serving = serving_strategy(("1", "2"), "ana", "corporate", found)
    assert serving is found.pull_strategies["2"]
    assert serving_strategy(("1", "2"), "cho", "corporate", found) is found.pull_strategies["1"]
    assert serving_strategy(("gone", "3", "1"), "ana", "corporate", found) is None


def test_pools_are_told_apart_by_record_type_and_accounts() -> None:
    assert pool_id("lead", ["ana"]) != pool_id("loan", ["ana"])
    assert pool_id("lead", ["ana", "ben"]) != pool_id("lead", ["ana"])
    assert pool_id("lead", ["ana"]) == pool_id("lead", ("ana",))


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(["ana", "ben", "cho"]), min_size=1), st.booleans(), st.booleans()),
        max_size=4,
    )
)
def test_a_queue_that_a_filing_can_lead_to_is_never_taken_for_unused(
    rows: list[tuple[set[str], bool, bool]],
) -> None:
    found = company(
        *PEOPLE,
        *(
            pull_strategy(
                str(at), sorted(accounts), criteria=[COLORADO] if only_colorado else [], calling_hours=hours
            )
            for at, (accounts, only_colorado, hours) in enumerate(rows)
        ),
    )
    for state in ("CO", "UT"):
        filing = file(lead(values={"state": state}), found, NOW)
        if filing.filed:
            assert can_be_filed("corporate", "lead", str(filing.pool), filing.group, found)
    assert not can_be_filed("corporate", "lead", pool_id("lead", ["dee"]), "ET", found)
    if not any(hours for _, _, hours in rows):
        assert not can_be_filed("corporate", "lead", str(filing.pool), "ET", found)
    if all(hours for _, _, hours in rows):
        assert not can_be_filed("corporate", "lead", str(filing.pool), ANY_HOURS, found)


@given(st.lists(st.sets(st.sampled_from("abcdefghij"), min_size=1), min_size=1, max_size=12), st.data())
def test_an_owner_has_at_most_eight_pools_and_each_lead_stands_where_all_its_users_look(
    recipients: list[set[str]], data: st.DataObject
) -> None:
    accounts = tuple(user(each) for each in "abcdefghij")
    strategies = [
        pull_strategy(f"s{at}", sorted(each), criteria=[Criterion("fields.text", "contains", f"<{at}>")])
        for at, each in enumerate(recipients)
    ]
    found = company(*accounts, *strategies)
    pools = found.pools_over("corporate", "lead")
    assert len(pools) <= 8
    chosen = data.draw(st.lists(st.sampled_from(range(len(recipients))), min_size=1, unique=True))
    filing = file(lead(fields={"text": "".join(f"<{at}>" for at in chosen)}), found, NOW)
    wanted = {account for at in chosen for account in recipients[at]}
    assert pools[str(filing.pool)] == set(filing.serves)
    assert wanted <= set(filing.serves)
    if len({frozenset(each) for each in recipients}) <= 3:
        assert wanted == set(filing.serves)


# -- waiting too long ------------------------------------------------------------------------------------------


def test_a_lead_that_has_waited_too_long_goes_before_all_others_the_longest_wait_first() -> None:
    found = company(
        pull_strategy("first", priority=1, criteria=[COLORADO]),
        pull_strategy("patient", priority=50, max_wait=timedelta(hours=4)),
        pull_strategy("rest", priority=60, max_wait=timedelta(hours=9)),
    )
    best = file(lead(values={"state": "CO"}), found, NOW, NOW).ready_key or ""
    hours = {ago: file(lead(), found, NOW, NOW - timedelta(hours=ago)) for ago in (0, 3, 4, 5)}
    keys = {ago: each.ready_key or "" for ago, each in hours.items()}
    assert keys[5] < keys[4] < best < keys[0] == keys[3]
    assert {ago: each.valid_until for ago, each in hours.items()} == {
        0: NOW + timedelta(hours=4),
        3: NOW + timedelta(hours=1),
        4: None,
        5: None,
    }


# -- age criteria ----------------------------------------------------------------------------------------------

ages = st.builds(
    Criterion,
    st.sampled_from(["created_at", "fields.seen", "fields.birthday"]),
    st.sampled_from(["within_last", "older_than"]),
    st.integers(0, 400).map(lambda hours: f"PT{hours}H"),
)
entries = st.lists(
    ages | st.builds(lambda many: AnyOf(tuple(many)), st.lists(ages, min_size=1, max_size=2)), max_size=2
)


@given(
    st.lists(entries, min_size=1, max_size=3),
    st.integers(-300, 300),
    st.sampled_from(["2026-03-01", "2026-03-04", "2026-03-05", "2026-03-09"]),
    st.integers(1, 10**6),
)
def test_a_filing_holds_until_valid_until_and_changes_only_then(
    criteria: list[Any], age: int, birthday: str, later: int
) -> None:
    found = company(*(pull_strategy(str(at), criteria=each) for at, each in enumerate(criteria)))
    subject = lead(
        created_at=NOW - timedelta(hours=age),
        fields={"seen": (NOW - timedelta(minutes=age)).isoformat(), "birthday": birthday},
    )
    filing = file(subject, found, NOW)
    moment = NOW + timedelta(seconds=later)
    if filing.valid_until is None or moment <= filing.valid_until:
        assert what_changes(file(subject, found, moment)) == what_changes(filing)
    if filing.valid_until is not None:
        assert filing.valid_until >= NOW


@pytest.mark.parametrize("operator", ["within_last", "older_than"])
def test_valid_until_is_when_the_criterion_turns(operator: str) -> None:
    found = company(pull_strategy("all", criteria=[Criterion("created_at", operator, "PT1H")]))
    filing = file(lead(), found, NOW)
    turn = NOW + timedelta(hours=1)
    assert filing.valid_until == turn
    before, after = (file(lead(), found, turn + timedelta(milliseconds=each)) for each in (0, 1))
    assert what_changes(before) == what_changes(filing)
    assert what_changes(after) != what_changes(filing)
    assert after.valid_until is None


def test_a_date_ahead_is_looked_at_when_it_comes_and_when_it_is_over() -> None:
    """ "Called in the last hour" begins to hold when the call is made, and not before."""
    found = company(pull_strategy("all", criteria=[Criterion("fields.seen", "within_last", "PT1H")]))
    appointment = lead(fields={"seen": (NOW + timedelta(hours=2)).isoformat()})
    comes, passes = NOW + timedelta(hours=2, seconds=-1), NOW + timedelta(hours=3)
    now, reasons = NOW, []
    for turn in (comes, passes, None):
        filing = file(appointment, found, now)
        assert filing.valid_until == turn
        reasons.append(filing.reason)
        now = (turn or now) + timedelta(milliseconds=1)
    assert reasons == ["unmatched", "filed", "unmatched"]


@pytest.mark.parametrize("born", ["9999-12-31", "0001-01-01", "soon"])
def test_a_date_at_the_end_of_time_turns_never(born: str) -> None:
    for operator in ("older_than", "within_last"):
        found = company(pull_strategy("all", criteria=[Criterion("fields.birthday", operator, "P1D")]))
        assert file(lead(fields={"birthday": born}), found, NOW).valid_until is None


# -- what a claim changes --------------------------------------------------------------------------------------


@given(st.integers(0, 50), st.integers(0, 50), st.permutations(["pull_count", "created_at", "fields.text"]))
def test_a_new_pull_count_changes_the_key_as_filing_again_would(
    before: int, after: int, names: list[str]
) -> None:
    order = tuple(OrderBy(name, "desc" if at % 2 else "asc") for at, name in enumerate(names))
    strategy = pull_strategy("all", order_by=order)
    found: Company = company(strategy)

    def key(count: int) -> str:
        return file(lead(pull_count=count, fields={"text": "x"}), found, NOW).ready_key or ""

    assert with_pull_count(key(before), strategy, after, TYPED) == key(after)


def test_whether_a_pull_may_change_the_filing_is_known() -> None:
    counts = Criterion("pull_count", "less_than", 3)
    assert depends_on_pull_count("corporate", "lead", company(pull_strategy("a", criteria=[counts])))
    assert depends_on_pull_count(
        "corporate", "lead", company(pull_strategy("a", criteria=[AnyOf((counts,))]))
    )
    assert not depends_on_pull_count("corporate", "lead", company(pull_strategy("a", criteria=[COLORADO])))
    elsewhere = company(branch("denver"), pull_strategy("a", ["denver"], "denver", [counts]))
    assert not depends_on_pull_count("corporate", "lead", elsewhere)


def test_times_of_a_strategy_are_minutes() -> None:
    strategy = pull_strategy("a", lease_minutes=15, cool_down_minutes=240)
    assert (strategy.lease, strategy.cool_down) == (timedelta(minutes=15), timedelta(hours=4))
    assert isinstance(NOW, datetime)
