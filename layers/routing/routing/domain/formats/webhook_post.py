"""A generic webhook: an object of any shape, understood by the source's mapping and by the names in it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from routing.domain.formats import form_post
from routing.domain.formats.fields import filled, lead_of, named
from routing.domain.formats.json_post import copied, objects, taken_out
from routing.domain.formats.media import Media
from routing.domain.formats.post import MOST_FIELDS, Body, Post, too_many_fields
from routing.domain.formats.settings import Settings
from routing.domain.intake import SECRET_KEY
from routing.domain.lists import headings
from routing.domain.reading.text import text_of

_WRAPPERS = frozenset(
    {
        "answers", "attributes", "body", "contact", "contactdata", "contactinfo", "customer", "customerdata", "data",
        "entry", "event", "fielddata", "fields", "form", "formdata", "formresponse", "lead", "leaddata", "params",
        "payload", "person", "personaldata", "properties", "record", "response", "result", "submission", "values",
    }
)  # fmt: skip
"""Objects that say no more than that what is in them is the lead's."""
_ASKED = ("name", "field", "key", "label", "question", "title")
_ANSWERED = ("value", "values", "answer", "text")


def read(raw: bytes, media: Media, settings: Settings, now: datetime) -> Post:
    """A lead of an object, or of each in an array."""
    if media.name in (form_post.URLENCODED, form_post.MULTIPART):
        return form_post.read(raw, media, settings, now)
    found = [_lead(each, settings) for each in objects(raw)]
    bodies = tuple(Body(filled(lead, settings.defaults)) for lead, _ in found)
    return Post("webhook", bodies, next((key for _, key in found if key), None))


def _lead(given: Mapping[str, Any], settings: Settings) -> tuple[dict[str, Any], str | None]:
    """The lead, and the source's key where one stands there."""
    rest = copied(given)
    values = taken_out(rest, settings.mapping)
    found: dict[str, Any] = {}
    for path, value in _values(rest, ()):
        inner = [each for each in path if headings.compact(each) not in _WRAPPERS] or path[-1:]
        name = ".".join(inner)
        found[name if name not in found else ".".join(path)] = value
        if len(found) > MOST_FIELDS:
            raise too_many_fields()
    values += named(found, {})
    key = next((each.value for each in values if each.target == SECRET_KEY), None)
    lead = lead_of(each for each in values if each.target != SECRET_KEY)
    return lead, key if isinstance(key, str) else None


def _values(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each value with where it stands; a list of plain ones as one text, `{"name": x, "value": y}` under `x`."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _values(each, (*path, name))
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for at, each in enumerate(value):
            asked = _asked(each)
            yield from [((*path, asked[0]), _plain(asked[1]))] if asked else _values(each, (*path, str(at)))
    elif path:
        yield path, _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, list) and value and all(text_of(each) is not None for each in value):
        return ", ".join(str(text_of(each)) for each in value)
    return value


def _asked(value: Any) -> tuple[str, Any] | None:
    if not isinstance(value, dict):
        return None
    name = next((text for each in _ASKED if (text := text_of(value.get(each)))), None)
    answer = next((value[each] for each in _ANSWERED if each in value), None)
    return None if name is None or answer is None else (name, answer)
