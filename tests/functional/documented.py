"""Every success answer of the handlers is as the OpenAPI document says."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from tools import openapi


@cache
def _document() -> dict[str, Any]:
    return openapi.document()


@cache
def _validator(route: str) -> jsonschema_rs.Draft202012Validator | None:
    """None for an operation that answers nothing."""
    method, path = route.split(" ", 1)
    responses = _document()["paths"][path][method.lower()]["responses"]
    schema = next(
        (
            response["content"]["application/json"]["schema"]
            for status, response in responses.items()
            if status.startswith("2") and "content" in response
        ),
        None,
    )
    if schema is None:
        return None
    return jsonschema_rs.Draft202012Validator({**schema, "components": _document()["components"]})


def check(event: Mapping[str, Any], answer: Mapping[str, Any], content: Any) -> None:
    """Hold a handler's answer to an HTTP event against the document; an answer in another media type is not JSON."""
    if not 200 <= answer["statusCode"] < 300:
        return
    route = event["routeKey"]
    if route.startswith("OPTIONS "):  # between browsers and us
        return
    described = _document()["paths"][route.split(" ", 1)[1]][route.split(" ", 1)[0].lower()]["responses"]
    assert str(answer["statusCode"]) in described, (route, answer["statusCode"])
    validator = _validator(route)
    if answer.get("body") is None or validator is None:
        assert (answer.get("body") is None) == (validator is None), route
        return
    wrong = [
        f"{'/'.join(map(str, each.instance_path))}: {each.message}" for each in validator.iter_errors(content)
    ]
    assert not wrong, (route, wrong[:5])
