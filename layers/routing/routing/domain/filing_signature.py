"""What of the set-up decides where leads are filed for pull. A change of anything else moves no lead."""

from collections.abc import Mapping
from typing import Any

from routing.domain.resources import Body, Kind

LEFT_OUT: Mapping[Kind, frozenset[str]] = {
    "pull-strategies": frozenset(
        {"name", "lease_minutes", "max_lease_lengths", "cool_down_minutes", "hourly_limit", "daily_limit"}
    ),
    "record-types": frozenset({"name", "dedupe", "retention_days"}),
}
"""Of the kinds by which leads are filed, what is read only when a lead is lent, worked or shown."""
SHOWN = frozenset({"label", "format", "unit", "order"})
"""Of a record type's field, what screens alone read."""


def signature(kind: Kind, body: Body | None) -> Mapping[str, Any] | None:
    """What leads are filed by; None where the resource files none: it is not there, or disabled, or of another kind."""
    if kind not in LEFT_OUT or body is None or not body.get("enabled", True):
        return None
    found = {name: value for name, value in body.items() if name not in LEFT_OUT[kind]}
    return {**found, "fields": read_fields(body)} if kind == "record-types" else found


def read_fields(record_type: Body) -> list[Body]:
    """A record type's fields but for how they are shown."""
    return [
        {name: value for name, value in each.items() if name not in SHOWN} for each in record_type["fields"]
    ]
