"""In what words a post is answered: our own, or those that vendors' systems expect."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["lead", "duplicate", "refused", "invalid", "error"]
"""`invalid`: what came is no lead. `error`: it was not looked at (no key, too often, try again)."""
JSON = "application/json"
XML = "application/xml"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Said:
    """What became of one lead of a post, or of the post as a whole. reason: stable, empty for a lead that was taken.

    price: what is paid for it; None: the source does not say.
    """

    outcome: Outcome
    reason: str = ""
    message: str = ""
    lead_id: str | None = None
    price: Any = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent: text of a media type."""

    status: int
    media: str
    text: str


def answered(
    dialect: str,
    accept: str | None,
    status: int,
    body: Mapping[str, Any],
    prices: Sequence[Any] = (),
) -> Reply | None:
    """What our own answer is in a dialect, or in XML where that is asked for; None where it stays as it is.

    prices: what is paid for each lead if it was taken, None where the source does not say; empty where it says none.
    """
    of = body.get("leads", [body])
    leads = [said(each, price) for each, price in zip(of, prices or [None] * len(of), strict=True)]
    if (speak := DIALECTS.get(dialect)) is not None:
        return speak(leads, status, _media(accept))
    if not prefers_xml(accept):
        return None
    return Reply(
        status, XML, xml("result", {name: each for name, each in body.items() if name != "explanation"})
    )


def refused(dialect: str, accept: str | None, status: int, document: Mapping[str, Any]) -> Reply | None:
    """What a problem document is in a dialect, or in XML where that is asked for; None where it stays as it is."""
    if (speak := DIALECTS.get(dialect)) is not None:
        return speak([_said_of_problem(status, document)], status, _media(accept))
    return Reply(status, "application/problem+xml", xml("problem", document)) if prefers_xml(accept) else None


def _media(accept: str | None) -> str:
    return XML if prefers_xml(accept) else JSON


def said(body: Mapping[str, Any], price: Any = None) -> Said:
    """Of one lead's answer in our own words. price: of one that was taken."""
    lead_id = body.get("lead_id")
    match body.get("status"):
        case "refused":
            return Said("refused", body["reason"], lead_id=lead_id)
        case "invalid":
            return _said_of_problem(422, body)
    if body.get("duplicate"):
        return Said("duplicate", "duplicate", "is here already", lead_id)
    return Said("lead", lead_id=lead_id, price=price)


def _said_of_problem(status: int, document: Mapping[str, Any]) -> Said:
    errors: Sequence[Mapping[str, str]] = document.get("errors", [])
    message = "; ".join(f"{each['field'] or 'body'}: {each['message']}" for each in errors)
    reason = _REASONS.get((errors[0]["field"], errors[0]["code"])) if errors else None
    return Said(
        "invalid" if status in (400, 413, 415, 422) else "error",
        reason or document["code"],
        message or document["detail"],
    )


_REASONS = {("phone", "unusable"): "no_contact"}
Dialect = Callable[[Sequence[Said], int, str], Reply]
"""Takes what became of each lead, the status in our own words, and the media type that is asked for."""


def _leadconduit(leads: Sequence[Said], status: int, media: str) -> Reply:
    """LeadConduit's: a refusal is an outcome and no error of the transport, which would be sent again."""
    found = [_of_leadconduit(each) for each in leads]
    body: dict[str, Any] = found[0]
    if len(found) > 1:
        best = next((each for each in found if each["outcome"] == "success"), found[0])
        body = {"outcome": best["outcome"], "reason": best["reason"], "leads": found}
    answered = 201 if all(each.outcome != "error" for each in leads) else status
    return Reply(answered, media, xml("result", body) if media == XML else _json(body))


def _of_leadconduit(each: Said) -> dict[str, Any]:
    is_taken = each.outcome == "lead"
    reason = "" if is_taken else each.reason if not each.message else f"{each.reason}: {each.message}"
    if each.outcome == "duplicate":
        reason = "duplicate"
    found: dict[str, Any] = {"outcome": "success" if is_taken else "failure", "reason": reason}
    if each.lead_id is not None:
        found["lead"] = {"id": each.lead_id}
    return found if each.price is None else {**found, "price": each.price}


_OF_BOBERDOO = {
    "lead": "Matched",
    "duplicate": "Unmatched",
    "refused": "Unmatched",
    "invalid": "Error",
    "error": "Error",
}


def _boberdoo(leads: Sequence[Said], status: int, _media: str) -> Reply:
    """Boberdoo's short answer."""
    found = [
        {"status": _OF_BOBERDOO[each.outcome], "lead_id": each.lead_id or "", "error": _error_of(each)}
        for each in leads
    ]
    answered = 200 if all(each.outcome != "error" for each in leads) else status
    text = xml("response", found[0]) if len(found) == 1 else xml("responses", {"response": found})
    return Reply(answered, XML, text)


def _error_of(each: Said) -> str:
    return each.message or each.reason if each.outcome in ("invalid", "error") else each.reason


def _google(leads: Sequence[Said], status: int, _media: str) -> Reply:
    """Google's lead form: nothing but the status, or a message to who set the form up."""
    (each,) = leads
    if each.outcome in ("invalid", "error"):
        return Reply(status, JSON, _json({"message": each.message or each.reason}))
    return Reply(200, JSON, "{}")


DIALECTS: Mapping[str, Dialect] = {
    "leadconduit": _leadconduit,
    "boberdoo": _boberdoo,
    "google_ads": _google,
}
"""All but our own, which needs no translation."""


_OTHERS = (JSON, "application/*", "text/html", "application/xhtml+xml", "*/*")


def prefers_xml(accept: str | None) -> bool:
    """Whether an `Accept` asks for XML before JSON."""
    kinds = [each.partition(";")[0].strip().lower() for each in (accept or "").split(",")]
    wanted = [each for each in kinds if each in (XML, "text/xml", *_OTHERS)]
    return bool(wanted) and wanted[0] in (XML, "text/xml")


def xml(name: str, value: Any) -> str:
    """JSON as XML: a key is an element, a list's entries are within its own, or repeat it."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(name, value)}\n'


_ONE_OF = {"leads": "lead", "warnings": "warning", "errors": "error"}


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        inner = "".join(_elements(key, each) for key, each in value.items())
    else:
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        inner = _NO_XML.sub("\ufffd", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{inner}</{name}>"


def _elements(name: str, value: Any) -> str:
    if not isinstance(value, list):
        return _element(name, value)
    if name in _ONE_OF:
        return f"<{name}>{''.join(_element(_ONE_OF[name], each) for each in value)}</{name}>"
    return "".join(_element(name, each) for each in value)


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
