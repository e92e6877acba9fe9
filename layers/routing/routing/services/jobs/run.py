"""Log entries of an owner, carried out in order: new leads are routed, requests done, each kind by its handler.

To add a kind: a name in `enqueue.RequestKind`, a function here or in its room, and a line in HANDLERS.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from routing.domain.heads import Head
from routing.services.core.store import Store
from routing.services.do_not_call import imports, suppressions
from routing.services.jobs import enqueue, walks
from routing.services.pull import filing
from routing.services.pull.filing import FILED, Candidate, new_head, read_candidates
from routing.services.push.route import Report, route
from routing.services.work import reassign
from routing.storage import keys
from routing.storage.leads import submission_from
from routing.storage.table import Item, is_outage

ROUTABLE = frozenset({"new", "held", "unmatched"})
PAGE = 25


def handle(store: Store, entries: Sequence[Item], now: datetime) -> Report:
    """Carry out log entries in order. Stops at the first that the table's trouble keeps from being done."""
    report = Report()
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


def _route_request(store: Store, entry: Item, now: datetime, report: Report) -> None:
    found = read_candidates(store.table, entry["leads"])
    route(store, [each for each in found if _is_routable(each.head, now)], now, report)


def _walk_page(store: Store, entry: Item, now: datetime, report: Report) -> None:
    """The oldest held leads of an owner, the next ones, and so on; then, where said, the unmatched ones."""
    owner = keys.named(entry)
    if not walks.goes_on(store.table, owner, entry, now):
        return
    standing = entry.get("standing", "held")
    page = store.table.query(
        owner, index="owner", begins=keys.in_standing(standing), after=entry.get("after"), limit=PAGE
    )
    found = read_candidates(store.table, [keys.named(item) for item in page.items])
    route(store, [each for each in found if _is_routable(each.head, now)], now, report)
    if page.next:
        enqueue.ask(store.table, enqueue.following(entry, page.next, now))
    elif standing == "held" and entry.get("unmatched"):
        enqueue.ask(store.table, enqueue.following(entry, None, now, standing="unmatched"))
    else:
        walks.end(store.table, owner, entry, now)


def _page_of(store: Store, entry: Item, accounts: Iterable[str], now: datetime) -> list[str]:
    """The accounts that this entry is to see to, by id; the next page follows as a request of its own."""
    after = entry.get("after", {}).get("account", "")
    rest = sorted(each for each in set(accounts) if each > after)
    if len(rest) > PAGE:
        enqueue.ask(store.table, enqueue.following(entry, {"account": rest[PAGE - 1]}, now))
    return rest[:PAGE]


def _retry_request(store: Store, entry: Item, now: datetime, _: Report) -> None:
    walks.ask(store.table, [keys.named(entry)], now, unmatched=entry["unmatched"])


def _retry_all_request(store: Store, entry: Item, now: datetime, _: Report) -> None:
    company = store.configuration.load().company
    if "above" in entry:
        lines = (company.tree.lineage(each) for each in entry["above"])
        owners = {each for line in lines for each in line if not company.tree.is_user(each)}
    else:
        strategies = company.push_strategies.values()
        owners = {each.distributed_from for each in strategies if each.record_type == entry["record_type"]}
    page = _page_of(store, entry, owners, now)
    walks.ask(store.table, page, now, unmatched=entry["unmatched"])


def _refile_request(store: Store, entry: Item, now: datetime, report: Report) -> None:
    """One page of one standing; the next standings and the branches below follow as requests of their own."""
    owner = keys.named(entry)
    standing = entry.get("standing")
    base = keys.request_of(entry)
    if standing is None:
        # Held leads go through push once more, which files those that pull may have too.
        enqueue.ask(store.table, enqueue.retry(owner, now, unmatched=False, identifier=f"{base}.retry"))
        for each in FILED:
            enqueue.ask(
                store.table,
                enqueue.request(owner, "refile", now, identifier=f"{base}.{each}", standing=each),
            )
        if entry.get("below"):
            enqueue.ask(store.table, enqueue.following(entry, None, now, standing="below"))
        return
    if standing == "below":
        tree = store.configuration.load().company.tree
        for account in _page_of(
            store, entry, (each for each in tree.below(owner) if not tree.is_user(each)), now
        ):
            enqueue.ask(store.table, enqueue.request(account, "refile", now, identifier=f"{base}.{account}"))
        return
    page = store.table.query(
        owner, index="owner", begins=keys.in_standing(standing), after=entry.get("after"), limit=PAGE
    )
    report.internal += filing.refile(
        store, [keys.named(item) for item in page.items if keys.is_head(item)], now
    )
    if page.next:
        enqueue.ask(store.table, enqueue.following(entry, page.next, now))


HANDLERS: Mapping[str, Callable[[Store, Item, datetime, Report], None]] = {
    "route": _route_request,
    "retry": _retry_request,
    "retry_all": _retry_all_request,
    "walk": _walk_page,
    "refile": _refile_request,
    "reassign": lambda store, entry, now, _: reassign.carry_out(store, entry, now),
    "do_not_call": lambda store, entry, now, _: suppressions.close_leads(store, entry, now),
    "import": lambda store, entry, now, _: imports.carry_out(store, entry, now),
    "abandoned": lambda *_: None,  # the mark of an ingest that never finished
}
"""By kind of request, what carries it out."""
