"""A preview of a draft: of the last leads and the held ones, where they went and where they would go."""

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from routing.domain import preview
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.leads import Lead
from routing.domain.preview import Compared, Destination, Subject, compared, concerned, moves, reach
from routing.domain.push import Needs
from routing.services.company import drafts
from routing.services.company.drafts import Place
from routing.services.company.plan import Change
from routing.services.core import views
from routing.services.core.problems import MOST_SAID, Problem, told
from routing.services.core.store import Store
from routing.services.push.route import read
from routing.services.work.explain import as_it_stands
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, event_from, is_lead, submission_from
from routing.storage.table import Item, Page

MOST = 200
"""Leads, and held leads, that a preview decides."""
MOST_ACCOUNTS = 200
"""Accounts whose leads are looked for."""
MOST_MOVES = 100
"""Differences that are told, the most frequent ones."""
FIRST_PAGE = 25
ROUNDS = 6
"""How often more is read of the logs that may have later leads."""
SECONDS = 8.0
"""What deciding may take of the function's 20 seconds."""
FIRST_VERSION = 2
"""Of a head that push has routed; the one after it may tell where a lead went that was held at first."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A lead that came in, and where it went then; None when that is not known."""

    submission: Submission
    went: Destination | None


def shown(
    store: Store,
    user: str,
    changes: Sequence[tuple[Place, Change]],
    last: int,
    now: datetime,
    seconds: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """What a draft would change, and what saving it would be refused with; what is refused stays as it is.

    seconds: a clock that only goes on, by which deciding ends in time.
    """
    found = store.configuration.load()
    draft, problems = drafts.checked(found, changes, user, now)
    answer = {"as_of": views.time(now), "problems": _problems(problems)}
    if changes and not draft.strategies:
        return {**answer, **_decided([], [], [], [], 0)}
    come_in, may_hold = concerned(draft, draft.applied(found.company))
    of_types = preview.record_types(draft)
    submissions = _last(store, come_in[:MOST_ACCOUNTS], of_types, last)
    arrivals = _with_past(store, submissions)
    held = _held(store, may_hold[:MOST_ACCOUNTS], of_types)
    owners = {each.submission.key[0] for each in arrivals} | {each.owner for each, _ in held}

    def needs(company: Company) -> Needs:
        both = [reach(owners, each) for each in (company, draft.applied(company))]
        strategies = frozenset(name for each in both for name in each.strategies)
        return Needs(strategies, frozenset(name for each in both for name in each.users))

    company, states, presence = read(store, needs)
    ends = seconds() + SECONDS

    def decided(subjects: Sequence[Subject]) -> list[Compared]:
        return list(compared(subjects, company, draft, states, presence, now, lambda: seconds() < ends))

    of_held = decided([_held_subject(*each, now) for each in held])
    of_leads = decided([Subject(_as_new(each.submission, now)) for each in arrivals])
    more = max(0, len(come_in) - MOST_ACCOUNTS)
    return {**answer, **_decided(arrivals, of_leads, held, of_held, more)}


def _as_new(submission: Submission, now: datetime) -> Lead:
    """A lead as if it came in at `now`."""
    return Lead(
        submission.lead,
        submission.record_type,
        submission.key[0],
        now,
        values={**submission.values, "source": submission.source},
        fields=submission.fields,
    )


def _held_subject(head: Head, submission: Submission, now: datetime) -> Subject:
    supposed = as_it_stands(head, submission, now)
    return Subject(supposed.lead, supposed.last_holder)


# -- what is read -----------------------------------------------------------------------------------------------


def _last(store: Store, accounts: Sequence[str], record_types: Set[str], most: int) -> list[Submission]:
    """The last leads that came in at these accounts for push to route, oldest first.

    Each account's log is read backwards, a page of each at once, then more of those that may still have later ones.
    """
    found: dict[str, Item] = {}
    reading: dict[str, Mapping[str, Any] | None] = dict.fromkeys(accounts)
    limit = FIRST_PAGE
    for _ in range(ROUNDS if most else 0):
        pages = store.table.run_parallel(
            *(partial(_page, store, account, after, limit) for account, after in reading.items())
        )
        for page in pages:
            for item in page.items:
                if is_lead(item) and _is_routed(item, record_types):
                    found[keys.place_beside(item)] = item
        newest = sorted(found)[-most:]
        since = newest[0] if len(newest) == most else ""
        reading = {
            account: page.next
            for account, page in zip(reading, pages, strict=True)
            if page.next is not None and keys.place_beside(page.items[-1]) > since
        }
        if not reading:
            break
        limit = min(2 * limit, MOST)
    return [submission_from(found[each]) for each in sorted(found)[-most:]] if most else []


def _page(store: Store, account: str, after: Mapping[str, Any] | None, limit: int) -> Page:
    return store.table.query(keys.submission(account, "").pk, forward=False, after=after, limit=limit)


def _is_routed(item: Item, record_types: Set[str]) -> bool:
    """Whether push routes it: not one that came in closed, nor one whose person was erased."""
    is_other = bool(record_types) and item["record_type"] not in record_types
    return not (is_other or item.get("is_suppressed") or item.get("is_erased"))


def _with_past(store: Store, submissions: Sequence[Submission]) -> list[_Arrival]:
    """The leads with where they went, by their timelines."""
    versions = (FIRST_VERSION, FIRST_VERSION + 1)
    found = store.table.get_many([keys.event(each.lead, v) for each in submissions for v in versions])
    arrivals = []
    for each in submissions:
        entries = (found.get(keys.event(each.lead, v)) for v in versions)
        events = [event_from(item) for item in entries if item is not None]
        places = [place for event in events if (place := preview.went(event.kind, event.detail))]
        at_rest = (place for place in places if place.outcome != "held")
        arrivals.append(_Arrival(each, next(at_rest, next(iter(places), None))))
    return arrivals


def _held(store: Store, accounts: Sequence[str], record_types: Set[str]) -> list[tuple[Head, Submission]]:
    """The leads that have been held for longest at these accounts."""
    pages = store.table.run_parallel(
        *(
            partial(store.table.query, each, index="owner", begins=keys.in_standing("held"), limit=MOST)
            for each in accounts
        )
    )
    places = sorted(
        (keys.place_of(item, *keys.OWNER_INDEX)[keys.OWNER_INDEX[1]], keys.named(item))
        for page in pages
        for item in page.items
    )[:MOST]
    heads = store.table.get_many([keys.head(lead) for _, lead in places])
    present = [head_from(heads[keys.head(lead)]) for _, lead in places if keys.head(lead) in heads]
    present = [
        each
        for each in present
        if each.standing == "held" and (not record_types or each.record_type in record_types)
    ]
    entries = store.table.get_many([keys.submission(*each.submission) for each in present])
    return [
        (each, submission_from(entries[key]))
        for each in present
        if (key := keys.submission(*each.submission)) in entries and is_lead(entries[key])
    ]


# -- how it is told ---------------------------------------------------------------------------------------------


def _decided(
    arrivals: Sequence[_Arrival],
    of_leads: Sequence[Compared],
    held: Sequence[tuple[Head, Submission]],
    of_held: Sequence[Compared],
    accounts_left_out: int,
) -> dict[str, Any]:
    found = moves(of_leads, of_held)
    return {
        "summary": {
            "leads": len(of_leads),
            "leads_that_differ": sum(each.differs for each in of_leads),
            "held": len(of_held),
            "held_that_differ": sum(each.differs for each in of_held),
            "not_decided": len(arrivals) - len(of_leads) + len(held) - len(of_held),
            "accounts_left_out": accounts_left_out,
        },
        "differences": [
            {
                "as_is": _place(each.as_is),
                "with_draft": _place(each.with_draft),
                "leads": leads,
                "held": waiting,
            }
            for each, leads, waiting in found[:MOST_MOVES]
        ],
        "leads": [
            {
                **_lead(arrival.submission),
                "went": None if arrival.went is None else _place(arrival.went),
                **_sides(each),
            }
            for arrival, each in zip(arrivals, of_leads, strict=False)
        ],
        "held": [
            {
                **_lead(submission),
                "went": _place(Destination("held", head.owner)),
                **_sides(each),
            }
            for (head, submission), each in zip(held, of_held, strict=False)
        ],
    }


def _lead(submission: Submission) -> dict[str, Any]:
    names = (submission.values.get(name) for name in ("first_name", "last_name"))
    name = " ".join(each for each in names if isinstance(each, str)) or None
    return {"lead": {"id": submission.lead, "name": name}, "created_at": views.time(submission.created_at)}


def _sides(found: Compared) -> dict[str, Any]:
    return {
        "as_is": _place(found.as_is),
        "with_draft": _place(found.with_draft),
        "differs": found.differs,
    }


def _place(found: Destination) -> dict[str, Any]:
    return {
        "outcome": found.outcome,
        "account": found.account,
        "strategy": found.strategy,
        "pull": found.pull,
    }


def _problems(found: Sequence[tuple[Change, Problem]]) -> list[dict[str, Any]]:
    errors = told(problem for _, problem in found)
    return [
        {
            "kind": change.kind,
            "id": change.id[:MOST_SAID],
            "status": problem.status,
            "code": problem.code,
            "detail": problem.detail,
            "errors": wrong,
        }
        for (change, problem), wrong in zip(found, errors, strict=True)
    ]
