"""Generates the OpenAPI document from the functions' operations: `python -m tools.openapi` writes it."""

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from routing.runtime import answers
from routing.runtime.http import OPERATIONS, Operation
from routing.runtime.models import BODIES

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
TEXT = {"type": "string"}
INTAKE = "POST /v1/intake/{source}"
LEAD_TEXTS = (
    *("record_type", "source", "owner", "external_id", "channel", "campaign"),
    *("first_name", "last_name", "email", "phone", "state", "postal_code"),
)
CONTACT = {
    "type": ["string", "object"],
    "description": "One or several in a text; or with its kind: mobile, home, work, personal, other.",
    "properties": {"value": TEXT, "kind": {"type": ["string", "null"]}},
}
LEAD = {
    "type": "object",
    "description": (
        "At least one usable e-mail or phone, under any usual name (`phone`, `phone_2`, `mobile`, `work_email`); at "
        "most 10 of each are kept. Unknown keys are kept as received, with a warning."
    ),
    "properties": {
        **dict.fromkeys(LEAD_TEXTS, TEXT),
        **{name: {"type": "array", "items": CONTACT} for name in ("phones", "emails")},
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
        by_route |= {
            f"GET /v1/{kind}": _page(resource),
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
        "responses": {
            **{
                str(status): _response(operation, status, text, answer)
                for status, text in operation.answers.items()
            },
            "default": {
                "description": "What is wrong.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    parameters = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": TEXT}
        for part in path.split("/")
        if part.startswith("{")
    ]
    parameters += [{"name": name, "in": "query", "schema": TEXT} for name in operation.query]
    if method == "POST":
        parameters.append({"name": "Idempotency-Key", "in": "header", "schema": {**TEXT, "maxLength": 255}})
    if method == "PUT" and path.endswith("{id}"):
        parameters.append({"name": "If-Match", "in": "header", "schema": TEXT})
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


def _response(operation: Operation, status: int, text: str, answer: dict[str, Any] | None) -> dict[str, Any]:
    if not 200 <= status < 300 or answer is None or status == 204:
        return {"description": text}
    content = {"application/json": {"schema": answer}}
    if operation.route == INTAKE:
        content["application/xml"] = {"schema": TEXT}
    return {"description": text, "content": content}


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
            "schemas": {**dict(sorted({**answer_schemas, **schemas["$defs"]}.items())), "Problem": PROBLEM},
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
