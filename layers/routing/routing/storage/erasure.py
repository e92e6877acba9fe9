"""What becomes of the items beside a lead whose person was erased."""

from collections.abc import Iterator

from routing.domain.erasure import facts
from routing.storage import contacts, idempotency, keys, posts
from routing.storage.leads import event_from, event_with
from routing.storage.table import Item, Table, Write


def of_item(item: Item) -> Iterator[Write]:
    """Of an item of the lead's own partition: an event keeps its facts, and all but the head goes."""
    if "answer" in item:
        yield idempotency.erase(item["answer"])
    if keys.is_event(item):
        yield event_with(item, facts(event_from(item).detail))
    elif not keys.is_head(item):
        yield Write("Delete", key=keys.of_item(item))


def receipt_of(item: Item) -> str | None:
    """The receipt that an item of the lead's partition, an event, tells of."""
    if not keys.is_event(item):
        return None
    happened = event_from(item)
    return str(happened.detail["receipt"]) if happened.kind == "asked_again" else None


def of_contact(table: Table, contact_key: str, lead: str) -> Iterator[Write]:
    """The lead is not found by its contact any more; and a phone that is not to be called stays so, as a hash."""
    yield contacts.no_lead_of(contact_key, lead)
    state = table.get(keys.contact(contact_key))
    if state is not None and (write := contacts.without_person(state)):
        yield write
    for change in table.query_all(keys.contact(contact_key).pk, begins=keys.CHANGES):
        if write := contacts.change_without_person(change):
            yield write
    for post in table.query_all(keys.contact(contact_key).pk, begins=keys.POSTS_OF_CONTACT):
        yield posts.without_person(posts.post_of_contact(post))
        yield Write("Delete", key=keys.of_item(post))
