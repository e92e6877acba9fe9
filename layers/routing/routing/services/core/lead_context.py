"""One lead as it was read for a change to it, and who asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.domain.accounts import Account, Role
from routing.domain.company import Company
from routing.domain.heads import Head, Lease
from routing.domain.presence import Presence
from routing.services.core.access import acting, require, sees
from routing.services.core.idempotency import Once
from routing.services.core.problems import Problem, not_found
from routing.services.core.store import Store
from routing.services.people.presence import noted
from routing.storage import contacts, keys
from routing.storage.contacts import Contact
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, is_lead, submission_from
from routing.storage.presence import from_item as presence_from
from routing.storage.table import Item, Key


@dataclass(frozen=True, slots=True)
class LeadContext:
    """answered: what the Idempotency-Key of the request has been answered with.

    contacts: those of the lead's phones by their keys; while the phone that its lease's token names was never on the
    do-not-call list, that one alone may be there.
    """

    company: Company
    account: Account
    head: Head
    submission: Submission
    presence: Presence
    answered: Item | None
    contacts: Mapping[str, Contact]

    def is_listed(self, now: datetime) -> bool:
        """Whether all the lead's phones are on the do-not-call list."""
        return bool(self.head.phone_keys) and self.to_call(now) is None

    def to_call(self, now: datetime, lease: Lease | None = None) -> str | None:
        """The key of the phone to call, of those that are not on the list: the one that is lent, else the first."""
        may = self.not_listed(now)
        return lease.phone_key if lease is not None and lease.phone_key in may else next(iter(may), None)

    def not_listed(self, now: datetime) -> list[str]:
        """The keys of the lead's phones that are not on the do-not-call list, in their order."""
        read = [each for each in self.head.phone_keys if each in self.contacts]
        return [each for each in read if self.contacts[each].suppressed_at(now) is None]


def _erased(head: Head, account: Account, company: Company) -> Problem:
    if head.erased_at is None or not sees(account, head, company, head.erased_at):
        return not_found("lead")
    shown = {"id": head.id, "status": head.status_at(head.erased_at)}
    return Problem(
        409, "erased", "The person of this lead was erased; its facts alone are left.", extra={"lead": shown}
    )


NO_PHONE = "-"


@dataclass(frozen=True, slots=True)
class Hint:
    """What a lease token says of itself: the head version that granted it, where the lead's fields are, and the
    contact key of the phone that was lent.

    Nothing is believed of a token before the head or the timeline has confirmed it.
    """

    version: int
    submission: Key
    phone_key: str | None


def token_of(head: Head, phone_key: str | None, secret: str) -> str:
    """The token of a lease that the next version of this head grants, with this phone."""
    return "~".join((str(head.version + 1), *head.submission, phone_key or NO_PHONE, secret))


def hint_of(token: str | None) -> Hint | None:
    parts = (token or "").split("~")
    if len(parts) != 5 or not "".join(parts).isascii() or not parts[0].isdigit() or not all(parts):
        return None
    phone_key = parts[3] if parts[3] != NO_PHONE else None
    return Hint(int(parts[0]), keys.submission(parts[1], parts[2]), phone_key)


def read(
    store: Store,
    user: str,
    lead: str,
    *,
    token: str | None = None,
    once: Once | None = None,
    roles: Sequence[Role] = (),
    erased_too: bool = False,
) -> LeadContext:
    """The lead, its fields, whether its phones may be called, the asker's slot and the set-up.

    One round trip with the lease's token, two without, or where the phone that was lent is the lead's no more or on the
    do-not-call list.
    roles: who alone may ask, where not everybody may; others are refused whether or not there is such a lead.
    erased_too: also a lead whose person was erased. Nothing happens to one any more: 409 for who may know of it.
    """
    hint = hint_of(token)
    wanted = [keys.VERSION, keys.head(lead), keys.presence(user), *([once.key] if once else [])]
    if hint is not None:
        wanted += [hint.submission, *([keys.contact(hint.phone_key)] if hint.phone_key else [])]
    found = store.table.get_many(wanted)
    company = store.configuration.current(found.get(keys.VERSION))
    account = acting(user, company)
    if roles:
        require(account, *roles)
    if keys.head(lead) not in found:
        raise not_found("lead")
    head = head_from(found[keys.head(lead)])
    if head.erased_at is not None and not erased_too:
        raise _erased(head, account, company)
    where = keys.submission(*head.submission)
    phones = {each: keys.contact(each) for each in head.phone_keys}
    lent = head.lease.phone_key if head.lease is not None else None
    if hint is not None and hint.phone_key in phones and hint.phone_key == lent:
        contact = contacts.from_item(found.get(phones[hint.phone_key]))
        phones = phones if contact.suppression is not None else {hint.phone_key: phones[hint.phone_key]}
    found |= store.table.get_many([each for each in (where, *phones.values()) if each not in wanted])
    item = found.get(where)
    if item is None or not is_lead(item):
        raise not_found("lead")  # its ingest is not finished, and nobody has been told of it
    presence = presence_from(found.get(keys.presence(user), {}))
    noted(store, user, presence)
    return LeadContext(
        company=company,
        account=account,
        head=head,
        submission=submission_from(item),
        presence=presence,
        answered=found.get(once.key) if once else None,
        contacts={name: contacts.from_item(found.get(key)) for name, key in phones.items()},
    )
