"""What whoever has people in charge looks at: the floor, counts, held leads."""

from collections import Counter
from functools import partialmethod
from typing import Any

import pytest

from routing.domain import push
from routing.services.core import recent
from routing.services.desk import counts, held, scope
from routing.storage.table import Table
from tests.functional.backend import Backend, push_body

BACKGROUND = {"x-activity": "background"}
CALL_BACK = "2026-03-04T17:00:00Z"


def of_channel(channel: str) -> list[dict[str, Any]]:
    return [{"field": "channel", "operator": "equals", "value": channel}]


@pytest.fixture
def desk(company: Backend) -> Backend:
    """Denver pushes leads of the web to ana and ben, of chats to mia while she is active; who phoned is pulled."""

    def build() -> None:
        for branch in ("denver", "dallas"):
            company.save("sources", branch, name=branch, owner=branch, record_type="lead")
        web = [{"account": "ana", "daily_limit": 2}, {"account": "ben"}]
        body = push_body([], "denver", criteria=of_channel("web")) | {"recipients": web}
        company.save("push-strategies", "web", **body)
        company.push("chat", ["mia"], "denver", criteria=of_channel("chat"), active_within_minutes=30)
        company.pull_strategy("phoned", criteria=of_channel("phone"), cool_down_minutes=60)
        company.user("gil", "denver", enabled=False)

    return company.prepared("desk", build)


@pytest.fixture
def busy(desk: Backend) -> Backend:
    """Leads of every status but new and spent."""

    def lent(number: int, user: str, **other: Any) -> tuple[str, str]:
        return desk.lent(user, number, **{"source": "denver", "channel": "phone", **other})

    owned = desk.lead(1, source="denver", channel="web")
    assert desk.dispose(owned, "sold", "ana").status == 200
    for number in (2, 3):
        desk.lead(number, source="denver", channel="web")
    desk.lead(4, source="denver", channel="chat")
    desk.lead(5, source="denver", channel="post")
    promised, token = lent(6, "ana")
    call_back = {"lease_token": token, "callback_at": CALL_BACK}
    assert desk.dispose(promised, "call-back", "ana", **call_back).status == 200
    cooling, token = lent(7, "ana")
    assert desk.dispose(cooling, "no-answer", "ana", lease_token=token).status == 200
    closed, token = lent(8, "ben")
    assert desk.dispose(closed, "sold", "ben", lease_token=token).status == 200
    lent(9, "ben")
    lent(10, "dee", source="api")
    desk.lead(11, source="denver", channel="phone")
    return desk


def counted(backend: Backend, query: str = "", user: str = "admin") -> dict[str, dict[str, int]]:
    answer = backend.get(f"/v1/counts{query}", user=user, headers=BACKGROUND)
    assert answer.status == 200, answer.json
    return {each["account"]: each["counts"] for each in answer["items"]}


def in_lists(backend: Backend, account: str) -> dict[str, int]:
    """What the lists of an account's leads show, by status."""
    page = backend.get(f"/v1/leads?owner={account}&limit=200", headers=BACKGROUND)
    return dict(Counter(each["status"] for each in page["items"]))


def test_counts_are_what_the_lists_show_whatever_time_it_is(busy: Backend) -> None:
    seen: Counter[str] = Counter()
    for instant in ("2026-03-04T15:00:00Z", "2026-03-04T15:20:00Z", "2026-03-04T20:00:00Z"):
        busy.at(instant)
        busy.tick()  # within a minute it ends promises that were not kept
        found = counted(busy)
        assert {"corporate", "denver", "dallas", "mia", "ana", "gil", "admin"} <= found.keys()
        for account, by_status in found.items():
            assert by_status == in_lists(busy, account), (instant, account)
            seen.update(by_status.keys())
    assert seen.keys() == {
        *("assigned", "callback", "closed", "cooling", "held", "leased", "ready", "unmatched")
    }


def test_who_asks_is_told_of_their_own_charge_alone(busy: Backend) -> None:
    assert counted(busy, user="mia").keys() == {"denver", "mia", "ana", "ben", "gil"}
    assert counted(busy, "?below=dallas").keys() == {"dallas", "max", "cho", "dee"}
    assert counted(busy, "?below=ana", user="mia") == {"ana": {"assigned": 1, "closed": 1}}
    for path in ("/v1/counts", "/v1/floor", "/v1/held/summary"):
        for below in ("dallas", "corporate", "cho", "nobody"):
            busy.refused(403, "forbidden", "GET", f"{path}?below={below}", user="mia", headers=BACKGROUND)
        busy.invalid("GET", f"{path}?below=nobody", None, ("below", "unknown"), headers=BACKGROUND)


def test_counts_go_on_over_pages_and_say_where_they_stopped(
    busy: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = counted(busy)
    monkeypatch.setattr(Table, "query", partialmethod(Table.query, limit=1))
    monkeypatch.setattr(counts, "MOST_OF_PLACES", 5)
    assert counted(busy) == expected
    monkeypatch.setattr(counts, "MOST_PAGES", 1)
    busy.lead(12, source="denver", channel="phone")
    [denver] = [each for each in busy.get("/v1/counts")["items"] if each["account"] == "denver"]
    assert "ready" in denver["more"]
    monkeypatch.setattr(scope, "MOST_ACCOUNTS", 3)
    answer = busy.get("/v1/counts")
    assert (len(answer["items"]), answer["more"]) == (3, True)


def test_accounts_that_take_too_many_queries_together_are_asked_about_in_parts(
    busy: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = counted(busy)
    monkeypatch.setattr(counts, "MOST_QUERIES", 20)
    busy.strict.requests.clear()
    answer = busy.get("/v1/counts")
    assert len([each for each, _ in busy.strict.requests if each == "Query"]) <= 20 + 16  # of presence
    assert answer["more"]
    assert 1 < len(answer["items"]) < len(whole)
    assert {each["account"]: each["counts"] for each in answer["items"]}.items() <= whole.items()
    monkeypatch.setattr(counts, "MOST_QUERIES", 1)
    for account, found in whole.items():
        first = busy.get(f"/v1/counts?below={account}")["items"][0]
        assert (first["account"], first["counts"]) == (account, found)


def test_what_was_dear_to_count_is_kept_for_ten_seconds(
    desk: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "DEAR", 1)
    assert counted(desk, user="mia")["denver"] == {}
    desk.lead(1, source="denver", channel="post")
    desk.at("2026-03-04T15:00:09Z")
    answer = desk.get("/v1/counts", user="mia")
    assert answer["as_of"] == "2026-03-04T15:00:00Z"
    assert answer["items"][0]["counts"] == {}
    assert counted(desk)["denver"] == {"unmatched": 1}  # another question
    desk.at("2026-03-04T15:00:10Z")
    assert counted(desk, user="mia")["denver"] == {"unmatched": 1}


def floor(backend: Backend, user: str = "mia", query: str = "") -> dict[str, Any]:
    answer = backend.get(f"/v1/floor{query}", user=user, headers=BACKGROUND)
    assert answer.status == 200, answer.json
    return {each["account"]: each for each in answer["items"]}


def test_the_floor_shows_who_is_there_what_each_has_and_did_and_what_stops_them(busy: Backend) -> None:
    assert busy.put("/v1/presence", {"available": False}, user="ben").status == 200
    found = floor(busy)
    assert found.keys() == {"mia", "ana", "ben", "gil"}
    assert {each["branch"]["id"] for each in found.values()} == {"denver"}
    reasons = {name: each["why_not"] for name, each in found.items()}
    assert reasons == {"mia": "inactive", "ana": "daily_limit", "ben": "unavailable", "gil": "disabled"}
    assert found["ana"]["today"] == {"received": 2, "pulled": 2, "worked": 3}
    assert found["ben"]["today"] == {"received": 1, "pulled": 2, "worked": 1}
    assert found["ana"]["counts"] == {"assigned": 1}
    assert (found["ana"]["available"], found["ben"]["available"]) == (True, False)
    assert (found["mia"]["last_active_at"], found["ben"]["last_active_at"]) == (None, "2026-03-04T15:00:00Z")
    [leased] = busy.listed("owner=denver&status=leased")
    ends = {"since": "2026-03-04T15:00:00Z", "until": "2026-03-04T15:15:00Z"}
    assert (found["ben"]["holding"], found["ana"]["holding"]) == ({"lead_id": leased, **ends}, None)
    busy.at("2026-03-05T15:00:00Z")  # another day
    tomorrow = floor(busy)
    assert tomorrow["ana"]["today"] == {"received": 0, "pulled": 0, "worked": 0}
    assert (tomorrow["ana"]["why_not"], tomorrow["ben"]["holding"]) == (None, None)
    busy.pull("ana")
    assert floor(busy)["ana"]["today"]["pulled"] == 1
    [slot] = [item for item in busy.of("PRESENCE") if item["SK"] == "ana"]
    assert [name for name in slot if name.startswith("pulled#")] == ["pulled#2026-03-05"]


def test_a_lead_of_an_account_above_is_not_named_to_who_may_not_know_of_it(busy: Backend) -> None:
    [lead] = busy.listed("owner=corporate")
    assert floor(busy, "max")["dee"]["holding"]["lead_id"] is None
    assert floor(busy, "admin")["dee"]["holding"]["lead_id"] == lead


# -- what is held ----------------------------------------------------------------------------------------------------


def summary(backend: Backend, user: str = "mia", query: str = "") -> Any:
    answer = backend.get(f"/v1/held/summary{query}", user=user, headers=BACKGROUND)
    assert answer.status == 200, answer.json
    return answer.json


def reasons(backend: Backend, lead: str, user: str = "admin") -> list[tuple[str, str, str]]:
    """What a held lead is shown with, the same by itself and in lists."""
    [listed] = [
        each
        for each in backend.get("/v1/leads?status=held", user=user, headers=BACKGROUND)["items"]
        if each["id"] == lead
    ]
    assert backend.get(f"/v1/leads/{lead}", user=user, headers=BACKGROUND)["held"] == listed["held"]
    return [(each["strategy"], each["account"], each["reason"]) for each in listed["held"]["reasons"]]


@pytest.fixture
def holding(desk: Backend) -> Backend:
    """The company sends what Denver or Dallas may have; both hold chats, and Denver what is from the web on a limit."""

    def build() -> None:
        states = [{"field": "state", "operator": "in", "value": ["CO", "TX"]}]
        desk.push("territory", ["denver", "dallas"], criteria=states)
        desk.push(
            "dallas-chat", ["cho", "dee"], "dallas", criteria=of_channel("chat"), active_within_minutes=30
        )
        desk.push("dallas-rest", ["cho"], "dallas", order=900)
        desk.save("accounts", "cho", kind="user", name="cho", parent="dallas", role="rep", enabled=False)
        desk.put("/v1/presence", {"available": False}, user="dee")

    return desk.prepared("holding", build)


def test_a_held_lead_says_what_stops_each_recipient_now(holding: Backend) -> None:
    lead = holding.lead(1, channel="chat", state="CO")
    assert reasons(holding, lead) == [
        ("territory", "denver", "nobody_in_branch"),
        ("territory", "dallas", "nobody_in_branch"),
        ("chat", "mia", "inactive"),
        ("dallas-chat", "cho", "disabled"),
        ("dallas-chat", "dee", "unavailable"),
        ("dallas-rest", "cho", "disabled"),
    ]
    here = holding.lead(2, source="denver", channel="chat")
    assert reasons(holding, here, "mia") == [("chat", "mia", "inactive")]
    shown = holding.get(f"/v1/leads/{here}", user="mia", headers=BACKGROUND)["held"]
    assert shown["since"] == "2026-03-04T15:00:00Z"
    holding.put("/v1/presence", {"available": False}, user="mia")
    assert reasons(holding, here) == [("chat", "mia", "unavailable")]
    holding.put("/v1/presence", {"available": True}, user="mia")
    assert reasons(holding, here) == []  # she is about to get it
    holding.settle()
    assert "held" not in holding.shown(here)


def test_what_is_held_is_summed_up_by_strategy_and_reason(holding: Backend) -> None:
    first = holding.lead(1, source="denver", channel="chat")
    holding.at("2026-03-04T15:05:00Z")
    holding.lead(2, source="denver", channel="chat")
    holding.lead(3, channel="chat", state="CO")
    found = summary(holding)
    inactive = {"strategy": "chat", "reason": "inactive", "accounts": ["mia"], "count": 2}
    assert found["items"] == [{**inactive, "oldest": "2026-03-04T15:00:00Z"}]
    assert (found["held"], "more" in found) == (2, False)
    of_company = summary(holding, "admin")
    assert of_company["held"] == 3
    told = {
        (each["strategy"], each["reason"]): (each["count"], each["accounts"]) for each in of_company["items"]
    }
    assert told == {
        ("chat", "inactive"): (3, ["mia"]),
        ("territory", "nobody_in_branch"): (1, ["denver", "dallas"]),
        ("dallas-chat", "disabled"): (1, ["cho"]),
        ("dallas-chat", "unavailable"): (1, ["dee"]),
        ("dallas-rest", "disabled"): (1, ["cho"]),
    }
    assert summary(holding, "max") == {"items": [], "held": 0, "as_of": "2026-03-04T15:05:00Z"}
    assert holding.post(f"/v1/leads/{first}/transfer", {"to": "ana"}).status == 200
    [line] = summary(holding)["items"]
    assert (line["count"], line["oldest"]) == (1, "2026-03-04T15:05:00Z")


def test_those_that_no_signature_finds_are_summed_up_up_to_a_bound_that_is_said(
    holding: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged = [*of_channel("late"), {"field": "created_at", "operator": "within_last", "value": "PT24H"}]
    holding.push("late", ["mia"], "denver", criteria=aged, active_within_minutes=30)
    for number in (1, 2, 3):
        holding.lead(number, source="denver", channel="late")
    found = summary(holding)
    [line] = found["items"]
    assert (line["strategy"], line["reason"], line["count"]) == ("late", "inactive", 3)
    assert "more" not in found
    monkeypatch.setattr(held, "MOST_PLACES", 2)
    found = summary(holding)
    assert (found["held"], found["searched"], found["more"]) == (3, 2, True)


def test_a_lead_whose_decision_failed_is_held_for_that(
    holding: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise ValueError

    with monkeypatch.context() as broken:
        broken.setattr(push, "decide", fails)
        lead = holding.lead(1, source="denver", channel="chat")
    assert reasons(holding, lead) == [(None, None, "internal")]
    [line] = summary(holding)["items"]
    assert (line["strategy"], line["reason"], line["count"], line["accounts"]) == (None, "internal", 1, [])
