"""The do-not-call list: who is on it, since when and why, and what that means for leads there are and leads to come."""

from typing import Any

import pytest

from routing.runtime import clock
from routing.storage import jobs
from tests.functional.backend import Backend, encoded, lead_body

PHONE = "+13035550101"
WARNING = ("phone", "do_not_call")


def path(phone: str = PHONE) -> str:
    return f"/v1/do-not-call/{encoded(phone)}"


def warnings(answer: Any) -> list[tuple[str, str]]:
    return [(each["field"], each["code"]) for each in answer["warnings"]]


def actions(backend: Backend, phone: str = PHONE) -> list[tuple[str, str]]:
    """What was done, and by whom, oldest first."""
    return [(each["action"], each["by"]) for each in reversed(backend.get(path(phone))["history"])]


def phones(backend: Backend, **call: Any) -> list[str]:
    """The whole list, page by page."""
    found, cursor = [], ""
    while cursor is not None:
        page = backend.get(f"/v1/do-not-call?limit=2&cursor={cursor}", **call)
        assert page.status == 200
        found += [each["phone"] for each in page["items"]]
        cursor = page["next"]
    return found


def shown(lead: dict[str, Any]) -> tuple[str, str]:
    return lead["status"], lead["owner"]


def test_a_phone_is_listed_looked_up_changed_and_lifted_and_each_of_it_is_recorded(company: Backend) -> None:
    assert (company.get(path())["listed"], company.get(path())["history"]) == (False, [])
    first = company.put(path("(303) 555-0101"), {"reason": "asked by letter"})
    assert first.status == 201
    assert first.json == {
        "phone": PHONE,
        "listed": True,
        "since": "2026-03-04T15:00:00Z",
        "expires_at": None,
        "by": "admin",
        "reason": "asked by letter",
        "lead_id": None,
    }
    before = company.typed()
    assert company.put(path(), {"reason": "asked by letter"}).status == 200
    assert company.typed() == before, "the same again changes nothing"
    company.at("2026-03-04T16:00:00Z")
    changed = company.put(path(), {"expires_at": "2026-04-01T00:00:00.2Z"})
    assert (changed.status, changed["expires_at"]) == (200, "2026-04-01T00:00:01Z")
    looked_up = company.get(path(), user="mia")
    assert {**looked_up.json, "history": None} == {**changed.json, "history": None}
    assert phones(company, user="mia") == [PHONE]
    company.at("2026-03-04T17:00:00Z")
    for reason in ("", "x" * 1001):
        company.invalid("DELETE", f"{path()}?reason={reason}", None, ("reason", "out_of_range"))
    assert company.delete(f"{path()}?reason=put+there+by+mistake").status == 204
    company.refused(404, "not_found", "DELETE", path())
    assert phones(company) == []
    assert company.get(path())["history"][0]["reason"] == "put there by mistake"
    assert actions(company) == [("suppressed", "admin"), ("changed", "admin"), ("lifted", "admin")]
    history = company.get(path())["history"]
    assert history[1] == {
        "action": "changed",
        "at": "2026-03-04T16:00:00Z",
        "by": "admin",
        "reason": None,
        "expires_at": "2026-04-01T00:00:01Z",
        "lead_id": None,
        "import_id": None,
    }
    assert company.put(path(), {}).status == 201


def test_what_has_expired_is_off_the_list_at_that_instant_without_any_job(sales: Backend) -> None:
    sales.put(path(), {"expires_at": "2026-03-04T16:00:00Z"})
    sales.at("2026-03-04T15:59:59Z")
    assert warnings(sales.post("/v1/leads", lead_body(1, phone=PHONE))) == [WARNING]
    assert phones(sales) == [PHONE]
    sales.at("2026-03-04T16:00:00Z")
    assert (phones(sales), sales.get(path())["listed"]) == ([], False)
    sales.refused(404, "not_found", "DELETE", path())
    lead, _ = sales.lent(number=2, phone=PHONE)
    assert sales.shown(lead)["holder"] == "ana"
    assert sales.put(path(), {}).status == 201


def test_suppressing_closes_every_open_lead_of_the_phone_but_one_that_is_being_worked_on(
    sales: Backend,
) -> None:
    promised, token = sales.lent("cho", 3, phone=PHONE)
    due = "2026-03-04T17:00:00Z"
    sales.dispose(promised, "call-back", "cho", lease_token=token, callback_at=due)
    held, _ = sales.lent(phone=PHONE)
    mine = sales.lead(2, user="ben", owner="me", phone=PHONE)
    waiting, sold = sales.lead(4, phone=PHONE), sales.lead(5, user="ben", owner="me", phone=PHONE)
    sales.dispose(sold, "sold", "ben")
    other = sales.lead(6, phone="+13035550102")
    sales.put(path(), {})
    sales.settle()
    for lead, owner in ((mine, "ben"), (promised, "corporate"), (waiting, "corporate")):
        assert shown(sales.shown(lead)) == ("closed", owner)
        last = sales.timeline(lead)[0]
        assert (last["event"], last["reason"]) == ("closed", "do_not_call")
    assert sales.of(f"LEAD#{promised}", "CALLBACK") == []
    assert sales.timeline(sold)[0]["event"] == "disposition"
    assert (sales.shown(held)["status"], sales.shown(other)["status"]) == ("leased", "ready")
    # Whoever takes it back to the queue finds that nobody gets it any more.
    sales.at("2026-03-04T16:00:00Z")
    sales.tick()
    assert sales.pull("dee")["lead"]["id"] == other
    assert sales.pull("ben")["lead"] is None
    assert sales.shown(held)["status"] == "closed"


def test_a_disposition_lists_the_phone_and_closes_its_other_leads(sales: Backend) -> None:
    twin = sales.lead(2, user="ben", owner="me", phone=PHONE)
    lead, token = sales.lent(phone=PHONE)
    for _ in range(2):  # a retry
        assert sales.dispose(lead, "do-not-call", "ana", lease_token=token).status == 200
    sales.settle()
    assert shown(sales.shown(twin)) == ("closed", "ben")
    found = sales.get(path())
    assert (found["listed"], found["by"], found["reason"], found["lead_id"]) == (
        True,
        "ana",
        "do-not-call",
        lead,
    )
    assert actions(sales) == [("suppressed", "ana")]
    assert phones(sales) == [PHONE]


@pytest.mark.parametrize("way", ["user", "rep", "source", "test key"])
def test_a_lead_with_a_listed_phone_is_taken_in_closed_with_a_warning(sales: Backend, way: str) -> None:
    sales.push("all", ["ana"])
    sales.put(path(), {})
    body = lead_body(1, phone="303-555-0101")
    if way in ("source", "test key"):
        key = sales.key("api", test=way == "test key")
        answer = sales.post("/v1/intake/api", body, user=None, headers={"x-api-key": key})
    else:
        more = {"owner": "me"} if way == "rep" else {}
        headers = {"idempotency-key": "k"}
        answer = sales.post("/v1/leads", {**body, **more}, user="ana", headers=headers) if more else None
        answer = answer or sales.post("/v1/leads", body, headers=headers)
        again = sales.post("/v1/leads", {**body, **more}, user="ana" if more else "admin", headers=headers)
        assert (again.status, again.json) == (answer.status, answer.json)
    assert (answer.status, warnings(answer)) == (201, [WARNING])
    if way == "test key":
        return
    assert answer["status"] == "closed"
    sales.settle()
    sales.tick()
    lead = answer["lead_id"]
    assert shown(sales.shown(lead)) == ("closed", "ana" if way == "rep" else "corporate")
    closed, received = sales.timeline(lead)
    assert (closed["event"], closed["reason"], received["event"]) == ("closed", "do_not_call", "received")
    assert warnings(received) == [WARNING]
    assert sales.pull("ben")["lead"] is None
    # Lifted: what comes now flows again, what is closed stays closed.
    sales.delete(path())
    following = sales.lead(2, phone=PHONE)
    assert shown(sales.shown(following)) == ("assigned", "ana")
    assert sales.shown(lead)["status"] == "closed"


def test_a_phone_that_is_listed_while_its_lead_comes_in_is_not_distributed(sales: Backend) -> None:
    """Ingest had read the list before; push reads it too."""
    sales.push("all", ["ana"])
    sales.settle()
    lead = sales.post("/v1/leads", lead_body(1, phone=PHONE))["lead_id"]
    submitted = sales.undelivered()
    sales.put(path(), {})
    assert sales.deliver(submitted) == {"batchItemFailures": []}
    assert shown(sales.shown(lead)) == ("closed", "corporate")
    assert [each["event"] for each in sales.timeline(lead)] == ["closed", "received"]
    sales.settle()
    assert len(sales.timeline(lead)) == 2


def test_an_edit_to_a_listed_phone_closes_the_lead(sales: Backend) -> None:
    sales.put(path(), {})
    lead = sales.lead(1, user="ana", owner="me", phone="+13035550102")
    sales.patch(f"/v1/leads/{lead}", {"phone": PHONE}, user="ana")
    sales.settle()
    assert shown(sales.shown(lead)) == ("closed", "ana")


# -- imports ------------------------------------------------------------------------------------------------------


def number(at: int) -> str:
    return f"+1303555{at:04}"


def status(backend: Backend, identifier: str) -> dict[str, Any]:
    answer = backend.get(f"/v1/do-not-call/imports/{identifier}")
    assert answer.status == 200
    return dict(answer.json)


def test_an_import_runs_in_the_background_and_its_user_is_told(sales: Backend) -> None:
    lead = sales.lead(1, user="ana", owner="me", phone=number(60))
    sales.user("ops", "corporate", "admin")
    sales.put(path(number(1)), {})
    sales.put(path(number(2)), {"expires_at": "2026-03-05T00:00:00Z"})
    sales.settle()
    sales.at("2026-03-04T16:00:00Z")
    sent = [number(at) for at in range(1, 61)]
    body = {"phones": [*sent, "303 555 0001", "nobody", ""], "reason": "from the registry"}
    headers = {"idempotency-key": "once"}
    answer = sales.post("/v1/do-not-call/imports", body, user="ops", headers=headers)
    assert answer.status == 202
    identifier = answer["import_id"]
    assert (answer["phones"], answer["rejected"]) == (
        60,
        [{"line": 62, "reason": "unusable"}, {"line": 63, "reason": "unusable"}],
    )
    assert sales.post("/v1/do-not-call/imports", body, user="ops", headers=headers).json == answer.json
    assert (status(sales, identifier)["status"], status(sales, identifier)["handled"]) == ("running", 0)
    sales.settle()
    found = status(sales, identifier)
    assert (found["status"], found["handled"], found["rejected"]) == ("done", 60, 2)
    assert (found["added"], found["extended"], found["already_listed"]) == (58, 1, 1)
    assert sorted(phones(sales)) == sorted(sent)
    assert actions(sales, number(1)) == [("suppressed", "admin"), ("confirmed", "ops")]
    assert actions(sales, number(2)) == [("suppressed", "admin"), ("changed", "ops")]
    assert sales.get(path(number(3)))["history"][0]["import_id"] == identifier
    assert shown(sales.shown(lead)) == ("closed", "ana")
    sales.project()
    told = sales.get("/v1/notifications", user="ops")
    assert [(each["event"], each["import_id"]) for each in told["items"]] == [("import_done", identifier)]
    # Asked for once more, a week later and after a phone was lifted: nothing of it is done again.
    sales.at("2026-03-11T16:00:00Z")
    sales.delete(path(number(3)))
    before = sales.items()
    sales.store.table.write(jobs.ask("import", identifier, clock.now()))
    sales.settle()
    assert sales.items() == before


def test_an_import_with_an_end_never_shortens_what_is_there(sales: Backend) -> None:
    sales.put(path(), {"expires_at": "2027-01-01T00:00:00Z"})
    body = {"phones": [PHONE, number(2)], "expires_at": "2026-06-01T00:00:00Z"}
    sales.post("/v1/do-not-call/imports", body)
    sales.settle()
    assert sales.get(path())["expires_at"] == "2027-01-01T00:00:00Z"
    assert sales.get(path(number(2)))["expires_at"] == "2026-06-01T00:00:00Z"


@pytest.mark.parametrize(
    ("media", "text", "rejected"),
    [
        ("text/plain", "303 555 0101\n\n(303) 555-0102\r\nhello\n", [4]),
        ("text/csv; charset=utf-8", "\ufeffName,Phone\nAda,3035550101\nBo\nCy,3035550102\n", [3]),
        ("text/csv", "phone;name\n+13035550101;x\n3035550102;y", []),
        ("text/csv", 'phone\n"3035550101"\n3035550102\n', []),
        ("text/plain", "303,5550101\n303,5550102\n", []),
        ("text/csv", "name|number\nAda|3035550101\nBo|3035550102\n", []),
        ("text/csv", "Ada,3035550101\nBo,3035550102\n", []),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_list_comes_as_text_too(
    company: Backend, media: str, text: str, rejected: list[int], encoding: str
) -> None:
    call = {"raw": text.encode(encoding), "headers": {"content-type": media}}
    answer = company.post("/v1/do-not-call/imports", **call)
    assert answer.status == 202
    assert answer["rejected"] == [{"line": each, "reason": "unusable"} for each in rejected]
    company.settle()
    assert sorted(phones(company)) == [number(101), number(102)]


def test_the_list_is_exported_as_csv_page_by_page(company: Backend) -> None:
    for at, reason in enumerate(("asked, twice", "=1+1", None)):
        company.put(path(number(at)), {"reason": reason} if reason else {})
    answer = company.get("/v1/do-not-call?limit=2", headers={"accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    following = answer.headers["link"].partition(">")[0].removeprefix("<")
    rest = company.get(following, headers={"accept": "text/csv"})
    assert "link" not in rest.headers
    head = "phone,since,expires_at,by,reason,lead_id"
    lines = [*answer.json.splitlines(), *rest.json.splitlines()[1:]]
    assert lines[0] == rest.json.splitlines()[0] == head
    since = "2026-03-04T15:00:00Z,,admin"
    assert sorted(lines[1:]) == [
        f'+13035550000,{since},"asked, twice",',
        f"+13035550001,{since},'=1+1,",
        f"+13035550002,{since},,",
    ]


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"expires_at": "2026-03-04T15:00:00Z"}, [("expires_at", "in_the_past")]),
        ({"expires_at": "tomorrow"}, [("expires_at", "not_a_time")]),
        ({"reason": ""}, [("reason", "out_of_range")]),
        ({"until": "2027-01-01T00:00:00Z"}, [("until", "unknown_key")]),
    ],
)
def test_wrong_terms_are_refused(company: Backend, body: Any, errors: list[tuple[str, str]]) -> None:
    company.invalid("PUT", path(), body, *errors)
    company.invalid("POST", "/v1/do-not-call/imports", {**body, "phones": [PHONE]}, *errors)


@pytest.mark.parametrize(
    ("phones", "error"),
    [
        (None, ("phones", "required")),
        ("+13035550101", ("phones", "wrong_type")),
        ([], ("phones", "out_of_range")),
        (["x"] * 5001, ("phones", "out_of_range")),
        ([PHONE, 3035550101], ("phones[1]", "wrong_type")),
        (["x", "y"], ("phones", "unusable")),
    ],
)
def test_a_wrong_list_is_refused(company: Backend, phones: Any, error: tuple[str, str]) -> None:
    company.invalid("POST", "/v1/do-not-call/imports", {"phones": phones}, error)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"\xff\xfe", 422, "invalid"),
        (b"\x89PNG\r\n\x1a\n\0\0", 422, "invalid"),
        (b"\n\n", 422, "invalid"),
        (b"3035550101\n" * 5001, 422, "invalid"),
        (b"name,of\nAda,3035550101,3035550102\n", 422, "invalid"),
        (b"3035550101\n" * 30_000, 413, "too_large"),
    ],
)
def test_a_wrong_file_is_refused(company: Backend, raw: bytes, status: int, code: str) -> None:
    headers = {"content-type": "text/csv"}
    company.refused(status, code, "POST", "/v1/do-not-call/imports", raw=raw, headers=headers)


@pytest.mark.parametrize("text", ["imports", "911", "%20", "x" * 300])
def test_a_phone_that_is_none_is_refused(company: Backend, text: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {} if method == "PUT" else None
        company.invalid(method, f"/v1/do-not-call/{text}", body, ("phone", "unusable"))


def test_who_may(company: Backend) -> None:
    company.put(path(), {})
    for user in ("ana", "mia"):
        for method in ("PUT", "DELETE"):
            company.refused(403, "forbidden", method, path(), {"until": 5}, user=user)
        imports = "/v1/do-not-call/imports"
        company.refused(403, "forbidden", "POST", imports, {"phones": 5}, user=user)
        company.refused(403, "forbidden", "GET", f"{imports}/N1", user=user)
    for where in ("/v1/do-not-call", path()):
        assert company.get(where, user="mia").status == 200
        company.refused(403, "forbidden", "GET", where, user="ana")
    company.refused(404, "not_found", "GET", "/v1/do-not-call/imports/N1")
