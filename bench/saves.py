"""How long does a new lead wait while the set-up is saved, and does a pull go on?

The product on this machine, over HTTP, by its clock: leads come in and are assigned, users pull what is ready; then all
pull strategies are saved, and every ready lead is to be filed anew, by jobs, while the same goes on.
"""

import http.client
import itertools
import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bench.reports import Report, Section, number
from routing.runtime import wiring
from routing.storage import keys
from routing.storage.heads import from_item
from tools.local_api.server import LocalApi

READY = 1_000
STRATEGIES = 20
REPS = 10
SECONDS = 20.0
"""How long each side is watched at least; the saves are at the beginning of the second, and end within it."""
EVERY = 1 / 3
"""Seconds from one new lead to the next; from one pull to the next too."""
MOST_LONGER = 1.0
"""Seconds that a new lead may wait longer while strategies are saved."""
_CALLS_AT_ONCE = 4
_LOOKS = 300
_PATIENCE = 120.0
_OK, _MOST_OK = 200, 299


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen meanwhile. waits: seconds from when a lead was taken in to when it was assigned. pulls: how many
    were answered with which status. saving: seconds that the saves took; None where nothing was saved.
    """

    when: str
    waits: tuple[float, ...]
    pulls: dict[int, int]
    saving: float | None = None


@dataclass(frozen=True, slots=True)
class _Floor:
    """What happens in a stretch of time: the leads that came in, and how pulls were answered."""

    leads: list[str] = field(default_factory=list)
    pulls: Counter[int] = field(default_factory=Counter)


class Client:
    """Calls the API at `url`, each time on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc

    def call(self, method: str, path: str, body: object, user: str = "admin") -> tuple[int, Any]:
        """The status and the answer's JSON."""
        headers = {"Authorization": f"Bearer dev:{user}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection(self._address, timeout=_PATIENCE)) as connection:
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        return answer.status, json.loads(content) if content else None

    def done(self, method: str, path: str, body: object) -> Any:
        """As the administrator; what was answered. RuntimeError when it was refused."""
        status, answer = self.call(method, path, body)
        if not _OK <= status <= _MOST_OK:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer


def report() -> Report:
    watched = watch()
    before, meanwhile = watched
    exceeded = []
    if (longer := max(meanwhile.waits) - max(before.waits)) > MOST_LONGER:
        exceeded.append(f"while strategies are saved a new lead waits {number(longer)} s longer")
    if set(meanwhile.pulls) != {_OK}:
        exceeded.append(f"while strategies are saved pulls are answered {meanwhile.pulls}")
    return Report([of_watched(watched)], {"saves": watched}, exceeded=exceeded)


def watch(ready: int = READY, strategies: int = STRATEGIES, seconds: float = SECONDS) -> list[Watched]:
    """Before, and while the strategies are saved."""
    with LocalApi() as api:
        client = Client(api.url)
        _set_up(client, strategies)
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
            list(pool.map(lambda at: _post(client, f"channel-{at % strategies}"), range(ready)))
        client.done("POST", "/_local/settle", {})
        return [
            _watched("before", client, seconds, None),
            _watched("while they are saved", client, seconds, lambda: _save(client, strategies, "again")),
        ]


def _watched(when: str, client: Client, seconds: float, save: Callable[[], float] | None) -> Watched:
    floor = _Floor()
    with _at_work(client, floor, seconds):
        saving = save() if save is not None else None
    return Watched(when, tuple(_waits(floor.leads)), dict(floor.pulls), saving)


def _waits(leads: Sequence[str]) -> Iterator[float]:
    """Each lead's, once all have been assigned."""
    for _ in range(_LOOKS):
        found = wiring.store().table.get_many([keys.head(lead) for lead in leads])
        heads = [from_item(item) for item in found.values()]
        if all(head.standing == "assigned" for head in heads):
            break
        time.sleep(EVERY)
    else:
        raise RuntimeError("some new leads are assigned to nobody")
    for head in heads:
        if head.since is not None:
            yield (head.since - head.created_at).total_seconds()


@contextmanager
def _at_work(client: Client, floor: _Floor, seconds: float) -> Iterator[None]:
    """Leads come in, and reps pull and record, for so long, and until what is done meanwhile has ended."""
    is_over = threading.Event()

    def regularly(step: Callable[[int], None]) -> None:
        for at in itertools.count():
            began = time.monotonic()
            step(at)
            if is_over.wait(max(0.0, EVERY - (time.monotonic() - began))):
                return

    def pull(at: int) -> None:
        rep = f"rep-{at % REPS}"
        status, answer = client.call("POST", "/v1/pull", {}, rep)
        floor.pulls[status] += 1
        if status == _OK and answer["lead"] is not None:
            body = {"disposition": "no-answer", "lease_token": answer["lease"]["token"]}
            client.call("POST", f"/v1/leads/{answer['lead']['id']}/dispositions", body, rep)

    begun = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        running = [
            pool.submit(regularly, lambda _: floor.leads.append(_post(client, "web"))),
            pool.submit(regularly, pull),
        ]
        try:
            yield
            time.sleep(max(0.0, begun + seconds - time.monotonic()))
        finally:
            is_over.set()
        for each in running:
            each.result()


def _set_up(client: Client, strategies: int) -> None:
    client.done("PUT", "/v1/record-types/lead", {"id": "lead", "name": "Lead", "fields": []})
    reps = [f"rep-{at}" for at in range(REPS)]
    for rep in reps:
        body = {"id": rep, "name": rep, "kind": "user", "parent": "corporate", "role": "rep"}
        client.done("PUT", f"/v1/accounts/{rep}", body)
    web = {
        "id": "web",
        "name": "Web",
        "record_type": "lead",
        "distributed_from": "corporate",
        "method": "round_robin",
        "criteria": [{"field": "channel", "operator": "equals", "value": "web"}],
        "recipients": [{"account": rep} for rep in reps],
    }
    client.done("PUT", "/v1/push-strategies/web", web)
    _save(client, strategies, "first")


def _save(client: Client, strategies: int, note: str) -> float:
    """Save each with another criterion, so that all that it serves is to be filed anew; how long that took."""
    began = time.monotonic()
    for at in range(strategies):
        values = [f"channel-{at}", note]
        body = {
            "id": f"pull-{at:02d}",
            "name": f"Pull {at}",
            "record_type": "lead",
            "distributed_from": "corporate",
            "priority": at + 1,
            "recipients": ["corporate"],
            "calling_hours": False,
            "criteria": [{"field": "channel", "operator": "in", "value": values}],
        }
        client.done("PUT", f"/v1/pull-strategies/{body['id']}", body)
    return time.monotonic() - began


def _post(client: Client, channel: str) -> str:
    lead = {"channel": channel, "first_name": "Ana", "email": "ana@example.com"}
    return str(client.done("POST", "/v1/leads", lead)["lead_id"])


def of_watched(watched: Sequence[Watched]) -> Section:
    rows = [
        (
            each.when,
            f"{len(each.waits)}",
            f"{number(statistics.median(each.waits))} s",
            f"{number(max(each.waits))} s",
            ", ".join(f"{count} x {status}" for status, count in sorted(each.pulls.items())),
            "" if each.saving is None else f"{number(each.saving)} s",
        )
        for each in watched
    ]
    note = (
        f"{READY:,} leads are ready, three come in a second. A wait is from when the lead was taken in to when it was "
        "assigned, by the clock of the local runner, which serves all functions in one process."
    )
    columns = (f"{STRATEGIES} pull strategies", "new leads", "median wait", "longest", "pulls", "saving took")
    return Section("New leads while the set-up is saved", columns, rows, note)
