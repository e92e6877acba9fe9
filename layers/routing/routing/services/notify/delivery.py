"""Delivery: queued notifications become one message for each user and channel, sent once.

The queue delivers at least once, so a sender claims each notification under a condition and marks it when it is
sent. Only a crash between the sending and the mark can send twice; receivers tell it by the ids.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from routing.domain.company import Company
from routing.domain.notifications import Channel, Own, choices, quiet_until
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.services.notify import notices
from routing.storage import own_settings
from routing.storage.notifications import (
    Notification,
    claim,
    from_json,
    give_up_claim,
    mark_sent,
    put_later,
)
from routing.storage.table import ConditionFailed, is_outage

WORKERS = 16
FIRST_RETRY = 30
LONGEST_RETRY = 3600


class NotDelivered(Exception):
    """A channel did not take a message; the text is a code for logs, without any address."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one user by one channel. to: an e-mail address or a webhook's URL."""

    user: str
    to: str
    subject: str
    text: str
    payload: Mapping[str, Any]
    at: datetime


class Sender(Protocol):
    """A channel. Raises NotDelivered; whatever else it raises is a fault of ours."""

    def send(self, message: Outgoing) -> None: ...


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the queue, as often received as `receives` says."""

    id: str
    receipt: str
    receives: int
    user: str
    channel: Channel
    notifications: Sequence[Notification]


def received(record: Mapping[str, Any], body: Mapping[str, Any]) -> Received:
    """A record as the queue hands it to a function, and its body, parsed."""
    return Received(
        record["messageId"],
        record["receiptHandle"],
        int(record["attributes"]["ApproximateReceiveCount"]),
        body["user"],
        body["channel"],
        [from_json(each) for each in body["notifications"]],
    )


@dataclass(slots=True)
class DeliveryReport:
    """failed: ids of the messages to receive again. sent, dropped, waiting: notifications.

    why: of each failure the user, the channel, a code, and the error when it is a fault of ours.
    """

    failed: list[str] = field(default_factory=list)
    sent: int = 0
    dropped: int = 0
    waiting: int = 0
    why: list[tuple[str, Channel, str, Exception | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Outcome:
    sent: int = 0
    dropped: int = 0
    waiting: int = 0
    failure: str | None = None
    error: Exception | None = None


def deliver(
    store: Store,
    senders: Mapping[Channel, Sender],
    retry_in: Callable[[str, int], None],
    messages: Sequence[Received],
    now: datetime,
    in_time: Callable[[], bool] = lambda: True,
) -> DeliveryReport:
    """Send what these messages hold.

    retry_in: has a received message come again after so many seconds. in_time: asked before each sending; False
    leaves the rest to the next receipt.
    """
    groups: dict[tuple[str, Channel], list[Received]] = {}
    for message in messages:
        groups.setdefault((message.user, message.channel), []).append(message)
    company = store.configuration.load().company
    own = own_settings.read(store.table, {user for user, _ in groups}, company)
    report = DeliveryReport()
    work = _Work(store, company, own, senders, now, in_time)
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="send") as pool:
        outcomes = list(pool.map(work.group, groups.items()))
    for ((user, channel), group), outcome in zip(groups.items(), outcomes, strict=True):
        report.sent += outcome.sent
        report.dropped += outcome.dropped
        report.waiting += outcome.waiting
        if outcome.failure is not None:
            report.why.append((user, channel, outcome.failure, outcome.error))
            report.failed += [each.id for each in group]
            for each in group:
                retry_in(each.receipt, retry_after(each.receives))
    return report


def retry_after(receives: int) -> int:
    """Seconds until a message that was received so often without success comes again: doubling, up to an hour."""
    doubled: int = FIRST_RETRY * 2 ** max(0, min(receives, 10) - 1)
    return min(LONGEST_RETRY, doubled)


@dataclass(frozen=True, slots=True)
class _Work:
    store: Store
    company: Company
    own: Mapping[str, Own]
    senders: Mapping[Channel, Sender]
    now: datetime
    in_time: Callable[[], bool]
    by: str = field(default_factory=lambda: secrets.token_hex(8))

    def group(self, entry: tuple[tuple[str, Channel], Sequence[Received]]) -> _Outcome:
        """All that one user is told by one channel."""
        (user, channel), messages = entry
        wanted = {each.id: each for message in messages for each in message.notifications}
        found = [wanted[each] for each in sorted(wanted)]
        account = self.company.tree.get(user)
        sender = self.senders.get(channel)
        own = self.own.get(user)
        to = {each.event: choices(user, each.event, self.company, own).address(channel) for each in found}
        address = next((each for each in to.values() if each), None)
        if sender is None or address is None or account is None or not account.enabled:
            return _Outcome(dropped=len(found))
        kept = [each for each in found if to[each.event]]
        try:
            due = quiet_until(user, self.company, self.now, own)
            if due is not None:
                self._together(lambda each: put_later(user, channel, each, due), kept)
                return _Outcome(waiting=len(kept), dropped=len(found) - len(kept))
            if not self.in_time():
                return _Outcome(failure="no_time_left")
            outcome = self._send(user, channel, address, sender, kept)
        except Exception as failure:  # noqa: BLE001 - one user's trouble must not stop the others; it is reported
            return _Outcome(failure=type(failure).__name__, error=None if is_outage(failure) else failure)
        return _Outcome(outcome.sent, len(found) - len(kept), 0, outcome.failure)

    def _send(
        self, user: str, channel: Channel, address: str, sender: Sender, wanted: Sequence[Notification]
    ) -> _Outcome:
        mine, busy = [], False
        for each, state in zip(
            wanted,
            self.store.table.run_parallel(
                *(lambda each=each: self._claim(user, channel, each.id) for each in wanted)
            ),
            strict=True,
        ):
            if state == "claimed":
                mine.append(each)
            busy = busy or state == "busy"
        if mine:
            message = Outgoing(
                user,
                address,
                notices.subject(mine),
                notices.text(mine),
                {
                    "user": user,
                    "sent_at": time(self.now),
                    "summary": notices.subject(mine),
                    "notifications": [notices.shown(each) for each in mine],
                },
                self.now,
            )
            try:
                sender.send(message)
            except Exception as failure:  # whatever it was, nobody has been told: the claim is given up
                self._together(lambda each: give_up_claim(user, channel, each.id, self.by), mine)
                if not isinstance(failure, NotDelivered):
                    raise
                return _Outcome(failure=str(failure))
            self._together(lambda each: mark_sent(user, channel, each.id, self.now), mine)
        return _Outcome(sent=len(mine), failure="being_sent_elsewhere" if busy else None)

    def _claim(self, user: str, channel: Channel, identifier: str) -> str:
        """`claimed` by us, `sent` already, or `busy`: another sender is at it."""
        try:
            self.store.table.write(claim(user, channel, identifier, self.by, self.now))
        except ConditionFailed as refused:
            item = refused.failed[0] or {}
            if "sent_at" in item:
                return "sent"
            # Our own write may have been answered late and then repeated.
            return "claimed" if item.get("claimed_by") == self.by else "busy"
        return "claimed"

    def _together(self, write: Callable[[Notification], Any], found: Sequence[Notification]) -> None:
        def put(each: Notification) -> None:
            try:
                self.store.table.write(write(each))
            except ConditionFailed:
                return

        self.store.table.run_parallel(*(lambda each=each: put(each) for each in found))
