"""What a submitted lead means: fields normalised, what could not be used said, nothing that came thrown away."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.domain.criteria import read
from routing.domain.leads import RecordType
from routing.domain.phones import e164

TEXT_KEYS = ("channel", "campaign", "first_name", "last_name")
CONTROL_KEYS = ("record_type", "source", "external_id", "owner", "pull_delay_minutes", "fields")
"""Keys that say how the lead is to be taken, and are no field of it."""
MAX_TEXT = 1024
MAX_WARNINGS = 50
MAX_NAME = 100
MAX_DELAY_MINUTES = 60 * 24 * 365

_EMAIL = re.compile(r"[^@\s,;<>\"]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])")
_STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM",
    "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK",
    "oregon": "OR", "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI", "south carolina": "SC",
    "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA",
    "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "american samoa": "AS",
    "guam": "GU", "northern mariana islands": "MP", "virgin islands": "VI",
}  # fmt: skip
STATES = frozenset(_STATES.values())


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about a lead that was mended or could not be used. `code` is stable; `message` names no value."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Understood:
    """A submission as understood: static `values`, custom `fields`, and what was noticed on the way."""

    values: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()
    pull_delay_minutes: int | None = None

    @property
    def is_workable(self) -> bool:
        """Whether anybody could use the lead: it can be called or written to."""
        return "phone" in self.values or "email" in self.values


def email(text: str) -> str | None:
    """The address trimmed and in lower case; None when it is not one."""
    folded = text.strip().lower()
    return folded if len(folded) <= 254 and _EMAIL.fullmatch(folded) else None


def state(text: str) -> str | None:
    """A US state or territory as two letters, from those or from its name."""
    folded = " ".join(text.split()).casefold()
    return folded.upper() if folded.upper() in STATES else _STATES.get(folded)


def postal_code(text: str) -> str | None:
    """A US code as five digits, a leading zero that a spreadsheet dropped put back; another country's in capitals."""
    compact = " ".join(text.split()).upper()
    match = re.fullmatch(r"(\d{3,5})(?:-?\d{4})?", compact) if not re.fullmatch(r"\d{6,8}", compact) else None
    if match:
        return match[1].zfill(5)
    return compact if re.fullmatch(r"[A-Z0-9][A-Z0-9 -]{1,9}", compact) else None


def _plain(value: object) -> str | None:
    """Text from a JSON string or number; None for anything else or nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def phone(body: Mapping[str, Any]) -> str | None:
    """The phone that `understand` will find in a lead's JSON object, for who must know it before the rest."""
    text = _plain(body.get("phone"))
    return e164(text) if text and len(text) <= MAX_TEXT else None


_NORMALISERS: Mapping[str, tuple[Callable[[str], str | None], str]] = {
    "email": (email, "is not an e-mail address"),
    "phone": (e164, "is not a phone number"),
    "state": (state, "is not a US state"),
    "postal_code": (postal_code, "is not a postal code"),
}


def understand(body: Mapping[str, Any], record_type: RecordType) -> Understood:
    """Read a lead's JSON object. Never refuses: what cannot be used is left out of the values, with a warning."""
    values: dict[str, Any] = {}
    warnings: list[Warned] = []

    def warn(name: str, code: str, message: str) -> None:
        warnings.append(Warned(name[:MAX_NAME], code, message))

    for name in TEXT_KEYS:
        if body.get(name) is None:
            continue
        text = _plain(body[name])
        if text is None or len(text) > MAX_TEXT:
            warn(name, "dropped", f"is not text of at most {MAX_TEXT} characters; it was not used")
        else:
            values[name] = text
    for name, (normalise, complaint) in _NORMALISERS.items():
        if body.get(name) in (None, ""):
            continue
        text = _plain(body[name])
        found = normalise(text) if text and len(text) <= MAX_TEXT else None
        if found is None:
            warn(name, "dropped", f"{complaint}; it was not used")
            continue
        values[name] = found
        if name == "postal_code" and text is not None and found.isdigit() and not text.startswith(found):
            warn(name, "repaired", "had lost its leading zero; it was put back")
    if body.get("cost") is not None:
        cost = read("number", body["cost"])
        if cost is None:
            warn("cost", "dropped", "is not a number; it was not used")
        else:
            values["cost"] = body["cost"]
    delay = body.get("pull_delay_minutes")
    if delay is not None and not (type(delay) is int and 0 <= delay <= MAX_DELAY_MINUTES):
        warn(
            "pull_delay_minutes", "dropped", "is not a whole number of minutes within a year; it was not used"
        )
        delay = None
    fields = _custom(body, record_type, warn)
    known = {*TEXT_KEYS, *_NORMALISERS, *CONTROL_KEYS, "cost"}
    for name in body:
        if name not in known:
            warn(name, "unknown_key", "is not a key of a lead; it is kept as received")
    if len(warnings) > MAX_WARNINGS:
        more = len(warnings) - MAX_WARNINGS
        warnings[MAX_WARNINGS:] = [Warned("", "more", f"{more} more warnings of this kind are not listed")]
    return Understood(values, fields, tuple(warnings), delay)


def _custom(
    body: Mapping[str, Any], record_type: RecordType, warn: Callable[[str, str, str], None]
) -> dict[str, Any]:
    given = body.get("fields")
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        warn("fields", "dropped", "is not an object; it is kept as received")
        given = {}
    declared = {each.name: each for each in record_type.fields}
    for name, value in given.items():
        custom = declared.get(name)
        if custom is None:
            warn(
                f"fields.{name}", "unknown_key", f"is not a field of {record_type.id}; it is kept as received"
            )
        elif value is not None and read(custom.type, value) is None:
            warn(f"fields.{name}", "wrong_type", f"is not a {custom.type}; criteria on it will not hold")
        elif (
            custom.choices
            and value is not None
            and read("choice", value) not in {read("choice", each) for each in custom.choices}
        ):
            warn(f"fields.{name}", "unknown_choice", "is not one of the field's choices")
    for custom in record_type.fields:
        if custom.required and given.get(custom.name) in (None, ""):
            warn(f"fields.{custom.name}", "missing", "is required, and was not given")
    return {name: value for name, value in given.items() if value is not None}
