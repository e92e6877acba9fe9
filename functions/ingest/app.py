"""Ingest: a lead from a user, or from a source with its key."""

from collections.abc import Mapping, Sequence
from typing import Any

from routing.domain import dialects
from routing.domain.web_forms import Destinations
from routing.runtime import cors
from routing.runtime.form_answers import is_form, spoken
from routing.runtime.http import Request, Response, dispatch, document, operation, problem_of
from routing.runtime.observability import observed
from routing.runtime.settings import settings
from routing.runtime.wiring import note_active, store
from routing.services.core.idempotency import Answer
from routing.services.core.problems import Problem
from routing.services.intake.authenticate import by_source, by_user, destinations_of
from routing.services.intake.posted import Posted
from routing.services.intake.release import release
from routing.services.intake.source_keys import Credentials

OF_A_POST = {
    200: "Repeats: the first leads' ids.",
    201: "The lead is taken, and is being routed; of several any.",
    401: "No key, or none of this source.",
    403: "The source is disabled, or takes none from there.",
    303: "A form's post: to its `redirect` or `redirect_error`.",
    413: "More than 256 KB, or 1,000 fields.",
    415: "A media type or a character set that is not taken.",
    422: "A lead that nobody could use; of several all. A redirect that is not below the source's origins.",
    429: "More posts in this minute than the source takes, or than a page's key may make from one address.",
}
ANSWERS = {
    200: "A repeat: the first lead's id.",
    201: "The lead is taken, and is being routed.",
    422: "A lead that nobody could use.",
}


@operation("POST /v1/leads", "Create a lead as a user", answers=ANSWERS)
def create(request: Request) -> Answer:
    return by_user(store(), request.user, request.lead(), request.now, request.once(request.user))


def _origins(path: Mapping[str, str]) -> Sequence[str]:
    """Whose pages may read what a source is answered: its own, or the company's where it names none."""
    company = store().configuration.held
    source = company.sources.get(path.get("source", "")) if company else None
    return source.allowed_origins if source and source.allowed_origins else settings().allowed_origins


@operation("OPTIONS /v1/intake/{source}", "Which pages may post", public=True, origins=_origins)
def may_post(request: Request) -> Response:
    store().configuration.load()
    return Response(204, headers=cors.permission("POST", "content-type, idempotency-key, x-api-key"))


def _refused(request: Request, problem: Problem) -> Response | Answer:
    """What is wrong with a post before it is read: too large, an address with more than a key."""
    store().configuration.load()
    return _said(request, problem, Destinations())


def _said(request: Request, answer: Answer | Problem, to: Destinations) -> Response | Answer:
    """The answer as who posts expects it: a browser's page, a vendor's dialect, else ours."""
    if is_form(request) and (response := spoken(request, answer, to)) is not None:
        return response
    if (reply := _in_dialect(request, request.path["source"], answer)) is not None:
        return reply
    if isinstance(answer, Problem):
        raise answer
    return answer


@operation(
    "POST /v1/intake/{source}",
    "Hand in leads as a source, with its key",
    answers=OF_A_POST,
    query=("api_key",),
    public=True,
    origins=_origins,
    refused=_refused,
)
def intake(request: Request) -> Response | Answer:
    source = request.path["source"]
    key = request.headers.get("x-api-key") or request.query.get("api_key")
    credentials = Credentials(key, request.headers.get("origin"), request.address)
    posted = Posted(request.raw, request.headers.get("content-type"), request.headers.get("referer"))
    try:
        once = request.once(f"source {source}")
        answer: Answer | Problem = by_source(store(), source, credentials, posted, request.now, once)
    except Exception as failure:  # noqa: BLE001 - said in the words that its sender expects, as any refusal
        answer = problem_of(failure, request.route, request.id)
    to = destinations_of(store(), source, posted, request.now) if is_form(request) else Destinations()
    return _said(request, answer, to)


def _in_dialect(request: Request, source_id: str, answer: Answer | Problem) -> Response | None:
    """The answer in the words that a source's senders expect; None where they are ours."""
    company = store().configuration.held
    source = company.sources.get(source_id) if company is not None else None
    dialect, accept = source.dialect if source is not None else "native", request.headers.get("accept")
    if isinstance(answer, Problem):
        reply = dialects.refused(dialect, accept, answer.status, document(answer))
    else:
        is_priced = source is not None and (source.cost is not None or source.trust_posted_cost)
        prices = answer.costs if is_priced else ()
        reply = dialects.answered(dialect, accept, answer.status, answer.body, prices)
    if reply is None:
        return None
    headers = answer.headers if isinstance(answer, Problem) else {}
    return Response(reply.status, reply.text, {"content-type": f"{reply.media}; charset=utf-8", **headers})


@operation(
    "POST /v1/sources/{id}/posts/{post}/release",
    "Make a lead of a post that was refused or quarantined (admin)",
    answers={
        200: "It is a lead already: the same, or the one of its external id.",
        201: "The lead is taken, with the time at which it came, and is being routed.",
        409: "It is a lead, or nobody could use it.",
        422: "A lead that nobody could use.",
    },
)
def release_post(request: Request) -> Answer:
    once = request.once(request.user)
    return release(store(), request.user, request.path["id"], request.path["post"], request.now, once)


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return dispatch(event, note_active)
