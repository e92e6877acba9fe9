"""Handlers on moto: one table and one set of containers for each test, faults and strictness beside them."""

import io
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider
from botocore.client import BaseClient
from moto import mock_aws

from routing.runtime import clock, observability, wiring
from routing.runtime.settings import settings
from tests.functional.backend import START, Backend
from tests.functional.strict import Strict
from tools import template

TABLE = "company"


@pytest.fixture(scope="session")
def _backend() -> Iterator[Backend]:
    """One table and one client for all: making them takes longer than most tests."""
    with mock_aws():
        backend = Backend(TABLE, Strict())
        # The stream is played by `Backend.settle`; moto's own would be copied with every transaction.
        definition = template.table_definition()
        assert definition.pop("StreamSpecification")["StreamEnabled"]
        backend.client.create_table(TableName=TABLE, **definition)
        yield backend
        backend.client.close()


@pytest.fixture(scope="session")
def _environment() -> dict[str, str]:
    variables = template.environment("set_up")
    return {**variables, "TABLE_NAME": TABLE, "HASH_KEY": "a-secret-of-the-tests"}


@pytest.fixture
def empty(
    _backend: Backend, _environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Backend]:
    """A company as it is before anybody has set anything up, at a fixed moment."""
    for variable, value in _environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    # Made when it was imported, from the environment as it was then; what is counted stays in its own set.
    provider = AmazonCloudWatchEMFProvider(
        metric_set=observability.metrics.metric_set, namespace="LeadRouting", service="lead-routing"
    )
    monkeypatch.setattr(observability.metrics, "provider", provider)
    # Retries pause at random; tests have no time for it, and want the same choices each time.
    monkeypatch.setattr("routing.storage.table.Table.pause", lambda *_: None)
    random.seed(0)
    _forget()
    _backend.forget()
    monkeypatch.setattr(BaseClient, "_make_api_call", _backend.strict.install())
    _backend.at(START)
    yield _backend
    clock.fix(None)
    if wiring.store.cache_info().currsize:
        wiring.store().table._pool.shutdown()
        wiring.store().table.client.close()
    _forget()
    observability.metrics.clear_metrics()


def _forget() -> None:
    settings.cache_clear()
    wiring.store.cache_clear()


_company: list[Any] = []
"""The items of `company` and what push has seen of them, made by the first test that asks for it."""


@pytest.fixture
def company(empty: Backend) -> Backend:
    """Two branches with a manager and two reps each, below corporate."""
    if not _company:
        _set_up(empty)
        _company.extend((empty.copied(), frozenset(empty.delivered)))
    items, delivered = _company
    empty.paste(items)
    empty.delivered = set(delivered)
    _forget()
    return empty


def _set_up(empty: Backend) -> None:
    for branch, zone in (("denver", "America/Denver"), ("dallas", "America/Chicago")):
        empty.branch(branch, timezone=zone)
    people = (
        ("mia", "denver", "manager"),
        ("ana", "denver", "rep"),
        ("ben", "denver", "rep"),
        ("max", "dallas", "manager"),
        ("cho", "dallas", "rep"),
        ("dee", "dallas", "rep"),
    )
    for name, branch, role in people:
        empty.user(name, branch, role)
    empty.settle()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything that the handlers log."""
    written = io.StringIO()
    monkeypatch.setattr(observability.logger.registered_handler, "stream", written)
    monkeypatch.setattr(observability.logger._logger, "level", 10)
    return written


@pytest.fixture(autouse=True)
def _no_profile() -> None:
    assert "AWS_PROFILE" not in os.environ
