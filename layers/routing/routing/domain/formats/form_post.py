"""A browser form's own post: urlencoded, or multipart."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import unquote_to_bytes

from routing.domain.formats import json_post
from routing.domain.formats.fields import filled, lead_of, named
from routing.domain.formats.media import Media, decoded
from routing.domain.formats.post import MOST_FIELDS, Body, Post, Unreadable, too_many_fields
from routing.domain.formats.settings import Settings
from routing.domain.intake import SECRET_KEY, IntakeWarning

REDIRECTS = ("redirect", "redirect_error")
"""Where to send the browser: of the form, not of the lead."""
IDEMPOTENCY_KEY = "idempotency_key"
"""As the header `Idempotency-Key`, which a page could not send without asking first."""
OF_THE_FORM = (*REDIRECTS, IDEMPOTENCY_KEY)
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_LONGEST_NAME = 1000
Pairs = list[tuple[str, str]]


def read(raw: bytes, media: Media, settings: Settings, now: datetime) -> Post:
    """The form's fields by their names; repeated ones joined by `, `, blank ones left out.

    JSON under a form's content type is read as the JSON that it is: no field is called `{`.
    """
    if media.name != MULTIPART and raw.lstrip()[:1] in (b"{", b"["):
        return json_post.read(raw, media, settings, now)
    pairs, warnings = pairs_of(raw, media)
    given = joined(pairs)
    values = named(
        {name: value for name, value in given.items() if name.lower() not in OF_THE_FORM}, settings.mapping
    )
    key = next((each.value for each in values if each.target == SECRET_KEY), None)
    lead = lead_of(each for each in values if each.target != SECRET_KEY)
    return Post("form", (Body(filled(lead, settings.defaults), tuple(warnings)),), key, given=given)


def pairs_of(raw: bytes, media: Media) -> tuple[Pairs, list[IntakeWarning]]:
    """The fields of a form in their order, and what was noticed. Raises Unreadable for what is no form."""
    pieces, files = _multipart(raw, media) if media.name == MULTIPART else (_urlencoded(raw), [])
    warnings = [
        IntakeWarning(name[:100], "file", "is a file; files are not taken") for name in dict.fromkeys(files)
    ]
    pairs: Pairs = []
    is_other = False
    for name, value, charset in pieces:
        (name_text, other_name) = decoded(name, charset or media.charset)
        (value_text, other_value) = decoded(value, charset or media.charset)
        is_other |= other_name or other_value
        if name_text != "_charset_":
            pairs.append((name_text.strip()[:_LONGEST_NAME], value_text))
    if is_other:
        warnings.append(IntakeWarning("", "repaired", "was not in UTF-8; it was read as Windows-1252"))
    return pairs, warnings


def joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One value for each name; `color[]` is `color`."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            found.setdefault(name.removesuffix("[]"), []).append(value)
    return {name: ", ".join(values) for name, values in found.items()}


Piece = tuple[bytes, bytes, str | None]


def _urlencoded(raw: bytes) -> list[Piece]:
    if raw.count(b"&") >= MOST_FIELDS:
        raise too_many_fields()
    found: list[Piece] = []
    for piece in raw.removeprefix(b"\xef\xbb\xbf").strip().split(b"&"):
        name, _, value = (unquote_to_bytes(each.replace(b"+", b" ")) for each in piece.partition(b"="))
        if name:
            found.append((name, value, None))
    return found


def _multipart(raw: bytes, media: Media) -> tuple[list[Piece], list[str]]:
    """The fields, and the names of files."""
    from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

    found: list[Piece] = []
    files: list[str] = []
    try:
        with PushMultipartParser(
            media.boundary, max_segment_count=MOST_FIELDS, header_charset="latin-1"
        ) as parser:
            part, value = None, b""
            for event in parser.parse(raw):
                if isinstance(event, MultipartSegment):
                    part, value = event, b""
                elif event is not None:
                    value += bytes(event)
                elif part is not None and part.filename is None:
                    found.append((part.name.encode("latin-1"), value, None))
                elif part is not None and (part.filename or value):
                    files.append(decoded(part.name.encode("latin-1"))[0])
    except ParserLimitReached:
        raise too_many_fields() from None
    except (MultipartError, ValueError):
        raise Unreadable(
            400, "unparsable", "The body is not multipart/form-data with the boundary that its type names."
        ) from None
    return found, files
