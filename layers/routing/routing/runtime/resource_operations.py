"""The five operations that every kind of set-up resource has."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from routing.domain.accounts import Account
from routing.domain.company import Company
from routing.domain.resources import KINDS, SINGULAR, Body, Kind
from routing.runtime import wiring
from routing.runtime.http import (
    IDENTIFIER,
    NO_IDENTIFIER,
    Request,
    Response,
    checked,
    listed,
    operation,
)
from routing.runtime.json_body import without_unmeant_nulls
from routing.runtime.models import BODIES
from routing.runtime.request_models import DraftBody, PlanRequest
from routing.services.company import plan, set_up
from routing.services.company.plan import Change
from routing.services.core.access import acting, is_near, oversees, require
from routing.services.core.paging import page, whole
from routing.services.core.problems import Problem, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.people import sign_ins
from routing.storage.configuration import Resource, SetUp

PAGED = ("limit", "cursor")
MEANT_NULLS: Mapping[Kind, str] = {"calling-rules": "windows", "sources": "mapping"}
"""Where a null is not the same as absent: no calls on holidays is not a holiday like its weekday, and what a mapping
leaves out is no custom field."""
MOST_PLANNED_BYTES = 4 * 1024 * 1024
"""Of a plan, which may be of a whole company: Lambda takes 6 MB with what is around it."""
READERS: Mapping[Kind, tuple[str, ...]] = {
    kind: ("admin", "manager", *(["rep"] if kind in ("dispositions", "record-types") else []))
    for kind in KINDS
}
"""Who reads resources of a kind: reps need the words of what they work with."""


def register(store: Callable[[], Store]) -> None:
    """Register put, get, delete, list and versions of every kind."""
    for kind in KINDS:
        _Operations(kind, store).register()


class _Operations:
    def __init__(self, kind: Kind, store: Callable[[], Store]) -> None:
        self.kind = kind
        self.store = store
        self.is_dated = kind == "calling-rules"

    def register(self) -> None:
        one, all_of = f"/v1/{self.kind}/{{id}}", f"/v1/{self.kind}"
        name = SINGULAR[self.kind]
        saved = {
            200: "Replaced.",
            201: "Created.",
            409: "What refers to it would not hold any more.",
            412: "It is no longer at the version of If-Match; or there is another, with If-None-Match.",
        }
        operation(f"PUT {one}", f"Create or replace a {name}", answers=saved, body=BODIES[self.kind])(
            self.put
        )
        operation(f"GET {one}", f"One {name}")(self.get)
        operation(
            f"DELETE {one}",
            f"Delete a {name}" + (", or its version of one date" if self.is_dated else ""),
            answers={204: "Deleted.", 409: "Something refers to it."},
            query=("effective_from",) if self.is_dated else (),
        )(self.delete)
        operation(f"GET {all_of}", f"Every {name}", query=PAGED)(self.list)
        operation(
            f"GET {one}/versions", f"Every version of a {name}, newest first", query=("limit", "cursor")
        )(self.versions)

    def _set_up(self, request: Request, *roles: str) -> SetUp:
        found = self.store().configuration.load()
        require(acting(request.user, found.company), *roles)
        return found

    def _may_see(self, request: Request, found: SetUp, body: dict[str, Any]) -> bool:
        """Admins see everything; managers what is of their branch, and what belongs to no account."""
        account = acting(request.user, found.company)
        of = body["id"] if self.kind == "accounts" else body.get("distributed_from", body.get("owner"))
        return of is None or oversees(account, of, found.company)

    def _shown(self, request: Request, found: SetUp, resource: Resource) -> dict[str, Any]:
        """The whole resource; to managers without the addresses of others' webhooks, which may hold secrets."""
        shown = set_up.shown(set_up.rule_in_turn(found, resource, request.now) if self.is_dated else resource)
        account = acting(request.user, found.company)
        if self.kind != "accounts" or account.role == "admin" or shown["id"] == account.id:
            return shown
        return {**shown, "notify": {**shown["notify"], "webhook": None}}

    def put(self, request: Request) -> Response:
        self._set_up(request, "admin")
        body = completed(self.kind, request.path["id"], request.exactly())
        if self.kind == "accounts":
            sign_ins.end_that_of_before(self.store(), wiring.sign_ins, request.path["id"])
        match, absent = request.headers.get("if-match"), request.headers.get("if-none-match")
        if absent not in (None, "*"):
            raise invalid_field("If-None-Match", "wrong_type", "must be *, or left out")
        saved = set_up.put(
            self.store(), self.kind, body, request.user, match, request.now, only_new=absent == "*"
        )
        headers = {"etag": set_up.etag(saved.resource)}
        return Response(201 if saved.created else 200, set_up.shown(saved.resource), headers)

    def get(self, request: Request) -> Response:
        found = set_up.load(self.store(), self.kind, [request.path["id"]])
        require(acting(request.user, found.company), *READERS[self.kind])
        resource = set_up.found(found, self.kind, request.path["id"])
        if not self._may_see(request, found, dict(resource.body or {})):
            raise not_found(SINGULAR[self.kind])
        return Response(200, self._shown(request, found, resource), {"etag": set_up.etag(resource)})

    def delete(self, request: Request) -> Response:
        self._set_up(request, "admin")
        match = request.headers.get("if-match")
        day = request.query.get("effective_from") if self.is_dated else None
        if day is not None and not _is_date(day):
            raise invalid_field("effective_from", "wrong_type", "must be a date (YYYY-MM-DD)")
        set_up.delete(self.store(), self.kind, request.path["id"], request.user, match, request.now, day)
        return Response(204)

    def list(self, request: Request) -> Response:
        found = self.store().configuration.load()
        account = acting(request.user, found.company)
        if self.kind == "accounts" and account.role == "rep":
            return _names(request, account, found.company)
        require(account, *READERS[self.kind])
        limit = request.limit()
        after = (request.cursor() or {}).get("after", "")
        visible = [
            each.body["id"]
            for each in set_up.listed(found, self.kind)
            if each.body and each.body["id"] > after and self._may_see(request, found, dict(each.body))
        ][: limit + 1]
        if self.kind == "accounts":
            found = set_up.as_they_say(self.store(), found, visible)
        entries = (
            (self._shown(request, found, set_up.found(found, self.kind, each)), {"after": each})
            for each in visible
        )
        return listed(request, page(entries, limit))

    def versions(self, request: Request) -> Response:
        found = self._set_up(request, "admin")
        history = self.store().configuration.versions(self.kind, request.path["id"])
        if not history:
            set_up.found(found, self.kind, request.path["id"])
        limit = request.limit()
        before = (request.cursor() or {}).get("before")
        entries = (
            (
                {
                    **set_up.shown(each),
                    "id": request.path["id"],
                    "deleted": each.body is None,
                    "changed_at": each.changed_at,
                    "changed_by": each.changed_by,
                },
                {"before": str(each.version)},
            )
            for each in history
            if before is None or each.version < int(before)
        )
        return listed(request, page(entries, limit))


def _names(request: Request, rep: Account, company: Company) -> Response:
    """What the accounts that a rep has to do with are called."""
    limit = request.limit()
    after = (request.cursor() or {}).get("after", "")
    near = sorted(each.id for each in company.tree if each.id > after and is_near(rep, each.id, company))
    found = (company.accounts[each] for each in near[: limit + 1])
    entries = (
        ({"id": each.id, "name": each.name, "kind": each.kind, "parent": each.parent}, {"after": each.id})
        for each in found
    )
    return listed(request, page(entries, limit))


def completed(kind: Kind, identifier: str, given: Mapping[str, Any]) -> Body:
    """A resource's body with every default filled in. 422 for one that is none, or is another's."""
    body = without_unmeant_nulls(given, MEANT_NULLS.get(kind))
    for name in ("version", *(["scheduled"] if kind == "calling-rules" else [])):
        body.pop(name, None)  # so that what a GET answered can be put back
    if body.setdefault("id", identifier) != identifier:
        raise invalid_field("id", "mismatch", "must be the id in the address")
    return checked(BODIES[kind], body).model_dump(mode="json")


def planned(store: Store, request: Request) -> Response:
    """The answer to a plan of changes: what each would do, without doing it."""
    require(acting(request.user, store.configuration.load().company), "admin")
    given = request.exactly()
    checked(PlanRequest, without_unmeant_nulls(given, None))
    changes = [_change(each) for each in given["changes"]]
    found = plan.shown(plan.plan(store, changes, request.user, request.now))
    return Response(
        200,
        whole(found, "What would change has more than 5 MB, before and after: plan fewer changes at once."),
    )


def _change(given: Mapping[str, Any]) -> Change:
    kind, identifier, body = given["kind"], given["id"], given.get("body")
    if body is None:
        return Change(kind, identifier)
    if not IDENTIFIER.fullmatch(identifier):
        return Change(kind, identifier, problem=invalid_field("id", "invalid", NO_IDENTIFIER))
    try:
        return Change(kind, identifier, completed(kind, identifier, body))
    except Problem as problem:
        return Change(kind, identifier, problem=problem)


def drafted(draft: DraftBody | None) -> list[tuple[str, Change]]:
    """The strategies of a draft, each with its place in the request."""
    if draft is None:
        return []
    lists: tuple[tuple[Kind, str, list[dict[str, Any]]], ...] = (
        ("push-strategies", "draft.push_strategies", draft.push_strategies),
        ("pull-strategies", "draft.pull_strategies", draft.pull_strategies),
    )
    return [
        (f"{name}[{at}]", _drafted(kind, body))
        for kind, name, bodies in lists
        for at, body in enumerate(bodies)
    ]


def _drafted(kind: Kind, body: Mapping[str, Any]) -> Change:
    identifier = body.get("id")
    if identifier is None:
        return Change(kind, "", problem=invalid_field("id", "required", "must be given"))
    if not isinstance(identifier, str):
        return Change(kind, "", problem=invalid_field("id", "wrong_type", "must be text"))
    return _change({"kind": kind, "id": identifier, "body": body})


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@cache
def openapi_document() -> Any:
    """The OpenAPI document, as generated from the operations and committed."""
    return json.loads((files("routing") / "openapi.json").read_text(encoding="utf-8"))


@cache
def lead_form_script() -> str:
    """What a page loads to fill in and send its form."""
    return (files("routing.runtime") / "lead-form.js").read_text(encoding="utf-8")
