"""No way of writing a call to AWS escapes `reachable.py`: it is seen, or the code is refused."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.template.reachable import Call, Unreadable, calls_of

GET = {("dynamodb:GetItem", "table")}
MANY = {("dynamodb:BatchGetItem", "table")}
OWNER = {("dynamodb:Query", "owner")}
QUERY = {("dynamodb:Query", "table")}
PUT = {("dynamodb:PutItem", "table")}
DELETE = {("dynamodb:DeleteItem", "table")}
MAIL = {("ses:SendEmail", "identity/*")}

SEEN: dict[str, tuple[set[Call], str]] = {
    "nothing": (set(), "def handler(event, context): return {'get': event.get('query')}"),
    "a call": (GET, "def handler(event, context): return store().table.get(event)"),
    "a call that is handed on": (OWNER, "def handler(e, c): return partial(store().table.query, e, index='owner')"),
    "a method in a variable": (MANY, "def handler(e, c):\n    read = store().table.get_many\n    return read(e)"),
    "a method in a variable, of any index that is named": (
        QUERY | OWNER,
        "def handler(e, c):\n    read = store().table.query\n    return read(e, index='owner')",
    ),
    "an index among other terms": (
        QUERY | OWNER,
        "TERMS = {'index': 'owner'}\ndef handler(e, c): return store().table.query(e, **TERMS)",
    ),
    "either of two indexes": (
        OWNER | {("dynamodb:Query", "queue")},
        "def handler(e, c): return store().table.query(e, index='owner' if e else 'queue')",
    ),
    "a getattr": (GET, "def handler(e, c): return getattr(store().table, 'get')(e)"),
    "a holder by another name": (MANY, "def handler(e, held): return held.get_many(e)"),
    "a lambda": (GET, "def handler(e, c): return [each() for each in [lambda: store().table.get(e)]]"),
    "a nested function": (GET, "def handler(e, c):\n    def look(): return store().table.get(e)\n    return look"),
    "a generator": (GET, "def handler(e, c): return (store().table.get(each) for each in e)"),
    "a default": (GET, "def handler(e, c, read=store().table.get): return read(e)"),
    "a table of functions": (
        GET,
        "def _look(e): return store().table.get(e)\nBY_KIND = {'look': _look}\ndef handler(e, c): return BY_KIND[e](e)",
    ),
    "a property": (
        GET,
        "class It:\n    @property\n    def now(self): return store().table.get(1)\ndef handler(e, c): return It().now",
    ),
    "a method that nobody names": (
        set(),
        "class It:\n    def run(self): return store().table.get(1)\ndef handler(e, c): return It()",
    ),
    "a method that Python calls": (
        GET,
        "class It:\n    def __iter__(self): return store().table.get(1)\ndef handler(e, c): return [*It()]",
    ),
    "a method that is registered": (
        GET,
        ("class It:\n    @validator('x')\n    def _check(self): return store().table.get(1)\n"
        "def handler(e, c): return It()"),
    ),
    "an inherited method": (
        GET,
        ("class Base:\n    def run(self): return store().table.get(1)\nclass It(Base): ...\n"
        "def handler(e, c): return It().run()"),
    ),
    "a method through getattr": (
        GET,
        "class It:\n    def run(self): return store().table.get(1)\ndef handler(e, c): return getattr(It(), 'run')()",
    ),
    "a write": (PUT, "def handler(e, c): return Write('Put', e)"),
    "either of two writes": (PUT | DELETE, "def handler(e, c): return Write('Put' if e else 'Delete', e)"),
    "a write by its module": (PUT, "def handler(e, c): return table.Write('Put', e)"),
    "a write under another name": (PUT, "def handler(e, c): return Entry('Put', e)"),
    "a client's method that is handed on": (MAIL, "def handler(e, c): return partial(c.send_email, **e)"),
    "another module": (GET, "from functions.g import other\ndef handler(e, c): return other.look(e)"),
    "another module in full": (GET, "import functions.g.other\ndef handler(e, c): return functions.g.other.look(e)"),
    "another module by a third": (GET, "from functions.g.third import look\ndef handler(e, c): return look(e)"),
    "another module as a third's": (
        GET,
        "from functions.g import third\ndef handler(e, c): return third.other.look(e)",
    ),
    "an import alone": (GET, "import functions.g.registers\ndef handler(e, c): return 1"),
}  # fmt: skip
REFUSED = {
    "another call of the client": "def handler(e, c): return store().table.client.scan(TableName='x')",
    "a call of another service": "def handler(e, client): return client.receive_message(QueueUrl='x')",
    "pages of a client": "def handler(e, client): return client.get_paginator('scan')",
    "a table in a variable": "def handler(e, c):\n    held = store().table\n    return held.get(e)",
    "a table in a parameter": "def handler(e: Table, c): return e.get(1)",
    "a table in a field": "class It:\n    held: Table\ndef handler(e, c): return It().held.get(1)",
    "a table in a list": "def handler(e, c): return [each.get(1) for each in [store().table]]",
    "a table that is handed back": "def _held(): return store().table\ndef handler(e, c): return _held().get(1)",
    "a table that is said to be handed back": "def _held() -> Table: ...\ndef handler(e, c): return _held().get(1)",
    "a name that is made": "def handler(e, c): return getattr(store(), e)",
    "a method by its name": "def handler(e, c): return methodcaller('get', 1)(store().table)",
    "a module by its name": "def handler(e, c): return import_module(e).look()",
    "a write of a kind that is not said": "def handler(e, c): return Write(e, {})",
    "a write in a variable": "def handler(e, c):\n    make = Write\n    return make('Put', e)",
    "a write that is handed on": "def handler(e, c): return partial(Write, 'Put')",
    "a write that becomes another": "def handler(e, c): return replace(e, action='Delete')",
    "an index from elsewhere": "def handler(e, c): return store().table.query(e, index=c)",
    "everything of a module": "from functions.g.other import *",
    "a relative import": "from .other import look",
}
HEAD = """
    from dataclasses import replace
    from functools import partial
    from importlib import import_module
    from operator import methodcaller

    from routing.runtime.wiring import store
    from routing.storage import table
    from routing.storage.table import Table, Write
    from routing.storage.table import Write as Entry
"""
FILES = {
    "f/app": "from functions.g import code\ndef handler(event, context): return code.handler(event, context)",
    "g/other": "from routing.runtime.wiring import store\ndef look(e): return store().table.get(e)",
    "g/third": "from functions.g import other\nfrom functions.g.other import look",
    "g/registers": "from functions.g.third import other, look\n@other.known\ndef seen(e): return look(e)",
}


def _function(folder: Path, code: str) -> Path:
    for name, each in {**FILES, "g/code": f"{dedent(HEAD)}\n{code}\n"}.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(each)
    return folder


@pytest.mark.parametrize(("expected", "code"), SEEN.values(), ids=SEEN)
def test_a_call_is_seen(tmp_path: Path, expected: set[Call], code: str) -> None:
    assert calls_of("f", _function(tmp_path, code)) == expected


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_seen_is_refused(tmp_path: Path, code: str) -> None:
    with pytest.raises(Unreadable):
        calls_of("f", _function(tmp_path, code))
