"""Events and answers as API Gateway's HTTP API makes them (payload format 2.0)."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.local_api.functions import FunctionError
from tools.local_api.gateway import MAX_BODY, Gateway, Request
from tools.template import Route

ROUTES = [
    Route("GET", "/v1/leads/{id}", "work_lead", public=False),
    Route("GET", "/v1/leads/mine", "work_lead", public=False),
    Route("DELETE", "/v1/sources/{id}/keys/{key_id}", "set_up", public=False),
    Route("POST", "/v1/intake/{source}", "ingest", public=True),
]
ANA = ("Authorization", "Bearer dev:ana")


class Played:
    """A gateway whose functions keep the event and give the answer that the test sets."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: Any = {"statusCode": 204}
        self.gateway = Gateway(
            ROUTES, self.invoke, claim="sub", now=lambda: datetime(2026, 3, 7, 15, 0, 1, tzinfo=UTC)
        )

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        self.events.append({"function": function, **event})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def send(self, method: str, target: str, *headers: tuple[str, str], body: bytes = b"") -> tuple[int, Any]:
        response = self.gateway.handle(Request(method, target, headers, body))
        return response.status, json.loads(response.body) if response.body else None


@pytest.fixture
def played() -> Played:
    return Played()


def test_the_event_of_a_request(played: Played) -> None:
    headers = [
        ANA,
        ("X-A", "1"),
        ("x-a", "2"),
        ("Cookie", "a=1; b=2"),
        ("User-Agent", "curl"),
        ("Host", "h:1"),
    ]
    assert played.send("GET", "/v1/leads/a%20b?x=1&x=2&y=%C3%A9&z=", *headers) == (204, None)
    (event,) = played.events
    request_id = event["requestContext"].pop("requestId")
    assert request_id
    assert event == {
        "function": "work_lead",
        "version": "2.0",
        "routeKey": "GET /v1/leads/{id}",
        "rawPath": "/v1/leads/a b",
        "rawQueryString": "x=1&x=2&y=%C3%A9&z=",
        "cookies": ["a=1", "b=2"],
        "headers": {"authorization": "Bearer dev:ana", "x-a": "1,2", "user-agent": "curl", "host": "h:1"},
        "queryStringParameters": {"x": "1,2", "y": "é", "z": ""},
        "pathParameters": {"id": "a b"},
        "isBase64Encoded": False,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "authorizer": {"jwt": {"claims": {"sub": "ana"}, "scopes": None}},
            "domainName": "h:1",
            "domainPrefix": "h:1",
            "http": {
                "method": "GET",
                "path": "/v1/leads/a b",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl",
            },
            "routeKey": "GET /v1/leads/{id}",
            "stage": "$default",
            "time": "07/Mar/2026:15:00:01 +0000",
            "timeEpoch": 1772895601000,
        },
    }


def test_a_literal_segment_goes_before_a_variable_one(played: Played) -> None:
    played.send("GET", "/v1/leads/mine", ANA)
    played.send("DELETE", "/v1/sources/web/keys/k1", ANA)
    assert [(each["routeKey"], each.get("pathParameters")) for each in played.events] == [
        ("GET /v1/leads/mine", None),
        ("DELETE /v1/sources/{id}/keys/{key_id}", {"id": "web", "key_id": "k1"}),
    ]


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/v1/leads/1/"),
        ("GET", "/v1/leads/a/b"),
        ("POST", "/v1/leads/1"),
        ("GET", "/v1/leads/"),
    ],
)
def test_an_unknown_route_is_not_found_before_anybody_is_asked_who_they_are(
    played: Played, method: str, target: str
) -> None:
    assert played.send(method, target) == (404, {"message": "Not Found"})


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer dev:", "Bearer dev:a b", "Bearer x", "Basic dev:ana", "dev"]
)
def test_without_a_good_token_the_function_is_not_called(played: Played, authorization: str | None) -> None:
    headers = [] if authorization is None else [("Authorization", authorization)]
    assert played.send("GET", "/v1/leads/1", *headers) == (401, {"message": "Unauthorized"})
    assert played.events == []


def test_a_public_route_has_no_claims_whatever_the_token(played: Played) -> None:
    played.send("POST", "/v1/intake/web", ANA)
    assert "authorizer" not in played.events[0]["requestContext"]


@pytest.mark.parametrize(
    ("content_type", "as_text"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("text/xml", True),
        ("application/xml", True),
        # As observed of the real one, a web form and types with a suffix come encoded.
        ("application/x-www-form-urlencoded", False),
        ("application/x-adf+xml", False),
        ("multipart/form-data; boundary=x", False),
        ("", False),
    ],
)
def test_a_body_is_text_for_the_text_types_alone(played: Played, content_type: str, as_text: bool) -> None:
    played.send("POST", "/v1/intake/web", ("Content-Type", content_type), body="é".encode())
    (event,) = played.events
    expected = "é" if as_text else base64.b64encode("é".encode()).decode()
    assert (event["body"], event["isBase64Encoded"]) == (expected, not as_text)


def test_a_body_over_the_limit_is_refused_by_the_gateway(played: Played) -> None:
    body = b"x" * (MAX_BODY + 1)
    assert played.send("POST", "/v1/intake/web", body=body) == (413, {"message": "Request Too Long"})
    assert played.send("POST", "/v1/intake/web", body=body[1:])[0] == 204


def test_the_answer_of_a_function(played: Played) -> None:
    played.answer = {
        "statusCode": 201,
        "headers": {"ETag": '"1"', "Retry-After": 5},
        "cookies": ["a=1", "b=2"],
        "body": base64.b64encode(b"\xff").decode(),
        "isBase64Encoded": True,
    }
    response = played.gateway.handle(Request("GET", "/v1/leads/1", [ANA], b""))
    assert (response.status, response.body) == (201, b"\xff")
    assert sorted(response.headers) == [
        ("content-type", "text/plain;charset=UTF-8"),
        ("etag", '"1"'),
        ("retry-after", "5"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ]


def test_an_answer_without_status_is_the_body_of_a_200(played: Played) -> None:
    played.answer = {"lead": None}
    assert played.send("GET", "/v1/leads/1", ANA) == (200, {"lead": None})


@pytest.mark.parametrize(
    "answer",
    [
        FunctionError("boom"),
        {"statusCode": "200"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": ["a"]},
    ],
)
def test_a_function_that_fails_or_answers_nonsense_is_a_500_without_details(
    played: Played, answer: Any
) -> None:
    played.answer = answer
    assert played.send("GET", "/v1/leads/1", ANA) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize(
    ("body", "status"), [("x" * 6_200_000, 200), ("x" * 6_300_000, 500), ('"' * 3_200_000, 500)]
)
def test_an_answer_that_lambda_would_not_hand_on_is_a_failure(played: Played, body: str, status: int) -> None:
    """The body is a JSON string in what the function returns: quotes count twice."""
    played.answer = {"statusCode": 200, "body": body}
    assert played.gateway.handle(Request("GET", "/v1/leads/1", [ANA], b"")).status == status
