"""Editing a lead: its fields change in the intake log, and routing looks at it again."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Any

from routing.domain import heads
from routing.domain.contact_points import FORMER_PHONES, LISTS, shown
from routing.domain.heads import Head, Lease
from routing.domain.intake import UNUSABLE, as_given, understand
from routing.domain.leads import UNREAD_STATE
from routing.domain.pull import class_of
from routing.services.core import views
from routing.services.core.access import sees
from routing.services.core.lead_context import LeadContext, read
from routing.services.core.phones import still_lent
from routing.services.core.problems import FieldError, invalid, not_found
from routing.services.core.store import Store
from routing.services.intake import claims
from routing.services.jobs import enqueue
from routing.services.pull import filing
from routing.services.work.leases import phone_lent
from routing.storage import contacts, keys
from routing.storage.calls import lent, updated
from routing.storage.heads import from_item as head_from
from routing.storage.heads import replace_head
from routing.storage.leads import Submission, dumps, event, lead_of
from routing.storage.table import ConditionFailed, Write

EDITABLE = ("first_name", "last_name", *LISTS, *LISTS.values(), "state", "postal_code")
MAX_EDITS = 96 * 1024
"""Bytes of JSON that all edits of a lead's custom fields may come to."""
CALLED_BY = frozenset({"phone", "phones", "state", "postal_code"})
ROUTED_AGAIN = frozenset({"new", "held", "unmatched"})


def edit(store: Store, user: str, lead: str, patch: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Change fields of a lead. Every value must be usable: unlike at ingest, somebody is there to mend it.

    409 where a lead that somebody holds would get a phone that is lent with another one.
    """
    wrong = [
        FieldError(name, "not_editable", f"only {', '.join(EDITABLE)} and fields can be changed")
        for name in patch
        if name not in (*EDITABLE, "fields")
    ]
    custom = patch.get("fields", {})
    if not isinstance(custom, Mapping):
        wrong.append(FieldError("fields", "wrong_type", "must be an object"))
    if wrong:
        raise invalid(wrong)
    attempts = store.table.attempts()
    while True:
        seen = read(store, user, lead)
        if not sees(seen.account, seen.head, seen.company, now):
            raise not_found("lead")
        head, before = seen.head, seen.submission
        record_type = seen.company.record_type(head.record_type)
        found = understand(
            {**_patched(as_given(before.values), patch), "fields": {**before.fields, **custom}},
            record_type,
            None if "state" in patch else before.values.get(UNREAD_STATE),
        )
        touched = {*patch, *(f"fields.{name}" for name in custom)}
        refused = [
            # What is said of ingest, as that it was not used, is not so here: nothing is.
            FieldError(each.field, each.code, each.message.partition(";")[0])
            for each in found.warnings
            if _is_of(each.field, touched) and each.code in UNUSABLE
        ]
        if refused:
            raise invalid(refused)
        if not found.is_workable:
            raise invalid([FieldError("phone", "unusable", "a lead needs a usable phone or email")])
        former = tuple(each for each in before.phones if each not in found.phones)[:FORMER_PHONES]
        submission = replace(before, values=found.values, fields=found.fields, former_phones=former)
        if len(dumps(submission.field_edits).encode()) > MAX_EDITS:
            message = f"what edits change must stay within {MAX_EDITS // 1024} KB of JSON"
            raise invalid([FieldError("fields", "too_large", message)])
        after = replace(
            head,
            phone_keys=tuple(map(store.contact_key, found.phones)),
            calling_class=class_of(lead_of(head, submission, now), seen.company),
        )
        if head.over_call_limit and not CALLED_BY.isdisjoint(touched):
            # Another phone, or another state's law: a pull finds out anew whether it may be called.
            after = replace(after, available_at=None, over_call_limit=False)
        detail: dict[str, Any] = {
            "changed": sorted(touched - {"fields"}),
            "before": _edited(before, touched),
            "now": _edited(submission, touched),
            "owner": head.owner,
        }
        is_held_for_pull = head.standing == "held" and head.pool is not None
        if head.standing in ("open", "spent", "callback") or is_held_for_pull:
            after, filed = filing.refiled(after, submission, seen.company, now)
            detail |= filed
        new_phones = [each for each in after.phone_keys if each not in head.phone_keys]
        if new_phones:
            detail["phone_keys"] = new_phones
        lease = after.lease_at(now)
        lends_another = (
            lease is not None and after.phone_keys != () and lease.phone_key not in after.phone_keys
        )
        if lease is not None and lends_another:
            lease = replace(lease, phone_key=after.phone_key)
            after = replace(after, lease=lease)
        after = heads.advanced(head, after, now)
        writes = [
            replace_head(head, after, now),
            event(lead, after.version, "edited", now, detail, by=user),
            submission.rewrite(),
            *_contacts(store, before, submission),
        ]
        if after.phone_key is not None and after.phone_keys != head.phone_keys:
            # All that are left may be on the do-not-call list.
            writes.append(enqueue.close(after.phone_key, now))
            if lease is not None and lends_another:
                writes.append(_lent(store, head, lease, after.phone_key, now))
        if head.standing in ROUTED_AGAIN:
            writes.append(enqueue.route(head.owner, [lead], now))
        else:
            writes += filing.push_on(head, after, submission, seen.company, now)
        claimed = claims.edited(store, head, before, submission, seen.company, now)
        writes += claimed.writes
        store.queues.register([after])
        store.signatures.note([after], now)
        try:
            store.table.transact(writes)
        except ConditionFailed:
            attempts.again()
        else:
            known = _duplicates(store, seen, claimed.left, now)
            return views.lead(after, submission, seen.company, now) | ({"warnings": known} if known else {})


def _duplicates(store: Store, seen: LeadContext, leads: Sequence[str], now: datetime) -> list[dict[str, str]]:
    """That other leads count as of the same person by the new values; of those only that the asker may know of."""
    items = store.table.get_many([keys.head(each) for each in leads])
    return [
        {
            "field": "",
            "code": "duplicate",
            "message": f"by its new values the lead is of the same person as {each.id}; they stay two leads",
        }
        for each in map(head_from, items.values())
        if sees(seen.account, each, seen.company, now)
    ]


def _patched(values: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The values as patched. `phone` alone is put in the place of the first of `phones`, and so with e-mails."""
    found = {**values, **patch}
    for contact, listed in LISTS.items():
        if contact in patch and listed not in patch:
            found[listed] = shown(values, contact)[1:]
        elif listed in patch and contact not in patch:
            found.pop(contact, None)
    return found


def _is_of(field: str, touched: Set[str]) -> bool:
    """Whether a warning is of what was touched: `phones.1` is of `phones`."""
    return field in touched or field.partition(".")[0] in touched & {*LISTS, *LISTS.values()}


def _lent(store: Store, head: Head, lease: Lease, phone_key: str, now: datetime) -> Write:
    """The lead's new phone is lent with it. 409 while it is with another lead: two would call one person."""
    contact = contacts.from_item(store.table.get(keys.contact(phone_key)))
    other = contact.lent_with_another(head.id, now)
    if other is not None and still_lent(store.table, phone_key, other, now):
        raise phone_lent(head, now)
    return updated(phone_key, [lent(head.id, lease, now, other.name if other else None)])


def _edited(submission: Submission, touched: Set[str]) -> dict[str, Any]:
    """What stands in the fields that an edit touches."""
    fields = {f"fields.{name}": value for name, value in submission.fields.items()}
    lists = {listed: shown(submission.values, contact) for contact, listed in LISTS.items()}
    stands = {**submission.values, **lists, **fields}
    return {name: stands.get(name) for name in sorted(touched - {"fields"})}


def _contacts(store: Store, before: Submission, after: Submission) -> list[Write]:
    """Keep the search by phone and e-mail true."""
    gone = [each for each in before.contacts if each not in after.contacts]
    new = [each for each in after.contacts if each not in before.contacts]
    return [
        *(contacts.no_lead_of(store.contact_key(each), after.lead) for each in gone),
        *(contacts.lead_of(store.contact_key(each), after.lead) for each in new),
    ]
