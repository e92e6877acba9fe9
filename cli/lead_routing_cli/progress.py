"""How far something is, for people: a bar where there is a terminal."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lead_routing_cli import configure
from lead_routing_cli.http_client import Api
from lead_routing_cli.lead_file import LeadFile
from lead_routing_cli.lead_import import Imported, import_file
from lead_routing_cli.lead_posting import Tally, Target, post_leads


def import_with_bar(file: LeadFile, target: Target, console: Console) -> Tally:
    """Post a file's leads with a bar of the bytes that are read."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]} leads"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(escape(file.path.name), total=file.size, rows=0)
        tally = post_leads(file, target, lambda read, rows: bar.update(task, completed=read, rows=rows))
        bar.update(task, completed=file.size)
    return tally


def imported_with_bar(
    api: Api, path: Path, source: str, mapping: Mapping[str, str | None] | None, console: Console
) -> Imported:
    """Import a file with a bar of what is put, and then of what the server has read."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[doing]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(escape(path.name), total=1, doing="")
        return import_file(
            api, path, source, mapping,
            lambda doing, part: bar.update(task, completed=part, doing=doing),
        )  # fmt: skip


def apply_with_bar(planned: configure.Plan, api: Api, console: Console) -> configure.Summary:
    """Carry a plan out with a bar of its steps."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} of {task.total}"))
    steps = sum(planned.count(each) for each in configure.MARKS)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("applying", total=steps)
        return configure.apply(planned, api, lambda done: bar.update(task, completed=done))
