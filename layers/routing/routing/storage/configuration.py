"""The company's set-up in the table, and the container's copy of it.

One item counts the versions of the whole set-up. Each decision reads it with what else it reads, and the copy serves
while the count has not moved: never by age. When it has, the container reads what each version since has changed, and
everything only when it has no copy or is far behind. A resource's present body is under `CONFIG`, every body it ever
had under its own key; a deleted one leaves a marker, so that its versions go on when it comes back.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from routing.domain.calling_rules import rule_id
from routing.domain.company import Company
from routing.domain.resources import (
    BUILT_IN_VERSION,
    Body,
    Kind,
    built_in,
    changed,
    company,
    in_present_words,
    key_of,
    values,
)
from routing.storage import keys
from routing.storage.sizes import item_size
from routing.storage.table import Item, Key, Table, Write, to_item

LAYOUT = 2
"""How items stand in the table. A table is marked with it by its first save, or when what an earlier release left has
been moved; one without a mark is of the first. 2: the registry of queues has an item for each owner."""


MOST_BEHIND = 100
"""Versions that a container catches up with one by one; everything is read where it is further behind."""
CHANGES_KEPT = timedelta(days=7)


class NewerLayout(Exception):
    """The table was written by a release that keeps items otherwise. Nothing can be read from it safely."""

    def __init__(self, layout: int) -> None:
        super().__init__(f"the table has layout {layout}, and this release knows {LAYOUT}")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its body, or None when it is deleted, and its version.

    since: when it was created, or came back after it had been deleted; None for what has stood since the company
    began.
    """

    body: Body | None
    version: int
    changed_at: str | None = None
    changed_by: str | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class SetUp:
    """The whole set-up at one version: the resources as stored, and the company that decisions read."""

    resources: Mapping[tuple[Kind, str], Resource]
    company: Company

    def having(self, kind: Kind, key: str, resource: Resource) -> "SetUp":
        """As it would be with one resource so."""
        resources = {**self.resources, (kind, key): resource}
        return SetUp(resources, changed(self.company, kind, key, resource.body, resource.version))


class Configuration:
    """Loads the set-up, and keeps it for as long as its version stands."""

    def __init__(self, table: Table, timezone: str, admin: str) -> None:
        self._table = table
        self._defaults = {
            key: Resource(body, BUILT_IN_VERSION) for key, body in built_in(timezone, admin).items()
        }
        self._lock = threading.Lock()
        self._held: SetUp | None = None
        self._stored: Mapping[str, Resource] = {}
        """By sort key; what `_held` was made of, beside the defaults."""

    @property
    def held(self) -> Company | None:
        """The container's copy, for planning reads. Decide on it only after `current` has confirmed it."""
        return self._held.company if self._held else None

    def current(self, version_item: Item | None) -> Company:
        """The company at the version that `version_item` (read with the state it decides on) names, or later."""
        return self.set_up(version_item).company

    def set_up(self, version_item: Item | None) -> SetUp:
        version = int(version_item["v"]) if version_item else 0
        with self._lock:
            if self._held is None or self._held.company.version < version:
                self._held = self._caught_up(version_item) or self._load()
            return self._held

    def load(self) -> SetUp:
        """The set-up as of now: one round trip when the copy still stands."""
        return self.set_up(self._table.get(keys.VERSION))

    def _caught_up(self, version_item: Item | None) -> SetUp | None:
        """The container's copy with what was changed since; None when that is too much, or is not all there."""
        if self._held is None or version_item is None:
            return None
        changes = self._changes(self._held.company.version, version_item)
        if changes is None:
            return None
        self._check_layout(self._table.get(keys.FORMAT))
        return self._made({**self._stored, **changes}, version_item)

    def _changes(self, seen: int, version_item: Item) -> dict[str, Resource] | None:
        """The resources as they are since the version `seen`, by their sort keys. None: read everything instead.

        An earlier release notes no changes, and what it saved is missing then.
        """
        version = int(version_item["v"])
        if version - seen > MOST_BEHIND:
            return None
        first, last = keys.change(seen + 1), keys.change(version)
        items = list(self._table.query_all(first.pk, first=first.sk, last=last.sk)) if seen < version else []
        if len(items) != version - seen:
            return None
        return {name: _present(name, item) for item in items for name in item["names"]}

    def _load(self) -> SetUp:
        while True:
            before = self._table.get(keys.VERSION)
            items = {item["SK"]: item for item in self._table.query_all(keys.VERSION.pk)}
            after = self._table.get(keys.VERSION)
            # What was read while others saved is brought to where they left off: their changes say what is, not how.
            changes = (
                {}
                if before == after
                else self._changes(int(before["v"]), after)
                if before and after
                else None
            )
            if changes is not None:
                break
        mark = items.pop(keys.FORMAT.sk, None)
        self._check_layout(mark)
        items.pop(keys.VERSION.sk, None)
        stored = {name: _present(name, item) for name, item in items.items()}
        return self._made({**stored, **changes}, after)

    def _check_layout(self, mark: Item | None) -> None:
        if (layout := int((mark or {}).get("layout", LAYOUT))) > LAYOUT:
            raise NewerLayout(layout)

    def _made(self, stored: Mapping[str, Resource], version_item: Item | None) -> SetUp:
        """The set-up of these items, by their sort keys; of the present copy what is the same is kept."""
        stored = {name: stored[name] for name in sorted(stored)}
        found: dict[tuple[Kind, str], Resource] = {}
        # A calling rule may be stored under its id alone, as it was once. Such an item comes before those with a
        # date, so that the one with the same date counts.
        for name, resource in stored.items():
            kind, identifier = name.split("#", 1)
            kind = cast(Kind, kind)
            found[kind, key_of(kind, resource.body) if resource.body is not None else identifier] = resource
        resources = {key: each for key, each in self._defaults.items() if not _is_deleted(key, found)} | found
        version, filing = (int(version_item["v"]), int(version_item["filing"])) if version_item else (0, 0)
        bodies = {key: (each.body, each.version) for key, each in resources.items() if each.body is not None}
        since = {
            name: datetime.fromisoformat(each.since)
            for (kind, name), each in resources.items()
            if kind == "accounts" and each.since is not None
        }
        unchanged = {}
        if self._held is not None:
            before = self._held.resources
            unchanged = {
                key: value
                for key, value in values(self._held.company).items()
                if before.get(key) is resources.get(key)
            }
        self._stored = stored
        return SetUp(resources, company(bodies, version, filing, since, unchanged))

    def comes_with_the_product(self, kind: Kind, identifier: str) -> bool:
        """Whether every company has it, until it is deleted."""
        return any((of, rule_id(name)) == (kind, identifier) for of, name in self._defaults)

    def versions(self, kind: Kind, identifier: str) -> list[Resource]:
        """Every version that was saved, newest first; a built-in one at the end."""
        partition = keys.config_version(kind, identifier, 0).pk
        saved = [from_item(item) for item in self._table.query_all(partition, forward=False)]
        defaults = [
            each for (of, name), each in self._defaults.items() if (of, rule_id(name)) == (kind, identifier)
        ]
        return [*saved, *defaults]


def _is_deleted(key: tuple[Kind, str], stored: Mapping[tuple[Kind, str], Resource]) -> bool:
    """Whether the calling rule that comes with the product was deleted as a whole, under its id alone."""
    kind, name = key
    return kind == "calling-rules" and (kind, rule_id(name)) in stored


def _present(name: str, item: Item) -> Resource:
    """A resource as it stands, in the words of this release. name: its sort key."""
    resource, kind = from_item(item), cast(Kind, name.partition("#")[0])
    return (
        resource if resource.body is None else replace(resource, body=in_present_words(kind, resource.body))
    )


def from_item(item: Mapping[str, Any]) -> Resource:
    body = item.get("body")
    return Resource(
        json.loads(body) if body else None,
        int(item["version"]),
        item["changed_at"],
        item["changed_by"],
        item.get("since"),
    )


def _to_item(resource: Resource) -> Item:
    return {
        "version": resource.version,
        "body": None if resource.body is None else json.dumps(resource.body, separators=(",", ":")),
        "changed_at": resource.changed_at,
        "changed_by": resource.changed_by,
        "since": resource.since,
    }


def size(resource: Resource) -> int:
    """Bytes of the resource as stored, without its key."""
    return item_size(to_item(_to_item(resource)))


def save(
    kind: Kind,
    identifiers: Sequence[str],
    resource: Resource,
    seen: int,
    now: datetime,
    *,
    refiles: bool,
) -> list[Write]:
    """Write one resource's next version, if the whole set-up still is at version `seen`.

    identifiers: the resource's key (`key_of`). To delete a calling rule, its id and the keys of its dated versions.
    refiles: the change may move leads in the pull queues.
    """
    history = keys.config_version(kind, rule_id(identifiers[0]), resource.version)
    # Without a stored count there is no filing version to keep, so the first save names one.
    filing = ", filing = :next, filed_since = :now" if refiles or seen == 0 else ""
    counter = Write(
        "Update",
        key=keys.VERSION,
        update=f"SET v = :next{filing}",
        condition="attribute_not_exists(PK)" if seen == 0 else "v = :seen",
        values={
            ":next": seen + 1,
            **({} if seen == 0 else {":seen": seen}),
            **({":now": keys.millis(now)} if filing else {}),
        },
    )
    return [
        counter,
        *(_put(keys.config(kind, each), resource) for each in identifiers),
        _put(history, resource),
        _change(kind, identifiers, resource, seen + 1, now),
        *([marked()] if seen == 0 else []),
    ]


def marked() -> Write:
    """Mark the table with how its items stand."""
    return Write("Put", item={"PK": keys.FORMAT.pk, "SK": keys.FORMAT.sk, "layout": LAYOUT})


def _change(kind: Kind, identifiers: Sequence[str], resource: Resource, version: int, now: datetime) -> Write:
    """What this version of the whole set-up is about, for containers that have the one before."""
    key = keys.change(version)
    item = {
        "PK": key.pk,
        "SK": key.sk,
        "names": [keys.config(kind, each).sk for each in identifiers],
        "expires": int((now + CHANGES_KEPT).timestamp()),
        **_to_item(resource),
    }
    return Write("Put", item=item)


def _put(key: Key, resource: Resource) -> Write:
    return Write("Put", item={"PK": key.pk, "SK": key.sk, **_to_item(resource)})
