"""What is asked for, and done later: requests in the intake log of an owner for push, jobs for everything else.

`route`: these leads. `retry`: start a walk over the owner's held leads, or have one follow that which is under way.
`retry_all`: the same for many owners. `walk`: a page of such a walk. Such long work is done a page at a time, each page
a request of its own under a key that follows from its predecessor's: a repeat repeats nothing.

What push does not decide is a job, so that no new lead waits behind it: `refile`, every lead of the owner and of those
below that pull strategies might see otherwise than they did; `reassign`, every lead of a leaver; `close`, the open
leads of a phone that was suppressed; `import`, the phones of a do-not-call list; `import_leads`, the rows of a file;
`park`, what is closed in a queue that is open; `erase`, what stands beside a lead whose person was erased;
`retain`, the leads of a record type whose time is over; `claim`, what the leads of one claim that begins to dedupe.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from routing.domain.accounts import CORPORATE
from routing.storage import jobs, keys
from routing.storage.requests import put
from routing.storage.table import ConditionFailed, Table, Write

CARRIED = ("unmatched", "standing", "above", "record_type")
"""What a request says that holds for all of its pages."""
AT_A_TIME = 25
"""Leads that one request asks to be routed where new ones shall not wait behind it."""
RequestKind = Literal["route", "retry", "retry_all", "walk"]


def request(
    owner: str, kind: RequestKind, now: datetime, *, identifier: str | None = None, **detail: Any
) -> Write:
    """A log entry. identifier: a key of one's own makes asking twice the same as asking once."""
    return put(owner, identifier or keys.time_id(now), kind, now, **detail)


def ask(table: Table, write: Write) -> None:
    """Append a request, unless it has been appended before."""
    try:
        table.write(write)
    except ConditionFailed:
        return


def route(owner: str, leads: Sequence[str], now: datetime, identifier: str | None = None) -> Write:
    return request(owner, "route", now, identifier=identifier, leads=list(leads))


def ask_some(table: Table, owner: str, leads: Sequence[str], now: datetime) -> None:
    """Have these leads routed, some at a time, so that new ones do not wait behind them all."""
    for at in range(0, len(leads), AT_A_TIME):
        ask(table, route(owner, leads[at : at + AT_A_TIME], now))


def retry(owner: str, now: datetime, *, unmatched: bool, identifier: str | None = None) -> Write:
    return request(owner, "retry", now, identifier=identifier, unmatched=unmatched)


def retry_of_record_type(record_type: str, now: datetime) -> Write:
    """For every account that distributes leads of this type."""
    return request(CORPORATE, "retry_all", now, record_type=record_type, unmatched=True)


def retry_above(accounts: Iterable[str], now: datetime) -> Write:
    """For these accounts and all that are above them."""
    return request(CORPORATE, "retry_all", now, above=sorted(accounts), unmatched=False)


def refile(owner: str, now: datetime) -> Write:
    return jobs.ask("refile", owner, now)


def reassign(leaver: str, now: datetime, *, to: str | None, by: str | None) -> Write:
    """to: the account that gets the leads; None routes each again from where it came. by: who asks."""
    return jobs.ask("reassign", leaver, now, to=to, by=by)


def close(contact_key: str, now: datetime) -> Write:
    """Have the open leads of a phone closed, if it is suppressed by then."""
    return jobs.ask("close", contact_key, now)


def claim(record_type: str, now: datetime) -> Write:
    """Have everything claimed that the leads of the look-back claim under the record type's rule."""
    return jobs.ask("claim", record_type, now)


def import_leads(identifier: str, now: datetime) -> Write:
    """Have an import of leads carried out, or its file made ready to be read."""
    return jobs.ask("import_leads", identifier, now)


def park(queue: str, now: datetime) -> Write:
    """Have the leads of a queue (its triple) stand aside that nobody may call now; twice within a minute is once."""
    wanted = f"{keys.sortable(now.replace(second=0, microsecond=0))}-park"
    return jobs.ask("park", queue, now, wanted)


def erase(lead: str, now: datetime) -> Write:
    """Have what stands beside an erased lead go."""
    return jobs.ask("erase", lead, now)


def retain(record_type: str, now: datetime) -> Write:
    """Have the persons erased of leads of this type whose time is over."""
    return jobs.ask("retain", record_type, now)


def following(
    entry: Mapping[str, Any], after: Mapping[str, str] | None, now: datetime, **changed: Any
) -> Write:
    """The request for the page after this one, which goes on after this key, or with another detail from the start."""
    identifier, page = keys.request_of(entry), keys.page_of(entry)
    detail = {name: entry[name] for name in CARRIED if name in entry}
    return request(
        keys.named(entry),
        entry["kind"],
        now,
        identifier=keys.page(identifier, page + 1),
        **{**detail, **changed, "after": dict(after) if after else None},
    )
