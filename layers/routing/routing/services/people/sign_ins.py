"""The sign-ins of user accounts, where they are kept for the company: an administrator invites people and lets them go.

A sign-in only says who somebody is. What they may do is their account's to say, from the next call on.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from routing.domain.accounts import Account
from routing.services.core.access import acting, require
from routing.services.core.idempotency import Answer, Once, answered_once
from routing.services.core.problems import Problem, invalid_field, not_found
from routing.services.core.store import Store

T = TypeVar("T")


class NotDone(Exception):
    """The directory refused. code: stable; the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SignIns(Protocol):
    """A directory of sign-ins, each under its account's id. What is refused raises NotDone."""

    def invite(self, account: str, email: str) -> str:
        """Make a sign-in and mail its first password, or mail another one until it was used; what was done.

        One with another address is given this one, and reset.
        """
        ...

    def disable(self, account: str) -> bool:
        """End its sessions, and let nobody sign in as it; whether there is one."""
        ...

    def reset(self, account: str) -> bool:
        """Ask for a new password by mail, forget the authenticator and end the sessions; whether there is one."""
        ...


class Nowhere:
    """No directory: why is what everybody is told."""

    def __init__(self, why: str) -> None:
        self.why = why


Directory = SignIns | Nowhere
SAID = {
    "invited": "A first password was sent to {email}; it holds for seven days.",
    "invited_again": "Another first password was sent to {email}.",
    "enabled": "The sign-in that there was holds again, with its password.",
    "there": "There is a sign-in already. Whoever has forgotten the password asks for another one when signing in.",
    "disabled": "Nobody can sign in as this account any more; tokens given out hold for up to an hour.",
    "reset": "The password and the authenticator were reset; a code for a new password was sent.",
    "none": "The account has no sign-in.",
}


def invite(
    store: Store, directory: Directory, user: str, account: str, now: datetime, once: Once | None
) -> Answer:
    """Let the account's user sign in, by an e-mail to their address."""
    found = _account(store, user, account)
    if not store.configuration.load().company.tree.is_enabled(account):
        raise Problem(409, "disabled", f"{account} is disabled, or an account above it is.")
    email = found.email
    if email is None:
        raise Problem(409, "no_email", "The account has no e-mail address to send the invitation to.")

    def done(signs: SignIns) -> str:
        return signs.invite(account, email)

    return _done(store, directory, found, done, now, once)


def disable(
    store: Store, directory: Directory, user: str, account: str, now: datetime, once: Once | None
) -> Answer:
    """Let nobody sign in as the account. One's own stays: nobody might be left who could let one in again."""
    found = _account(store, user, account)
    if account == user:
        raise Problem(409, "own_sign_in", "You cannot switch off your own sign-in.")

    def done(signs: SignIns) -> str:
        return "disabled" if signs.disable(account) else "none"

    return _done(store, directory, found, done, now, once)


def reset(
    store: Store, directory: Directory, user: str, account: str, now: datetime, once: Once | None
) -> Answer:
    """For who has lost the password, or the phone with the authenticator."""
    found = _account(store, user, account)

    def done(signs: SignIns) -> str:
        return "reset" if signs.reset(account) else "none"

    return _done(store, directory, found, done, now, once)


def end_that_of_before(store: Store, directory: Callable[[], Directory], account: str) -> None:
    """Let nobody who had the id of a deleted account sign in as who is to have it now; an invitation lets these in.

    Asked before the account is made: where the directory cannot be reached nothing was done.
    """
    before = store.configuration.load().resources.get(("accounts", account))
    if before is None or before.body is not None:
        return
    signs = directory()
    if not isinstance(signs, Nowhere):
        _allowed(lambda: signs.disable(account))


def _account(store: Store, user: str, account: str) -> Account:
    company = store.configuration.load().company
    require(acting(user, company), "admin")
    found = company.tree.get(account)
    if found is None:
        raise not_found("account")
    if found.kind != "user":
        raise invalid_field("id", "wrong_kind", "must be the id of a user")
    return found


def _done(
    store: Store,
    directory: Directory,
    account: Account,
    act: Callable[[SignIns], str],
    now: datetime,
    once: Once | None,
) -> Answer:
    def answer() -> Answer:
        if isinstance(directory, Nowhere):
            told = {"account": account.id, "done": False, "result": "nothing", "detail": directory.why}
            return Answer(200, told)
        result = _allowed(lambda: act(directory))
        body = {
            "account": account.id,
            "done": result not in ("none", "there"),
            "result": result,
            "detail": SAID[result].format(email=account.email),
        }
        return Answer(200, body)

    return answered_once(store.table, once, now, answer)


def _allowed(act: Callable[[], T]) -> T:
    """What the directory did; what it refuses is a problem."""
    try:
        return act()
    except NotDone as refused:
        raise Problem(409, refused.code, str(refused)) from None
