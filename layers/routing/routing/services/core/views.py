"""How leads, leases and events look in JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from routing.domain import provenance
from routing.domain.company import Company
from routing.domain.contact_points import LISTS, shown
from routing.domain.erasure import facts
from routing.domain.heads import Head, Lease
from routing.domain.leads import RecordType
from routing.domain.pull import ANY_HOURS, class_of, next_lent
from routing.domain.reading.numbers import as_json, number
from routing.storage.leads import Event, Submission, lead_of

HIDDEN = frozenset({"token", "after", "was_seen", "phone_key", "phone_keys"})
"""Details of events that no timeline shows."""


def time(instant: datetime) -> str:
    """RFC 3339 in UTC, in whole seconds. Times in the future are kept as whole seconds from the start."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else time(instant)


def recorded_at(done: datetime | None) -> dict[str, str]:
    """Of an event: when it was done, where it reached us later."""
    return {} if done is None else {"recorded_at": time(done)}


def available_at(head: Head, company: Company, now: datetime) -> datetime | None:
    """From when a filed lead can be pulled, its calling hours counted; of another, when it is due."""
    at = head.due if head.lease_at(now) is not None else head.available_at
    if at is None and head.status_at(now) == "ready":
        at = head.lease.expires if head.lease else head.since
    if at is None or head.pool is None or head.group == ANY_HOURS:
        return at
    from_then = max(at, now)
    opens = next_lent(
        head.calling_class, company.pull_strategies.get(head.matched[0]), head.owner, company, from_then
    )
    return at if opens in (None, from_then) else opens


def standing(head: Head, company: Company, now: datetime) -> dict[str, Any]:
    """What routing knows of a lead."""
    lease = head.lease_at(now)
    return {
        "status": head.status_at(now),
        "owner": head.owner,
        "holder": lease.holder if lease else None,
        "lease_expires_at": _time(lease.expires) if lease else None,
        "pull_count": head.pull_count,
        "attempts": head.attempts,
        "first_call_at": _time(head.first_call_at),
        "last_disposition": head.last_disposition,
        "available_at": _time(available_at(head, company, now)),
        "callback_at": _time(head.callback_at),
        "callback_for": head.callback_for,
        "calling_class": head.calling_class,
    }


def names(standing: Mapping[str, Any], company: Company) -> dict[str, str | None]:
    """Who the owner and the holder of a lead are called; None for nobody, and for an account that is gone."""
    found = {part: company.tree.get(standing[part] or "") for part in ("owner", "holder")}
    return {f"{part}_name": account.name if account else None for part, account in found.items()}


def name(submission: Submission) -> str | None:
    """What the lead's person is called; None where nobody said."""
    parts = (submission.values.get(each) for each in ("first_name", "last_name"))
    return " ".join(str(each) for each in parts if each) or None


def lead(head: Head, submission: Submission, company: Company, now: datetime) -> dict[str, Any]:
    """A lead with everything that it carries."""
    stands = standing(head, company, now)
    return {
        "id": head.id,
        "record_type": head.record_type,
        "source": head.source,
        **said(submission.values, submission.fields, company.record_type(head.record_type)),
        "timezone": submission.values.get("timezone"),
        "external_id": submission.received.get("external_id"),
        "created_at": time(head.created_at),
        "erased": head.erased_at is not None,
        **stands,
        **names(stands, company),
        **_hours(head, submission, company, now),
    }


def said(values: Mapping[str, Any], fields: Mapping[str, Any], record_type: RecordType) -> dict[str, Any]:
    """What was said of a person and what they want, as it was understood."""
    given = (
        "channel",
        "campaign",
        "cost",
        "first_name",
        "last_name",
        "email",
        "phone",
        "state",
        "postal_code",
    )
    return {
        **{name: values.get(name) for name in given},
        **{listed: shown(values, contact) for contact, listed in LISTS.items()},
        **{fact: provenance.kept(values, fact) for fact in provenance.KEYS},
        "fields": _typed(fields, record_type),
    }


def _typed(fields: Mapping[str, Any], record_type: RecordType) -> dict[str, Any]:
    """The custom fields with numbers as such; what stands in a number's field and is none stays as it came."""
    found = dict(fields)
    for each in record_type.fields:
        if each.type == "number" and (read := number(found.get(each.name))) is not None:
            found[each.name] = as_json(read)
    return found


def _hours(head: Head, submission: Submission, company: Company, now: datetime) -> dict[str, Any]:
    """The calling class of a lead that push has routed: its head is not filed under one."""
    if head.calling_class is not None or head.standing == "new" or head.erased_at is not None:
        return {}
    return {"calling_class": class_of(lead_of(head, submission, now), company)}


def lease(granted: Lease, phone: str | None) -> dict[str, Any]:
    """phone: the one that is lent."""
    return {"token": granted.token, "expires_at": time(granted.expires), "phone": phone}


def event(entry: Event, *, is_erased: bool = False) -> dict[str, Any]:
    """One entry of the timeline. is_erased: of a lead whose person was, whatever is still stored."""
    detail = facts(entry.detail) if is_erased else entry.detail
    said = detail.get("as_received")
    brought = _brought(said) if isinstance(said, Mapping) else {}
    return {"event": entry.kind, "at": time(entry.at), "by": entry.by, **brought, **_visible(detail)}


def _brought(received: Mapping[str, Any]) -> dict[str, Any]:
    """The consent and the attribution that came with a receipt."""
    from routing.domain.intake import keyed  # timelines alone need it

    return provenance.of_receipt(keyed(received))


def _visible(detail: Mapping[str, Any]) -> dict[str, Any]:
    """A lease's token stays with who was given it; a contact's key is nobody's; what was answered was answered."""
    return {name: value for name, value in detail.items() if name not in HIDDEN}


def received(submission: Submission) -> dict[str, Any]:
    """The first entry of every timeline: what came, and what was noticed about it."""
    return {
        "event": "received",
        "at": time(submission.created_at),
        "by": submission.submitted_by,
        "source": submission.source,
        "owner": submission.key[0],
        "warnings": list(submission.warnings),
        **_brought(submission.received),
        "as_received": submission.received,
    }
