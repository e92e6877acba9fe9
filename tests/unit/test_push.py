"""Push: who gets a lead, hop by hop, and why nobody else did."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from routing.domain.company import Company
from routing.domain.criteria import Criterion
from routing.domain.leads import Lead
from routing.domain.presence import Presence
from routing.domain.push import PushDecision, could_place, current, decide, needs, own_reason
from routing.domain.strategy_state import StrategyState, initial, taken
from tests.unit.values import NOW, branch, company, lead, push_strategy, user

AWAY = Presence(available=False)
COLORADO = Criterion("state", "equals", "CO")
UTAH = Criterion("state", "equals", "UT")


def route(
    found: Company,
    leads: list[Lead],
    presence: Mapping[str, Presence] | None = None,
    states: dict[str, StrategyState] | None = None,
    now: datetime = NOW,
) -> list[PushDecision]:
    """Decide these leads one after the other, as a batch does. `states` is brought up to date."""
    states = {} if states is None else states
    decisions = []
    for each in leads:
        decision, changed = decide(each, found, states, presence or {}, now)
        states.update(changed)
        decisions.append(decision)
    return decisions


def reasons(decision: PushDecision, at: int = 0) -> dict[str, str]:
    return {each.account: each.reason for each in decision.strategies[at].recipients}


def test_leads_go_in_turn_and_count_before_each_decision() -> None:
    found = company(user("ana"), user("ben"), push_strategy("all", ["ana", "ben"]))
    decisions = route(found, [lead(id=str(at)) for at in range(3)])
    assert [each.final_account for each in decisions] == ["ana", "ben", "ana"]
    assert [(each.hour, each.day, each.interval) for each in decisions[2].strategies[0].recipients] == [
        (1, 1, 1),
        (1, 1, 1),
    ]


def test_an_account_without_strategies_has_no_strategy() -> None:
    decision, changed = decide(lead(), company(), {}, {}, NOW)
    assert decision == PushDecision("no_strategy", None, None, ())
    assert changed == {}
    assert decision.final_account is None


def test_strategies_are_tried_in_order_then_by_id_and_the_first_that_can_takes_the_lead() -> None:
    found = company(
        user("ana"),
        user("ben"),
        user("cho"),
        push_strategy("late", ["cho"], order=200),
        push_strategy("b", ["ben"]),
        push_strategy("a", ["ana"]),
        push_strategy("utah", ["ana"], criteria=[UTAH], order=1),
        push_strategy("off", ["ana"], order=0, enabled=False),
    )
    colorado = lead(values={"state": "CO"})
    decision = route(found, [colorado])[0]
    assert (decision.strategy, decision.account) == ("a", "ana")
    assert [(each.id, each.matched) for each in decision.strategies] == [("utah", False), ("a", True)]
    assert decision.strategies[0].recipients == ()
    passed_on = route(found, [colorado], {"ana": AWAY})[0]
    assert (passed_on.strategy, passed_on.account) == ("b", "ben")
    assert reasons(passed_on, 1) == {"ana": "unavailable"}


def test_nobody_eligible_holds_the_lead_with_every_reason_and_changes_nothing() -> None:
    found = company(
        user("ana", enabled=False),
        user("ben"),
        branch("denver"),
        user("cho", "denver"),
        branch("shut", enabled=False),
        push_strategy("all", ["ana", "ben", "denver", "shut", "nobody"]),
        push_strategy("denver-users", ["cho"], "denver"),
        push_strategy("next", ["ben"], order=101),
    )
    decision, changed = decide(lead(), found, {}, {"ben": AWAY, "cho": AWAY}, NOW)
    assert (decision.outcome, decision.account, decision.strategy, changed) == ("held", None, None, {})
    assert reasons(decision) == {
        "ana": "disabled",
        "ben": "unavailable",
        "denver": "nobody_in_branch",
        "shut": "disabled",
        "nobody": "unknown",
    }
    assert reasons(decision, 1) == {"ben": "unavailable"}
    why = decision.strategies[0].recipients[2].next
    assert why is not None
    assert reasons(why) == {"cho": "unavailable"}
    assert not could_place("corporate", found, {}, {"ben": AWAY, "cho": AWAY}, NOW)


def test_a_recipient_that_moved_away_is_not_below() -> None:
    found = company(branch("denver"), user("ana", "corporate"), push_strategy("users", ["ana"], "denver"))
    assert own_reason("ana", found.push_strategies["users"], found, {}, NOW) == "not_below"
    assert route(found, [lead(owner="denver")])[0].outcome == "held"


def test_a_branch_without_a_strategy_that_matches_keeps_the_lead() -> None:
    found = company(
        branch("denver"),
        user("ana", "denver"),
        push_strategy("to-denver", ["denver"]),
        push_strategy("utah", ["ana"], "denver", [UTAH]),
    )
    decision = route(found, [lead(values={"state": "CO"})])[0]
    assert (decision.outcome, decision.final_account) == ("assigned", "denver")
    assert decision.last_hop_from is None
    assert decision.next is not None
    assert (decision.next.outcome, decision.next.account) == ("no_strategy", None)
    bare = company(branch("denver"), push_strategy("to-denver", ["denver"]))
    assert route(bare, [lead()])[0].next is None


def test_a_lead_goes_through_any_depth_of_branches_in_one_decision() -> None:
    found = company(
        branch("west"),
        branch("denver", "west"),
        user("ana", "denver"),
        push_strategy("1", ["west"]),
        push_strategy("2", ["denver"], "west"),
        push_strategy("3", ["ana"], "denver"),
    )
    decision, changed = decide(lead(), found, {}, {}, NOW)
    assert decision.final_account == "ana"
    assert decision.last_hop_from == "denver"
    assert sorted(changed) == ["1", "2", "3"]
    hops = [decision.account, decision.next and decision.next.account]
    assert hops == ["west", "denver"]


def test_a_branch_whose_users_are_away_is_passed_over_and_not_charged() -> None:
    found = company(
        branch("denver"),
        branch("dallas"),
        user("ana", "denver"),
        user("cho", "dallas"),
        push_strategy("to-branches", ["denver", "dallas"]),
        push_strategy("denver-users", ["ana"], "denver"),
        push_strategy("dallas-users", ["cho"], "dallas"),
    )
    states: dict[str, StrategyState] = {}
    decisions = route(found, [lead(id=str(at)) for at in range(3)], {"ana": AWAY}, states)
    assert [each.final_account for each in decisions] == ["cho"] * 3
    assert states["to-branches"].interval_counts == (0, 3)
    assert "denver-users" not in states


def test_a_strategy_of_another_record_type_or_account_is_not_asked() -> None:
    found = company(branch("denver"), user("ana", "denver"), push_strategy("users", ["ana"], "denver"))
    assert route(found, [lead()])[0].strategies == ()
    assert route(found, [lead(owner="denver", record_type="other")])[0].strategies == ()


def test_a_new_day_in_the_accounts_time_zone_begins_with_the_first_recipient() -> None:
    found = company(user("ana"), user("ben"), push_strategy("all", ["ana", "ben"]), zone="America/Denver")
    states: dict[str, StrategyState] = {}
    evening = NOW.replace(hour=6, minute=59)  # 23:59 in Denver
    route(found, [lead()], None, states, evening)
    again = route(found, [lead()], None, states, evening + timedelta(minutes=1))
    assert again[0].account == "ana"
    assert states["all"].day == "2026-03-04"


def test_a_state_is_shown_in_the_present_periods() -> None:
    found = company(user("ana"), push_strategy("all", ["ana"]))
    strategy = found.push_strategies["all"]
    yesterday = taken(current(strategy, None, found, NOW - timedelta(days=1)), 0)
    assert current(strategy, yesterday, found, NOW - timedelta(days=1)).day_counts == (1,)
    assert current(strategy, yesterday, found, NOW).day_counts == (0,)
    assert current(strategy, None, found, NOW).strategy_version == strategy.version


def test_a_branch_could_place_when_it_would_keep_the_lead_or_somebody_is_there() -> None:
    kept = company(branch("denver"), push_strategy("to-denver", ["denver"]))
    assert could_place("corporate", kept, {}, {}, NOW)
    assert not could_place("denver", kept, {}, {}, NOW)
    served = company(
        branch("denver"),
        user("ana", "denver"),
        push_strategy("to-denver", ["denver"]),
        push_strategy("users", ["ana"], "denver"),
    )
    assert could_place("corporate", served, {}, {}, NOW)
    assert not could_place("corporate", served, {}, {"ana": AWAY}, NOW)


# -- properties over whole companies ---------------------------------------------------------------------------

BRANCHES = ("b0", "b1", "b2")
USERS = ("u0", "u1", "u2", "u3")
_Value = TypeVar("_Value")


class Watched(Mapping[str, _Value]):
    """A mapping that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, _Value]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> _Value:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    parents = ["corporate"]
    accounts = []
    for name in BRANCHES:
        accounts.append(branch(name, draw(st.sampled_from(parents)), enabled=draw(st.booleans())))
        parents.append(name)
    accounts += [user(name, draw(st.sampled_from(parents)), enabled=draw(st.booleans())) for name in USERS]
    strategies = []
    for at in range(draw(st.integers(0, 5))):
        recipients = draw(st.lists(st.sampled_from(BRANCHES + USERS), unique=True, min_size=1, max_size=4))
        criteria = draw(st.sampled_from([(), (COLORADO,), (UTAH,)]))
        strategies.append(
            push_strategy(
                f"s{at}", recipients, draw(st.sampled_from(parents)), criteria, order=draw(st.integers(0, 2))
            )
        )
    return company(*accounts, *strategies)


presences = st.dictionaries(st.sampled_from(USERS), st.builds(Presence, available=st.booleans()))


def hops(decision: PushDecision) -> Iterator[PushDecision]:
    while True:
        yield decision
        if decision.next is None:
            return
        decision = decision.next


@given(companies(), presences, st.sampled_from(["CO", "UT", "TX"]))
def test_deciding_reads_nothing_that_needs_did_not_name(
    found: Company, presence: dict[str, Presence], state: str
) -> None:
    subject = lead(values={"state": state})
    wanted = needs(subject, found, NOW)
    states = Watched({name: initial(len(each.recipients), 1) for name, each in found.push_strategies.items()})
    there = Watched(presence)
    decide(subject, found, states, there, NOW)
    assert states.asked <= wanted.strategies
    assert there.asked <= wanted.users


@given(companies(), presences, st.lists(st.sampled_from(["CO", "UT", "TX"]), max_size=12))
def test_every_lead_goes_to_somebody_who_may_have_it_and_is_counted_once_per_hop(
    found: Company, presence: dict[str, Presence], states_of_leads: list[str]
) -> None:
    """I3 and I6, and the chain of owners."""
    states: dict[str, StrategyState] = {}
    received: Counter[tuple[str, str]] = Counter()
    subjects = [lead(id=str(at), values={"state": each}) for at, each in enumerate(states_of_leads)]
    for decision in route(found, subjects, presence, states):
        holder = "corporate"
        for hop in hops(decision):
            if hop.outcome != "assigned":
                continue
            assert hop.account is not None
            assert hop.strategy is not None
            account = found.accounts[hop.account]
            assert account.enabled
            assert found.tree.is_below(account.id, holder)
            assert account.kind == "branch" or presence.get(account.id, Presence()).available
            assert found.push_strategies[hop.strategy].distributed_from == holder
            received[hop.strategy, account.id] += 1
            holder = account.id
        if decision.outcome == "assigned":
            assert decision.final_account == holder
            # The last hop that was asked for a next one has no strategy for the lead, or it is a user.
            assert [hop.outcome for hop in hops(decision)][-1] in ("assigned", "no_strategy")
        else:
            assert decision.final_account is None
            is_held = any(each.matched for each in decision.strategies)
            assert decision.outcome == ("held" if is_held else "no_strategy")
    for name, state in states.items():
        counted = dict(zip(found.push_strategies[name].accounts, state.interval_counts, strict=True))
        assert counted == {each: received[name, each] for each in counted}
        assert state.hour_counts == state.day_counts == state.interval_counts


@given(companies(), presences, st.sampled_from(["CO", "UT", "TX"]))
def test_a_held_lead_has_a_reason_for_every_recipient_of_every_strategy_that_matched(
    found: Company, presence: dict[str, Presence], state: str
) -> None:
    decision = route(found, [lead(values={"state": state})], presence)[0]
    for hop in hops(decision):
        for tried in hop.strategies:
            expected = found.push_strategies[tried.id].accounts if tried.matched else ()
            assert tuple(each.account for each in tried.recipients) == expected
            assert all(each.eligible is (each.reason == "eligible") for each in tried.recipients)
    if decision.outcome == "held":
        assert not any(each.eligible for tried in decision.strategies for each in tried.recipients)
        # What nobody could take whatever it was like was not worth a try, and the sweep does not make one.
        assert all(
            each.reason != "eligible"
            for tried in decision.strategies
            if tried.matched
            for each in tried.recipients
        )


@given(companies(), presences, st.sampled_from(["CO", "UT", "TX"]))
def test_whatever_can_be_placed_the_sweep_tries(
    found: Company, presence: dict[str, Presence], state: str
) -> None:
    decision = route(found, [lead(values={"state": state})], presence)[0]
    if decision.outcome == "assigned":
        assert could_place("corporate", found, {}, presence, NOW)
