"""Among which leads a pull may pick, of those that it has read; and what it has to read on for that."""

from dataclasses import replace

from routing.domain.heads import Head
from routing.domain.pull_choice import (
    MOST_DUE,
    MOST_DUE_BEFORE_NOTHING,
    Choice,
    Lendable,
    NeedMore,
    Unread,
    after_rank,
    choose,
)
from tests.unit.values import NOW, pull_strategy


def head(number: int, key: str, last_holder: str | None = None) -> Head:
    return Head(
        f"L{number}",
        1,
        "lead",
        "api",
        NOW,
        "corporate",
        ("corporate", "1"),
        ready_key=key,
        last_holder=last_holder,
    )


MORE = ["more"]
"""A further page is asked for."""


def among(found: list[Head], tail: str | None) -> list[str]:
    """The leads to pick among, when the ready side goes on after `tail` and the waiting side has been read whole."""
    candidates = [Lendable(each, pull_strategy("all"), NOW) for each in found]
    match choose(candidates, "ana", [Unread(tail)] if tail else []):
        case NeedMore(of):
            assert of == (0,)
            return MORE
        case Choice(chosen):
            return [each.head.id for each in chosen]


def test_a_lead_that_goes_after_what_is_unread_is_not_picked() -> None:
    fresh, put_back = head(1, "1~all#0"), head(2, "1~all#9")
    assert among([fresh, put_back], tail="1~all#0#L1") == ["L1"]
    assert among([fresh, put_back], tail=None) == ["L1", "L2"]


def test_what_may_go_before_all_that_was_read_is_read() -> None:
    put_back = head(2, "1~all#9")
    assert among([put_back], tail="1~all#0#L1") == MORE
    own = replace(head(1, "1~all#0"), last_holder="ana")
    assert among([own, put_back], tail="1~all#0#L1") == MORE
    assert among([own], tail="1~all#0#L1") == MORE
    assert among([own], tail="2~all#0#L7") == ["L1"]


def test_what_the_user_gave_back_comes_after_others_and_before_what_they_had_last() -> None:
    last = head(1, "1~all#0", last_holder="ana")
    given_back = replace(head(2, "1~all#1", last_holder="ben"), given_back_by=("ana", "ben"))
    bens = replace(head(3, "1~all#2", last_holder="ben"), given_back_by=("ben",))
    assert among([last, given_back, bens], tail=None) == ["L3"]
    assert among([last, given_back], tail=None) == ["L2"]
    assert among([last], tail=None) == ["L1"]


FOUND = [Lendable(head(1, "1~all#0"), pull_strategy("all"), NOW)]


def test_any_of_what_waits_by_time_may_go_first() -> None:
    unread = [Unread("9~all#9#L9"), Unread("", in_order_of_time=True, read=MOST_DUE - 1)]
    assert choose(FOUND, "ana", unread) == NeedMore((1,))


def test_what_waits_by_time_competes_up_to_a_bound_and_is_read_on_before_nothing_is_answered() -> None:
    def rest(read: int) -> list[Unread]:
        return [Unread("", in_order_of_time=True, read=read)]

    assert choose(FOUND, "ana", rest(MOST_DUE)) == Choice(tuple(FOUND))
    assert choose([], "ana", rest(MOST_DUE)) == NeedMore((0,))
    assert choose([], "ana", rest(MOST_DUE_BEFORE_NOTHING)) == Choice(())


def test_what_goes_after_a_rank_is_not_read_for_it() -> None:
    own = head(1, "1~all#0", last_holder="ana")
    assert among([own], tail="1~all#9#L9") == MORE
    assert among([own], tail=after_rank("1~all")) == ["L1"]
    assert "1~all#9#L9" < after_rank("1~all") < "1~all-b#0"
