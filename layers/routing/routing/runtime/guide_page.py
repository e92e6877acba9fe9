"""A posting guide as a page by itself, to be sent and printed."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
h2 { margin-top: 2rem; border-bottom: 1px solid #c8ccd1; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #e3e6ea; }
code, pre { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: #f4f5f7; padding: .8rem; white-space: pre-wrap; }
@media print {
  body { margin: 0; }
  tr, pre { break-inside: avoid; }
  pre { background: none; border: 1px solid #c8ccd1; }
}
"""


def page(guide: Mapping[str, Any]) -> str:
    name = escape(guide["source"]["name"])
    parts = [
        f"<h1>Posting leads: {name}</h1>",
        f"<p>Send each lead as <code>POST</code> to <code>{escape(guide['address'])}</code>",
        f"with your key in the header {_code(guide['key']['header'])} (or {escape(guide['key']['or'])}).",
        f"Content types: {_codes(guide['content_types'])}. At most 256 KB.</p>",
        "<h2>Fields</h2>",
        f"<p>At least one of {_codes(guide['one_of'])} has to be usable. What else you send is kept as it came.</p>",
        _table(("Field", "Type", "Example", ""), map(_field, guide["fields"])),
        "<h2>Consent</h2>",
        f"<p>Say what the person agreed to in {_codes(guide['consent'])}.</p>",
        "<h2>Attribution</h2>",
        f"<p>Say by which advertisement the person came in {_codes(guide['attribution'])}.</p>",
        "<h2>With curl</h2>",
        f"<pre>{escape(guide['curl'])}</pre>",
    ]
    if guide["form"] is not None:
        parts += ["<h2>A form of your page</h2>", f"<pre>{escape(guide['form'])}</pre>"]
    parts += [
        "<h2>Answers</h2>",
        _table(("When", "Status", "Body", "What to do"), map(_answer, guide["answers"])),
        "<h2>To try it</h2>",
        "<p>With a test key nothing is kept, and these postal codes get each answer:</p>",
        _table(
            ("Postal code", "Answer"),
            ((_code(each["postal_code"]), escape(each["answer"])) for each in guide["test_codes"]),
        ),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Posting leads: {name}</title>\n<style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(_code, texts))


def _field(field: Mapping[str, Any]) -> tuple[str, ...]:
    notes = [escape(field["about"])] if field["about"] else []
    if field["choices"]:
        notes.append(f"One of {_codes(field['choices'])}.")
    kind = field["type"] + (", required" if field["required"] else "")
    example = ", ".join(field["example"]) if field["type"] == "list" else str(field["example"])
    return _code(field["name"]), escape(kind), _code(example), " ".join(notes)


def _answer(answer: Mapping[str, Any]) -> tuple[str, ...]:
    body = _code(answer["body"]) if answer["body"] else ""
    return escape(answer["when"]), str(answer["status"]), body, escape(answer["do"])


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<tr>{head}</tr>\n{body}\n</table>"
