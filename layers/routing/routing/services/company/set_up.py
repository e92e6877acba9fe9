"""Set-up: resources are saved whole, under the version of the whole company that they were checked against."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from routing.domain import strategy_state
from routing.domain.accounts import CORPORATE
from routing.domain.calling_places import zones_of
from routing.domain.calling_rules import COUNTRY_RULE, in_turn, presumes, rule_id, version_id
from routing.domain.company import Company
from routing.domain.drafts import accounts_of, state_after
from routing.domain.filing_signature import read_fields, signature
from routing.domain.resources import BUILT_IN_VERSION, SINGULAR, Body, Kind, key_of, parse
from routing.services.company.references import broken_by, referrers, wrong_references
from routing.services.core.problems import FieldError, Problem, invalid, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.intake import source_keys
from routing.services.jobs import enqueue
from routing.storage import configuration, keys, own_settings, states
from routing.storage.appointments import AFTER_ALL, index_key
from routing.storage.configuration import Resource, SetUp
from routing.storage.presence import forget as forget_presence
from routing.storage.presence import from_item as presence_from
from routing.storage.table import ConditionFailed, Item, Key, Write

MOST_BYTES = 380 * 1024
"""Of a resource as stored: an item holds 400 KB."""
MOST_NAMED = 100
"""Resources that a refusal names."""


@dataclass(frozen=True, slots=True)
class Saved:
    """created: it did not exist before. resource: as it now is."""

    created: bool
    resource: Resource


def shown(resource: Resource) -> dict[str, Any]:
    """A resource in JSON: its whole body, and its version; of a calling rule, one dated version."""
    return {**(resource.body or {}), "version": resource.version}


def etag(resource: Resource) -> str:
    return f'"{resource.version}"'


def standing(set_up: SetUp, kind: Kind, identifier: str) -> Resource | None:
    """A resource as saving it anew finds it. All dated versions of a calling rule count on under one number."""
    if kind != "calling-rules":
        return set_up.resources.get((kind, identifier))
    versions = [
        each for name, each in set_up.resources.items() if name[0] == kind and rule_id(name[1]) == identifier
    ]
    body = next((each.body for each in versions if each.body is not None), None)
    newest = max(versions, key=lambda each: each.version, default=None)
    return None if newest is None else replace(newest, body=newest.body or body)


def found(set_up: SetUp, kind: Kind, identifier: str) -> Resource:
    resource = standing(set_up, kind, identifier)
    if resource is None or resource.body is None:
        raise not_found(SINGULAR[kind])
    return resource


def with_own(set_up: SetUp, items: Mapping[Key, Item], users: Iterable[str]) -> SetUp:
    """With what these users say of themselves, by the items of theirs, as their accounts' `notify`."""
    own = own_settings.holding(items, users, set_up.company)
    resources = dict(set_up.resources)
    for user, notify in own.items():
        resource = resources["accounts", user]
        resources["accounts", user] = replace(resource, body={**(resource.body or {}), "notify": notify})
    return replace(set_up, resources=resources) if own else set_up


def load(store: Store, kind: Kind, identifiers: Iterable[str]) -> SetUp:
    """The set-up as of now, with what users say of themselves on those of these accounts that are users."""
    users = list(identifiers) if kind == "accounts" else []
    found = store.table.get_many([keys.VERSION, *map(keys.own_settings, users)])
    return with_own(store.configuration.set_up(found.get(keys.VERSION)), found, users)


def as_they_say(store: Store, set_up: SetUp, users: Iterable[str]) -> SetUp:
    """A set-up as read, with what these users say of themselves."""
    users = list(users)
    return with_own(set_up, store.table.get_many([keys.own_settings(each) for each in users]), users)


def listed(set_up: SetUp, kind: Kind) -> list[Resource]:
    """Every resource of a kind, by id."""
    ids = {rule_id(name): None for of, name in sorted(set_up.resources) if of == kind}
    resources = [standing(set_up, kind, each) for each in ids]
    return [each for each in resources if each is not None and each.body is not None]


def rule_in_turn(set_up: SetUp, resource: Resource, now: datetime) -> Resource:
    """A calling rule as people read it: what counts today where it does, with the later ones, if any, as `scheduled`.

    The day is the one of the last place of its region to begin it. version: of the rule as a whole.
    """
    versions = set_up.company.versions_of((resource.body or {})["id"])
    zones = {zone for each in versions for zone in zones_of(each.country, each.state)}
    today = min(now.astimezone(ZoneInfo(zone)).date() for zone in zones)
    first, *later = (set_up.resources["calling-rules", each.key] for each in in_turn(versions, today))
    scheduled = {"scheduled": [shown(each) for each in later]} if later else {}
    return replace(resource, body={**(first.body or {}), **scheduled})


def _check_match(present: Resource | None, if_match: str | None) -> None:
    if if_match is None:
        return
    exists = present is not None and present.body is not None
    if present is None or not exists or if_match not in ("*", etag(present)):
        raise Problem(412, "version_moved_on", "The resource is not at the version that If-Match names.")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What saving a body makes of a resource.

    before: its body now. whole: its version now, None where it is not there.
    """

    resource: Resource
    before: Body | None
    whole: int | None

    @property
    def changes(self) -> bool:
        return self.before != self.resource.body


def proposed(
    set_up: SetUp, kind: Kind, body: Body, user: str, now: datetime, if_match: str | None = None
) -> Proposal:
    """What a resource becomes when this body is saved. Raises the problem with which saving it is refused."""
    identifier = body["id"]
    whole = standing(set_up, kind, identifier)
    _check_match(whole, if_match)
    exists = whole is not None and whole.body is not None
    there = whole.version if whole is not None and exists else None
    present = set_up.resources.get((kind, key_of(kind, body)))
    body = _dated(kind, body, present, set_up.company, now)
    if whole is not None and present is not None and present.body == body:
        return Proposal(replace(present, version=whole.version), body, there)
    if kind == "accounts" and not exists and identifier != identifier.lower():
        # The user pool knows no capitals, so nobody could sign in as it.
        raise invalid_field("id", "not_lower_case", "a new account's id must be in lower case")
    _check(kind, body, set_up.company)
    _keep_an_admin(kind, identifier, body, set_up.company)
    since = present.since if present and present.body is not None else time(now)
    resource = Resource(body, whole.version + 1 if whole else 1, time(now), user, since)
    _check_size(kind, resource)
    return Proposal(resource, present.body if present else None, there)


def put(
    store: Store,
    kind: Kind,
    body: Body,
    user: str,
    if_match: str | None,
    now: datetime,
    *,
    only_new: bool = False,
) -> Saved:
    """Create or replace a resource. The same body again changes nothing.

    only_new: 412 where there is another of this id.
    """
    identifier = body["id"]
    attempts = store.table.attempts()
    while True:
        set_up = load(store, kind, [identifier])
        found = proposed(set_up, kind, body, user, now, if_match)
        if not found.changes:
            # Nothing to save; but whoever says it again may want leads looked at that an outage kept from it.
            for each in _consequences(
                kind, identifier, found.before, found.before, set_up.company, False, now
            ):
                enqueue.ask(store.table, each)
            return Saved(False, found.resource)
        if only_new and found.whole is not None:
            taken = FieldError("id", "taken", "is taken")
            raise Problem(412, "there_already", "There is another of this id.", [taken])
        if _commit(store, kind, key_of(kind, body), set_up, found.before, found.resource, now):
            return Saved(found.whole is None, found.resource)
        attempts.again()


def removable(
    store: Store,
    set_up: SetUp,
    kind: Kind,
    identifier: str,
    now: datetime,
    if_match: str | None = None,
    effective_from: str | None = None,
) -> tuple[Resource, str]:
    """A resource that may be deleted, and the key under which it then is not. Raises the problem of deleting it."""
    present = found(set_up, kind, identifier)
    _check_match(present, if_match)
    _keep_an_admin(kind, identifier, None, set_up.company)
    names = referrers(kind, identifier, set_up.company)
    if kind == "accounts":
        if identifier == CORPORATE:
            raise Problem(409, "in_use", "The corporate account cannot be deleted.")
        names += kept_for(store, identifier, now)
    key = identifier if effective_from is None else version_id(identifier, effective_from)
    if key != identifier and not _stands(set_up, kind, key):
        raise not_found("version of that date")
    if (kind, key) == ("calling-rules", COUNTRY_RULE):
        raise Problem(409, "built_in", "The rule of the whole country cannot be deleted, only replaced.")
    if names:
        raise _in_use("It is referred to by", names)
    return present, key


def delete(
    store: Store,
    kind: Kind,
    identifier: str,
    user: str,
    if_match: str | None,
    now: datetime,
    effective_from: str | None = None,
) -> None:
    """Delete a resource that nothing refers to.

    effective_from: of a calling rule, only the version of that date; otherwise all of them go.
    """
    attempts = store.table.attempts()
    while True:
        set_up = store.configuration.load()
        present, key = removable(store, set_up, kind, identifier, now, if_match, effective_from)
        if kind == "sources":
            source_keys.revoke_all(store, identifier)
        gone = Resource(None, present.version + 1, time(now), user)
        if _commit(store, kind, key, set_up, present.body, gone, now):
            if kind == "sources":  # whoever makes a key now sees that its source is gone
                source_keys.revoke_all(store, identifier)
            return
        attempts.again()


def _stands(set_up: SetUp, kind: Kind, key: str) -> bool:
    resource = set_up.resources.get((kind, key))
    return resource is not None and resource.body is not None


def kept_for(store: Store, account: str, now: datetime) -> list[str]:
    """What would be lost with the account: leads that it owns and are not closed, promised or held ones; appointments
    to come.
    """
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
    if presence_from(store.table.get(keys.presence(account)) or {}).holds(now):
        found.insert(0, "leads")
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
        raise _in_use("Fields that are missing or changed are used by", names)


def _in_use(what: str, names: Sequence[str]) -> Problem:
    named, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    also = f" and {more} more" if more > 0 else ""
    return Problem(409, "in_use", f"{what} {', '.join(named)}{also}.", extra={"referred_to_by": named})


def _check_size(kind: Kind, resource: Resource) -> None:
    body = resource.body or {}
    size = configuration.size(resource)
    if size > MOST_BYTES:
        message = f"makes the {SINGULAR[kind]} {size // 1024} KB; {MOST_BYTES // 1024} KB can be stored"
        raise invalid([FieldError(_largest(body), "too_large", message)])


def _largest(body: Body) -> str:
    """The field that takes the most of a body, as far in as one part takes most of the whole."""
    path = ""
    found: Any = body
    while isinstance(found, dict | list) and found:
        parts = found.items() if isinstance(found, dict) else enumerate(found)
        size, name, part = max(
            ((len(json.dumps(part)), name, part) for name, part in parts), key=lambda each: each[0]
        )
        if path and 2 * size < len(json.dumps(found)):
            break
        path += f"[{name}]" if isinstance(found, list) else f".{name}" if path else str(name)
        found = part
    return path


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
    refiles = moved or _moves_leads(kind, identifier, before, after, set_up.company)
    names = [identifier]
    if kind == "calling-rules" and resource.body is None:
        names += [
            name
            for of, name in set_up.resources
            if of == kind and name != identifier and rule_id(name) == identifier
        ]
    writes = configuration.save(kind, names, resource, set_up.company.version, now, refiles=refiles)
    if kind == "push-strategies":
        writes += _state(store, identifier, before, resource)
    writes += _consequences(kind, identifier, before, after, set_up.company, moved, now)
    if kind == "accounts" and before is None:
        # Whoever had the id before left a presence and counts of their own.
        writes.append(forget_presence(identifier))
    if kind == "accounts" and before is not None:
        writes.append(own_settings.forget(identifier))
    if kind == "accounts" and after is None:
        # A lead may have come to it since it was found to have none.
        writes.append(enqueue.reassign(identifier, now, to=None, by=resource.changed_by))
    try:
        store.table.transact(writes)
    except ConditionFailed:
        return False
    return True


def _state(store: Store, identifier: str, before: Body | None, resource: Resource) -> list[Write]:
    """The strategy's counts, brought to the recipients' new positions. A deleted strategy keeps the day's counts."""
    item = store.table.get(keys.strategy_state(identifier))
    after = resource.body
    if item is None:
        return [
            states.first_state(identifier, strategy_state.initial(len(accounts_of(after)), resource.version))
        ]
    state = states.from_item(item)
    edited = state_after(state, before, after, resource.version)
    return [
        states.replace_state(identifier, state.version, edited),
        *states.close_interval(identifier, accounts_of(before), state, edited),
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
    """Who must look at their leads again because of this change; where nothing changes, who must have for the last."""
    bodies = [each for each in (before, after) if each is not None]
    files = before == after or _moves_leads(kind, identifier, before, after, company)
    if kind == "push-strategies":
        owners = sorted({each["distributed_from"] for each in bodies})
        return (
            [] if _renames(before, after) else [enqueue.retry(each, now, unmatched=True) for each in owners]
        )
    if kind == "pull-strategies":
        owners = sorted({each["distributed_from"] for each in bodies})
        return [enqueue.refile(each, now) for each in owners] if files else []
    if kind == "record-types":
        again = enqueue.retry_of_record_type(identifier, now)
        claims = [enqueue.claim(identifier, now)] if _claims_otherwise(before, after) else []
        return [*([enqueue.refile(CORPORATE, now), again] if files else []), *claims]
    if _moves_places(kind, identifier, before, after, company):
        return [enqueue.refile(CORPORATE, now)]
    matters = (before or {}).get("enabled") != (after or {}).get("enabled") or moved
    if kind == "accounts" and before is not None and matters:
        above = enqueue.retry_above({identifier, *(each["parent"] for each in bodies if each["parent"])}, now)
        return [above, *([enqueue.refile(CORPORATE, now)] if moved else [])]
    return []


def _claims_otherwise(before: Body | None, after: Body | None) -> bool:
    """Whether leads that are there may claim what they did not; where nothing changes, whether they claim at all."""
    if after is None or after["dedupe"] is None:
        return False
    return before == after or _claimed_by(before) != _claimed_by(after)


def _claimed_by(body: Body | None) -> Any:
    """What of a record type decides what its leads claim, and for how long."""
    rule = (body or {}).get("dedupe")
    return rule and (rule["rules"], rule["within_hours"], read_fields(body or {}))


def _renames(before: Body | None, after: Body | None) -> bool:
    """Whether nothing but the name changes."""
    return before != after and {**(before or {}), "name": ""} == {**(after or {}), "name": ""}


def _moves_leads(
    kind: Kind, identifier: str, before: Body | None, after: Body | None, company: Company
) -> bool:
    """Whether leads may be filed for pull otherwise than they were."""
    if signature(kind, before) != signature(kind, after):
        return True
    return _moves_places(kind, identifier, before, after, company)


def _moves_places(
    kind: Kind, identifier: str, before: Body | None, after: Body | None, company: Company
) -> bool:
    """Whether leads that could be in several zones now count as being elsewhere.

    Nothing else about a calling rule moves a lead in the queues: they hold classes, which do not depend on windows.
    """
    if kind == "calling-rules" and rule_id(identifier) == COUNTRY_RULE:
        others = [
            rule
            for key, rule in company.calling_rules.items()
            if rule.id == COUNTRY_RULE and key != identifier
        ]
        saved = [] if after is None else [parse(kind, after, BUILT_IN_VERSION + 1)]
        return presumes(company.versions_of(COUNTRY_RULE)) != presumes([*others, *saved])
    if (kind, identifier) == ("accounts", CORPORATE):
        zones = [(each or {}).get("timezone") for each in (before, after)]
        return company.presumed_zone is not None and zones[0] != zones[1]
    return False
