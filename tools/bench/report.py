"""What was measured as tables: on the console, as Markdown, as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tools.bench.budgets import Measured
from tools.bench.costs import Bill
from tools.bench.decisions import Speed
from tools.bench.rates import Rate
from tools.bench.starts import Start


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its title and what must be known to read it."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", _row(self.columns), _row(["---"] * len(self.columns))]
        lines += [_row(row) for row in self.rows]
        return "\n".join([*lines, *(["", self.note] if self.note else []), ""])

    def show(self, console: Console) -> None:
        table = Table(*self.columns, title=self.title, title_justify="left", caption=self.note or None)
        table.caption_justify = "left"
        for column in table.columns[1:]:
            column.justify = "right"
        for row in self.rows:
            table.add_row(*map(escape, row))
        console.print(table)
        console.print()


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def of_budgets(measured: Iterable[Measured]) -> Section:
    rows = []
    for each in measured:
        budget, units = each.budget, each.each
        verdict = "" if budget is None else "kept" if each.is_within else "EXCEEDED"
        rows.append(
            (
                each.work,
                str(each.round_trips),
                f"{_number(units.write)} + {_number(units.index)}",
                _number(units.read),
                f"{budget.round_trips}; {_number(budget.write)} + {_number(budget.index)}" if budget else "",
                budget.floor if budget else "",
                verdict,
            )
        )
    columns = ("work", "serial round trips", "write units + index", "read units", "budget", "floor", "")
    note = (
        "Units are for one lead. Metered from the requests by DynamoDB's documented rules, on a warm container. "
        "Budget: round trips; write units + index. Floor: what any design needs."
    )
    return Section("Round trips and request units", columns, rows, note)


def of_sizes(sizes: Mapping[str, int]) -> Section:
    rows = [(kind, f"{size:,}") for kind, size in sorted(sizes.items()) if kind != "set-up"]
    note = "Of 2 KB leads and of fifty recipients with counts of a busy day. A write unit holds 1,024 bytes."
    return Section("Largest item of each kind", ("item", "bytes"), rows, note)


def of_rates(rates: Iterable[Rate]) -> Section:
    by_work: dict[str, list[Rate]] = {}
    for each in rates:
        by_work.setdefault(each.work, []).append(each)
    rows = [
        (
            work,
            *(cell for each in found for cell in (f"{each.per_second:.0f}", f"{each.in_bare_requests:.1f}")),
        )
        for work, found in by_work.items()
    ]
    counts = [each.threads for each in next(iter(by_work.values()), [])]
    columns = tuple(
        cell
        for threads in counts
        for cell in (f"a second, {threads} thread{'s' if threads > 1 else ''}", "in bare requests")
    )
    note = (
        "A local emulator, not DynamoDB: one process for all functions beside one for the engine, on this machine's "
        "processors. Leads, pulls or dispositions a second; and how many bare puts of one small item take as long."
    )
    return Section("Rates on the embedded engine", ("work", *columns), rows, note)


def of_speeds(speeds: Iterable[Speed]) -> Section:
    rows = [(each.what, f"{each.per_second:,.0f}", f"{each.relative:.1f}") for each in speeds]
    return Section("Rules alone, without storage", ("work", "a second", "time, relative"), rows)


def of_starts(starts: Iterable[Start]) -> Section:
    rows = [(each.function, f"{each.milliseconds:.0f}", f"{each.ratio:.2f}") for each in starts]
    note = (
        "Median of five fresh interpreters each, in turn: importing the handler and building its store, if it has "
        "one, with bytecode. This machine's milliseconds; Lambda's differ, the ratios less."
    )
    return Section("Start-up", ("function", "ms", "times a bare handler"), rows, note)


def of_bill(bill: Bill) -> Section:
    rows = [(line.what, line.formula, f"{line.dollars:.2f}") for line in bill.lines]
    rows.append(("together", "", f"{bill.dollars:.2f}"))
    return Section(f"Dollars for {bill.title}", ("what", "formula, for one", "dollars"), rows)


def save(
    folder: Path, heading: str, sections: Sequence[Section], results: Mapping[str, Sequence[Any]], ending: str
) -> None:
    """bench.md with the tables, bench.json with the figures behind them."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join([f"# {heading}", "", *(each.markdown() for each in sections), ending, ""])
    (folder / "bench.md").write_text(text, encoding="utf-8")
    plain = {name: [asdict(each) for each in found] for name, found in results.items()}
    (folder / "bench.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
