"""Handlers on moto: one table and one set of containers for each test, faults and strictness beside them."""

import io
import os
from collections.abc import Iterator

import pytest
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider
from botocore.client import BaseClient
from moto import mock_aws

from routing.runtime import clock, observability, wiring
from tests.functional import quick_moto
from tests.functional.backend import BUCKET, START, Backend, forget_containers
from tests.functional.strict import Strict
from tools import template
from tools.local_api.container import NO_SIGN_INS

TABLE = "company"


@pytest.fixture(scope="module")
def _backend() -> Iterator[Backend]:
    """One table and one client for a module: making them takes longer than most tests."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        quick_moto.install(patch)
        backend = Backend(TABLE, Strict())
        # The stream is played by `Backend.settle`; moto's own would be copied with every transaction.
        definition = template.table_definition()
        assert definition.pop("StreamSpecification")["StreamEnabled"]
        backend.client.create_table(TableName=TABLE, **definition)
        backend.files.create_bucket(Bucket=BUCKET)
        yield backend
        backend.client.close()
        backend.files.close()


@pytest.fixture(scope="session")
def _environment() -> dict[str, str]:
    variables = template.environment("set_up")
    ours = {"TABLE_NAME": TABLE, "HASH_KEY": "a-secret-of-the-tests", "IMPORT_BUCKET": BUCKET}
    return {**variables, **ours}


@pytest.fixture
def empty(
    _backend: Backend, _environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Backend]:
    """A company as it is before anybody has set anything up, at a fixed moment."""
    for variable, value in _environment.items():
        monkeypatch.setenv(variable, value)
    for service in ("DYNAMODB", "S3"):
        monkeypatch.delenv(f"AWS_ENDPOINT_URL_{service}", raising=False)
    # Made when it was imported, from the environment as it was then; what is counted stays in its own set.
    provider = AmazonCloudWatchEMFProvider(
        metric_set=observability.metrics.metric_set, namespace="LeadRouting", service="lead-routing"
    )
    monkeypatch.setattr(observability.metrics, "provider", provider)
    # Retries pause at random; tests have no time for it.
    monkeypatch.setattr("routing.storage.table.Table.pause", lambda *_: None)
    monkeypatch.setattr(wiring, "job_queue", lambda: _backend.jobs)
    monkeypatch.setattr(wiring, "sign_ins", lambda: NO_SIGN_INS)
    forget_containers()
    _backend.forget()
    monkeypatch.setattr(BaseClient, "_make_api_call", _backend.strict.install())
    _backend.at(START)
    yield _backend
    clock.fix(None)
    forget_containers()
    observability.metrics.clear_metrics()


@pytest.fixture
def company(empty: Backend) -> Backend:
    """Two branches with a manager and two reps each, below corporate."""
    return empty.prepared("company", lambda: _set_up(empty))


@pytest.fixture
def sales(company: Backend) -> Backend:
    """A company in which everybody pulls, with a disposition that gives an owned lead back."""

    def build() -> None:
        company.pull_strategy("all", cool_down_minutes=60)
        company.save(
            "dispositions",
            "give-back",
            name="Give back",
            outcome="recycle",
            release=True,
            cool_down_minutes=5,
        )

    return company.prepared("sales", build)


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
