"""What becomes of the items beside a lead whose person was erased."""

from collections.abc import Iterator, Sequence

from routing.domain.erasure import facts
from routing.storage import contacts, idempotency, keys, posts
from routing.storage.dedupe import give_back
from routing.storage.leads import event_from, event_with
from routing.storage.receipts import entry_of, forget_of, from_item, is_mark
from routing.storage.table import Item, Table, Write


def of_item(item: Item) -> Iterator[Write]:
    """Of an item of the lead's own partition: an event keeps its facts, and all but the head goes."""
    if "answer" in item:
        yield idempotency.erase(item["answer"])
    if keys.is_event(item):
        yield event_with(item, facts(event_from(item).detail))
    elif not keys.is_head(item):
        yield Write("Delete", key=keys.of_item(item))


def of_receipts(table: Table, lead: str, beside: Sequence[Item]) -> Iterator[Write]:
    """What came of the person later, as the events among these items tell, stands in the log until it is a lead of its
    own; some of it is claimed.
    """
    events = [event_from(item) for item in beside if keys.is_event(item)]
    names = [str(each.detail["receipt"]) for each in events if each.kind == "asked_again"]
    marks = table.get_many([keys.head(each) for each in names])
    entries = table.get_many([entry_of(each) for each in marks.values() if is_mark(each)])
    for entry in entries.values():
        receipt = from_item(entry)
        yield from (give_back(each, lead) for each in receipt.gained)
        yield forget_of(receipt)


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
