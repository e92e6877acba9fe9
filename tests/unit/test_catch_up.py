"""Under weights: what somebody who comes back gets of what they missed, and what those who stayed lose by it."""

import os
import random
from collections import Counter
from itertools import accumulate, pairwise

import pytest

from routing.domain.catch_up import CatchUp, next_turn
from routing.domain.criteria import Criterion
from routing.domain.strategies import Recipient
from routing.domain.strategy_state import initial, taken
from tests.unit.floor import Floor, among, weighing
from tests.unit.values import branch, lead, push_strategy

FIRST = random.SystemRandom().randrange(10**9) if "RANDOM_SEEDS" in os.environ else 0
MOST_LOST = 2
"""Leads by which who was always there may be behind half of their share, in any row of leads: half, for every second
lead may be made up for. The most that was found in 23,500 runs is 1.80; nothing is proved."""


def story(seed: int, leads: int = 100) -> tuple[list[int], set[int], list[int]]:
    """Weights, who is always there, and who got each lead, while the others come and go and are full at times."""
    dice = random.Random(seed)  # noqa: S311 - to be repeated
    size = dice.randint(2, 6)
    weights = [dice.choice((1, 1, 2, 3, 5, 10, 20, 33, 60, 98, 100)) for _ in range(size)]
    always = set(dice.sample(range(size), dice.randint(1, size - 1)))
    limits = [None if at in always else dice.choice((None, None, 3, 10)) for at in range(size)]
    leaves, returns, rolls = dice.choice((0.02, 0.1, 0.3)), dice.choice((0.02, 0.1, 0.3, 0.5)), 0.05
    there, counts = [True] * size, [0] * size
    state, got = initial(size, 1), []
    for _ in range(leads):
        for at in set(range(size)) - always:
            there[at] = dice.random() >= leaves if there[at] else dice.random() < returns
        if dice.random() < rolls:
            counts = [0] * size
        present = [
            there[at] and (limits[at] is None or counts[at] < limits[at])  # type: ignore[operator]
            for at in range(size)
        ]
        before = state
        state, chosen = next_turn(state, weights, "paced", present, present)
        assert chosen is not None
        assert present[chosen]
        if before.last == chosen and before.owed[chosen] and sum(present) > 1:
            among_them = sum(weight for weight, each in zip(weights, present, strict=True) if each)
            assert 2 * weights[chosen] > among_them, "two in a row for somebody who is owed"
        state = taken(state, chosen)
        assert min(state.owed) >= 0
        assert sum(state.interval_counts) == len(got) + 1
        counts[chosen] += 1
        got.append(chosen)
    return weights, always, got


@pytest.mark.parametrize("hundred", range(20))
def test_who_was_always_there_has_at_least_half_of_their_share_in_any_row_of_leads(hundred: int) -> None:
    for seed in range(FIRST + 100 * hundred, FIRST + 100 * (hundred + 1)):
        weights, always, got = story(seed)
        for who in always:
            half = weights[who] / sum(weights) / 2
            ahead = [0.0, *accumulate((each == who) - half for each in got)]
            best = accumulate(ahead, max)
            worst = max(most - now for most, now in zip(best, ahead, strict=True))
            assert worst <= MOST_LOST, (seed, who, worst)


def returned(catch_up: CatchUp) -> Floor:
    """Four of equal weight, one of whom comes back after 60 leads."""
    floor = Floor(weighing(ana=1, ben=1, cho=1, dee=1, catch_up=catch_up))
    floor.away("ana")
    floor.leads(60)
    floor.back("ana")
    return floor


def test_who_comes_back_gets_everything_at_once_or_every_second_lead_or_their_share() -> None:
    assert returned("at_once").leads(21) == ["ana"] * 20 + ["ana"]
    paced = returned("paced")
    leads = paced.leads(60)
    assert leads[0] == "ana"
    assert all("ana" not in pair or pair != ("ana", "ana") for pair in pairwise(leads))
    assert Counter(leads)["ana"] == 30
    assert Counter(returned("never").leads(60)) == {"ana": 15, "ben": 15, "cho": 15, "dee": 15}


def test_paced_is_level_in_the_end_and_then_as_if_nobody_had_been_away() -> None:
    floor = returned("paced")
    until_level = 0
    while any(floor.state.owed) or not until_level:
        floor.lead()
        until_level += 1
    assert max(floor.state.interval_counts) - min(floor.state.interval_counts) <= 1
    assert until_level < 90
    assert max(Counter(floor.leads(40)).values()) == 10


def test_what_is_owed_is_not_more_than_came_meanwhile_and_ends_with_the_interval() -> None:
    floor = Floor(weighing("daily", ana=1, ben=1, cho=1))
    floor.leads(6)
    floor.away("ana")
    floor.leads(2)
    floor.back("ana")
    floor.lead()
    assert sum(floor.state.owed) <= 1
    floor.away("ana")
    floor.leads(30)
    floor.later(days=1)
    floor.back("ana")
    assert Counter(floor.leads(30)) == {"ana": 10, "ben": 10, "cho": 10}


@pytest.mark.parametrize("catch_up", ["paced", "at_once", "never"])
def test_what_a_lead_does_not_allow_is_no_absence(catch_up: CatchUp) -> None:
    """Every second lead is impossible for the branch, where nobody may have it; the weights are met all the same."""
    texans = push_strategy("texans", ["gone"], "west", [Criterion("state", "equals", "TX")])
    recipients = (Recipient("ana", 60), Recipient("west", 40))
    strategy = among(*recipients, method="weighted", catch_up=catch_up, reset_interval="never")
    floor = Floor(strategy, branch("west"), more=(texans,))
    floor.away("gone")
    got = [floor.lead(subject=lead(values={"state": "TX" if at % 2 else "CO"})) for at in range(100)]
    assert Counter(got) == {"ana": 60, "west": 40}
    assert floor.state.round == 1


def test_an_explanation_says_who_is_owed_and_that_a_lead_makes_up_for_another() -> None:
    floor = returned("paced")
    floor.lead()
    assert floor.last is not None
    result = floor.last.strategies[0]
    of = {each.account: each for each in result.recipients}
    assert result.is_make_up
    assert (of["ana"].interval, of["ana"].turns, of["ana"].owed) == (0, 20, 20)
    assert (of["ben"].interval, of["ben"].turns, of["ben"].owed) == (20, 20, 0)
