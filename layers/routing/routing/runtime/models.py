"""What the set-up API takes and shows, as schemas. A body that passes is complete: every default is filled in."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from routing.domain.acceptance import MAX_COST
from routing.domain.criteria import OPERATORS, duration
from routing.domain.dedupe import MOST_FIELDS, MOST_RULES
from routing.domain.formats.fields import DEFAULTED, TARGETS, is_target
from routing.domain.formats.settings import Format, ResponseFormat
from routing.domain.leads import CUSTOM
from routing.domain.reading.text import MAX_TEXT
from routing.domain.resources import CATCH_UP_OF_BEFORE, SOLD, in_words
from routing.domain.webhooks import target

FIRST_YEAR, LAST_YEAR = 1970, 2199
ID_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]{0,63}$"
Id = Annotated[str, Field(pattern=ID_PATTERN, description="letters, digits, `.`, `_`, `-`; at most 64")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 366, strict=True)]
Number = Annotated[int, Field(ge=0, le=999_999, strict=True)]
Flag = Annotated[bool, Field(strict=True)]


def _zone(value: str | None) -> str | None:
    if value is not None:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):  # unknown; not a relative path; the name of a folder
            raise PydanticCustomError(
                "unknown_timezone", "must be an IANA time zone such as America/Denver"
            ) from None
    return value


def _operator(value: str) -> str:
    if value not in OPERATORS:
        raise PydanticCustomError(
            "unknown_operator", "must be one of {operators}", {"operators": ", ".join(sorted(OPERATORS))}
        )
    return value


def _instant(value: object) -> datetime:
    """RFC 3339 with a zone: a time without one means a different moment to each reader."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
        instant = found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        instant = None
    if instant is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise PydanticCustomError(
            "not_a_time", "must be an RFC 3339 time with its zone (2026-03-07T15:00:00Z)"
        )
    return instant


def _wait(value: str) -> str:
    if not duration(value):
        raise PydanticCustomError("not_a_duration", "must be an ISO 8601 duration such as PT4H")
    return value


def _day(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("date_type", "must be a date (YYYY-MM-DD)")
    return value


Instant = Annotated[datetime, BeforeValidator(_instant)]


class ResourceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Id
    name: Name


def _webhook(value: str | None) -> str | None:
    if value is not None:
        try:
            target(value)
        except ValueError as wrong:
            raise PydanticCustomError("invalid", "{reason}", {"reason": str(wrong)}) from None
    return value


ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="local, as 21:30")]


class EventChoice(BaseModel):
    """By which channels to tell of one event; what is left out is as the channel, or an account above, says."""

    model_config = ConfigDict(extra="forbid")

    in_app: Flag | None = None
    email: Flag | None = None
    webhook: Flag | None = None


class EventChoices(BaseModel):
    model_config = ConfigDict(extra="forbid")

    assigned: EventChoice | None = None
    callback_due: EventChoice | None = None
    held_too_long: EventChoice | None = None
    limit_reached: EventChoice | None = None
    import_done: EventChoice | None = None
    closed_by_other: EventChoice | None = None
    asked_again: EventChoice | None = None


class QuietHours(BaseModel):
    """In the account's local time, over midnight too. The same start and end: no quiet hours."""

    model_config = ConfigDict(extra="forbid")

    start: ClockTime
    end: ClockTime


class Notify(BaseModel):
    """For the account and all below it; the nearest account that says something wins, null says nothing."""

    model_config = ConfigDict(extra="forbid")

    email: Flag | None = None
    webhook: Annotated[str | None, Field(max_length=2000), AfterValidator(_webhook)] = None
    events: EventChoices | None = None
    quiet_hours: QuietHours | None = None
    held_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 366, strict=True)] | None = None


class AccountBody(ResourceBody):
    kind: Literal["corporate", "branch", "user"]
    parent: Id | None = None
    timezone: Annotated[str | None, AfterValidator(_zone)] = None
    enabled: Flag = True
    role: Literal["admin", "manager", "rep"] | None = None
    email: Annotated[str | None, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)] = None
    notify: Notify = Notify()

    @model_validator(mode="after")
    def _complete(self) -> "AccountBody":
        if self.kind == "user" and self.role is None:
            self.role = "rep"
        return self


Label = Annotated[str, Field(min_length=1, max_length=100)]
FORMATS: Mapping[str, tuple[str, ...]] = {
    "number": ("money", "percent", "plain"),
    "string": ("multiline", "link"),
}


class FieldBody(BaseModel):
    """label, format, unit, order: how screens show the field. Without a label it has its name, in plain words."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    label: Label = ""
    type: Literal["string", "number", "boolean", "date", "datetime", "choice"]
    format: Literal["money", "percent", "plain", "multiline", "link"] | None = Field(
        None,
        description="of a number money, percent or plain (a year, which is not grouped); of text the others",
    )
    unit: Annotated[str, Field(min_length=1, max_length=20)] | None = Field(
        None,
        description="what stands beside a number; of money its currency (ISO 4217), USD when it is left out",
    )
    order: Number = 100
    required: Flag = False
    choices: (
        Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=500)] | None
    ) = None

    @model_validator(mode="after")
    def _choices(self) -> "FieldBody":
        if self.type == "choice" and not self.choices:
            raise PydanticCustomError("choices_required", "a choice field needs its choices")
        if self.type != "choice" and self.choices is not None:
            raise PydanticCustomError("choices_not_allowed", "only a choice field has choices")
        return self

    @model_validator(mode="after")
    def _looks(self) -> "FieldBody":
        self.label = self.label or in_words(self.name)
        formats = FORMATS.get(self.type, ())
        if self.format is not None and self.format not in formats:
            raise PydanticCustomError(
                "format_not_allowed",
                "a {type} field has no format {format}{instead}",
                {
                    "type": self.type,
                    "format": self.format,
                    "instead": f"; it may have {', '.join(formats)}" if formats else "",
                },
            )
        if self.unit is not None and self.type != "number":
            raise PydanticCustomError("unit_not_allowed", "only a number field has a unit")
        if self.format == "money" and self.unit is not None and not re.fullmatch("[A-Z]{3}", self.unit):
            raise PydanticCustomError("invalid", "the unit of money is a currency in capitals, such as USD")
        return self


FieldName = Annotated[str, Field(min_length=1, max_length=100)]


class DedupeBody(BaseModel):
    """rules: sets of fields that must all be alike; one set is enough."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[
        list[Annotated[list[FieldName], Field(min_length=1, max_length=MOST_FIELDS)]],
        Field(min_length=1, max_length=MOST_RULES),
    ]
    within_hours: Annotated[int, Field(ge=1, le=24 * 366, strict=True)] = 720
    on_duplicate: Literal["merge", "link"] = "merge"
    merge_fields: Literal["fill_blank", "overwrite"] = "fill_blank"


class RecordTypeBody(ResourceBody):
    fields: Annotated[list[FieldBody], Field(max_length=200)] = []
    dedupe: DedupeBody | None = None
    retention_days: Annotated[
        int | None,
        Field(
            ge=1,
            le=36_500,
            strict=True,
            description="a lead's person is erased so many days after the last thing that happened to it",
        ),
    ] = None


def _target(value: str) -> str:
    if not is_target(value):
        raise PydanticCustomError(
            "invalid", "must be fields.<name>, or one of {keys}", {"keys": ", ".join(TARGETS)}
        )
    return value


def _default_of(value: str) -> str:
    if value not in DEFAULTED and not (value.startswith(CUSTOM) and is_target(value)):
        raise PydanticCustomError(
            "invalid", "must be fields.<name>, or one of {keys}", {"keys": ", ".join(DEFAULTED)}
        )
    return value


def _default(value: object) -> object:
    is_text = isinstance(value, str) and len(value) <= MAX_TEXT
    if not is_text and not (isinstance(value, int | float) and math.isfinite(value)):
        raise PydanticCustomError(
            "wrong_type",
            "must be text of at most {most} characters, a number, true or false",
            {"most": MAX_TEXT},
        )
    return value


TheirKey = Annotated[str, Field(min_length=1, max_length=200)]
Target = Annotated[str, AfterValidator(_target)]
DefaultOf = Annotated[str, AfterValidator(_default_of)]
Default = Annotated[
    Any, AfterValidator(_default), Field(json_schema_extra={"type": ["string", "number", "boolean"]})
]


class CriterionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: Annotated[str, Field(min_length=1, max_length=100)]
    operator: Annotated[str, AfterValidator(_operator), Field(json_schema_extra={"enum": sorted(OPERATORS)})]
    value: Any = None


class AnyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    any: Annotated[list[CriterionBody], Field(min_length=1, max_length=50)]


def _entry_tag(value: object) -> str:
    is_group = "any" in value if isinstance(value, dict) else isinstance(value, AnyBody)
    return "group" if is_group else "criterion"


EntryBody = Annotated[
    Annotated[CriterionBody, Tag("criterion")] | Annotated[AnyBody, Tag("group")], Discriminator(_entry_tag)
]
Criteria = Annotated[list[EntryBody], Field(max_length=50)]


def _in_parts(value: float) -> float:
    if round(value, 4) != value:
        raise PydanticCustomError("out_of_range", "must have at most four decimals")
    return value


Amount = Annotated[
    float, Field(ge=0, le=1_000_000_000, strict=True, allow_inf_nan=False), AfterValidator(_in_parts)
]
WindowTime = Annotated[
    str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="local, as 08:00 or 24:00")
]
CalledWindow = Annotated[list[WindowTime], Field(min_length=2, max_length=2)]


class CapBody(BaseModel):
    """How many leads are taken in each local day or month of the source's owner, and for how much; 0 is none."""

    model_config = ConfigDict(extra="forbid")

    per: Literal["day", "month"]
    leads: Annotated[int | None, Field(ge=0, le=1_000_000_000, strict=True)] = None
    cost: Amount | None = None

    @model_validator(mode="after")
    def _limits(self) -> "CapBody":
        if self.leads is None and self.cost is None:
            raise PydanticCustomError("required", "must limit leads, cost or both")
        return self


class AcceptanceBody(BaseModel):
    """Which leads of a source are taken; the others are refused, and are no leads.

    hours: by `mon` to `sun` and ranges of them (`mon-fri`), from when until when in the time of the source's owner; a
    day that is left out has none.
    """

    model_config = ConfigDict(extra="forbid")

    criteria: Criteria = []
    caps: Annotated[list[CapBody], Field(max_length=10)] = []
    hours: Annotated[dict[str, CalledWindow | None], Field(min_length=1, max_length=7)] | None = None
    refuse_duplicates: Flag = False


class SourceBody(ResourceBody):
    owner: Id = "corporate"
    record_type: Id = "lead"
    enabled: Flag = True
    allowed_origins: Annotated[
        list[Annotated[str, Field(pattern=r"^https?://[^/\s]+$", max_length=300)]], Field(max_length=50)
    ] = []
    rate_limit_per_minute: Annotated[int | None, Field(ge=1, le=1_000_000, strict=True)] = None
    honeypot: Annotated[
        str | None, Field(min_length=1, max_length=100, description="the name of a form's hidden field")
    ] = None
    on_duplicate: Literal["merge", "link"] | None = None
    format: Format = Field("auto", description="`auto` goes by the Content-Type")
    mapping: Annotated[dict[TheirKey, Target | None], Field(max_length=200)] = Field(
        {},
        description="a sender's key, where dots walk into objects, to a key of a lead, `name` or `fields.<name>`",
    )
    defaults: Annotated[dict[DefaultOf, Default], Field(max_length=50)] = Field(
        {}, description="a key of a lead or `fields.<name>` to what it is where a post does not say"
    )
    response_format: ResponseFormat = "native"
    acceptance: AcceptanceBody | None = None
    cost: Annotated[Amount | None, Field(le=MAX_COST, description="what a lead of it costs")] = None
    trust_posted_cost: Flag = False


class DispositionBody(ResourceBody):
    """label, order, shown: a rep's button. Without a label it has its name."""

    label: Label = ""
    order: Number = 100
    shown: Flag = True
    outcome: Literal["recycle", "keep", "callback", "close", "do_not_call"]
    cool_down_minutes: Minutes | None = None
    cool_down_in: Literal["minutes", "open_minutes"] = "minutes"
    counts_as_attempt: Flag = True
    contact_made: Flag = False
    release: Flag = False
    grace_minutes: Minutes = 60
    give_back_pull: Flag = False
    sale: Flag | None = Field(None, description="only with `close`; left out, only `sold` is one")

    @model_validator(mode="after")
    def _sells(self) -> "DispositionBody":
        if self.sale and self.outcome != "close":
            raise PydanticCustomError("sale_not_allowed", "only a disposition that closes can be a sale")
        if self.sale is None:
            self.sale = self.id == SOLD and self.outcome == "close"
        return self

    @model_validator(mode="after")
    def _labelled(self) -> "DispositionBody":
        self.label = self.label or self.name[:100]
        return self


class RecipientBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account: Id
    weight: Number | None = None
    hourly_limit: Number | None = None
    daily_limit: Number | None = None
    hold_at_branch: Flag = False


class WhenNobody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pull_after_minutes: Minutes


class PushStrategyBody(ResourceBody):
    record_type: Id
    enabled: Flag = True
    distributed_from: Id
    order: Number = 100
    active_within_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 366, strict=True)] | None = None
    method: Literal["round_robin", "weighted"]
    reset_interval: Literal["daily", "last_7_days", "never"] = "daily"
    starts_on: Annotated[date, BeforeValidator(_day)] | None = None
    catch_up: Literal["paced", "at_once", "never"] | None = Field(
        None, description="only with `weighted`, which takes `paced` when it is left out"
    )
    when_nobody: WhenNobody | None = None
    take_back_after_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 366, strict=True)] | None = None
    criteria: Criteria = []
    recipients: Annotated[list[RecipientBody], Field(min_length=1, max_length=500)]

    @model_validator(mode="before")
    @classmethod
    def _catch_up_of_before(cls, body: dict[str, Any]) -> dict[str, Any]:
        """It was true or false once, whatever the method."""
        if isinstance(said := body.get("catch_up"), bool):
            return {
                **body,
                "catch_up": CATCH_UP_OF_BEFORE[said] if body.get("method") == "weighted" else None,
            }
        return body

    @model_validator(mode="after")
    def _catches_up(self) -> "PushStrategyBody":
        if self.method == "weighted" and self.catch_up is None:
            self.catch_up = "paced"
        return self


class OrderByBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: Annotated[str, Field(min_length=1, max_length=100)]
    direction: Literal["asc", "desc"] = "asc"


class PullStrategyBody(ResourceBody):
    record_type: Id
    enabled: Flag = True
    distributed_from: Id
    priority: Number = 100
    criteria: Criteria = []
    order_by: Annotated[list[OrderByBody], Field(max_length=5)] = [
        OrderByBody(field="pull_count", direction="asc"),
        OrderByBody(field="created_at", direction="desc"),
    ]
    recipients: Annotated[list[Id], Field(min_length=1, max_length=500)]
    lease_minutes: Annotated[int, Field(ge=1, le=24 * 60, strict=True)] = 15
    max_lease_lengths: Annotated[int, Field(ge=1, le=1000, strict=True)] = 4
    cool_down_minutes: Minutes = 240
    max_attempts: Annotated[int, Field(ge=1, le=1000, strict=True)] = 6
    max_wait: Annotated[str, AfterValidator(_wait)] | None = None
    calling_hours: Flag = True
    hourly_limit: Number | None = None
    daily_limit: Number | None = None


def _month_and_day(value: str) -> str:
    try:
        date.fromisoformat(f"2024-{value}")  # a leap year: 02-29 is a day
    except ValueError:
        raise PydanticCustomError("invalid", "must be a month and a day, as 07-24") from None
    return value


class CallingRuleBody(ResourceBody):
    """windows: by `mon` to `sun`, ranges of them (`mon-fri`) and `holiday`: from when until when, or null for no calls.

    A weekday that is left out has none; without `holiday` a holiday is as its weekday. Without a name it has its id's.
    """

    name: Name = ""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166, in capitals")] = "US"
    state: Annotated[str | None, Field(max_length=40)] = None
    windows: Annotated[dict[str, CalledWindow | None], Field(min_length=1, max_length=8)]
    closed_on: Annotated[list[Annotated[date, BeforeValidator(_day)]], Field(max_length=366)] = []
    also_holidays: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9]{2}-[0-9]{2}$"), AfterValidator(_month_and_day)]],
        Field(max_length=50),
    ] = []
    calls_per_24h: Annotated[int | None, Field(ge=1, le=100, strict=True)] = None
    effective_from: Annotated[date, BeforeValidator(_day)] | None = None
    source: Annotated[str, Field(max_length=500)] = ""
    confidence: Literal["H", "M", "L"] = "H"
    exempt_with_consent: Flag = False
    exempt_with_relationship: Flag = False
    ambiguous: Literal["strictest", "company"] = "strictest"

    @model_validator(mode="after")
    def _named(self) -> "CallingRuleBody":
        self.name = self.name or self.id
        return self


BODIES: dict[str, type[ResourceBody]] = {
    "accounts": AccountBody,
    "record-types": RecordTypeBody,
    "sources": SourceBody,
    "dispositions": DispositionBody,
    "push-strategies": PushStrategyBody,
    "pull-strategies": PullStrategyBody,
    "calling-rules": CallingRuleBody,
}
