"""Posts as senders really shape them, each with the lead that comes of it: `tests/data/intake`, a file a family."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from routing.domain.formats.post import Body
from routing.domain.formats.registry import read
from routing.domain.formats.settings import Settings
from routing.domain.intake import understand
from routing.domain.leads import RecordType

DATA = Path(__file__).resolve().parent.parent / "data" / "intake"
FAMILIES = sorted(DATA.glob("*.yaml"))
NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
BOUNDARY = "----Boundary7MA4YWxkTrZu0gW"


def posts() -> list[Any]:
    return [
        pytest.param(each, id=f"{family.stem}: {each['post']}")
        for family in FAMILIES
        for each in yaml.safe_load(family.read_text(encoding="utf-8"))
    ]


def sent(given: dict[str, Any]) -> tuple[bytes, str]:
    """The body that a post describes, and its Content-Type."""
    if "form" in given:
        return urlencode(given["form"], doseq=True).encode(), "application/x-www-form-urlencoded"
    if "multipart" in given:
        parts = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'
            for name, value in given["multipart"].items()
            for one in (value if isinstance(value, list) else [value])
        )
        return f"{parts}--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"
    if "json" in given:
        return json.dumps(given["json"]).encode(), "application/json"
    kind = given.get("content_type", "application/xml")
    text = given["body"].replace("\n", "\r\n") if kind.startswith("multipart") else given["body"]
    return text.encode(given.get("encoding", "utf-8")), kind


def lead_of(body: Body) -> dict[str, Any]:
    """A lead as it is shown, and what was noticed but for fields that the record type does not have."""
    found = understand(body.lead, RecordType("lead", "Lead"))
    noticed = [*body.warnings, *found.warnings]
    warnings = [f"{each.field}: {each.code}" for each in noticed if each.code != "unknown_key"]
    lead = {
        **{name: value for name, value in found.values.items() if name not in ("timezone", "derived_state")},
        **({"external_id": body.lead["external_id"]} if "external_id" in body.lead else {}),
        **({"fields": dict(found.fields)} if found.fields else {}),
        **({"pull_delay_minutes": found.pull_delay_minutes} if found.pull_delay_minutes else {}),
    }
    return {**lead, **({"warnings": warnings} if warnings else {})}


def outcome(given: dict[str, Any]) -> dict[str, Any]:
    raw, kind = sent(given)
    found = read(raw, kind, Settings(**given.get("settings", {})), NOW)
    leads = [lead_of(each) for each in found.bodies]
    return {
        **({"lead": leads[0]} if len(leads) == 1 else {"leads": leads}),
        **({"key": found.key} if found.key else {}),
        **({"is_test": True} if found.is_test else {}),
    }


@pytest.mark.parametrize("given", posts())
def test_a_post_is_this_lead(given: dict[str, Any]) -> None:
    expected = {name: given[name] for name in ("lead", "leads", "key", "is_test") if name in given}
    assert outcome(given) == expected


def test_there_are_a_hundred() -> None:
    assert len(posts()) >= 100
    assert {each.stem for each in FAMILIES} >= {
        "adf", "forms", "google", "home_services", "insurance", "mortgage", "solar",
    }  # fmt: skip
