"""Every format, and which one a post is in."""

from collections.abc import Callable, Mapping
from datetime import datetime

from routing.domain.formats import form_post, json_post
from routing.domain.formats.media import Media, media
from routing.domain.formats.post import Post, Unreadable
from routing.domain.formats.settings import Format, Settings

Reader = Callable[[bytes, Media, Settings, datetime], Post]


def _adf(raw: bytes, media: Media, settings: Settings, now: datetime) -> Post:
    from routing.domain.formats import adf_post

    return adf_post.read(raw, media, settings, now)


def _google(raw: bytes, media: Media, settings: Settings, now: datetime) -> Post:
    from routing.domain.formats import google_post

    return google_post.read(raw, media, settings, now)


def _webhook(raw: bytes, media: Media, settings: Settings, now: datetime) -> Post:
    from routing.domain.formats import webhook_post

    return webhook_post.read(raw, media, settings, now)


FORMATS: Mapping[Format, Reader] = {
    "json": json_post.read,
    "form": form_post.read,
    "adf": _adf,
    "google_ads": _google,
    "webhook": _webhook,
}
"""Those that few sources post are loaded with their first post."""
_BY_MEDIA: Mapping[str, Format] = {
    "application/json": "json",
    form_post.URLENCODED: "form",
    form_post.MULTIPART: "form",
    "application/xml": "adf",
    "text/xml": "adf",
}
_BY_SUFFIX: Mapping[str, Format] = {"+json": "json", "+xml": "adf"}
TAKEN = "Send the body as application/json, as application/xml, or as a form does (urlencoded, multipart)."


def read(raw: bytes, content_type: str | None, settings: Settings, now: datetime) -> Post:
    """The leads of a post, each as `POST /v1/leads` takes it.

    now: for what came without a time of its own. Raises Unreadable: 400 for what is not what it says it is, 413 for
    too much, 415 for a type that is not taken, 422 for what holds no lead.
    """
    kind = media(content_type)
    name = settings.format if settings.format != "auto" else _format_of(kind)
    return FORMATS[name](raw, kind, settings, now)


def _format_of(kind: Media) -> Format:
    found = _BY_MEDIA.get(kind.name) or _BY_SUFFIX.get(kind.name[kind.name.rfind("+") :])
    if found is None:
        raise Unreadable(415, "media_type", TAKEN)
    return found
