"""Whatever is sent to whichever route: an answer, and never a failure of ours."""

import copy
import importlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.runtime.http import OPERATIONS
from tests.functional.backend import Backend, lead_body
from tests.functional.bodies import KINDS, LEAST, WHOLE
from tools import openapi, template

for _name in openapi.HTTP_FUNCTIONS:
    importlib.import_module(f"functions.{_name}.app")
ROUTES = sorted((each.method, each.path) for each in template.routes())
TEXTS = [
    *(
        "",
        " ",
        ".",
        "..",
        "a",
        "ana",
        "admin",
        "lead",
        "me",
        "x" * 65,
        "x" * 1100,
        "\U0001f600" * 380,
        "é~1~a~b",
    ),
    *(
        "1~a~b~c",
        "1~" + "\U0001f600" * 300 + "~b~c",
        "9" * 400 + "~a~b~c",
        "\x00",
        "a\x00b",
        "\u202e",
        "\ufeff",
    ),
    *(
        "٣",
        "²",
        "-1",
        "1e400",
        "9" * 5000,
        "NaN",
        "true",
        "null",
        "a#b",
        "a/b",
        "a~b",
        "%",
        "%zz",
        "&",
        "1,2",
    ),
    *(
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30T00:00:00Z",
        "2026-03-05T10:00:00",
        "P9999Y",
    ),
    *(
        "PT" + "9" * 40 + "M",
        "303-555-0101",
        "+1 303 555 0101",
        "a@example.com",
        "é@é.é",
        "24:00",
        "http://[",
        "02-30",
    ),
]
texts = st.sampled_from(TEXTS) | st.text(max_size=20)
numbers = st.sampled_from([0, -1, 1, 10**9, 10**18, 10**300, 0.5, -0.0, 1e308, 1e-320]) | st.integers()
deep: Any = 1
for _ in range(120):
    deep = [deep] if _ % 2 else {"a": deep}
values = st.recursive(
    st.none() | st.booleans() | numbers | texts | st.just(deep),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
CRITERION = {"field": "state", "operator": "in", "value": ["CO"]}
DRAFT = {
    "push_strategies": [{**LEAST["push-strategies"], "id": "new", "criteria": [CRITERION]}],
    "pull_strategies": [{**LEAST["pull-strategies"], "id": "new"}],
}
BODIES: Mapping[str, Any] = {
    "leads": {
        **lead_body(),
        "owner": "me",
        "phone": "3035550101",
        "state": "CO",
        "postal_code": "80202",
        "cost": 1,
        "source": "api",
        "external_id": "x",
        "record_type": "lead",
        "pull_delay_minutes": 5,
        "fields": {"a": 1},
    },
    "dispositions": {
        "disposition": "call-back",
        "note": "x",
        "lease_token": "1~a~b~c",
        "callback_at": "2026-03-05T10:00:00Z",
        "appointment": {"starts_at": "2026-03-05T10:00:00Z", "notes": "x"},
        "pull_next": True,
    },
    "lease": {"lease_token": "1~a~b~c"},
    "notes": {"note": "x"},
    "appointments": {"starts_at": "2026-03-05T10:00:00Z", "notes": "x"},
    "transfer": {"to": "ana", "distribute": False},
    "transfers": {"leads": ["x"], "to": "ana", "distribute": False},
    "reassign": {"to": "ben"},
    "presence": {"available": True},
    "me": {"notify": {"email": True, "webhook": "https://example.com", "quiet_hours": ["21:00", "08:00"]}},
    "keys": {"test": True},
    "explain": {"lead": lead_body(), "at": "2026-03-05T10:00:00Z", "as_user": "ana", "draft": DRAFT},
    "preview": {"draft": DRAFT, "last": 10},
    "pull": {"record_type": "lead"},
    "imports": {"phones": ["3035550101"], "reason": "x", "expires_at": "2026-05-05T10:00:00Z"},
    "plan": {"changes": [{"kind": "accounts", "id": "new", "body": LEAST["accounts"]}]},
    "{phone}": {"reason": "x", "expires_at": "2026-05-05T10:00:00Z"},
    **{
        kind: {**WHOLE[kind], **({"criteria": [CRITERION]} if "strategies" in kind else {})} for kind in KINDS
    },
}


def body_of(path: str) -> Any:
    parts = [each for each in path.split("/") if each not in ("{id}", "{source}")]
    found = BODIES.get("leads" if "intake" in parts else parts[-1], {})
    return copy.deepcopy(LEAST.get(parts[-1], {}) | found if parts[-1] in KINDS else found)


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """The value with something in it replaced, or something added to it."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: draw(changed(value[name]))}
    if isinstance(value, dict) and draw(st.booleans()):
        return {**value, draw(texts): draw(values)}
    if isinstance(value, list) and value and draw(st.integers(0, 2)):
        return [draw(changed(value[0])), *value[1:]]
    return draw(values)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, dict[str, str], bytes, str]:
    method, path = draw(st.sampled_from(ROUTES))
    known = OPERATIONS[f"{method} {path}"].query
    raw = json.dumps(draw(changed(body_of(path)))).encode()
    if not draw(st.integers(0, 9)):
        raw = draw(
            st.binary(max_size=40) | st.sampled_from([b'"\\ud800"', b'{"note": "\\udfff"}', b"[" * 999])
        )
    for name in ("id", "source", "key_id", "appointment", "phone"):
        part = draw(st.sampled_from(["ana", "lead", "api", "LEAD", "no-answer", "3035550101"]) | texts)
        path = path.replace(f"{{{name}}}", quote(part or "x", safe=""))
    query = {name: draw(texts) for name in known if draw(st.booleans())}
    if query:
        path += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    headers = {
        name: draw(texts)
        for name in ("idempotency-key", "if-match", "x-activity", "x-api-key", "accept", "origin")
        if not draw(st.integers(0, 3))
    }
    return method, path, headers, raw, draw(st.sampled_from(["admin", "mia", "ana"]))


HOSTILE = (
    *(None, True, -1, 0.5, 10**300, 1e308, [], {}, [None], {"a": {"b": 1}}, deep),
    *(
        "",
        " ",
        "\x00",
        ".",
        "x" * 1100,
        "\U0001f600" * 380,
        "9" * 5000,
        "NaN",
        "\u202e",
        "1~a~b~c",
        "http://[",
    ),
    *("2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "P9999Y", "PT" + "9" * 40 + "M", "24:00", "02-30"),
)
"""For each key of each body. Faults that were found by them: lease tokens of emoji, criteria 400 deep."""


def replaced(value: Any, by: Any) -> Iterator[tuple[str, Any]]:
    """(where, the value with what stands there replaced) for each key of it, and for each first entry of a list."""
    inner = value.items() if isinstance(value, dict) else list(enumerate(value))[:1]
    for key, each in inner:
        others = dict(value) if isinstance(value, dict) else list(value)
        for where, change in [("", by), *(replaced(each, by) if isinstance(each, dict | list) else ())]:
            others[key] = change
            yield f"{key}.{where}".rstrip("."), copy.copy(others)


@pytest.mark.parametrize(
    ("method", "path"),
    [each for each in ROUTES if each[0] in ("PATCH", "POST", "PUT") and body_of(each[1])],
)
def test_no_value_of_any_key_makes_the_server_fail(company: Backend, method: str, path: str) -> None:
    company.pull_strategy("all")
    lead, token = company.lent("ana")
    sent = path.replace("leads/{id}", f"leads/{lead}").replace("accounts/{id}/", "accounts/ana/")
    for name in ("id", "source", "key_id", "appointment", "phone"):
        sent = sent.replace(f"{{{name}}}", {"phone": "3035550101", "source": "api"}.get(name, "new"))
    whole = body_of(path)
    if "lease_token" in whole:
        whole["lease_token"] = token
    user = "ana" if sent.startswith((f"/v1/leads/{lead}/", "/v1/pull", "/v1/me")) else "admin"
    for hostile in HOSTILE:
        for where, body in replaced(whole, hostile):
            answer = company.call(method, sent, body, user=user)
            assert answer.status < 500, (where, hostile, answer.json)
            if answer.status == 422:
                wrong = answer.json.get("errors", [])
                assert all(each["code"] and each["message"] for each in wrong), (where, hostile, answer.json)
                foreign = [each for each in wrong if re.search("nput|alid |required", each["message"])]
                assert foreign == [], (where, hostile)
    company.settle()


@settings(
    max_examples=400,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(sent=calls())
def test_no_request_makes_the_server_fail(
    company: Backend, sent: tuple[str, str, dict[str, str], bytes, str]
) -> None:
    method, path, headers, raw, user = sent
    lead = next((item["PK"] for item in company.of("LEAD#", "HEAD")), None)
    if lead is None:
        company.pull_strategy("all")
        lead = "LEAD#" + company.lent("ana")[0]
    path = path.replace("LEAD", lead.removeprefix("LEAD#"))
    answer = company.call(method, path, raw=raw, user=user, headers=headers)
    assert answer.status < 500, (answer.status, answer.json, sent)
    company.settle()
