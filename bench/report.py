"""What was measured as tables: on the console, as Markdown, as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.budgets import Measured
from bench.costs import Bill
from bench.decisions import Speed
from bench.matching import CRITERIA, LEADS, OURS, Matching
from bench.one_strategy import WHY_98, Batch
from bench.plot import Line, Panel
from bench.rates import Rate
from bench.starts import Start


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


def of_batches(batches: Iterable[Batch]) -> Section:
    found = list(batches)
    rows = [
        (
            str(each.leads),
            str(each.transactions),
            str(each.round_trips),
            f"{_number(each.each.write)} + {_number(each.each.index)}",
            _number(each.each.read),
            f"{each.per_second:.0f}",
            f"{each.per_second / found[0].per_second:.1f}",
        )
        for each in found
    ]
    columns = (
        "leads at once",
        "transactions",
        "serial round trips",
        "write units + index",
        "read units",
        "leads a second",
        "times the first",
    )
    note = (
        f"Fifty recipients. Units are for one lead, metered. {WHY_98} A second is one of the embedded engine on this "
        "machine, an emulator whose transactions take its processor's time, where DynamoDB's take the network's."
    )
    return Section("Through one push strategy, one batch after another", columns, rows, note)


def of_matching(found: Iterable[Matching], strategies: int, matched: float, looked_at: float) -> Section:
    """The engines over so many strategies. matched: how many match a lead; looked_at: criteria that decide it."""
    chosen = [each for each in found if each.strategies == strategies]
    ours = next(each.per_second for each in chosen if each.engine == OURS)
    rows = [
        (each.engine, f"skipped, {each.skipped}", "")
        if each.skipped
        else (each.engine, f"{each.per_second:,.0f}", f"{ours / each.per_second:.1f}")
        for each in chosen
    ]
    agreed = (
        "All engines agreed on" if not any(each.skipped for each in chosen) else "Those that ran agreed on"
    )
    note = (
        f"A second is one of a single core, without storage. {agreed} which strategies match each of {LEADS} leads "
        f"before they were timed: {matched:.1f} of {strategies} on average. A strategy is out at its first criterion "
        f"that fails, on average after {looked_at:.1f} of {CRITERIA}; cel-python looks at all of them. Ours folds "
        "case, trims and reads each lead's values anew; the others get leads in their own types, and compare text as "
        "it is. cel-python runs compiled, which is faster than as it comes."
    )
    title = f"Which of {strategies} strategies of {CRITERIA} criteria match a lead"
    return Section(title, ("engine", "leads a second and core", "its time / ours"), rows, note)


def of_recipients(speeds: Sequence[Speed]) -> Section:
    note = (
        "Deciding one lead between the push function's two round trips, with every reason for every recipient. All "
        "may have it; the counts go on from lead to lead. Relative: time, to that of the fewest with the same method."
    )
    return _growth("Decisions by recipients of one strategy", "recipients", speeds, note)


def of_strategies(speeds: Sequence[Speed], found: Iterable[Matching]) -> Section:
    matching = [each for each in found if each.engine == OURS]
    note = (
        "The same with ever more strategies of five recipients, of which few match. Up to the one that takes it, each "
        "strategy's every criterion is explained; `matching alone` tells only which match."
    )
    section = _growth("Decisions by strategies", "strategies", speeds, note)
    rows = [
        (*row, f"{each.per_second:,.0f}", f"{matching[0].per_second / each.per_second:.1f}")
        for row, each in zip(section.rows, matching, strict=True)
    ]
    return Section(section.title, (*section.columns, "matching alone a second", "relative"), rows, note)


def _growth(title: str, of: str, speeds: Sequence[Speed], note: str) -> Section:
    """A row for each number of recipients or strategies, with two columns for each method."""
    by_method: dict[str, dict[int, Speed]] = {}
    for each in speeds:
        by_method.setdefault(each.method, {})[getattr(each, of)] = each
    rows = []
    for size in next(iter(by_method.values())):
        row = [str(size)]
        for found in by_method.values():
            first = next(iter(found.values()))
            row += [
                f"{found[size].per_second:,.0f}",
                f"{first.per_second / found[size].per_second:.1f}",
            ]
        rows.append(tuple(row))
    columns = [of]
    for method in by_method:
        columns += [f"{method.replace('_', ' ')}, a second and core", "relative"]
    return Section(title, tuple(columns), rows, note)


def growth(
    by_recipients: Iterable[Speed], by_strategies: Iterable[Speed], found: Iterable[Matching]
) -> list[Panel]:
    """Microseconds per lead over recipients, and over strategies."""
    recipients = _lines((each.method.replace("_", " "), each.recipients, each) for each in by_recipients)
    strategies = _lines(
        [
            *(
                (f"decision, {each.method.replace('_', ' ')}", each.strategies, each)
                for each in by_strategies
            ),
            *((f"matching, {each.engine}", each.strategies, each) for each in found if not each.skipped),
        ]
    )
    up = "microseconds of a core per lead"
    return [
        Panel("One decision, by recipients of one strategy", "recipients", up, recipients),
        Panel("One lead, by strategies of five criteria", "strategies", up, strategies),
    ]


def _lines(timed: Iterable[tuple[str, int, Speed | Matching]]) -> tuple[Line, ...]:
    points: dict[str, list[tuple[float, float]]] = {}
    for name, x, each in timed:
        points.setdefault(name, []).append((x, 1_000_000 / each.per_second))
    return tuple(Line(name, tuple(found)) for name, found in points.items())


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
    folder: Path,
    heading: str,
    sections: Sequence[Section],
    results: Mapping[str, Sequence[Any]],
    ending: str,
    pictures: Mapping[str, tuple[str, str]],
) -> None:
    """bench.md with the tables, bench.json with the figures behind them, and the pictures: what each shows and its SVG,
    by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = [line for name, (shows, _) in pictures.items() for line in (f"![{shows}]({name})", "")]
    text = "\n".join([f"# {heading}", "", *(each.markdown() for each in sections), *shown, ending, ""])
    for name, (_, picture) in pictures.items():
        (folder / name).write_text(picture, encoding="utf-8")
    (folder / "bench.md").write_text(text, encoding="utf-8")
    plain = {name: [asdict(each) for each in found] for name, found in results.items()}
    (folder / "bench.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
