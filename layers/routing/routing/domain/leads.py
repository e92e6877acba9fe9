"""A lead as routing sees it: static fields that the product defines, and custom ones of its record type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from routing.domain import provenance
from routing.domain.reading.kinds import FieldType, Kind

Status = Literal[
    "new", "held", "assigned", "ready", "leased", "cooling", "callback", "unmatched", "spent", "closed"
]
CUSTOM = "fields."
UNREAD_STATE = "unread_state"
"""Among a lead's values: a state that was given, and is none of the United States. Calling hours alone count it."""

STATIC_FIELDS: Mapping[str, Kind] = {
    "source": "string",
    "channel": "name",
    "campaign": "name",
    "cost": "number",
    "created_at": "datetime",
    "pull_count": "number",
    "attempts": "number",
    "status": "string",
    "first_name": "name",
    "last_name": "name",
    "email": "email",
    "phone": "phone",
    "state": "state",
    "postal_code": "postal_code",
    "timezone": "string",
    "last_disposition": "string",
    **{f"consent.{key}": "datetime" if key == "at" else "string" for key in provenance.KEYS["consent"]},
    **{
        f"attribution.{key}": "exact" if key in provenance.CLICKS else "string"
        for key in provenance.KEYS["attribution"]
    },
}
"""Static fields (the product's own) that criteria and `order_by` may name, with their kinds."""


@dataclass(frozen=True, slots=True)
class CustomField:
    name: str
    type: FieldType
    required: bool = False
    choices: tuple[str, ...] = ()


OnDuplicate = Literal["merge", "link"]
MergeFields = Literal["fill_blank", "overwrite"]


@dataclass(frozen=True, slots=True)
class Dedupe:
    """When two leads of a record type are of one person, and what then.

    rules: sets of fields that must all be alike; one set is enough. within: for how long, from the earlier lead's last
    receipt. on_duplicate: whether the later one is merged into it, or made a lead that is linked to it. merge_fields:
    what of it counts when it is merged.
    """

    rules: tuple[tuple[str, ...], ...]
    within: timedelta
    on_duplicate: OnDuplicate = "merge"
    merge_fields: MergeFields = "fill_blank"


@dataclass(frozen=True)
class RecordType:
    """What kind of lead it is, and which custom fields it may carry. dedupe: None where each lead is one of its own.

    retention: how long after the last thing that happened to a lead its person is erased; None is never.
    """

    id: str
    name: str
    fields: tuple[CustomField, ...] = ()
    version: int = 1
    dedupe: Dedupe | None = None
    retention: timedelta | None = None

    @cached_property
    def _types(self) -> Mapping[str, Kind]:
        return {**STATIC_FIELDS, **{CUSTOM + each.name: each.type for each in self.fields}}

    def type_of(self, name: str) -> Kind | None:
        """The kind of a static field or of `fields.<name>`; None for a field that does not exist."""
        return self._types.get(name)

    def choices_of(self, name: str) -> tuple[str, ...]:
        """The choices of a custom choice field; empty for any other."""
        return next((each.choices for each in self.fields if CUSTOM + each.name == name), ())


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead at one moment. `values` holds the static fields that came with it, `fields` the custom ones."""

    id: str
    record_type: str
    owner: str
    created_at: datetime
    pull_count: int = 0
    attempts: int = 0
    status: Status = "new"
    last_disposition: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)

    def value(self, name: str) -> object:
        """The value of a field by the name that a criterion uses; None when the lead does not have it."""
        if name.startswith(CUSTOM):
            return self.fields.get(name.removeprefix(CUSTOM))
        if name in ("created_at", "pull_count", "attempts", "status", "last_disposition"):
            found: object = getattr(self, name)
            return found
        fact, _, key = name.partition(".")
        if key:
            facts = self.values.get(fact)
            return facts.get(key) if isinstance(facts, Mapping) else None
        return self.values.get(name)
