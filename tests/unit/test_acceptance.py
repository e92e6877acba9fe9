"""Whether a source's lead is wanted, and what of its caps is left."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.domain import criteria
from routing.domain.acceptance import Acceptance, Reason, allowances, cap, in_parts, judge
from routing.domain.leads import Lead, RecordType

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
CONSENT = {"field": "consent.certificate", "operator": "is_not_empty"}
STATE = {"field": "state", "operator": "equals", "value": "CO"}
LISTED = {"any": [CONSENT, {"field": "consent.text", "operator": "is_not_empty"}]}
EITHER = {"any": [CONSENT, STATE]}


def reason(*entries: dict[str, Any], suppressed: bool = False, **more: Any) -> Reason | None:
    """For a lead of Utah, of which no consent is known."""
    lead = Lead("L1", "lead", "corporate", NOON, values={"state": "UT", "cost": 5})
    accepts = Acceptance(criteria.parse(entries), **more)
    return judge(accepts, lead, RecordType("lead", "Lead"), suppressed, NOON, "UTC").reason


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((), None),
        ((CONSENT,), "no_consent"),
        ((LISTED,), "no_consent"),
        ((STATE,), "outside_criteria"),
        ((CONSENT, STATE), "outside_criteria"),
        ((EITHER,), "outside_criteria"),
    ],
)
def test_who_lacks_nothing_but_consent_is_told_so(entries: Any, expected: Reason | None) -> None:
    assert reason(*entries) == expected


def test_reasons_have_one_order() -> None:
    closed: Any = (None,) * 7
    none = (cap("day", 0, 0),)
    everything: dict[str, Any] = {"hours": closed, "caps": none}
    assert reason(STATE, suppressed=True, **everything) == "do_not_call"
    assert reason(STATE, **everything) == "outside_criteria"
    assert reason(**everything) == "out_of_hours"
    assert reason(caps=none) == "over_cap"
    assert reason(caps=(cap("month", None, 4.9999),)) == "over_budget"
    assert reason(caps=(cap("month", None, 5),)) is None


def test_of_several_caps_of_a_period_the_least_counts_and_periods_are_local() -> None:
    caps = (cap("day", 5, None), cap("day", 3, 10), cap("month", None, 99.5))
    late = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)
    found = [
        (each.per, each.stamp, each.leads, each.cost) for each in allowances(caps, late, "America/Denver")
    ]
    assert found == [("day", "2026-10-31", 3, 100_000), ("month", "2026-10", None, 995_000)]
    assert [each.stamp for each in allowances(caps, late, "UTC")] == ["2026-11-01", "2026-11"]


@pytest.mark.parametrize(
    ("cost", "parts"),
    [
        (None, 0),
        (0, 0),
        (0.1, 1000),
        ("0.00001", 1),
        (33.33, 333_300),
        ("12,50", 125_000),
        (19.999949, 200_000),
    ],
)
def test_money_is_counted_in_whole_parts_never_less(cost: Any, parts: int) -> None:
    assert in_parts(cost) == parts


@pytest.mark.parametrize(("at", "fits"), [(0, True), (95, True), (96, False), (200, False)])
def test_a_lead_fits_up_to_the_last_cent(at: int, fits: bool) -> None:
    (room,) = allowances([cap("day", None, 100.00009)], NOON, "UTC")
    assert room.cost == 1_000_000
    assert (room.full(0, at * 10_000, 50_000) is None) == fits
