"""What a question of the desk is about: an account in the asker's charge, and all below it."""

from dataclasses import dataclass

from routing.domain.accounts import CORPORATE, Account
from routing.domain.company import Company
from routing.services.core.access import acting, named, require

MOST_ACCOUNTS = 1_000
"""That one answer tells of."""


@dataclass(frozen=True, slots=True)
class Scope:
    """below: the account that is asked about. accounts: it and those below it, parents first. is_whole: all of them."""

    asker: Account
    below: str
    accounts: tuple[Account, ...]
    is_whole: bool

    @property
    def users(self) -> list[Account]:
        return [each for each in self.accounts if each.kind == "user"]


def scope(user: str, below: str | None, company: Company) -> Scope:
    """What `below` names; all that is in the asker's charge where nothing does. 403 for who has nobody in charge."""
    asker = acting(user, company)
    require(asker, "admin", "manager")
    if below is None:
        below = CORPORATE if asker.role == "admin" else asker.parent or asker.id
    else:
        below = named(asker, below, "below", company).id
    ids = [below, *company.tree.below(below)]
    accounts = (company.tree.get(each) for each in ids[:MOST_ACCOUNTS])
    return Scope(asker, below, tuple(each for each in accounts if each), len(ids) <= MOST_ACCOUNTS)
