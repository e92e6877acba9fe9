"""Generates the OpenAPI document from the functions' operations: `python -m tools.openapi` writes it.

The console's types follow from it, and are written with it.
"""

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from routing.domain import provenance
from routing.runtime import answers
from routing.runtime.http import OPERATIONS, TITLES, Operation
from routing.runtime.models import BODIES
from tools import api_types

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "layers" / "routing" / "routing" / "openapi.json"
HTTP_FUNCTIONS = ("ingest", "pull_next", "work_lead", "set_up")
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "stable, for programs"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "description": "a path such as criteria[1].value"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
REFUSALS = {
    400: "The body cannot be parsed.",
    403: "Your account may not do this.",
    404: "No resource with this id, or none that you may know of.",
    409: "What is true now is in the way of it.",
    412: "It is no longer at the version of If-Match.",
    413: "The body is too large, or the answer would be (`answer_too_large`).",
    415: "The body is of another media type.",
    422: "Something in the request is invalid: each wrong field by its name.",
    500: "A fault of ours.",
    503: "It could not be done just now; try again.",
}
"""What a refusal means that an operation does not say itself: a problem document."""
GATEWAY = {
    "type": "object",
    "description": "What API Gateway itself answers.",
    "required": ["message"],
    "properties": {"message": {"type": ["string", "null"]}},
}
OF_THE_GATEWAY = {401: "The request has no token that is valid.", 429: "Too many requests at once."}
TEXT = {"type": "string"}
INTAKE = "POST /v1/intake/{source}"
LIMIT = {"type": "integer", "minimum": 1, "maximum": 200}
LEAD_TEXTS = (
    *("record_type", "source", "owner", "external_id", "channel", "campaign"),
    *("first_name", "last_name", "email", "phone", "state", "postal_code"),
)
CONTACT = {
    "type": ["string", "object"],
    "description": "One or several in a text; or with its kind: mobile, home, work, personal, other.",
    "properties": {"value": TEXT, "kind": {"type": ["string", "null"]}},
}
FACTS: dict[str, Any] = {
    fact: {"type": "object", "properties": dict.fromkeys(names, TEXT)}
    for fact, names in provenance.KEYS.items()
}
LEAD = {
    "type": "object",
    "description": (
        "At least one usable e-mail or phone, under any usual name (`phone`, `phone_2`, `mobile`, `work_email`); at "
        "most 10 of each are kept. Unknown keys are kept as received, with a warning."
    ),
    "examples": [{"first_name": "Ada", "last_name": "Reyes", "phone": "303-555-0142", "state": "CO"}],
    "properties": {
        **dict.fromkeys(LEAD_TEXTS, TEXT),
        **{name: {"type": "array", "items": CONTACT} for name in ("phones", "emails")},
        **FACTS,
        "cost": {"type": ["number", "string"]},
        "pull_delay_minutes": {"type": "integer", "minimum": 0},
        "fields": {"type": "object"},
    },
}
OTHER_FORMATS = {
    "application/x-www-form-urlencoded": {"schema": {"type": "object", "additionalProperties": TEXT}},
    "multipart/form-data": {"schema": {"type": "object", "additionalProperties": TEXT}},
    "application/xml": {"schema": {**TEXT, "description": "ADF/XML"}},
}
"""What a source may post beside JSON: `docs/intake.md`."""
PLAIN_BODIES = {
    "POST /v1/leads": LEAD,
    INTAKE: {"anyOf": [LEAD, {"type": "array", "items": LEAD, "minItems": 1, "maxItems": 25}]},
    "PATCH /v1/leads/{id}": LEAD,
    "POST /v1/pull": {"type": "object", "properties": {"record_type": TEXT}, "additionalProperties": False},
}
"""Bodies that no model checks: a lead that can be worked is never refused, and pull starts without a library."""


def _answers() -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of each operation's success answer, and those that they refer to."""
    adapters = {route: TypeAdapter(answer) for route, answer in answers.ANSWERS.items()}
    found, shared = TypeAdapter.json_schemas(
        [(route, "serialization", adapter) for route, adapter in adapters.items()],
        ref_template="#/components/schemas/{model}",
    )
    schemas = {name: _closed(name, schema) for name, schema in shared["$defs"].items()}
    by_route: dict[str, Any] = {route: schema for (route, _), schema in found.items()}
    for kind, body in BODIES.items():
        name = f"{body.__name__.removesuffix('Body')}Resource"
        schemas[name] = _resource(body, schemas)
        resource = {"$ref": f"#/components/schemas/{name}"}
        listed = f"GET /v1/{kind}"
        by_route |= {
            listed: {"anyOf": [_page(resource), by_route[listed]]} if listed in by_route else _page(resource),
            f"GET /v1/{kind}/{{id}}": resource,
            f"PUT /v1/{kind}/{{id}}": resource,
            f"GET /v1/{kind}/{{id}}/versions": _page({"$ref": "#/components/schemas/Version"}),
        }
    schemas["Version"] = VERSION
    return by_route, schemas


VERSION = {
    "type": "object",
    "description": "A version of a resource: its whole body, unless it was deleted, and who made it.",
    "required": ["id", "version", "deleted", "changed_at", "changed_by"],
    "properties": {
        "id": {"type": "string"},
        "version": {"type": "integer"},
        "deleted": {"type": "boolean"},
        "changed_at": {"type": ["string", "null"]},
        "changed_by": {"type": ["string", "null"]},
    },
}


def _page(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": entry}, "next": {"type": ["string", "null"]}},
        "additionalProperties": False,
    }


def _closed(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """An answer has what is said, and no more, but for the types that are open."""
    is_closed = schema.get("type") == "object" and name not in answers.OPEN
    return {**schema, "additionalProperties": False} if is_closed else schema


def _resource(body: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    """A resource as it is answered: every key of its body, and its version; of a calling rule the later ones too."""
    schema = TypeAdapter(body).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas |= {f"{name}": each for name, each in schema.pop("$defs", {}).items() if name not in schemas}
    properties = {**schema["properties"], "version": {"type": "integer"}}
    required = sorted(properties)
    if body is BODIES["calling-rules"]:
        properties["scheduled"] = {"type": "array", "items": {"type": "object"}}
    return {**schema, "properties": properties, "required": required, "additionalProperties": False}


def _operation(operation: Operation, answer: dict[str, Any] | None) -> dict[str, Any]:
    method, path = operation.route.split(" ", 1)
    found: dict[str, Any] = {
        "operationId": operation.route.replace("/v1/", "").replace("/", "-").replace(" ", "-").lower(),
        "summary": operation.summary,
        "responses": _responses(operation, answer),
    }
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": TEXT}
        for part in path.split("/")
        if part.startswith("{")
    ]
    parameters += [
        {"name": name, "in": "query", "schema": LIMIT if name == "limit" else TEXT}
        for name in operation.query
    ]
    if method == "POST":
        parameters.append({"name": "Idempotency-Key", "in": "header", "schema": {**TEXT, "maxLength": 255}})
    if method in ("PUT", "DELETE") and path.endswith("/{id}"):
        parameters.append({"name": "If-Match", "in": "header", "schema": TEXT})
    if method == "PUT" and 412 in operation.answers:
        parameters.append({"name": "If-None-Match", "in": "header", "schema": {**TEXT, "const": "*"}})
    if parameters:
        found["parameters"] = parameters
    schema = PLAIN_BODIES.get(operation.route)
    if operation.body is not None:
        schema = {"$ref": f"#/components/schemas/{operation.body.__name__}"}
    if schema is not None:
        found["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    if operation.route == INTAKE:
        found["requestBody"]["content"] |= OTHER_FORMATS
    found["security"] = [] if operation.public else [{"bearer": []}]
    if operation.route == INTAKE:
        found["security"] = [{"sourceKey": []}]
    return found


def _responses(operation: Operation, answer: dict[str, Any] | None) -> dict[str, Any]:
    """Every status that the operation can answer: its own, and those that follow from its kind."""
    found = {status: _response(status, text, answer) for status, text in operation.answers.items()}
    for status in _refusals(operation):
        found.setdefault(status, {"$ref": f"#/components/responses/{TITLES[status].replace(' ', '')}"})
    for status in OF_THE_GATEWAY if not operation.public else (429,):
        found.setdefault(status, {"$ref": f"#/components/responses/Gateway{status}"})
    if operation.route == INTAKE:
        found |= {
            status: _in_any_dialect(
                status, found[status].get("description", REFUSALS.get(status, "")), answer
            )
            for status in found
        }
    return {str(status): each for status, each in sorted(found.items())}


def _in_any_dialect(status: int, text: str, answer: dict[str, Any] | None) -> dict[str, Any]:
    """As a source's senders expect it, by its `response_format` and by `Accept`."""
    found = _response(status, text, answer)
    if "content" in found:
        media = ("application/json", "application/problem+xml") if status >= 400 else ()
        found["content"] |= {each: {"schema": {}} for each in ("application/xml", "text/html", *media)}
    return found


def _refusals(operation: Operation) -> list[int]:
    method, path = operation.route.split(" ", 1)
    takes_body = operation.body is not None or operation.route in PLAIN_BODIES
    return [
        *([400, 413, 415] if takes_body else []),
        *([] if operation.public else [403]),
        *([404] if "{" in path else []),
        *([412] if method == "DELETE" and path.endswith("/{id}") else []),
        *(422, 500, 503),
    ]


def _response(status: int, text: str, answer: dict[str, Any] | None) -> dict[str, Any]:
    if status >= 400:
        return _content(text, "application/problem+json", {"$ref": "#/components/schemas/Problem"})
    if answer is None or status in (204, 303, 304):
        return {"description": text}
    return _content(text, "application/json", answer)


def _content(text: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {media_type: {"schema": schema}}}


def _shared_responses() -> dict[str, Any]:
    gateway = {"$ref": "#/components/schemas/GatewayMessage"}
    return {
        **{
            TITLES[status].replace(" ", ""): _response(status, text, None)
            for status, text in REFUSALS.items()
        },
        **{
            f"Gateway{status}": _content(text, "application/json", gateway)
            for status, text in OF_THE_GATEWAY.items()
        },
    }


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every operation."""
    for name in HTTP_FUNCTIONS:
        importlib.import_module(f"functions.{name}.app")
    described = [each for each in OPERATIONS.values() if not each.is_preflight]
    operations = sorted(described, key=lambda each: each.route.split(" ", 1)[::-1])
    models = {each.body.__name__: each.body for each in operations if each.body is not None}
    _, schemas = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template="#/components/schemas/{model}"
    )
    answered, answer_schemas = _answers()
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        method, path = each.route.split(" ", 1)
        paths.setdefault(path, {})[method.lower()] = _operation(each, answered.get(each.route))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lead Routing",
            "version": "1",
            "description": (
                "Routes every lead to the right person, at once, fairly, and says why. A query parameter that an "
                "operation does not name is 422 `unknown_parameter`. Lists are `items` and `next`, the cursor of the "
                "page after, for the same account and query; `searched` says how many entries a filtered page looked "
                "at when that bound has ended it."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {
                **dict(sorted({**answer_schemas, **schemas["$defs"]}.items())),
                "Problem": PROBLEM,
                "GatewayMessage": GATEWAY,
            },
            "responses": _shared_responses(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "sourceKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            },
        },
    }


def text() -> str:
    return json.dumps(document(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
    api_types.TYPES.write_text(api_types.text(document()), encoding="utf-8")
