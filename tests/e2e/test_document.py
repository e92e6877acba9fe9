"""Whatever the document allows, and much that it does not: every answer is one that the document describes.

A route that the document has is asked by itself. The functional tests hold their own requests' answers against it too.
"""

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e import company
from tests.e2e.client import Client
from tools.local_api.server import LocalApi
from tools.openapi import DOCUMENT

LONG = "RANDOM_SEEDS" in os.environ
"""In `make test-long`: many more requests, on seeds that nobody has seen."""
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
USERS = ("admin", "admin", "admin", "admin", "mia", "ana", None)
STAY = ("DELETE /v1/accounts/{id}", "PUT /v1/accounts/{id}")
"""Never asked of accounts that are there: they are who asks, and whose the leads are."""

schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text(encoding="utf-8")))
schema.config.phases.coverage.enabled = LONG


@dataclass(frozen=True)
class Served:
    """A small company with a lead, and what each user and the source show."""

    client: Client
    url: str
    lead: str
    credentials: dict[str | None, dict[str, str]]

    def known(self, path: str, name: str) -> str | None:
        """Something that is there, for this part of an address."""
        if name in ("source", "phone"):
            return {"source": "web", "phone": "3035550101"}[name]
        if path.startswith("/v1/leads/"):
            return self.lead
        page = self.client.get(f"{path.partition('/{')[0]}?limit=5", as_user="admin")
        if page.status != 200 or not page.json["items"]:
            return None
        last = page.json["items"][-1]
        return str(last.get("id") or last["import_id"])


@pytest.fixture(scope="module")
def served(api: LocalApi) -> Iterator[Served]:
    with Client(api.url) as client:
        company.account(client, "denver", "branch", "corporate")
        company.account(client, "mia", "user", "denver", role="manager")
        company.account(client, "ana", "user", "denver", role="rep")
        company.pull_strategy(client, "all", "corporate", ["corporate"])
        source: dict[str, Any] = {"id": "web", "name": "Web", "owner": "corporate", "record_type": "lead"}
        company.put(client, "sources", source)
        key = client.post("/v1/sources/web/keys", json={}, as_user="admin").json["api_key"]
        lead = company.lead(client, phone="3035550101", last_name="Ortiz")
        company.settle(client)
        shown = {
            user: {"Authorization": f"Bearer dev:{user}", "X-Api-Key": key}
            for user in ("admin", "mia", "ana")
        }
        yield Served(client, api.url, lead, {None: {}, **shown})


@schema.parametrize()
@settings(
    max_examples=200 if LONG else 12,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case, served: Served) -> None:
    # By the case alone: one that fails is to fail again.
    chance = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())
    if chance % 4 and f"{case.method} {case.path}" not in STAY:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = served.known(case.path, name) or case.path_parameters[name]
    response = case.call(base_url=served.url, headers=served.credentials[USERS[chance % len(USERS)]])
    case.validate_response(response, checks=CHECKS)
