"""The console's types, in TypeScript, from the API's document: `python -m tools.openapi` writes both."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TYPES = ROOT / "console" / "src" / "api-types.ts"
_HEAD = """// Made by `python -m tools.openapi` from the API's document. Not edited by hand.
"""
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_METHODS = ("get", "put", "post", "patch", "delete")


def text(document: Mapping[str, Any]) -> str:
    """An interface of each schema, and `Operations`: by method and path, what is asked and what is answered."""
    schemas = document["components"]["schemas"]
    lines = [_HEAD]
    for name, schema in sorted(schemas.items()):
        lines += [f"export type {name} = {_type(schema)};", ""]
    lines.append("export interface Operations {")
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if operation := operations.get(method):
                lines.append(f"  {json.dumps(f'{method.upper()} {path}')}: {_operation(operation)};")
    return "\n".join([*lines, "}", ""])


def _operation(operation: Mapping[str, Any]) -> str:
    asked = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    query = " | ".join(json.dumps(each) for each in asked) or "never"
    body = _json(operation.get("requestBody", {}))
    answers = [_json(each) for status, each in operation["responses"].items() if status < "300"]
    answer = " | ".join(dict.fromkeys(each or "undefined" for each in answers)) or "undefined"
    return f"{{ query: {query}; body: {body or 'undefined'}; answer: {answer} }}"


def _json(described: Mapping[str, Any]) -> str | None:
    content = described.get("content", {}).get("application/json")
    return None if content is None else _type(content["schema"])


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(json.dumps(each, ensure_ascii=False) for each in values)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " | ".join(dict.fromkeys(_type(each) for each in schema[choice]))
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(_of_kind(kind, schema) for kind in kinds) or "unknown"


def _of_kind(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        return f"({_type(schema.get('items', {}))})[]"
    if kind == "object":
        return _object(schema)
    return _PLAIN[kind]


def _object(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    members = [
        f"{json.dumps(name)}{'' if name in required else '?'}: {_type(each)};"
        for name, each in schema.get("properties", {}).items()
    ]
    more = schema.get("additionalProperties", True)
    if not members:
        return f"Record<string, {_type(more) if isinstance(more, Mapping) else 'unknown'}>"
    return "{ " + " ".join(members) + " }"
