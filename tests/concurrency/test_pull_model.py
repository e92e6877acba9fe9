"""Any sequence of pulls, work, edits and passing time inside calling hours, on a real engine, against a plain model."""

# ruff: noqa: PT017 - that an answer may be a refusal is what the model says, not the test

import os
import uuid
from collections import defaultdict
from collections.abc import Mapping
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

from routing.domain.heads import Head
from routing.domain.lists.phones import phone_row
from routing.services.core.problems import Problem
from routing.services.do_not_call import listing
from routing.services.do_not_call.listing import Terms
from routing.services.pull import filing
from routing.services.pull import pull as pulling
from routing.services.sweep import sweep
from routing.services.work import calls as calling
from routing.services.work import edit, leases, transfer
from tests.concurrency import invariants
from tests.concurrency.conftest import Engine
from tests.concurrency.pull_company import COMPANY, PULLERS, again, first
from tests.concurrency.pull_model import BEGIN, DAY, Lead, Model, windows
from tests.concurrency.world import ADMIN, World, opened
from tools.engines import create_table, dynamodb_client

pytestmark = pytest.mark.one_after_another

SETTINGS = settings(
    max_examples=14,
    stateful_step_count=26,
    deadline=None,
    derandomize="RANDOM_SEEDS" not in os.environ,  # `make test-long` sets it
    database=None,
    phases=[Phase.generate],  # a failing sequence is short enough to read; to shrink it takes minutes
    suppress_health_check=list(HealthCheck),
)
KINDS: tuple[dict[str, Any], ...] = (
    {"state": "FL"},
    {"state": "FL", "phone": "+13055550001"},
    {"state": "CA", "phone": "+12135550001"},
    {"state": "CA", "pull_delay_minutes": 90},
    {"state": "OK", "phone": "+14055550001"},
    {"state": "OK", "phones": ["+14055550001", "+14055550002"]},
    {"phone": "+14055550001"},
    {"state": "GA", "phone": "+14045550001"},
    {},
)
CHANGES: tuple[dict[str, Any] | str | bool | None, ...] = (
    None,
    "CA",
    "OK",
    True,
    False,
    {"state": "CA"},
    {"phone": "+12135550001"},
    {"phone": "+14055550002"},
    {"phones": ["+14055550002", "+14055550001"]},
    {"phones": ["+13055550001", "+12135550001", "+14055550002"]},
    {"state": "FL", "phone": "+13055550001"},
    {"postal_code": "32501"},
    {"postal_code": "73102"},
    {"postal_code": "90012"},
)
PHONES = ("+12135550001", "+13055550001", "+14045550001", "+14055550001", "+14055550002")
DISPOSITIONS = ("no-answer", "no-answer", "return", "later", "sold", "do-not-call", "contacted", "call-back")
pullers = st.sampled_from(PULLERS)
dispositions = st.sampled_from(DISPOSITIONS)
ahead = st.sampled_from([20, 90, 8 * 60, 20 * 60])
Call = tuple[str, int, str | None, int]
"""Who, minutes on the phone, what is recorded, and in how many minutes to call back."""
calls = st.tuples(pullers, st.sampled_from([0, 5, 16]), st.none() | dispositions, ahead)
days_work = st.lists(calls, min_size=2, max_size=5)
recently = st.integers(0, 5)
"""Which of what there is, counted from the newest."""
ALIKE = ("owner", "attempts", "last_holder", "last_disposition", "callback_for", "callback_at")
NEVER = "2100-01-01T00:00:00Z"
LATEST = datetime.fromisoformat("2026-03-20T00:00:00Z")


class _First:
    """Takes the first of several leads, as a pull does while it is quiet."""

    def choice(self, among: list[Any]) -> Any:
        return among[0]


def test_any_sequence_inside_calling_hours_goes_as_the_model_says(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "RANDOM", _First())

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
        self.name = f"pull-model-{uuid.uuid4()}"
        create_table(self.endpoint, self.name)
        self._opened = opened(self.endpoint, self.name)
        self.world: World = self._opened.__enter__()
        self.world.now = BEGIN
        self.world.install(*COMPANY)
        self.model = Model()
        self.leases: list[tuple[str, str, str]] = []
        self.recorded: dict[str, tuple[str, Mapping[str, Any] | None]] = {}
        for kind in (1, 2, 4, 5, 6, 7, 8):
            self.ingest(KINDS[kind])
            self.world.later(seconds=1)

    def teardown(self) -> None:
        self._opened.__exit__(None, None, None)
        client = dynamodb_client(self.endpoint)
        client.delete_table(TableName=self.name)
        client.close()

    now = property(lambda self: self.world.now)

    def some_lead(self, at: int) -> Lead:
        leads = list(self.model.leads.values())
        return leads[-1 - at % len(leads)]

    # What comes in

    @rule(kind=st.sampled_from(KINDS))
    def ingest(self, kind: dict[str, Any]) -> None:
        body = {"state": None, "phone": None, **kind}
        answer = self.world.submit(self.world.body(**body))
        phones = kind.get("phones") or ([kind["phone"]] if "phone" in kind else [])
        codes = ["do_not_call"] if self.model.suppressed.intersection(phones) else []
        assert (answer.status, [each["code"] for each in answer.body["warnings"]]) == (201, codes)
        self.world.deliver()
        delay = kind.get("pull_delay_minutes")
        due = self.now + timedelta(minutes=delay) if delay else None
        lead = str(answer.body["lead_id"])
        if self.model.turn is None and body["state"] == "GA":
            [found] = filing.read_candidates(self.world.store.table, [lead])
            self.model.turn = 1 if found.head.owner == "s1" else 0
        self.model.submit(
            Lead(lead, self.now, body["state"], [*phones], since=self.now, due=due, looked_at=self.now)
        )

    @rule(change=st.sampled_from(CHANGES), at=recently, who=pullers, at_once=st.booleans())
    def edit(self, change: Mapping[str, Any] | str | bool | None, at: int, who: str, at_once: bool) -> None:
        """A lead; or which state the first strategy spares, or whether the second keeps hours.

        Before the leads are filed anew a pull may miss one, but never gives what the new set-up forbids.
        """
        if isinstance(change, Mapping):
            lead = self.some_lead(at)
            is_edited = True
            try:
                edit.edit(self.world.store, ADMIN, lead.id, change, self.now)
            except Problem as problem:
                assert problem.code == "phone_lent"
                is_edited = False
            assert self.model.edit(lead, change, self.now) == is_edited
            return
        if isinstance(change, bool):
            self.world.put(again(change))
            self.model.has_hours = change
        else:
            self.world.put(first(change))
            self.model.spares = change
        if at_once:
            self.has_pulled(who, is_filed=False)
        self.world.deliver()
        self.model.refiled(self.now)

    @rule()
    def sweep_past(self) -> None:
        """Twice is as good as once."""
        sweep(self.world.container(), self.now)
        self.world.deliver()
        once = invariants.read(self.world)
        sweep(self.world.container(), self.now)
        self.world.deliver()
        twice = invariants.read(self.world)
        assert (once.raw_heads, once.events, once.queue) == (twice.raw_heads, twice.events, twice.queue)
        assert (once.callbacks, once.slots, once.states) == (twice.callbacks, twice.slots, twice.states)
        self.model.sweep(self.now)

    # What people do

    @rule(who=pullers)
    def pull(self, who: str) -> None:
        self.has_pulled(who)

    def has_pulled(self, who: str, *, is_filed: bool = True) -> bool:
        model = self.model
        answer = self.world.pull(who)
        got = answer["lead"]["id"] if answer["lead"] else None
        expected = model.may_get(who, self.now)
        if is_filed:
            assert got in expected, (answer, [model.leads.get(each) for each in expected])
        self._settle_those_passed_over()
        if got is None:
            assert not is_filed or datetime.fromisoformat(answer.get("retry_at", NEVER)) > self.now
            return False
        if got not in expected:
            assert model.is_lendable(model.leads[got], who, self.now)
        token = answer["lease"]["token"]
        lead = model.leads[got]
        model.pulled(lead, who, token, self.now)
        assert lead.lease is not None
        assert answer["strategy"] == lead.lease.strategy
        assert datetime.fromisoformat(answer["lease"]["expires_at"]) == lead.lease.expires
        assert answer["lease"]["phone"] == lead.lease.phone
        if (got, who, token) not in self.leases:
            self.leases.append((got, who, token))
        again = self.world.pull(who)
        assert (again["lead"]["id"], again["lease"]) == (got, answer["lease"])
        return True

    def _settle_those_passed_over(self) -> None:
        """A pull closes a lead that may not be called, and has one wait that has been called too often; what comes
        into the log closes the former too."""
        refused = [
            each.id
            for each in self.model.leads.values()
            if each.at != "closed" and not self.model.is_callable(each, self.now)
        ]
        for head in (each.head for each in filing.read_candidates(self.world.store.table, refused)):
            lead = self.model.leads[head.id]
            waits = head.over_call_limit and lead.free_from <= self.now < head.due
            if waits or head.standing == "closed":
                self.model.passed_over(lead, self.now, is_closed=head.standing == "closed")

    @precondition(lambda self: self.leases)
    @rule(at=recently, disposition=dispositions, minutes=ahead)
    def dispose(self, at: int, disposition: str, minutes: int) -> None:
        """On time, late, or once more."""
        identifier, user, token = self.leases[-1 - at % len(self.leases)]
        lead = self.model.leads[identifier]
        is_last = lead.lease is not None and lead.lease.token == token
        callback_at = self.now + timedelta(minutes=minutes) if disposition == "call-back" else None
        try:
            answer = self.world.dispose(user, identifier, disposition, token, callback_at=callback_at)
        except Problem as problem:
            if problem.status == 422:
                assert is_last
                self._check_refusal(lead, callback_at, problem)
                return
            assert (problem.status, is_last) == (409, False)
            before, _ = self.recorded.setdefault(token, (disposition, None))
            if before == disposition:
                assert (problem.code, self.recorded[token][1]) == ("lease_superseded", None)
                if disposition == "do-not-call":
                    self.model.suppressed.update(self.model.lent[token])
            else:
                assert problem.extra["recorded"] == before
            return
        assert answer.status == 200
        if token in self.recorded:
            before, body = self.recorded[token]
            assert body is not None
            for name in ("attempts", "status", "available_at"):
                assert (before, body[name]) == (disposition, answer.body[name])
        else:
            assert is_last
            self._check_callback(lead, callback_at)
            self.model.dispose(lead, user, disposition, self.now, callback_at)
            self.recorded[token] = (disposition, answer.body)

    @rule(at=recently, times=st.integers(1, 3), which=st.sampled_from([None, None, 0, 1]))
    def call(self, at: int, times: int, which: int | None) -> None:
        for _ in range(times):
            self.has_called(self.some_lead(at), which)
            self.world.later(seconds=1)

    def has_called(self, lead: Lead, which: int | None = None) -> None:
        """By who holds it, else by who owns it, else by an admin. which: the phone that they name."""
        holder = lead.lease.holder if lead.lease and lead.lease.expires > self.now else None
        who = holder or (lead.owner if lead.is_owned else ADMIN)
        named = lead.phones[which] if which is not None and which < len(lead.phones) else None
        phone = named or (self.model.called_on(lead, self.now) if lead.phones else None)
        expected = self.model.refusal(lead, phone, self.now) if phone else "invalid"
        try:
            answer = calling.call(self.world.store, who, lead.id, named, self.now)
        except Problem as problem:
            assert problem.code == expected
            if problem.extra.get("next_at"):
                assert datetime.fromisoformat(problem.extra["next_at"]) > self.now
            return
        assert (expected, answer.status, answer.body["phone"]) == (None, 201, phone)
        self.model.called(lead, answer.body["phone"], who, self.now)

    def _check_callback(self, lead: Lead, callback_at: datetime | None) -> None:
        if callback_at is not None:
            assert self.model.closing(lead, self.model.working(lead), callback_at) is not None

    def _check_refusal(self, lead: Lead, callback_at: datetime | None, problem: Problem) -> None:
        """Outside its hours; and the next time that is named is the first inside."""
        assert callback_at is not None
        strategy = self.model.working(lead)
        assert self.model.closing(lead, strategy, callback_at) is None
        following = datetime.fromisoformat(problem.extra["next_callback_at"])
        assert following == min(
            opens for opens, _ in windows(lead.places, callback_at) if opens >= callback_at
        )

    @rule(calls=days_work)
    def work_through(self, calls: list[Call]) -> None:
        for who, minutes, disposition, callback in calls:
            if self.has_pulled(who):
                self.world.later(minutes=minutes)
                if minutes == 5 and (held := self.model.held_by(who, self.now)):
                    self.has_called(held)
                if disposition is not None:
                    self.dispose(0, disposition, callback)

    @rule(at=recently, calls=days_work, hours=st.sampled_from([0, 4]))
    def work_through_the_morning(self, at: int, calls: list[Call], hours: int) -> None:
        """From when a lead's hours begin, or four hours later; a sweep has just passed."""
        if self.now < LATEST:
            opened = (start for start, _ in windows(self.some_lead(at).places, self.now))
            self.world.now = next(each for each in opened if each > self.now) + timedelta(hours=hours)
            sweep(self.world.container(), self.now)
            self.world.deliver()
            self.model.sweep(self.now)
            self.work_through(calls)

    @precondition(lambda self: self.owned)
    @rule(at=recently, disposition=dispositions, minutes=ahead)
    def dispose_of_own(self, at: int, disposition: str, minutes: int) -> None:
        """A user works a lead that they own, without a lease."""
        lead = self.owned[-1 - at % len(self.owned)]
        callback_at = self.now + timedelta(minutes=minutes) if disposition == "call-back" else None
        try:
            self.world.dispose(lead.owner, lead.id, disposition, None, callback_at=callback_at)
        except Problem as problem:
            assert problem.status == 422
            self._check_refusal(lead, callback_at, problem)
            return
        self._check_callback(lead, callback_at)
        if lead.lease is not None:
            token = lead.lease.token
            self.leases = [each for each in self.leases if each[2] != token]
        self.model.dispose(lead, lead.owner, disposition, self.now, callback_at)

    @property
    def owned(self) -> list[Lead]:
        """What users own and do not hold."""
        return [
            each
            for each in self.model.leads.values()
            if each.is_owned and each.at != "closed" and not (each.lease and each.lease.expires > self.now)
        ]

    @precondition(lambda self: self.leases)
    @rule(at=recently)
    def extend(self, at: int) -> None:
        identifier, user, token = self.leases[-1 - at % len(self.leases)]
        lead = self.model.leads[identifier]
        is_last = lead.lease is not None and lead.lease.token == token
        last = next(each for each in reversed(self.leases) if each[1] == user)
        try:
            leases.extend(self.world.store, user, identifier, token, self.now, None)
        except Problem as problem:
            assert problem.status in (404, 409)
            assert not is_last or last[2] != token or self.model.is_over(lead, self.now)
            return
        assert (is_last, last[2]) == (True, token)
        self.model.extend(lead, self.now)

    # What managers do

    @rule(at=recently, to=st.sampled_from(["corporate", "n1", "s1"]))
    def transfer(self, at: int, to: str) -> None:
        lead = self.some_lead(at)
        is_listed = self.model.is_barred(lead)
        try:
            transfer.transfer(self.world.store, ADMIN, lead.id, to, self.now, None)
        except Problem as problem:
            assert (problem.code, is_listed) == ("do_not_call", True)
            return
        assert not is_listed
        self.model.transfer(lead, to, self.now)
        self.world.deliver()

    @rule(phone=st.sampled_from(PHONES), is_import=st.booleans())
    def list_phone(self, phone: str, is_import: bool) -> None:
        if is_import:
            listing.start_import(self.world.store, ADMIN, [phone_row(1, phone)], Terms(), self.now, None)
        else:
            listing.put(self.world.store, ADMIN, phone, Terms(), self.now)
        self.world.deliver()
        self.model.list_phone(phone, self.now)

    @precondition(lambda self: self.model.suppressed)
    @rule(at=recently)
    def lift(self, at: int) -> None:
        """What is closed stays so."""
        among = sorted(self.model.suppressed)
        phone = among[at % len(among)]
        listing.lift(self.world.store, ADMIN, phone, self.now)
        self.model.suppressed.remove(phone)

    # Time

    @rule(span=st.sampled_from([30, 5 * 60, 16 * 60, 61 * 60, 4 * 3600, 12 * 3600, 24 * 3600]))
    def wait(self, span: int) -> None:
        if self.now < LATEST:
            self.world.later(seconds=span)

    @rule(at=recently, seconds=st.sampled_from([-600, -121, -120, -119, -1, 0]))
    def wait_for_an_edge(self, at: int, seconds: int) -> None:
        """To just before a lead's hours begin or end."""
        edges = (edge for window in windows(self.some_lead(at).places, self.now) for edge in window)
        to = next(each for each in edges if each + timedelta(seconds=seconds) > self.now)
        if self.now < LATEST:
            self.world.now = to + timedelta(seconds=seconds)

    # What must hold

    @invariant()
    def as_the_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        table = invariants.check(self.world, at_rest=True, leads=len(self.model.leads))
        self._settle_those_passed_over()
        for identifier, lead in self.model.leads.items():
            found, expected = _of_head(table.heads[identifier]), _of_lead(lead)
            differs = {name: (found[name], expected[name]) for name in found if found[name] != expected[name]}
            assert not differs, (identifier, differs)
        charged = {phone: list(calls.values()) for phone, calls in table.calls.items()}
        called: dict[str, list[datetime]] = defaultdict(list)
        for (phone, _), at in self.model.calls.items():
            called[self.world.store.contact_key(phone)].append(at)
        assert self._lately(charged) == self._lately(called)
        for phone in ("+13055550001", "+14055550001", "+14055550002"):
            assert phone in self.model.unasked or self._most_in_a_day(phone) <= 3
        self.world.later(seconds=1)

    def _most_in_a_day(self, phone: str) -> int:
        calls = [at for (each, _), at in self.model.calls.items() if each == phone]
        return max((sum(at - DAY < each <= at for each in calls) for at in calls), default=0)

    def _lately(self, calls: Mapping[str, list[datetime]]) -> dict[str, list[datetime]]:
        lately = {
            phone: sorted(at for at in all_of if at > self.now - DAY) for phone, all_of in calls.items()
        }
        return {phone: found for phone, found in lately.items() if found}


def _of_head(head: Head) -> dict[str, Any]:
    return {
        "at": "open" if head.standing == "spent" else head.standing,
        "lease": head.lease and (head.lease.holder, head.lease.expires, head.lease.call is None),
        "due": head.available_at,
        "pulls": head.pull_count,
        "over_limit": head.over_call_limit,
        "first_call": head.first_call_at,
        "made": [(each.user, each.at) for each in head.calls],
        **{name: getattr(head, name) for name in ALIKE},
    }


def _of_lead(lead: Lead) -> dict[str, Any]:
    return {
        "at": lead.at,
        "lease": lead.lease and (lead.lease.holder, lead.lease.expires, lead.lease.call is None),
        "due": lead.due,
        "pulls": lead.pulls,
        "over_limit": lead.over_limit,
        "first_call": lead.first_call,
        "made": lead.made,
        **{name: getattr(lead, name) for name in ALIKE},
    }
