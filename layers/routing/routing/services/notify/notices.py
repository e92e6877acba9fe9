"""Notifications as text: one line for each, and one message for many. They name ids, never a lead's own data."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.domain.notifications import NoticeEvent
from routing.services.core.views import time
from routing.storage.notifications import Notification

SHOWN = 100
"""The most lines of one message."""
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """How an event is told: in the subject of a message of one or of several, and in a sentence of its own."""

    one: str
    many: str
    sentence: Callable[[Facts], str]


def _held(facts: Facts) -> str:
    leads = f"lead of {facts['owner']} has" if facts["count"] == 1 else f"leads of {facts['owner']} have"
    return (
        f"{facts['count']} {leads} been held for more than {facts['minutes']} minutes, "
        f"the first since {facts['since']}."
    )


def _limit(facts: Facts) -> str:
    period = {"hour": "an hour", "day": "a day"}[facts["period"]]
    return f"{facts['account']} has reached its limit of {facts['limit']} {period} in {facts['strategy']}."


def _closed(facts: Facts) -> str:
    return (
        f"Lead {facts['lead_id']} was closed: {facts['account']} recorded on another lead that its phone is not to "
        "be called."
    )


def _import(facts: Facts) -> str:
    match facts.get("status"):
        case "failed":
            return f"The import {facts['import_id']} has failed; it says why."
        case "done":
            counts = f"Leads created: {facts['leads_created']}; rows left out: {facts['rows_rejected']}"
            return f"The import {facts['import_id']} is done. {counts}."
    return f"The import {facts['import_id']} is done."


WORDS: Mapping[NoticeEvent, Words] = {
    "assigned": Words(
        "A lead was assigned to you",
        "{} leads were assigned to you",
        lambda facts: f"Lead {facts['lead_id']} was assigned to you.",
    ),
    "callback_due": Words(
        "A callback is due",
        "{} callbacks are due",
        lambda facts: f"The callback of lead {facts['lead_id']} is due: {facts['callback_at']}.",
    ),
    "held_too_long": Words(
        "Leads have been held too long", "Leads have been held too long ({} notices)", _held
    ),
    "limit_reached": Words("A limit was reached", "{} limits were reached", _limit),
    "import_done": Words("An import has ended", "{} imports have ended", _import),
    "closed_by_other": Words(
        "A lead was closed: its phone is not to be called",
        "{} leads were closed: their phones are not to be called",
        _closed,
    ),
    "asked_again": Words(
        "Somebody whose lead you have asked again",
        "{} whose leads you have asked again",
        lambda facts: f"Whoever lead {facts['lead_id']} is of has asked again.",
    ),
}


def line(found: Notification) -> str:
    """What happened, in a sentence."""
    return WORDS[found.event].sentence(found.facts)


def subject(found: Sequence[Notification]) -> str:
    """One line for all of them."""
    counts = Counter(each.event for each in found)
    parts = [
        WORDS[event].one if count == 1 else WORDS[event].many.format(count) for event, count in counts.items()
    ]
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
