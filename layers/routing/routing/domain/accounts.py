"""The account tree: one corporate root, branches of any depth below it, users as leaves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

AccountKind = Literal["corporate", "branch", "user"]
Role = Literal["admin", "manager", "rep"]
CORPORATE = "corporate"


@dataclass(frozen=True, slots=True)
class Account:
    """One node. `parent` is None for the root alone; `timezone` None means the parent's; `role` is a user's."""

    id: str
    kind: AccountKind
    name: str
    parent: str | None = None
    timezone: str | None = None
    enabled: bool = True
    role: Role | None = None
    email: str | None = None
    notify: Mapping[str, object] = field(default_factory=dict)
    version: int = 1


class AccountTree:
    """Accounts by id, with the questions that routing asks of their order."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self._children: dict[str, list[str]] = {}
        self._lines: dict[str, tuple[str, ...]] = {}
        for account in accounts.values():
            if account.parent is not None:
                self._children.setdefault(account.parent, []).append(account.id)

    def __contains__(self, account_id: object) -> bool:
        return account_id in self._accounts

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def get(self, account_id: str) -> Account | None:
        return self._accounts.get(account_id)

    def is_user(self, account_id: str) -> bool:
        account = self._accounts.get(account_id)
        return account is not None and account.kind == "user"

    def lineage(self, account_id: str) -> list[str]:
        """The account itself, its parent, and so on up to the root. Empty for an unknown id."""
        return list(self._line(account_id))

    def _line(self, account_id: str) -> tuple[str, ...]:
        """The lineage, found once: a decision asks for each of thousands of recipients."""
        line = self._lines.get(account_id)
        if line is None:
            chain: list[str] = []
            current = self._accounts.get(account_id)
            while current is not None and current.id not in chain:
                chain.append(current.id)
                current = self._accounts.get(current.parent) if current.parent else None
            line = self._lines[account_id] = tuple(chain)
        return line

    def is_enabled(self, account_id: str) -> bool:
        """Whether the account and every one above it are enabled: nobody works for a branch that is switched off."""
        lineage = self._line(account_id)
        return bool(lineage) and all(self._accounts[each].enabled for each in lineage)

    def is_at_or_below(self, account_id: str, ancestor: str) -> bool:
        return ancestor in self._line(account_id)

    def is_below(self, account_id: str, ancestor: str) -> bool:
        return account_id != ancestor and self.is_at_or_below(account_id, ancestor)

    def children(self, account_id: str) -> list[str]:
        return self._children.get(account_id, [])

    def below(self, account_id: str) -> list[str]:
        """Every account under this one, parents before children."""
        found = list(self.children(account_id))
        for each in found:  # it grows
            found.extend(self.children(each))
        return found

    def timezone(self, account_id: str) -> str:
        """The IANA zone of the account or of the nearest account above that names one; UTC when none does."""
        for each in self.lineage(account_id):
            zone = self._accounts[each].timezone
            if zone:
                return zone
        return "UTC"
