"""What a search of leads asks for, read from the parameters of its address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.contact_points import phones_of
from routing.domain.heads import Head
from routing.domain.reading.emails import email
from routing.domain.reading.names import begins, words
from routing.domain.reading.phone_numbers import phone
from routing.domain.reading.text import folded
from routing.services.core.access import named
from routing.services.core.problems import invalid_field
from routing.storage import keys
from routing.storage.leads import Submission

STANDINGS = {
    "new": ("new",),
    "held": ("held",),
    "assigned": ("assigned",),
    "ready": ("callback", "open"),
    "leased": ("callback", "open", "spent", "unmatched"),
    "cooling": ("open", "unmatched"),
    "callback": ("callback",),
    "unmatched": ("unmatched",),
    "spent": ("spent",),
    "closed": ("closed",),
}
"""Under which standings leads of a status are found, sorted."""
LAST_FOUR = re.compile("[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Asked:
    """All of it must hold; None or empty is not asked for.

    owners: with those below them, where that is asked. contacts: phones and e-mails as leads have them, all of them
    the lead's. last_four: the last digits of a phone. created_from, created_before: instants.
    """

    statuses: frozenset[str]
    owners: frozenset[str] | None
    contacts: frozenset[str]
    last_four: str | None
    name: tuple[str, ...]
    sources: frozenset[str]
    campaign: str | None
    last_dispositions: frozenset[str]
    created_from: datetime | None
    created_before: datetime | None
    is_mine: bool

    @property
    def parts(self) -> list[str]:
        """How the places of what may have these statuses begin, sorted; none where no status is asked for."""
        return sorted({keys.in_standing(each) for status in self.statuses for each in STANDINGS[status]})

    def may_be_created(self, moment: datetime) -> bool:
        is_late_enough = self.created_from is None or moment >= self.created_from
        return is_late_enough and (self.created_before is None or moment < self.created_before)

    def is_of(self, head: Head, now: datetime) -> bool:
        """Whether a lead can be what is asked for, by its head."""
        return (
            (not self.statuses or head.status_at(now) in self.statuses)
            and (self.owners is None or head.owner in self.owners)
            and (not self.last_dispositions or head.last_disposition in self.last_dispositions)
            and self.may_be_created(head.created_at)
        )

    def is_in(self, submission: Submission) -> bool:
        """Whether its fields are what is asked for."""
        values = submission.values
        return (
            self.contacts <= {*submission.contacts}
            and (not self.sources or submission.source in self.sources)
            and (self.campaign is None or folded(values.get("campaign")) == self.campaign)
            and (self.last_four is None or any(each.endswith(self.last_four) for each in phones_of(values)))
            and (not self.name or begins(self.name, values.get("first_name"), values.get("last_name")))
        )


def read(query: Mapping[str, str], account: Account, company: Company) -> Asked:
    """422 for what cannot be read, 403 for an owner who is not in the account's charge."""
    statuses = _several(query, "status")
    if not statuses <= STANDINGS.keys():
        raise invalid_field("status", "unknown", f"must be one of {', '.join(STANDINGS)}")
    is_below, is_mine = _switch(query, "below"), _switch(query, "mine")
    last_four = query.get("phone", "").strip()
    is_last_four = LAST_FOUR.fullmatch(last_four) is not None
    name = words(query.get("name", ""))
    if "name" in query and not name:
        raise invalid_field("name", "invalid", "must have a letter or a digit")
    zone = ZoneInfo(company.tree.timezone(account.id))
    return Asked(
        statuses,
        _owners(query["owner"], is_below, account, company) if "owner" in query else None,
        _contacts(query, is_last_four),
        last_four if is_last_four else None,
        name,
        _several(query, "source"),
        folded(query["campaign"]) if "campaign" in query else None,
        _several(query, "last_disposition"),
        _instant(query, "created_from", zone, 0),
        _instant(query, "created_to", zone, 1),
        is_mine,
    )


def _several(query: Mapping[str, str], name: str) -> frozenset[str]:
    """The values of a parameter that may be repeated: API Gateway joins them by commas."""
    return frozenset(query[name].split(",") if name in query else ())


def _switch(query: Mapping[str, str], name: str) -> bool:
    if query.get(name, "false") not in ("true", "false"):
        raise invalid_field(name, "wrong_type", "must be true or false")
    return query.get(name) == "true"


def _owners(text: str, is_below: bool, account: Account, company: Company) -> frozenset[str]:
    found = {
        account.id if each == "me" else named(account, each, "owner", company).id for each in text.split(",")
    }
    return frozenset(found.union(*(company.tree.below(each) for each in found)) if is_below else found)


def _contacts(query: Mapping[str, str], is_last_four: bool) -> frozenset[str]:
    found = set()
    for name, read_as, what in (
        ("phone", phone, "a phone number, or its last four digits"),
        ("email", email, "an e-mail address"),
    ):
        if name in query and not (name == "phone" and is_last_four):
            if (value := read_as(query[name])) is None:
                raise invalid_field(name, "invalid", f"must be {what}")
            found.add(value)
    return frozenset(found)


def _instant(query: Mapping[str, str], name: str, zone: ZoneInfo, days: int) -> datetime | None:
    """An instant, or a day where the asker is: its beginning, after so many days."""
    if name not in query:
        return None
    text = query[name]
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            day = date.fromisoformat(text) + timedelta(days=days)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC) + timedelta(milliseconds=days)
    except (ValueError, OverflowError):
        pass
    raise invalid_field(
        name, "invalid", "must be a day such as 2026-03-04, or a time such as 2026-03-04T17:00:00Z"
    )
