"""What a lead carries stands in no log line, whatever happens."""

import io
import json
from typing import Any

import pytest

from tests.functional.backend import Backend
from tests.functional.strict import client_error
from tests.functional.test_project import metrics

PERSON = {
    "first_name": "Quincy",
    "last_name": "Zimmerwald",
    "email": "Quincy.Z@Example.com",
    "phone": "(303) 555-0173",
    "postal_code": "80209",
    "state": "CO",
    "fields": {"essay": "hush-hush"},
}
TRACES = ("quincy", "zimmerwald", "example.com", "5550173", "555-0173", "80209", "hush", "whispered")
NOTE = "whispered something"


def secret(text: str) -> list[str]:
    folded = text.lower()
    return [each for each in TRACES if each in folded]


@pytest.fixture
def busy(company: Backend) -> Backend:
    """A company with what these tests are about."""

    def build() -> None:
        company.pull_strategy("all")
        company.push("utah", ["ana"], criteria=[{"field": "state", "operator": "equals", "value": "UT"}])

    return company.prepared("privacy", build)


def everything(backend: Backend) -> list[str]:
    """Every way of handling a lead, the refused ones too; the api keys that were made."""
    key, test = backend.key("api"), backend.key("api", test=True)
    lead = backend.post("/v1/leads", {**PERSON, "external_id": "Zimmerwald-1"})["lead_id"]
    backend.post("/v1/leads", {**PERSON, "phone": "hush", "external_id": "Zimmerwald-1"})
    backend.post("/v1/leads", {"first_name": "Quincy", "phone": "hush", "record_type": "Zimmerwald"})
    for each in (key, test, "hush"):
        backend.post("/v1/intake/api", PERSON, user=None, headers={"x-api-key": each})
    backend.post(f"/v1/intake/api?api_key={key}", {**PERSON, "Quincy": "hush"}, user=None)
    backend.post("/v1/leads", raw=b'{"first_name": "Quincy", ')
    backend.settle()
    token = backend.post("/v1/pull", {}, user="ana")["lease"]["token"]
    held = backend.pull("ana")["lead"]["id"]
    backend.post(f"/v1/leads/{held}/notes", {"note": NOTE}, user="ana")
    backend.post(f"/v1/leads/{held}/notes", {"note": NOTE, "colour": "hush"}, user="ana")
    for body in ({}, {"phone": "303-555-0173"}, {"phone": "hush"}):
        backend.post(f"/v1/leads/{held}/calls", body, user="ana")
    backend.dispose(
        held, "call-back", "ana", lease_token=token, note=NOTE, callback_at="2026-03-04T16:00:00Z"
    )
    backend.dispose(held, "hush", "ana", lease_token=token, note=NOTE)
    backend.patch(f"/v1/leads/{lead}", {"last_name": "Zimmerwald", "email": "hush"})
    backend.patch(f"/v1/leads/{lead}", {"last_name": "Zimmerwald II", "phone": "303-555-0173"})
    backend.get("/v1/leads?phone=303-555-0173")
    backend.get("/v1/leads?email=quincy.z%40example.com")
    backend.get("/v1/leads?email=hush")
    backend.get(f"/v1/leads/{lead}/timeline")
    backend.post("/v1/explain", {"lead": PERSON})
    backend.post(f"/v1/leads/{lead}/transfer", {"to": "ben"})
    backend.at("2026-03-04T18:00:00Z")
    backend.tick()
    backend.project()
    return [key, test]


def test_no_log_line_carries_what_a_lead_carries(
    busy: Backend, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    keys = everything(busy)
    written = log.getvalue() + "".join(capfd.readouterr())
    assert "swept" in written
    assert secret(written) == []
    assert not [each for each in keys if each in written]


@pytest.mark.parametrize(
    "failure",
    [client_error("ThrottlingException", "GetItem"), client_error("ValidationException", "GetItem")],
)
def test_nor_when_the_table_fails(busy: Backend, log: io.StringIO, failure: Exception) -> None:
    lead = busy.lead(1, **PERSON)

    def fail(*_: Any) -> None:
        raise failure

    busy.strict.faults.append(fail)
    for method, path, body in (
        ("POST", "/v1/leads", PERSON),
        ("PATCH", f"/v1/leads/{lead}", {"first_name": "Quincy"}),
        ("POST", f"/v1/leads/{lead}/notes", {"note": NOTE}),
        ("GET", "/v1/leads?phone=303-555-0173", None),
    ):
        assert busy.call(method, path, body).status in (500, 503)
    assert log.getvalue()
    assert secret(log.getvalue()) == []


def test_nor_when_something_raises_with_the_value_in_its_words(
    busy: Backend, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ValueError: could not convert string to float: 'Zimmerwald'` is how errors speak."""
    lead = busy.lead(1, **PERSON)

    def broken(*_: Any, **__: Any) -> None:
        try:
            float("Zimmerwald")
        except ValueError as cause:
            raise KeyError("Quincy.Z@Example.com") from cause

    monkeypatch.setattr("routing.services.core.views.lead", broken)
    answer = busy.get(f"/v1/leads/{lead}")
    assert answer.status == 500
    written = [json.loads(line) for line in log.getvalue().splitlines()]
    assert any("KeyError" in json.dumps(each) for each in written)
    assert secret(log.getvalue()) == []


def test_metrics_are_numbers_under_fixed_names(busy: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    everything(busy)
    assert set(metrics(capsys.readouterr().out)) <= {
        "LeadsAssigned", "LeadsHeld", "LeadsUnmatched", "LeadsPulled", "Dispositions", "LeasesExpired",
        "SecondsToAssign", "SecondsToFirstPull", "InternalHolds", "InternalErrors", "PushRetries", "Outages",
    }  # fmt: skip


def test_keys_and_indexes_hold_no_phone_and_no_address(busy: Backend) -> None:
    """Contacts are found by keyed hashes."""
    everything(busy)
    names = [
        str(value)
        for item in busy.items().values()
        for name, value in item.items()
        if name in ("PK", "SK", "QPK", "QSK", "OPK", "OSK", "TPK", "TSK", "phone_key")
    ]
    assert [each for each in names if secret(each)] == []
