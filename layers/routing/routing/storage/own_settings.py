"""What users say of themselves: their own notification settings, which are no part of the set-up's versions.

They are kept with the version of the account that they were said of, and hold while it stands at that version: the
next save of the account says everything anew, and an id that is used again begins anew.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from routing.domain.company import Company
from routing.storage import keys
from routing.storage.table import Item, Key, Table, Write


def put(user: str, version: int, notify: Mapping[str, Any]) -> Write:
    """version: of the account as the user saw it."""
    key = keys.own_settings(user)
    said = json.dumps(notify, separators=(",", ":"))
    return Write("Put", item={"PK": key.pk, "SK": key.sk, "of": version, "notify": said})


def forget(user: str) -> Write:
    return Write("Delete", key=keys.own_settings(user))


def read(table: Table, users: Iterable[str], company: Company) -> dict[str, Mapping[str, Any]]:
    """The settings that hold, of those users that have any, in one round trip per hundred."""
    users = list(dict.fromkeys(users))
    return holding(table.get_many([keys.own_settings(each) for each in users]), users, company)


def holding(
    items: Mapping[Key, Item], users: Iterable[str], company: Company
) -> dict[str, Mapping[str, Any]]:
    """The settings that hold, of those users whose items are among the ones read."""
    found: dict[str, Mapping[str, Any]] = {}
    for user in users:
        item, account = items.get(keys.own_settings(user)), company.tree.get(user)
        if item is not None and account is not None and item["of"] == account.version:
            found[user] = json.loads(item["notify"])
    return found
