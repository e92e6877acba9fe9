"""A rep's first minutes: pulls a lead, reaches nobody, pulls the next, reaches them; one lead's timeline."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lead_routing_cli.http_client import Api, segment

Json = dict[str, Any]
REP = "grace"
"""Of the example company: her branch pushes to nobody, so she pulls."""


def work_leads(rep: Api, console: Console) -> str | None:
    """Pull and work two leads as the rep; answers with the id of the one that is then theirs, if there was
    one."""
    console.print(f"\n[bold]{REP.title()} works her branch's leads[/]")
    kept = None
    for disposition in ("no-answer", "contacted"):
        pulled = rep.post("/v1/pull")
        if pulled["lead"] is None:
            why = ", ".join(f"{each['count']} {each['reason']}" for each in pulled["why"]) or "there are none"
            console.print(f"  nothing to pull: {why}")
            return kept
        lead = pulled["lead"]
        console.print(
            f"  pulls {_name(lead)} ({lead['state'] or 'no state'}), served by {pulled['strategy']}, "
            f"until {pulled['lease']['expires_at']}",
            highlight=False,
        )
        body = {"disposition": disposition, "lease_token": pulled["lease"]["token"]}
        after = rep.post(f"/v1/leads/{segment(lead['id'])}/dispositions", body)
        when = f", can be pulled again from {after['available_at']}" if after["status"] == "cooling" else ""
        console.print(
            f"    {disposition} -> {after['status']}, owner {after['owner']}{when}", highlight=False
        )
        kept = str(lead["id"])
    return kept


def print_timeline(api: Api, console: Console, lead_id: str) -> None:
    """Print everything that happened to a lead, oldest first, with what decided it."""
    lead = api.get(f"/v1/leads/{segment(lead_id)}")
    events = list(api.items(f"/v1/leads/{segment(lead_id)}/timeline"))
    table = Table("At", "Event", "By", "What was decided, and why", title_justify="left")
    table.title = f"The timeline of {_name(lead)}"
    for event in reversed(events):
        by = str(event.get("by") or (event["source"] if event["event"] == "received" else "routing"))
        table.add_row(event["at"], event["event"], escape(by), escape("\n".join(_told(event))))
    console.print(table)


def _told(event: Json) -> list[str]:
    told = []
    hop = event.get("decision")
    while hop:
        for strategy in hop["strategies"]:
            told.append(f"{strategy['id']} v{strategy['version']}: {_criteria(strategy)}")
            told += [
                f"  {each['account']}: {each['reason']}, had {each['interval']}"
                + (
                    " <- takes it"
                    if (strategy["id"], each["account"]) == (hop["strategy"], hop["account"])
                    else ""
                )
                for each in strategy["recipients"]
            ]
        if hop["outcome"] == "no_strategy":
            told.append("no push strategy takes it on from here")
        hop = hop["next"]
    filing = event.get("filing")
    if filing:
        matched = ", ".join(each["id"] for each in filing["strategies"] if each["matched"])
        told.append(
            f"filed for pull under {matched}" if filing["filed"] else f"not filed: {filing['reason']}"
        )
    known = ("strategy", "disposition", "expires_at", "owner", "status")
    told += [", ".join(f"{key} {event[key]}" for key in known if event.get(key) is not None)]
    return [line for line in told if line]


def _criteria(strategy: Json) -> str:
    """What the criteria of a strategy decided: that it matches, or which is the first that did not hold."""
    if strategy["matched"]:
        return "matches"
    failed = next(each for each in strategy["criteria"] if not each["held"])
    return (
        f"does not match ({failed['field']}: {failed['reason']})"
        if "field" in failed
        else "does not match (any)"
    )


def _name(lead: Json) -> str:
    return escape(
        " ".join(str(lead[key]) for key in ("first_name", "last_name") if lead.get(key)) or "somebody"
    )
