"""Set-up: a company's accounts, record types, sources, strategies and dispositions."""

from typing import Any

from routing.runtime import cors, guide_page, phone_lists, wiring
from routing.runtime.form_answers import prefers_html
from routing.runtime.http import Request, Response, checked, dispatch, listed, operation
from routing.runtime.observability import observed
from routing.runtime.phone_lists import DoNotCallBody, DoNotCallImport
from routing.runtime.request_models import (
    ExplainRequest,
    ImportRequest,
    KeyBody,
    PlanRequest,
    PreviewRequest,
    StartRequest,
)
from routing.runtime.resource_operations import (
    MOST_PLANNED_BYTES,
    drafted,
    lead_form_script,
    openapi_document,
    planned,
    register,
)
from routing.runtime.wiring import note_active, store
from routing.services.company import administration, preview
from routing.services.core.access import acting
from routing.services.core.idempotency import Answer
from routing.services.core.problems import invalid_field
from routing.services.do_not_call import listing
from routing.services.imports import trial, uploads
from routing.services.intake import guides, posts
from routing.services.people import sign_ins

register(store)


@operation(
    "POST /v1/sources/{id}/keys", "A new key of a source", answers={201: "The key, shown once."}, body=KeyBody
)
def create_key(request: Request) -> Answer:
    body = checked(KeyBody, request.json())
    once = request.once(request.user)
    return administration.create_key(
        store(), request.user, request.path["id"], body.kind, body.test, request.now, once
    )


@operation(
    "GET /v1/sources/{id}/keys",
    "The keys of a source, but for what is secret (admin)",
    query=("limit", "cursor"),
)
def list_keys(request: Request) -> Response:
    after = (request.cursor() or {}).get("after")
    found = administration.list_keys(store(), request.user, request.path["id"], request.limit(), after)
    return listed(request, found)


@operation("DELETE /v1/sources/{id}/keys/{key_id}", "Revoke a key", answers={204: "Revoked."})
def revoke_key(request: Request) -> Response:
    administration.revoke_key(store(), request.user, request.path["id"], request.path["key_id"])
    return Response(204)


@operation(
    "GET /v1/sources/{id}/guide",
    "What to tell a vendor's developer of a source; with `Accept: text/html` a page to send them",
)
def source_guide(request: Request) -> Response:
    found = guides.guide_of(store(), request.user, request.path["id"], request.api)
    if not prefers_html(request.headers.get("accept", "")):
        return Response(200, found)
    return Response(200, guide_page.page(found), guide_page.HEADERS)


@operation(
    "GET /v1/sources/{id}/posts",
    "What a source posted in the last 7 days, newest first (admin)",
    query=("limit", "cursor"),
)
def source_posts(request: Request) -> Response:
    limit, cursor = request.limit(), request.cursor()
    found = posts.listed(store(), request.user, request.path["id"], limit, cursor, request.now)
    return listed(request, found)


@operation("GET /v1/push-strategies/{id}/state", "Where a push strategy stands")
def strategy_state(request: Request) -> Response:
    found = administration.strategy_state(store(), request.user, request.path["id"], request.now)
    return Response(200, found)


@operation("POST /v1/push-strategies/{id}/reset", "Restart a push strategy's method now")
def reset(request: Request) -> Answer:
    once = request.once(request.user)
    return administration.reset(store(), request.user, request.path["id"], request.now, once)


@operation("GET /v1/webhook-key", "The key under which webhooks are signed (admin)")
def webhook_key(request: Request) -> Response:
    return Response(200, administration.webhook_key(store(), request.user))


@operation(
    "POST /v1/explain",
    "What would happen to a lead, made up or there, also with strategies not saved yet; changes nothing",
    answers={
        200: "Done.",
        404: "No such lead, or none that you may know of.",
        409: "Its person was erased (`erased`).",
    },
    body=ExplainRequest,
    most_bytes=MOST_PLANNED_BYTES,
)
def explain(request: Request) -> Answer:
    body = checked(ExplainRequest, request.json())
    if body.lead is None and body.lead_id is None:
        raise invalid_field("lead", "required", "must be given, or `lead_id`")
    if body.lead is not None and body.lead_id is not None:
        raise invalid_field("lead_id", "not_allowed", "say either `lead` or `lead_id`")
    asked = administration.Question(
        body.lead, body.lead_id, body.as_user, body.at or request.now, drafted(body.draft)
    )
    return administration.explain(store(), request.user, asked, request.now, request.once(request.user))


@operation(
    "POST /v1/preview",
    "What saving strategies would change: of the last leads and of the held ones, where they went, and where they would"
    " go (admin); changes nothing",
    body=PreviewRequest,
    most_bytes=MOST_PLANNED_BYTES,
)
def preview_draft(request: Request) -> Response:
    administration.require_admin(store(), request.user)
    body = checked(PreviewRequest, request.json())
    changes = drafted(body.draft)
    return Response(200, preview.shown(store(), request.user, changes, body.last, request.now))


SIGN_IN = {
    200: "What was done, or why nothing was.",
    404: "No such account.",
    409: "The account or the user pool does not allow it: `no_email`, `disabled`, `own_sign_in`, `email_taken`, ...",
}


@operation("POST /v1/accounts/{id}/invite", "Let a user sign in, by e-mail (admin)", answers=SIGN_IN)
def invite(request: Request) -> Answer:
    once = request.once(request.user)
    return sign_ins.invite(store(), wiring.sign_ins(), request.user, request.path["id"], request.now, once)


@operation(
    "POST /v1/accounts/{id}/disable-sign-in", "Let nobody sign in as a user any more (admin)", answers=SIGN_IN
)
def disable_sign_in(request: Request) -> Answer:
    once = request.once(request.user)
    return sign_ins.disable(store(), wiring.sign_ins(), request.user, request.path["id"], request.now, once)


@operation(
    "POST /v1/accounts/{id}/reset-sign-in",
    "Have a user choose a new password, and forget their authenticator (admin)",
    answers=SIGN_IN,
)
def reset_sign_in(request: Request) -> Answer:
    once = request.once(request.user)
    return sign_ins.reset(store(), wiring.sign_ins(), request.user, request.path["id"], request.now, once)


LISTED = {200: "It was there, and is as asked.", 201: "It is on the list now."}
TEXT = ("text/csv", "text/plain")


@operation(
    "PUT /v1/do-not-call/{phone}",
    "Put a phone on the do-not-call list (admin)",
    answers=LISTED,
    body=DoNotCallBody,
)
def put_on_list(request: Request) -> Response:
    listing.require_admin(store(), request.user)
    body = checked(DoNotCallBody, request.json())
    terms = listing.Terms(body.reason, body.expires_at)
    created, shown = listing.put(store(), request.user, request.path["phone"], terms, request.now)
    return Response(201 if created else 200, shown)


@operation("GET /v1/do-not-call/{phone}", "Whether a phone is on the do-not-call list, and its history")
def look_up(request: Request) -> Response:
    return Response(200, listing.get(store(), request.user, request.path["phone"], request.now))


@operation(
    "DELETE /v1/do-not-call/{phone}",
    "Take a phone off the do-not-call list (admin); `reason` says why",
    answers={204: "It is off the list.", 404: "It was not on it.", 409: "It has just been put there anew."},
    query=("reason",),
)
def take_off_list(request: Request) -> Response:
    reason = request.query.get("reason")
    listing.lift(store(), request.user, request.path["phone"], request.now, reason)
    return Response(204)


@operation(
    "GET /v1/do-not-call", "The do-not-call list; with `Accept: text/csv` as CSV", query=("limit", "cursor")
)
def do_not_call_list(request: Request) -> Response:
    limit, cursor = request.limit(), request.cursor()
    found = listing.listed(store(), request.user, limit, cursor, request.now)
    following = request.next(found.next)
    if request.headers.get("accept", "").split(";")[0].split(",")[0].strip().lower() != "text/csv":
        return listed(request, found)
    headers = {"content-type": "text/csv; charset=utf-8"}
    if following is not None:
        headers["link"] = f'</v1/do-not-call?limit={limit}&cursor={following}>; rel="next"'
    return Response(200, phone_lists.as_csv(found.items), headers)


@operation(
    "POST /v1/do-not-call/imports",
    "Put many phones on the do-not-call list (admin): JSON, or text with one a line or a table",
    answers={202: "Taken; what is no phone is listed."},
    body=DoNotCallImport,
)
def import_phones(request: Request) -> Answer:
    listing.require_admin(store(), request.user)
    once = request.once(request.user)
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media in TEXT:
        rows, terms = phone_lists.rows(request.raw), listing.Terms()
    else:
        body = checked(DoNotCallImport, request.json())
        rows = phone_lists.rows_of(body.phones)
        terms = listing.Terms(body.reason, body.expires_at)
    return listing.start_import(store(), request.user, rows, terms, request.now, once)


@operation("GET /v1/do-not-call/imports/{id}", "How far an import of phones is (admin)")
def import_status(request: Request) -> Response:
    return Response(200, listing.import_status(store(), request.user, request.path["id"], request.now))


@operation(
    "POST /v1/imports",
    "Import leads from a file (admin; a manager for a source in their charge): where to put it",
    answers={201: "It waits for its file."},
    body=ImportRequest,
)
def begin_import(request: Request) -> Answer:
    uploads.require_may_import(store(), request.user)
    body = checked(ImportRequest, request.json(nulls_of="mapping"))
    asked = uploads.Asked(body.source, body.record_type, body.mapping, body.created_at == "row")
    return uploads.create(store(), request.user, asked, request.now, request.once(request.user))


@operation(
    "POST /v1/imports/{id}/start",
    "Read the file that is there now; asked again it is the same import",
    answers={202: "It is being read.", 409: "There is no file, or it was started with another mapping."},
    body=StartRequest,
)
def start_import(request: Request) -> Answer:
    uploads.require_may_import(store(), request.user)
    body = checked(StartRequest, request.json(nulls_of="mapping"))
    once = request.once(request.user)
    return uploads.start(store(), request.user, request.path["id"], body.mapping, request.now, once)


@operation(
    "POST /v1/imports/{id}/try",
    "What would become of the first rows of the file that is there; writes nothing",
    answers={
        200: "The first 20 rows as they are understood.",
        409: "There is no file that can be read, or it was started.",
    },
    body=StartRequest,
)
def try_import(request: Request) -> Response:
    uploads.require_may_import(store(), request.user)
    body = checked(StartRequest, request.json(nulls_of="mapping"))
    return Response(200, trial.tried(store(), request.user, request.path["id"], body.mapping, request.now))


@operation("GET /v1/imports", "The imports of leads, the newest first", query=("limit", "cursor"))
def imports(request: Request) -> Response:
    return listed(
        request,
        uploads.listed(store(), request.user, request.limit(), request.cursor(), request.now),
    )


@operation("GET /v1/imports/{id}", "How far an import is; what is in its file while it waits")
def lead_import(request: Request) -> Response:
    return Response(200, uploads.shown(store(), request.user, request.path["id"], request.now))


@operation(
    "POST /v1/set-up/plan",
    "What saving or deleting resources together would change, and what would be refused (admin); writes nothing",
    answers={200: "Each change's effect, an order in which all can be made, and what is refused."},
    body=PlanRequest,
    most_bytes=MOST_PLANNED_BYTES,
)
def plan(request: Request) -> Response:
    return planned(store(), request)


@operation("GET /v1/openapi.json", "This document")
def openapi(request: Request) -> Response:
    acting(request.user, store().configuration.load().company)
    return Response(200, openapi_document())


@operation("GET /v1/lead-form.js", "The script of web forms", answers={200: "JavaScript."}, public=True)
def lead_form(request: Request) -> Response:
    headers = {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=3600",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }
    return Response(200, lead_form_script(), headers)


@operation("OPTIONS /v1/{proxy+}", "Which pages may call the API from a browser", public=True)
def may_call(request: Request) -> Response:
    return Response(204, headers=cors.permission())


@operation("GET /v1/health", "Whether the service answers", public=True)
def health(request: Request) -> Response:
    return Response(200, {"status": "ok"})


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return dispatch(event, note_active)
