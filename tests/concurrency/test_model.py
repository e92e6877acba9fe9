"""Any sequence of things that happen, on a real engine, against the plain sequential model; invariants at each step."""

# ruff: noqa: PT017 - that an answer may be a refusal is what the model says, not the test

import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from routing.domain.resources import Body, Kind
from routing.services.core.problems import Problem
from routing.services.sweep import sweep
from routing.services.work import leases, transfer
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.model import CLOSES, LEASE, RECYCLES, USERS, Lead, Model
from tests.concurrency.world import ADMIN, COMPANY, World, opened, push_strategy
from tools.engines import create_table, dynamodb_client

pytestmark = pytest.mark.one_after_another

SETTINGS = settings(
    max_examples=16,
    stateful_step_count=40,
    deadline=None,
    derandomize="RANDOM_SEEDS" not in os.environ,  # `make test-long` sets it
    database=None,
    phases=[Phase.generate],  # a failing sequence is short enough to read; to shrink it takes minutes
    suppress_health_check=list(HealthCheck),
)
EVERY_DISPOSITION = (*RECYCLES, *RECYCLES, *CLOSES, "contacted", "call-back", "call-back")
AT_ANY_HOUR: Sequence[tuple[Kind, Body]] = [
    (
        "calling-rules",
        {
            "id": f"us-{state.lower()}",
            "name": state,
            "country": "US",
            "state": state,
            "windows": {"mon-sun": ["00:00", "24:00"]},
            "source": "of the test",
        },
    )
    for state in ("CO", "NV", "UT")
]
"""What users own is called by hours that this model does not know; `test_pull_model` is about them."""
pullers = st.sampled_from(["e1", "w1", "boss"])
dispositions = st.sampled_from(EVERY_DISPOSITION)
recently = st.integers(0, 3)
"""Which of what there is, counted from the newest."""


def test_any_sequence_of_events_goes_as_the_model_says(engine: Engine) -> None:
    class OnEngine(Machine):
        endpoint = engine.endpoint

    run_state_machine_as_test(OnEngine, settings=SETTINGS)


class Machine(RuleBasedStateMachine):
    """leases: (lead, user, token) of every lease ever granted, to be worked with on time, late, or twice.

    recorded: what was recorded on each lease, and the answer to it; None for what came too late.
    """

    endpoint = ""

    @initialize()
    def found(self) -> None:
        self.name = f"model-{uuid.uuid4()}"
        create_table(self.endpoint, self.name)
        self._opened = opened(self.endpoint, self.name)
        self.world: World = self._opened.__enter__()
        self.world.install(*COMPANY)
        for rule_ in AT_ANY_HOUR:
            self.world.put(rule_)  # not as the product's own, which is what `install` would make of it
        self.model = Model()
        self.leases: list[tuple[str, str, str]] = []
        self.recorded: dict[str, tuple[str, Mapping[str, Any] | None]] = {}
        self.bodies: list[dict[str, Any]] = []
        for state in ("NV", "CO", "UT", "NV"):
            self.ingest(state)
            self.world.later(seconds=1)
        self.deliver()

    def teardown(self) -> None:
        self._opened.__exit__(None, None, None)
        client = dynamodb_client(self.endpoint)
        client.delete_table(TableName=self.name)
        client.close()

    @property
    def now(self) -> datetime:
        return self.world.now

    def some_lead(self, at: int) -> Lead:
        leads = list(self.model.leads.values())
        return leads[-1 - at % len(leads)]

    # What comes in

    @rule(state=st.sampled_from(["CO", "UT", "NV"]))
    def ingest(self, state: str) -> None:
        body = self.world.body(state)
        self.bodies.append(body)
        answer = self.world.submit(body)
        assert answer.status == 201
        self.model.submit(Lead(str(answer.body["lead_id"]), state, self.now))

    @rule(at=recently, size=st.integers(1, 4))
    def repeat(self, at: int, size: int) -> None:
        """A lead is handed in again; what the stream has brought comes again, in another batch. Nothing happens."""
        answer = self.world.submit(self.bodies[-1 - at], self.world.container())
        assert (answer.status, answer.body["lead_id"] in self.model.leads) == (200, True)
        old = [each for each in self.world.log() if (each["PK"], each["SK"]) in self.world.delivered]
        leads = [each for each in old if each["kind"] == "lead"]
        self.world.handle(leads[-size - at :][:size], self.world.container())

    @rule()
    def deliver(self) -> None:
        self.world.deliver()
        self.model.deliver(self.now)

    @rule()
    def sweep_past(self) -> None:
        self.deliver()
        sweep(self.world.container(), self.now)
        self.model.sweep(self.now)

    # What people do

    @rule(who=pullers)
    def pull(self, who: str) -> None:
        self.has_pulled(who)

    def has_pulled(self, who: str) -> bool:
        expected = self.model.next_for(who, self.now)
        answer = self.world.pull(who)
        got = answer["lead"]["id"] if answer["lead"] else None
        assert got == (expected.id if expected else None)
        if expected is None:
            return False
        token = answer["lease"]["token"]
        self.model.pulled(expected, who, token, self.now)
        if (expected.id, who, token) not in self.leases:
            self.leases.append((expected.id, who, token))
        return True

    @precondition(lambda self: self.leases)
    @rule(at=recently, disposition=dispositions)
    def dispose(self, at: int, disposition: str) -> None:
        identifier, user, token = self.leases[-1 - at % len(self.leases)]
        lead = self.model.leads[identifier]
        callback_at = self.now + timedelta(minutes=30) if disposition == "call-back" else None
        try:
            answer = self.world.dispose(user, identifier, disposition, token, callback_at=callback_at)
        except Problem as problem:
            assert (problem.status, lead.token == token) == (409, False)
            before, _ = self.recorded.setdefault(token, (disposition, None))
            if before == disposition:
                assert problem.code == "lease_superseded"
                assert self.recorded[token][1] is None
            else:
                assert problem.extra["recorded"] == before
            return
        assert answer.status == 200
        if token in self.recorded:
            before, body = self.recorded[token]
            assert body is not None
            assert (before, body["attempts"], body["status"]) == (
                disposition,
                answer.body["attempts"],
                answer.body["status"],
            )
        else:
            assert lead.token == token
            self.model.dispose(lead, user, disposition, self.now, callback_at)
            self.recorded[token] = (disposition, answer.body)

    @rule(who=pullers, minutes=st.sampled_from([0, 10, 16]), disposition=dispositions)
    def pull_and_dispose(self, who: str, minutes: int, disposition: str) -> None:
        if self.has_pulled(who):
            self.world.later(minutes=minutes)
            self.dispose(0, disposition)

    @rule(at=recently, disposition=dispositions)
    def dispose_of_own(self, at: int, disposition: str) -> None:
        """A user works a lead that they own, without a lease."""
        lead = self.some_lead(at)
        if lead.owner not in USERS or lead.at == "closed" or (lead.expires and lead.expires > self.now):
            return
        callback_at = self.now + timedelta(minutes=30) if disposition == "call-back" else None
        holder, token = lead.holder, lead.token
        self.world.dispose(lead.owner, lead.id, disposition, None, callback_at=callback_at)
        self.model.dispose(lead, lead.owner, disposition, self.now, callback_at)
        if holder is not None and token not in self.recorded:
            self.recorded[str(token)] = (disposition, None)
            self.leases = [each for each in self.leases if each[2] != token]

    @precondition(lambda self: self.leases)
    @rule(at=recently)
    def extend(self, at: int) -> None:
        identifier, user, token = self.leases[-1 - at % len(self.leases)]
        lead = self.model.leads[identifier]
        last = next(each for each in reversed(self.leases) if each[1] == user)
        try:
            leases.extend(self.world.store, user, identifier, token, self.now, None)
        except Problem as problem:
            assert problem.status in (404, 409)
            has_had_all = problem.code == "lease_limit" and max(lead.expires, self.now) >= self._longest(lead)
            assert lead.token != token or last[2] != token or has_had_all
            return
        assert (lead.token, last[2]) == (token, token)
        longest = self._longest(lead)
        lead.counts_from += max(self.now - lead.expires, timedelta(0))
        lead.expires = max(lead.expires, min(self.now + LEASE, longest))

    def _longest(self, lead: Lead) -> datetime:
        """Until when its lease can be extended: four lengths, times for which it had lapsed left out."""
        return lead.counts_from + max(self.now - lead.expires, timedelta(0)) + 4 * LEASE

    @rule(at=recently, to=st.sampled_from(["e3", "west", "east"]))
    def transfer(self, at: int, to: str) -> None:
        lead = self.some_lead(at)
        if lead.at == "closed" or lead.rank is None:
            return
        answer = transfer.transfer(
            self.world.store, ADMIN, lead.id, to, self.now, None, distribute=to == "east"
        )
        assert answer.status == 200
        self.model.transfer(lead, to, to == "east", self.now)

    @rule(who=st.sampled_from(USERS), available=st.booleans())
    def switch(self, who: str, available: bool) -> None:
        self.world.switch(who, available)
        if available:
            self.model.come_back(who, self.now)
        else:
            self.model.away.add(who)

    @rule(recipients=st.lists(st.sampled_from(USERS), min_size=1, max_size=4, unique=True))
    def edit(self, recipients: list[str]) -> None:
        self.world.put(push_strategy("straight", "corporate", recipients, "UT", reset_interval="never"))
        self.model.edit(recipients, self.now)

    @rule(minutes=st.sampled_from([1, 16, 31, 61, 241, 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.world.later(minutes=minutes)

    # What must hold

    @invariant()
    def as_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        table = invariants.check(self.world, at_rest=False, leads=len(self.model.leads))
        for identifier, lead in self.model.leads.items():
            head = table.heads[identifier]
            lease = (head.lease.holder, head.lease.expires) if head.lease else (None, None)
            standing = "open" if head.standing in ("unmatched", "spent") else head.standing
            assert (
                standing,
                head.owner,
                lease,
                head.attempts,
                head.pull_count,
                head.last_holder,
                head.last_disposition,
                head.callback_for,
            ) == (
                lead.at,
                lead.owner,
                (lead.holder, lead.expires),
                lead.attempts,
                lead.pulls,
                lead.last_holder,
                lead.last_disposition,
                lead.callback_for,
            )
            if lead.at in ("open", "callback") and lead.expires is None:
                assert head.available_at == lead.due or (head.available_at or lead.due) <= self.now
        self.world.later(seconds=1)
