"""What other systems are complained of, and what their own tests ask: replayed here, one test each.

Of the complaints, these are shown where there is a table or a request to show them on:

- the backlog never drains when someone frees up: tests/e2e/test_main_job.py
  `test_a_lead_nobody_can_take_is_held_with_reasons_until_somebody_is_back`, tests/e2e/test_push.py
  `test_limits_hold_leads_until_the_hour_and_the_day_roll_over`, tests/concurrency/test_races.py
  `test_held_leads_are_assigned_once_when_everybody_comes_back_at_once`;
- two leads, the same rep (a race): tests/concurrency/test_push_limits.py
  `test_eight_deliveries_fill_every_limit_exactly_hour_by_hour`, tests/concurrency/test_races.py
  `test_deliveries_that_race_repeat_and_crash_assign_every_lead_once`;
- any edit triggers assignment again: tests/concurrency/test_push_limits.py
  `test_an_edit_of_an_assigned_lead_assigns_nothing_again`;
- "why is nothing distributing?": tests/functional/test_leads.py
  `test_explain_says_what_would_happen_and_changes_nothing`, tests/e2e/test_push.py
  `test_all_zero_weights_hold_the_lead_and_say_so`;
- hundreds of queries for a batch of leads: tests/concurrency/test_budgets.py.

Wrong time zones, blank states, holidays and windows that never open are of calling hours, not of push.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from routing.domain.criteria import Criterion
from routing.domain.presence import Presence
from routing.domain.strategies import Recipient
from routing.domain.weighted import weighted
from tests.unit.floor import MORNING, Floor, among, weighing
from tests.unit.values import lead, user

# -- complaints ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", [among("old", "new"), weighing(old=1, new=1)])
def test_the_oldest_member_always_comes_first_and_all_thirty_leads_go_to_one(strategy) -> None:
    floor = Floor(replace(strategy, reset_interval="never"))
    for _ in range(30):
        floor.lead()
        floor.later(hours=25)
    assert floor.state.interval_counts == (15, 15)


def test_a_returning_user_is_not_flooded() -> None:
    """With `never` nothing is made up for."""
    floor = Floor(weighing("never", ana=1, ben=1, catch_up="never"))
    floor.away("ana")
    floor.leads(50)
    floor.back("ana")
    assert floor.leads(6) == ["ana", "ben"] * 3


def test_an_echo_comes_thirty_days_later() -> None:
    """What was missed is made up for inside the interval, never in a later one."""
    floor = Floor(weighing("daily", ana=1, ben=1, catch_up="at_once"))
    floor.away("ana")
    floor.leads(4)
    floor.back("ana")
    assert floor.leads(6) == ["ana"] * 4 + ["ana", "ben"]
    floor.away("ana")
    floor.leads(50)
    floor.back("ana")
    for _ in range(30):
        floor.later(days=1)
        assert Counter(floor.leads(6)) == {"ana": 3, "ben": 3}


def test_editing_the_members_resets_the_counts() -> None:
    """The counts are a person's: they stay with them wherever in the list they are, and out of it."""
    floor = Floor(among(Recipient("ana", daily_limit=2), Recipient("ben", daily_limit=2)))
    assert floor.leads(3) == ["ana", "ben", "ana"]
    floor.edit("new", Recipient("ben", daily_limit=2), Recipient("ana", daily_limit=2))
    assert floor.leads(3) == ["ben", "new", "new"]
    assert floor.reasons() == {"new": "eligible", "ben": "daily_limit", "ana": "daily_limit"}
    floor.edit(Recipient("ben", daily_limit=2))
    floor.edit(Recipient("ana", daily_limit=2), Recipient("ben", daily_limit=2))
    assert floor.lead() is None


def test_an_edit_of_the_members_moves_the_turn() -> None:
    floor = Floor(among("ana", "ben", "cho"))
    assert floor.leads(2) == ["ana", "ben"]
    floor.edit("new", "ana", "cho", "ben")
    assert floor.leads(4) == ["cho", "ben", "new", "ana"]


def test_inactive_or_offline_users_get_leads() -> None:
    floor = Floor(
        among("never-seen", "idle", "signed-out", "left", "there", active_within=timedelta(minutes=15)),
        user("left", enabled=False),
    )
    floor.presence = {
        "idle": Presence(last_active=MORNING - timedelta(minutes=15, seconds=1)),
        "signed-out": Presence(available=False, last_active=MORNING),
        "left": Presence(last_active=MORNING),
        "there": Presence(last_active=MORNING - timedelta(minutes=15)),
    }
    assert floor.leads(20) == ["there"] * 20
    assert floor.reasons() == {
        "never-seen": "inactive",
        "idle": "inactive",
        "signed-out": "unavailable",
        "left": "disabled",
        "there": "eligible",
    }
    floor.later(seconds=1)
    assert floor.lead() is None


def test_phone_users_look_offline() -> None:
    """Whoever works away from the screen counts as there, where no activity is asked for, until they say not."""
    floor = Floor(among("on-the-phone", "gone"))
    floor.presence = {
        "on-the-phone": Presence(last_active=MORNING - timedelta(days=3)),
        "gone": Presence(available=False, last_active=MORNING),
    }
    assert floor.leads(3) == ["on-the-phone"] * 3


def test_a_bulk_insert_goes_to_one_rep() -> None:
    """Leads of one moment, decided one after the other on the state that the one before left."""
    names = [f"rep{number}" for number in range(7)]
    assert Counter(Floor(among(*names)).leads(700)) == dict.fromkeys(names, 100)
    assert Counter(Floor(weighing(**dict.fromkeys(names, 3))).leads(700)) == dict.fromkeys(names, 100)


def test_a_crash_when_all_weights_are_zero() -> None:
    floor = Floor(weighing(ana=0, ben=0))
    assert floor.lead() is None
    assert floor.last is not None
    assert floor.last.outcome == "held"
    assert floor.reasons() == {"ana": "zero_weight", "ben": "zero_weight"}


def test_old_or_copied_leads_are_skipped_in_silence() -> None:
    """A lead's age and likeness are no reason, unless a criterion says so, and then it says so."""
    fresh = among("ana", id="fresh", order=1, criteria=(Criterion("created_at", "within_last", "P30D"),))
    floor = Floor(fresh, more=(replace(among("ben"), id="rest", order=2),))
    old = lead(id="L2", created_at=floor.now - timedelta(days=1000))
    assert [floor.lead(subject=each) for each in (old, replace(old, id="L3"))] == ["ben", "ben"]
    assert floor.last is not None
    skipped, took = floor.last.strategies
    assert (skipped.id, skipped.matched, took.id) == ("fresh", False, "rest")
    (result,) = skipped.criteria
    assert not result.held
    assert result.reason


# -- their own tests -------------------------------------------------------------------------------------------


def test_odoo_eleven_leads_of_which_eight_are_tagged_are_five_three_three() -> None:
    """m1 takes tagged leads only, up to their maximum."""
    tagged = among(
        Recipient("m1", daily_limit=5),
        id="tagged",
        order=1,
        criteria=(Criterion("campaign", "equals", "tag"),),
    )
    floor = Floor(tagged, more=(replace(among("m2", "m3"), id="all", order=2),))
    subjects = [lead(values={"campaign": "tag"} if each == "t" else {}) for each in "tt-ttt-tt-t"]
    got = [(floor.lead(subject=each), bool(each.values)) for each in subjects]
    assert Counter(tag for _, tag in got) == {True: 8, False: 3}
    assert Counter(who for who, _ in got) == {"m1": 5, "m2": 3, "m3": 3}
    assert all(tag for who, tag in got if who == "m1")


@pytest.mark.parametrize("most", [14, 16])
def test_odoo_twelve_existing_leads_and_a_maximum_are_never_passed(most: int) -> None:
    floor = Floor(
        among(Recipient("m1", daily_limit=most), Recipient("archived", daily_limit=most)),
        user("archived", enabled=False),
    )
    floor.leads(12)
    assert floor.leads(20) == ["m1"] * (most - 12) + [None] * (32 - most)
    assert floor.state.day_counts == (most, 0)


@pytest.mark.parametrize("most", [1, 10, 14, 15, 45])
def test_odoo_a_small_maximum_is_not_rounded_away(most: int) -> None:
    floor = Floor(among(Recipient("m1", daily_limit=most)))
    assert Counter(floor.leads(60))["m1"] == most


def test_frappe_three_users_are_one_two_three_one_though_assignments_close() -> None:
    """What becomes of a lead afterwards does not move the turn."""
    floor = Floor(among("1", "2", "3"))
    closed = lead(status="closed")
    assert [floor.lead(), floor.lead(subject=closed), floor.lead(), floor.lead()] == ["1", "2", "3", "1"]


def test_frappe_weights_of_one_and_two_over_five_records_give_two_and_three() -> None:
    floor = Floor(weighing(a=1, b=2))
    assert Counter(floor.leads(5)) == {"a": 2, "b": 3}
    assert floor.lead() == "b"


def test_frappe_a_last_user_who_is_gone_means_the_next_user() -> None:
    floor = Floor(among("1", "2", "3"))
    floor.leads(2)
    floor.edit("1", "3")
    assert floor.leads(2) == ["3", "1"]


def test_chatwoot_two_agents_of_two_an_hour_take_four_and_the_fifth_after_the_window() -> None:
    floor = Floor(among(Recipient("a", hourly_limit=2), Recipient("b", hourly_limit=2)))
    assert floor.leads(5) == ["a", "b", "a", "b", None]
    assert floor.reasons() == {"a": "hourly_limit", "b": "hourly_limit"}
    floor.later(minutes=59, seconds=59)
    assert floor.lead() is None
    floor.later(seconds=1)
    assert floor.leads(5) == ["a", "b", "a", "b", None]


@pytest.mark.parametrize(
    ("weights", "counts"),
    [
        ((100, 100), (2, 2)),  # in turn from the first: whose latest is older
        ((200, 100), (3, 2)),
        ((150, 100), (3, 2)),  # an exact tie
    ],
)
def test_cal_com_of_two_with_these_weights_and_counts_the_first_is_next(
    weights: tuple[int, int], counts: tuple[int, int]
) -> None:
    assert weighted(weights, counts, (True, True)) == 0
