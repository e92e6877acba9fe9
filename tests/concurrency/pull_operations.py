"""Pull as hours, limits and waiting make it: calls that are counted, leases cut, leads taken back or to the front."""

from datetime import datetime, timedelta

import pytest

from routing.domain.pull import OVERDUE_RANK
from routing.services.core.problems import Problem
from routing.services.pull.pull import pull
from routing.services.sweep import sweep
from routing.services.work import calls, dispositions, leases, transfer
from routing.services.work.dispositions import DispositionInput
from tests.concurrency import invariants
from tests.concurrency.invariants import kinds
from tests.concurrency.lead_operations import Dispose, OnPulled, Pull
from tests.concurrency.operation import Operation, plain
from tests.concurrency.world import ADMIN, once, pull_strategy, push_strategy

NEW = [{"field": "attempts", "operator": "equals", "value": 0}]


class PullCounted(Pull):
    """In Oklahoma a pull is a call, and counted: once, whichever answer arrives."""

    def prepare(self, world, number):
        return [world.routed("OK") for _ in range(2)]

    def confirm(self, world, table, given, answers):
        phone = world.store.contact_key(answers[0][1]["lead"]["phone"])
        assert len(table.calls[phone]) == 1
        super().confirm(world, table, given, answers)


class PullUnderLimit(Pull):
    """The invariants compare the user's counts with the timelines."""

    def prepare(self, world, number):
        limits = {"hourly_limit": 500, "daily_limit": 900}
        world.put(pull_strategy("fresh", "corporate", ["corporate"], priority=1, criteria=NEW, **limits))
        return super().prepare(world, number)

    def confirm(self, world, table, given, answers):
        assert {body["strategy"] for _, body in answers} == {"fresh"}
        assert table.slots["w2"]["pulls"]["fresh"][1] > 0
        super().confirm(world, table, given, answers)


class PullAtCallLimit(Operation):
    """The only lead that is ready has a phone that was called three times: it waits, and nothing is served."""

    def prepare(self, world, number):
        phone = f"+1405556{number:04d}"
        for _ in range(3):
            lead = world.routed("OK", phone=phone)
            answer = world.pull("e1")
            assert answer["lead"]["id"] == lead
            world.dispose("e1", lead, "sold", answer["lease"]["token"])
        return world.routed("OK", phone=phone), world.now + timedelta(hours=24)

    def act(self, world, store, given):
        return plain(pull(store, "w2", None, world.now))

    def confirm(self, world, table, given, answers):
        lead, until = given
        assert [each["reason"] for each in answers[0][1]["why"]] == ["call_limit"]
        assert kinds(table, lead) == ["filed", "call_limit"]
        head = table.heads[lead]
        assert (head.available_at, head.over_call_limit, head.pull_count) == (until, True, 0)
        transfer.transfer(world.store, ADMIN, lead, "boss", world.now, None)


class GiveCallBack(Dispose):
    """What was no attempt was no call."""

    def __init__(self) -> None:
        super().__init__("return")

    def prepare(self, world, number):
        return self.pulled(world, world.routed("OK"))

    def confirm(self, world, table, given, answers):
        assert table.heads[given[0]].phone_key not in table.calls
        super().confirm(world, table, given, answers)
        transfer.transfer(world.store, ADMIN, given[0], "boss", world.now, None)


class CallPulled(OnPulled):
    """The call is the one that the pull reserved."""

    def prepare(self, world, number):
        return self.pulled(world, world.routed("OK"))

    def act(self, world, store, given):
        lead, token = given
        return plain(calls.call(store, "e1", lead, None, world.now, once(token)))

    def confirm(self, world, table, given, answers):
        assert answers[0][0] == 201
        lead, token = given
        head = table.heads[lead]
        assert kinds(table, lead) == ["filed", "pulled", "called"]
        assert len(table.calls[head.phone_key]) == 1
        assert (head.lease.call, head.first_call_at) == (None, datetime.fromisoformat(answers[0][1]["at"]))
        world.dispose("e1", lead, "sold", token)


class CallOwned(Operation):
    """Two calls are counted, and an attempt without one counts a third; a fourth is refused."""

    def prepare(self, world, number):
        world.now = world.now.replace(hour=20)
        lead = world.routed("OK", phone=f"+1405557{number:04d}")
        transfer.transfer(world.store, ADMIN, lead, "e2", world.now, None)
        calls.call(world.store, "e2", lead, None, world.now)
        return lead

    def act(self, world, store, given):
        return plain(calls.call(store, "e2", given, None, world.now, once(given)))

    def confirm(self, world, table, given, answers):
        assert answers[0][0] == 201
        assert kinds(table, given) == ["filed", "transferred", "called", "called"]
        phone = table.heads[given].phone_key
        assert len(table.calls[phone]) == 2
        for _ in range(3):
            world.dispose("e2", given, "no-answer", None)
        assert len(invariants.read(world).calls[phone]) == 3
        with pytest.raises(Problem, match="as often as it may be"):
            calls.call(world.store, "e2", given, None, world.now)


class AttemptWithoutCall(Operation):
    """What is recorded without a call of its own counts one, once."""

    def prepare(self, world, number):
        lead = world.routed("OK", phone=f"+1405558{number:04d}")
        transfer.transfer(world.store, ADMIN, lead, "e2", world.now, None)
        return lead

    def act(self, world, store, given):
        recorded = DispositionInput("no-answer")
        return plain(dispositions.dispose(store, "e2", given, recorded, world.now, once(given)))

    def confirm(self, world, table, given, answers):
        assert answers[0][0] == 200
        assert len(table.calls[table.heads[given].phone_key]) == 1
        assert table.heads[given].attempts == 1


class ExtendToTheEnd(OnPulled):
    """Ten minutes before Hawaii closes a lease gets no fifteen."""

    def prepare(self, world, number):
        hours = {"priority": 1, "criteria": NEW, "calling_hours": True}
        world.put(pull_strategy("fresh", "corporate", ["corporate"], **hours))
        world.deliver()
        world.now = datetime.fromisoformat("2026-03-03T06:40:00Z") + timedelta(days=number)
        found = self.pulled(world, world.routed("HI", phone=None))
        world.later(minutes=10)
        return (*found, world.now + timedelta(minutes=10))

    def act(self, world, store, given):
        return plain(leases.extend(store, "e1", *given[:2], world.now, None))

    def confirm(self, world, table, given, answers):
        closes = given[2]
        assert datetime.fromisoformat(answers[0][1]["lease"]["expires_at"]) == closes
        assert table.heads[given[0]].lease.expires == closes
        transfer.transfer(world.store, ADMIN, given[0], "boss", world.now, None)


class TakeBack(Operation):
    """The sweep takes a lead from a user who did nothing with it in ten minutes, and push gives it to another."""

    answers_alike = False
    repeats = 1

    def prepare(self, world, number):
        terms = {"reset_interval": "never", "take_back_after_minutes": 10}
        world.put(push_strategy("straight", "corporate", ["w1", "w2", "e1"], "UT", **terms))
        lead = world.routed("UT")
        world.later(minutes=10)
        return lead

    def act(self, world, store, given):
        sweep(store, world.now)

    def confirm(self, world, table, given, answers):
        assert kinds(table, given) == ["assigned", "taken_back", "assigned"]
        head = table.heads[given]
        assert head.standing == "assigned"
        assert {head.owner, head.last_holder} < {"w1", "w2", "e1"}
        assert head.owner != head.last_holder
        transfer.transfer(world.store, ADMIN, given, "boss", world.now, None)


class SweepForward(Operation):
    """The sweep brings a lead that has waited for an hour before all others."""

    answers_alike = False
    repeats = 1

    def prepare(self, world, number):
        terms = {"priority": 2, "max_attempts": 3, "max_wait": "PT1H"}
        world.put(pull_strategy("again", "corporate", ["corporate"], **terms))
        lead = world.routed("NV")
        world.later(hours=1)
        return lead

    def act(self, world, store, given):
        sweep(store, world.now)

    def confirm(self, world, table, given, answers):
        assert kinds(table, given) == ["filed"]
        assert [each["QSK"][0] for each in table.queue[given]] == [OVERDUE_RANK]
        transfer.transfer(world.store, ADMIN, given, "boss", world.now, None)
