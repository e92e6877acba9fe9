"""The company: its set-up, who is there, and the scheduled run."""

from routing.services.company import set_up
from routing.services.core.problems import Problem
from routing.services.intake import source_keys
from routing.services.push import state
from routing.services.sweep import sweep
from routing.services.work import transfer
from routing.storage.presence import switch as switch_write
from tests.concurrency.invariants import kinds
from tests.concurrency.operation import Operation, plain
from tests.concurrency.world import ADMIN, World, once, push_strategy, user


class PutPush(Operation):
    """Recipients of a push strategy change while it has counts; the same body again is no new version."""

    answers_alike = False

    def prepare(self, world, number):
        for _ in range(2):
            world.routed("UT")
        before = world.store.configuration.load().company.push_strategies["straight"]
        who = ["w2", "e2"] if "w1" in before.accounts else ["w1", "w2", "e1"]
        return before.version, push_strategy("straight", "corporate", who, "UT", reset_interval="never")

    def act(self, world, store, given):
        return world.put(given[1], store).resource.version

    def confirm(self, world, table, given, answers):
        assert set(answers) == {given[0] + 1}
        assert table.states["straight"].strategy_version == given[0] + 1


class PutNew(Operation):
    """A resource that was not there: one version of it, whatever the trouble."""

    answers_alike = False

    def prepare(self, world, number):
        return user(f"new{number}", "east")

    def act(self, world, store, given):
        return world.put(given, store).resource.version

    def confirm(self, world, table, given, answers):
        assert set(answers) == {1}
        assert given[1]["id"] in world.container().configuration.load().company.tree


class Delete(Operation):
    answers_alike = False

    def prepare(self, world, number):
        world.put(push_strategy(f"gone{number}", "corporate", ["boss"], "TX"))
        world.routed("TX")
        return f"gone{number}"

    def act(self, world, store, given):
        try:
            set_up.delete(store, "push-strategies", given, ADMIN, None, world.now)
        except Problem as problem:
            return problem.status
        return 204

    def confirm(self, world, table, given, answers):
        assert answers[-1] == 404
        assert given not in world.container().configuration.load().company.push_strategies


class CreateKey(Operation):
    def prepare(self, world, number):
        return f"key-{number}"

    def act(self, world, store, given):
        return plain(source_keys.create(store, "api", "secret", False, world.now, once(given)))


class Reset(Operation):
    def prepare(self, world, number):
        world.routed("UT")
        return f"reset-{number}"

    def act(self, world, store, given):
        return plain(state.reset(store, "straight", world.now, once(given)))

    def confirm(self, world, table, given, answers):
        assert table.states["straight"].cursor == 0
        assert set(table.states["straight"].interval_counts) == {0}


class Switch(Operation):
    """Somebody comes back, and within one sweep the held leads are theirs."""

    needs_sweep = True

    def prepare(self, world, number):
        for each in ("w1", "w2", "e1"):
            world.store.table.write(switch_write(each, False, world.now))
        return world.routed("UT")

    def act(self, world, store, given):
        world.switch("w1", True, store)

    def confirm(self, world, table, given, answers):
        assert kinds(table, given) == ["held", "assigned"]
        assert table.heads[given].owner == "w1"


class Sweep(Operation):
    """What crashes and the passing of time leave behind: a lapsed lease, a cool-down over, an event that was lost."""

    answers_alike = False
    repeats = 1
    needs_sweep = True

    def prepare(self, world, number):
        given = {"lapsed": world.routed("NV")}
        self._pull(world, "e2", given["lapsed"])
        given["cooled"] = world.routed("NV")
        token = self._pull(world, "e3", given["cooled"])
        world.dispose("e3", given["cooled"], "no-answer", token)
        world.later(hours=5)
        given["lost"] = world.ingest("UT")
        world.skip()
        world.later(minutes=2)
        return given

    def _pull(self, world: World, who: str, lead: str) -> str:
        answer = world.pull(who)
        assert answer["lead"]["id"] == lead
        return answer["lease"]["token"]

    def act(self, world, store, given):
        sweep(store, world.now)

    def confirm(self, world, table, given, answers):
        assert kinds(table, given["lapsed"]) == ["filed", "pulled", "lease_expired"]
        assert kinds(table, given["cooled"]) == ["filed", "pulled", "disposition"]
        assert kinds(table, given["lost"]) == ["assigned"]
        ready = [table.queue[given[each]][0]["QPK"] for each in ("lapsed", "cooled")]
        assert all(each.startswith("READY#") for each in ready)
        for each in ("lapsed", "cooled"):
            lead = given[each]
            transfer.transfer(world.store, ADMIN, lead, "boss", world.now, None)
