"""Filing leads anew after the set-up has changed: those of an account and of all branches below it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from routing.domain.heads import Standing
from routing.services.core.store import Store
from routing.services.jobs import walks
from routing.services.pull import filing
from routing.services.pull.filing import FILED
from routing.storage import keys
from routing.storage.jobs import Job
from routing.storage.table import Page

PAGE = 25
AT_ONCE = 10
"""Stretches that are looked into together for the first that has leads: most accounts have few standings."""

Stretch = tuple[str, Standing]
"""The leads of an account in one standing."""


def page(
    store: Store, job: Job, now: datetime
) -> tuple[Mapping[str, Any] | None, list[tuple[str, Exception]]]:
    """File one page of leads. Answers with where the next begins, and with the leads that could not be filed."""
    left, after = _left(store, job)
    among = left[: 1 if after else AT_ONCE]
    pages: Sequence[Page] = store.table.run_parallel(
        *(lambda stretch=each: _read(store, stretch, after) for each in among)
    )
    at = next((at for at, found in enumerate(pages) if found.items), len(pages))
    if at == len(pages):
        return _from(left[len(pages) :]), []
    found = pages[at]
    account, standing = among[at]
    if standing == "held" and after is None:
        # Held leads go through push once more, which files those that pull may have too.
        walks.ask(store.table, [account], now, unmatched=True)
    leads = [keys.named(item) for item in found.items if keys.is_head(item)]
    failures = filing.refile(store, leads, now)
    if found.next:
        return {**_at(among[at]), "after": dict(found.next)}, failures
    return _from(left[at + 1 :]), failures


def _left(store: Store, job: Job) -> tuple[list[Stretch], Mapping[str, str] | None]:
    """The stretches that are still to be seen to, and after which of the first one's leads to go on."""
    tree = store.configuration.load().company.tree
    accounts = sorted({job.owner, *(each for each in tree.below(job.owner) if not tree.is_user(each))})
    stretches: list[Stretch] = [(account, standing) for account in accounts for standing in FILED]
    if job.cursor is None:
        return stretches, None
    here: Stretch = (job.cursor["account"], job.cursor["standing"])
    place = (here[0], FILED.index(here[1]))
    left = [each for each in stretches if (each[0], FILED.index(each[1])) >= place]
    return left, job.cursor.get("after") if left[:1] == [here] else None


def _at(stretch: Stretch) -> Mapping[str, Any]:
    return {"account": stretch[0], "standing": stretch[1]}


def _from(left: Sequence[Stretch]) -> Mapping[str, Any] | None:
    return _at(left[0]) if left else None


def _read(store: Store, stretch: Stretch, after: Mapping[str, str] | None) -> Page:
    account, standing = stretch
    return store.table.query(
        account, index="owner", begins=keys.in_standing(standing), after=after, limit=PAGE
    )
