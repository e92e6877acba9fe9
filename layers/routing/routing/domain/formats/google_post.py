"""Google's lead form: one lead, under the names of Google's questions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.domain.formats.fields import Given, filled, is_blank, lead_of, targets
from routing.domain.formats.json_post import objects
from routing.domain.formats.media import Media
from routing.domain.formats.post import MOST_FIELDS, Body, Post, Unreadable, too_many_fields
from routing.domain.formats.settings import Settings
from routing.domain.reading.text import text_of

_COLUMNS = {
    "FULL_NAME": "name", "FIRST_NAME": "first_name", "LAST_NAME": "last_name", "EMAIL": "email",
    "WORK_EMAIL": "email", "PHONE_NUMBER": "phone", "WORK_PHONE": "phone", "POSTAL_CODE": "postal_code",
    "REGION": "state", "CITY": "fields.city", "COUNTRY": "fields.country", "STREET_ADDRESS": "fields.street",
    "COMPANY_NAME": "fields.company", "JOB_TITLE": "fields.job_title",
}  # fmt: skip
_OF_THE_POST = {"lead_id": "external_id", "campaign_id": "campaign"}
_NOT_OF_THE_LEAD = frozenset({"user_column_data", "google_key", "is_test", "api_version"})


def read(raw: bytes, _media: Media, settings: Settings, _now: datetime) -> Post:
    """The lead of a post. Its `google_key` is the source's key, `is_test` a test key's behaviour."""
    (body, *others) = objects(raw)
    columns = body.get("user_column_data", [])
    if others or not isinstance(columns, list):
        raise Unreadable(
            422, "wrong_type", "must be an array of the form's answers", field="user_column_data"
        )
    if len(columns) > MOST_FIELDS or len(body) > MOST_FIELDS:
        raise too_many_fields()
    answers: dict[str, Any] = {}
    for each in columns:
        if isinstance(each, Mapping) and not is_blank(value := each.get("string_value")):
            name = text_of(each.get("column_id")) or text_of(each.get("column_name")) or "answer"
            answers.setdefault(name if name in _COLUMNS else _question(each) or name, value)
    asked = targets([name for name in answers if name not in _COLUMNS], settings.mapping)
    given = [
        Given(name, settings.mapping.get(name, _COLUMNS[name]) if name in _COLUMNS else asked[name], value)
        for name, value in answers.items()
    ]
    given += [
        Given(name, settings.mapping.get(name, _OF_THE_POST.get(name, f"fields.{name}")), _id(value))
        for name, value in body.items()
        if name not in _NOT_OF_THE_LEAD
    ]
    key = body.get("google_key")
    return Post(
        "google_ads",
        (Body(filled(lead_of(given), settings.defaults)),),
        key if isinstance(key, str) and key else None,
        is_test=body.get("is_test") is True,
    )


def _question(column: Mapping[str, Any]) -> str | None:
    """What a form asks in its own words, which says more than the id that Google gives it."""
    return text_of(column.get("column_name"))


def _id(value: Any) -> Any:
    """Ids are integers of eight bytes: as text no reader rounds them."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
