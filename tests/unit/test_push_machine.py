"""A push strategy on which everything happens in any order, beside books of every lead it gave: I2 to I7."""

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from routing.domain.presence import Presence
from routing.domain.strategies import Recipient
from routing.domain.strategy_state import StrategyState
from tests.unit.floor import MORNING, Floor, among, off

NAMES = ("ana", "ben", "cho", "dee", "eve")
ZONES = ("America/New_York", "Australia/Lord_Howe", "America/Phoenix", "UTC")


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
        catch_up=st.sampled_from(("paced", "at_once", "never")),
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
        if (most := recipient.hourly_limit) is not None and sum(
            each.hour == hour for each in of_them
        ) >= most:
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
        elif strategy.catch_up != "at_once":
            leads, total = sum(self.since.values()), sum(strategy.weights)
            for each in (each for each in strategy.recipients if each.account in always):
                least = Fraction(leads * (each.weight or 0), 2 * total) - 2
                assert self.since[each.account] >= least

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
    phases=[
        Phase.explicit,
        Phase.generate,
        Phase.target,
    ],  # shrinking such a story takes minutes, and says little
)
TestWhateverHappensToAStrategy = Distribution.TestCase
