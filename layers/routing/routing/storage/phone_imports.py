"""Imports of phones that are not to be called: how far each is, the phones, and the event that says it is done."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.storage import keys
from routing.storage.contacts import Action
from routing.storage.leads import dumps
from routing.storage.table import Item, Write

KEPT = timedelta(days=90)
COUNTED: Mapping[Action, str] = {"suppressed": "added", "changed": "extended", "confirmed": "already_listed"}
"""Under which name the import counts what it did to a phone."""


@dataclass(frozen=True, slots=True)
class PhoneImport:
    """phones, rejected: lines with a phone, each once, and lines without. position: how many are done.

    counts: by the names of COUNTED.
    """

    id: str
    by: str
    at: datetime
    phones: int
    rejected: int
    reason: str | None = None
    until: datetime | None = None
    position: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    finished: datetime | None = None


def put_new(found: PhoneImport, phones: Sequence[str]) -> list[Write]:
    state, listed = keys.phone_import(found.id), keys.imported_phones(found.id)
    expires = int((found.at + KEPT).timestamp())
    return [
        Write(
            "Put",
            item={
                "PK": state.pk,
                "SK": state.sk,
                "by": found.by,
                "at": keys.millis(found.at),
                "phones": found.phones,
                "rejected": found.rejected,
                "reason": found.reason,
                "until": keys.millis(found.until) if found.until else None,
                "position": 0,
                **dict.fromkeys(COUNTED.values(), 0),
                "expires": expires,
            },
        ),
        Write(
            "Put", item={"PK": listed.pk, "SK": listed.sk, "phones": "\n".join(phones), "expires": expires}
        ),
    ]


def from_item(item: Item) -> PhoneImport:
    return PhoneImport(
        id=item["PK"].split("#", 1)[1],
        by=item["by"],
        at=keys.instant(item["at"]),
        phones=int(item["phones"]),
        rejected=int(item["rejected"]),
        reason=item.get("reason"),
        until=keys.instant(item["until"]) if "until" in item else None,
        position=int(item["position"]),
        counts={name: int(item[name]) for name in COUNTED.values()},
        finished=keys.instant(item["finished"]) if "finished" in item else None,
    )


def phones_from(item: Item) -> list[str]:
    phones: str = item["phones"]
    return phones.split("\n")


def progressed(seen: PhoneImport, counts: Mapping[str, int], now: datetime) -> list[Write]:
    """So many more phones are done, and with the last of them the import; while it stands as it was read.

    counts: what was done to these, by the names of COUNTED.
    """
    position = seen.position + sum(counts.values())
    is_done = position >= seen.phones
    update = "SET #position = :position, " + ", ".join(f"#{name} = #{name} + :{name}" for name in counts)
    progress = Write(
        "Update",
        key=keys.phone_import(seen.id),
        update=update + (", finished = :now" if is_done else ""),
        condition="#position = :seen",
        names={f"#{name}": name for name in ("position", *counts)},
        values={
            ":position": position,
            ":seen": seen.position,
            **{f":{name}": count for name, count in counts.items()},
            **({":now": keys.millis(now)} if is_done else {}),
        },
    )
    if not is_done:
        return [progress]
    key = keys.import_event(seen.id, now, "import_done")
    done = Write(
        "Put",
        item={
            "PK": key.pk,
            "SK": key.sk,
            "kind": "import_done",
            "at": keys.millis(now),
            "by": seen.by,
            "detail": zlib.compress(dumps({"phones": seen.phones, "rejected": seen.rejected}).encode(), 9),
            "expires": int((now + KEPT).timestamp()),
        },
    )
    return [progress, done]
