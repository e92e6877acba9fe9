"""The command line: what each command takes, prints and ends with."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console

from lead_routing_cli import checkout, configure, demo
from lead_routing_cli.http_client import Api, ApiUnreachableError, RefusedError
from lead_routing_cli.lead_file import LeadFile, UnreadableFileError, read_mapping
from lead_routing_cli.lead_posting import Target
from lead_routing_cli.progress import apply_with_bar, import_with_bar, imported_with_bar

LOCAL = "http://127.0.0.1:8080"
REFUSED, NOT_BEGUN = 1, 2
ENDS = "Ends with 0 when all is done, 1 when something is refused, 2 when it could not begin."
ENDS_OF_SERVING = "Ends with 0 when it was stopped, 2 when it could not begin."
CANNOT_BEGIN = (
    configure.ConfigureError,
    ApiUnreachableError,
    RefusedError,
    UnreadableFileError,
    checkout.NoCheckoutError,
    checkout.TakenPortError,
)


class _Ended(click.ClickException):
    """Ends the command with one message on standard error."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.exit_code = status

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=True)


@contextmanager
def _said() -> Iterator[None]:
    """What can be expected to go wrong becomes a message and a status."""
    try:
        yield
    except (configure.RefusedFileError, configure.PartlyAppliedError) as refused:
        raise _Ended(str(refused), REFUSED) from refused
    except CANNOT_BEGIN as wrong:
        raise _Ended(str(wrong), NOT_BEGUN) from wrong


def _path(**more: Any) -> Any:
    return click.Path(path_type=Path, **more)


def _api_options(command: Callable[..., Any]) -> Callable[..., Any]:
    url = click.option(
        "--url", default=LOCAL, envvar="LEAD_ROUTING_URL", show_default=True, show_envvar=True,
        help="Where the API is.",
    )  # fmt: skip
    token = click.option(
        "--token", default=demo.TOKEN, envvar="LEAD_ROUTING_TOKEN", show_envvar=True,
        help="A user's bearer token; by default the administrator's of this machine.",
    )  # fmt: skip
    as_json = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON on standard output, for programs."
    )
    return url(token(as_json(command)))


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=ENDS)
@click.version_option(package_name="lead-routing-cli")
def cli() -> None:
    """Every lead goes to the right person, at once, fairly, and the system can always say why.

    Begin with `lead-routing demo`. A company is a file: `plan` shows what applying it would change, `apply` does it,
    `import` brings a file of leads in. All three talk to the API at --url.
    """


@cli.command(epilog=ENDS)
@click.argument("company", type=_path())
@click.option("--prune", is_flag=True, help="Show also what apply --prune would delete.")
@_api_options
def plan(company: Path, prune: bool, url: str, token: str, as_json: bool) -> None:
    """Show what applying the file COMPANY would change.

    The server checks every resource beside the others of the file, so what `plan` does not complain about `apply`
    carries out. Nothing is changed.
    """
    with _said(), Api(url, token) as api:
        planned = configure.plan(configure.read(company), api, prune=prune)
    click.echo(_json(planned.json()) if as_json else "\n".join(planned.lines()))
    if planned.problems:
        raise _Ended("\n".join(planned.problems), REFUSED)


@cli.command(epilog=ENDS)
@click.argument("company", type=_path())
@click.option("--prune", is_flag=True, help="Delete what the file does not have, after you have agreed.")
@click.option("--yes", is_flag=True, help="Agree to what --prune deletes.")
@_api_options
def apply(company: Path, prune: bool, yes: bool, url: str, token: str, as_json: bool) -> None:
    """Make the server's company what the file COMPANY says: all of it or, if anything is refused, nothing.

    Applied again, it writes nothing. What only the server has is left alone without --prune.
    """
    console = Console(stderr=True)
    with _said(), Api(url, token) as api:
        planned = configure.plan(configure.read(company), api, prune=prune)
        gone = [each.label for each in planned.changes if each.action == "delete"]
        if gone and not planned.problems and not yes:
            _agree(gone)
        summary = apply_with_bar(planned, api, console)
    for old, new in planned.renamed:
        click.echo(f"{new} has the name of {old}, which the file does not have: it stays as it is", err=True)
    done = {
        "created": summary.created, "changed": summary.changed, "deleted": summary.deleted,
        "unchanged": summary.unchanged,
    }  # fmt: skip
    click.echo(_json(done) if as_json else str(summary))


def _agree(gone: list[str]) -> None:
    click.echo("\n".join(f"- {each}" for each in gone), err=True)
    if not sys.stdin.isatty():
        raise _Ended(f"--prune would delete these {len(gone)}: say --yes too", NOT_BEGUN)
    if not click.confirm(f"Delete these {len(gone)}?", err=True):
        raise _Ended("nothing changed", NOT_BEGUN)


@cli.command("import", epilog=ENDS)
@click.argument("leads", type=_path())
@click.option(
    "--mapping", type=_path(), help="A YAML file: a heading and the key of a lead that it means, a line each."
)
@click.option("--source", default="api", show_default=True, help="The source that the leads come from.")
@click.option(
    "--key", envvar="LEAD_ROUTING_KEY", show_envvar=True,
    help="The source's key: the leads come as the source's own, and --token is not used.",
)  # fmt: skip
@_api_options
def import_leads(
    leads: Path, mapping: Path | None, source: str, key: str | None, url: str, token: str, as_json: bool
) -> None:
    """Bring the leads of a file in, .csv or .xlsx, its columns in any order.

    Headings are known by their usual names, and others become custom fields. Rows that cannot be used are listed with
    their line, the others go in. The same file again brings nothing in twice. The server reads the file, and goes on
    when this command is stopped; with --key the leads of a CSV file are posted from here.
    """
    columns = read_mapping(mapping) if mapping and key is None else None
    if key is None:
        with _said(), Api(url, token) as api:
            done = imported_with_bar(api, leads, source, columns, Console(stderr=True))
        click.echo(_json(done.json()) if as_json else "\n".join(done.lines()))
        if done.failed:
            raise _Ended(f"the import ended early: {done.failed}", REFUSED)
        if done.left_out:
            sys.exit(REFUSED)
        return
    with _said(), LeadFile(leads, read_mapping(mapping) if mapping else None) as file:
        target = Target(url, source, key)
        tally = import_with_bar(file, target, Console(stderr=True))
        notes = file.list.notes
    click.echo(_json(tally.json(notes)) if as_json else "\n".join(tally.lines(notes)))
    if tally.left_out:
        sys.exit(REFUSED)


@cli.command(epilog=ENDS_OF_SERVING)
@click.option("--port", default=8080, show_default=True, help="On 127.0.0.1; 0 takes a free one.")
@click.option(
    "--store", type=click.Choice(["embedded", "dynamodb-local", "aws"]), default="embedded", show_default=True,
    help="Where the data is; `aws` is the table that TABLE_NAME names.",
)  # fmt: skip
@click.option("--data", type=_path(), help="Keep the data in this folder between runs.")
@click.option("--empty", is_flag=True, help="Begin without the example company.")
def serve(port: int, store: str, data: Path | None, empty: bool) -> None:
    """Serve the API on this machine until Ctrl-C.

    The bearer token dev:<account> stands for a user there, dev:admin for the administrator.
    """
    arguments = ["--port", str(port), "--store", store, *(["--empty"] if empty else [])]
    with _said():
        checkout.free_port(port)
        status = checkout.serve(arguments + (["--data", str(data)] if data else []))
    sys.exit(NOT_BEGUN if status else 0)


@cli.command("demo", epilog=ENDS_OF_SERVING)
@click.option(
    "--company", type=_path(), envvar="COMPANY", show_envvar=True, help="A company file of your own."
)
@click.option(
    "--leads", type=_path(), envvar="LEADS", show_envvar=True, help="A CSV file of leads of your own."
)
@click.option(
    "--mapping", type=_path(), envvar="MAPPING", show_envvar=True, help="What its headings mean, in YAML."
)
@click.option("--source", help="The source that the leads come from.")
@click.option("--port", default=8080, show_default=True, help="On 127.0.0.1; 0 takes a free one.")
@click.option("--data", type=_path(), help="Keep the data in this folder between runs.")
@click.option("--once", is_flag=True, help="End after the tables instead of staying up.")
def run_demo(**chosen: Any) -> None:
    """Run the product on this machine: a company, leads, who got them and why, then an API to try.

    Without options it is the example company with 300 leads. A company of your own comes without leads unless you name
    some, and leads of your own go to the example company unless you name one. On data that is there already nothing is
    applied or brought in but what you name.
    """
    _interrupt_on_signals()
    console = Console(width=None if sys.stdout.isatty() else 120)
    with _said():
        try:
            demo.run(demo.Chosen(**chosen), console)
        except KeyboardInterrupt:
            console.print("stopped")
        except checkout.engine_error() as missing:
            raise _Ended(str(missing), NOT_BEGUN) from missing


def _interrupt_on_signals() -> None:
    """Have SIGINT and SIGTERM end the run in order; a background job starts with SIGINT ignored."""
    asked = False

    def interrupt(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if asked:
            # Asked twice: go at once. The store sees that we are gone, and ends too.
            os._exit(128 + number)
        asked = True
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, interrupt)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def main() -> None:
    """The entry point `lead-routing`."""
    cli(prog_name="lead-routing")


if __name__ == "__main__":
    main()
