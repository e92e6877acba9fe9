"""Leads: taken in, routed, pulled, worked, moved, edited."""

from dataclasses import dataclass, replace
from datetime import timedelta

from routing.services.jobs import enqueue, walks
from routing.services.privacy import erase, retention
from routing.services.pull.pull import pull
from routing.services.work import edit, leases, notes, transfer
from routing.storage.jobs import Job
from routing.storage.leads import Submission
from routing.storage.presence import switch as switch_write
from tests.concurrency.invariants import everything, kinds
from tests.concurrency.operation import Operation, plain
from tests.concurrency.world import ADMIN, once, pull_strategy, push_strategy


class Ingest(Operation):
    answers_alike = False

    def prepare(self, world, number):
        return world.body("UT")

    def act(self, world, store, given):
        return world.submit(given, store)

    def confirm(self, world, table, given, answers):
        assert len({each.body["lead_id"] for each in answers}) == 1
        assert [each.status for each in answers[1:]] == [200] * len(answers[1:])
        assert all(each.body["duplicate"] == (each.status == 200) for each in answers)
        assert all(each.body["warnings"] == [] for each in answers)
        lead = answers[0].body["lead_id"]
        assert table.submissions[lead][0].received == given
        assert kinds(table, lead) == ["assigned"]


class IngestOnce(Operation):
    """With an Idempotency-Key, and no id of the client's own."""

    def prepare(self, world, number):
        body = world.body("UT")
        del body["external_id"]
        return body

    def act(self, world, store, given):
        return plain(world.submit(given, store, once(given["email"], body=given)))

    def confirm(self, world, table, given, answers):
        status, body = answers[0]
        assert (status, body["duplicate"]) == (201, False)
        assert kinds(table, body["lead_id"]) == ["assigned"]


class Push(Operation):
    """A batch that assigns down a chain, straight, and files; delivered again."""

    repeats = 1

    def prepare(self, world, number):
        for state in ("CO", "UT", "NV", "CO", "UT"):
            world.ingest(state)
        return world.undelivered()

    def act(self, world, store, given):
        world.handle(given, store)

    def confirm(self, world, table, given, answers):
        found = sorted(kinds(table, each["lead"]) for each in given)
        assert found == [["assigned"]] * 4 + [["filed"]]


@dataclass
class Hold(Operation):
    """The first lead of its signature is held; or one that no signature finds, for its strategy asks for its age."""

    by_age: bool = False

    def prepare(self, world, number):
        world.store.table.write(switch_write("boss", False, world.now))
        criteria = [{"field": "first_name", "operator": "equals", "value": f"Lea {number}"}]
        if self.by_age:
            criteria.append({"field": "created_at", "operator": "within_last", "value": "P7D"})
        world.put(push_strategy(f"only{number}", "corporate", ["boss"], criteria=criteria))
        world.deliver()
        return world.ingest("TX", first_name=f"Lea {number}"), world.undelivered()

    def act(self, world, store, given):
        world.handle(given[1], store)

    def confirm(self, world, table, given, answers):
        """That it is found by its signature, or noted as one that is not, is an invariant."""
        assert kinds(table, given[0]) == ["held"]


class PushHeld(Operation):
    """The walk over held leads, in pages that ask for one another."""

    def prepare(self, world, number):
        for each in ("w1", "w2", "e1"):
            world.store.table.write(switch_write(each, False, world.now))
        leads = [world.routed("UT") for _ in range(3)]
        for each in ("w1", "w2", "e1"):
            world.store.table.write(switch_write(each, True, world.now))
        walks.ask(world.store.table, ["corporate"], world.now, unmatched=True)
        return leads, world.undelivered()

    def act(self, world, store, given):
        world.handle(given[1], store)

    def confirm(self, world, table, given, answers):
        assert [kinds(table, each) for each in given[0]] == [["held", "assigned"]] * 3


class Ask(PushHeld):
    """The request for a walk, as a change of the set-up leaves it in the log, while one is under way."""

    def prepare(self, world, number):
        leads, entries = super().prepare(world, number)
        world.handle(entries)
        world.store.table.write(enqueue.retry("corporate", world.now, unmatched=True))
        return leads, [each for each in world.undelivered() if each["kind"] == "retry"]


class Refile(Operation):
    """After a pull strategy has changed, the leads it sees are filed anew, page by page."""

    repeats = 1
    needs_sweep = True

    def prepare(self, world, number):
        leads = [world.ingest("NV") for _ in range(3)]
        world.deliver()
        world.put(pull_strategy("again", "corporate", ["corporate"], priority=2 + number % 2))
        return leads

    def act(self, world, store, given):
        world.work(store)

    def confirm(self, world, table, given, answers):
        company = world.store.configuration.load().company
        assert world.jobs() == []
        assert [table.heads[each].filing_version for each in given] == [company.filing_version] * 3
        for each in given:
            transfer.transfer(world.store, ADMIN, each, "boss", world.now, None)


class Erase(Operation):
    """A lead that a user owns, with a note whose answer is kept: erased, and what stands beside it, page by page."""

    needs_sweep = True

    def prepare(self, world, number):
        body = world.body("UT")
        lead = world.submit(body, world.store).body["lead_id"]
        world.deliver()
        notes.note(world.store, ADMIN, lead, "whispered", world.now, once(lead))
        return lead, [body["phone"], body["email"], "whispered"]

    def act(self, world, store, given):
        answer = plain(erase.erase(store, ADMIN, given[0], world.now, None))
        world.work(store)
        return answer

    def confirm(self, world, table, given, answers):
        lead, values = given
        assert answers[0][0] == 200
        assert sorted(kinds(table, lead)) == ["assigned", "erased", "note"]
        assert world.jobs() == []
        head = table.heads[lead]
        assert (head.standing, head.phone_key) == ("closed", None)
        found = [(value, item) for item in everything(world) for value in values if value in item]
        assert found == []


class Retain(Operation):
    """Two leads whose time is over, each a page; what stands beside them goes after."""

    repeats = 1
    needs_sweep = True

    def prepare(self, world, number):
        world.put(("record-types", {"id": "lead", "name": "Lead", "fields": [], "retention_days": 30}))
        bodies = [world.body("NV"), world.body("NV")]
        leads = [world.submit(each, world.store).body["lead_id"] for each in bodies]
        world.deliver()
        world.later(days=31)
        return leads, [each[name] for each in bodies for name in ("phone", "email")]

    def act(self, world, store, given):
        job = Job("retain", "lead", "", world.now, cursor={"account": "corporate", "standing": "open"})
        for _ in range(2):
            job = replace(job, cursor=retention.page(store, job, world.now))

    def confirm(self, world, table, given, answers):
        leads, values = given
        assert [sorted(kinds(table, each)) for each in leads] == [["erased", "filed"]] * 2
        assert world.jobs() == []
        found = [(value, item) for item in everything(world) for value in values if value in item]
        assert found == []


class OnPulled(Operation):
    """An operation on a lead that `e1` has pulled."""

    def prepare(self, world, number):
        return self.pulled(world, world.routed("NV"))

    def pulled(self, world, lead):
        answer = world.pull("e1")
        while answer["lead"]["id"] != lead:
            world.dispose("e1", answer["lead"]["id"], "sold", answer["lease"]["token"])
            answer = world.pull("e1")
        return lead, answer["lease"]["token"]


class Pull(Operation):
    """After trouble the user holds one lead, whichever answer reached them. (`w2` pulls, and sells at once.)"""

    def prepare(self, world, number):
        return [world.routed("NV") for _ in range(2)]

    def act(self, world, store, given):
        return plain(pull(store, "w2", None, world.now))

    answers_alike = False

    def confirm(self, world, table, given, answers):
        assert len({(body["lead"]["id"], body["lease"]["token"]) for _, body in answers}) == 1
        lead = answers[0][1]["lead"]["id"]
        assert kinds(table, lead).count("pulled") == table.heads[lead].pull_count
        world.dispose("w2", lead, "sold", answers[0][1]["lease"]["token"])


class PullOnce(Pull):
    answers_alike = True

    def act(self, world, store, given):
        return plain(pull(store, "w2", None, world.now, once(given[0])))


class Dispose(OnPulled):
    """One disposition of each outcome: on the same lease the same again answers the same."""

    def __init__(self, disposition: str) -> None:
        self.disposition = disposition

    def act(self, world, store, given):
        lead, token = given
        due = {"callback_at": world.now + timedelta(hours=1)} if self.disposition == "call-back" else {}
        return plain(world.dispose("e1", lead, self.disposition, token, store, **due))

    def confirm(self, world, table, given, answers):
        assert answers[0][0] == 200
        lead, _ = given
        assert kinds(table, lead) == ["filed", "pulled", "disposition"]
        assert table.heads[lead].attempts == (0 if self.disposition == "return" else 1)
        assert "lease_token" not in table.slots["e1"]


class Extend(OnPulled):
    def act(self, world, store, given):
        return plain(leases.extend(store, "e1", *given, world.now, None))

    def confirm(self, world, table, given, answers):
        assert answers[0][0] == 200
        assert "lease_extended" in kinds(table, given[0])


class Note(OnPulled):
    def act(self, world, store, given):
        return plain(notes.note(store, "e1", given[0], "spoke", world.now, once(given[1])))

    def confirm(self, world, table, given, answers):
        assert sorted(kinds(table, given[0])) == ["filed", "note", "pulled"]


@dataclass
class Transfer(OnPulled):
    """Of a lead that somebody is working on: to a user, to a branch, or to be distributed from there."""

    to: str
    distribute: bool

    def act(self, world, store, given):
        only = once(given[1]) if self.distribute else None
        moved = transfer.transfer(
            store, "boss", given[0], self.to, world.now, only, distribute=self.distribute
        )
        return plain(moved)[0]

    def confirm(self, world, table, given, answers):
        assert answers[0] == 200
        found = kinds(table, given[0])
        head = table.heads[given[0]]
        if self.distribute:
            assert found == ["filed", "pulled", "transferred", "assigned"]
            assert head.owner in ("e1", "e2", "e3")
        else:
            assert head.owner == self.to
            assert set(found) == {"filed", "pulled", "transferred"}
        assert "lease_token" not in table.slots["e1"]


class Edit(Operation):
    """A held lead is edited so that it matches another strategy."""

    def prepare(self, world, number):
        for each in ("w1", "w2", "e1"):
            world.store.table.write(switch_write(each, False, world.now))
        lead = world.routed("UT")
        for each in ("w1", "w2", "e1"):
            world.store.table.write(switch_write(each, True, world.now))
        return lead, f"+1720555{number:04d}"

    def act(self, world, store, given):
        lead, phone = given
        return edit.edit(store, ADMIN, lead, {"state": "CO", "phone": phone}, world.now)["phone"]

    def confirm(self, world, table, given, answers):
        lead, phone = given
        submission: Submission = table.submissions[lead][0]
        assert (submission.values["state"], submission.values["phone"]) == ("CO", phone)
        assert kinds(table, lead).count("assigned") == 1
        assert table.heads[lead].owner in ("e1", "e2", "e3", "west")
