"""What a submitted lead means: fields normalised, what could not be used said, nothing that came thrown away."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routing.domain import provenance
from routing.domain.calling_places import calling_class, is_of, known_state, known_zone
from routing.domain.contact_points import LISTS, phones_of
from routing.domain.contact_points import stored as stored_contacts
from routing.domain.dedupe import Claim
from routing.domain.given_contacts import contact_of
from routing.domain.given_contacts import read as read_contacts
from routing.domain.leads import UNREAD_STATE, CustomField, Dedupe, RecordType
from routing.domain.reading import numbers
from routing.domain.reading.kinds import read
from routing.domain.reading.postal_codes import lost_its_zero, postal_code
from routing.domain.reading.states import state
from routing.domain.reading.text import DAMAGED, MAX_TEXT, folded, text_of
from routing.domain.reading.text import name as name_of

TEXT_KEYS = ("channel", "campaign", "first_name", "last_name")
CONTROL_KEYS = ("record_type", "source", "external_id", "owner", "pull_delay_minutes", "fields")
"""Keys that say how the lead is to be taken, and are no field of it."""
SECRET_KEY = "api_key"  # noqa: S105 - the name of a key, not a secret
KEYS = (
    *TEXT_KEYS,
    *LISTS,
    *LISTS.values(),
    "state",
    "postal_code",
    "cost",
    *provenance.KEYS,
    *CONTROL_KEYS,
    SECRET_KEY,
)
DERIVED_STATE = "derived_state"
"""Among the values: true where the state was not given, but follows from the rest."""
MAX_WARNINGS = 50
MAX_NAME = 100
MAX_DELAY_MINUTES = 60 * 24 * 365
MAX_RENAMED = 128 * 1024
"""Custom fields that are longer keep the names they came under: what came is stored beside them, in 400 KB."""
UNUSABLE = frozenset(
    {"dropped", "unknown_key", "wrong_type", "unknown_choice", "missing", "repeated_key", "too_many"}
)
"""What an edit refuses: somebody is there to mend it."""


@dataclass(frozen=True, slots=True)
class IntakeWarning:
    """Something about a lead that was mended or could not be used. `code` is stable; `message` names no value."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ParsedLead:
    """A submission as understood: static `values`, custom `fields`, and what was noticed on the way.

    dedupe, claims: what it claims as a person's, and under which rule; None where it claims nothing.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[IntakeWarning, ...] = ()
    pull_delay_minutes: int | None = None
    dedupe: Dedupe | None = None
    claims: tuple[Claim, ...] = ()

    @property
    def phones(self) -> tuple[str, ...]:
        return phones_of(self.values)

    @property
    def is_workable(self) -> bool:
        """Whether anybody could use the lead: it can be called or written to."""
        return "phone" in self.values or "email" in self.values


def _folded_key(key: str) -> str:
    return re.sub(r"[ _-]", "", folded(key[: 2 * MAX_NAME]) or "")


_KEYS = {_folded_key(each): each for each in KEYS}


def key_of(name: str) -> str | None:
    """The key of a lead that a name stands for, whatever its case and however its words are joined; None for none."""
    return _KEYS.get(_folded_key(name))


NOT_A_PAGES = frozenset({"cost", "owner", "record_type", "external_id", "pull_delay_minutes", "created_at"})
"""What nobody may say who is not known: with it a stranger could spend money, or take another lead's place."""
_NOT_A_PAGES = {_folded_key(each) for each in NOT_A_PAGES}


def as_a_page_may(body: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[IntakeWarning, ...]]:
    """A lead's JSON object as a page may say it whose key everybody can read; with a warning for what it may not."""
    refused = [name for name in body if _folded_key(name) in _NOT_A_PAGES]
    warnings = tuple(
        IntakeWarning(
            name[:MAX_NAME], "ignored", "is not taken with a publishable key; it is kept as received"
        )
        for name in refused
    )
    return {name: value for name, value in body.items() if name not in refused}, warnings


def bounded(warnings: Sequence[IntakeWarning]) -> tuple[IntakeWarning, ...]:
    """As many warnings as are kept, and how many more there were."""
    if len(warnings) <= MAX_WARNINGS + 1:
        return tuple(warnings)
    more = IntakeWarning(
        "", "more", f"{len(warnings) - MAX_WARNINGS} more warnings of this kind are not listed"
    )
    return (*warnings[:MAX_WARNINGS], more)


def keyed(body: Mapping[str, Any]) -> dict[str, Any]:
    """A lead's JSON object under the names of its keys, whatever their case.

    Of several for one key the one written as it is defined comes first, then the others in their order; the first that
    says something counts. The others, and what is no key, keep their own names.
    """
    return _renamed(body, _KEYS)


def _renamed(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """names: folded name -> name."""
    known = frozenset(names.values())
    spellings: dict[str, list[str]] = {}
    for key in given:
        target = key if key in known else names.get(_folded_key(key))
        if target is not None:
            spellings.setdefault(target, []).append(key)
    chosen: dict[str, str] = {}
    for target, keys in spellings.items():
        in_order = [each for each in (target, *keys) if each in given]
        chosen[next((each for each in in_order if not _is_blank(given[each])), in_order[0])] = target
    return {chosen.get(key, key): value for key, value in given.items() if key in chosen or key not in known}


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not folded(value[:MAX_TEXT]))


def phones(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The phones that `understand` will find in a lead's JSON object, for who must know them before the rest."""
    found = read_contacts(_given(body), "phone", lambda *_: None)
    return tuple(each.value for each in found)


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keyed(body).items() if not _is_blank(value)}


Warn = Callable[[str, str, str], None]
"""Takes a field, a code and a message."""


def as_given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without what was derived from others: what an edit starts from."""
    derived = {"timezone", DERIVED_STATE, UNREAD_STATE, *(["state"] if values.get(DERIVED_STATE) else [])}
    return {name: value for name, value in values.items() if name not in derived}


def understand(
    body: Mapping[str, Any], record_type: RecordType, unread_state: str | None = None
) -> ParsedLead:
    """Read a lead's JSON object. Never refuses: what cannot be used is left out of the values, with a warning.

    unread_state: the state that an earlier reading could not use, where this one brings no other.
    """
    values: dict[str, Any] = {UNREAD_STATE: unread_state} if unread_state else {}
    warnings: list[IntakeWarning] = []

    def warn(name: str, code: str, message: str) -> None:
        warnings.append(IntakeWarning(name[:MAX_NAME], code, message))

    given = _given(body)
    for key in TEXT_KEYS:
        if key in given:
            values[key] = _text(key, given[key], warn)
    for contact in LISTS:
        values |= stored_contacts(read_contacts(given, contact, warn), contact)
    if "state" in given:
        values["state"] = state(given["state"])
        if values["state"] is None:
            warn("state", "dropped", "is not a US state; it was not used")
            values[UNREAD_STATE] = " ".join(str(given["state"]).upper().split())[:MAX_NAME]
    if "postal_code" in given:
        values["postal_code"] = postal_code(given["postal_code"])
        if values["postal_code"] is None:
            warn("postal_code", "dropped", "is not a postal code; it was not used")
        elif lost_its_zero(given["postal_code"]):
            of = values.get(UNREAD_STATE) or values.get("state")
            if of is None or is_of(of, values["postal_code"]):
                warn("postal_code", "repaired", "had lost its leading zero; it was put back")
            else:
                values["postal_code"] = None
                warn(
                    "postal_code",
                    "dropped",
                    "is too short, and with a leading zero it would be outside the state; it was not used",
                )
    _derive(values, warn)
    values |= provenance.read(given, warn)
    for key, of in provenance.DERIVED.items():
        if key not in given and (said := values.get("attribution", {}).get(of)) is not None:
            values[key] = name_of(said)
    if "cost" in given:
        values["cost"] = _cost(given["cost"], warn)
    delay = _delay(given["pull_delay_minutes"], warn) if "pull_delay_minutes" in given else None
    fields = _custom(given.get("fields"), record_type, warn)
    for key in given:
        if key not in KEYS and contact_of(key) is None and provenance.field_of(key) is None:
            _unknown(key, key_of(key) is not None, "a key of a lead", warn)
    used = {key: value for key, value in values.items() if value is not None}
    return ParsedLead(used, fields, bounded(warnings), delay)


def _text(key: str, value: object, warn: Warn) -> str | None:
    found = name_of(value)
    if found is None:
        text = text_of(value)
        if text is None or len(text) > MAX_TEXT:
            warn(key, "dropped", f"is not text of at most {MAX_TEXT} characters; it was not used")
        else:
            warn(key, "dropped", "stands for no value; it was not used")
    elif DAMAGED in found:
        warn(key, "damaged", "has characters that could not be read")
    return found


def _derive(values: dict[str, Any], warn: Warn) -> None:
    """The state that the postal code names, where none could be read, and the zone that all of it agrees on."""
    numbers_, code = phones_of(values), values.get("postal_code")
    if values.get("state") is None and (found := known_state(code, *numbers_)):
        values["state"], values[DERIVED_STATE] = found, True
        warn("state", "derived", "was taken from the postal code")
    values["timezone"] = known_zone(
        calling_class(values.get(UNREAD_STATE) or values.get("state"), code, *numbers_)
    )


def _cost(value: object, warn: Warn) -> int | float | str | None:
    found = numbers.number(value)
    if found is None:
        warn("cost", "dropped", "is not a number; it was not used")
        return None
    _say_how_read("cost", value, warn)
    return numbers.as_json(found)


def _say_how_read(key: str, value: object, warn: Warn) -> None:
    if numbers.has_decimal_comma(value):
        warn(key, "repaired", "has a decimal comma; it was read as a decimal point")
    elif numbers.is_ambiguous(value):
        warn(
            key,
            "ambiguous",
            "may mean another number elsewhere; a comma was read as grouping, a point as decimal",
        )


def _delay(value: object, warn: Warn) -> int | None:
    found = numbers.number(value)
    if found is not None and found == found.to_integral_value() and 0 <= found <= MAX_DELAY_MINUTES:
        return int(found)
    warn("pull_delay_minutes", "dropped", "is not a whole number of minutes within a year; it was not used")
    return None


def _unknown(name: str, is_repeated: bool, what: str, warn: Warn) -> None:
    if is_repeated:
        warn(name, "repeated_key", "names what another key names too; it is kept as received")
    else:
        warn(name, "unknown_key", f"is not {what}; it is kept as received")


def _custom(given: object, record_type: RecordType, warn: Warn) -> dict[str, Any]:
    """The custom fields as they came, under the names that the record type gives them."""
    if given is not None and not isinstance(given, Mapping):
        warn("fields", "dropped", "is not an object; it is kept as received")
    declared = {each.name: each for each in record_type.fields}
    names = _by_folded_name(declared)
    came = (
        {name: value for name, value in given.items() if value is not None}
        if isinstance(given, Mapping)
        else {}
    )
    found = _renamed(came, names)
    if found.keys() != came.keys() and len(json.dumps(came)) > MAX_RENAMED:
        found = came
    for name, value in found.items():
        custom = declared.get(name)
        if custom is None:
            is_repeated = names.get(_folded_key(name)) in found
            _unknown(f"fields.{name}", is_repeated, f"a field of {record_type.id}", warn)
        elif not _is_blank(value):
            _say_what_is_wrong(custom, value, warn)
    for custom in record_type.fields:
        if custom.required and _is_blank(found.get(custom.name)):
            warn(f"fields.{custom.name}", "missing", "is required, and was not given")
    return found


def _by_folded_name(names: Iterable[str]) -> Mapping[str, str]:
    """Those that no other name is taken for."""
    found: dict[str, list[str]] = {}
    for each in names:
        found.setdefault(_folded_key(each), []).append(each)
    return {folded_name: each[0] for folded_name, each in found.items() if len(each) == 1}


def _say_what_is_wrong(custom: CustomField, value: object, warn: Warn) -> None:
    name, found = f"fields.{custom.name}", read(custom.type, value)
    if found is None:
        warn(name, "wrong_type", f"is not a {custom.type}; criteria on it will not hold")
    elif custom.choices and found not in {read("choice", each) for each in custom.choices}:
        warn(name, "unknown_choice", "is not one of the field's choices")
    elif custom.type == "number":
        _say_how_read(name, value, warn)
    elif isinstance(value, str) and DAMAGED in value:
        warn(name, "damaged", "has characters that could not be read")
