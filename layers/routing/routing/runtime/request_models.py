"""What the operations on leads and people take: the schemas of their requests."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from routing.domain.company import KeyKind
from routing.domain.resources import Kind
from routing.runtime.models import Flag, Id, Instant, Notify

Target = Annotated[str, Field(min_length=1, max_length=100)]
Targets = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=200)], Target | None], Field(max_length=500)
]


RecordedAt = Annotated[
    Instant | None, Field(description="when it was done, if that was without a network and is told only now")
]


class KeyBody(BaseModel):
    """A request for a source's key. kind: `publishable` for a form's page, which shows it to everybody."""

    model_config = ConfigDict(extra="forbid")

    kind: KeyKind = "secret"
    test: Flag = False


class PlannedChange(BaseModel):
    """A resource as it is to be; without a body it is to go."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    id: Annotated[str, Field(min_length=1, max_length=200)]
    body: dict[str, Any] | None = None


class PlanRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    changes: Annotated[list[PlannedChange], Field(min_length=1, max_length=10_000)]


class ImportRequest(BaseModel):
    """mapping: a heading of the file to a key of a lead, to `name`, to `fields.<name>`, or to null to leave it out.

    created_at: whether a column may say when its leads came into being.
    """

    model_config = ConfigDict(extra="forbid")

    source: Id = "api"
    record_type: Id | None = None
    mapping: Targets | None = None
    created_at: Literal["row", "import"] = "import"


class StartRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mapping: Targets | None = None


class AppointmentBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts_at: Instant
    notes: Annotated[str | None, Field(max_length=10_000)] = None


class AppointmentQuery(BaseModel):
    """Which appointments: from a moment on, before another; `to` is not included."""

    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    user: Id | None = None


class DispositionRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    disposition: Id
    note: Annotated[str | None, Field(max_length=10_000)] = None
    lease_token: Annotated[str | None, Field(max_length=400)] = None
    call_id: Annotated[str | None, Field(max_length=64)] = None
    recorded_at: RecordedAt = None
    callback_at: Instant | None = None
    appointment: AppointmentBody | None = None
    pull_next: Flag = False


class CallRequest(BaseModel):
    """phone: one of the lead's; its only one, when left out."""

    model_config = ConfigDict(extra="forbid")

    phone: Annotated[str | None, Field(max_length=64)] = None
    recorded_at: RecordedAt = None


class NoteRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(min_length=1, max_length=10_000)]
    recorded_at: RecordedAt = None


class LeaseRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lease_token: Annotated[str, Field(min_length=1, max_length=400)]


class TransferRequest(BaseModel):
    """override: why an account that may not have the lead is to have it all the same."""

    model_config = ConfigDict(extra="forbid")

    to: Id
    distribute: Flag = False
    override: Annotated[str | None, Field(min_length=1, max_length=1_000)] = None


class TransfersRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leads: Annotated[list[Id], Field(min_length=1, max_length=100)]
    to: Id
    distribute: Flag = False


class ReassignRequest(BaseModel):
    """Either an account, or true: each lead is routed again from where it came."""

    model_config = ConfigDict(extra="forbid")

    to: Id | None = None
    distribute: Flag = False

    @model_validator(mode="after")
    def _either(self) -> "ReassignRequest":
        if (self.to is None) != self.distribute:
            raise PydanticCustomError("either", "say either `to` or `distribute`: true")
        return self


class PresenceRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    available: Flag


class ReadRequest(BaseModel):
    """up_to: the id of the latest notification that the user has seen."""

    model_config = ConfigDict(extra="forbid")

    up_to: Id


class MeRequest(BaseModel):
    """What a user may change of their own account."""

    model_config = ConfigDict(extra="forbid")

    notify: Notify


class CallingHoursQuery(BaseModel):
    """Of a lead, or of what is known of a person."""

    lead: Id | None = None
    state: Annotated[str | None, Field(max_length=100)] = None
    postal_code: Annotated[str | None, Field(max_length=100)] = None
    phone: Annotated[str | None, Field(max_length=100)] = None
    at: Instant | None = None

    @model_validator(mode="after")
    def _either(self) -> "CallingHoursQuery":
        if self.lead is not None and (self.state or self.postal_code or self.phone):
            raise PydanticCustomError("either", "say either a lead, or a state, postal_code and phone")
        return self


class DraftBody(BaseModel):
    """Strategies as a `PUT` of each would save them, with their ids. They replace those of the same ids."""

    model_config = ConfigDict(extra="forbid")

    push_strategies: Annotated[list[dict[str, Any]], Field(max_length=200)] = []
    pull_strategies: Annotated[list[dict[str, Any]], Field(max_length=200)] = []


class ExplainRequest(BaseModel):
    """Either a made-up lead, or the id of one."""

    model_config = ConfigDict(extra="forbid")

    lead: dict[str, Any] | None = None
    lead_id: Id | None = None
    at: Instant | None = None
    as_user: Id | None = None
    draft: DraftBody | None = None


class PreviewRequest(BaseModel):
    """last: how many of the leads that came in last are decided."""

    model_config = ConfigDict(extra="forbid")

    draft: DraftBody
    last: Annotated[int, Field(ge=0, le=200, strict=True)] = 200
