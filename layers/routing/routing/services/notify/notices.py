"""Notifications as text: one line for each, and one message for many. They name ids, never a lead's own data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from routing.services.core.views import time
from routing.storage.notifications import Notification

SHOWN = 100
"""The most lines of one message."""
ONE = {
    "assigned": "A lead was assigned to you",
    "callback_due": "A callback is due",
    "held_too_long": "Leads have been held too long",
    "limit_reached": "A limit was reached",
    "import_done": "An import is done",
    "closed_by_other": "A lead was closed: its phone is not to be called",
}
MANY = {
    "assigned": "{} leads were assigned to you",
    "callback_due": "{} callbacks are due",
    "held_too_long": "Leads have been held too long ({} notices)",
    "limit_reached": "{} limits were reached",
    "import_done": "{} imports are done",
    "closed_by_other": "{} leads were closed: their phones are not to be called",
}


def line(found: Notification) -> str:
    """What happened, in a sentence."""
    facts = found.facts
    match found.event:
        case "assigned":
            return f"Lead {facts['lead_id']} was assigned to you."
        case "callback_due":
            return f"The callback of lead {facts['lead_id']} is due: {facts['callback_at']}."
        case "held_too_long":
            leads = "lead of {owner} has" if facts["count"] == 1 else "leads of {owner} have"
            return (
                f"{facts['count']} {leads.format(owner=facts['owner'])} been held for more than "
                f"{facts['minutes']} minutes, the first since {facts['since']}."
            )
        case "limit_reached":
            period = {"hour": "an hour", "day": "a day"}[facts["period"]]
            limit, strategy = facts["limit"], facts["strategy"]
            return f"{facts['account']} has reached its limit of {limit} {period} in {strategy}."
        case "import_done":
            return f"The import {facts['import_id']} is done."
        case "closed_by_other":
            return (
                f"Lead {facts['lead_id']} was closed: {facts['account']} recorded on another lead that its phone "
                "is not to be called."
            )
    raise ValueError(found.event)


def subject(found: Sequence[Notification]) -> str:
    """One line for all of them."""
    counts = Counter(each.event for each in found)
    parts = [ONE[event] if count == 1 else MANY[event].format(count) for event, count in counts.items()]
    return "; ".join(parts)


def text(found: Sequence[Notification]) -> str:
    """The body of an e-mail."""
    lines = [f"{time(each.at)}  {line(each)}" for each in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"... and {len(found) - SHOWN} more.")
    return "\n".join([subject(found) + ".", "", *lines, ""])


def shown(found: Notification) -> Mapping[str, Any]:
    """One notification in JSON."""
    return {
        "id": found.id,
        "event": found.event,
        "at": time(found.at),
        "text": line(found),
        **found.facts,
    }
