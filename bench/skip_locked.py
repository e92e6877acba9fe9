"""The pull queue as one would write it on PostgreSQL: `SELECT ... FOR UPDATE SKIP LOCKED` inside one statement.

The same rules, but for what only the product has (criteria, calling hours, callbacks, do-not-call, idempotency keys):
best priority first, then least pulled, then newest; one lease for each user, one for each lead, which ends by itself;
a cool-down; a timeline.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_SCHEMA = """
CREATE TABLE reps (id text PRIMARY KEY, token text, lease_expires timestamptz NOT NULL DEFAULT '-infinity');
CREATE TABLE leads (
    id text PRIMARY KEY, body jsonb NOT NULL, priority int NOT NULL, pull_count int NOT NULL,
    created_at timestamptz NOT NULL, attempts int NOT NULL DEFAULT 0, is_open boolean NOT NULL DEFAULT true,
    available_at timestamptz NOT NULL DEFAULT '-infinity', token text, holder text
);
CREATE INDEX queue ON leads (priority, pull_count, created_at DESC) WHERE is_open;
CREATE TABLE events (
    lead text NOT NULL, at timestamptz NOT NULL, kind text NOT NULL, by text NOT NULL, detail text NOT NULL
);
CREATE INDEX timeline ON events (lead, at);
"""
# `available_at` is the end of the lease or of the cool-down: neither needs a job to end.
_FRONT = """
SELECT id, body FROM leads WHERE is_open AND available_at <= %(now)s
ORDER BY priority, pull_count, created_at DESC LIMIT %(leads)s
"""
_PULL = """
WITH slot AS (
    SELECT id FROM reps WHERE id = %(user)s AND lease_expires <= %(now)s FOR UPDATE
), best AS (
    SELECT id FROM leads
    WHERE is_open AND available_at <= %(now)s AND EXISTS (SELECT FROM slot)
    ORDER BY priority, pull_count, created_at DESC LIMIT 1 FOR UPDATE SKIP LOCKED
), lent AS (
    UPDATE leads SET holder = %(user)s, token = %(token)s, available_at = %(until)s, pull_count = pull_count + 1
    FROM best WHERE leads.id = best.id RETURNING leads.id, leads.body
), taken AS (
    UPDATE reps SET token = %(token)s, lease_expires = %(until)s WHERE id = %(user)s AND EXISTS (SELECT FROM lent)
), told AS (
    INSERT INTO events SELECT id, %(now)s, 'pulled', %(user)s, %(token)s FROM lent
)
SELECT id, body FROM lent
"""
_DISPOSE = """
WITH worked AS (
    UPDATE leads SET token = NULL, available_at = %(until)s, attempts = attempts + 1, is_open = attempts < 5
    WHERE id = %(lead)s AND token = %(token)s AND holder = %(user)s RETURNING id
), slot AS (
    UPDATE reps SET token = NULL, lease_expires = '-infinity'
    WHERE id = %(user)s AND token = %(token)s AND EXISTS (SELECT FROM worked)
), told AS (
    INSERT INTO events SELECT id, %(now)s, 'disposition', %(user)s, 'no-answer' FROM worked
)
SELECT id FROM worked
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A lead of the queue. body: as received."""

    id: str
    body: Any
    priority: int
    pull_count: int
    created_at: datetime
    attempts: int


def fill(where: str, rows: Iterable[Row], users: Iterable[str]) -> str:
    """Make the tables of an empty database with these leads and users; the server's version."""
    import psycopg
    from psycopg.types.json import Jsonb

    with psycopg.connect(where) as connection:
        connection.execute(_SCHEMA)
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO reps (id) VALUES (%s)", [(each,) for each in users])
        columns = "id, body, priority, pull_count, created_at, attempts"
        cursor.executemany(
            f"INSERT INTO leads ({columns}) VALUES (%s, %s, %s, %s, %s, %s)",  # noqa: S608 - names of our own
            [(r.id, Jsonb(r.body), r.priority, r.pull_count, r.created_at, r.attempts) for r in rows],
        )
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        version: str = connection.execute("SHOW server_version").fetchone()[0]
    return version


class SkipLocked:
    """One connection to the queue. round_trips: statements sent, each of which is waited for."""

    def __init__(self, where: str) -> None:
        import psycopg

        self.round_trips = 0
        self._connection = psycopg.connect(where, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    def bare(self) -> None:
        """The least that can be asked of it."""
        self._ask("SELECT 1", {})

    def front(self, leads: int, now: datetime) -> None:
        """The first leads of the queue, only read."""
        self._ask(_FRONT, {"now": now, "leads": leads})

    def pull(self, user: str, now: datetime) -> tuple[str, str] | None:
        """The lead and the token of its lease; None when there is nothing, or the user holds one."""
        token = secrets.token_urlsafe(12)
        until = now + timedelta(minutes=15)
        found = self._ask(_PULL, {"user": user, "now": now, "until": until, "token": token})
        return (found[0], token) if found else None

    def dispose(self, user: str, lead: str, token: str, now: datetime) -> bool:
        """Nobody answered: the lead rests. False when the lease is not the user's, or not the last one."""
        until = now + timedelta(minutes=240)
        terms = {"user": user, "lead": lead, "token": token, "now": now, "until": until}
        return self._ask(_DISPOSE, terms) is not None

    def _ask(self, statement: str, terms: dict[str, Any]) -> Any:
        self.round_trips += 1
        return self._connection.execute(statement, terms).fetchone()
