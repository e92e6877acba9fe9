"""How fast does a file of leads come in, what does a row cost, and does a lead from the web wait meanwhile?

The product on this machine: a file is put and started over HTTP, while web leads come in. What a row writes is metered
by itself, with the table alone.
"""

import json
import os
import resource
import statistics
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from bench.company import opened
from bench.reports import Report, Section, number
from bench.saves import EVERY, Client
from routing.runtime import wiring
from routing.services.jobs import nudges
from routing.storage import jobs, keys
from routing.storage.heads import from_item
from tools import engines
from tools.local_api.container import BUCKET
from tools.local_api.server import LocalApi
from tools.meter import Meter

ROWS = int(os.environ.get("ROWS", "100000"))
METERED = 50
"""Rows that go in before push is waited for."""
MOST_WAIT = 2.0
"""Seconds until a web lead is assigned while a file comes in."""
_PATIENCE = 6 * 3600.0
_OVER = frozenset({"done", "failed"})


@dataclass(frozen=True, slots=True)
class Imported:
    """seconds: from the start to the end. grown: megabytes that the process took more at its peak than before.

    waits: of the web leads that came meanwhile, seconds until each was assigned.
    """

    rows: int
    created: int
    seconds: float
    grown: float
    waits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """Units for one row."""

    write: float
    index: float
    read: float


def report() -> Report:
    cost, imported = metered(), brought_in(ROWS)
    exceeded = []
    if imported.created != imported.rows:
        exceeded.append(f"of {imported.rows} rows {imported.created} are leads")
    if max(imported.waits) > MOST_WAIT:
        exceeded.append(f"a web lead waited {number(max(imported.waits))} s while a file came in")
    return Report([of_import(imported), of_cost(cost)], {"imports": [imported, cost]}, exceeded=exceeded)


def metered() -> Cost:
    """What the job of an import asks of the table, for each row."""
    with opened() as company:
        engines.create_bucket(os.environ["AWS_ENDPOINT_URL_S3"], BUCKET)
        begun = company.call("POST", "/v1/imports", {"source": "api"}, user="admin")
        _put(begun["upload_url"], METERED)
        company.call("POST", f"/v1/imports/{begun['import_id']}/start", {}, user="admin")
        job = jobs.from_item(wiring.store().table.get(keys.job("import_leads", begun["import_id"])) or {})
        message = {"messageId": "1", "receiptHandle": "1", "body": nudges.message(job)}
        with Meter(wiring.store().table.client, company.looker) as meter:
            company.functions.invoke("jobs", {"Records": [message]})
    units = meter.units
    return Cost(units.write / METERED, units.index / METERED, units.read / METERED)


def brought_in(rows: int) -> Imported:
    with LocalApi() as api:
        client = Client(api.url)
        _set_up(client)
        begun = client.done("POST", "/v1/imports", {"source": "api"})
        _put(begun["upload_url"], rows)
        where = f"/v1/imports/{begun['import_id']}"
        before, leads, began = _peak(), list[str](), time.monotonic()
        client.done("POST", f"{where}/start", {})
        while (found := client.done("GET", where, None))["status"] not in _OVER:
            leads.append(_web_lead(client, len(leads)))
            time.sleep(EVERY)
            if time.monotonic() - began > _PATIENCE:
                raise RuntimeError(json.dumps(found))
        took = time.monotonic() - began
        client.done("POST", "/_local/settle", {})
        return Imported(rows, found["leads_created"], took, _peak() - before, tuple(_waits(leads)))


def _set_up(client: Client) -> None:
    client.done(
        "PUT",
        "/v1/accounts/rep",
        {"id": "rep", "name": "Rep", "kind": "user", "parent": "corporate", "role": "rep"},
    )
    web = {
        "id": "web",
        "name": "Web",
        "record_type": "lead",
        "distributed_from": "corporate",
        "method": "round_robin",
        "criteria": [{"field": "channel", "operator": "equals", "value": "web"}],
        "recipients": [{"account": "rep"}],
    }
    client.done("PUT", "/v1/push-strategies/web", web)
    pulled = {
        "id": "all",
        "name": "All",
        "record_type": "lead",
        "distributed_from": "corporate",
        "recipients": ["corporate"],
        "calling_hours": False,
    }
    client.done("PUT", "/v1/pull-strategies/all", pulled)
    client.done("POST", "/_local/settle", {})


def _put(url: str, rows: int) -> None:
    lines = ["First Name,Last Name,Email,Phone,State,Zip,Product,Loan Amount,Campaign,Comments"]
    lines += [
        f"First{at},Last{at},p{at}@example.com,+1303{2_000_000 + at},CO,80202,purchase,{350_000 + at},spring,{at}"
        for at in range(rows)
    ]
    sent = urllib.request.Request(url, "\n".join(lines).encode(), method="PUT")  # noqa: S310 - of this machine
    urllib.request.urlopen(sent).close()  # noqa: S310 - of this machine


def _web_lead(client: Client, number_of: int) -> str:
    lead = {"channel": "web", "first_name": "Ana", "email": f"web{number_of}@example.com"}
    return str(client.done("POST", "/v1/leads", lead)["lead_id"])


def _waits(leads: list[str]) -> Iterator[float]:
    for item in wiring.store().table.get_many([keys.head(each) for each in leads]).values():
        head = from_item(item)
        if head.standing == "assigned" and head.since is not None:
            yield (head.since - head.created_at).total_seconds()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def of_import(imported: Imported) -> Section:
    waits = imported.waits
    row = (
        f"{imported.rows:,}",
        f"{number(imported.seconds)} s",
        f"{imported.rows / imported.seconds:,.0f}",
        f"{imported.grown:.0f} MB",
        str(len(waits)),
        f"{number(statistics.median(waits))} s",
        f"{number(max(waits))} s",
    )
    columns = (
        "rows", "took", "rows a second", "memory grew by", "web leads meanwhile", "median wait", "longest",
    )  # fmt: skip
    note = (
        "All functions and the stream in one process on this machine, whose push is what a file waits for. Memory: the "
        "peak of that process from the start on. A wait is from when a web lead was taken in to when it was assigned."
    )
    return Section("A file comes in", columns, [row], note)


def of_cost(cost: Cost) -> Section:
    row = (f"{number(cost.write)} + {number(cost.index)}", number(cost.read))
    note = "The job alone: the lead, its contacts, its log entry, and a part of what a chunk writes. Push comes to it."
    return Section("What a row asks of the table", ("write units + index", "read units"), [row], note)
