"""Among which leads a pull may pick, of those that it has read."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from routing.domain.heads import Head
from routing.domain.presence import Presence
from routing.services.pull.snapshot import Candidate, Front, Side, candidates
from tests.unit.values import NOW, company, pull_strategy

READY, WAITING = "READY#corporate#pool#ANY", "WAIT#corporate#pool#ANY"


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


class Unread(Exception):
    """A further page was asked for."""


def among(found: list[Head], tail: str | None) -> list[str]:
    """The candidates, when the ready side goes on after `tail` and the waiting side has been read whole."""

    def together(*_: Any) -> None:
        raise Unread

    store: Any = SimpleNamespace(
        table=SimpleNamespace(together=together, query=together), spread=SimpleNamespace(size=1)
    )
    ready = Side(READY, None, next={"QSK": tail} if tail else None, tail=tail or "")
    front = Front(
        "ana", None, NOW, company(), Presence(), [], [], [], None, {}, [ready, Side(WAITING, "now")]
    )
    strategy = pull_strategy("all")
    front.found = {each.id: Candidate(each, strategy, NOW) for each in found}
    return [each.head.id for each in candidates(store, front, set())]


def test_a_lead_that_goes_after_what_is_unread_is_not_picked() -> None:
    fresh, put_back = head(1, "1~all#0"), head(2, "1~all#9")
    assert among([fresh, put_back], tail="1~all#0#L1") == ["L1"]
    assert among([fresh, put_back], tail=None) == ["L1", "L2"]


def test_what_may_go_before_all_that_was_read_is_read() -> None:
    put_back = head(2, "1~all#9")
    with pytest.raises(Unread):
        among([put_back], tail="1~all#0#L1")
    own = replace(head(1, "1~all#0"), last_holder="ana")
    with pytest.raises(Unread):
        among([own, put_back], tail="1~all#0#L1")
    with pytest.raises(Unread):
        among([own], tail="1~all#0#L1")
    assert among([own], tail="2~all#0#L7") == ["L1"]


def test_what_the_user_gave_back_comes_after_others_and_before_what_they_had_last() -> None:
    last = head(1, "1~all#0", last_holder="ana")
    given_back = replace(head(2, "1~all#1", last_holder="ben"), given_back_by=("ana", "ben"))
    bens = replace(head(3, "1~all#2", last_holder="ben"), given_back_by=("ben",))
    assert among([last, given_back, bens], tail=None) == ["L3"]
    assert among([last, given_back], tail=None) == ["L2"]
    assert among([last], tail=None) == ["L1"]
