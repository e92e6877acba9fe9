"""Who got how many leads, and why the held and the unmatched ones wait: as tables, read from the API."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lead_routing_cli.http_client import Api, segment

Json = dict[str, Any]
STATUSES = (
    "assigned",
    "ready",
    "leased",
    "cooling",
    "callback",
    "held",
    "unmatched",
    "spent",
    "closed",
    "new",
)
EXPLAINED = 200
"""Of how many waiting leads the timeline is read; more would only repeat the same reasons."""


def print_distribution(api: Api, console: Console) -> int:
    """Print a row for every account and, below it, why leads wait; answers with how many leads there are."""
    accounts = {account["id"]: account for account in api.items("/v1/accounts")}
    counts: dict[str, Counter[str]] = {}
    waiting: list[str] = []
    for name in accounts:
        counts[name] = Counter()
        for lead in api.items("/v1/leads", owner=name):
            counts[name][lead["status"]] += 1
            if lead["status"] in {"held", "unmatched"} and len(waiting) < EXPLAINED:
                waiting.append(lead["id"])
    everything = sum(counts.values(), Counter())
    shown = [status for status in STATUSES if everything[status]]
    table = Table("Account", "", *shown, "total", title="Who has how many", title_justify="left")
    for column in table.columns[2:]:
        column.justify = "right"
    for name, depth in _tree(accounts):
        account, count = accounts[name], counts[name]
        role = (
            "on leave or switched off" if not account["enabled"] else account.get("role") or account["kind"]
        )
        cells = [str(count[status] or "") for status in shown]
        table.add_row("  " * depth + escape(account["name"]), role, *cells, str(count.total() or ""))
    table.add_section()
    table.add_row("Total", "", *(str(everything[status]) for status in shown), str(everything.total()))
    table.caption = "assigned: a user's own; ready: with the company or a branch, to be pulled"
    console.print(table)
    stuck = everything["held"] + everything["unmatched"]
    if waiting:
        _print_reasons(api, console, waiting, stuck)
    return everything.total()


def why_waiting(decided: Json) -> str:
    """Why a held or unmatched lead waits, from the event on its timeline that says so."""
    decision = decided.get("decision") or {}
    if decided["event"] == "unmatched":
        return f"no push strategy of {decided.get('owner')} matches it and no pull strategy sees it"
    parts = []
    for strategy in decision.get("strategies", ()):
        if strategy["matched"]:
            named = [f"{each['account']}: {each['reason']}" for each in strategy["recipients"]]
            more = [f"{number} more: {why}" for why, number in strategy.get("recipients_more", {}).items()]
            away = ", ".join(named + more)
            parts.append(f"{strategy['id']} matches, but has nobody ({away})")
    return "; ".join(parts) or str(decided.get("reason", "no reason on its timeline"))


def _print_reasons(api: Api, console: Console, waiting: list[str], stuck: int) -> None:
    reasons: Counter[tuple[str, str]] = Counter()
    for lead in waiting:
        decided = next(
            event for event in api.items(f"/v1/leads/{segment(lead)}/timeline")
            if event["event"] in {"held", "unmatched"}
        )  # fmt: skip
        reasons[decided["event"], why_waiting(decided)] += 1
    title = (
        "Why they wait" if stuck == len(waiting) else f"Why they wait (the first {len(waiting)} of {stuck})"
    )
    table = Table("Leads", "Status", "Reason", title=title, title_justify="left")
    table.columns[0].justify = "right"
    for (status, reason), count in reasons.most_common():
        table.add_row(str(count), status, escape(reason))
    console.print(table)
    for line in _absent(api):
        console.print(line, highlight=False)


def _absent(api: Api) -> Iterator[str]:
    """Who is not there for the push strategies as they stand, as their state says."""
    for strategy in api.items("/v1/push-strategies"):
        state = api.get(f"/v1/push-strategies/{segment(strategy['id'])}/state")
        for recipient in state["recipients"]:
            if not recipient["eligible"]:
                whom = f"{strategy['id']} of {strategy['distributed_from']}"
                yield f"  {whom}: {recipient['account']} is {recipient['reason']}"


def _tree(accounts: Mapping[str, Json]) -> Iterator[tuple[str, int]]:
    """Every account with its depth, a parent before its children."""

    def below(parent: str | None, depth: int) -> Iterator[tuple[str, int]]:
        children = [name for name, account in accounts.items() if account.get("parent") == parent]
        for name in sorted(children, key=lambda name: (accounts[name]["kind"] != "user", name)):
            yield name, depth
            yield from below(name, depth + 1)

    yield from below(None, 0)
