"""Any sequence of things that happen, on a real engine, against the plain sequential model; invariants at each step."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from routing.services import work
from routing.services.problems import Problem
from routing.services.sweep import sweep

from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.model import CLOSES, RECYCLES, USERS, Lead, Model
from tests.concurrency.world import ADMIN, COMPANY, World, opened, push_strategy
from tools.engines import create_table, dynamodb_client

SETTINGS = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=False,
    database=None,
    phases=[Phase.generate],  # a failing sequence is short enough to read; to shrink it takes minutes
    suppress_health_check=list(HealthCheck),
)
who = st.sampled_from(USERS)
EVERY_DISPOSITION = (*RECYCLES, *CLOSES, "contacted", "call-back")


def test_any_sequence_of_events_goes_as_the_model_says(engine: Engine) -> None:
    class OnEngine(Machine):
        endpoint = engine.endpoint

    run_state_machine_as_test(OnEngine, settings=SETTINGS)


class Machine(RuleBasedStateMachine):
    """leases: (lead, user, token) of every lease ever granted, to be worked with on time, late, or twice."""

    endpoint = ""
    leads = Bundle("leads")
    leases = Bundle("leases")

    @initialize()
    def found(self) -> None:
        self.name = f"model-{uuid.uuid4()}"
        create_table(self.endpoint, self.name)
        self._opened = opened(self.endpoint, self.name)
        self.world: World = self._opened.__enter__()
        self.world.install(*COMPANY)
        self.model = Model()
        self.recorded: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self.bodies: list[dict[str, Any]] = []

    def teardown(self) -> None:
        self._opened.__exit__(None, None, None)
        client = dynamodb_client(self.endpoint)
        client.delete_table(TableName=self.name)
        client.close()

    @property
    def now(self) -> datetime:
        return self.world.now

    # What comes in

    @rule(target=leads, state=st.sampled_from(["CO", "CO", "UT", "UT", "NV"]))
    def ingest(self, state: str) -> str:
        body = self.world.body(state)
        self.bodies.append(body)
        answer = self.world.submit(body)
        assert answer.status == 201
        lead = str(answer.body["lead_id"])
        self.model.submit(Lead(lead, state, self.now))
        return lead

    @precondition(lambda self: self.bodies)
    @rule(at=st.integers(0, 50))
    def ingest_again(self, at: int) -> None:
        answer = self.world.submit(self.bodies[at % len(self.bodies)], self.world.container())
        assert (answer.status, answer.body["lead_id"] in self.model.leads) == (200, True)

    @rule()
    def deliver(self) -> None:
        self.world.deliver()
        self.model.deliver(self.now)

    @rule(at=st.integers(0, 50), size=st.integers(1, 4))
    def deliver_again(self, at: int, size: int) -> None:
        """What the stream has brought comes once more, in another batch: nothing may happen."""
        old = [each for each in self.world.log() if (each["PK"], each["SK"]) in self.world.delivered]
        leads = [each for each in old if each["kind"] == "lead"]
        if leads:
            at %= len(leads)
            self.world.handle(leads[at : at + size], self.world.container())

    @rule()
    def sweep_past(self) -> None:
        self.deliver()
        sweep(self.world.container(), self.now)
        self.model.sweep(self.now)

    # What people do

    @rule(target=leases, who=who)
    def pull(self, who: str) -> Any:
        expected = self.model.next_for(who, self.now)
        answer = self.world.pull(who)
        got = answer["lead"]["id"] if answer["lead"] else None
        assert got == (expected.id if expected else None)
        if expected is None:
            return multiple()
        self.model.pulled(expected, who, answer["lease"]["token"], self.now)
        return expected.id, who, answer["lease"]["token"]

    @rule(lease=leases, disposition=st.sampled_from(EVERY_DISPOSITION))
    def dispose(self, lease: tuple[str, str, str], disposition: str) -> None:
        identifier, user, token = lease
        lead = self.model.leads[identifier]
        callback_at = self.now + timedelta(minutes=30) if disposition == "call-back" else None
        try:
            answer = self.world.dispose(user, identifier, disposition, token, callback_at=callback_at)
        except Problem as problem:
            assert problem.status == 409, problem.detail
            before = self.recorded.setdefault(token, (disposition, {}))
            assert lead.token != token
            if before[0] != disposition:
                assert problem.extra["recorded"] == before[0]
            else:
                assert problem.code == "lease_superseded"
            return
        assert answer.status == 200
        if token in self.recorded:
            assert (disposition, answer.body["attempts"]) == (
                self.recorded[token][0],
                self.recorded[token][1]["attempts"],
            )
        else:
            assert lead.token == token
            self.model.dispose(lead, user, disposition, self.now, callback_at)
            self.recorded[token] = (disposition, answer.body)

    @rule(lease=consumes(leases))
    def extend(self, lease: tuple[str, str, str]) -> None:
        identifier, user, token = lease
        lead = self.model.leads[identifier]
        slot_moved = any(
            each.holder == user and each.token != token and each.expires > (lead.expires or self.now)
            for each in self.model.leads.values()
        )
        try:
            work.extend(self.world.store, user, identifier, token, self.now, None)
        except Problem:
            assert lead.token != token or lead.strategy is None or slot_moved
            return
        assert lead.token == token
        lead.expires = max(lead.expires, self.now + timedelta(minutes=15))

    @rule(lead=leads, to=st.sampled_from(["e3", "west", "east"]))
    def transfer(self, lead: str, to: str) -> None:
        found = self.model.leads[lead]
        if found.at == "closed" or found.rank is None:
            return
        distribute = to == "east"
        answer = work.transfer(self.world.store, ADMIN, lead, to, distribute, self.now, None)
        assert answer.status == 200
        self.model.transfer(found, to, distribute, self.now)

    @rule(who=who)
    def go_away(self, who: str) -> None:
        self.world.switch(who, False)
        self.model.away.add(who)

    @rule(who=who)
    def come_back(self, who: str) -> None:
        self.world.switch(who, True)
        self.model.come_back(who, self.now)

    @rule(recipients=st.lists(who, min_size=1, max_size=4, unique=True))
    def edit(self, recipients: list[str]) -> None:
        self.world.put(push_strategy("straight", "corporate", recipients, "UT", reset_interval="never"))
        self.model.edit(recipients, self.now)

    @rule(minutes=st.sampled_from([1, 14, 16, 31, 61, 241, 24 * 60]))
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
