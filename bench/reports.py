"""What a part of the bench found: tables on the console and as Markdown, the figures as JSON, curves as a picture."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.drawing import Panel, svg


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


@dataclass(frozen=True, slots=True)
class Report:
    """What one part found. results: the figures behind the tables, by name. exceeded: what is over its budget, told."""

    sections: Sequence[Section]
    results: Mapping[str, Sequence[Any]]
    panels: Sequence[Panel] = ()
    exceeded: Sequence[str] = ()

    def save(self, folder: Path, part: str, heading: str) -> list[Path]:
        """The part's .md and .json, and an .svg if it has curves; where they are."""
        folder.mkdir(parents=True, exist_ok=True)
        text = [f"# {heading}", "", *(each.markdown() for each in self.sections)]
        files = {}
        if self.panels:
            files[f"{part}.svg"] = svg(self.panels)
            text += [f"![{'; '.join(each.title for each in self.panels)}]({part}.svg)", ""]
        figures = {name: [asdict(each) for each in of] for name, of in self.results.items()}
        files |= {f"{part}.md": "\n".join(text), f"{part}.json": json.dumps(figures, indent=1) + "\n"}
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
        return [folder / name for name in files]


def number(value: float) -> str:
    """With two decimals at most."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
