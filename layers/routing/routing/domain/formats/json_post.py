"""JSON: a lead, or an array of them, read so that nothing in it costs the lead."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from routing.domain.formats.fields import Given, Mapped, filled, is_blank, lead_of, secret_of
from routing.domain.formats.json_text import leniently, without_nulls
from routing.domain.formats.media import Media
from routing.domain.formats.post import MOST_LEADS, Body, Post, Unreadable, too_many_leads
from routing.domain.formats.settings import Settings
from routing.domain.intake import key_of


def read(raw: bytes, _media: Media, settings: Settings, _now: datetime) -> Post:
    """One lead's object, or an array of at most `MOST_LEADS`; nothing at all is an empty object."""
    leads = objects(raw)
    bodies = tuple(Body(filled(mapped(lead, settings.mapping), settings.defaults)) for lead in leads)
    return Post("json", bodies, next((key for each in bodies if (key := secret_of(each.lead))), None))


def objects(raw: bytes) -> list[dict[str, Any]]:
    """The objects of a body, without their nulls. Raises Unreadable where there are none."""
    if not raw.strip():
        return [{}]
    try:
        given = without_nulls(leniently(raw))
    except json.JSONDecodeError as wrong:
        raise _unparsable(wrong.lineno) from None
    except (ValueError, RecursionError):
        raise _unparsable(None) from None
    found = given if isinstance(given, list) else [given]
    if not 1 <= len(found) <= MOST_LEADS:
        raise too_many_leads(len(found))
    for at, each in enumerate(found):
        if not isinstance(each, dict):
            what = "must be a JSON object" if isinstance(given, list) else "the body must be a JSON object"
            raise Unreadable(422, "wrong_type", what, field=f"[{at}]" if isinstance(given, list) else "")
    return found


def _unparsable(line: int | None) -> Unreadable:
    return Unreadable(400, "unparsable", "The body is not JSON in UTF-8, or nested too deeply.", line=line)


def mapped(lead: Mapping[str, Any], mapping: Mapped) -> dict[str, Any]:
    """The lead with what the mapping names moved to where it says; the rest stays as it is."""
    if not mapping:
        return dict(lead)
    rest = copied(lead)
    given = taken_out(rest, mapping)
    sent = {each.target for each in given if each.target and not is_blank(each.value)}
    beaten = {name: key for name in rest if (key := key_of(name)) in sent and key != "fields"}
    given += [Given(name, key, rest.pop(name)) for name, key in beaten.items()]
    found = lead_of(given)
    at = next((name for name in rest if key_of(name) == "fields"), "fields")
    if isinstance(fields := rest.get(at), dict) and "fields" in found:
        found["fields"] = {**fields, **found["fields"]}
    if at in rest and at != "fields" and "fields" in found:
        rest.pop(at)
    return {**{name: each for name, each in rest.items() if each != {} or lead.get(name) == {}}, **found}


def taken_out(rest: dict[str, Any], mapping: Mapped) -> list[Given]:
    """The values that a mapping names, taken out of an object."""
    spellings: dict[int, dict[str, str]] = {}
    places = [(path, target, _place(rest, path, spellings)) for path, target in mapping.items()]
    given = [Given(path, target, place[0][place[1]]) for path, target, place in places if place is not None]
    _take_out([place for _, _, place in places if place is not None])
    return given


_Place = tuple[Any, Any]
"""An object and a key of it, or an array and a place in it."""


def _place(value: Any, path: str, spellings: dict[int, dict[str, str]]) -> _Place | None:
    """Where a path ends: at keys as they are written, or in another case."""
    while True:
        head, _, rest = path.partition(".")
        if isinstance(value, list):
            if not head.isdecimal() or len(head) > 4 or int(head) >= len(value):
                return None
            place: _Place = (value, int(head))
        elif isinstance(value, dict):
            known = spellings.setdefault(id(value), {each.casefold(): each for each in reversed(value)})
            if (whole := path if path in value else known.get(path.casefold())) is not None:
                return value, whole
            key = head if head in value else known.get(head.casefold())
            if key is None:
                return None
            place = (value, key)
        else:
            return None
        if not rest:
            return place
        value, path = place[0][place[1]], rest


def _take_out(places: Iterable[_Place]) -> None:
    gone: dict[int, tuple[Any, set[Any]]] = {}
    for container, key in places:
        gone.setdefault(id(container), (container, set()))[1].add(key)
    for container, keys in gone.values():
        for key in sorted(keys, reverse=True):
            del container[key]


def copied(value: Any) -> Any:
    """JSON that is nobody else's."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value
