"""The examples of the two articles that the product implements, and those that follow from them."""

from collections import Counter
from dataclasses import replace

from routing.domain.strategies import Recipient
from tests.unit.floor import Floor, among, weighing

FIVE = {f"user{number}": 20 for number in range(1, 6)}


def test_five_users_in_round_robin_get_leads_in_a_loop() -> None:
    floor = Floor(among(*FIVE))
    assert floor.leads(12) == [*FIVE, *FIVE, "user1", "user2"]


def test_five_users_of_whom_two_are_away_share_a_thousand_leads_among_three() -> None:
    floor = Floor(among(*FIVE))
    floor.away("user2", "user3")
    assert Counter(floor.leads(1000)) == {"user1": 334, "user4": 333, "user5": 333}


def test_twenty_percent_for_each_of_five_is_the_same_volume_for_each() -> None:
    floor = Floor(weighing(**FIVE))
    for rounds in range(1, 11):
        assert Counter(floor.leads(5)) == dict.fromkeys(FIVE, 1)
        assert floor.state.interval_counts == (rounds,) * 5


def test_a_high_performer_gets_the_larger_volume_that_they_weigh() -> None:
    floor = Floor(weighing(star=40, two=15, three=15, four=15, five=15))
    got = Counter(floor.leads(200))
    assert got == {"star": 80, "two": 30, "three": 30, "four": 30, "five": 30}


def test_three_users_stopped_on_user_2_begin_with_user_1_the_next_day() -> None:
    floor = Floor(among("user1", "user2", "user3"), zone="America/New_York")
    floor.later(hours=18)  # 22:00 in New York
    assert floor.leads(2) == ["user1", "user2"]
    floor.later(hours=1, minutes=59)
    assert floor.lead() == "user3"
    floor.leads(2)
    floor.later(minutes=1)
    assert floor.lead() == "user1"


def test_three_users_stopped_on_user_2_go_on_with_user_3_the_next_day_within_7_days() -> None:
    floor = Floor(among("user1", "user2", "user3", reset_interval="last_7_days"))
    assert floor.leads(2) == ["user1", "user2"]
    floor.later(days=1)
    assert floor.lead() == "user3"


def test_sixty_twenty_twenty_is_met_over_seven_days_on_any_volume() -> None:
    floor = Floor(weighing(user1=60, user2=20, user3=20))
    for volume in (3, 11, 1, 0, 7, 9, 19):
        floor.leads(volume)
        floor.later(days=1)
    assert floor.state.interval_counts == (30, 10, 10)


def test_the_ratio_restarts_after_the_seventh_day() -> None:
    floor = Floor(weighing(user1=60, user2=20, user3=20))
    first = floor.leads(7)
    floor.later(days=6, hours=14, minutes=59)
    before = sum(floor.state.interval_counts)
    floor.lead()
    assert sum(floor.state.interval_counts) == before + 1
    floor.later(minutes=1)
    assert floor.leads(7) == first
    assert floor.state.interval == "2026-03-09"
    assert sum(floor.state.interval_counts) == 7


def test_sixty_twenty_twenty_with_user_2_away_for_two_of_the_days_is_still_met() -> None:
    floor = Floor(weighing(user1=60, user2=20, user3=20))
    for day in range(7):
        (floor.away if day in (2, 3) else floor.back)("user2")
        got = Counter(floor.leads(10))
        assert ("user2" in got) is (day not in (2, 3))
        floor.later(days=1)
    assert floor.state.interval_counts == (42, 14, 14)


def test_whoever_was_away_at_the_end_of_the_seven_days_gets_nothing_extra_in_the_next() -> None:
    floor = Floor(weighing(user1=60, user2=20, user3=20))
    floor.later(days=5)
    floor.away("user2")
    floor.leads(20)
    floor.later(days=2)
    floor.back("user2")
    assert Counter(floor.leads(10)) == {"user1": 6, "user2": 2, "user3": 2}


def test_ninety_eight_to_two_holds_between_two_while_the_hundred_is_away() -> None:
    floor = Floor(weighing(most=98, few=2, gone=100))
    floor.away("gone")
    assert Counter(floor.leads(100)) == {"most": 98, "few": 2}


def test_a_zero_weight_gets_nothing_whoever_is_away() -> None:
    floor = Floor(weighing(user1=60, user2=0, user3=40))
    assert Counter(floor.leads(100)) == {"user1": 60, "user3": 40}
    assert floor.reasons()["user2"] == "zero_weight"
    floor.away("user1", "user3")
    assert floor.lead() is None
    assert floor.reasons() == {"user1": "unavailable", "user2": "zero_weight", "user3": "unavailable"}


def test_without_catching_up_who_was_away_gets_only_their_share_from_then_on() -> None:
    floor = Floor(weighing(user1=60, user2=20, user3=20, catch_up="never"))
    floor.leads(10)
    floor.away("user2")
    assert Counter(floor.leads(20)) == {"user1": 15, "user3": 5}
    floor.back("user2")
    assert Counter(floor.leads(10)) == {"user1": 6, "user2": 2, "user3": 2}


def test_with_catching_up_who_was_away_gets_what_they_missed_first() -> None:
    floor = Floor(weighing(user1=60, user2=20, user3=20, catch_up="at_once"))
    floor.away("user2")
    assert Counter(floor.leads(20)) == {"user1": 15, "user3": 5}
    floor.back("user2")
    assert floor.leads(5) == ["user2"] * 5
    floor.leads(5)
    assert floor.state.interval_counts == (18, 6, 6)


def test_three_leads_a_day_are_two_one_and_nothing_every_day() -> None:
    """Where the volume is too low for the weights to show inside the interval."""
    floor = Floor(weighing("daily", user1=60, user2=20, user3=20))
    for _ in range(7):
        assert Counter(floor.leads(3)) == {"user1": 2, "user2": 1}
        floor.later(days=1)


def test_limits_cap_what_a_user_gets_per_strategy() -> None:
    """A distribution cap on the number of leads a user can receive, per distribution strategy."""
    capped = among(Recipient("user1", hourly_limit=2, daily_limit=3), "user2", order=1)
    other = replace(among("user1"), id="other", order=2)
    floor = Floor(capped, more=(other,))
    assert Counter(floor.leads(6)) == {"user1": 2, "user2": 4}
    floor.later(hours=1)
    assert Counter(floor.leads(4)) == {"user1": 1, "user2": 3}
    floor.away("user2")
    assert floor.lead() == "user1"
    assert floor.last is not None
    assert (floor.last.strategy, floor.reasons()["user1"]) == ("other", "daily_limit")
