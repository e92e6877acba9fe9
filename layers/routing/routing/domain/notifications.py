"""Who is told of what, by which channels and when: decided from what happened and from the company's set-up.

An account's `notify` says what holds for it and for everything below it. For each question the nearest account that
says something wins; on one account, what is said of the event goes before what is said of the channel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from routing.domain.accounts import Account
from routing.domain.company import Company

NoticeEvent = Literal[
    "assigned",
    "callback_due",
    "held_too_long",
    "limit_reached",
    "import_done",
    "closed_by_other",
    "asked_again",
]
Channel = Literal["email", "webhook"]
EVENTS: tuple[NoticeEvent, ...] = get_args(NoticeEvent)
HELD_MINUTES = 15
"""How long a lead may be held before its managers are told, where no account says otherwise."""

Said = TypeVar("Said")
Detail = Mapping[str, Any]
Own = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Notice:
    """One user is to be told of one event. facts: what of, in ids, counts and times; never a lead's own data."""

    event: NoticeEvent
    user: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """Where a user is told of an event. email, webhook: the address, None when not there."""

    in_app: bool
    email: str | None
    webhook: str | None

    def address(self, channel: Channel) -> str | None:
        return self.email if channel == "email" else self.webhook


def notices(kind: str, subject: str, detail: Detail, by: str | None, company: Company) -> list[Notice]:
    """Whom a timeline event concerns. subject: the lead's id, or the import's.

    Nobody is told of what they did themselves, and nobody whose account is gone or disabled.
    """
    found: list[Notice] = []
    match kind:
        case "assigned" | "transferred" | "reassigned":
            if detail.get("status") == "assigned" and (kind != "assigned" or "decision" in detail):
                if detail["owner"] != by:
                    found.append(Notice("assigned", detail["owner"], {"lead_id": subject}))
                found += _limits_reached(detail.get("decision"), company)
            elif kind == "assigned":
                found += _limits_reached(detail.get("decision"), company)
        case "callback_due":
            facts = {"lead_id": subject, "callback_at": detail["callback_at"]}
            found.append(Notice("callback_due", detail["user"], facts))
        case "held_too_long":
            facts = {name: detail[name] for name in ("owner", "count", "minutes", "since")}
            found += [Notice("held_too_long", each, facts) for each in overseers(detail["owner"], company)]
        case "closed" if detail.get("reason") == "do_not_call" and by is not None:
            # Whoever types a phone into a lead of their own closes everybody's leads of it.
            if detail["owner"] != by and not _is_admin(by, company):
                facts = {"lead_id": subject, "account": by}
                over = overseers(detail["owner"], company)
                found += [Notice("closed_by_other", each, facts) for each in over if each != by]
        case "asked_again" if "holder" in detail:
            found.append(Notice("asked_again", detail["holder"], {"lead_id": subject}))
        case "import_done" if by is not None:
            counts = ("status", "leads_created", "rows_rejected")
            facts = {"import_id": subject, **{name: detail[name] for name in counts if name in detail}}
            found.append(Notice("import_done", by, facts))
    return [each for each in found if _is_there(each.user, company)]


def _is_admin(user: str, company: Company) -> bool:
    account = company.tree.get(user)
    return account is not None and account.role == "admin"


def _is_there(user: str, company: Company) -> bool:
    account = company.tree.get(user)
    return account is not None and account.kind == "user" and account.enabled


def _limits_reached(decision: Detail | None, company: Company) -> list[Notice]:
    """The limits that the assignment filled, hop by hop, each to the managers over the recipient."""
    found: list[Notice] = []
    while decision is not None and decision["account"] is not None:
        account, strategy = decision["account"], company.push_strategies.get(decision["strategy"])
        recipients = next(
            each["recipients"] for each in decision["strategies"] if each["id"] == decision["strategy"]
        )
        before = next(each for each in recipients if each["account"] == account)
        for limited in strategy.recipients if strategy is not None else ():
            if limited.account != account:
                continue
            for period, limit in (("hour", limited.hourly_limit), ("day", limited.daily_limit)):
                if limit is not None and before[period] + 1 == limit:
                    facts = {
                        "account": account,
                        "strategy": decision["strategy"],
                        "period": period,
                        "limit": limit,
                    }
                    found += [Notice("limit_reached", each, facts) for each in overseers(account, company)]
        decision = decision["next"]
    return found


def overseers(account: str, company: Company) -> list[str]:
    """The managers of the nearest branch above an account that has any (a branch's own first), else the admins."""
    there = [each for each in company.tree if each.kind == "user" and each.enabled]
    for above in company.tree.lineage(account):
        managers = [each.id for each in there if each.role == "manager" and each.parent == above]
        if managers:
            return sorted(managers)
    return sorted(each.id for each in there if each.role == "admin")


def _nearest(
    account: str, company: Company, said: Callable[[Account], Said | None], own: Own | None = None
) -> Said | None:
    """What the nearest account at or above this one says; None when none says anything."""
    for each in company.tree.lineage(account):
        found = company.tree.get(each)
        if found is not None and each == account and own is not None:
            found = replace(found, notify=own)
        answer = said(found) if found is not None else None
        if answer is not None:
            return answer
    return None


def _of_event(account: Account, event: NoticeEvent, channel: str) -> bool | None:
    events: Any = account.notify.get("events") or {}
    said: bool | None = (events.get(event) or {}).get(channel)
    return said


def choices(user: str, event: NoticeEvent, company: Company, own: Own | None = None) -> Choices:
    """Where this user wants to be told of the event: in the app unless told otherwise, elsewhere only if told so.

    own: what the user says themselves, in place of their account's `notify`.
    """

    def email(account: Account) -> Any:
        said = _of_event(account, event, "email")
        return account.notify.get("email") if said is None else said

    def webhook(account: Account) -> Any:
        said = _of_event(account, event, "webhook")
        return (True if account.notify.get("webhook") else None) if said is None else said

    def url(account: Account) -> Any:
        return account.notify.get("webhook")

    account = company.tree.get(user)
    in_app = _nearest(user, company, lambda each: _of_event(each, event, "in_app"), own)
    return Choices(
        in_app is not False,
        account.email if account is not None and _nearest(user, company, email, own) else None,
        _nearest(user, company, url, own) if _nearest(user, company, webhook, own) else None,
    )


def held_minutes(account: str, company: Company) -> int:
    """After how many minutes held leads of this account are held too long."""
    said: Any = _nearest(account, company, lambda each: each.notify.get("held_minutes"))
    return HELD_MINUTES if said is None else int(said)


def quiet_hours(user: str, company: Company, own: Own | None = None) -> Mapping[str, str] | None:
    """The user's quiet hours, `start` and `end` as HH:MM in their time zone. The same start and end means none."""
    said: Any = _nearest(user, company, lambda each: each.notify.get("quiet_hours"), own)
    return None if said is None or said["start"] == said["end"] else said


def quiet_until(user: str, company: Company, now: datetime, own: Own | None = None) -> datetime | None:
    """When the user's quiet hours end, if they are running. `start <= local time < end`, over midnight too."""
    said = quiet_hours(user, company, own)
    if said is None:
        return None
    zone = ZoneInfo(company.tree.timezone(user))
    start, end = (time.fromisoformat(said[name]) for name in ("start", "end"))
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if not (start <= clock < end if start < end else clock >= start or clock < end):
        return None
    day = local.date() + timedelta(days=1 if clock >= end else 0)
    ends = sorted(datetime.combine(day, end, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if ends[0].astimezone(zone).time() == end:
        # A local time can come twice in an autumn night: the first that is still to come.
        return next((each for each in ends if each > now), None)
    # In a spring night it may not come at all: then the hours end when the clock jumps over it.
    minutes = (ends[0] + timedelta(minutes=each) for each in range(24 * 60))
    return next(each for each in minutes if each.astimezone(zone).time() > end)
