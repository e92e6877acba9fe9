"""What each operation answers when it succeeds: the types from which the OpenAPI document describes them.

Nothing imports this at run time: the document is generated from it, and the tests hold every answer against that.
Times are RFC 3339 in UTC.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from routing.domain.acceptance import Reason
from routing.domain.notifications import NoticeEvent
from routing.domain.push import Reason as PushReason

Status = Literal[
    "new", "held", "assigned", "ready", "leased", "cooling", "callback", "unmatched", "spent", "closed"
]


class Warned(TypedDict):
    field: str
    code: str
    message: str


class AccountName(TypedDict):
    """What a rep is told of an account."""

    id: str
    name: str
    kind: Literal["corporate", "branch", "user"]
    parent: str | None


class AccountNames(TypedDict):
    """To a rep: the accounts of their branch, and those above it."""

    items: list[AccountName]
    next: str | None


class Ingested(TypedDict):
    """A lead that was taken. explanation: with a test key, what would have happened.

    linked_to: of a duplicate that is a lead of its own, the leads that it is one of, as far as they came from the same.
    """

    lead_id: str
    status: Literal["new", "closed"]
    duplicate: bool
    linked_to: NotRequired[list[str]]
    warnings: list[Warned]
    test: NotRequired[bool]
    explanation: NotRequired["Explanation"]


class Received(TypedDict):
    """To a publishable key: the same whoever the person is."""

    status: Literal["received"]
    warnings: list[Warned]


class OneInvalid(TypedDict):
    """Of several leads one that nobody could use."""

    status: Literal["invalid"]
    code: str
    detail: str
    errors: list[Warned]


class IngestedSeveral(TypedDict):
    """The leads of one post, in its order."""

    leads: list["Ingested | Received | Refused | OneInvalid"]


class LeadConduitLead(TypedDict):
    id: str


class LeadConduitOutcome(TypedDict):
    """In the dialect of LeadConduit: what became of one lead. price: what is paid for it, where that is known."""

    outcome: Literal["success", "failure"]
    reason: str
    lead: NotRequired[LeadConduitLead]
    price: NotRequired[float]


class LeadConduitOutcomes(TypedDict):
    """As `LeadConduitOutcome`, of several leads: success where one was taken."""

    outcome: Literal["success", "failure"]
    reason: str
    leads: list[LeadConduitOutcome]


class Refused(TypedDict):
    """A lead that is not wanted: it is none. test, explanation: with a test key."""

    status: Literal["refused"]
    reason: Reason
    test: NotRequired[bool]
    explanation: NotRequired[dict[str, Any]]


class ToGoogle(TypedDict):
    """To Google: nothing but that it came."""


class Standing(TypedDict):
    """Where a lead stands. owner_name, holder_name: null for an account that is gone."""

    id: str
    status: Status
    owner: str
    owner_name: str | None
    holder: str | None
    holder_name: str | None
    lease_expires_at: str | None
    pull_count: int
    attempts: int
    first_call_at: str | None
    last_disposition: str | None
    available_at: str | None
    callback_at: str | None
    callback_for: str | None


class Phone(TypedDict):
    """value: E.164. unverified: a page's key brought it to the lead of a person who was known."""

    value: str
    kind: Literal["mobile", "home", "work", "other"] | None
    unverified: NotRequired[bool]


class Email(TypedDict):
    """unverified: as a phone's."""

    value: str
    kind: Literal["personal", "work", "other"] | None
    unverified: NotRequired[bool]


class Consent(TypedDict):
    """What the lead agreed to, as it came: text, when, from which address, on which page, and the certificate of it."""

    text: str | None
    at: str | None
    ip: str | None
    page: str | None
    certificate: str | None


class Attribution(TypedDict):
    """By which advertisement it came, as it came; what begins with `first_` is of the first visit."""

    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    utm_term: str | None
    utm_content: str | None
    utm_id: str | None
    gclid: str | None
    gbraid: str | None
    wbraid: str | None
    dclid: str | None
    fbclid: str | None
    fbc: str | None
    fbp: str | None
    msclkid: str | None
    ttclid: str | None
    twclid: str | None
    li_fat_id: str | None
    landing_page: str | None
    referrer: str | None
    first_utm_source: str | None
    first_utm_medium: str | None
    first_utm_campaign: str | None
    first_utm_term: str | None
    first_utm_content: str | None
    first_utm_id: str | None
    first_gclid: str | None
    first_gbraid: str | None
    first_wbraid: str | None
    first_dclid: str | None
    first_fbclid: str | None
    first_msclkid: str | None
    first_ttclid: str | None
    first_twclid: str | None
    first_li_fat_id: str | None
    first_landing_page: str | None
    first_referrer: str | None


class HeldReason(TypedDict):
    """What stops a recipient of a strategy that wants the lead now; neither, where no decision could be made."""

    strategy: str | None
    account: str | None
    reason: PushReason | Literal["internal", "too_many_hops"]


class Held(TypedDict):
    """reasons: as it is now; none while somebody could take the lead, and is about to. more: how many are not shown."""

    since: str
    reasons: list[HeldReason]
    more: NotRequired[int]


class Said(TypedDict):
    """What was said of a person. phone, email: the first of phones and emails, which have at most 10 each."""

    channel: str | None
    campaign: str | None
    cost: float | int | str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    phones: list[Phone]
    emails: list[Email]
    consent: Consent | None
    attribution: Attribution | None
    state: str | None
    postal_code: str | None
    fields: dict[str, Any]


class Lead(Standing, Said):
    """erased: nothing is kept of its person.

    linked_to: of a duplicate that is read by itself, the leads that it is one of, as far as the asker may know.
    held: of a held lead that is read, by itself or in a list.
    """

    record_type: str
    source: str
    timezone: str | None
    external_id: Any
    created_at: str
    erased: bool
    calling_class: str | None
    linked_to: NotRequired[list[str]]
    held: NotRequired[Held]


class Edited(Lead):
    """warnings: other leads that count as of the same person by the new values."""

    warnings: NotRequired[list[Warned]]


class Leads(TypedDict):
    """searched: how many entries a filtered page looked at, when that bound has ended it."""

    items: list[Lead]
    next: str | None
    searched: NotRequired[int]


class Event(TypedDict):
    """One thing that happened to a lead; what else is in it depends on the event."""

    event: str
    at: str
    by: str | None


class Timeline(TypedDict):
    items: list[Event]
    next: str | None


class Lease(TypedDict):
    """phone: which of the lead's phones is lent, and may be called; null where it has none."""

    token: str
    expires_at: str
    phone: str | None


class Extended(TypedDict):
    lease: Lease


class Why(TypedDict):
    reason: str
    count: int
    until: NotRequired[str]
    more: NotRequired[bool]


class PullReason(TypedDict):
    """priority: not of a lead that the user held already."""

    strategy: str | None
    priority: NotRequired[int | None]
    why: Literal["callback", "most_important", "already_held"]
    matched: list[str]


class Lent(TypedDict):
    lead: Lead
    lease: Lease
    strategy: str | None
    reason: PullReason


class Nothing(TypedDict):
    """There is no lead to pull: why, and when to ask again where a time is known."""

    lead: None
    why: list[Why]
    retry_at: NotRequired[str]


class Disposed(Lead):
    """next: what a pull answered, where it was asked for with `pull_next`."""

    next: NotRequired[Lent | Nothing]


class DisposedAway(Standing):
    """To who may not know of the lead any more."""

    next: NotRequired[Lent | Nothing]


class Call(TypedDict):
    """recorded_at: when it was made, where that was told later."""

    call_id: str
    phone: str
    at: str
    recorded_at: NotRequired[str]


class Note(TypedDict):
    id: str
    lead_id: str
    note: str
    at: str
    by: str
    recorded_at: NotRequired[str]


class Appointment(TypedDict):
    id: str
    lead_id: str
    user: str
    starts_at: str
    notes: str | None


class Appointments(TypedDict):
    items: list[Appointment]
    next: str | None
    searched: NotRequired[int]


class OnTheList(TypedDict):
    """The phone is not to be called."""

    since: str
    by: str
    reason: str | None
    expires_at: str | None


class Kept(TypedDict):
    """Something that is kept of a person: a lead as GET shows it, an event of its timeline, an appointment.

    And a post that became no lead: its lead_id is the one that a person has made of it.
    """

    lead_id: str | None
    kind: Literal["lead", "event", "appointment", "post"]
    data: dict[str, Any]


class Exported(TypedDict):
    """person: as it is kept. called_at: the calls of the last 24 hours."""

    person: str
    do_not_call: OnTheList | None
    called_at: list[str]
    items: list[Kept]
    next: str | None


class Reassigned(TypedDict):
    """leads: how many are being moved."""

    account: str
    leads: int


class Presence(TypedDict):
    """last_active: null for somebody who never was."""

    available: bool
    last_active: str | None


class Branch(TypedDict):
    id: str
    name: str


class HeldByUser(TypedDict):
    """lead_id: null where the asker may not know of the lead: it is of an account above theirs."""

    lead_id: str | None
    since: str | None
    until: str


class Today(TypedDict):
    """In the user's own day, received in that of each strategy: leads that push gave them, that they pulled, and
    dispositions that they recorded."""

    received: int
    pulled: int
    worked: int


class OnTheFloor(TypedDict):
    """why_not: null when nothing stops push from giving them a lead. counts: of the leads that they own and are not
    done with, by status; those in `more` are at least so many."""

    account: str
    name: str
    branch: Branch
    available: bool
    last_active_at: str | None
    holding: HeldByUser | None
    why_not: PushReason | None
    counts: dict[Status, int]
    more: NotRequired[list[Status]]
    today: Today


class Floor(TypedDict):
    """more: there are more users than are shown; ask for fewer with `below`."""

    items: list[OnTheFloor]
    as_of: str
    more: NotRequired[bool]


class HeldFor(TypedDict):
    """Held leads of which a strategy's recipients are stopped so; a lead is in one for each reason that it has.

    reason: `eligible` where somebody could take them, and is about to.
    """

    strategy: str | None
    reason: PushReason | Literal["internal", "too_many_hops"]
    accounts: list[str]
    count: int
    oldest: str | None


class HeldSummary(TypedDict):
    """held: how many leads are. searched: how many of them are told of here, where that is not all (`more`)."""

    items: list[HeldFor]
    held: int
    as_of: str
    searched: NotRequired[int]
    more: NotRequired[bool]


class CountedLeads(TypedDict):
    """counts: leads that the account itself owns, by status. more: statuses of which there are at least so many."""

    account: str
    name: str
    counts: dict[Status, int]
    more: NotRequired[list[Status]]


class Counts(TypedDict):
    """more: there are more accounts than are shown; ask for fewer with `below`."""

    items: list[CountedLeads]
    as_of: str
    more: NotRequired[bool]


class Told(TypedDict):
    in_app: bool
    email: bool
    webhook: bool


class Effective(TypedDict):
    events: dict[NoticeEvent, Told]
    quiet_hours: dict[str, str] | None


class OwnBranch(TypedDict):
    """timezone: what holds there, whoever says so."""

    id: str
    name: str
    timezone: str


class Holding(TypedDict):
    """The lead that a user has on lease. since: null where an earlier release lent it."""

    lead_id: str
    since: str | None
    until: str


class OwnLease(TypedDict):
    token: str
    expires_at: str


class OwnHolding(Holding):
    lease: OwnLease


class Me(TypedDict):
    """permissions: what the role may do. unread, callbacks_due: counted up to 100."""

    account: dict[str, Any]
    branch: OwnBranch
    permissions: list[str]
    available: bool
    last_active: str | None
    holding: OwnHolding | None
    unread: int
    callbacks_due: int
    server_time: str
    notify: dict[str, Any]
    notify_effective: Effective


class OwnStatus(TypedDict):
    """held: leads that are held in the user's charge, null for a rep; it, unread, callbacks_due: counted up to 100."""

    available: bool
    unread: int
    callbacks_due: int
    holding: Holding | None
    held: int | None
    set_up_version: int


class Did(TypedDict):
    kind: Literal["disposition", "call", "note"]
    disposition: str | None
    at: str


class RecentLead(TypedDict):
    """name: as the user saw it; null once it is another, and they may not read the lead any more.

    may_read: whether they may. note_until: until when they may add a note all the same.
    """

    id: str
    name: str | None
    may_read: bool
    note_until: str | None
    did: list[Did]


class RecentLeads(TypedDict):
    items: list[RecentLead]


class NoticeLead(TypedDict):
    """name: null where nobody said it, and to who may not know of the lead any more."""

    id: str
    name: str | None


class Notification(TypedDict):
    """What else is in it depends on the event. lead: null where it is of none."""

    id: str
    event: NoticeEvent
    at: str
    text: str
    read_at: str | None
    lead: NoticeLead | None


class Notifications(TypedDict):
    items: list[Notification]
    next: str | None
    unread: int


class ReadUpTo(TypedDict):
    """read: how many are read by this. more: one call leaves some, so ask again."""

    read: int
    more: bool


class Window(TypedDict):
    country: str
    state: str | None
    timezone: str
    local_time: str
    window: list[str] | None
    reason: str
    holiday: str | None
    rule: str
    source: str
    confidence: str
    exempt_with_consent: bool
    exempt_with_relationship: bool


class CallingHours(TypedDict, total=False):
    calling_class: str
    at: str
    open: bool
    reason: str
    source: str
    changes_at: str | None
    calls_per_24h: int | None
    windows: list[Window]


class Explanation(TypedDict):
    """A push decision, hop within hop, and a filing for pull. criteria: of a source's acceptance, with a test key."""

    push: dict[str, Any]
    pull: dict[str, Any]
    criteria: NotRequired[list[dict[str, Any]]]


class StateRecipient(TypedDict):
    account: str
    weight: int | None
    share: float | None
    hour: int
    day: int
    interval: int
    owed: int
    hourly_limit: int | None
    daily_limit: int | None
    eligible: bool
    reason: str


class ClosedInterval(TypedDict):
    interval: str
    version: int
    counts: dict[str, int]


class State(TypedDict):
    """Of a push strategy: whose turn it is, and what each recipient has had."""

    strategy: str
    version: int
    method: Literal["round_robin", "weighted"]
    warnings: list[str]
    closed: list[ClosedInterval]
    cursor: str | None
    reset_interval: str
    interval: str
    hour: str
    day: str
    recipients: list[StateRecipient]


class Reset(TypedDict):
    strategy: str
    reset_at: str


class Key(TypedDict):
    key_id: str
    api_key: str


class Post(TypedDict):
    """What a source posted. lead_id: what it became, or was made of it."""

    id: str
    at: str
    outcome: Literal["lead", "duplicate", "refused", "quarantined", "invalid"]
    reason: str | None
    lead_id: str | None
    warnings: list[Warned]
    as_received: dict[str, Any] | None


class Posts(TypedDict):
    items: list[Post]
    next: str | None


class SourceKey(TypedDict):
    """last_used_on: the last day (UTC) on which a lead came with it."""

    key_id: str
    kind: Literal["secret", "publishable"]
    test: bool
    created_at: str
    last_used_on: str | None


class SourceKeys(TypedDict):
    items: list[SourceKey]
    next: str | None


class GuideField(TypedDict):
    """`name` is what the source calls it, `of` what it is of a lead."""

    name: str
    of: str
    type: str
    required: bool
    choices: list[str]
    example: Any
    about: str


class GuideAnswer(TypedDict):
    when: str
    status: int
    content_type: str
    body: str
    do: str


class TestCode(TypedDict):
    postal_code: str
    answer: str


class Guide(TypedDict):
    """What to tell a vendor's developer. one_of: of these fields at least one has to be usable."""

    source: dict[str, str]
    address: str
    method: Literal["POST"]
    key: dict[str, str]
    content_types: list[str]
    fields: list[GuideField]
    one_of: list[str]
    consent: list[str]
    attribution: list[str]
    form: str | None
    curl: str
    answers: list[GuideAnswer]
    test_codes: list[TestCode]


class WebhookKey(TypedDict):
    algorithm: str
    key: str


class Health(TypedDict):
    status: Literal["ok"]


class Listed(TypedDict):
    """A phone's place on the do-not-call list. phone: null where its person was erased."""

    phone: str | None
    listed: bool
    since: str | None
    expires_at: str | None
    by: str | None
    reason: str | None
    lead_id: str | None


class ListChange(TypedDict):
    action: str
    at: str
    by: str
    reason: str | None
    expires_at: str | None
    lead_id: str | None
    import_id: str | None


class ListedWithHistory(Listed):
    history: list[ListChange]


class DoNotCall(TypedDict):
    items: list[Listed]
    next: str | None
    searched: NotRequired[int]


class RejectedLine(TypedDict):
    line: int
    reason: str


class ImportBegun(TypedDict):
    import_id: str
    phones: int
    rejected: list[RejectedLine]


class Import(TypedDict):
    import_id: str
    status: Literal["running", "done"]
    by: str
    created_at: str
    finished_at: str | None
    reason: str | None
    expires_at: str | None
    phones: int
    rejected: int
    handled: int
    added: int
    extended: int
    already_listed: int


class UploadBegun(TypedDict):
    """upload_url: takes a PUT of the file's bytes for an hour, with any Content-Type and no other header."""

    import_id: str
    upload_url: str


class Column(TypedDict):
    """suggested: a key of a lead, `name`, `fields.<name>`; null where the column is left out."""

    heading: str
    suggested: str | None
    examples: list[str]


class Noticed(TypedDict):
    """What was noticed about rows that are in, how often, and on which lines first."""

    field: str
    message: str
    times: int
    lines: list[int]


class ListedImport(TypedDict):
    """progress: how much of the file is behind, of 1. reason: why it has failed, or its file cannot be read."""

    import_id: str
    status: Literal["waiting_for_file", "ready", "running", "done", "failed"]
    by: str
    source: str
    record_type: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    progress: float
    rows_read: int
    leads_created: int
    duplicates: int
    merged: int
    rows_rejected: int
    reason: str | None


class LeadImport(ListedImport):
    """errors: the first hundred. errors_url: all of them as CSV, for an hour, once it is over."""

    columns: list[Column]
    errors: list[RejectedLine]
    errors_url: str | None
    notes: list[str]
    warnings: list[Noticed]


class TriedRow(TypedDict):
    """What would become of a row: it is `taken`, `here_already` (by its external id, or the same row), or `left_out`.

    lead: as it is understood; null where the row cannot be. created_at: where the row says when it came into being.
    reason: why it is left out. line: the file's, from 1.
    """

    line: int
    outcome: Literal["taken", "here_already", "left_out"]
    reason: str | None
    lead: Said | None
    created_at: str | None
    warnings: list[Warned]


class Tried(TypedDict):
    import_id: str
    rows: list[TriedRow]
    notes: list[str]


class LeadImports(TypedDict):
    items: list[ListedImport]
    next: str | None
    searched: NotRequired[int]


class Difference(TypedDict):
    field: str
    before: NotRequired[Any]
    after: NotRequired[Any]


class PlanStep(TypedDict):
    action: Literal["create", "change", "delete", "none", "refused"]
    version: int | None
    differences: list[Difference]


class PlannedProblem(TypedDict):
    change: int
    status: int
    code: str
    detail: str
    errors: list[Warned]


class OtherResource(TypedDict):
    kind: str
    id: str
    name: str
    built_in: bool


class Plan(TypedDict):
    changes: list[PlanStep]
    order: list[int]
    problems: list[PlannedProblem]
    others: list[OtherResource]


class Named(TypedDict):
    id: str
    name: str | None


class SignIn(TypedDict):
    """What was done about an account's sign-in. done: false when nothing was; detail says why."""

    account: str
    done: bool
    result: Literal["invited", "invited_again", "enabled", "there", "disabled", "reset", "none", "nothing"]
    detail: str


class WhyNot(TypedDict):
    status: int
    code: str
    detail: str


class Transfer(TypedDict):
    """What became of one lead. problem: null when it was moved; owner, status: null when it was not."""

    lead_id: str
    moved: bool
    owner: str | None
    status: Status | None
    problem: WhyNot | None


class Transfers(TypedDict):
    """In the order of the request."""

    items: list[Transfer]
    moved: int
    not_moved: int


class Destination(TypedDict):
    """Where a lead goes. strategy: the last one that pushed it. pull: the best one that it is filed under."""

    outcome: Literal["assigned", "held", "filed", "unmatched", "spent"]
    account: str
    strategy: str | None
    pull: str | None


class Previewed(TypedDict):
    """A lead. went: where push brought it, null when that is not known. as_is, with_draft: where it would go now."""

    lead: Named
    created_at: str
    went: Destination | None
    as_is: Destination
    with_draft: Destination
    differs: bool


class Move(TypedDict):
    """How many of the last leads, and of the held ones, a draft would bring elsewhere."""

    as_is: Destination
    with_draft: Destination
    leads: int
    held: int


class PreviewSummary(TypedDict):
    """not_decided: leads for which there was no time. accounts_left_out: whose leads were not looked for."""

    leads: int
    leads_that_differ: int
    held: int
    held_that_differ: int
    not_decided: int
    accounts_left_out: int


class DraftProblem(TypedDict):
    """What saving a strategy of the draft would be refused with."""

    kind: str
    id: str
    status: int
    code: str
    detail: str
    errors: list[Warned]


class Preview(TypedDict):
    """What a draft would change. leads: oldest first, decided one after the other as if they came in now.

    held: as they stand, those that have been held for longest first.
    """

    as_of: str
    problems: list[DraftProblem]
    summary: PreviewSummary
    differences: list[Move]
    leads: list[Previewed]
    held: list[Previewed]


OPEN = frozenset({"Event", "Notification"})
"""Types whose answers have more than is said here."""
ANSWERS: dict[str, Any] = {
    "POST /v1/leads": Ingested,
    "POST /v1/intake/{source}": (
        Ingested | Received | Refused | IngestedSeveral | LeadConduitOutcome | LeadConduitOutcomes | ToGoogle
    ),
    "GET /v1/leads": Leads,
    "GET /v1/leads/{id}": Lead,
    "PATCH /v1/leads/{id}": Edited,
    "GET /v1/leads/{id}/timeline": Timeline,
    "POST /v1/leads/{id}/dispositions": Disposed | DisposedAway,
    "POST /v1/leads/{id}/lease": Extended,
    "POST /v1/leads/{id}/calls": Call,
    "POST /v1/leads/{id}/notes": Note,
    "POST /v1/leads/{id}/receipts/{receipt}/release": Ingested,
    "POST /v1/leads/{id}/transfer": Lead,
    "POST /v1/transfers": Transfers,
    "POST /v1/leads/{id}/erase": Lead,
    "GET /v1/people/{person}/export": Exported,
    "POST /v1/leads/{id}/appointments": Appointment,
    "GET /v1/appointments": Appointments,
    "POST /v1/accounts/{id}/reassign": Reassigned,
    "POST /v1/pull": Lent | Nothing,
    "GET /v1/floor": Floor,
    "GET /v1/counts": Counts,
    "GET /v1/held/summary": HeldSummary,
    "PUT /v1/presence": Presence,
    "GET /v1/me": Me,
    "PATCH /v1/me": Me,
    "GET /v1/me/status": OwnStatus,
    "GET /v1/me/recent-leads": RecentLeads,
    "GET /v1/notifications": Notifications,
    "POST /v1/notifications/{id}/read": Notification,
    "POST /v1/notifications/read": ReadUpTo,
    "PUT /v1/accounts/{id}/presence": Presence,
    "GET /v1/calling-hours": CallingHours,
    "POST /v1/accounts/{id}/invite": SignIn,
    "POST /v1/accounts/{id}/disable-sign-in": SignIn,
    "POST /v1/accounts/{id}/reset-sign-in": SignIn,
    "POST /v1/explain": Explanation,
    "POST /v1/preview": Preview,
    "GET /v1/push-strategies/{id}/state": State,
    "POST /v1/push-strategies/{id}/reset": Reset,
    "GET /v1/sources/{id}/keys": SourceKeys,
    "POST /v1/sources/{id}/keys": Key,
    "GET /v1/sources/{id}/posts": Posts,
    "POST /v1/sources/{id}/posts/{post}/release": Ingested,
    "GET /v1/sources/{id}/guide": Guide,
    "GET /v1/webhook-key": WebhookKey,
    "GET /v1/health": Health,
    "GET /v1/openapi.json": dict[str, Any],
    "GET /v1/do-not-call": DoNotCall,
    "GET /v1/do-not-call/{phone}": ListedWithHistory,
    "PUT /v1/do-not-call/{phone}": Listed,
    "POST /v1/do-not-call/imports": ImportBegun,
    "GET /v1/do-not-call/imports/{id}": Import,
    "POST /v1/imports": UploadBegun,
    "GET /v1/imports": LeadImports,
    "GET /v1/imports/{id}": LeadImport,
    "POST /v1/imports/{id}/start": LeadImport,
    "POST /v1/imports/{id}/try": Tried,
    "POST /v1/set-up/plan": Plan,
    "GET /v1/accounts": AccountNames,
}
"""By route; the routes of resources answer the resource, whose schema is its body's, or what stands here."""
