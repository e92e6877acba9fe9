"""What comes of one person twice: taken in, merged, by how the first lead stands."""

from typing import Any

from routing.services.work import receipts
from routing.services.work.transfer import transfer
from tests.concurrency import invariants
from tests.concurrency.invariants import kinds
from tests.concurrency.operation import Operation, plain
from tests.concurrency.world import ADMIN, once

RULES = {"rules": [["email"], ["phone", "last_name"]]}


def merges(world, *, deliver: bool = True, **other: Any) -> None:
    """Have leads of one e-mail, or of one phone and name, count as one, unless they do."""
    if world.store.configuration.load().company.record_types["lead"].dedupe is None:
        world.put(
            ("record-types", {"id": "lead", "name": "Lead", "fields": [], "dedupe": {**RULES, **other}})
        )
        if deliver:
            world.deliver()


class IngestDeduped(Operation):
    """A person who is not known: head, entry and claims at once."""

    answers_alike = False

    def prepare(self, world, number):
        merges(world)
        return world.body("UT", last_name="Lee")

    def act(self, world, store, given):
        return world.submit(given, store)

    def confirm(self, world, table, given, answers):
        assert len({each.body["lead_id"] for each in answers}) == 1
        assert [each.status for each in answers[1:]] == [200] * len(answers[1:])
        lead = answers[0].body["lead_id"]
        assert kinds(table, lead) == ["assigned"]
        assert sum(each["lead"] == lead for each in table.claims) == 2


class IngestDuplicate(Operation):
    """Of a person who is known: a receipt, and one only."""

    def prepare(self, world, number):
        merges(world)
        first = world.body("NV", last_name="Lee")
        lead = world.submit(first).body["lead_id"]
        world.deliver()
        return lead, {**world.body("NV", last_name="Lee"), "phone": first["phone"]}

    def act(self, world, store, given):
        return plain(world.submit(given[1], store))

    def confirm(self, world, table, given, answers):
        lead, _ = given
        status, body = answers[0]
        assert (status, body["lead_id"], body["duplicate"]) == (200, lead, True)
        assert kinds(table, lead) == ["filed", "asked_again"]
        assert sum(each["lead"] == lead for each in table.claims) == 3
        transfer(world.store, ADMIN, lead, "boss", world.now, None)


class IngestDuplicateOnce(IngestDuplicate):
    """With an Idempotency-Key, and no id of the client's own."""

    def prepare(self, world, number):
        lead, body = super().prepare(world, number)
        return lead, {name: value for name, value in body.items() if name != "external_id"}

    def act(self, world, store, given):
        return plain(world.submit(given[1], store, once(given[1]["email"], body=given[1])))


class IngestLinked(Operation):
    """Of two persons who are known: a lead that is linked to both."""

    answers_alike = False

    def prepare(self, world, number):
        merges(world)
        one, other = world.body("NV"), world.body("NV", last_name="Lee")
        leads = [world.submit(each).body["lead_id"] for each in (one, other)]
        world.deliver()
        both = {**world.body("UT", last_name="Lee"), "email": one["email"], "phone": other["phone"]}
        return leads, both

    def act(self, world, store, given):
        return world.submit(given[1], store)

    def confirm(self, world, table, given, answers):
        leads, _ = given
        assert len({each.body["lead_id"] for each in answers}) == 1
        assert all(set(each.body["linked_to"]) == set(leads) for each in answers)
        assert kinds(table, answers[0].body["lead_id"]) == ["assigned"]
        for each in leads:
            transfer(world.store, ADMIN, each, "boss", world.now, None)


class Merge(Operation):
    """Push merges a receipt into a lead that stands as `stands` says; delivered again."""

    repeats = 2

    def __init__(self, stands: str) -> None:
        self.stands = stands

    def prepare(self, world, number):
        merges(world)
        state = "UT" if self.stands == "owned" else "NV"
        first = world.body(state, last_name="Lee")
        lead = world.submit(first).body["lead_id"]
        world.deliver()
        if self.stands in ("sold", "not-interested", "no-answer"):
            pulled = world.pull("e1")
            assert pulled["lead"]["id"] == lead
            world.dispose("e1", lead, self.stands, pulled["lease"]["token"])
        world.submit({**world.body(state, last_name="Lee"), "email": first["email"]})
        return lead, world.undelivered()

    def act(self, world, store, given):
        world.handle(given[1], store)

    def confirm(self, world, table, given, answers):
        lead, _ = given
        assert kinds(table, lead).count("asked_again") == 1
        new = [each for each, entries in table.submissions.items() if entries[0].linked_to == (lead,)]
        assert len(new) == (self.stands == "sold")
        standing = table.heads[lead].standing
        assert standing == {"owned": "assigned", "sold": "closed"}.get(self.stands, "open")
        for each in (lead, *new):
            if table.heads[each].standing == "open":
                transfer(world.store, ADMIN, each, "boss", world.now, None)


class ClaimAll(Operation):
    """A rule is saved: the leads that are there are claimed for, page by page."""

    repeats = 1
    needs_sweep = True

    def prepare(self, world, number):
        world.put(("record-types", {"id": "lead", "name": "Lead", "fields": []}))
        leads = [world.routed("UT") for _ in range(3)]
        hours = 720 + number % 2
        body = {"id": "lead", "name": "Lead", "fields": [], "dedupe": {**RULES, "within_hours": hours}}
        world.put(("record-types", body))
        return leads

    def act(self, world, store, given):
        world.work(store)

    def confirm(self, world, table, given, answers):
        assert world.jobs() == []
        claimed = [each["lead"] for each in table.claims]
        assert all(claimed.count(each) == 2 for each in given)


class ReleaseReceipt(IngestDuplicate):
    """A receipt that was merged becomes a lead of its own, once."""

    answers_alike = False

    def prepare(self, world, number):
        lead, body = super().prepare(world, number)
        world.submit(body)
        world.deliver()
        (receipt,) = [
            name for name, each in invariants.read(world).marks.items() if each["receipt_of"] == lead
        ]
        return lead, receipt

    def act(self, world, store, given):
        return plain(receipts.release(store, ADMIN, *given, world.now, None))

    def confirm(self, world, table, given, answers):
        lead, receipt = given
        assert {body["lead_id"] for _, body in answers} == {receipt}
        assert [status for status, _ in answers[1:]] == [200] * len(answers[1:])
        assert kinds(table, lead) == ["filed", "asked_again", "receipt_released"]
        assert {each["lead"] for each in table.claims} >= {lead, receipt}
        for each in (lead, receipt):
            transfer(world.store, ADMIN, each, "boss", world.now, None)
