"""What the API's OpenAPI document says of a request body: its keys and their defaults."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class NotDescribedError(Exception):
    """The document does not describe the body that is asked for."""


class Schemas:
    """The request bodies of an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Keep the document; nothing is read from it yet."""
        self._document = document

    def body(self, method: str, path: str) -> Json:
        """The schema of the JSON body of an operation; raises NotDescribedError."""
        try:
            content = self._document["paths"][path][method.lower()]["requestBody"]["content"]
            return dict(content["application/json"]["schema"])
        except (KeyError, TypeError) as missing:
            raise NotDescribedError(
                f"the API's OpenAPI document does not describe {method} {path}"
            ) from missing

    def whole(self, schema: Mapping[str, Any], value: object, *, unknown: bool) -> object:
        """`value` as the API understands it: its defaults filled in and its nulls, which mean absent, left
        out.

        Two bodies that mean the same are equal after this, whichever of them spells its defaults out.
        `unknown` says whether keys that the schema does not have are kept (the API refuses them) or left out
        (an answer has them).
        """
        schema = self._resolved(schema, value)
        if isinstance(value, dict) and "properties" in schema:
            properties = schema["properties"]
            filled = {key: given for key, given in value.items() if unknown and key not in properties}
            for key, inner in properties.items():
                given = value.get(key)
                if given is None and key not in schema.get("required", ()):
                    given = self._default(inner)
                if given is not None:
                    filled[key] = self.whole(inner, given, unknown=unknown)
            return filled
        if isinstance(value, list) and "items" in schema:
            return [self.whole(schema["items"], item, unknown=unknown) for item in value]
        return value

    def _default(self, schema: Mapping[str, Any]) -> object:
        """The default of an optional key; an empty list or object where the document states none."""
        if "default" in schema:
            return schema["default"]
        return {"array": [], "object": {}}.get(str(self._resolved(schema, {}).get("type")))

    def _resolved(self, schema: Mapping[str, Any], value: object) -> Mapping[str, Any]:
        """The schema that applies to `value` where there is a reference or a choice."""
        if "$ref" in schema:
            target: Any = self._document
            for step in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target[step]
            return self._resolved(target, value)
        for choice in ("anyOf", "oneOf", "allOf"):
            options = [self._resolved(option, value) for option in schema.get(choice, ())]
            fitting = [option for option in options if _fits(option, value)]
            if fitting:
                return fitting[0]
        return schema


def _fits(schema: Mapping[str, Any], value: object) -> bool:
    """Whether `value` is meant by this alternative: by its kind, and of an object by its keys."""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    kind = "null" if value is None else kinds.get(type(value))
    if "type" in schema and schema["type"] != kind and not (schema["type"] == "number" and kind == "integer"):
        return False
    if not isinstance(value, dict):
        return True
    properties = schema.get("properties", {})
    known = all(key in properties for key in value) or schema.get("additionalProperties") is not False
    complete = all(key in value for key in schema.get("required", ()))
    constant = all(
        value.get(key, inner["const"]) == inner["const"]
        for key, inner in properties.items()
        if "const" in inner
    )
    return known and complete and constant
