"""Log entries of an owner, carried out in order: new leads are routed, requests done, each kind by its handler.

To add a kind: a name in `enqueue.RequestKind`, a function here or in its room, and a line in HANDLERS.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby

from routing.domain.heads import Head
from routing.services.core.store import Store
from routing.services.jobs import enqueue, walks
from routing.services.pull.filing import Candidate, new_head, read_candidates
from routing.services.push import held, receipts
from routing.services.push.route import LogReport, route
from routing.storage import jobs, keys, signatures
from routing.storage.leads import submission_from
from routing.storage.receipts import from_item
from routing.storage.table import ConditionFailed, Item, is_outage

ROUTABLE = frozenset({"new", "held", "unmatched"})
PAGE = 25
BY_SIGNATURE = "place"
"""How a page says that it goes on among the leads of placeable signatures."""


def handle(store: Store, entries: Sequence[Item], now: datetime) -> LogReport:
    """Carry out log entries in order. Stops at the first that the table's trouble keeps from being done."""
    report = LogReport()
    for is_lead, group in groupby(entries, key=lambda entry: entry["kind"] == "lead"):
        batch = list(group)
        try:
            if is_lead:
                route(store, _candidates(store, batch), now, report)
                report.done += len(batch)
            else:
                for entry in batch:
                    HANDLERS[entry["kind"]](store, entry, now, report)
                    report.done += 1
        except Exception as failure:  # anything but an outage is raised again
            if not is_outage(failure):
                raise
            report.failed = failure
            return report
    return report


def _candidates(store: Store, entries: Sequence[Item]) -> list[Candidate]:
    """New leads as ingest leaves them; one with a suppressed phone came in closed."""
    submissions = map(submission_from, entries)
    return [Candidate(new_head(store, each), each) for each in submissions if not each.is_suppressed]


def _is_routable(head: Head, now: datetime) -> bool:
    """Whether push may have the lead: not while somebody holds it, nor while it cools down after it was worked."""
    return head.standing in ROUTABLE and head.status_at(now) not in ("leased", "cooling")


def _route_request(store: Store, entry: Item, now: datetime, report: LogReport) -> None:
    found = read_candidates(store.table, entry["leads"])
    route(store, [each for each in found if _is_routable(each.head, now)], now, report)


def _walk_page(store: Store, entry: Item, now: datetime, report: LogReport) -> None:
    """The oldest held leads of an owner that could be placed, the next ones, and so on.

    Where the unmatched ones are asked for too, the set-up has changed: then all held ones come first, and then those.
    """
    owner = keys.named(entry)
    if not walks.goes_on(store.table, owner, entry, now):
        return
    standing, after = entry.get("standing", "held"), entry.get("after")
    if standing == "held" and not entry.get("unmatched") and (after is None or BY_SIGNATURE in after):
        found = store.table.get_many([keys.signatures(owner), keys.others(owner)])
        listed = signatures.from_item(found.get(keys.signatures(owner)))
        if listed.is_whole:
            names = held.placeable_now(store, owner, listed, now)
            others = signatures.others_from(found.get(keys.others(owner)))
            if others is not None and after is None:
                leads, walked = held.walk_others(store, owner, listed, names, others, now)
                enqueue.ask_some(store.table, owner, leads, now)
                with suppress(ConditionFailed):  # another walk was quicker, or one more is about to be held
                    store.table.write(walked)
            _by_signature(store, entry, names, now, report)
            return
        after = None
    page = store.table.query(owner, index="owner", begins=keys.in_standing(standing), after=after, limit=PAGE)
    candidates = read_candidates(store.table, [keys.named(item) for item in page.items])
    route(store, [each for each in candidates if _is_routable(each.head, now)], now, report)
    if page.next:
        enqueue.ask(store.table, enqueue.following(entry, page.next, now))
        return
    if standing == "held":
        store.table.write(signatures.whole(owner))
    if standing == "held" and entry.get("unmatched"):
        enqueue.ask(store.table, enqueue.following(entry, None, now, standing="unmatched"))
    else:
        walks.end(store.table, owner, entry, now)


def _by_signature(store: Store, entry: Item, names: Sequence[str], now: datetime, report: LogReport) -> None:
    """The oldest held leads of these signatures, the next ones, and so on."""
    owner = keys.named(entry)
    place = (entry.get("after") or {}).get(BY_SIGNATURE)
    leads, following = held.page(store.table, owner, names, place, PAGE)
    found = read_candidates(store.table, leads)
    route(store, [each for each in found if _is_routable(each.head, now)], now, report)
    if following is None:
        walks.end(store.table, owner, entry, now)
    else:
        enqueue.ask(store.table, enqueue.following(entry, {BY_SIGNATURE: following}, now))


def _page_of(store: Store, entry: Item, accounts: Iterable[str], now: datetime) -> list[str]:
    """The accounts that this entry is to see to, by id; the next page follows as a request of its own."""
    after = entry.get("after", {}).get("account", "")
    rest = sorted(each for each in set(accounts) if each > after)
    if len(rest) > PAGE:
        enqueue.ask(store.table, enqueue.following(entry, {"account": rest[PAGE - 1]}, now))
    return rest[:PAGE]


def _retry_request(store: Store, entry: Item, now: datetime, _: LogReport) -> None:
    walks.ask(store.table, [keys.named(entry)], now, unmatched=entry["unmatched"])


def _retry_all_request(store: Store, entry: Item, now: datetime, _: LogReport) -> None:
    company = store.configuration.load().company
    if "above" in entry:
        lines = (company.tree.lineage(each) for each in entry["above"])
        owners = {each for line in lines for each in line if not company.tree.is_user(each)}
    else:
        strategies = company.push_strategies.values()
        owners = {each.distributed_from for each in strategies if each.record_type == entry["record_type"]}
    page = _page_of(store, entry, owners, now)
    walks.ask(store.table, page, now, unmatched=entry["unmatched"])


def _now_a_job(store: Store, entry: Item, now: datetime, _: LogReport) -> None:
    """A request, or a page of one, that an earlier release left in the log: the whole of it becomes a job."""
    this, owner = keys.request_of(entry), keys.named(entry)
    match entry["kind"]:
        case "reassign":
            # Under its own name: what its first pages have moved stays where it is.
            asked = [jobs.ask("reassign", owner, now, this, to=entry.get("to"), by=entry.get("by"))]
        case "do_not_call":
            asked = [enqueue.close(each, now) for each in entry["contacts"]]
        case "import":
            asked = [jobs.ask("import", entry["import"], now)]
        case _:
            asked = [enqueue.refile(owner, now)]
    for each in asked:
        store.table.write(each)


HANDLERS: Mapping[str, Callable[[Store, Item, datetime, LogReport], None]] = {
    "route": _route_request,
    "retry": _retry_request,
    "retry_all": _retry_all_request,
    "walk": _walk_page,
    **dict.fromkeys(("refile", "reassign", "do_not_call", "import"), _now_a_job),
    "receipt": lambda store, entry, now, report: receipts.settle(store, from_item(entry), now, report),
    "abandoned": lambda *_: None,  # the mark of an ingest that never finished
}
"""By kind of request, what carries it out."""
