"""What the browser of a web form's own post is answered: another page, or a small one of ours."""

from collections.abc import Sequence
from html import escape

from routing.domain.formats.form_post import MULTIPART, URLENCODED
from routing.domain.web_forms import Destinations, location
from routing.runtime.http import TITLES, Request, Response
from routing.services.core.idempotency import Answer
from routing.services.core.problems import FieldError, Problem

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head>
<body><h1>{title}</h1>
<p>{text}</p>
{rest}</body>
</html>
"""
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


def is_form(request: Request) -> bool:
    """Whether a body came as browsers send a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in (URLENCODED, MULTIPART)


def spoken(request: Request, answer: Answer | Problem, to: Destinations) -> Response | None:
    """The answer to a form's post in a browser; None where it is answered as to a program."""
    if isinstance(answer, Answer) and to.taken is not None:
        return Response(303, headers={"location": location(to.taken)})
    if isinstance(answer, Problem) and to.not_taken is not None:
        fields = [each.field for each in answer.errors]
        return Response(303, headers={"location": location(to.not_taken, answer.code, fields)})
    if not prefers_html(request.headers.get("accept", "")):
        return None
    if isinstance(answer, Answer):
        return Response(answer.status, _page("Thank you", "We have received what you sent."), HEADERS)
    page = _page(TITLES[answer.status], str(answer), answer.errors)
    return Response(answer.status, page, {**HEADERS, **answer.headers})


def _page(title: str, text: str, errors: Sequence[FieldError] = ()) -> str:
    entries = "".join(
        f"<li>{escape(f'{each.field}: {each.message}' if each.field else each.message)}</li>\n"
        for each in errors
    )
    rest = f"<ul>\n{entries}</ul>\n" if entries else ""
    return PAGE.format(title=escape(title), text=escape(text), rest=rest)


def prefers_html(accept: str) -> bool:
    """As browsers do, and programs do not: what takes anything is answered in JSON."""
    html, other = 0.0, 0.0
    for each in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        weight = next((_weight(part[2:]) for part in parameters if part.startswith("q=")), 1.0)
        if kind in ("text/html", "application/xhtml+xml"):
            html = max(html, weight)
        elif kind in ("application/json", "application/problem+json", "application/*", "*/*"):
            other = max(other, weight)
    return html > other


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
