"""How many posts a source takes in a minute, and a page's key from one address.

The counters are written beside the first read, as the container knows the source and the key from before; what it
does not know is counted after the read. Only posts with a key of the source count: a stranger cannot use its limit up.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from routing.domain.company import Source
from routing.services.core.problems import Problem
from routing.services.core.store import Store
from routing.services.intake.source_keys import Credentials, hashed, takes_from
from routing.storage import keys, rates
from routing.storage.source_keys import kind_of
from routing.storage.table import ConditionFailed, Item, Key

PER_ADDRESS = 20
"""Posts in a minute that one address may make with a publishable key."""
MOST_KNOWN_KEYS = 1000
NETWORK_BITS = 64
"""Of an IPv6 address: what one household has."""


class Limit(NamedTuple):
    """key: of the counter. most: posts in its minute."""

    key: Key
    most: int


Counted = Mapping[Limit, int | None]
"""How many there were before; None where that was all."""


def limits_of(store: Store, source: Source, key: Item, address: str, now: datetime) -> tuple[Limit, ...]:
    """What a post with this key is counted under. A test key's is not."""
    found: list[Limit] = []
    if key["test"]:
        return ()
    if kind_of(key) == "publishable":
        hashed = store.contact_key(f"address {_network(address)}")
        found.append(Limit(keys.rate(source.id, now, hashed), PER_ADDRESS))
    if source.rate_limit_per_minute is not None:
        found.append(Limit(keys.rate(source.id, now), source.rate_limit_per_minute))
    return tuple(found)


def expected(
    store: Store, source_id: str, given: str | None, shown: Credentials, now: datetime
) -> tuple[Limit, ...]:
    """What a post will be counted under, as far as this container knows its key and its source."""
    company = store.configuration.held
    source = company.sources.get(source_id) if company else None
    known = store.known_keys.get(keys.api_key(hashed(given))) if given else None
    if source is None or known is None or known["source"] != source_id:
        return ()
    if not source.enabled or not takes_from(source, known, shown.origin):
        return ()
    return limits_of(store, source, known, shown.address, now)


def count(store: Store, limit: Limit, now: datetime) -> int | None:
    """How many posts there were before this one in its minute; None when no more may be."""
    try:
        before = store.table.write(rates.count(limit.key, limit.most, now))
    except ConditionFailed:
        return None
    return int(before.get("n", 0))


def admit(store: Store, limits: tuple[Limit, ...], counted: Counted, now: datetime) -> None:
    """Let a post pass, or raise a 429 problem. counted: what was counted beside the read."""
    before = {each.key: (each.most, n) for each, n in counted.items()}
    missing = [
        each
        for each in limits
        if each.key not in before or (before[each.key][1] is None and before[each.key][0] != each.most)
    ]
    late = store.table.run_parallel(*(partial(count, store, each, now) for each in missing))
    before |= {each.key: (each.most, n) for each, n in zip(missing, late, strict=True)}
    passed = [each for each in limits if (n := before[each.key][1]) is not None and n < each.most]
    if len(passed) == len(limits):
        return
    give_back(store, dict.fromkeys(passed, 0))
    seconds = 60 - int(now.timestamp()) % 60
    raise Problem(
        429,
        "rate_limited",
        "More posts came in this minute than are taken. Send this one again later.",
        headers={"retry-after": str(seconds)},
    )


def give_back(store: Store, counted: Counted) -> None:
    """A post that is not taken has used nothing up."""
    for each, before in counted.items():
        if before is not None:
            with suppress(ConditionFailed):
                store.table.write(rates.give_back(each.key))


def forget(store: Store, where: Key, counted: Counted) -> None:
    """A key is none any more, whatever was known of it: what was counted for it counts no more."""
    store.known_keys.pop(where, None)
    give_back(store, counted)


def remember(store: Store, where: Key, key: Item) -> None:
    """A key that was shown and is right."""
    if len(store.known_keys) >= MOST_KNOWN_KEYS:
        store.known_keys.clear()
    store.known_keys[where] = key


def _network(address: str) -> str:
    """Who posts: an address of IPv4, or the network of one of IPv6, of which anybody has very many."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found) >> NETWORK_BITS << NETWORK_BITS)
    return str(found)
