"""Set-up: resources are saved whole, under the version of the whole company that they were checked against."""

import hashlib
import hmac
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from routing.domain import rotation
from routing.domain.accounts import CORPORATE
from routing.domain.calling_rules import COUNTRY_RULE
from routing.domain.company import Company
from routing.domain.push import Needs, current, limit_reason, own_reason
from routing.domain.resources import Body, Kind
from routing.domain.strategies import PushStrategy
from routing.services import requests
from routing.services.idempotency import Answer, Once
from routing.services.problems import Problem, invalid, not_found
from routing.services.push import read
from routing.services.references import broken_by, referrers, wrong_references
from routing.services.render import time
from routing.services.store import Store
from routing.storage import configuration, keys, states
from routing.storage.appointments import AFTER_ALL, index_key
from routing.storage.configuration import Resource, SetUp
from routing.storage.table import ConditionFailed, Contended, Key, Write

ATTEMPTS = 20
CLOSED_SHOWN = 7
NEARLY_PERCENT = (80, 120)
"""Weights whose sum is in this range were probably meant as percentages."""
SINGULAR: Mapping[Kind, str] = {
    "accounts": "account",
    "record-types": "record type",
    "sources": "source",
    "dispositions": "disposition",
    "push-strategies": "push strategy",
    "pull-strategies": "pull strategy",
    "calling-rules": "calling rule",
}


@dataclass(frozen=True, slots=True)
class Saved:
    """created: it did not exist before. resource: as it now is."""

    created: bool
    resource: Resource


def shown(resource: Resource) -> dict[str, Any]:
    """A resource in JSON: its whole body, and its version."""
    return {**(resource.body or {}), "version": resource.version}


def etag(resource: Resource) -> str:
    return f'"{resource.version}"'


def found(set_up: SetUp, kind: Kind, identifier: str) -> Resource:
    resource = set_up.resources.get((kind, identifier))
    if resource is None or resource.body is None:
        raise not_found(SINGULAR[kind])
    return resource


def listed(set_up: SetUp, kind: Kind) -> list[Resource]:
    """Every resource of a kind, by id."""
    return [
        each for (of, _), each in sorted(set_up.resources.items()) if of == kind and each.body is not None
    ]


def _check_match(present: Resource | None, if_match: str | None) -> None:
    if if_match is None:
        return
    exists = present is not None and present.body is not None
    if present is None or not exists or if_match not in ("*", etag(present)):
        raise Problem(412, "version_moved_on", "The resource is not at the version that If-Match names.")


def put(store: Store, kind: Kind, body: Body, user: str, if_match: str | None, now: datetime) -> Saved:
    """Create or replace a resource. The same body again changes nothing."""
    identifier = body["id"]
    for attempt in range(ATTEMPTS):
        set_up = store.configuration.load()
        present = set_up.resources.get((kind, identifier))
        _check_match(present, if_match)
        exists = present is not None and present.body is not None
        body = _dated(kind, body, present, set_up.company, now)
        if exists and present is not None and present.body == body:
            # Nothing to save; but whoever says it again may want leads looked at that an outage kept from it.
            for each in _consequences(kind, identifier, body, body, set_up.company, False, now):
                requests.ask(store.table, each)
            return Saved(False, present)
        _check(kind, body, set_up.company)
        _keep_an_admin(kind, identifier, body, set_up.company)
        version = present.version + 1 if present else 1
        resource = Resource(body, version, time(now), user)
        before = present.body if present else None
        if _commit(store, kind, identifier, set_up, before, resource, now):
            return Saved(not exists, resource)
        store.table.pause(attempt)
    raise Contended


def delete(store: Store, kind: Kind, identifier: str, user: str, if_match: str | None, now: datetime) -> None:
    """Delete a resource that nothing refers to."""
    for attempt in range(ATTEMPTS):
        set_up = store.configuration.load()
        present = found(set_up, kind, identifier)
        _check_match(present, if_match)
        _keep_an_admin(kind, identifier, None, set_up.company)
        names = referrers(kind, identifier, set_up.company)
        if kind == "accounts":
            if identifier == CORPORATE:
                raise Problem(409, "in_use", "The corporate account cannot be deleted.")
            names += _kept_for(store, identifier, now)
        if (kind, identifier) == ("calling-rules", COUNTRY_RULE):
            raise Problem(409, "built_in", "The rule of the whole country cannot be deleted, only replaced.")
        if names:
            raise Problem(
                409, "in_use", f"It is referred to by {', '.join(names)}.", extra={"referred_to_by": names}
            )
        if kind == "sources":
            _revoke_all(store, identifier)
        gone = Resource(None, present.version + 1, time(now), user)
        if _commit(store, kind, identifier, set_up, present.body, gone, now):
            return
        store.table.pause(attempt)
    raise Contended


def _kept_for(store: Store, account: str, now: datetime) -> list[str]:
    """What would be lost with the account: leads that it owns and are not closed, or promised; appointments to come."""
    spans = (
        ("leads", AFTER_ALL, "closed"),
        ("leads", "closed$", None),  # `$` follows `#`
        ("appointments", index_key(now), AFTER_ALL),
    )
    found = [
        name
        for name, first, last in spans
        if store.table.query(account, index="owner", first=first, last=last, limit=1).items
    ]
    return list(dict.fromkeys(found))


def _dated(kind: Kind, body: Body, present: Resource | None, company: Company, now: datetime) -> Body:
    """A push strategy's 7-day spans count from the day it was made, unless it says otherwise."""
    if kind != "push-strategies" or body["starts_on"] is not None:
        return body
    if present is not None and present.body is not None:
        return {**body, "starts_on": present.body["starts_on"]}
    zone = ZoneInfo(company.tree.timezone(body["distributed_from"]))
    return {**body, "starts_on": now.astimezone(zone).date().isoformat()}


def _check(kind: Kind, body: Body, company: Company) -> None:
    wrong = wrong_references(kind, body, company)
    if wrong:
        raise invalid(wrong)
    if kind == "record-types" and (names := broken_by(body, company)):
        raise Problem(
            409,
            "in_use",
            f"Fields that are missing or changed are used by {', '.join(names)}.",
            extra={"referred_to_by": names},
        )


def _keep_an_admin(kind: Kind, identifier: str, body: Body | None, company: Company) -> None:
    """Refuse to take the last enabled administrator away: nobody could put one back."""
    if kind != "accounts" or (body is not None and body["role"] == "admin" and body["enabled"]):
        return
    admins = {each.id for each in company.tree if each.role == "admin" and each.enabled}
    if admins == {identifier}:
        raise Problem(409, "last_admin", "The company would be left without an enabled administrator.")


def _commit(
    store: Store,
    kind: Kind,
    identifier: str,
    set_up: SetUp,
    before: Body | None,
    resource: Resource,
    now: datetime,
) -> bool:
    """Save the resource with all that follows from it in one transaction; False when the set-up has moved on."""
    after = resource.body
    moved = kind == "accounts" and (before or {}).get("parent") != (after or {}).get("parent")
    refiles = kind in ("pull-strategies", "record-types") or moved
    refiles = refiles or _moves_places(kind, identifier, before, after, set_up.company)
    writes = configuration.save(kind, identifier, resource, set_up.company.version, now, refiles=refiles)
    if kind == "push-strategies":
        writes += _state(store, identifier, before, resource)
    writes += _consequences(kind, identifier, before, after, set_up.company, moved, now)
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return False
    return True


def _accounts(body: Body | None) -> list[str]:
    return [each["account"] for each in body["recipients"]] if body else []


def _weights(body: Body | None) -> list[Any]:
    return [body["method"], *(each["weight"] for each in body["recipients"])] if body else []


def _state(store: Store, identifier: str, before: Body | None, resource: Resource) -> list[Write]:
    """The strategy's counts, brought to the recipients' new positions. A deleted strategy keeps the day's counts."""
    item = store.table.get(keys.strategy_state(identifier))
    after = resource.body
    if item is None:
        return [states.first_state(identifier, rotation.initial(len(_accounts(after)), resource.version))]
    state = states.from_item(item)
    timing = ("reset_interval", "starts_on", "distributed_from")
    restart = after is not None and (before is None or any(before[each] != after[each] for each in timing))
    edited = rotation.edited(
        state,
        _accounts(before),
        _accounts(after),
        resource.version,
        new_ratio=_weights(before) != _weights(after),
        restart=restart,
    )
    return [
        states.replace_state(identifier, state.version, edited),
        *states.close_interval(identifier, _accounts(before), state, edited),
    ]


def _consequences(
    kind: Kind,
    identifier: str,
    before: Body | None,
    after: Body | None,
    company: Company,
    moved: bool,
    now: datetime,
) -> list[Write]:
    """Who must look at their leads again because of this change."""
    bodies = [each for each in (before, after) if each is not None]
    if kind == "push-strategies":
        owners = sorted({each["distributed_from"] for each in bodies})
        return [requests.retry(each, now, unmatched=True) for each in owners]
    if kind == "pull-strategies":
        owners = sorted({each["distributed_from"] for each in bodies})
        return [requests.refile(each, now, below=True) for each in owners]
    if kind == "record-types":
        return [
            requests.refile(CORPORATE, now, below=True),
            *(requests.retry(each, now, unmatched=True) for each in _distributing(identifier, company)),
        ]
    if _moves_places(kind, identifier, before, after, company):
        return [requests.refile(CORPORATE, now, below=True)]
    matters = (before or {}).get("enabled") != (after or {}).get("enabled") or moved
    if kind == "accounts" and before is not None and matters:
        above = {owner for each in bodies if each["parent"] for owner in company.tree.lineage(each["parent"])}
        writes = [requests.retry(each, now, unmatched=False) for each in sorted({*above, identifier})]
        return [*writes, *([requests.refile(CORPORATE, now, below=True)] if moved else [])]
    return []


def _moves_places(
    kind: Kind, identifier: str, before: Body | None, after: Body | None, company: Company
) -> bool:
    """Whether leads that could be in several zones now count as being elsewhere.

    Nothing else about a calling rule moves a lead in the queues: they hold classes, which do not depend on windows.
    """
    if (kind, identifier) == ("calling-rules", COUNTRY_RULE):
        return (before or {}).get("ambiguous") != (after or {}).get("ambiguous")
    if (kind, identifier) == ("accounts", CORPORATE):
        zones = [(each or {}).get("timezone") for each in (before, after)]
        return company.presumed_zone is not None and zones[0] != zones[1]
    return False


def _distributing(record_type: str, company: Company) -> list[str]:
    return sorted(
        {
            each.distributed_from
            for each in company.push_strategies.values()
            if each.record_type == record_type
        }
    )


def hashed(api_key: str) -> str:
    """What is kept of a source's key. It is long and random, so a plain hash cannot be reversed."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def create_key(store: Store, source: str, test: bool, now: datetime, once: Once | None) -> Answer:
    """A new key of a source; the only answer that shows it."""
    set_up = store.configuration.load()
    found(set_up, "sources", source)
    key_id, api_key = f"k{secrets.token_hex(6)}", secrets.token_urlsafe(32)
    if once is not None:
        # Derived, so that a repeat can answer the same without the key being kept anywhere.
        recorded = store.table.get(once.key)
        if given := once.answered(recorded, now):
            api_key = _derived(store, once, (recorded or {})["nonce"])
            return Answer(201, {**given.body, "api_key": api_key})
        nonce = secrets.token_hex(16)
        api_key = _derived(store, once, nonce)
    by_hash, by_source = keys.api_key(hashed(api_key)), keys.source_key(source, key_id)
    common = {"source": source, "key_id": key_id, "test": test, "created_at": keys.millis(now)}
    writes = [
        Write("Put", item={"PK": by_hash.pk, "SK": by_hash.sk, **common}),
        Write("Put", item={"PK": by_source.pk, "SK": by_source.sk, "hashed": by_hash.pk, **common}),
    ]
    if once is not None:
        writes.append(once.record(Answer(201, {"key_id": key_id}), now, nonce=nonce))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return create_key(store, source, test, now, once)
    return Answer(201, {"key_id": key_id, "api_key": api_key})


def _derived(store: Store, once: Once, nonce: str) -> str:
    return hmac.new(store.hash_key.encode(), f"{once.key.pk}{nonce}".encode(), hashlib.sha256).hexdigest()


def _revoke_all(store: Store, source: str) -> None:
    """Keys end with their source; one of the same name that is made later starts without any."""
    for item in store.table.query_all(keys.source_key(source, "").pk, begins="KEY#"):
        revoke_key(store, source, item["key_id"])


def revoke_key(store: Store, source: str, key_id: str) -> None:
    by_source = keys.source_key(source, key_id)
    item = store.table.get(by_source)
    if item is None:
        raise not_found("key")
    store.table.transact(
        [
            Write("Delete", key=Key(item["hashed"], "KEY")),
            Write("Delete", key=by_source),
        ]
    )


def strategy_state(store: Store, identifier: str, now: datetime) -> dict[str, Any]:
    """A push strategy's state as it is at `now`, and what stops each recipient."""

    def wanted(company: Company) -> Needs:
        found = company.push_strategies.get(identifier)
        if found is None:
            raise not_found("push strategy")
        return Needs(frozenset({identifier}), frozenset(found.accounts))

    company, state_by_id, presence = read(store, wanted)
    strategy = company.push_strategies[identifier]
    state = current(strategy, state_by_id.get(identifier), company, now)
    page = store.table.query(
        keys.strategy_state(identifier).pk, begins="INTERVAL#", forward=False, limit=CLOSED_SHOWN
    )
    closed = [states.closed_from(item) for item in page.items]
    is_weighted = strategy.method == "weighted"
    shares = rotation.shares(strategy.weights) if is_weighted else [None] * len(strategy.recipients)
    recipients = []
    for position, account in enumerate(strategy.accounts):
        reason = own_reason(account, strategy, company, presence, now)
        if reason == "eligible":
            reason = limit_reason(strategy, state, position)
        recipient = strategy.recipients[position]
        recipients.append(
            {
                "account": account,
                "weight": recipient.weight,
                "share": shares[position],
                "hour": state.hour_counts[position],
                "day": state.day_counts[position],
                "interval": state.interval_counts[position],
                "hourly_limit": recipient.hourly_limit,
                "daily_limit": recipient.daily_limit,
                "eligible": reason == "eligible",
                "reason": reason,
            }
        )
    return {
        "strategy": identifier,
        "version": strategy.version,
        "method": strategy.method,
        "warnings": _weight_warnings(strategy, state.interval, closed),
        "closed": closed,
        "cursor": strategy.accounts[state.cursor] if strategy.accounts else None,
        "reset_interval": strategy.reset_interval,
        "interval": state.interval,
        "hour": state.hour,
        "day": state.day,
        "recipients": recipients,
    }


def _weight_warnings(strategy: PushStrategy, present: str, closed: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a manager may have meant otherwise about the weights. present: the interval that is not closed yet."""
    if strategy.method != "weighted":
        return []
    total = sum(strategy.weights)
    if total == 0:
        return ["all weights are zero: nobody is eligible"]
    found = []
    needed = total // math.gcd(*strategy.weights)
    before = [each for each in closed if each["interval"] != present]
    last = [each["counts"] for each in before if each["interval"] == before[0]["interval"]]
    if last and (volume := sum(sum(counts.values()) for counts in last)) < needed:
        found.append(
            f"the last interval had {volume} leads: too few for the weights to show, which takes {needed}"
        )
    if NEARLY_PERCENT[0] <= total <= NEARLY_PERCENT[1] and total != 100:
        found.append(
            f"the weights look like percentages, but add up to {total}; they count relative to one another"
        )
    return found


def reset(store: Store, identifier: str, now: datetime, once: Once | None) -> Answer:
    """Restart a strategy's method now: round robin begins at the first recipient, the ratio anew."""
    for attempt in range(ATTEMPTS):
        company = store.configuration.load().company
        if identifier not in company.push_strategies:
            raise not_found("push strategy")
        items = store.table.get_many([keys.strategy_state(identifier), *([once.key] if once else [])])
        if once and (given := once.answered(items.get(once.key), now)):
            return given
        state = states.from_item(items[keys.strategy_state(identifier)])
        answer = Answer(200, {"strategy": identifier, "reset_at": time(now)})
        accounts = company.push_strategies[identifier].accounts
        after = rotation.restarted(state)
        writes = [
            states.replace_state(identifier, state.version, after),
            *states.close_interval(identifier, accounts, state, after),
        ]
        if once is not None:
            writes.append(once.record(answer, now))
        try:
            store.table.transact(writes)
        except ConditionFailed:
            store.table.pause(attempt)
        else:
            return answer
    raise Contended
