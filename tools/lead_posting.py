"""Posts the leads of a file to a source, over a few kept-alive connections, and keeps the tally."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tools.csv_records import BadRow
from tools.http_client import Answer, Api, segment
from tools.lead_file import LeadFile, Row

CONNECTIONS = 4
LISTED = 20
"""How many bad rows are kept to be shown; all are counted."""


@dataclass
class Tally:
    """What became of the rows of a file: each is created, a duplicate, refused by the API, or bad.

    `warnings` counts what the API noticed, by field and message.
    """

    created: int = 0
    duplicates: int = 0
    refused: int = 0
    bad: int = 0
    warnings: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[BadRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.created + self.duplicates + self.refused + self.bad

    def count(self, row: Row | BadRow, answer: Answer | None) -> None:
        """Add a row with what the API answered to it (None: it was bad and not sent)."""
        if isinstance(row, BadRow) or answer is None:
            self.bad += 1
            self._list(row.line, row.reason if isinstance(row, BadRow) else "not sent")
        elif not answer.ok:
            self.refused += 1
            errors = [
                f"{error.get('field')}: {error.get('message')}" for error in answer.body.get("errors", ())
            ]
            self._list(row.line, "; ".join([answer.problem(), *errors]))
        else:
            self.duplicates += bool(answer.body["duplicate"])
            self.created += not answer.body["duplicate"]
            self.warnings.update(
                (warning["field"], warning["message"]) for warning in answer.body["warnings"]
            )

    def _list(self, line: int, reason: str) -> None:
        if len(self.problems) < LISTED:
            self.problems.append(BadRow(line, reason))


def post_leads(
    file: LeadFile, url: str, source: str, key: str, progress: Callable[[int, int], None]
) -> Tally:
    """Post every good row; `progress` is told the bytes and the rows that are behind us.

    Memory is flat: a connection takes the next row when it is done with its last one. The first failure to
    reach the API ends it and is raised.
    """
    tally, rows = Tally(), file.rows()
    turn, stop = threading.Lock(), threading.Event()
    path = f"/v1/intake/{segment(source)}"

    def post() -> None:
        try:
            with Api(url) as api:
                while not stop.is_set():
                    with turn:
                        row = next(rows, None)
                    if row is None:
                        return
                    answer = (
                        api.send("POST", path, row.lead, {"X-Api-Key": key}) if isinstance(row, Row) else None
                    )
                    with turn:
                        tally.count(row, answer)
                        progress(file.read, tally.rows)
        finally:
            stop.set()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        try:
            for done in [pool.submit(post) for _ in range(CONNECTIONS)]:
                done.result()
        finally:
            stop.set()
    return tally
