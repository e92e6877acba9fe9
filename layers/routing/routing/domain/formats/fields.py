"""What a sender's fields become: keys of a lead, or custom fields. One table of names for forms, webhooks and files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.domain import provenance
from routing.domain.intake import KEYS, SECRET_KEY, key_of, keyed
from routing.domain.leads import CUSTOM
from routing.domain.lists import headings
from routing.domain.lists.headings import CONTACTS, NAME
from routing.domain.reading import names
from routing.domain.reading.text import MAX_TEXT, folded, text_of

_NEVER = frozenset({"source", "owner", "fields"})
TARGETS = (*(key for key in KEYS if key not in _NEVER), NAME)
"""What a mapping may name, beside `fields.<name>`."""
DEFAULTED = ("channel", "campaign", "state", "cost", "pull_delay_minutes")
"""What a source may have a default for, beside `fields.<name>`."""
_OF_FIELDS = re.compile(r"fields(?:\.|\[)(.+?)\]?", re.IGNORECASE | re.DOTALL)
Mapped = Mapping[str, str | None]
_CONTACT_OF = {name: key for key, listed in CONTACTS.items() for name in (key, listed)}


@dataclass(frozen=True, slots=True)
class Given:
    """A value under the sender's name, and what it is for: one of `TARGETS`, `fields.<name>`, None to leave it out.

    rank: how sure its name is of that among those of other phones or e-mails; a mapping is surest.
    """

    name: str
    target: str | None
    value: Any
    rank: int = 0


def is_target(text: str) -> bool:
    """Whether a mapping may send something there."""
    return text in TARGETS or text in provenance.TARGETS or bool(re.fullmatch(r"fields\.\w{1,64}", text))


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not folded(value[:MAX_TEXT]))


def targets(given: Sequence[str], mapping: Mapped) -> dict[str, str | None]:
    """What each of a sender's names is for.

    First as the mapping says, then our own names, then what files call it, else a custom field. No name but our own
    is taken for the `external_id`: a constant under `id` would make all leads one.
    """
    by_spelling = {headings.compact(name) or name: target for name, target in mapping.items()}
    decided: dict[str, str | None] = {}
    for name in given:
        spelling = headings.compact(name) or name
        if name in mapping:
            decided[name] = mapping[name]
        elif spelling in by_spelling:
            decided[name] = by_spelling[spelling]
        elif match := _OF_FIELDS.fullmatch(name):
            decided[name] = CUSTOM + match[1]
        elif (key := key_of(name)) is not None and key not in CONTACTS:
            decided[name] = key if key not in _NEVER else f"{CUSTOM}{key}"
    taken = {each for each in decided.values() if each}
    found: dict[str, str | None] = {}
    for name, target in zip(given, headings.targets(given, decided), strict=True):
        if name in decided:
            found[name] = decided[name]
            continue
        is_own = target is not None and target != "external_id"
        found[name] = target if is_own else headings.field_for(name, taken) or CUSTOM + name
        taken.add(found[name] or "")
    return found


def named(given: Mapping[str, Any], mapping: Mapped) -> list[Given]:
    """A sender's values with what they are for."""
    kinds = targets(list(given), mapping)
    mapped = {headings.compact(name) or name for name in mapping}

    def rank(name: str) -> int:
        is_surest = kinds[name] not in CONTACTS or (headings.compact(name) or name) in mapped
        return 0 if is_surest else headings.rank(name)

    return [Given(name, kinds[name], value, rank(name)) for name, value in given.items()]


def lead_of(given: Iterable[Given]) -> dict[str, Any]:
    """A lead of these values, with all its phones and e-mails, the best named first. Of several for another key the
    first that says something counts; the others are custom fields under their own names."""
    lead: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    spare: list[Given] = []
    contacts: dict[str, list[Given]] = {}
    for each in given:
        if each.target is None or is_blank(each.value):
            continue
        if contact := _CONTACT_OF.get(each.target):
            contacts.setdefault(contact, []).append(each)
        elif each.target.startswith(CUSTOM) and each.target.removeprefix(CUSTOM) not in fields:
            fields[each.target.removeprefix(CUSTOM)] = each.value
        elif not each.target.startswith(CUSTOM) and each.target not in lead:
            lead[each.target] = each.value
        else:
            spare.append(each)
    for key, among in contacts.items():
        if len(among) == 1:
            lead[among[0].target or key] = among[0].value
        else:
            among.sort(key=lambda each: each.rank)
            lead[CONTACTS[key]] = [value for each in among for value in _with_kind(key, each)]
    whole = lead.pop(NAME, None)
    if whole is not None:
        text = text_of(whole)
        if text is None or {"first_name", "last_name"} & lead.keys():
            spare.append(Given(NAME, None, whole))
        else:
            first, last = names.split(text[:MAX_TEXT])
            lead |= {name: part for name, part in (("first_name", first), ("last_name", last)) if part}
    for each in spare:
        taken = {CUSTOM + name for name in fields}
        target = headings.field_for(each.name, taken) or CUSTOM + each.name
        fields.setdefault(target.removeprefix(CUSTOM), each.value)
    return {**lead, **({"fields": fields} if fields else {})}


def filled(lead: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The lead with the defaults of what it does not say."""
    found = dict(lead)
    if not defaults:
        return found
    said = keyed(lead)
    for target, value in defaults.items():
        if not target.startswith(CUSTOM):
            if is_blank(said.get(target)) and not _follows(said, target):
                found = {name: each for name, each in found.items() if key_of(name) != target}
                found[target] = value
            continue
        at = next((name for name in found if key_of(name) == "fields"), "fields")
        fields, name = found.get(at, {}), target.removeprefix(CUSTOM)
        if isinstance(fields, Mapping) and is_blank(fields.get(name)):
            found[at] = {**fields, name: value}
    return found


def _follows(said: Mapping[str, Any], target: str) -> bool:
    """Whether the attribution says it, where the lead does not."""
    return provenance.DERIVED.get(target) in provenance.read(said, lambda *_: None).get("attribution", {})


def secret_of(lead: Mapping[str, Any]) -> str | None:
    """The source's key, where a lead's body holds it as text."""
    given = keyed(lead).get(SECRET_KEY)
    return given if isinstance(given, str) and given else None


def _with_kind(key: str, given: Given) -> list[Any]:
    """The values, and which kind of phone or e-mail their name says they are."""
    values = given.value if isinstance(given.value, list) else [given.value]
    kind = headings.kind_of(key, given.name)
    return [
        {"value": each, "kind": kind} if kind and not isinstance(each, Mapping) else each for each in values
    ]
