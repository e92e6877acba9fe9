"""The edge: bodies, media types, sizes, methods of failing."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.functional.backend import Backend, filled, lead_body
from tests.functional.strict import client_error
from tools import template
from tools.openapi import DOCUMENT

WITH_STRATEGIES = {"POST /v1/set-up/plan", "POST /v1/explain", "POST /v1/preview"}
WITH_BODY = [
    f"{method.upper()} {path}"
    for path, operations in json.loads(DOCUMENT.read_bytes())["paths"].items()
    for method, operation in operations.items()
    if "requestBody" in operation
]
"""Routes that read a body."""


def address(route: str) -> tuple[str, str]:
    method, path = route.split(" ")
    return method, filled(path, id="ana")


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'a': 1}",
        b"nonsense",
        b'{"a": 1} x',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_400(company: Backend, raw: bytes) -> None:
    for route in WITH_BODY:
        company.refused(400, "unparsable", *address(route), raw=raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xed\xa0\x80"}',
    ],
)
def test_what_json_cannot_hold_is_400_but_for_leads(company: Backend, raw: bytes) -> None:
    for route in WITH_BODY:
        if route not in ("POST /v1/leads", "POST /v1/intake/{source}"):
            company.refused(400, "unparsable", *address(route), raw=raw)


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"5", b"null", b"true"])
def test_json_that_is_no_object_is_422(company: Backend, raw: bytes) -> None:
    for route in WITH_BODY:
        answer = company.refused(422, "invalid", *address(route), raw=raw)
        takes_several = route == "POST /v1/intake/{source}" and raw == b"[]"
        assert answer.errors == [("", "out_of_range" if takes_several else "wrong_type")]


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""]
)
def test_another_media_type_is_415(company: Backend, media: str) -> None:
    for route in WITH_BODY:
        if media == "text/plain" and route == "POST /v1/do-not-call/imports":
            continue  # takes a list as text
        if media in ("application/x-www-form-urlencoded", "application/xml") and "/intake/" in route:
            continue  # takes what forms and dealers post
        company.refused(415, "media_type", *address(route), raw=b"{}", headers={"content-type": media})


@pytest.mark.parametrize(
    "media", ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
)
def test_json_by_any_of_its_names_is_taken(company: Backend, media: str) -> None:
    raw = json.dumps(lead_body()).encode()
    assert company.post("/v1/leads", raw=raw, headers={"content-type": media}).status == 201


def test_a_body_over_256_kb_is_413_and_a_plan_or_draft_over_4_mb(company: Backend) -> None:
    for route in WITH_BODY:
        most = 4 * 1024 * 1024 if route in WITH_STRATEGIES else 256 * 1024
        raw = b'{"name": "' + b"x" * most + b'"}'
        company.refused(413, "too_large", *address(route), raw=raw)


def test_a_lead_of_nearly_256_kb_is_taken_and_worked(company: Backend) -> None:
    """Everything that is written about it still fits, whatever its size is made of."""
    company.pull_strategy("all")
    for at, filler in enumerate(("x" * 250_000, "ä" * 120_000, "\U0001f600" * 60_000)):
        raw = json.dumps({**lead_body(at), "fields": {"essay": filler}}, ensure_ascii=False).encode()
        answer = company.post("/v1/leads", raw=raw)
        assert answer.status == 201, answer.json
        company.settle()
        assert company.shown(answer["lead_id"])["fields"]["essay"] == filler
        assert company.timeline(answer["lead_id"])[-1]["as_received"]["fields"]["essay"] == filler
    many = {f"k{number}": number for number in range(15_000)}
    answer = company.post("/v1/leads", {**lead_body(9), "fields": many})
    assert answer.status == 201, answer.json
    assert len(answer["warnings"]) <= 51
    company.settle()
    assert company.shown(answer["lead_id"])["status"] == "ready"


@pytest.mark.parametrize("depth", [100, 400, 600, 900, 5000])
def test_a_deep_body_is_taken_or_refused_and_no_failure(company: Backend, depth: int) -> None:
    raw = b'{"email": "a@example.com", "fields": {"x": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}}"
    answer = company.post("/v1/leads", raw=raw)
    assert answer.status in (201, 400), answer.json
    if answer.status == 201:
        company.settle()
        assert company.get(f"/v1/leads/{answer['lead_id']}").status == 200
        assert company.get(f"/v1/leads/{answer['lead_id']}/timeline").status == 200


@pytest.mark.parametrize("number", ["1e308", "123456789012345678901234567890", "-0.0", "1E-400"])
def test_any_finite_number_comes_back_as_json(company: Backend, number: str) -> None:
    raw = f'{{"email": "a@example.com", "cost": {number}, "fields": {{"x": {number}}}}}'.encode()
    answer = company.post("/v1/leads", raw=raw)
    assert answer.status == 201
    company.settle()
    assert company.get(f"/v1/leads/{answer['lead_id']}").status == 200


def test_an_empty_body_is_an_empty_object(company: Backend) -> None:
    assert company.post("/v1/pull", raw=b"", user="ana").status == 200
    assert company.post("/v1/sources/api/keys", raw=b"  ").status == 201


def test_every_answer_is_json(company: Backend) -> None:
    assert company.get("/v1/health", user=None).json == {"status": "ok"}
    document = company.get("/v1/openapi.json")
    assert document.headers["content-type"] == "application/json"
    assert document["openapi"].startswith("3.1")
    documented = {
        f"{method.upper()} {path}" for path, operations in document["paths"].items() for method in operations
    }
    assert {each.key for each in template.routes() if each.method != "OPTIONS"} <= documented


# -- when things go wrong --------------------------------------------------------------------------------------


def test_an_unexpected_error_is_500_with_a_correlation_id_and_nothing_of_its_inside(
    company: Backend, monkeypatch: pytest.MonkeyPatch, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("the secret of the inside")

    monkeypatch.setattr("routing.services.work.search.get", broken)
    answer = company.refused(500, "internal", "GET", "/v1/leads/L1")
    quoted = answer["detail"].split()
    written = [json.loads(line) for line in log.getvalue().splitlines()]
    (failed,) = [each for each in written if each["message"] == "request failed"]
    assert failed["correlation_id"] in quoted
    assert failed["route"] == "GET /v1/leads/{id}"
    assert "ZeroDivisionError" in json.dumps(failed)
    assert "secret" not in json.dumps(answer.json)
    assert "InternalErrors" in capsys.readouterr().out


@pytest.mark.parametrize(
    "failure",
    [
        client_error("ThrottlingException", "GetItem"),
        client_error("ProvisionedThroughputExceededException", "GetItem"),
        client_error("InternalServerError", "GetItem"),
        EndpointConnectionError(endpoint_url="https://dynamodb.example.com"),
    ],
)
def test_when_the_table_cannot_be_used_it_is_503(company: Backend, failure: Exception) -> None:
    def fail(*_: Any) -> None:
        raise failure

    company.strict.faults.append(fail)
    for method, path, user in (
        ("GET", "/v1/me", "ana"),
        ("POST", "/v1/pull", "ana"),
        ("POST", "/v1/leads", "admin"),
        ("PUT", "/v1/accounts/north", "admin"),
    ):
        body = {"kind": "branch", "name": "N", "parent": "corporate"} if method == "PUT" else {}
        answer = company.refused(503, "try_again", method, path, body, user=user)
        assert "dynamodb" not in json.dumps(answer.json)


def test_a_fault_of_ours_towards_the_table_is_500(company: Backend) -> None:
    def fail(operation: str, request: Any) -> None:
        raise client_error("ValidationException", operation)

    company.strict.faults.append(fail)
    company.refused(500, "internal", "GET", "/v1/me", user="ana")


def test_conflicts_that_do_not_end_are_503_and_nothing_is_written(company: Backend) -> None:
    def conflict(operation: str, request: Any) -> None:
        if operation == "TransactWriteItems":
            error = client_error("TransactionCanceledException", operation)
            error.response["CancellationReasons"] = [{"Code": "TransactionConflict"}]
            raise type(company.client.exceptions.TransactionCanceledException(error.response, operation))(
                error.response, operation
            )

    lead = company.lead(1)
    company.strict.faults.append(conflict)
    company.refused(
        503, "try_again", "PUT", "/v1/accounts/north", {"kind": "branch", "name": "N", "parent": "denver"}
    )
    company.refused(503, "try_again", "PATCH", f"/v1/leads/{lead}", {"first_name": "Ana"})
    company.refused(503, "try_again", "POST", f"/v1/leads/{lead}/transfer", {"to": "ana"})


def test_a_request_that_was_carried_out_is_answered_though_the_activity_could_not_be_noted(
    company: Backend,
) -> None:
    def fail(operation: str, request: Any) -> None:
        if operation == "UpdateItem":
            raise client_error("ThrottlingException", operation)

    company.strict.faults.append(fail)
    assert company.get("/v1/me", user="ana").status == 200


def test_a_half_read_batch_is_read_to_its_end(company: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB may answer with keys that it had no time for."""
    client = company.store.table.client
    really = client.batch_get_item
    left = [True]

    def partly(RequestItems: Any) -> Any:  # noqa: N803 - botocore's name
        answer = really(RequestItems=RequestItems)
        keys = RequestItems[company.table]["Keys"]
        if left and len(keys) > 1:
            left.clear()
            answer["Responses"][company.table] = answer["Responses"][company.table][:1]
            there = [(each["PK"], each["SK"]) for each in answer["Responses"][company.table]]
            missing = [each for each in keys if (each["PK"], each["SK"]) not in there]
            answer["UnprocessedKeys"] = {company.table: {"Keys": missing, "ConsistentRead": True}}
        return answer

    monkeypatch.setattr(client, "batch_get_item", partly)
    lead = company.lead(1)
    left.append(True)
    assert company.shown(lead)["email"] == "lead1@example.com"
    assert not left


def test_a_table_that_never_reads_to_the_end_is_503(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(RequestItems: Any) -> Any:  # noqa: N803 - botocore's name
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    monkeypatch.setattr(company.store.table.client, "batch_get_item", nothing)
    company.refused(503, "try_again", "GET", "/v1/me", user="ana")
