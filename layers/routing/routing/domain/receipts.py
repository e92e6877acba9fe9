"""What becomes of a receipt: what came of a person whose lead is there already.

It is decided by how the lead stands when the receipt is merged, not when it came.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from routing.domain.contact_points import LISTS, MOST, shown
from routing.domain.dispositions import Disposition
from routing.domain.heads import Head
from routing.domain.leads import MergeFields

Effect = Literal["older", "routed", "ready", "told", "reopened", "new_lead", "over_cap", "stays_closed"]
"""older: it is of before the lead's last (a row of a file, with its own time): it adds what it says, no more.
routed: a lead that nobody has and no queue holds is routed again. ready: one that waits in a queue, or its attempts are
used up, is ready now. told: whoever has it is told. reopened: a closed one is routed anew. new_lead: a sold one stays,
and the receipt is a lead of its own. over_cap: it would be, and its source's caps have no room. stays_closed: the
person asked not to be called."""
MERGED = ("first_name", "last_name", "state", "postal_code")
"""What of a receipt's own fields its lead takes beside phones and e-mails; where it came from, and what it cost, stays
with the receipt."""


def effect(
    head: Head,
    last: Disposition | None,
    came_at: datetime,
    *,
    is_listed: bool,
    is_full: bool,
    owner_is_user: bool,
    now: datetime,
) -> Effect:
    """came_at: when the receipt's person asked. last: the disposition that was last recorded. is_listed: the lead's
    phone is on the do-not-call list. is_full: the receipt's source has no room for another lead.
    """
    if came_at < head.wanted_since:
        return "older"
    if head.standing == "closed":
        if is_listed or (last is not None and last.outcome == "do_not_call"):
            return "stays_closed"
        if last is None or not last.sale:
            return "reopened"
        return "over_cap" if is_full else "new_lead"
    if holder(head, owner_is_user=owner_is_user, now=now) is not None:
        return "told"
    return "ready" if head.standing in ("open", "spent") else "routed"


def holder(head: Head, *, owner_is_user: bool, now: datetime) -> str | None:
    """Who has the lead: on lease, or as its owner, or because they have promised to call."""
    lease = head.lease_at(now)
    if lease is not None:
        return lease.holder
    return head.owner if owner_is_user else head.callback_for


def merged(
    values: Mapping[str, Any],
    fields: Mapping[str, Any],
    receipt_values: Mapping[str, Any],
    receipt_fields: Mapping[str, Any],
    how: MergeFields,
    *,
    unverified: bool = False,
) -> dict[str, Any]:
    """The JSON object of a lead with what a receipt adds to it: what is blank, or whatever the receipt says.

    unverified: whether anybody may have said it, of somebody else.
    """

    def both(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
        if how == "overwrite":
            return {**mine, **{name: value for name, value in theirs.items() if not _is_blank(value)}}
        blank = {name: value for name, value in theirs.items() if _is_blank(mine.get(name))}
        return {**mine, **blank}

    given = {name: receipt_values[name] for name in MERGED if name in receipt_values}
    own = {name: value for name, value in values.items() if name not in (*LISTS, *LISTS.values())}
    in_turn = (receipt_values, values) if how == "overwrite" else (values, receipt_values)
    return {
        **both(own, given),
        **_points(*in_turn, unverified=unverified),
        "fields": both(fields, receipt_fields),
    }


def _points(first: Mapping[str, Any], then: Mapping[str, Any], *, unverified: bool) -> dict[str, Any]:
    """The phones and e-mails of both, each once: none is lost to a merge while there is room, and what anybody may have
    said takes nobody's.

    unverified: those of the second.
    """
    found: dict[str, Any] = {}
    for contact, listed in LISTS.items():
        added = [{**each, "unverified": True} if unverified else each for each in shown(then, contact)]
        known: dict[str, Any] = {}
        for each in (*shown(first, contact), *added):
            before = known.setdefault(each["value"], each)
            if "unverified" in before and "unverified" not in each:  # who is known says it too
                known[each["value"]] = each
        points = list(known.values())
        if len(points) > MOST:
            points.sort(key=lambda each: "unverified" in each)
        if points:
            found[listed] = points[:MOST]
    return found


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
