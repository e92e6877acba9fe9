"""One lead as it was read for a change to it, and who asks."""

from dataclasses import dataclass

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.heads import Head
from routing.domain.presence import Presence
from routing.services.access import acting
from routing.services.idempotency import Once
from routing.services.presence import noted
from routing.services.problems import not_found
from routing.services.store import Store
from routing.storage import keys
from routing.storage.heads import from_item as head_from
from routing.storage.leads import Submission, submission_from
from routing.storage.presence import from_item as presence_from
from routing.storage.table import Item, Key


@dataclass(frozen=True, slots=True)
class Seen:
    """answered: what the Idempotency-Key of the request has been answered with."""

    company: Company
    account: Account
    head: Head
    submission: Submission
    presence: Presence
    answered: Item | None


def token_submission(token: str | None) -> tuple[int, Key] | None:
    """What a lease token says of itself: the head version that granted it, and where the lead's fields are.

    Only a hint: nothing is believed of a token before the head or the timeline has confirmed it.
    """
    parts = (token or "").split("~")
    if len(parts) != 4 or not "".join(parts).isascii() or not parts[0].isdigit() or not all(parts):
        return None
    return int(parts[0]), keys.submission(parts[1], parts[2])


def read(store: Store, user: str, lead: str, *, token: str | None = None, once: Once | None = None) -> Seen:
    """The lead, its fields, the asker's slot and the set-up: one round trip with a lease token, two without."""
    hint = token_submission(token)
    wanted = [keys.VERSION, keys.head(lead), keys.presence(user), *([once.key] if once else [])]
    found = store.table.get_many([*wanted, *([hint[1]] if hint else [])])
    company = store.configuration.current(found.get(keys.VERSION))
    account = acting(user, company)
    if keys.head(lead) not in found:
        raise not_found("lead")
    head = head_from(found[keys.head(lead)])
    where = keys.submission(*head.submission)
    item = found.get(where) or store.table.get(where)
    if item is None or item["kind"] != "lead":
        raise not_found("lead")  # its ingest is not finished, and nobody has been told of it
    presence = presence_from(found.get(keys.presence(user), {}))
    noted(store, user, presence)
    return Seen(
        company, account, head, submission_from(item), presence, found.get(once.key) if once else None
    )
