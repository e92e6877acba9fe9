"""What is done to contacts and with them, as operations: the do-not-call list, its imports, appointments."""

from datetime import timedelta

from routing.domain.lists.phones import phone_row
from routing.services.core.problems import Problem
from routing.services.do_not_call import listing
from routing.services.work import appointments, reassign
from routing.storage import contacts, keys
from routing.storage.appointments import from_item
from tests.concurrency.invariants import kinds
from tests.concurrency.operation import Operation, plain
from tests.concurrency.world import ADMIN, World, once

FOR_GOOD = listing.Terms("asked")


def actions(world: World, phone: str) -> list[str]:
    """What was done to a phone's place on the list, oldest first."""
    partition = keys.contact(world.store.contact_key(phone)).pk
    items = world.store.table.query_all(partition, begins="CHANGE#")
    return [each.action for each in sorted(map(contacts.change_from, items), key=lambda each: each.at)]


def is_listed(world: World, phone: str) -> bool:
    return bool(listing.get(world.container(), ADMIN, phone, world.now)["listed"])


class _OnPhone(Operation):
    """An operation on a phone that has a lead to be pulled and one that a user owns."""

    answers_alike = False

    def prepare(self, world, number):
        phone = world.body()["phone"]
        return phone, [world.routed(state, phone=phone) for state in ("NV", "UT")]

    def closed(self, table, leads):
        found = [kinds(table, each) for each in leads]
        assert found == [["filed", "closed"], ["assigned", "closed"]], found


class Suppress(_OnPhone):
    """However often it is said: one change, and its leads closed once."""

    def act(self, world, store, given):
        return listing.put(store, ADMIN, given[0], FOR_GOOD, world.now)

    def confirm(self, world, table, given, answers):
        assert [created for created, _ in answers[1:]] == [False] * (len(answers) - 1)
        assert {shown["listed"] for _, shown in answers} == {True}
        assert actions(world, given[0]) == ["suppressed"]
        self.closed(table, given[1])


class Lift(Operation):
    answers_alike = False

    def prepare(self, world, number):
        phone = world.body()["phone"]
        listing.put(world.store, ADMIN, phone, FOR_GOOD, world.now)
        world.later(seconds=1)
        return phone

    def act(self, world, store, given):
        try:
            listing.lift(store, ADMIN, given, world.now)
        except Problem as problem:
            return problem.status
        return 204

    def confirm(self, world, table, given, answers):
        assert answers[-1] == 404
        assert set(answers) <= {204, 404}
        assert actions(world, given) == ["suppressed", "lifted"]
        assert not is_listed(world, given)


class Import(_OnPhone):
    """Asked for with an Idempotency-Key: one import, which runs to its end."""

    answers_alike = True

    def act(self, world, store, given):
        rows = [phone_row(1, given[0]), phone_row(2, "nobody")]
        only = once(given[0], "imports")
        return plain(listing.start_import(store, ADMIN, rows, FOR_GOOD, world.now, only))

    def confirm(self, world, table, given, answers):
        status, body = answers[0]
        assert (status, body["phones"]) == (202, 1)
        found = listing.import_status(world.store, ADMIN, body["import_id"], world.now)
        assert (found["status"], found["added"]) == ("done", 1)
        assert actions(world, given[0]) == ["suppressed"]
        self.closed(table, given[1])


class ImportChunk(_OnPhone):
    """Chunks done again: each phone once, the count exact, one piece of news."""

    repeats = 1
    needs_sweep = True

    def prepare(self, world, number):
        phone, leads = super().prepare(world, number)
        there, new = world.body()["phone"], world.body()["phone"]
        listing.put(world.store, ADMIN, there, FOR_GOOD, world.now)
        world.deliver()
        rows = [phone_row(line, each) for line, each in enumerate([phone, there, new], start=1)]
        answer = listing.start_import(world.store, ADMIN, rows, FOR_GOOD, world.now, None)
        return phone, leads, there, new, answer.body["import_id"]

    def act(self, world, store, given):
        world.work(store)

    def confirm(self, world, table, given, answers):
        phone, leads, there, new, identifier = given
        found = listing.import_status(world.store, ADMIN, identifier, world.now)
        counts = [found[name] for name in ("handled", "added", "extended", "already_listed")]
        assert (found["status"], counts) == ("done", [3, 2, 0, 1])
        assert [sorted(actions(world, each)) for each in (phone, there, new)] == [
            ["suppressed"],
            ["confirmed", "suppressed"],
            ["suppressed"],
        ]
        told = list(world.store.table.query_all(f"IMPORT#{identifier}", begins="EVENT#"))
        assert [each["kind"] for each in told] == ["import_done"]
        self.closed(table, leads)


class IngestListed(Operation):
    """A lead with a listed phone comes in closed."""

    answers_alike = False

    def prepare(self, world, number):
        body = world.body("UT")
        listing.put(world.store, ADMIN, body["phone"], FOR_GOOD, world.now)
        return body

    def act(self, world, store, given):
        return world.submit(given, store)

    def confirm(self, world, table, given, answers):
        assert [each.status for each in answers[1:]] == [200] * len(answers[1:])
        for each in answers:
            assert [warning["code"] for warning in each.body["warnings"]] == ["do_not_call"]
        lead = answers[0].body["lead_id"]
        assert (kinds(table, lead), table.heads[lead].standing) == (["closed"], "closed")


class _WithAppointment(Operation):
    def prepare(self, world, number):
        lead = world.routed("UT")
        owner = world.store.table.get(keys.head(lead))["owner"]
        at = world.now + timedelta(days=1)
        answer = appointments.make(world.store, owner, lead, at, None, world.now, None)
        return lead, owner, answer.body["id"]

    def left(self, world, lead):
        items = world.store.table.query_all(keys.head(lead).pk, begins=keys.APPOINTMENT)
        return [from_item(each) for each in items]


class MakeAppointment(_WithAppointment):
    def prepare(self, world, number):
        return world.routed("UT")

    def act(self, world, store, given):
        at = world.now + timedelta(days=1)
        return plain(appointments.make(store, ADMIN, given, at, "notes", world.now, once(given, "meet")))

    def confirm(self, world, table, given, answers):
        (found,) = self.left(world, given)
        assert (answers[0][0], answers[0][1]["id"]) == (201, found.id)
        assert sorted(kinds(table, given)) == ["appointment_made", "assigned"]


class CancelAppointment(_WithAppointment):
    answers_alike = False

    def act(self, world, store, given):
        lead, owner, identifier = given
        try:
            appointments.cancel(store, owner, lead, identifier, world.now)
        except Problem as problem:
            return problem.status
        return 204

    def confirm(self, world, table, given, answers):
        assert answers[-1] == 404
        assert self.left(world, given[0]) == []
        assert kinds(table, given[0]).count("appointment_cancelled") == 1


class MoveAppointments(_WithAppointment):
    """With a leaver's leads, to one other user; moved once."""

    repeats = 1
    needs_sweep = True

    def prepare(self, world, number):
        given = super().prepare(world, number)
        reassign.reassign(world.store, ADMIN, given[1], "e3", world.now, None)
        return given

    def act(self, world, store, given):
        world.work(store)

    def confirm(self, world, table, given, answers):
        assert [each.user for each in self.left(world, given[0])] == ["e3"]
        assert table.heads[given[0]].owner == "e3"
        assert kinds(table, given[0]).count("appointment_moved") == 1
