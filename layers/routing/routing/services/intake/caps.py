"""What the caps of a source count: a lead that is made of what it brought, in the transaction that makes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.domain.acceptance import allowances, in_parts
from routing.domain.company import Company, Source
from routing.storage import spending
from routing.storage.receipts import Caps
from routing.storage.table import Write


def counts(
    source: Source | None, values: Mapping[str, Any], company: Company, now: datetime, caps: Caps | None
) -> list[Write]:
    """One more lead of these values in each period of `now` that a cap is on; nothing where caps is None."""
    if source is None or source.acceptance is None or caps is None:
        return []
    zone = company.tree.timezone(source.owner)
    cost = in_parts(values.get("cost"))
    return [
        spending.count(source.id, each, cost, now, within=caps == "within")
        for each in allowances(source.acceptance.caps, now, zone)
    ]
