"""Generates the OpenAPI document from the functions' operations: `python -m tools.openapi` writes it."""

import importlib
import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from routing.runtime.http import OPERATIONS, Operation

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
LEAD_TEXTS = (
    *("record_type", "source", "owner", "external_id", "channel", "campaign"),
    *("first_name", "last_name", "email", "phone", "state", "postal_code"),
)
LEAD = {
    "type": "object",
    "description": "At least one usable `email` or `phone`. Unknown keys are kept as received, with a warning.",
    "properties": {
        **dict.fromkeys(LEAD_TEXTS, TEXT),
        "cost": {"type": ["number", "string"]},
        "pull_delay_minutes": {"type": "integer", "minimum": 0},
        "fields": {"type": "object"},
    },
}
PLAIN_BODIES = {
    "POST /v1/leads": LEAD,
    "POST /v1/intake/{source}": LEAD,
    "PATCH /v1/leads/{id}": LEAD,
    "POST /v1/pull": {"type": "object", "properties": {"record_type": TEXT}, "additionalProperties": False},
}
"""Bodies that no model checks: a lead that can be worked is never refused, and pull starts without a library."""


def _operation(operation: Operation) -> dict[str, Any]:
    method, path = operation.route.split(" ", 1)
    found: dict[str, Any] = {
        "operationId": operation.route.replace("/v1/", "").replace("/", "-").replace(" ", "-").lower(),
        "summary": operation.summary,
        "responses": {
            **{str(status): {"description": text} for status, text in operation.answers.items()},
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
    found["security"] = [] if operation.public else [{"bearer": []}]
    if operation.route == "POST /v1/intake/{source}":
        found["security"] = [{"sourceKey": []}]
    return found


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every operation."""
    for name in HTTP_FUNCTIONS:
        importlib.import_module(f"functions.{name}.app")
    operations = sorted(OPERATIONS.values(), key=lambda each: each.route.split(" ", 1)[::-1])
    models = {each.body.__name__: each.body for each in operations if each.body is not None}
    _, schemas = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        method, path = each.route.split(" ", 1)
        paths.setdefault(path, {})[method.lower()] = _operation(each)
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
            "schemas": {**dict(sorted(schemas["$defs"].items())), "Problem": PROBLEM},
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
