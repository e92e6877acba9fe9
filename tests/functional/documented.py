"""Every answer of the handlers is as the OpenAPI document says."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from tools import openapi


@cache
def _document() -> dict[str, Any]:
    return openapi.document()


@cache
def _responses(route: str) -> dict[str, Any]:
    method, path = route.split(" ", 1)
    document = _document()
    found: dict[str, Any] = document["paths"][path][method.lower()]["responses"]
    shared = document["components"]["responses"]
    return {
        status: shared[each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each
        for status, each in found.items()
    }


@cache
def _validator(route: str, status: str, media_type: str) -> jsonschema_rs.Draft202012Validator:
    described = _responses(route)[status]["content"]
    assert media_type in described, (route, status, media_type)
    schema = described[media_type]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": _document()["components"]})


def check(event: Mapping[str, Any], answer: Mapping[str, Any], content: Any) -> None:
    """Hold a handler's answer to an HTTP event against the document: its status, media type and content."""
    route, status = event["routeKey"], str(answer["statusCode"])
    if route.startswith("OPTIONS "):  # between browsers and us
        return
    described = _responses(route)
    assert status in described, (route, status, content)
    if answer.get("body") is None or "content" not in described[status]:
        assert (answer.get("body") is None) == ("content" not in described[status]), route
        return
    media_type = answer["headers"]["content-type"].partition(";")[0]
    wrong = [
        f"{'/'.join(map(str, each.instance_path))}: {each.message}"
        for each in _validator(route, status, media_type).iter_errors(content)
    ]
    assert not wrong, (route, status, wrong[:5])
