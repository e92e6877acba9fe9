"""Held leads by signature: which of an owner's could be placed now, and those, oldest first."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from routing.domain import push
from routing.domain.company import Company
from routing.domain.presence import Presence
from routing.services.core.store import Store
from routing.services.push.route import read
from routing.storage import keys, signatures
from routing.storage.signatures import Listed, Others
from routing.storage.table import ConditionFailed, Table, Write

LOOKED_OVER = 250
"""Held leads that are tried again whatever their signature says, of an owner and at a time."""
INTERNAL_AT_ONCE = 100
MOST_TRIED = 100
"""Held leads that no signature finds and that one walk tries."""
MOST_WALKED = 1000
"""Places of held leads that one walk reads for them."""


def placeable(
    owner: str,
    listed: Listed,
    company: Company,
    states: push.States,
    presence: Mapping[str, Presence],
    now: datetime,
) -> list[str]:
    """The signatures of which somebody could take a lead now."""
    return [
        name
        for name, strategies in listed.strategies.items()
        if push.could_place(owner, company, states, presence, now, strategies)
    ]


def placeable_now(store: Store, owner: str, listed: Listed, now: datetime) -> list[str]:
    """The signatures of which somebody could take a lead now."""
    wanted = {each for strategies in listed.strategies.values() for each in strategies}

    def needs(company: Company) -> push.Needs:
        present = [company.push_strategies[each] for each in wanted if each in company.push_strategies]
        users = {each for strategy in present for each in strategy.accounts if company.tree.is_user(each)}
        return push.Needs(frozenset(each.id for each in present), frozenset(users))

    company, states, presence = read(store, needs)
    return placeable(owner, listed, company, states, presence, now)


def page(
    table: Table, owner: str, names: Sequence[str], after: str | None, limit: int
) -> tuple[list[str], str | None]:
    """The oldest held leads of these signatures after a place, and the place to go on after; None at the end."""
    pages = table.run_parallel(
        *(
            lambda name=name: table.query(
                keys.held_under(owner, name), index="timer", first=f"{after or ''}!", limit=limit
            )
            for name in names
        )
    )
    found = sorted((keys.place_among_held(item), keys.named(item)) for each in pages for item in each.items)
    has_more = len(found) > limit or any(each.next is not None for each in pages)
    found = found[:limit]
    return [lead for _, lead in found], found[-1][0] if has_more and found else None


def walk_others(
    store: Store, owner: str, listed: Listed, names: Sequence[str], others: Others, now: datetime
) -> tuple[list[str], Write]:
    """The next leads that no signature finds, from a kept place on, but those whose own nobody could take now.

    And what keeps the place after them: to be written when they have been asked for, so that none is passed over.

    names: the signatures of which somebody could. When a whole pass has met none, it is noted that there are none.
    """
    begun = others.begun if others.place is not None else now
    found, place = _some_others(store.table, owner, others.place, listed, names, MOST_TRIED)
    leads = found.leads
    if found.has_some:
        begun = None
    if place is None and begun is not None and begun >= others.last + signatures.SETTLED:
        write = signatures.no_others(owner, others)
    else:
        if place is None and others.place is not None and len(leads) < MOST_TRIED:  # on from the beginning
            more, place = _some_others(store.table, owner, None, listed, names, MOST_TRIED - len(leads))
            leads = list(dict.fromkeys((*leads, *more.leads)))
            begun = None if more.has_some else now
        write = signatures.walked(owner, replace(others, place=place, begun=begun))
    return leads, write


@dataclass(frozen=True, slots=True)
class _Found:
    """has_some: whether any was met, to be tried or not."""

    leads: list[str]
    has_some: bool


def _some_others(
    table: Table,
    owner: str,
    place: str | None,
    listed: Listed,
    names: Sequence[str],
    most: int,
) -> tuple[_Found, str | None]:
    """Those among the next held leads, and the place to go on after; None at the end."""
    first = f"{place}!" if place is not None else keys.in_standing("held")
    page = table.query(
        owner, index="owner", first=first, last=f"{keys.in_standing('held')}~", limit=MOST_WALKED
    )
    passed_over = listed.strategies.keys() - set(names)
    leads: list[str] = []
    has_some = False
    for item in page.items:
        at = keys.place_of(item, *keys.OWNER_INDEX)[keys.OWNER_INDEX[1]]
        because = keys.unfound(at)
        if because is not None:
            has_some = True
            if signatures.judged_by(because) not in passed_over:
                if len(leads) == most:
                    return _Found(leads, has_some), place
                leads.append(keys.named(item))
        place = at
    return _Found(leads, has_some), place if page.next else None


def look_over(store: Store, owner: str, listed: Listed) -> tuple[list[str], Sequence[Write]]:
    """The next held leads of all, from a kept place on, and those whose decision raised; and what
    keeps the place.
    """
    first = f"{listed.place}!" if listed.place else keys.in_standing("held")
    found = store.table.query(
        owner, index="owner", first=first, last=f"{keys.in_standing('held')}~", limit=LOOKED_OVER
    )
    internal = store.table.query(
        keys.held_under(owner, signatures.INTERNAL), index="timer", limit=INTERNAL_AT_ONCE
    )
    place = keys.place_of(found.items[-1], *keys.OWNER_INDEX)[keys.OWNER_INDEX[1]] if found.next else ""
    leads = list(dict.fromkeys(keys.named(item) for item in (*internal.items, *found.items)))
    return leads, [signatures.looked_over(owner, place)] if place != (listed.place or "") else []


def forget(store: Store, owner: str, listed: Listed) -> None:
    """Take signatures off the list under which nothing is held, and of which a strategy is gone.

    The set-up is read after the list: what it does not know was removed, and not added since.
    """
    known = store.configuration.load().company.push_strategies.keys()
    for name, strategies in listed.strategies.items():
        if (
            strategies <= known
            or store.table.query(keys.held_under(owner, name), index="timer", limit=1).items
        ):
            continue
        with suppress(ConditionFailed):  # by another run
            store.table.write(signatures.remove(owner, name, strategies))
