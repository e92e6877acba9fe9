"""What to tell a vendor's developer of a source: where to post, what, and what to do with each answer."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from routing.domain import dialects, provenance
from routing.domain.acceptance import MAGIC
from routing.domain.company import Source
from routing.domain.leads import CUSTOM, STATIC_FIELDS, CustomField, RecordType

Json = dict[str, Any]
KEY = "YOUR-KEY"
HEADER = "X-Api-Key"
ONE_OF = ("email", "phone")
CONSENT = "consent."
ATTRIBUTION = "attribution."
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
}

_STATIC: Mapping[str, tuple[Any, str]] = {
    "external_id": (
        "A-1001",
        "Your own id of the lead. Sent again with the same one it is a repeat, and never a second lead.",
    ),
    "first_name": ("Ana", ""),
    "last_name": ("Ortiz", ""),
    "email": ("ana.ortiz@example.com", ""),
    "phone": ("(303) 555-0142", "A US number, or an international one with its +."),
    "emails": (["ana@example.org"], "Further ones: with the first at most 10."),
    "phones": (
        ["(303) 555-0143"],
        "Further ones: with the first at most 10. Separated by commas where it is text.",
    ),
    "state": ("CO", "Two letters, or the state's name."),
    "postal_code": ("80202", ""),
    "campaign": ("spring", ""),
    "cost": (12.5, "What the lead costs."),
}
_CONSENT: Mapping[str, Any] = {
    "text": "I agree to be called by Example Homes at this number.",
    "at": "2026-03-04T15:00:00Z",
    "ip": "203.0.113.7",
    "page": "https://www.example.com/quote",
    "certificate": "https://cert.trustedform.com/0123456789abcdef",
}
_ABOUT_CONSENT = {
    "ip": "The person's own address, not your server's.",
    "page": "Where the person agreed.",
    "certificate": "TrustedForm's or Jornaya's.",
}
_ATTRIBUTION: Mapping[str, str] = {
    "utm_source": "google",
    "utm_medium": "cpc",
    "utm_campaign": "spring",
    "utm_term": "new kitchen",
    "utm_content": "ad-7",
    "utm_id": "1234",
    "fbp": "fb.1.1700000000000.1234567890",
    "landing_page": "https://www.example.com/offer",
    "referrer": "https://www.google.com/",
}
_IN_CURL = frozenset({"attribution.utm_source", "attribution.gclid"})
"""Of an attribution."""
_EXAMPLES: Mapping[str, Any] = {
    "number": 350000,
    "boolean": True,
    "date": "2026-03-04",
    "datetime": "2026-03-04T15:00:00Z",
    "string": "text",
}
_ANSWER = {"lead_id": "L0123456789abcdef01234567", "status": "new", "duplicate": False, "warnings": []}


def guide(source: Source, record_type: RecordType, address: str) -> Json:
    """Everything as JSON; the page is made of it. address: where the source posts to."""
    fields = _fields(source, record_type)
    return {
        "source": {"id": source.id, "name": source.name},
        "address": address,
        "method": "POST",
        "key": {
            "header": HEADER,
            "or": "api_key, as a parameter of the address, a field of the form, or in the JSON",
        },
        "content_types": _content_types(source),
        "fields": fields,
        "one_of": [each["name"] for each in fields if each["of"] in ONE_OF],
        "consent": [each["name"] for each in fields if each["of"].startswith(CONSENT)],
        "attribution": [each["name"] for each in fields if each["of"].startswith(ATTRIBUTION)],
        "form": None if source.posts.format in ("adf", "google_ads") else _form(source, fields, address),
        "curl": _curl(source, fields, address),
        "answers": _answers(source),
        "test_codes": [{"postal_code": code, "answer": _of_test(source, code)} for code in MAGIC],
    }


def _content_types(source: Source) -> list[str]:
    json_, xml = "application/json", "application/xml"
    form = ["application/x-www-form-urlencoded", "multipart/form-data"]
    kinds = {"form": form, "adf": [xml], "auto": [json_, *form, xml], "webhook": [json_, *form]}
    return kinds.get(source.posts.format, [json_])


def _fields(source: Source, record_type: RecordType) -> list[Json]:
    """Under the names by which the source sends them."""
    names: dict[str, str] = {}
    for theirs, ours in source.posts.mapping.items():
        if ours is not None:
            names.setdefault(provenance.field_of(ours) or ours, theirs)
    static = [each for each in _STATIC if each != "cost" or source.trust_posted_cost]
    found = [_of_static(each, names.get(each, each)) for each in static]
    if "name" in names:
        about = "First and last name in one."
        found.append(_field("name", names["name"], "name", "Ana Ortiz", about))
    for key in provenance.KEYS["consent"]:
        of, about = CONSENT + key, _ABOUT_CONSENT.get(key, "")
        found.append(_field(of, names.get(of, of), str(STATIC_FIELDS[of]), _CONSENT[key], about))
    for key in provenance.KEYS["attribution"]:
        if key not in provenance.FIRST:
            of, example = ATTRIBUTION + key, _ATTRIBUTION.get(key, "Click-ID_as-it-came")
            found.append(_field(of, names.get(of, key), "string", example))
    return found + [_of_custom(each, names.get(CUSTOM + each.name)) for each in record_type.fields]


def _field(of: str, name: str, type_: str, example: Any, about: str = "") -> Json:
    return {
        "name": name,
        "of": of,
        "type": type_,
        "required": False,
        "choices": [],
        "example": example,
        "about": about,
    }


def _of_static(key: str, name: str) -> Json:
    example, about = _STATIC[key]
    kind = "list" if isinstance(example, list) else STATIC_FIELDS.get(key, "string")
    return _field(key, name, "string" if kind == "name" else kind, example, about)


def _of_custom(field: CustomField, name: str | None) -> Json:
    example = field.choices[0] if field.choices else _EXAMPLES.get(field.type, "text")
    found = _field(CUSTOM + field.name, name or CUSTOM + field.name, field.type, example)
    about = "Without it the lead is taken, with a warning." if field.required else ""
    return found | {"required": field.required, "choices": list(field.choices), "about": about}


_NOT_ASKED = frozenset({"external_id", "cost", "phones", "emails"})
"""Of who fills in a form."""


def _form(source: Source, fields: list[Json], address: str) -> str:
    lines = [
        f'<form action="{escape(address)}" method="post">',
        "  <!-- a publishable key: everybody can read it here -->",
        f'  <input type="hidden" name="api_key" value="{KEY}">',
    ]
    if source.allowed_origins:
        thanks = f"{source.allowed_origins[0]}/thank-you"
        lines.append(f'  <input type="hidden" name="redirect" value="{escape(thanks)}">')
    if source.honeypot:
        lines.append("  <!-- people do not see this one: who fills it in is a robot -->")
        lines.append(
            f'  <input name="{escape(source.honeypot)}" tabindex="-1" autocomplete="off" aria-hidden="true"'
            ' style="position: absolute; left: -9999px">'
        )
    for each in fields:
        if each["of"] in _NOT_ASKED or each["of"].startswith((CONSENT, ATTRIBUTION)):
            continue
        lines.append(f"  <label>{escape(_label(each['name']))} {_input(each)}</label>")
    if consent := next((each for each in fields if each["of"] == f"{CONSENT}text"), None):
        name, text = escape(consent["name"]), escape(consent["example"])
        lines.append(f'  <label><input type="checkbox" name="{name}" value="{text}"> {text}</label>')
    return "\n".join([*lines, '  <button type="submit">Send</button>', "</form>"])


def _label(name: str) -> str:
    return name.removeprefix(CUSTOM).replace("_", " ").strip().capitalize()


def _input(field: Json) -> str:
    name = escape(field["name"])
    if field["choices"]:
        options = "".join(f"<option>{escape(each)}</option>" for each in field["choices"])
        return f'<select name="{name}"><option value=""></option>{options}</select>'
    kind = {"email": "email", "phone": "tel", "number": "text", "date": "date"}.get(field["type"], "text")
    return f'<input type="{kind}" name="{name}"{" required" if field["required"] else ""}>'


def _curl(source: Source, fields: list[Json], address: str) -> str:
    kind = source.posts.format
    fields = [each for each in fields if not each["of"].startswith(ATTRIBUTION) or each["of"] in _IN_CURL]
    if kind == "form":
        data = [
            f"--data-urlencode {_quoted(each['name'] + '=' + _as_text(each['example']))}" for each in fields
        ]
        return " \\\n  ".join([f"curl {_quoted(address)}", f"-H {_quoted(f'{HEADER}: {KEY}')}", *data])
    if kind == "adf":
        return _curl_with(address, "application/xml", _ADF)
    if kind == "google_ads":
        return _curl_with(address, "application/json", json.dumps(_GOOGLE, indent=1))
    return _curl_with(address, "application/json", json.dumps(_nested(fields), indent=1, ensure_ascii=False))


def _curl_with(address: str, media: str, body: str) -> str:
    headers = [f"-H {_quoted(f'{HEADER}: {KEY}')}", f"-H {_quoted(f'Content-Type: {media}')}"]
    return " \\\n  ".join([f"curl {_quoted(address)}", *headers, f"--data-binary {_quoted(body)}"])


def _quoted(text: str) -> str:
    """As one word of a shell's."""
    return "'" + text.replace("'", "'\\''") + "'"


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def _nested(fields: list[Json]) -> Any:
    """The examples under their names, whose dots walk into objects and whose numbers into arrays."""
    found: dict[str, Any] = {}
    for each in fields:
        *path, last = each["name"].split(".")
        within = found
        for part in path:
            inner = within.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            within = inner
        else:
            within.setdefault(last, each["example"])
    return _with_arrays(found)


def _with_arrays(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_arrays(each) for name, each in value.items()}
    if inner and all(name == str(at) for at, name in enumerate(inner)):
        return list(inner.values())
    return inner


_ADF = """<?xml version="1.0"?>
<?adf version="1.0"?>
<adf><prospect>
 <id source="YOU">A-1001</id>
 <requestdate>2026-03-04T15:00:00Z</requestdate>
 <vehicle interest="buy" status="new"><year>2026</year><make>Honda</make><model>Civic</model></vehicle>
 <customer><contact>
  <name part="first">Ana</name><name part="last">Ortiz</name>
  <email>ana.ortiz@example.com</email><phone>303-555-0142</phone>
  <address><regioncode>CO</regioncode><postalcode>80202</postalcode></address>
 </contact></customer>
 <vendor><vendorname>Example Motors</vendorname></vendor>
 <provider><name>YOU</name></provider>
</prospect></adf>"""
_GOOGLE = {
    "lead_id": "A-1001",
    "google_key": KEY,
    "is_test": True,
    "user_column_data": [
        {"column_id": "FULL_NAME", "string_value": "Ana Ortiz"},
        {"column_id": "EMAIL", "string_value": "ana.ortiz@example.com"},
        {"column_id": "PHONE_NUMBER", "string_value": "+13035550142"},
    ],
}

_REASONS = {
    "duplicate": "We have this person already. Do not send the lead again.",
    "outside_criteria": "It is not of what we agreed on. Do not send the lead again.",
    "over_cap": "We have as many as we take today or this month. Offer it elsewhere.",
    "over_budget": "We have spent what we meant to today or this month. Offer it elsewhere.",
    "out_of_hours": "We take leads at other hours.",
    "no_consent": "Without the person's consent we take no lead: send it along.",
    "do_not_call": "The person has asked not to be called. Do not send the lead again.",
}


def _answers(source: Source) -> list[Json]:
    """Each answer as it is said in the source's dialect, when, and what to do then."""
    repeat = {**_ANSWER, "duplicate": True}
    found = [
        _answer(source, "taken", 201, _ANSWER, "Nothing more. Keep the lead's id."),
        _answer(source, "a repeat, or somebody that we know", 200, repeat, "Do not send it again."),
    ]
    if source.acceptance is not None:
        found += [
            _answer(source, f"refused: {reason}", 200, {"status": "refused", "reason": reason}, what)
            for reason, what in _REASONS.items()
        ]
    errors = [{"field": "phone", "code": "unusable", "message": "a lead needs a usable phone or email"}]
    unusable = _problem("invalid", 422, "The request has invalid fields.", errors)
    what = (
        "XML: it has no element." if source.posts.format == "adf" else "JSON in UTF-8, or nested too deeply."
    )
    unreadable = {**_problem("unparsable", 400, f"Line 1: The body is not {what}"), "line": 1}
    too_large = _problem("too_large", 413, "The body has more than 256 KB.")
    bad_key = _problem("bad_api_key", 401, "This is no key of this source.")
    disabled = _problem("source_disabled", 403, "This source is disabled.")
    too_many = _problem("rate_limited", 429, "More posts came in this minute than are taken.")
    return [
        *found,
        _answer(source, "unusable", 422, unusable, "Correct what is named, and send it again."),
        _answer(source, "cannot be read", 400, unreadable, "Correct how it is written, and send it again."),
        _answer(source, "too large", 413, too_large, "Send less, or several leads one by one."),
        _answer(source, "a wrong key", 401, bad_key, "Check the key, and ask us."),
        _answer(source, "switched off", 403, disabled, "Ask us. Do not send it again until then."),
        _answer(
            source,
            "too many in a minute",
            429,
            too_many,
            "Wait for as many seconds as Retry-After says, and send it again.",
        ),
        {
            "when": "a status of 500 or more, or none within ten seconds",
            "status": 503,
            "content_type": "",
            "body": "",
            "do": "Send the very same again, with its own id or under the same Idempotency-Key:"
            " it will not become a second lead.",
        },
    ]


def _answer(source: Source, when: str, status: int, body: Json, what: str) -> Json:
    is_problem = status >= 400
    say = dialects.refused if is_problem else dialects.answered
    media = "application/problem+json" if is_problem else dialects.JSON
    reply = say(source.dialect, None, status, body) or dialects.Reply(status, media, json.dumps(body))
    return {"when": when, "status": reply.status, "content_type": reply.media, "body": reply.text, "do": what}


def _problem(code: str, status: int, detail: str, errors: list[Json] | None = None) -> Json:
    return {
        "type": f"urn:lead-routing:problem:{code}",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
        **({"errors": errors} if errors else {}),
    }


def _of_test(source: Source, code: str) -> str:
    reason = MAGIC[code]
    if reason is None:
        return "taken"
    refuses = source.acceptance is not None and source.acceptance.refuse_duplicates
    return "a duplicate" if reason == "duplicate" and not refuses else f"refused: {reason}"
