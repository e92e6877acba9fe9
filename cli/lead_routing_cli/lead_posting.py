"""Posts the leads of a file to a source, over a few kept-alive connections, and keeps the tally."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from lead_routing_cli.http_client import Answer, Api, RefusedError, segment
from lead_routing_cli.lead_file import LeadFile
from routing.domain.lists.leads import LeadRow
from routing.domain.lists.records import BadRow

CONNECTIONS = 4
NOT_LET_IN = frozenset({401, 403})
LISTED = 20
"""How many bad rows are kept to be shown; all are counted."""
LINES_NAMED = 5
"""Of how many lines a warning is said to be."""


@dataclass
class Noticed:
    """How often something was noticed, and on which lines first."""

    times: int = 0
    lines: list[int] = field(default_factory=list)

    def count(self, line: int) -> None:
        """Once more, on this line."""
        self.times += 1
        if len(self.lines) < LINES_NAMED:
            self.lines.append(line)

    def __str__(self) -> str:
        """Say where."""
        more = f" and {self.times - len(self.lines)} more" if self.times > len(self.lines) else ""
        return f"line{'s' if self.times > 1 else ''} {', '.join(map(str, sorted(self.lines)))}{more}"


@dataclass
class Tally:
    """What became of the rows of a file: each is created, a duplicate, different, refused by the API, or bad.

    `different`: another lead came under this external id, and it is not brought in. `warnings` are what
    the API noticed, by field and message.
    """

    created: int = 0
    duplicates: int = 0
    different: int = 0
    refused: int = 0
    bad: int = 0
    warnings: dict[tuple[str, str], Noticed] = field(default_factory=dict)
    problems: list[BadRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.created + self.duplicates + self.left_out

    @property
    def left_out(self) -> int:
        """How many rows are no lead now, and should be looked at."""
        return self.different + self.refused + self.bad

    def count(self, row: LeadRow | BadRow, answer: Answer | None) -> None:
        """Add a row with what the API answered to it (None: it was bad and not sent)."""
        if isinstance(row, BadRow) or answer is None:
            self.bad += 1
            self._list(row.line, row.reason if isinstance(row, BadRow) else "not sent")
        elif not answer.ok:
            self.refused += 1
            self._list(row.line, answer.problem())
        elif any(warning["code"] == "differs" for warning in answer.body["warnings"]):
            self.different += 1
            self._list(row.line, f"another lead is here under the external_id {row.lead.get('external_id')}")
        else:
            self.duplicates += bool(answer.body["duplicate"])
            self.created += not answer.body["duplicate"]
            for warning in answer.body["warnings"]:
                self.warnings.setdefault((warning["field"], warning["message"]), Noticed()).count(row.line)

    def lines(self, notes: Sequence[str]) -> Iterator[str]:
        """The tally for people: a sum, then what was assumed, what is left out and what was noticed."""
        different = f"{self.different} here with other data, " if self.different else ""
        yield (
            f"{self.rows} rows read: {self.created} leads created, {self.duplicates} here already, {different}"
            f"{self.refused} refused, {self.bad} unreadable"
        )
        yield from (f"  {each}" for each in [*notes, *map(str, self.problems)])
        if self.left_out > len(self.problems):
            yield f"  ... and {self.left_out - len(self.problems)} more rows left out"
        together: dict[tuple[str, str], list[str]] = {}
        for (name, message), noticed in sorted(self.warnings.items(), key=lambda each: -each[1].times):
            together.setdefault((str(noticed), message), []).append(name)
        yield from (f"  {', '.join(names)}: {message} ({at})" for (at, message), names in together.items())

    def json(self, notes: Sequence[str]) -> dict[str, Any]:
        """The tally for programs."""
        return {
            "rows": self.rows,
            "created": self.created,
            "duplicates": self.duplicates,
            "different": self.different,
            "refused": self.refused,
            "unreadable": self.bad,
            "notes": list(notes),
            "problems": [{"line": each.line, "reason": each.reason} for each in self.problems],
            "warnings": [
                {"field": name, "message": message, "times": noticed.times, "lines": sorted(noticed.lines)}
                for (name, message), noticed in self.warnings.items()
            ],
        }

    def _list(self, line: int, reason: str) -> None:
        if len(self.problems) < LISTED:
            self.problems.append(BadRow(line, reason))


@dataclass(frozen=True)
class Target:
    """Where leads go, and as whose: of a source with its key, or of a source that a user names."""

    url: str
    source: str
    key: str | None = None
    token: str | None = None

    def post(self, api: Api, lead: Mapping[str, object]) -> Answer:
        """Hand one lead in."""
        if self.key is not None:
            return api.send("POST", f"/v1/intake/{segment(self.source)}", dict(lead), {"X-Api-Key": self.key})
        return api.send("POST", "/v1/leads", {**lead, "source": self.source})


def post_leads(file: LeadFile, target: Target, progress: Callable[[int, int], None]) -> Tally:
    """Post every good row; `progress` is told the bytes and the rows that are behind us.

    Memory is flat: a connection takes the next row when it is done with its last one. The first failure to
    reach the API, or to be let in, ends it and is raised.
    """
    tally, rows = Tally(), file.rows()
    turn, stop = threading.Lock(), threading.Event()

    def post() -> None:
        try:
            with Api(target.url, target.token) as api:
                while not stop.is_set():
                    with turn:
                        row = next(rows, None)
                    if row is None:
                        return
                    answer = target.post(api, row.lead) if isinstance(row, LeadRow) else None
                    if answer is not None and answer.status in NOT_LET_IN:
                        raise RefusedError("POST", "leads", answer)
                    with turn:
                        tally.count(row, answer)
                        progress(file.list.read, tally.rows)
        finally:
            stop.set()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        try:
            for done in [pool.submit(post) for _ in range(CONNECTIONS)]:
                done.result()
        finally:
            stop.set()
    return tally
