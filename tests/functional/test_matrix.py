"""Who may do what: every route of the template, by every kind of caller, on all that they may or may not know of.

The rules below say what is expected; the cells are made from them. What somebody may not know of is answered as what is
not there, to the byte but for its id. A route without a rule fails.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from routing.services.core.access import PERMISSIONS
from tests.functional.backend import Answer, Backend, forget_containers, lead_body
from tests.functional.bodies import KINDS, LEAST
from tests.functional.quick_moto import kept_items
from tools import template

BACKGROUND = {"x-activity": "background"}


@dataclass(frozen=True)
class Who:
    """A caller. branch: what a manager is in charge of. refused: what any call answers that is not public."""

    id: str | None
    role: str = ""
    branch: str = ""
    refused: int | None = None
    key: str | None = None


CALLERS = {
    "an admin": Who("admin", "admin"),
    "the branch's manager": Who("mia", "manager", "denver"),
    "another branch's manager": Who("max", "manager", "dallas"),
    "who owns": Who("ana", "rep"),
    "who holds": Who("ben", "rep"),
    "who promised": Who("eve", "rep"),
    "who held before": Who("fay", "rep"),
    "who holds the company's": Who("dee", "rep"),
    "another branch's owner": Who("cho", "rep"),
    "a rep with nothing": Who("hal", "rep"),
    "a disabled account": Who("gone", refused=403),
    "no account": Who("stranger", refused=403),
    "a branch": Who("denver", refused=403),
    "no token": Who(None, refused=401),
    "a source's key": Who(None, refused=401, key="right"),
}
DENVER = frozenset({"denver", "mia", "ana", "ben", "eve", "fay", "hal", "gone", "d1"})
DALLAS = frozenset({"dallas", "max", "cho", "dee", "t1"})
IN_CHARGE = {"denver": DENVER, "dallas": DALLAS}


@dataclass(frozen=True)
class Lead:
    owner: str
    holder: str | None = None
    promised: str | None = None


LEADS: Mapping[str, Lead] = {
    "owned": Lead("ana"),
    "held": Lead("denver", holder="ben"),
    "promised": Lead("denver", promised="eve"),
    "formerly held": Lead("denver"),
    "the branch's": Lead("denver"),
    "the company's": Lead("corporate"),
    "the company's, held": Lead("corporate", holder="dee"),
    "another branch's": Lead("dallas"),
    "another rep's": Lead("cho"),
}
NOTHING = "not there"


def oversees(who: Who, account: str) -> bool:
    return who.role == "admin" or account in IN_CHARGE.get(who.branch, ())


def knows(who: Who, subject: str) -> bool:
    lead = LEADS.get(subject)
    if lead is None:
        return False
    return who.id in (lead.owner, lead.holder, lead.promised) or oversees(who, lead.owner)


# -- the rules -------------------------------------------------------------------------------------------------

Rule = Callable[[Who, str], int]


def known(done: int = 200) -> Rule:
    """For who may know of the lead."""
    return lambda who, subject: done if knows(who, subject) else 404


def disposes(who: Who, subject: str) -> int:
    if not knows(who, subject):
        return 404
    lead = LEADS[subject]
    own = who.id in (lead.owner, lead.holder, lead.promised)
    return 200 if own or lead.holder is None else 409


def calls(who: Who, subject: str) -> int:
    if not knows(who, subject):
        return 404
    return 201 if LEADS[subject].holder in (None, who.id) else 409


def notes(who: Who, subject: str) -> int:
    """Also for who has just recorded something, for an hour."""
    return 201 if knows(who, subject) or (who.id, subject) == ("fay", "formerly held") else 404


def transfers(who: Who, subject: str) -> int:
    if who.role == "rep":
        return 403
    return 200 if knows(who, subject) else 404


def releases(who: Who, subject: str) -> int:
    if who.role == "rep":
        return 403
    return 201 if subject != NOTHING and oversees(who, LEADS[subject].owner) else 404


def everybody(done: int = 200) -> Rule:
    return lambda who, subject: done if subject != NOTHING else 404


def of_role(*roles: str, done: int = 200) -> Rule:
    """For these roles; others hear nothing of what there is."""

    def rule(who: Who, subject: str) -> int:
        return 403 if who.role not in roles else 404 if subject == NOTHING else done

    return rule


def admins(done: int = 200) -> Rule:
    return of_role("admin", done=done)


def managers(done: int = 200) -> Rule:
    return of_role("admin", "manager", done=done)


ACCOUNT_OF = {
    "mine": "denver",
    "theirs": "dallas",
    "mine, as file": "denver",
    "theirs, as file": "dallas",
    "nobody's": "",
    NOTHING: None,
}


def in_charge(done: int = 200) -> Rule:
    """For admins, and managers of the branch."""

    def rule(who: Who, subject: str) -> int:
        if who.role == "rep":
            return 403
        account = ACCOUNT_OF[subject]
        return done if account == "" or (account and oversees(who, account)) else 404

    return rule


def own(done: int = 200) -> Rule:
    """For whose it is alone: ana's."""
    return lambda who, subject: done if subject == "ana's" and who.id == "ana" else 404


def switches(who: Who, subject: str) -> int:
    if who.role == "rep":
        return 403
    return 200 if subject != NOTHING and oversees(who, subject[:3]) else 404


@dataclass(frozen=True)
class Row:
    """A route: what it is tried on, the body, and what each caller is answered."""

    rule: Rule
    subjects: tuple[str, ...] = ("",)
    body: Any = None
    query: str = ""
    public: bool = False


ON_LEADS = (*LEADS, NOTHING)
IMPORTS = ("mine, as file", "theirs, as file", NOTHING)
BRANCHES = ("mine", "theirs", NOTHING)
PEOPLE = ("somebody's", NOTHING)
ANYBODYS = ("nobody's", NOTHING)
OF_ACCOUNTS = frozenset({"accounts", "sources", "push-strategies", "pull-strategies"})
HELD_BACK = {"lease_token": "x"}

ROWS: dict[str, Row] = {
    "GET /v1/leads/{id}": Row(known(), ON_LEADS),
    "GET /v1/leads/{id}/timeline": Row(known(), ON_LEADS),
    "PATCH /v1/leads/{id}": Row(known(), ON_LEADS, {"first_name": "X"}),
    "POST /v1/leads/{id}/erase": Row(admins(), ON_LEADS),
    "GET /v1/people/{person}/export": Row(admins()),
    "POST /v1/leads/{id}/notes": Row(notes, ON_LEADS, {"note": "x"}),
    "POST /v1/leads/{id}/appointments": Row(known(201), ON_LEADS, {"starts_at": "2026-03-05T15:00:00Z"}),
    "POST /v1/leads/{id}/dispositions": Row(disposes, ON_LEADS, {"disposition": "sold"}),
    "POST /v1/leads/{id}/calls": Row(calls, ON_LEADS, {}),
    "POST /v1/leads/{id}/receipts/{receipt}/release": Row(
        releases, ("the branch's", "another branch's", NOTHING)
    ),
    "POST /v1/leads/{id}/lease": Row(known(409), ON_LEADS, HELD_BACK),
    "POST /v1/leads/{id}/transfer": Row(
        transfers, ON_LEADS, lambda who: {"to": "cho" if who.id == "max" else "ana"}
    ),
    "POST /v1/transfers": Row(
        managers(), body=lambda who: {"leads": ["x-not-there"], "to": "cho" if who.id == "max" else "ana"}
    ),
    "GET /v1/calling-hours": Row(known(), ON_LEADS, query="lead={id}"),
    "DELETE /v1/leads/{id}/appointments/{appointment}": Row(known(204), ("owned", NOTHING)),
    "GET /v1/leads": Row(everybody()),
    "POST /v1/leads": Row(everybody(201), body={**lead_body(50), "owner": "me"}),
    "POST /v1/intake/{source}": Row(lambda who, _: 201 if who.key else 401, body=lead_body(51), public=True),
    "OPTIONS /v1/intake/{source}": Row(lambda *_: 204, public=True),
    "OPTIONS /v1/{proxy+}": Row(lambda *_: 204, public=True),
    "POST /v1/pull": Row(everybody(), body={}),
    "GET /v1/floor": Row(managers()),
    "GET /v1/counts": Row(managers()),
    "GET /v1/held/summary": Row(managers()),
    "PUT /v1/presence": Row(everybody(), body={"available": True}),
    "GET /v1/me": Row(everybody()),
    "GET /v1/me/status": Row(everybody()),
    "GET /v1/me/recent-leads": Row(everybody()),
    "PATCH /v1/me": Row(everybody(), body={"notify": {"email": True}}),
    "GET /v1/appointments": Row(everybody()),
    "GET /v1/notifications": Row(everybody()),
    "POST /v1/notifications/{id}/read": Row(own(), ("ana's", NOTHING)),
    "POST /v1/notifications/read": Row(everybody(), body={"up_to": "9"}),
    "PUT /v1/accounts/{id}/presence": Row(
        switches, ("ana's account", "cho's account", NOTHING), {"available": False}
    ),
    "GET /v1/openapi.json": Row(everybody()),
    "GET /v1/health": Row(everybody(), public=True),
    "GET /v1/lead-form.js": Row(everybody(), public=True),
    "GET /v1/webhook-key": Row(admins()),
    "POST /v1/explain": Row(managers(), body={"lead": lead_body()}),
    "POST /v1/accounts/{id}/invite": Row(admins(), PEOPLE),
    "POST /v1/accounts/{id}/disable-sign-in": Row(admins(), PEOPLE),
    "POST /v1/accounts/{id}/reset-sign-in": Row(admins(), PEOPLE),
    "POST /v1/preview": Row(admins(), body={"draft": {}}),
    "GET /v1/do-not-call": Row(managers()),
    "GET /v1/do-not-call/{phone}": Row(managers()),
    "PUT /v1/do-not-call/{phone}": Row(admins(200), body={}),
    "DELETE /v1/do-not-call/{phone}": Row(admins(204)),
    "POST /v1/do-not-call/imports": Row(admins(202), body={"phones": ["3035550102"]}),
    "GET /v1/do-not-call/imports/{id}": Row(admins(), ("there", NOTHING)),
    "POST /v1/imports": Row(managers(201), body={"source": "api"}),
    "GET /v1/imports": Row(managers()),
    "GET /v1/imports/{id}": Row(in_charge(), IMPORTS),
    "POST /v1/imports/{id}/start": Row(in_charge(409), IMPORTS, {}),
    "POST /v1/imports/{id}/try": Row(in_charge(409), IMPORTS, {}),
    "POST /v1/set-up/plan": Row(
        admins(200), body={"changes": [{"kind": "sources", "id": "plan", "body": LEAST["sources"]}]}
    ),
    "GET /v1/sources/{id}/keys": Row(admins(), BRANCHES),
    "POST /v1/sources/{id}/keys": Row(admins(201), BRANCHES, {}),
    "DELETE /v1/sources/{id}/keys/{key_id}": Row(admins(204), ("mine", NOTHING)),
    "GET /v1/sources/{id}/guide": Row(in_charge(), BRANCHES),
    "GET /v1/sources/{id}/posts": Row(admins(), BRANCHES),
    "POST /v1/sources/{id}/posts/{post}/release": Row(admins(201), ("mine", NOTHING)),
    "GET /v1/push-strategies/{id}/state": Row(in_charge(), BRANCHES),
    "POST /v1/push-strategies/{id}/reset": Row(admins(), BRANCHES),
}
TO_REPS = ("dispositions", "record-types")
for _kind in KINDS:
    _subjects = BRANCHES if _kind in OF_ACCOUNTS else ANYBODYS
    _there = tuple(each for each in _subjects if each != NOTHING)
    ROWS |= {
        f"GET /v1/{_kind}": Row(everybody() if _kind in (*TO_REPS, "accounts") else managers()),
        f"GET /v1/{_kind}/{{id}}": Row(everybody() if _kind in TO_REPS else in_charge(), _subjects),
        f"GET /v1/{_kind}/{{id}}/versions": Row(admins(), _subjects),
        f"DELETE /v1/{_kind}/{{id}}": Row(admins(204), _subjects),
        f"PUT /v1/{_kind}/{{id}}": Row(admins(200), _there, LEAST[_kind]),
    }


PERMITTED = {
    "leads.pull": "POST /v1/pull",
    "leads.work": "POST /v1/leads/{id}/dispositions",
    "leads.add": "POST /v1/leads",
    "words.read": "GET /v1/dispositions",
    "leads.transfer": "POST /v1/leads/{id}/transfer",
    "leads.import": "POST /v1/imports",
    "floor.read": "GET /v1/floor",
    "presence.switch": "PUT /v1/accounts/{id}/presence",
    "accounts.read": "GET /v1/accounts/{id}",
    "strategies.read": "GET /v1/push-strategies",
    "strategies.explain": "POST /v1/explain",
    "sources.read": "GET /v1/sources",
    "do_not_call.read": "GET /v1/do-not-call",
    "set_up.write": "PUT /v1/accounts/{id}",
    "strategies.reset": "POST /v1/push-strategies/{id}/reset",
    "sources.keys": "POST /v1/sources/{id}/keys",
    "sources.posts": "GET /v1/sources/{id}/posts",
    "do_not_call.write": "PUT /v1/do-not-call/{phone}",
    "people.erase": "POST /v1/leads/{id}/erase",
    "people.export": "GET /v1/people/{person}/export",
}


def test_permissions_are_what_the_rules_allow() -> None:
    assert set(PERMITTED) == {*PERMISSIONS["admin"]}
    for name in ("an admin", "the branch's manager", "a rep with nothing"):
        who = CALLERS[name]
        allowed = {
            word for word, route in PERMITTED.items() if ROWS[route].rule(who, ROWS[route].subjects[0]) != 403
        }
        assert allowed == {*PERMISSIONS[who.role]}, name


# -- the company that they are tried on ------------------------------------------------------------------------


@dataclass
class World:
    backend: Backend
    ids: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)

    def build(self) -> None:
        backend, ids = self.backend, self.ids
        for name in ("eve", "fay", "hal"):
            backend.user(name, "denver", email=f"{name}@example.com")
        backend.user("gone", "denver", enabled=False)
        for branch, short in (("denver", "d1"), ("dallas", "t1")):
            backend.branch(short, branch)
            backend.save("sources", short, **{**LEAST["sources"], "owner": branch})
            recipients = [{"account": "mia" if branch == "denver" else "max"}]
            criteria = [{"field": "state", "operator": "equals", "value": "AK"}]
            push = {**LEAST["push-strategies"], "distributed_from": branch, "recipients": recipients}
            backend.save("push-strategies", short, **push, criteria=criteria)
            pull = {**LEAST["pull-strategies"], "distributed_from": branch, "recipients": [branch]}
            backend.save("pull-strategies", short, **pull, criteria=criteria)
        for kind in set(KINDS) - OF_ACCOUNTS:
            backend.save(kind, "n1", **LEAST[kind])
        backend.pull_strategy("all")
        backend.save("record-types", "lead", name="Lead", dedupe={"rules": [["email"]]})
        backend.settle()
        ids["held"], _ = backend.lent("ben", 1, phone=phone(1), source="d1")
        ids["the company's, held"], _ = backend.lent("dee", 2, phone=phone(2))
        ids["promised"], token = backend.lent("eve", 3, phone=phone(3), source="d1")
        call_back = {"lease_token": token, "callback_at": "2026-03-04T17:00:00Z"}
        assert backend.dispose(ids["promised"], "call-back", "eve", **call_back).status == 200
        ids["formerly held"], token = backend.lent("fay", 4, phone=phone(4), source="d1")
        backend.dispose(ids["formerly held"], "no-answer", "fay", lease_token=token)
        ids["owned"] = backend.lead(5, phone=phone(5), user="ana", owner="me")
        ids["the branch's"] = backend.lead(6, phone=phone(6), source="d1")
        ids["the company's"] = backend.lead(7, phone=phone(7))
        ids["another branch's"] = backend.lead(8, phone=phone(8), source="t1")
        ids["another rep's"] = backend.lead(9, phone=phone(9), user="cho", owner="me")
        for subject, number, source in (("the branch's", 6, "d1"), ("another branch's", 8, "t1")):
            backend.post("/v1/leads", lead_body(number, source=source))
            self.receipts[subject] = next(
                each["lead"] for each in backend.of("LEAD#", "HEAD") if each.get("receipt_of") == ids[subject]
            )
        backend.settle()
        backend.save("record-types", "lead", name="Lead")
        starts = {"starts_at": "2026-03-05T10:00:00Z"}
        made = backend.post(f"/v1/leads/{ids['owned']}/appointments", starts, user="ana")
        self.values["appointment"] = made["id"]
        backend.put("/v1/do-not-call/3035550101", {})
        self.values["phone"] = "3035550101"
        self.values["import"] = backend.post("/v1/do-not-call/imports", {"phones": ["3035550103"]})[
            "import_id"
        ]
        key = backend.post("/v1/sources/d1/keys", {})
        self.values |= {"key_id": key["key_id"], "key": key["api_key"]}
        backend.post(f"/v1/leads/{ids['owned']}/transfer", {"to": "ben"})
        backend.post(f"/v1/leads/{ids['owned']}/transfer", {"to": "ana"})
        self.values["post"] = backend.quarantined("d1", lead_body(52))
        backend.settle()
        backend.project()
        self.values["notice"] = backend.get("/v1/notifications", user="ana")["items"][0]["id"]
        ids |= {"mine": "d1", "theirs": "t1", "nobody's": "n1", "": "", NOTHING: "x-not-there"}
        for name, source in (("mine, as file", "d1"), ("theirs, as file", "t1")):
            ids[name] = backend.post("/v1/imports", {"source": source})["import_id"]
        ids |= {"ana's account": "ana", "cho's account": "cho"}
        ids |= {"ana's": self.values["notice"], "there": self.values["import"], "somebody's": "eve"}

    def ask(self, route: str, row: Row, who: Who, subject: str) -> Answer:
        method, path = route.split(" ")
        identifier = self.ids[subject]
        parts = {
            "id": identifier,
            "source": "d1",
            "key_id": self.values["key_id"],
            "appointment": self.values["appointment"],
            "phone": self.values["phone"],
            "person": self.values["phone"],
            "post": self.values["post"],
            "receipt": self.receipts.get(subject, "x-not-there"),
        }
        for name, value in parts.items():
            path = path.replace(f"{{{name}}}", value)
        if row.query:
            path += f"?{row.query.replace('{id}', identifier)}"
        body = row.body(who) if callable(row.body) else row.body
        headers = dict(BACKGROUND)
        if who.key:
            headers["x-api-key"] = self.values["key"]
        return self.backend.call(method, path, body, user=who.id, headers=headers)


def phone(number: int) -> str:
    return f"303555020{number}"


@pytest.fixture
def world(company: Backend) -> World:
    found = World(company)
    found.build()
    return found


def without_ids(world: World, answer: Answer) -> str:
    text = json.dumps([answer.status, answer.json])
    for identifier in world.ids.values():
        text = text.replace(identifier, "ID") if identifier else text
    return text


def test_every_cell_is_as_the_rules_say(world: World) -> None:
    routes = {each.key for each in template.routes()}
    ruled = set(ROWS) | set(RULED_APART)
    assert routes == ruled, "every route needs a row, and every row a route"
    backend = world.backend
    kept = kept_items(backend._table.items), set(backend.delivered)
    cells, wrong = 0, []
    for route, row in ROWS.items():
        for name, who in CALLERS.items():
            answers = {}
            for subject in row.subjects:
                answer = answers[subject] = world.ask(route, row, who, subject)
                expected = row.rule(who, subject) if who.refused is None or row.public else who.refused
                cells += 1
                if answer.status != expected:
                    wrong.append((route, name, subject, expected, answer.status, answer.json))
                if answer.status < 300 and not route.startswith("GET"):
                    backend._table.items, backend.delivered = kept_items(kept[0]), set(kept[1])
                    forget_containers()
            alike = {
                without_ids(world, answer)
                for subject, answer in answers.items()
                if answer.status == 404 or (NOTHING in answers and answers[NOTHING].status == answer.status)
            }
            if len(alike) > 1 and NOTHING in answers and answers[NOTHING].status in (401, 403, 404):
                wrong.append((route, name, "tells what is there", alike))
    print(f"\n{cells} cells of route, caller and subject; {len(wrong)} wrong")
    assert not wrong, "\n".join(map(str, wrong))


def test_every_list_shows_what_the_asker_may_know_of_and_nothing_else(world: World) -> None:
    emails = {
        name: f"lead{at}@example.com"
        for at, name in enumerate(
            (
                "held",
                "the company's, held",
                "promised",
                "formerly held",
                "owned",
                "the branch's",
                "the company's",
                "another branch's",
                "another rep's",
            ),
            start=1,
        )
    }
    names = {world.ids[name]: name for name in LEADS}
    cells, wrong = 0, []

    def shows(who: Who, query: str, expected: set[str]) -> None:
        nonlocal cells
        cells += 1
        found = [names.get(each, each) for each in world.backend.listed(query, user=str(who.id))]
        if sorted(found) != sorted(expected):
            wrong.append((who.id, query, sorted(expected), sorted(found)))

    for who in CALLERS.values():
        if who.refused is not None:
            continue
        seen = {name for name in LEADS if knows(who, name)}
        mine = {name for name, each in LEADS.items() if who.id in (each.owner, each.holder, each.promised)}
        owned = {name for name, each in LEADS.items() if each.owner == who.id}
        charge = {name for name, each in LEADS.items() if oversees(who, each.owner)}
        for limit in (1, 50):
            listed = mine if who.role == "rep" else charge
            shows(who, f"limit={limit}", listed)
            shows(who, f"mine=true&limit={limit}", mine)
            shows(who, f"owner=me&limit={limit}", owned)
        shows(who, "status=leased", {name for name in listed if LEADS[name].holder})
        shows(who, "created_to=2026-12-31", listed)
        for name, address in emails.items():
            shows(who, f"email={address}", {name} & seen)
        for account in ("denver", "dallas", "corporate", "ana", "cho"):
            allowed = account == who.id or oversees(who, account)
            answer = world.backend.get(f"/v1/leads?owner={account}", user=str(who.id))
            cells += 1
            if answer.status != (200 if allowed else 403):
                wrong.append((who.id, account, answer.status))
            if allowed:
                shows(who, f"owner={account}", {name for name in LEADS if LEADS[name].owner == account})
        if who.role != "rep":
            for kind in KINDS:
                page = world.backend.get(f"/v1/{kind}?limit=200", user=str(who.id))["items"]
                there = {each["id"] for each in page} & {"d1", "t1", "n1"}
                cells += 1
                of_branches = {name for name in ("d1", "t1") if oversees(who, name)}
                expected = of_branches if kind in OF_ACCOUNTS else {"n1"}
                if there != expected:
                    wrong.append((who.id, kind, expected, there))
        meetings = world.backend.get("/v1/appointments", user=str(who.id))["items"]
        cells += 1
        if {each["user"] for each in meetings} != ({"ana"} if who.id == "ana" else set()):
            wrong.append((who.id, "appointments", meetings))
    print(f"\n{cells} cells of list and asker; {len(wrong)} wrong")
    assert not wrong, "\n".join(map(str, wrong))


def test_of_several_leads_each_is_moved_or_refused_as_by_itself(world: World) -> None:
    for name in ("an admin", "the branch's manager", "another branch's manager"):
        who = CALLERS[name]
        kept = kept_items(world.backend._table.items)
        asked = {"leads": [world.ids[each] for each in ON_LEADS], "to": "cho" if who.id == "max" else "ana"}
        told = world.backend.post("/v1/transfers", asked, user=who.id)["items"]
        found = {
            subject: 200 if each["moved"] else each["problem"]["status"]
            for subject, each in zip(ON_LEADS, told, strict=True)
        }
        assert found == {subject: transfers(who, subject) for subject in ON_LEADS}
        assert len({str(each["problem"]) for each in told if not each["moved"]}) <= 1, (
            "not yours is not there"
        )
        world.backend._table.items = kept
        forget_containers()


# -- what needs more than one body -----------------------------------------------------------------------------

RULED_APART = ("POST /v1/accounts/{id}/reassign",)


def test_a_leavers_leads_are_given_to_others_by_who_is_in_charge_of_both(world: World) -> None:
    for who in CALLERS.values():
        for leaver, to in (("ana", "ben"), ("cho", "dee"), ("ana", "dee"), ("x-not-there", "ben")):
            answer = world.backend.post(
                f"/v1/accounts/{leaver}/reassign", {"to": to}, user=who.id, headers=BACKGROUND
            )
            if who.refused is not None:
                expected = (who.refused,)
            elif who.role == "rep":
                expected = (403,)
            elif leaver == "x-not-there":
                expected = (404,)
            else:
                may = oversees(who, leaver) and oversees(who, to)
                expected = (200, 202) if may else (403, 404)
            assert answer.status in expected, (who, leaver, to, answer.json)
