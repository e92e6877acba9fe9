"""Working leads: reading, editing, dispositions, notes, transfers; and the user's own presence."""

from typing import Any

from routing.runtime.http import Request, Response, checked, dispatch, listed, operation, unless_known
from routing.runtime.observability import observed
from routing.runtime.request_models import (
    AppointmentBody,
    AppointmentQuery,
    CallingHoursQuery,
    CallRequest,
    DispositionRequest,
    LeaseRequest,
    MeRequest,
    NoteRequest,
    PresenceRequest,
    ReadRequest,
    ReassignRequest,
    TransferRequest,
    TransfersRequest,
)
from routing.runtime.wiring import note_active, store
from routing.services.core.idempotency import Answer
from routing.services.notify import notifications
from routing.services.people import me, presence, worked
from routing.services.privacy import erase
from routing.services.pull import pull
from routing.services.work import (
    appointments,
    calls,
    dispositions,
    leases,
    notes,
    reassign,
    receipts,
    transfers,
)
from routing.services.work import search as searches
from routing.services.work.transfer import transfer as transfer_one

LEAD = {200: "The lead.", 404: "No such lead, or none that you may know of."}
ERASED = "Its person was erased (`erased`)."
CONFLICT = {**LEAD, 409: "Somebody else has the lead, or something else was recorded; with what is true now."}


EDITED = {**LEAD, 409: "Somebody holds it, and another one with the phone that it would get: `phone_lent`."}


@operation("GET /v1/leads/{id}", "One lead", answers=LEAD)
def get(request: Request) -> Response:
    return Response(200, searches.get(store(), request.user, request.path["id"], request.now))


@operation("GET /v1/leads/{id}/timeline", "Everything that happened to a lead", query=("limit", "cursor"))
def timeline(request: Request) -> Response:
    found = searches.timeline(
        store(), request.user, request.path["id"], request.limit(), request.cursor(), request.now
    )
    return listed(request, found)


SEARCH = (
    "name",
    "phone",
    "email",
    "status",
    "owner",
    "below",
    "source",
    "campaign",
    "last_disposition",
    "created_from",
    "created_to",
    "mine",
    "limit",
    "cursor",
)


@operation(
    "GET /v1/leads",
    "Leads by who they are, whose, from where and how they stand; all must hold",
    query=SEARCH,
)
def search(request: Request) -> Response:
    found = searches.search(
        store(), request.user, request.query, request.limit(), request.cursor(), request.now
    )
    return listed(request, found)


@operation("PATCH /v1/leads/{id}", "Edit a lead; it is routed or filed again", answers=EDITED)
def patch(request: Request) -> Response:
    from routing.services.work import (
        edit,  # with it comes the phone number library, which nothing else here needs
    )

    return Response(200, edit.edit(store(), request.user, request.path["id"], request.json(), request.now))


@operation(
    "POST /v1/leads/{id}/dispositions", "Record a disposition", answers=CONFLICT, body=DispositionRequest
)
def dispose(request: Request) -> Answer:
    body = checked(DispositionRequest, request.json())
    made = body.appointment
    meeting = dispositions.Meeting(made.starts_at, made.notes) if made else None
    recorded = dispositions.DispositionInput(
        body.disposition,
        body.note,
        body.lease_token,
        body.callback_at,
        meeting,
        body.call_id,
        body.recorded_at,
    )
    once = request.once(request.user)
    answer = dispositions.dispose(store(), request.user, request.path["id"], recorded, request.now, once)
    if not body.pull_next:
        return answer
    then = request.once(f"{request.user} next")
    pulled = pull.pull(store(), request.user, None, request.now, then)
    return Answer(answer.status, {**answer.body, "next": pulled.body})


@operation("POST /v1/leads/{id}/lease", "Extend a lease", answers=CONFLICT, body=LeaseRequest)
def extend(request: Request) -> Answer:
    token = checked(LeaseRequest, request.json()).lease_token
    once = request.once(request.user)
    return leases.extend(store(), request.user, request.path["id"], token, request.now, once)


@operation(
    "POST /v1/leads/{id}/calls",
    "Call a lead: asked before the phone rings, counted, and refused when it may not be called",
    answers={
        201: "The call.",
        404: "No such lead, or none that you may know of.",
        409: "It may not be called: `not_yours`, `do_not_call`; with `next_at` `outside_calling_hours`, `call_limit`.",
    },
    body=CallRequest,
)
def call(request: Request) -> Answer:
    body = checked(CallRequest, request.json())
    once = request.once(request.user)
    lead = request.path["id"]
    return calls.call(store(), request.user, lead, body.phone, request.now, once, body.recorded_at)


@operation(
    "POST /v1/leads/{id}/notes", "Add a note", answers={201: "The note.", 409: ERASED}, body=NoteRequest
)
def note(request: Request) -> Answer:
    body = checked(NoteRequest, request.json())
    once = request.once(request.user)
    lead = request.path["id"]
    return notes.note(store(), request.user, lead, body.note, request.now, once, body.recorded_at)


@operation(
    "POST /v1/leads/{id}/transfer",
    "Give a lead to an account",
    answers={**LEAD, 409: "The account may not have it, and no `override` says why it should."},
    body=TransferRequest,
)
def transfer(request: Request) -> Answer:
    body = checked(TransferRequest, request.json())
    once = request.once(request.user)
    return transfer_one(
        store(),
        request.user,
        request.path["id"],
        body.to,
        request.now,
        once,
        distribute=body.distribute,
        override=body.override,
    )


@operation(
    "POST /v1/transfers",
    "Give up to 100 leads to an account, with an outcome for each",
    answers={200: "Each lead's outcome: moved, or the problem that the transfer of it alone would be."},
    body=TransfersRequest,
)
def transfer_several(request: Request) -> Answer:
    body = checked(TransfersRequest, request.json())
    once = request.once(request.user)
    return transfers.transfer_all(
        store(), request.user, body.leads, body.to, request.now, once, distribute=body.distribute
    )


@operation(
    "POST /v1/leads/{id}/receipts/{receipt}/release",
    "Make a lead of its own of a receipt that was merged into this one",
    answers={
        200: "It is a lead already: the same one.",
        201: "The lead.",
        404: "No such receipt of a lead that you may know of.",
        409: "It came more than 30 days ago.",
    },
)
def release_receipt(request: Request) -> Answer:
    lead, receipt = request.path["id"], request.path["receipt"]
    return receipts.release(store(), request.user, lead, receipt, request.now, request.once(request.user))


@operation(
    "POST /v1/leads/{id}/erase",
    "Erase a lead's person: facts and counts stay",
    answers={200: "What is left of the lead.", 404: LEAD[404]},
)
def erase_person(request: Request) -> Answer:
    once = request.once(request.user)
    return erase.erase(store(), request.user, request.path["id"], request.now, once)


@operation(
    "GET /v1/people/{person}/export",
    "All that is kept of whoever has this e-mail or phone",
    query=("limit", "cursor"),
)
def export_person(request: Request) -> Response:
    from routing.services.privacy import export  # with it comes the phone number library, as with an edit

    about, found = export.export(
        store(), request.user, request.path["person"], request.limit(), request.cursor(), request.now
    )
    return listed(request, found, **about)


@operation(
    "POST /v1/accounts/{id}/reassign", "Give a leaver's leads to others, each once", body=ReassignRequest
)
def reassign_all(request: Request) -> Answer:
    body = checked(ReassignRequest, request.json())
    once = request.once(request.user)
    return reassign.reassign(store(), request.user, request.path["id"], body.to, request.now, once)


@operation(
    "POST /v1/leads/{id}/appointments",
    "Make an appointment of your own with a lead",
    answers={
        201: "The appointment.",
        404: "No such lead, or none that you may know of.",
        409: "The lead is not to be called any more.",
    },
    body=AppointmentBody,
)
def make_appointment(request: Request) -> Answer:
    body = checked(AppointmentBody, request.json())
    once = request.once(request.user)
    lead = request.path["id"]
    return appointments.make(store(), request.user, lead, body.starts_at, body.notes, request.now, once)


@operation(
    "GET /v1/appointments",
    "Appointments by time, from now on unless said: your own, or a user's in your charge",
    query=("from", "to", "user", "limit", "cursor"),
)
def list_appointments(request: Request) -> Response:
    query = checked(AppointmentQuery, request.query)
    span = (query.from_, query.to)
    found = appointments.listed(
        store(), request.user, query.user, span, request.limit(), request.cursor(), request.now
    )
    return listed(request, found)


@operation(
    "DELETE /v1/leads/{id}/appointments/{appointment}",
    "Cancel an appointment",
    answers={204: "It is gone.", 404: "There is no such appointment that you may know of.", 409: ERASED},
)
def cancel_appointment(request: Request) -> Response:
    lead, identifier = request.path["id"], request.path["appointment"]
    appointments.cancel(store(), request.user, lead, identifier, request.now)
    return Response(204)


CALLING_QUERY = ("lead", "state", "postal_code", "phone", "at")


@operation(
    "GET /v1/calling-hours",
    "When a lead, or somebody there, may be called",
    answers={200: "Whether it is open, and the windows.", 404: LEAD[404]},
    query=CALLING_QUERY,
)
def calling_hours(request: Request) -> Response:
    from routing.services.company import calling  # with the number library, as for an edit

    asked = checked(CallingHoursQuery, request.query)
    at = asked.at or request.now
    if asked.lead is not None:
        return Response(200, calling.of_lead(store(), request.user, asked.lead, at, request.now))
    found = calling.of_place(store(), request.user, asked.state, asked.postal_code, asked.phone, at)
    return Response(200, found)


@operation(
    "GET /v1/floor",
    "Who is there of your users, what each has and did today, and what stops them now",
    query=("below",),
)
def show_floor(request: Request) -> Response:
    from routing.services.desk import floor  # with it comes push

    return Response(200, floor.floor(store(), request.user, request.query.get("below"), request.now))


@operation("GET /v1/counts", "How many leads of each account in your charge stand where", query=("below",))
def show_counts(request: Request) -> Response:
    from routing.services.desk import counts

    return Response(200, counts.counts(store(), request.user, request.query.get("below"), request.now))


@operation(
    "GET /v1/held/summary", "Why leads in your charge are held: by strategy and reason", query=("below",)
)
def held_summary(request: Request) -> Response:
    from routing.services.desk import held

    return Response(200, held.summary(store(), request.user, request.query.get("below"), request.now))


@operation("PUT /v1/presence", "Turn your own availability on or off", body=PresenceRequest)
def switch(request: Request) -> Response:
    available = checked(PresenceRequest, request.json()).available
    return Response(200, presence.switch(store(), request.user, available, request.now))


@operation(
    "PUT /v1/accounts/{id}/presence",
    "Turn the availability of a user in your charge on or off",
    answers={200: "As it is now.", 404: "No such account, or none in your charge."},
    body=PresenceRequest,
)
def switch_for(request: Request) -> Response:
    available = checked(PresenceRequest, request.json()).available
    user = request.path["id"]
    return Response(200, presence.switch_for(store(), request.user, user, available, request.now))


@operation("GET /v1/me", "Your own account, and what you hold")
def about_me(request: Request) -> Response:
    return Response(200, me.about(store(), request.user, request.now))


@operation(
    "GET /v1/me/status",
    "What waits for you, in one cheap read: to be asked again and again, with `X-Activity: background`",
    answers={200: "How things stand.", 304: "As they stood at the ETag of If-None-Match."},
)
def status(request: Request) -> Response:
    return unless_known(request, me.status(store(), request.user, request.now))


@operation("GET /v1/me/recent-leads", "The leads that you worked today, whoever has them now: the latest 20")
def recent_leads(request: Request) -> Response:
    return Response(200, worked.leads(store(), request.user, request.now))


@operation("PATCH /v1/me", "Change your own notification settings", body=MeRequest)
def change_me(request: Request) -> Response:
    settings = checked(MeRequest, request.json()).notify.model_dump(mode="json")
    return Response(200, me.change(store(), request.user, settings, request.now))


@operation("GET /v1/notifications", "Your own notifications, newest first", query=("limit", "cursor"))
def list_notifications(request: Request) -> Response:
    found, unread = notifications.listed(
        store(), request.user, request.limit(), request.cursor(), request.now
    )
    return listed(request, found, unread=unread)


@operation("POST /v1/notifications/{id}/read", "Mark one of your own notifications as read")
def read_notification(request: Request) -> Answer:
    once = request.once(request.user)
    return notifications.read(store(), request.user, request.path["id"], request.now, once)


@operation(
    "POST /v1/notifications/read",
    "Mark your own notifications as read, up to one; 500 in one call, the latest first",
    body=ReadRequest,
)
def read_notifications(request: Request) -> Answer:
    up_to = checked(ReadRequest, request.json()).up_to
    once = request.once(request.user)
    return notifications.read_up_to(store(), request.user, up_to, request.now, once)


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return dispatch(event, note_active)
