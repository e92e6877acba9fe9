"""A source's posting guide, for who is in charge of it to send to a vendor."""

from typing import Any

from routing.domain.guide import guide
from routing.services.core.access import acting, oversees, require
from routing.services.core.problems import not_found
from routing.services.core.store import Store


def guide_of(store: Store, user: str, source_id: str, api: str) -> dict[str, Any]:
    """api: the address of the API. Raises 403 for a rep, 404 for what is not in the manager's charge."""
    company = store.configuration.load().company
    account = acting(user, company)
    require(account, "admin", "manager")
    source = company.sources.get(source_id)
    if source is None or not oversees(account, source.owner, company):
        raise not_found("source")
    return guide(source, company.record_type(source.record_type), f"{api}/v1/intake/{source.id}")
