"""Who may do what: decided from the account's own role and place in the tree, as the set-up now says."""

from collections.abc import Mapping
from datetime import datetime

from routing.domain.accounts import Account, Role
from routing.domain.company import Company
from routing.domain.heads import Head, Lease
from routing.services.core.problems import Problem, forbidden, invalid_field

WORKS = (
    "leads.pull",
    "leads.work",
    "leads.add",
    "words.read",
)
OVERSEES = (
    "leads.transfer",
    "leads.import",
    "floor.read",
    "presence.switch",
    "accounts.read",
    "strategies.read",
    "strategies.explain",
    "sources.read",
    "do_not_call.read",
)
ADMINISTERS = (
    "set_up.write",
    "strategies.reset",
    "sources.keys",
    "sources.posts",
    "do_not_call.write",
    "people.erase",
    "people.export",
)
PERMISSIONS: Mapping[Role, tuple[str, ...]] = {
    "rep": WORKS,
    "manager": (*WORKS, *OVERSEES),
    "admin": (*WORKS, *OVERSEES, *ADMINISTERS),
}
"""What a role may do at all, in words that stay; a manager does it for their branch and below."""


def acting(account_id: str, company: Company) -> Account:
    """The account of whoever is calling. 403 for one that does not exist or is disabled."""
    account = company.tree.get(account_id)
    if account is None or account.kind != "user":
        raise Problem(403, "no_account", "Your sign-in belongs to no account of this company.")
    if not account.enabled:
        raise Problem(403, "account_disabled", "Your account is disabled.")
    return account


def require(account: Account, *roles: str) -> None:
    if account.role not in roles:
        raise forbidden()


def oversees(account: Account, other: str, company: Company) -> bool:
    """Whether `other` is in the account's charge: everything for an admin, its branch and below for a manager."""
    if account.role == "admin":
        return True
    if account.role != "manager" or account.parent is None:
        return False
    return company.tree.is_at_or_below(other, account.parent)


def is_near(account: Account, other: str, company: Company) -> bool:
    """Whether the account is told what `other` is called: what is at or below its branch, and what is above."""
    branch = account.parent or account.id
    return company.tree.is_at_or_below(other, branch) or company.tree.is_at_or_below(branch, other)


def named(asker: Account, other: str, field: str, company: Company) -> Account:
    """The account that a request names, itself or one in the asker's charge.

    403 for any other, whether or not there is one: nobody can find out who works elsewhere. An admin, who has all
    in charge, is told that there is none: 422.
    """
    found = company.tree.get(other)
    if found is not None and (other == asker.id or oversees(asker, other, company)):
        return found
    if asker.role == "admin":
        raise invalid_field(field, "unknown", "must be the id of an account")
    raise forbidden("You may name accounts in your charge only.")


def owns(account: Account, head: Head, company: Company) -> bool:
    """Whether the lead is the account's. A closed one may be left from who had its id before."""
    is_left = (
        head.standing == "closed" and head.since is not None and not company.existed(account.id, head.since)
    )
    return head.owner == account.id and not is_left


def is_granted_to(account: Account, lease: Lease | None, company: Company) -> bool:
    """Whether the lease, live or lapsed, is the account's, and not of who had its id before."""
    if lease is None or lease.holder != account.id:
        return False
    return company.existed(account.id, lease.counts_from or lease.expires)


def sees(account: Account, head: Head, company: Company, now: datetime) -> bool:
    """Whether the account may know of the lead: its own, held or promised ones, and those in its charge."""
    if owns(account, head, company) or head.callback_for == account.id:
        return True
    is_held = is_granted_to(account, head.lease_at(now), company)
    return is_held or oversees(account, head.owner, company)
