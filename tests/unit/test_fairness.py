"""Push is fair, within limits, and to those who are there: the invariants of routing, as properties.

First the weighted rule by itself, then a strategy on which everything happens in any order.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from routing.domain.presence import Presence
from routing.domain.rotation import StrategyState, shares, weighted
from routing.domain.strategies import Recipient

from tests.unit.floor import MORNING, Floor, among

NAMES = ("ana", "ben", "cho", "dee", "eve")
ZONES = ("America/New_York", "Australia/Lord_Howe", "America/Phoenix", "UTC")

# -- the weighted rule -----------------------------------------------------------------------------------------

absurd = st.integers(1, 10**12)
everyday = st.sampled_from((1, 2, 5, 10, 20, 33, 60, 98, 100))
some_weights = st.one_of(
    st.lists(everyday, min_size=2, max_size=40),
    st.lists(st.integers(1, 1000), min_size=2, max_size=40),
    st.lists(absurd, min_size=2, max_size=40),
)


def off(weights: list[int], counts: list[int]) -> tuple[int, int]:
    """How far the worst count is from its share, and the bound of the literature, 1 - 1/(2k - 2): both in leads
    times the sum of the weights times (2k - 2), so that the comparison is exact."""
    total, leads = sum(weights), sum(counts)
    doubled = 2 * sum(1 for each in weights if each) - 2
    worst = max(
        abs(weight * leads - count * total) for weight, count in zip(weights, counts, strict=True)
    )
    return worst * doubled, total * (doubled - 1)


def give(weights: list[int], counts: list[int], eligible: list[bool] | None = None) -> int:
    chosen = weighted(weights, counts, eligible or [True] * len(weights))
    assert chosen is not None
    counts[chosen] += 1
    return chosen


@settings(max_examples=120, deadline=None)
@given(some_weights, st.integers(1, 150))
@example([1] * 40, 150)
@example([1, 1], 9)
@example([10**12, *[1] * 39], 150)
@example([60, 20, 20], 100)
def test_no_count_is_ever_a_whole_lead_from_its_share(weights: list[int], leads: int) -> None:
    """I5, and closer: at every moment within 1 - 1/(2k - 2) of the share."""
    counts = [0] * len(weights)
    for _ in range(leads):
        give(weights, counts)
        worst, bound = off(weights, counts)
        assert worst <= bound


def test_the_bound_is_reached_and_so_could_not_be_less() -> None:
    counts = [0, 0]
    give([1, 1], counts)
    worst, bound = off([1, 1], counts)
    assert worst == bound


@settings(max_examples=60, deadline=None)
@given(some_weights.filter(lambda weights: sum(weights) <= 200))
def test_a_whole_round_of_small_weights_gives_exactly_the_weights(weights: list[int]) -> None:
    counts = [0] * len(weights)
    for _ in range(sum(weights)):
        give(weights, counts)
    assert counts == weights


@settings(max_examples=60, deadline=None)
@given(some_weights, st.data())
def test_those_of_no_weight_change_nothing_for_the_others(weights: list[int], data: st.DataObject) -> None:
    zeros = data.draw(st.sets(st.integers(0, len(weights)), max_size=3))
    padded = list(weights)
    for at in sorted(zeros, reverse=True):
        padded.insert(at, 0)
    plain, counts = [0] * len(weights), [0] * len(padded)
    for _ in range(40):
        give(weights, plain)
        assert padded[give(padded, counts)] > 0
    assert [count for count, weight in zip(counts, padded, strict=True) if weight] == plain


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.data())
def test_nobody_is_next_only_when_no_eligible_recipient_has_weight(
    weights: list[int], data: st.DataObject
) -> None:
    size = len(weights)
    eligible = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    counts = data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))
    chosen = weighted(weights, counts, eligible)
    if chosen is None:
        assert not any(there and weight for there, weight in zip(eligible, weights, strict=True))
    else:
        assert eligible[chosen]
        assert weights[chosen]


@settings(max_examples=60, deadline=None)
@given(st.lists(everyday, min_size=2, max_size=12), st.integers(1, 60), st.data())
def test_while_some_are_away_the_others_keep_their_ratio_among_themselves(
    weights: list[int], leads: int, data: st.DataObject
) -> None:
    there = data.draw(st.sets(st.integers(0, len(weights) - 1), min_size=2))
    counts = [0] * len(weights)
    for _ in range(leads):
        give(weights, counts, [at in there for at in range(len(weights))])
    total = sum(weights[at] for at in there)
    for at in there:
        # a lead and a half: the bound of those present is met up to the rounding of those who are not
        assert abs(weights[at] * leads - counts[at] * total) * 2 <= 3 * total


@settings(max_examples=80, deadline=None)
@given(st.lists(everyday, min_size=2, max_size=10), st.integers(1, 40), st.data())
def test_whoever_was_away_catches_up_and_then_it_is_as_if_they_had_been_there(
    weights: list[int], missed: int, data: st.DataObject
) -> None:
    """Within the interval, as soon as nobody has more than the share of all leads since it began."""
    size, total = len(weights), sum(weights)
    gone = data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=size - 1))
    counts = [0] * size
    for _ in range(missed):
        give(weights, counts, [at not in gone for at in range(size)])
    even = max(-(-count * total // weight) for count, weight in zip(counts, weights, strict=True))
    assume(even < 3000)
    while sum(counts) < even:
        give(weights, counts)
    for _ in range(30):
        worst, bound = off(weights, counts)
        assert worst <= bound
        give(weights, counts)


@given(st.lists(st.integers(0, 10**6), max_size=40))
def test_shares_are_the_weights_in_percent(weights: list[int]) -> None:
    found = shares(weights)
    assert len(found) == len(weights)
    if sum(weights):
        assert abs(sum(found) - 100) <= 0.005 * len(weights) + 1e-9
        assert all((share == 0) or weight for share, weight in zip(found, weights, strict=True))
    else:
        assert set(found) <= {0.0}


# -- a strategy on which everything happens ----------------------------------------------------------------------


class Given(NamedTuple):
    """One lead in the books: to whom, and the local hour and day that it counts into."""

    to: str
    hour: str
    day: str


def clock_hour(now: datetime, zone: str) -> str:
    """The local hour with its offset, which tells the two of an autumn night apart."""
    return now.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H %z")


limits = st.one_of(st.none(), st.integers(0, 4))
recipients = st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=5).flatmap(
    lambda names: st.tuples(
        *(
            st.builds(
                Recipient,
                st.just(name),
                weight=st.sampled_from((0, 1, 1, 2, 5, 60)),
                hourly_limit=limits,
                daily_limit=st.one_of(st.none(), st.integers(0, 9)),
            )
            for name in names
        )
    )
)


class Distribution(RuleBasedStateMachine):
    """Leads, time, people and edits in any order, beside books that are kept of every lead given."""

    @initialize(
        recipients=recipients,
        method=st.sampled_from(("round_robin", "weighted")),
        reset_interval=st.sampled_from(("daily", "last_7_days", "never")),
        catch_up=st.booleans(),
        active=st.booleans(),
        zone=st.sampled_from(ZONES),
        start=st.sampled_from((MORNING, datetime.fromisoformat("2026-10-31T20:00:00Z"))),
    )
    def begin(self, recipients, method, reset_interval, catch_up, active, zone, start) -> None:
        self.zone = zone
        self.active_within = timedelta(minutes=15) if active else None
        strategy = among(
            *recipients,
            method=method,
            reset_interval=reset_interval,
            catch_up=catch_up,
            active_within=self.active_within,
        )
        self.floor = Floor(strategy, now=start, zone=zone)
        self.books: list[Given] = []
        self.counted_until = start - timedelta(days=1)  # the latest instant that a lead was counted at
        self.new_ratio()

    def new_ratio(self) -> None:
        self.since: Counter[str] = Counter()
        self.always: set[str] | None = None
        self.missing: set[str] = set()

    # What happens

    @rule(count=st.integers(1, 6), late=st.sampled_from((0, 0, 0, 1, 45)))
    def leads(self, count: int, late: int) -> None:
        """late: by how many minutes the clock of the machine that decides is behind."""
        for _ in range(count):
            self.lead(self.floor.now - timedelta(minutes=late))

    @rule(minutes=st.sampled_from((1, 20, 61, 300, 24 * 60, 8 * 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        self.floor.later(minutes=minutes)

    @rule(name=st.sampled_from(NAMES), available=st.booleans())
    def switches(self, name: str, available: bool) -> None:
        before = self.floor.presence.get(name, Presence())
        self.floor.presence[name] = Presence(available, before.last_active)

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1))
    def act(self, names: set[str]) -> None:
        for name in names:
            before = self.floor.presence.get(name, Presence())
            self.floor.presence[name] = Presence(before.available, self.floor.now)

    @rule(recipients=recipients)
    def edit(self, recipients: tuple[Recipient, ...]) -> None:
        before = self.floor.strategy
        self.floor.edit(*recipients)
        after = self.floor.strategy
        if (before.accounts, before.weights) != (after.accounts, after.weights):
            self.new_ratio()

    @rule(data=st.data())
    def remove_and_add_again(self, data: st.DataObject) -> None:
        """No way round a limit."""
        before = self.floor.strategy.recipients
        kept = data.draw(st.sets(st.integers(0, len(before) - 1), max_size=len(before) - 1))
        self.floor.edit(*[before[at] for at in sorted(kept)] or ["eve"])
        self.floor.edit(*before)
        self.new_ratio()

    @rule()
    def reset_now(self) -> None:
        self.floor.reset_now()
        self.new_ratio()

    # What must be true of it

    def lead(self, at: datetime) -> None:
        floor, before = self.floor, self.floor.state
        counts_at = max(at, self.counted_until)
        hour, day = clock_hour(counts_at, self.zone), clock_hour(counts_at, self.zone)[:10]
        expected = {each.account: self.why_not(each, at, hour, day) for each in floor.strategy.recipients}
        chosen = floor.lead(at)
        assert floor.reasons() == expected
        eligible = {name for name, reason in expected.items() if reason == "eligible"}
        if chosen is None:
            assert not eligible
            assert floor.state == before
            return
        assert chosen in eligible
        self.counted_until = counts_at
        self.books.append(Given(chosen, hour, day))
        self.not_backwards(before, floor.state)
        if floor.state.interval != before.interval and before.interval:
            self.new_ratio()
        if floor.strategy.method == "weighted" and not floor.strategy.catch_up and self.missing & eligible:
            self.new_ratio()
        self.missing = set(expected) - eligible
        self.since[chosen] += 1
        self.always = eligible if self.always is None else self.always & eligible
        self.fair()

    def why_not(self, recipient: Recipient, at: datetime, hour: str, day: str) -> str:
        """I2 and I6, from the books."""
        presence = self.floor.presence.get(recipient.account, Presence())
        of_them = [each for each in self.books if each.to == recipient.account]
        if not presence.available:
            return "unavailable"
        if self.active_within and (
            presence.last_active is None or presence.last_active < at - self.active_within
        ):
            return "inactive"
        if self.floor.strategy.method == "weighted" and recipient.weight == 0:
            return "zero_weight"
        if (most := recipient.hourly_limit) is not None and sum(each.hour == hour for each in of_them) >= most:
            return "hourly_limit"
        if (most := recipient.daily_limit) is not None and sum(each.day == day for each in of_them) >= most:
            return "daily_limit"
        return "eligible"

    def not_backwards(self, before: StrategyState, after: StrategyState) -> None:
        """I7."""
        assert before.hour <= after.hour
        assert before.day <= after.day
        assert before.interval <= after.interval

    def fair(self) -> None:
        """I4 and I5, since the ratio began."""
        strategy, always = self.floor.strategy, self.always
        assert always is not None
        if strategy.method == "round_robin":
            of_them = [self.since[each] for each in always]
            assert not of_them or max(of_them) - min(of_them) <= 1
        elif always == {each.account for each in strategy.recipients if each.weight}:
            worst, bound = off(list(strategy.weights), [self.since[each] for each in strategy.accounts])
            assert len(always) == 1 or worst <= bound

    @invariant()
    @precondition(lambda self: hasattr(self, "books") and self.books)
    def counts_are_what_was_given(self) -> None:
        """I3, of the period that the state stands in; nothing was counted into another."""
        hour, day = self.books[-1].hour, self.books[-1].day
        in_hour = Counter(each.to for each in self.books if each.hour == hour)
        in_day = Counter(each.to for each in self.books if each.day == day)
        state, names = self.floor.state, self.floor.strategy.accounts
        assert state.hour_counts == tuple(in_hour[each] for each in names)
        assert state.day_counts == tuple(in_day[each] for each in names)
        gone = {each: (in_hour[each], in_day[each]) for each in in_day if each not in names}
        assert state.removed == gone
        assert state.interval_counts == tuple(self.since[each] for each in names)


Distribution.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.generate, Phase.target],  # shrinking such a story takes minutes, and says little
)
TestWhateverHappensToAStrategy = Distribution.TestCase


# -- what an interval, an edit and a limit mean, by themselves ---------------------------------------------------

teams = st.lists(st.sampled_from((1, 2, 3, 10, 60)), min_size=2, max_size=5)


def team(weights: list[int], **terms: object) -> Floor:
    everybody = [Recipient(name, weight) for name, weight in zip(NAMES, weights, strict=False)]
    return Floor(among(*everybody, **{"method": "weighted", **terms}))


@settings(max_examples=60, deadline=None)
@given(
    teams, st.sampled_from(("weighted", "round_robin")), st.integers(0, 30), st.sampled_from(NAMES), st.booleans()
)
def test_nothing_is_carried_across_a_reset(
    weights: list[int], method: str, leads: int, gone: str, catch_up: bool
) -> None:
    """Whatever yesterday was like, today goes as any first day does."""
    floor, fresh = (team(weights, method=method, catch_up=catch_up) for _ in range(2))
    floor.leads(3)
    floor.away(gone)
    floor.leads(leads)
    floor.back(gone)
    floor.later(days=1)
    fresh.later(days=1)
    assert floor.leads(20) == fresh.leads(20)


@settings(max_examples=60, deadline=None)
@given(teams, st.integers(1, 20), st.integers(1, 20), st.data())
def test_without_catching_up_a_return_begins_a_new_ratio(
    weights: list[int], before: int, missed: int, data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(NAMES[: len(weights)]))
    floor, fresh = (team(weights, catch_up=False) for _ in range(2))
    floor.leads(before)
    floor.away(gone)
    floor.leads(missed)
    floor.back(gone)
    assert floor.leads(20) == fresh.leads(20)


@settings(max_examples=60, deadline=None)
@given(teams, st.integers(1, 20), st.data())
def test_without_catching_up_leaving_begins_no_new_ratio(
    weights: list[int], before: int, data: st.DataObject
) -> None:
    """Only a return does: going is told from the counts that go on."""
    gone = data.draw(st.sampled_from(NAMES[: len(weights)]))
    floor = team(weights, catch_up=False)
    floor.leads(before)
    floor.away(gone)
    floor.leads(5)
    assert sum(floor.state.interval_counts) == before + 5


@settings(max_examples=60, deadline=None)
@given(teams, st.integers(1, 6))
def test_whoever_was_capped_catches_up_in_the_next_hour(weights: list[int], cap: int) -> None:
    """The ratio of the day is met although the first hour could not meet it."""
    everybody = [Recipient(name, weight) for name, weight in zip(NAMES, weights, strict=False)]
    everybody[0] = Recipient("ana", weights[0], hourly_limit=cap)
    floor = Floor(among(*everybody, method="weighted"))
    total = sum(weights)
    floor.leads(total)
    floor.edit(Recipient("ana", weights[0]), *everybody[1:])
    floor.later(hours=1)
    others = [
        -(-count * total // weight)
        for count, weight in zip(floor.state.interval_counts, weights, strict=True)
    ]
    while sum(floor.state.interval_counts) < max(others):
        floor.lead()
    worst, bound = off(weights, list(floor.state.interval_counts))
    assert worst <= bound


@settings(max_examples=60, deadline=None)
@given(teams, teams, st.integers(0, 25))
def test_other_weights_begin_a_new_ratio_and_keep_the_limits_counts(
    before: list[int], after: list[int], leads: int
) -> None:
    size = min(len(before), len(after))
    assume(before[:size] != after[:size])
    floor, fresh = team(before[:size]), team(after[:size])
    floor.leads(leads)
    counted = floor.state.day_counts
    floor.edit(*fresh.strategy.recipients)
    assert floor.state.day_counts == floor.state.hour_counts == counted
    assert floor.leads(15) == fresh.leads(15)


def test_an_edit_of_the_limits_alone_goes_on_with_the_ratio() -> None:
    floor, other = (team([60, 20, 20]) for _ in range(2))
    for each in (floor, other):
        each.leads(4)
    floor.edit(Recipient("ana", 60, daily_limit=50), Recipient("ben", 20), Recipient("cho", 20))
    assert floor.leads(16) == other.leads(16)


def test_another_reset_interval_begins_anew_and_keeps_the_limits_counts() -> None:
    floor = Floor(among("ana", "ben", "cho"))
    floor.leads(2)
    floor.edit(reset_interval="last_7_days")
    assert floor.state.day_counts == (1, 1, 0)
    assert floor.lead() == "ana"


@given(st.lists(st.integers(0, 500), min_size=2, max_size=40))
def test_clocks_that_disagree_never_count_into_a_closed_period(minutes: list[int]) -> None:
    floor = Floor(among("ana", "ben"), zone="Australia/Lord_Howe")
    stamps = []
    given_in: defaultdict[str, int] = defaultdict(int)
    for each in minutes:
        floor.lead(MORNING + timedelta(minutes=each * 7))
        stamps.append((floor.state.hour, floor.state.day))
        given_in[floor.state.hour] += 1
        assert sum(floor.state.hour_counts) == given_in[floor.state.hour]
    assert all(one <= other for one, other in pairwise(stamps))
