"""The demonstration: a company, a file of leads, where each of them went and why, and then an API to try."""

import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from lead_routing_cli import checkout, configure
from lead_routing_cli.company_file import CompanyFile
from lead_routing_cli.http_client import Api
from lead_routing_cli.lead_file import LeadFile, read_mapping
from lead_routing_cli.lead_posting import Target
from lead_routing_cli.progress import import_with_bar
from lead_routing_cli.report import print_distribution
from lead_routing_cli.tour import REP, print_timeline, work_leads

COMPANY = checkout.EXAMPLES / "company.yaml"
LEADS = checkout.EXAMPLES / "leads.csv"
SOURCE = "web-form"
TOKEN = "dev:admin"  # noqa: S105 - of this machine only


@dataclass(frozen=True)
class Chosen:
    """What the command line says. None: the example's, as far as nothing is there yet."""

    company: Path | None = None
    leads: Path | None = None
    mapping: Path | None = None
    source: str | None = None
    port: int = 8080
    data: Path | None = None
    once: bool = False


def run(chosen: Chosen, console: Console) -> None:
    """Run the demonstration, and stay up until KeyboardInterrupt unless `once`.

    On data that is there already nothing happens by itself: no company is applied and no lead brought in or worked,
    but those that are named. Leads are worked, as a rep would, only if they are the example's.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        # What can be refused is looked at before anything is started.
        company = configure.read(chosen.company) if chosen.company else None
        leads = stack.enter_context(_leads(chosen.leads, chosen.mapping)) if chosen.leads else None
        checkout.free_port(chosen.port)
        console.print("starting the local API with the embedded store ...")
        local = stack.enter_context(checkout.local_api(chosen.port, chosen.data))
        admin = stack.enter_context(Api(local.url, TOKEN))
        is_example = local.is_new and company is None
        if is_example:
            company = configure.read(COMPANY)
        has_example_leads = is_example and leads is None
        if has_example_leads:
            leads = stack.enter_context(_leads(LEADS, None))
        if not local.is_new:
            console.print(f"{chosen.data} has data: what is there is left as it is", highlight=False)
        if company is not None:
            _apply(company, admin, console)
        key = None
        if leads is not None or is_example:
            source = chosen.source or _source(admin)
            key = admin.post(f"/v1/sources/{source}/keys")["api_key"]
            if leads is not None:
                tally = import_with_bar(leads, Target(local.url, source, key=key), console)
                for line in tally.lines(leads.list.notes):
                    console.print(line, highlight=False, markup=False)
        admin.post("/_local/settle")
        print_distribution(admin, console)
        console.print(f"from the start to this table: {time.monotonic() - started:.1f} s", highlight=False)
        worked = None
        if has_example_leads:
            with Api(local.url, f"dev:{REP}") as rep:
                worked = work_leads(rep, console)
            admin.post("/_local/settle")
        if worked:
            print_timeline(admin, console, worked)
        if not chosen.once:
            _print_invitation(local.url, console, key=key if is_example else None, lead=worked)
            while True:
                signal.pause()


@contextmanager
def _leads(path: Path, mapping: Path | None) -> Iterator[LeadFile]:
    with LeadFile(path, read_mapping(mapping) if mapping else None) as file:
        yield file


def _apply(company: CompanyFile, admin: Api, console: Console) -> None:
    summary = configure.apply(configure.plan(company, admin), admin)
    console.print(f"{company.path.name}: {summary}", highlight=False, markup=False)


def _source(admin: Api) -> str:
    """The source that leads of a file come by: the example's, else the only one of the company's own, else `api`."""
    ids = [each["id"] for each in admin.items("/v1/sources")]
    own = [each for each in ids if each != "api"]
    return SOURCE if SOURCE in ids else own[0] if len(own) == 1 else "api"


def _print_invitation(url: str, console: Console, *, key: str | None, lead: str | None) -> None:
    body = '{"first_name": "Pat", "phone": "303-555-0199", "state": "CO", "fields": {"product": "purchase"}}'
    json = "-H 'Content-Type: application/json'"
    admin = f"-H 'Authorization: Bearer {TOKEN}'"
    console.print(
        f"\n[bold]Serving on {url}[/] until Ctrl-C: open it in a browser, or paste into another shell:",
        highlight=False,
    )
    if key is None:
        post, pull = f"curl -s {url}/v1/leads {admin} {json} -d {shlex.quote(body)}", ""
    else:
        post = f"curl -s {url}/v1/intake/{SOURCE} -H 'X-Api-Key: {key}' {json} -d {shlex.quote(body)}"
        pull = f"curl -s {url}/v1/pull -H 'Authorization: Bearer dev:omar' {json} -d '{{}}'"
    look = f"{url}/v1/leads/{lead}/timeline" if lead else f"'{url}/v1/leads?owner=corporate'"
    for line in (post, pull, f"curl -s {look} {admin}"):
        if line:
            console.print(line, highlight=False, soft_wrap=True, markup=False)
