"""Notifications under races on a real engine: the same messages to many senders at once, each sent by one."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from routing.domain.notifications import Notice
from routing.runtime import wiring
from routing.services.company import set_up
from routing.services.notify import notifications
from routing.services.notify.delivery import NotDelivered, Outgoing, Received, deliver
from routing.storage.leads import event
from routing.storage.notifications import notification
from routing.storage.table import Key
from tests.concurrency.conftest import Engine

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
THREADS = 8


class Sender:
    """Counts what it was given; every third sending fails first."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._calls = 0

    def send(self, message: Outgoing) -> None:
        with self._lock:
            self._calls += 1
            if self._calls % 3 == 1:
                raise NotDelivered("status_503")
            self.sent.update(each["id"] for each in message.payload["notifications"])


def test_each_notification_is_sent_once_by_one_of_many_senders(engine: Engine, table: str) -> None:
    store = wiring.store()
    body: dict[str, Any] = {
        "id": "ana",
        "kind": "user",
        "name": "Ana",
        "parent": "corporate",
        "timezone": None,
    }
    body |= {"enabled": True, "role": "rep", "email": "ana@example.com", "notify": {"email": True}}
    set_up.put(store, "accounts", body, "admin", None, NOW)
    notice = Notice("assigned", "ana", {"lead_id": "L"})
    found = [notification(Key("LEAD#L", f"EVENT#{n}"), NOW, notice) for n in range(20)]
    sender = Sender()
    messages = [
        # The same notifications in other company: what a repeated batch of the stream makes.
        Received(f"m{at}", f"m{at}", 1, "ana", "email", found[at : at + 7])
        for at in range(20)
    ]

    def work(thread: int) -> None:
        waiting = messages[thread:] + messages[:thread]
        for _ in range(200):
            report = deliver(store, {"email": sender}, lambda *_: None, waiting[:3], NOW)
            waiting = waiting[3:] + [each for each in waiting[:3] if each.id in report.failed]
            if not waiting:
                return
        raise AssertionError("it never came to rest")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert sender.sent == Counter({each.id: 1 for each in found})


def test_a_repeated_record_of_the_stream_lists_a_notification_once(engine: Engine, table: str) -> None:
    store = wiring.store()
    detail = {"decision": None, "owner": "admin", "account": "admin", "status": "assigned"}
    item = dict(event("L", 2, "assigned", NOW, detail).item)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: notifications.tell(store, lambda _: None, [item], NOW), range(THREADS)))
    found, unread = notifications.listed(store, "admin", 50, None, NOW)
    assert (len(found.items), unread) == (1, 1)
