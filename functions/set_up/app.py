"""Set-up: a company's accounts, record types, sources, strategies and dispositions."""

from typing import Any

from routing.runtime.http import Request, Response, checked, dispatch, operation
from routing.runtime.models import ExplainRequest, KeyBody
from routing.runtime.observability import observed
from routing.runtime.resource_operations import openapi_document, register
from routing.runtime.wiring import note_active, store
from routing.services import administration
from routing.services.idempotency import Answer

register(store)


@operation(
    "POST /v1/sources/{id}/keys", "A new key of a source", answers={201: "The key, shown once."}, body=KeyBody
)
def create_key(request: Request) -> Answer:
    test = checked(KeyBody, request.json()).test
    once = request.once(request.user)
    return administration.create_key(store(), request.user, request.path["id"], test, request.now, once)


@operation("DELETE /v1/sources/{id}/keys/{key_id}", "Revoke a key", answers={204: "Revoked."})
def revoke_key(request: Request) -> Response:
    administration.revoke_key(store(), request.user, request.path["id"], request.path["key_id"])
    return Response(204)


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


@operation("POST /v1/explain", "What would happen to a lead; changes nothing", body=ExplainRequest)
def explain(request: Request) -> Answer:
    body = checked(ExplainRequest, request.json())
    at = body.at or request.now
    once = request.once(request.user)
    return administration.explain(store(), request.user, body.lead, body.as_user, at, request.now, once)


@operation("GET /v1/openapi.json", "This document")
def openapi(request: Request) -> Response:
    return Response(200, openapi_document())


@operation("GET /v1/health", "Whether the service answers", public=True)
def health(request: Request) -> Response:
    return Response(200, {"status": "ok"})


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return dispatch(event, note_active)
