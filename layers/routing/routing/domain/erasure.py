"""What stays of a lead whose person was erased: facts and counts, and nothing that anybody wrote or sent."""

from collections.abc import Mapping
from typing import Any

FACTS = frozenset(
    {
        *(
            "account",
            "from",
            "holder",
            "owner",
            "to",
            "user",
            "callback_for",
            "strategy",
            "source",
            "lead",
            "leads",
        ),
        *(
            "status",
            "standing",
            "outcome",
            "reason",
            "why",
            "disposition",
            "against",
            "changed",
            "what",
            "code",
        ),
        *(
            "at",
            "callback_at",
            "callback_said",
            "recorded_at",
            "starts_at",
            "expires_at",
            "until",
            "available_at",
            "waited",
            "next_at",
            "since",
        ),
        *("attempts", "pull_count", "call_id", "contact_made", "counts_as_attempt", "first_call_at"),
        *("last_disposition", "lease_expires_at", "appointment", "version", "id", "receipt", "linked_to"),
        *("effect", "received_at"),
        *(
            "decision",
            "filing",
            "filed",
            "rank",
            "after",
            "was_seen",
            "next",
            "strategies",
            "matched",
            "priority",
        ),
        *(
            "criteria",
            "any",
            "field",
            "operator",
            "held",
            "recipients",
            "eligible",
            "hour",
            "day",
            "interval",
        ),
        *("turns", "owed", "make_up", "criteria_more", "any_more", "strategies_more", "recipients_more"),
    }
)
"""Names in an event's detail of what is no personal data: ids, times, counts, what was decided. Whatever else an event
says goes: a note, what was received, a criterion's value, which may be the person's own."""
COUNTS = frozenset({"strategies_more", "recipients_more"})
"""Numbers by names of their own."""


def facts(detail: Mapping[str, Any]) -> dict[str, Any]:
    """An event's detail without anything personal."""
    return {
        name: value if name in COUNTS else _facts(value) for name, value in detail.items() if name in FACTS
    }


def _facts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return facts(value)
    if isinstance(value, list):
        return [_facts(each) for each in value]
    return value
