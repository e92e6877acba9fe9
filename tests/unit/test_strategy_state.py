"""Round robin, its periods, and what an edit keeps."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.domain.round_robin import round_robin
from routing.domain.strategy_state import StrategyState, edited, initial, restarted, rolled, taken
from tests.unit.values import instants

MONDAY = date(2026, 3, 2)
DENVER = "America/Denver"
NAMES = ("ana", "ben", "cho", "dee", "eve")


def spread(state: StrategyState, eligible: Sequence[bool], leads: int) -> tuple[StrategyState, list[int]]:
    """The state after this many leads, and who took each."""
    order = []
    for _ in range(leads):
        chosen = round_robin(state.cursor, eligible)
        assert chosen is not None
        order.append(chosen)
        state = taken(state, chosen)
    return state, order


def test_five_users_with_two_inactive_share_a_thousand_leads_as_the_article_says() -> None:
    _, order = spread(initial(5, 1), [True, False, False, True, True], 1000)
    counts = Counter(order)
    assert [counts[at] for at in range(5)] == [334, 0, 0, 333, 333]


def test_everybody_in_turn_from_the_first() -> None:
    state, order = spread(initial(3, 1), [True] * 3, 7)
    assert order == [0, 1, 2, 0, 1, 2, 0]
    assert state.cursor == 1
    assert state.interval_counts == state.hour_counts == state.day_counts == (3, 2, 2)


def test_whoever_was_passed_over_does_not_catch_up() -> None:
    state, _ = spread(initial(3, 1), [True, False, True], 4)
    assert state.interval_counts == (2, 0, 2)
    _, order = spread(state, [True] * 3, 3)
    assert order == [0, 1, 2]


def test_nobody_eligible_is_nobody() -> None:
    assert round_robin(2, [False] * 4) is None
    assert round_robin(0, []) is None


@given(st.integers(0, 9), st.lists(st.booleans(), min_size=1, max_size=10))
def test_the_first_eligible_at_or_after_the_cursor_is_next(cursor: int, eligible: list[bool]) -> None:
    cursor %= len(eligible)
    chosen = round_robin(cursor, eligible)
    turn = [*range(cursor, len(eligible)), *range(cursor)]
    assert chosen == next((at for at in turn if eligible[at]), None)


@given(
    st.integers(2, 8).flatmap(
        lambda size: st.tuples(
            st.sets(st.integers(0, size - 1), min_size=2),
            st.lists(st.lists(st.booleans(), min_size=size, max_size=size), max_size=60),
        )
    )
)
def test_who_was_always_there_differs_by_at_most_one(case: tuple[set[int], list[list[bool]]]) -> None:
    """I4, with the others coming and going as they please."""
    always, rounds = case
    if not rounds:
        return
    state = initial(len(rounds[0]), 1)
    for others in rounds:
        eligible = [at in always or is_there for at, is_there in enumerate(others)]
        chosen = round_robin(state.cursor, eligible)
        assert chosen is not None
        state = taken(state, chosen)
        counts = [state.interval_counts[at] for at in always]
        assert max(counts) - min(counts) <= 1


names = st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=5)


@given(names, names, st.integers(0, 30), st.integers(0, 30))
def test_an_edit_keeps_the_position_and_starts_a_fair_ratio(
    before: list[str], after: list[str], leads_before: int, leads_after: int
) -> None:
    state, _ = spread(initial(len(before), 1), [True] * len(before), leads_before)
    changed = edited(state, before, after, 2)
    turn = [before[(state.cursor + step) % len(before)] for step in range(len(before))]
    still_there = [each for each in turn if each in after]
    expected = still_there[0] if still_there else after[0]
    assert after[changed.cursor] == expected
    assert changed.strategy_version == 2
    if before == after:
        assert changed.interval_counts == state.interval_counts
    else:
        assert set(changed.interval_counts) == {0}
        end, _ = spread(changed, [True] * len(after), leads_after)
        assert max(end.interval_counts) - min(end.interval_counts) <= 1


@given(names, names, names, st.integers(0, 30))
def test_counts_of_hour_and_day_follow_the_account_even_out_of_the_list_and_back(
    first: list[str], second: list[str], third: list[str], leads: int
) -> None:
    state, order = spread(initial(len(first), 1), [True] * len(first), leads)
    received = Counter(first[at] for at in order)
    state = edited(edited(state, first, second, 2), second, third, 3)
    assert dict(zip(third, state.hour_counts, strict=True)) == {each: received[each] for each in third}
    assert dict(zip(third, state.day_counts, strict=True)) == {each: received[each] for each in third}
    gone = {each: (count, count) for each, count in received.items() if each not in third}
    assert state.removed == gone


def test_a_strategy_that_was_deleted_and_comes_back_keeps_the_days_counts() -> None:
    state, _ = spread(initial(2, 1), [True] * 2, 3)
    gone = edited(state, ("ana", "ben"), (), 2)
    assert (gone.cursor, gone.hour_counts) == (0, ())
    back = edited(gone, (), ("ben", "ana"), 3)
    assert back.day_counts == (1, 2)
    assert back.removed == {}


def test_a_restart_by_an_edit_begins_at_the_first_recipient_of_a_new_interval() -> None:
    state, _ = spread(initial(3, 1), [True] * 3, 4)
    state = rolled(state, "daily", MONDAY, datetime(2026, 3, 4, 15, tzinfo=UTC), DENVER)
    changed = edited(state, NAMES[:3], NAMES[:3], 2, restart=True)
    assert (changed.cursor, changed.interval, changed.interval_counts) == (0, "", (0, 0, 0))
    assert changed.hour_counts == state.hour_counts


def test_reset_now_restarts_the_method_and_not_the_limits() -> None:
    state, _ = spread(initial(3, 1), [True] * 3, 4)
    again = restarted(state)
    assert (again.cursor, again.interval_counts) == (0, (0, 0, 0))
    assert (again.hour_counts, again.day_counts) == (state.hour_counts, state.day_counts)


def test_stopped_on_user_2_in_the_evening_user_1_is_next_in_the_morning() -> None:
    evening = datetime(2026, 3, 5, 3, tzinfo=UTC)  # 20:00 in Denver
    state = rolled(initial(3, 1), "daily", MONDAY, evening, DENVER)
    state, order = spread(state, [True] * 3, 2)
    assert order == [0, 1]
    still = rolled(state, "daily", MONDAY, evening + timedelta(hours=3, minutes=59), DENVER)
    assert still.cursor == 2
    morning = rolled(still, "daily", MONDAY, evening + timedelta(hours=4), DENVER)
    assert round_robin(morning.cursor, [True] * 3) == 0
    assert morning.interval_counts == morning.hour_counts == morning.day_counts == (0, 0, 0)


def test_within_seven_days_the_day_rolls_and_the_method_goes_on() -> None:
    tuesday = datetime(2026, 3, 3, 18, tzinfo=UTC)
    state = rolled(initial(3, 1), "last_7_days", MONDAY, tuesday, DENVER)
    state, _ = spread(state, [True] * 3, 2)
    sunday = rolled(state, "last_7_days", MONDAY, datetime(2026, 3, 9, 5, 59, tzinfo=UTC), DENVER)
    assert (sunday.cursor, sunday.interval_counts, sunday.day_counts) == (2, (1, 1, 0), (0, 0, 0))
    monday = rolled(state, "last_7_days", MONDAY, datetime(2026, 3, 9, 6, tzinfo=UTC), DENVER)
    assert (monday.cursor, monday.interval_counts, monday.interval) == (0, (0, 0, 0), "2026-03-09")


def test_never_goes_on_for_ever() -> None:
    state = rolled(initial(3, 1), "never", MONDAY, datetime(2026, 3, 3, tzinfo=UTC), DENVER)
    state, _ = spread(state, [True] * 3, 2)
    later = rolled(state, "never", MONDAY, datetime(2036, 3, 3, tzinfo=UTC), DENVER)
    assert (later.cursor, later.interval_counts) == (2, (1, 1, 0))


zones = st.sampled_from(("America/New_York", "Australia/Lord_Howe", "America/Phoenix", "UTC"))
times = st.lists(instants(2026, 2026), min_size=1, max_size=30)


@given(times, zones, st.sampled_from(("daily", "last_7_days", "never")))
def test_periods_never_go_back_whatever_the_clock_does(
    instants: list[datetime], zone: str, kind: str
) -> None:
    """I7, and rolling twice is rolling once."""
    state = initial(2, 1)
    for now in instants:
        after = rolled(state, kind, MONDAY, now, zone)
        assert after.hour >= state.hour
        assert after.day >= state.day
        assert after.interval >= state.interval
        assert rolled(after, kind, MONDAY, now, zone) == after
        chosen = round_robin(after.cursor, [True, True])
        assert chosen is not None
        state = taken(after, chosen)


@given(times, zones)
def test_a_count_belongs_to_the_period_of_its_stamp(instants: list[datetime], zone: str) -> None:
    """What a state says it counted in this hour and day is what was taken since those began."""
    state = initial(1, 1)
    in_hour: Counter[str] = Counter()
    in_day: Counter[str] = Counter()
    for now in instants:
        state = taken(rolled(state, "daily", MONDAY, now, zone), 0)
        in_hour[state.hour] += 1
        in_day[state.day] += 1
        assert state.hour_counts == (in_hour[state.hour],)
        assert state.day_counts == (in_day[state.day],)


def test_the_counts_of_the_removed_roll_with_their_periods() -> None:
    at_nine = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
    state = rolled(initial(2, 1), "daily", MONDAY, at_nine, DENVER)
    state, _ = spread(state, [True] * 2, 2)
    state = edited(state, ("ana", "ben"), ("ana",), 2)
    assert state.removed == {"ben": (1, 1)}
    next_hour = rolled(state, "daily", MONDAY, at_nine + timedelta(hours=1), DENVER)
    assert next_hour.removed == {"ben": (0, 1)}
    assert rolled(state, "daily", MONDAY, at_nine + timedelta(days=1), DENVER).removed == {}
