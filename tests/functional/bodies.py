"""One body of each kind of resource that is right, and what the whole resource looks like with its defaults."""

from typing import Any

from tests.functional.backend import pull_body, push_body

KINDS = (
    "accounts",
    "record-types",
    "sources",
    "push-strategies",
    "pull-strategies",
    "dispositions",
    "calling-rules",
)

LEAST: dict[str, dict[str, Any]] = {
    "accounts": {"name": "North", "kind": "branch", "parent": "corporate"},
    "record-types": {"name": "Mortgage"},
    "sources": {"name": "Web form"},
    "push-strategies": push_body(["ana"]),
    "pull-strategies": pull_body(),
    "dispositions": {"name": "No answer", "outcome": "recycle"},
    "calling-rules": {"name": "Utah", "windows": {"mon-sat": ["08:00", "21:00"], "holiday": None}},
}
"""What a body must say, without its id; the company of the tests has the accounts that are named."""

WHOLE: dict[str, dict[str, Any]] = {
    "accounts": {
        **LEAST["accounts"],
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
    },
    "record-types": {**LEAST["record-types"], "fields": [], "dedupe": None, "retention_days": None},
    "sources": {
        **LEAST["sources"],
        "owner": "corporate",
        "record_type": "lead",
        "enabled": True,
        "allowed_origins": [],
        "rate_limit_per_minute": None,
        "honeypot": None,
        "on_duplicate": None,
        "format": "auto",
        "mapping": {},
        "defaults": {},
        "response_format": "native",
        "acceptance": None,
        "cost": None,
        "trust_posted_cost": False,
    },
    "push-strategies": {
        **LEAST["push-strategies"],
        "enabled": True,
        "order": 100,
        "active_within_minutes": None,
        "reset_interval": "daily",
        "starts_on": "2026-03-04",
        "catch_up": None,
        "when_nobody": None,
        "take_back_after_minutes": None,
        "criteria": [],
        "recipients": [
            {
                "account": "ana",
                "weight": None,
                "hourly_limit": None,
                "daily_limit": None,
                "hold_at_branch": False,
            }
        ],
    },
    "pull-strategies": {
        **LEAST["pull-strategies"],
        "enabled": True,
        "priority": 100,
        "criteria": [],
        "order_by": [
            {"field": "pull_count", "direction": "asc"},
            {"field": "created_at", "direction": "desc"},
        ],
        "lease_minutes": 15,
        "cool_down_minutes": 240,
        "max_attempts": 6,
        "max_lease_lengths": 4,
        "max_wait": None,
        "hourly_limit": None,
        "daily_limit": None,
    },
    "dispositions": {
        **LEAST["dispositions"],
        "cool_down_minutes": None,
        "cool_down_in": "minutes",
        "counts_as_attempt": True,
        "contact_made": False,
        "release": False,
        "grace_minutes": 60,
        "give_back_pull": False,
        "sale": False,
        "label": "No answer",
        "order": 100,
        "shown": True,
    },
    "calling-rules": {
        **LEAST["calling-rules"],
        "country": "US",
        "state": None,
        "closed_on": [],
        "also_holidays": [],
        "calls_per_24h": None,
        "effective_from": None,
        "source": "",
        "confidence": "H",
        "exempt_with_consent": False,
        "exempt_with_relationship": False,
        "ambiguous": "strictest",
    },
}
"""The same with every default filled in."""
