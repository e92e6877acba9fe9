"""A lead's head: every change that it can go through, and what people see of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain import heads
from routing.domain.dispositions import Disposition
from routing.domain.heads import Head, Lease, Work
from routing.domain.pull import Filing
from tests.unit.values import NOW

HOUR = timedelta(hours=1)
FILED = Filing("filed", (), ("all",), "a-pool", ("corporate",), "1~all", "1~all#0")


def head(**other: Any) -> Head:
    return Head(
        **{
            "id": "L1",
            "version": 4,
            "record_type": "lead",
            "source": "api",
            "created_at": NOW,
            "owner": "corporate",
            "submission": ("corporate", "1"),
            "since": NOW,
            **other,
        }
    )


def filed(**other: Any) -> Head:
    return heads.filed(head(**other), FILED, 7, NOW)


def lease(holder: str = "ana", expires: datetime = NOW + HOUR) -> Lease:
    return Lease("token", holder, "all", expires)


def disposed(before: Head, outcome: Any, *, owner_is_user: bool = False, **other: Any) -> Head:
    """After ana records a disposition of this outcome, whose cool-down is an hour."""
    callback_at = other.pop("callback_at", None)
    work = Work(
        Disposition("d", "D", outcome, **other), "ana", NOW + HOUR, "denver", NOW, callback_at=callback_at
    )
    return heads.worked(before, work, owner_is_user)


# -- what people see -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", ["new", "held", "assigned", "unmatched", "spent", "closed"])
def test_at_rest_the_status_is_the_standing(standing: Any) -> None:
    assert head(standing=standing, available_at=NOW + HOUR).status_at(NOW) == standing


def test_an_open_lead_reads_by_the_clock() -> None:
    assert filed().status_at(NOW) == "ready"
    cooling = filed(available_at=NOW + HOUR)
    assert [cooling.status_at(each) for each in (NOW, NOW + HOUR)] == ["cooling", "ready"]
    leased = replace(filed(), lease=lease())
    assert [leased.status_at(each) for each in (NOW, NOW + HOUR)] == ["leased", "ready"]
    assert leased.lease_at(NOW) == lease()
    assert leased.lease_at(NOW + HOUR) is None
    assert leased.due == NOW + HOUR
    assert cooling.due == NOW + HOUR


def test_a_callback_that_nobody_kept_reads_as_ready_after_its_grace() -> None:
    waiting = disposed(replace(filed(), lease=lease()), "callback", callback_at=NOW + HOUR, grace_minutes=30)
    waiting = heads.filed(waiting, FILED, 7, NOW)
    assert waiting.status_at(NOW + HOUR + timedelta(minutes=29)) == "callback"
    assert waiting.status_at(NOW + HOUR + timedelta(minutes=30)) == "ready"


# -- routed ----------------------------------------------------------------------------------------------------

BUSY = replace(
    filed(available_at=NOW + HOUR, kept_from="corporate", held_because="x"),
    lease=lease(),
    callback_for="ana",
    callback_at=NOW + HOUR,
    valid_until=NOW + HOUR,
)
"""A head with everything on it that a change of standing must take away."""


def assert_at_rest(found: Head) -> None:
    assert (found.matched, found.pool) == ((), None)
    assert (found.ready_key, found.valid_until) == (None, None)
    assert (found.lease, found.callback_for, found.callback_at) == (None, None, None)


def test_assigned_takes_the_lead_out_of_every_queue() -> None:
    found = heads.assigned(BUSY, "ben", "denver")
    assert_at_rest(found)
    assert (found.standing, found.owner, found.given_by, found.kept_from) == (
        "assigned",
        "ben",
        "denver",
        None,
    )
    assert found.available_at is None


def test_held_keeps_the_owner_and_the_delay() -> None:
    found = heads.held(BUSY, "because")
    assert_at_rest(found)
    assert (found.standing, found.owner, found.held_because) == ("held", "corporate", "because")
    assert found.available_at == NOW + HOUR


def test_renewed_is_as_if_it_had_just_come() -> None:
    found = heads.renewed(replace(BUSY, given_by="x"), "dallas")
    assert_at_rest(found)
    assert (found.standing, found.owner, found.given_by, found.available_at) == ("new", "dallas", None, None)


def test_closed_is_out_of_everything() -> None:
    found = heads.closed(BUSY)
    assert_at_rest(found)
    assert (found.standing, found.owner) == ("closed", "corporate")


def test_resting_with_a_branch_ends_a_lease_and_a_promise() -> None:
    found = heads.rests_with(BUSY, "denver", "corporate")
    assert (found.owner, found.given_by, found.kept_from) == ("denver", "corporate", None)
    assert (found.lease, found.callback_for) == (None, None)


@pytest.mark.parametrize(
    ("reason", "standing"),
    [("filed", "open"), ("spent", "spent"), ("unmatched", "unmatched"), ("owned", "assigned")],
)
def test_a_filing_decides_the_standing_and_leaves_lease_and_cool_down(reason: Any, standing: str) -> None:
    found = heads.filed(head(lease=lease(), available_at=NOW), Filing(reason), 9, NOW)
    assert (found.standing, found.filing_version) == (standing, 9)
    assert (found.lease, found.available_at) == (lease(), NOW)


@pytest.mark.parametrize("reason", ["filed", "spent", "unmatched"])
def test_a_promise_outlives_a_new_filing(reason: Any) -> None:
    promised = head(standing="callback", callback_for="ana", callback_at=NOW + HOUR)
    found = heads.filed(promised, Filing(reason), 9, NOW)
    assert (found.standing, found.callback_for) == ("callback", "ana")


def test_versions_advance_by_one_and_since_changes_with_the_standing_only() -> None:
    before = head(standing="open")
    same = heads.advanced(before, replace(before, attempts=1), NOW + HOUR)
    assert (same.version, same.since) == (5, NOW)
    other = heads.advanced(before, replace(before, standing="closed"), NOW + HOUR)
    assert (other.version, other.since) == (5, NOW + HOUR)


# -- pulled and worked -----------------------------------------------------------------------------------------


def test_a_claim_lends_the_lead_and_does_not_give_it_away() -> None:
    found = heads.claimed(filed(available_at=NOW), lease(), owner_is_user=False, now=NOW)
    assert (found.standing, found.owner, found.lease) == ("open", "corporate", lease())
    assert (found.pull_count, found.last_holder, found.available_at) == (1, "ana", None)
    assert found.pool == "a-pool"


def test_pulling_ones_own_callback_leaves_the_lead_with_its_owner() -> None:
    mine = head(owner="ana", standing="callback", callback_for="ana", callback_at=NOW)
    found = heads.claimed(mine, lease(), owner_is_user=True, now=NOW)
    assert (found.standing, found.owner, found.valid_until) == ("callback", "ana", None)


def test_a_callback_stays_promised_to_who_pulls_it_and_to_nobody_else() -> None:
    promised = replace(filed(), standing="callback", callback_for="ana", callback_at=NOW)
    promised = replace(promised, available_at=NOW + 2 * HOUR)
    anas = heads.claimed(promised, lease("ana"), owner_is_user=False, now=NOW)
    assert (anas.standing, anas.callback_for, anas.callback_at) == ("callback", "ana", NOW)
    assert [anas.status_at(NOW + each * HOUR) for each in (0, 1, 2)] == ["leased", "callback", "ready"]
    assert anas.due == NOW + 2 * HOUR
    after_all = heads.claimed(promised, lease("ana"), owner_is_user=False, now=NOW + 2 * HOUR)
    assert (after_all.standing, after_all.callback_for) == ("open", None)
    bens = heads.claimed(promised, lease("ben"), owner_is_user=False, now=NOW)
    assert (bens.standing, bens.callback_for, bens.callback_at, bens.due) == ("open", None, None, NOW + HOUR)


def test_a_callback_that_no_strategy_sees_is_looked_at_again_when_its_lease_is_over() -> None:
    promised = head(standing="callback", callback_for="ana", callback_at=NOW)
    found = heads.claimed(promised, lease(), owner_is_user=False, now=NOW)
    assert (found.standing, found.valid_until) == ("callback", NOW + HOUR)
    assert found.status_at(NOW) == "leased"
    unseen = heads.filed(replace(promised, available_at=NOW + 2 * HOUR), Filing("unmatched"), 1, NOW)
    assert (unseen.standing, unseen.valid_until) == ("callback", NOW + 2 * HOUR)


def test_recycled_cools_down() -> None:
    found = disposed(replace(filed(), lease=lease()), "recycle")
    assert (found.standing, found.owner, found.lease) == ("open", "corporate", None)
    assert found.available_at == NOW + HOUR
    assert (found.attempts, found.last_disposition) == (1, "d")


def test_what_counts_is_what_the_disposition_says() -> None:
    before = replace(filed(), lease=lease(), pull_count=3, attempts=2)
    found = disposed(before, "recycle", counts_as_attempt=False, give_back_pull=True)
    assert (found.attempts, found.pull_count) == (2, 2)
    assert disposed(replace(before, pull_count=0), "recycle", give_back_pull=True).pull_count == 0


def test_an_owned_lead_that_is_recycled_stays_and_is_due_again() -> None:
    found = disposed(head(owner="ana", standing="assigned"), "recycle", owner_is_user=True)
    assert (found.standing, found.owner, found.available_at) == ("assigned", "ana", NOW + HOUR)


def test_a_release_goes_back_to_where_the_lead_came_from() -> None:
    owned = head(owner="ana", standing="assigned", given_by="denver", kept_from="dallas")
    found = disposed(owned, "recycle", owner_is_user=True, release=True)
    assert (found.standing, found.owner, found.available_at) == ("open", "denver", NOW + HOUR)
    assert (found.given_by, found.kept_from) == (None, None)


def test_kept_remembers_whose_it_was() -> None:
    found = disposed(replace(filed(owner="denver"), lease=lease()), "keep")
    assert_at_rest(found)
    assert (found.standing, found.owner, found.kept_from) == ("assigned", "ana", "denver")
    again = disposed(found, "keep", owner_is_user=True)
    assert (again.owner, again.kept_from) == ("ana", "denver")


def test_keeping_a_lead_that_was_pushed_remembers_who_gave_it() -> None:
    pushed = head(owner="ana", standing="assigned", given_by="denver")
    assert disposed(pushed, "keep", owner_is_user=True).given_by == "denver"


def test_a_callback_is_promised_to_its_user_and_comes_back_after_its_grace() -> None:
    at = NOW + 5 * HOUR
    found = disposed(replace(filed(), lease=lease()), "callback", callback_at=at, grace_minutes=60)
    assert (found.standing, found.callback_for, found.callback_at) == ("callback", "ana", at)
    assert found.available_at == at + HOUR
    owned = disposed(head(owner="ana", standing="assigned"), "callback", owner_is_user=True, callback_at=at)
    assert (owned.owner, owned.callback_for, owned.available_at) == ("ana", "ana", at)
    with pytest.raises(ValueError, match="time"):
        disposed(filed(), "callback")


@pytest.mark.parametrize("outcome", ["close", "do_not_call"])
def test_close_and_do_not_call_end_it(outcome: str) -> None:
    found = disposed(BUSY, outcome)
    assert_at_rest(found)
    assert found.standing == "closed"
    assert found.attempts == 1


OUTCOMES = ("recycle", "keep", "callback", "close", "do_not_call")


@given(
    st.lists(
        st.tuples(st.sampled_from(OUTCOMES), st.booleans(), st.booleans(), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_is_recorded_the_counts_go_one_way_and_no_lease_survives(
    work: list[tuple[str, bool, bool, bool]],
) -> None:
    """I1 over any sequence of pulls and dispositions: one owner, at most one lease, never a stale promise."""
    users = {"ana", "ben"}
    found = filed()
    for outcome, counts, release, by_ben in work:
        user = "ben" if by_ben else "ana"
        if found.standing in ("open", "callback") and found.owner not in users:
            found = heads.claimed(found, lease(user), owner_is_user=False, now=NOW)
            assert found.lease is not None
            assert found.callback_for in (None, user)
        before = found
        disposition = Disposition("d", "D", outcome, counts_as_attempt=counts, release=release)
        found = heads.worked(
            found,
            Work(disposition, user, NOW + HOUR, "corporate", NOW, callback_at=NOW + HOUR),
            found.owner in users,
        )
        if found.standing == "open":
            found = heads.filed(found, FILED, 1, NOW)
        assert found.lease is None
        assert found.attempts == before.attempts + counts
        assert (found.callback_for is None) is (found.callback_at is None)
        assert (found.callback_for is not None) is (found.standing == "callback")
        assert found.standing in ("open", "assigned", "callback", "closed")
        if found.standing in ("assigned", "closed"):
            assert found.pool is None
        if outcome == "keep":
            assert found.owner == user
