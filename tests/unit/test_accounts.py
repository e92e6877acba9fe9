"""The account tree."""

from hypothesis import given
from hypothesis import strategies as st

from routing.domain.accounts import Account, AccountTree
from tests.unit.values import branch, user


def tree(*accounts: Account) -> AccountTree:
    everyone = [Account("corporate", "corporate", "Corporate", timezone="America/Denver"), *accounts]
    return AccountTree({each.id: each for each in everyone})


SMALL = tree(
    branch("west"),
    branch("denver", "west", timezone="America/Phoenix"),
    user("ana", "denver"),
    user("ceo", "corporate"),
)


def test_a_lineage_goes_from_the_account_to_the_root() -> None:
    assert SMALL.lineage("ana") == ["ana", "denver", "west", "corporate"]
    assert SMALL.lineage("corporate") == ["corporate"]
    assert SMALL.lineage("nobody") == []


def test_below_excludes_the_account_itself_and_at_or_below_does_not() -> None:
    assert SMALL.is_below("ana", "west")
    assert not SMALL.is_below("west", "west")
    assert SMALL.is_at_or_below("west", "west")
    assert not SMALL.is_below("west", "ana")
    assert not SMALL.is_at_or_below("nobody", "corporate")


def test_below_lists_parents_before_children() -> None:
    below = SMALL.below("corporate")
    assert sorted(below) == ["ana", "ceo", "denver", "west"]
    assert below.index("west") < below.index("denver") < below.index("ana")
    assert SMALL.below("ana") == []


def test_a_time_zone_is_the_nearest_one_above() -> None:
    assert SMALL.timezone("ana") == "America/Phoenix"
    assert SMALL.timezone("west") == "America/Denver"
    assert SMALL.timezone("nobody") == "UTC"
    assert AccountTree({"a": Account("a", "corporate", "A")}).timezone("a") == "UTC"


def test_a_cycle_that_slipped_in_ends_no_lineage_in_a_loop() -> None:
    looped = AccountTree({"a": branch("a", "b"), "b": branch("b", "a")})
    assert looped.lineage("a") == ["a", "b"]


@given(st.lists(st.integers(0, 30), max_size=30))
def test_lineages_and_what_is_below_agree(parents: list[int]) -> None:
    """Account n hangs below account parents[n] % n, so every tree can come out."""
    accounts = [
        branch(f"b{at + 1}", f"b{each % (at + 1)}" if each % (at + 1) else "corporate")
        for at, each in enumerate(parents)
    ]
    found = tree(*accounts)
    for upper in found:
        assert sorted(found.below(upper.id)) == sorted(
            each.id for each in found if each.id != upper.id and upper.id in found.lineage(each.id)
        )
    assert sorted(found.below("corporate")) == sorted(each.id for each in accounts)
    assert "nobody" not in found
    assert "corporate" in found
