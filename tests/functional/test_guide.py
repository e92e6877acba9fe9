"""The posting guide of a source: what it says is what happens."""

import json
import re
import shlex
from html.parser import HTMLParser
from typing import Any

import pytest

from routing.domain.guide import KEY
from tests.functional.backend import Answer, Backend, encoded

PATH = "/v1/sources/bought/guide"
FIELDS = [
    {"name": "loan_amount", "type": "number", "required": True},
    {"name": "product", "type": "choice", "choices": ["purchase", "<refinance>"]},
    {"name": "move_in", "type": "date"},
    {"name": "veteran", "type": "boolean"},
    {"name": "notes", "type": "string"},
]
MAPPING = {
    "amt": "fields.loan_amount",
    "person.mail": "email",
    "person.phones.0.number": "phone",
    "junk": None,
}


@pytest.fixture
def vendor(company: Backend) -> Backend:
    def build() -> None:
        company.save("record-types", "lead", name="Lead", fields=FIELDS)
        company.save("sources", "bought", name="Bought", owner="denver")

    return company.prepared("guide", build)


def save(backend: Backend, **other: Any) -> Any:
    backend.save("sources", "bought", **{"name": "Bought", "owner": "denver", **other})
    answer = backend.get(PATH)
    assert answer.status == 200, answer.json
    return answer.json


def carried_out(backend: Backend, curl: str, key: str) -> Answer:
    """What the command would do, with this key."""
    words = shlex.split(curl.replace(KEY, key).replace("\\\n", ""))
    assert words[0] == "curl"
    headers, data = {}, []
    for option, value in zip(words[2::2], words[3::2], strict=True):
        if option == "-H":
            name, _, text = value.partition(": ")
            headers[name.lower()] = text
        elif option == "--data-urlencode":
            name, _, text = value.partition("=")
            data.append(f"{name}={encoded(text)}")
        else:
            assert option == "--data-binary"
            data.append(value)
    headers.setdefault("content-type", "application/x-www-form-urlencoded")
    path = words[1].removeprefix("https://api.example.com")
    return backend.call("POST", path, raw="&".join(data).encode(), headers=headers, user=None)


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"mapping": {"amt": "fields.loan_amount", "person.mail": "email", "person.tel": "phone"}},
        {"format": "webhook", "mapping": MAPPING},
        {"format": "form", "mapping": {"Your amount, $": "fields.loan_amount", "tel2": "phones"}},
        {"format": "adf"},
        {"format": "google_ads"},
        {"cost": 5, "trust_posted_cost": True, "response_format": "leadconduit"},
    ],
)
def test_the_command_of_a_guide_hands_a_lead_in(vendor: Backend, source: dict[str, Any]) -> None:
    guide = save(vendor, **source)
    answer = carried_out(vendor, guide["curl"], vendor.key("bought", test=True))
    assert answer.status in (200, 201), answer.json
    if source.get("format") not in ("google_ads", "adf") and "response_format" not in source:
        assert answer["warnings"] == []


class _Form(HTMLParser):
    """The names of a form's inputs with the values that they have; those of a page, and its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inputs: dict[str, str] = {}
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag in ("input", "select"):
            self.inputs[found["name"] or ""] = found.get("value") or ""
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]


def test_the_form_of_a_guide_hands_a_lead_in(vendor: Backend) -> None:
    origins = {"allowed_origins": ["https://www.example.com"], "honeypot": "website"}
    guide = save(vendor, mapping=MAPPING, **origins)
    form = _Form(guide["form"])
    assert form.addresses == [guide["address"]]
    key = vendor.post("/v1/sources/bought/keys", {"kind": "publishable"})["api_key"]
    examples = {each["name"]: str(each["example"]) for each in guide["fields"]}
    values = {**form.inputs, **{name: examples[name] for name in form.inputs if name in examples}}
    values["api_key"] = key
    assert values.keys() - examples.keys() == {"api_key", "redirect", "website"}
    raw = "&".join(f"{encoded(name)}={encoded(text)}" for name, text in values.items()).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "https://www.example.com"}
    answer = vendor.call("POST", "/v1/intake/bought", raw=raw, headers=headers, user=None)
    assert (answer.status, answer.headers["location"]) == (303, "https://www.example.com/thank-you")
    vendor.settle()
    (lead,) = vendor.get("/v1/leads?email=ana.ortiz@example.com")["items"]
    assert (lead["phone"], lead["fields"]["loan_amount"]) == ("+13035550142", 350000)
    assert lead["consent"]["text"] == form.inputs["consent.text"]


@pytest.mark.parametrize("dialect", ["native", "leadconduit", "boberdoo"])
def test_the_answers_of_a_guide_are_those_that_are_given(vendor: Backend, dialect: str) -> None:
    guide = save(vendor, response_format=dialect, acceptance={"refuse_duplicates": True})
    told = {each["when"]: (each["status"], each["content_type"], each["body"]) for each in guide["answers"]}
    test = vendor.key("bought", test=True)

    def given(key: str, raw: bytes | None = None, **body: Any) -> tuple[int, str, Any]:
        sent = {"raw": raw} if raw else {"body": body}
        answer = vendor.post("/v1/intake/bought", **sent, user=None, headers={"x-api-key": key})
        kind = answer.headers["content-type"].partition(";")[0]
        return answer.status, kind, answer.json

    lead = {"email": "ana@example.com", "fields": {"loan_amount": 1}}
    for code in guide["test_codes"]:
        expected = "taken" if code["answer"] == "taken" else code["answer"]
        status, kind, body = given(test, **lead, postal_code=code["postal_code"])
        assert told[expected][:2] == (status, kind)
        assert alike(told[expected][2], body)
    for when, key, posted in (("unusable", test, {}), ("a wrong key", "x", lead)):
        status, kind, body = given(key, **posted)
        assert told[when][:2] == (status, kind)
        assert alike(told[when][2], body)
    for when, raw in (("cannot be read", b"{"), ("too large", b" " * 300_000), ("switched off", b"{}")):
        if when == "switched off":
            save(vendor, response_format=dialect, enabled=False)
        status, kind, body = given(test, raw)
        assert told[when][:2] == (status, kind)
        assert alike(told[when][2], body)


def alike(told: str, given: Any) -> bool:
    """The same but for ids, and what a test key's answer has beside; XML comes as text."""
    if isinstance(given, bytes | str) or given is None or not told.startswith("{"):
        text = given if isinstance(given, str) else str(given)
        return re.sub("L[0-9a-f]{20,}|test", "ID", told) == re.sub("L[0-9a-f]{20,}|test", "ID", text)
    said = json.loads(told)
    ids = {"lead_id", "lead", "test", "explanation"}
    return {n: v for n, v in said.items() if n not in ids} == {n: v for n, v in given.items() if n not in ids}


def test_a_guide_says_what_the_fields_are(vendor: Backend) -> None:
    guide = save(vendor, mapping={**MAPPING, "click": "gclid", "cert": "consent_certificate"})
    fields = {each["name"]: each for each in guide["fields"]}
    assert (guide["address"], guide["key"]["header"]) == (
        "https://api.example.com/v1/intake/bought",
        "X-Api-Key",
    )
    assert guide["one_of"] == ["person.mail", "person.phones.0.number"]
    assert (fields["amt"]["type"], fields["amt"]["required"]) == ("number", True)
    assert fields["fields.product"]["choices"] == ["purchase", "<refinance>"]
    assert guide["consent"] == [*(f"consent.{each}" for each in ("text", "at", "ip", "page")), "cert"]
    assert {"utm_source", "click", "landing_page", "referrer"} <= {*guide["attribution"]} <= fields.keys()
    assert not {"gclid", "first_utm_source"} & fields.keys()
    assert fields["phones"]["type"] == fields["emails"]["type"] == "list"
    assert "junk" not in fields
    assert "cost" not in fields


def test_the_page_stands_by_itself_and_nothing_in_it_is_markup_of_others(vendor: Backend) -> None:
    save(vendor, name='<script>alert("x")</script> & Co', honeypot='"><img src=x>')
    answer = vendor.get(PATH, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src" not in answer.headers["content-security-policy"]
    page = _Form(answer.json)
    assert not {"script", "img", "link", "iframe", "form", "input", "select"} & set(page.tags)
    assert page.addresses == []
    assert "&lt;script&gt;" in answer.json
    assert vendor.get(PATH, headers={"accept": "*/*"}).json["source"]["id"] == "bought"


def test_a_guide_is_for_who_is_in_charge_of_the_source(vendor: Backend) -> None:
    assert vendor.get(PATH, user="mia").status == 200
    vendor.refused(404, "not_found", "GET", PATH, user="max")
    vendor.refused(403, "forbidden", "GET", PATH, user="ana")
    vendor.refused(404, "not_found", "GET", "/v1/sources/nothing/guide")
