"""How many posts came in a minute: counted under a condition, so that of many at once exactly as many pass as may."""

from datetime import datetime, timedelta

from routing.storage.table import Key, Write

KEPT = timedelta(hours=1)


def count(key: Key, most: int, now: datetime) -> Write:
    """Count one more, unless `most` have been. The write answers with `n`, how many there were before."""
    return Write(
        "Update",
        key=key,
        update="SET expires = :expires ADD n :one",
        condition="attribute_not_exists(n) OR n < :most",
        values={":one": 1, ":most": most, ":expires": int((now + KEPT).timestamp())},
        returns_old=True,
    )


def give_back(key: Key) -> Write:
    """Count one less: it was refused for another reason."""
    return Write(
        "Update", key=key, update="ADD n :less", condition="n > :none", values={":less": -1, ":none": 0}
    )
