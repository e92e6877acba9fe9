"""The set-up resources: their JSON, as the API shows it, as the values that decisions read; and the built-in ones."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from routing.domain import criteria
from routing.domain.acceptance import Acceptance, cap
from routing.domain.accounts import CORPORATE, Account
from routing.domain.calling_rules import HOLIDAY, CallingRule, version_id, weekly, window
from routing.domain.company import Company, Source
from routing.domain.dispositions import Disposition
from routing.domain.formats.settings import Settings
from routing.domain.leads import CustomField, Dedupe, RecordType
from routing.domain.strategies import DEFAULT_ORDER, OrderBy, PullStrategy, PushStrategy, Recipient

Kind = Literal[
    "accounts",
    "record-types",
    "sources",
    "dispositions",
    "push-strategies",
    "pull-strategies",
    "calling-rules",
]
Body = Mapping[str, Any]

BUILT_IN_VERSION = 1


def _account(body: Body, version: int) -> Account:
    return Account(
        id=body["id"],
        kind=body["kind"],
        name=body["name"],
        parent=body["parent"],
        timezone=body["timezone"],
        enabled=body["enabled"],
        role=body["role"],
        email=body["email"],
        notify=body["notify"],
        version=version,
    )


def _record_type(body: Body, version: int) -> RecordType:
    fields = tuple(
        CustomField(each["name"], each["type"], each["required"], tuple(each["choices"] or ()))
        for each in body["fields"]
    )
    days = body["retention_days"]
    retention = timedelta(days=days) if days is not None else None
    return RecordType(body["id"], body["name"], fields, version, _dedupe(body["dedupe"]), retention)


def _dedupe(body: Body | None) -> Dedupe | None:
    if body is None:
        return None
    return Dedupe(
        rules=tuple(map(tuple, body["rules"])),
        within=timedelta(hours=body["within_hours"]),
        on_duplicate=body["on_duplicate"],
        merge_fields=body["merge_fields"],
    )


def _acceptance(body: Body | None) -> Acceptance | None:
    if body is None:
        return None
    return Acceptance(
        criteria.parse(body["criteria"]),
        tuple(cap(each["per"], each["leads"], each["cost"]) for each in body["caps"]),
        None if body["hours"] is None else weekly(body["hours"]),
        body["refuse_duplicates"],
    )


def _source(body: Body, version: int) -> Source:
    return Source(
        id=body["id"],
        name=body["name"],
        owner=body["owner"],
        record_type=body["record_type"],
        enabled=body["enabled"],
        allowed_origins=tuple(body["allowed_origins"]),
        rate_limit_per_minute=body["rate_limit_per_minute"],
        honeypot=body["honeypot"],
        on_duplicate=body["on_duplicate"],
        posts=Settings(body["format"], body["mapping"], body["defaults"]),
        response_format=body["response_format"],
        acceptance=_acceptance(body["acceptance"]),
        cost=body["cost"],
        trust_posted_cost=body["trust_posted_cost"],
        version=version,
    )


def _disposition(body: Body, version: int) -> Disposition:
    return Disposition(
        id=body["id"],
        name=body["name"],
        outcome=body["outcome"],
        cool_down_minutes=body["cool_down_minutes"],
        counts_as_attempt=body["counts_as_attempt"],
        contact_made=body["contact_made"],
        release=body["release"],
        grace_minutes=body["grace_minutes"],
        give_back_pull=body["give_back_pull"],
        in_open_minutes=body["cool_down_in"] == "open_minutes",
        sale=body["sale"],
        version=version,
    )


CATCH_UP_OF_BEFORE = {True: "at_once", False: "never"}
SOURCE_OF_BEFORE: Body = {
    "format": "auto",
    "mapping": {},
    "defaults": {},
    "response_format": "native",
    "rate_limit_per_minute": None,
    "honeypot": None,
    "on_duplicate": None,
    "acceptance": None,
    "cost": None,
    "trust_posted_cost": False,
}
RECORD_TYPE_OF_BEFORE: Body = {"dedupe": None, "retention_days": None}
FIELD_OF_BEFORE: Body = {"format": None, "unit": None, "order": 100}
DISPOSITION_OF_BEFORE: Body = {"order": 100, "shown": True}
"""What a resource says that was saved before these could be said."""
SOLD = "sold"
"""The disposition that was the only sale before others could be."""


def in_present_words(kind: Kind, body: Body) -> Body:
    """A stored body of an earlier release as it would be said now."""
    if kind == "push-strategies" and isinstance(body["catch_up"], bool):
        is_weighted = body["method"] == "weighted"
        return {**body, "catch_up": CATCH_UP_OF_BEFORE[body["catch_up"]] if is_weighted else None}
    if kind == "record-types":
        fields = [{"label": in_words(each["name"]), **FIELD_OF_BEFORE, **each} for each in body["fields"]]
        return {**RECORD_TYPE_OF_BEFORE, **body, "fields": fields}
    if kind == "sources":
        return {**SOURCE_OF_BEFORE, **body}
    if kind == "dispositions":
        sale = body["id"] == SOLD and body["outcome"] == "close"
        return {"sale": sale, "label": body["name"][:100], **DISPOSITION_OF_BEFORE, **body}
    return body


def in_words(name: str) -> str:
    """A field's name as people say it: `loan_amount` and `loanAmount` are `Loan amount`, `zipCode2` `Zip code 2`."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", name)
    words = " ".join(each if len(each) > 1 and each.isupper() else each.lower() for each in parts)
    return words[:1].upper() + words[1:]


def _minutes(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(minutes=value)


def _push_strategy(body: Body, version: int) -> PushStrategy:
    return PushStrategy(
        id=body["id"],
        name=body["name"],
        record_type=body["record_type"],
        distributed_from=body["distributed_from"],
        recipients=tuple(
            Recipient(
                account=each["account"],
                weight=each["weight"],
                hourly_limit=each["hourly_limit"],
                daily_limit=each["daily_limit"],
                hold_at_branch=each["hold_at_branch"],
            )
            for each in body["recipients"]
        ),
        starts_on=date.fromisoformat(body["starts_on"]),
        enabled=body["enabled"],
        order=body["order"],
        criteria=criteria.parse(body["criteria"]),
        method=body["method"],
        reset_interval=body["reset_interval"],
        active_within=_minutes(body["active_within_minutes"]),
        catch_up=body["catch_up"] or "never",
        pull_after=_minutes((body["when_nobody"] or {}).get("pull_after_minutes")),
        take_back_after=_minutes(body["take_back_after_minutes"]),
        version=version,
    )


def _pull_strategy(body: Body, version: int) -> PullStrategy:
    order_by = tuple(OrderBy(each["field"], each["direction"]) for each in body["order_by"])
    return PullStrategy(
        id=body["id"],
        name=body["name"],
        record_type=body["record_type"],
        distributed_from=body["distributed_from"],
        recipients=tuple(body["recipients"]),
        enabled=body["enabled"],
        priority=body["priority"],
        criteria=criteria.parse(body["criteria"]),
        order_by=order_by or DEFAULT_ORDER,
        lease_minutes=body["lease_minutes"],
        cool_down_minutes=body["cool_down_minutes"],
        max_attempts=body["max_attempts"],
        max_wait=criteria.duration(body["max_wait"]),
        calling_hours=body["calling_hours"],
        hourly_limit=body["hourly_limit"],
        daily_limit=body["daily_limit"],
        max_lease_lengths=body.get("max_lease_lengths", 4),  # a strategy of before it could be said
        version=version,
    )


def _calling_rule(body: Body, version: int) -> CallingRule:
    windows, effective_from = body["windows"], body["effective_from"]
    return CallingRule(
        id=body["id"],
        name=body["name"],
        country=body["country"],
        state=body["state"],
        windows=weekly(windows),
        has_holidays=HOLIDAY in windows,
        holiday=window(windows.get(HOLIDAY)),
        closed_on=frozenset(date.fromisoformat(each) for each in body["closed_on"]),
        also_holidays=frozenset((int(each[:2]), int(each[3:])) for each in body["also_holidays"]),
        calls_per_24h=body["calls_per_24h"],
        effective_from=None if effective_from is None else date.fromisoformat(effective_from),
        source=body["source"],
        confidence=body["confidence"],
        exempt_with_consent=body["exempt_with_consent"],
        exempt_with_relationship=body["exempt_with_relationship"],
        ambiguous=body["ambiguous"],
        version=version,
        is_built_in=version == BUILT_IN_VERSION and body["id"] in _built_in_rules(),
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """Of a kind of resource: what one is called, and how a stored one becomes its domain value."""

    singular: str
    parse: Callable[[Body, int], Any]


_RECORDS: Mapping[Kind, _Record] = {
    "accounts": _Record("account", _account),
    "record-types": _Record("record type", _record_type),
    "sources": _Record("source", _source),
    "dispositions": _Record("disposition", _disposition),
    "push-strategies": _Record("push strategy", _push_strategy),
    "pull-strategies": _Record("pull strategy", _pull_strategy),
    "calling-rules": _Record("calling rule", _calling_rule),
}
KINDS: tuple[Kind, ...] = tuple(_RECORDS)
SINGULAR: Mapping[Kind, str] = {kind: record.singular for kind, record in _RECORDS.items()}


def parse(kind: Kind, body: Body, version: int) -> Any:
    """A stored resource as its domain value. `body` is complete: saving it filled every default in."""
    return _RECORDS[kind].parse(body, version)


def company(
    bodies: Mapping[tuple[Kind, str], tuple[Body, int]],
    version: int,
    filing_version: int,
    since: Mapping[str, datetime] | None = None,
    unchanged: Mapping[tuple[Kind, str], Any] | None = None,
) -> Company:
    """The company that these resources make, each with its version. since: when accounts were created.

    unchanged: the domain values of resources that need not be parsed again.
    """
    known = unchanged or {}
    found: dict[Kind, dict[str, Any]] = {kind: {} for kind in KINDS}
    for (kind, identifier), (body, resource_version) in bodies.items():
        value = known.get((kind, identifier))
        found[kind][identifier] = parse(kind, body, resource_version) if value is None else value
    return Company(
        version=version,
        filing_version=filing_version,
        accounts=found["accounts"],
        record_types=found["record-types"],
        sources=found["sources"],
        push_strategies=found["push-strategies"],
        pull_strategies=found["pull-strategies"],
        dispositions=found["dispositions"],
        calling_rules=found["calling-rules"],
        since=since or {},
    )


def values(found: Company) -> dict[tuple[Kind, str], Any]:
    """Every resource's domain value."""
    return {
        (kind, key): each for kind in KINDS for key, each in getattr(found, kind.replace("-", "_")).items()
    }


def changed(found: Company, kind: Kind, key: str, body: Body | None, version: int) -> Company:
    """The company with one resource as this body says; without it for None."""
    name = kind.replace("-", "_")
    values = {each: value for each, value in getattr(found, name).items() if each != key}
    if body is not None:
        values[key] = parse(kind, body, version)
    fields: dict[str, Any] = {name: values}
    return replace(found, **fields)


def _disposition_body(identifier: str, name: str, outcome: str, **other: Any) -> Body:
    return {
        **DISPOSITION_OF_BEFORE,
        "id": identifier,
        "name": name,
        "label": name,
        "outcome": outcome,
        "cool_down_minutes": None,
        "cool_down_in": "minutes",
        "counts_as_attempt": True,
        "contact_made": False,
        "release": False,
        "grace_minutes": 60,
        "give_back_pull": False,
        "sale": False,
        **other,
    }


@cache
def _built_in_rules() -> frozenset[str]:
    return frozenset(each["id"] for each in _calling_rule_bodies())


def key_of(kind: Kind, body: Body) -> str:
    """Under what a resource stands among those of its kind: its id; a calling rule's version also by its date."""
    return version_id(body["id"], body["effective_from"]) if kind == "calling-rules" else str(body["id"])


def _calling_rule_bodies() -> list[Body]:
    """The law as it was gathered: each row says from when it counts, by which source, and how sure that is."""
    text = (files("routing.domain") / "calling_rules.json").read_text(encoding="utf-8")
    defaults: Body = {
        "country": "US",
        "closed_on": [],
        "also_holidays": [],
        "calls_per_24h": None,
        "effective_from": None,
        "exempt_with_consent": False,
        "exempt_with_relationship": False,
        "ambiguous": "strictest",
    }
    return [{**defaults, **row} for row in json.loads(text)]


def built_in(timezone: str, admin: str) -> dict[tuple[Kind, str], Body]:
    """What every company has until it replaces or deletes it: `timezone` is corporate's, `admin` the first admin."""
    account = {
        "timezone": None,
        "enabled": True,
        "role": None,
        "email": None,
        "notify": {
            "email": None,
            "webhook": None,
            "events": None,
            "quiet_hours": None,
            "held_minutes": None,
        },
    }
    dispositions = [
        _disposition_body("no-answer", "No answer", "recycle"),
        _disposition_body("left-voicemail", "Left voicemail", "recycle"),
        _disposition_body("contacted", "Contacted", "keep", contact_made=True),
        _disposition_body("appointment-set", "Appointment set", "keep", contact_made=True),
        _disposition_body("call-back", "Call back", "callback", contact_made=True),
        _disposition_body("not-interested", "Not interested", "close", contact_made=True),
        _disposition_body("bad-number", "Bad number", "close"),
        _disposition_body(SOLD, "Sold", "close", contact_made=True, sale=True),
        _disposition_body("do-not-call", "Do not call", "do_not_call"),
        _disposition_body(
            "return", "Return", "recycle", cool_down_minutes=0, counts_as_attempt=False, give_back_pull=True
        ),
    ]
    return {
        ("accounts", CORPORATE): {
            **account,
            "id": CORPORATE,
            "kind": "corporate",
            "name": "Corporate",
            "parent": None,
            "timezone": timezone,
        },
        ("accounts", admin): {
            **account,
            "id": admin,
            "kind": "user",
            "name": "Administrator",
            "parent": CORPORATE,
            "role": "admin",
        },
        ("record-types", "lead"): {"id": "lead", "name": "Lead", "fields": [], **RECORD_TYPE_OF_BEFORE},
        ("sources", "api"): {
            "id": "api",
            "name": "API",
            "owner": CORPORATE,
            "record_type": "lead",
            "enabled": True,
            "allowed_origins": [],
            **SOURCE_OF_BEFORE,
        },
        **{
            ("dispositions", each["id"]): {**each, "order": 10 * place}
            for place, each in enumerate(dispositions, start=1)
        },
        **{("calling-rules", key_of("calling-rules", each)): each for each in _calling_rule_bodies()},
    }
