"""Calling rules as a set-up resource, and what the API says of when a lead may be called."""

from typing import Any

import pytest

from routing.storage.table import Key, Write
from tests.functional.backend import Backend, forget_containers, lead_body

UTAH = {
    "id": "us-ut",
    "country": "US",
    "state": "UT",
    "windows": {"mon-fri": ["08:00", "21:00"], "sat": ["08:00", "21:00"], "sun": None, "holiday": None},
    "calls_per_24h": None,
    "effective_from": "2025-05-07",
    "source": "s. 13-25a-103(3)",
    "confidence": "H",
    "exempt_with_consent": True,
}
WEEK = {"mon-sun": ["09:00", "17:00"]}
TEXAS_EVENING = "2026-03-05T02:30:00Z"
"""20:30 in Dallas and 19:30 in El Paso."""


def test_the_built_in_rules_are_there_each_with_its_source(company: Backend) -> None:
    items = company.get("/v1/calling-rules?limit=200")["items"]
    assert len(items) == 24
    by_id = {each["id"]: each for each in items}
    assert by_id["us"]["windows"] == {"mon-sun": ["08:00", "21:00"]}
    assert all(each["source"] and each["version"] == 1 and each["country"] == "US" for each in items)
    capped = {identifier for identifier, each in by_id.items() if each["calls_per_24h"] == 3}
    assert capped == {"us-fl", "us-md", "us-ok", "us-or"}
    shown = {name: by_id["us-ut"][name] for name in UTAH if name not in ("source", "windows")}
    assert shown == {name: value for name, value in UTAH.items() if name not in ("source", "windows")}


def test_a_rule_is_replaced_and_the_same_again_changes_nothing(company: Backend) -> None:
    saved = company.put("/v1/calling-rules/us-ut", UTAH)
    assert saved["name"] == "us-ut"  # the contract's own example names none
    assert (saved.status, saved["version"], saved["windows"]) == (200, 2, UTAH["windows"])
    again = company.put("/v1/calling-rules/us-ut", company.get("/v1/calling-rules/us-ut").json)
    assert (again.status, again["version"]) == (200, 2)


def test_an_absent_holiday_is_as_its_weekday_and_a_null_is_none(company: Backend) -> None:
    christmas = "/v1/calling-hours?state=UT&at=2026-12-25T18:00:00Z"
    assert company.get(christmas)["reason"] == "holiday"
    company.put("/v1/calling-rules/us-ut", {**UTAH, "windows": {"mon-sat": ["08:00", "21:00"]}})
    assert company.get(christmas)["reason"] == "open"
    company.put("/v1/calling-rules/us-ut", {**UTAH, "windows": {**WEEK, "holiday": ["12:00", "13:00"]}})
    found = company.get(christmas)
    assert (found["reason"], found["windows"][0]["holiday"]) == ("outside_hours", "Christmas Day")
    assert found["changes_at"] == "2026-12-25T19:00:00Z"


def test_deleting_a_states_rule_leaves_the_countrys_which_cannot_be_deleted(company: Backend) -> None:
    evening = f"/v1/calling-hours?state=UT&at={TEXAS_EVENING.replace('02:30', '03:30')}"
    company.put("/v1/calling-rules/us-ut", {**UTAH, "windows": WEEK})
    assert not company.get(evening)["open"]
    assert company.delete("/v1/calling-rules/us-ut").status == 204
    found = company.get(evening)
    assert (found["open"], found["source"]) == (True, "us: 47 CFR 64.1200(c)(1)")
    answer = company.refused(409, "built_in", "DELETE", "/v1/calling-rules/us")
    assert answer["detail"] == "The rule of the whole country cannot be deleted, only replaced."


def test_the_companys_own_days_are_closed_everywhere(company: Backend) -> None:
    us = company.get("/v1/calling-rules/us").json
    company.put("/v1/calling-rules/us", {**us, "closed_on": ["2026-03-04"]})
    for query in (
        "state=FL&at=2026-03-04T16:00:00Z",
        "phone=%2B12125550101",
        "state=GU&at=2026-03-04T01:00:00Z",
    ):
        assert company.get(f"/v1/calling-hours?{query}")["reason"] == "closed_by_company"
    noon = company.get("/v1/calling-hours?state=FL&at=2026-03-04T17:00:00Z")
    assert (noon["reason"], noon["changes_at"]) == ("closed_by_company", "2026-03-05T14:00:00Z")


DAYS = "must be one of mon, tue, wed, thu, fri, sat, sun, a range such as mon-fri, or holiday"
TIME = "does not have the form that it needs (^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$)"
EMPTY = "must start before it stops; say null for no calls"


@pytest.mark.parametrize(
    ("change", "field", "code", "message"),
    [
        ({"windows": {"mon-fri": ["09:00", "09:00"]}}, "windows.mon-fri", "empty_window", EMPTY),
        ({"windows": {"mon-fri": ["21:00", "08:00"]}}, "windows.mon-fri", "empty_window", EMPTY),
        ({"windows": {"holiday": ["24:00", "24:00"]}}, "windows.holiday", "empty_window", EMPTY),
        ({"windows": {"monday": None}}, "windows.monday", "unknown_day", DAYS),
        ({"windows": {"fri-mon": ["09:00", "10:00"]}}, "windows.fri-mon", "unknown_day", DAYS),
        ({"windows": {"mon-fri-sat": ["09:00", "10:00"]}}, "windows.mon-fri-sat", "unknown_day", DAYS),
        ({"windows": {**WEEK, "sat": None}}, "windows.sat", "repeated", "has a day that mon-sun has already"),
        ({"windows": {"mon": ["9:00", "10:00"]}}, "windows.mon[0]", "invalid", TIME),
        ({"windows": {"mon": ["09:00", "24:30"]}}, "windows.mon[1]", "invalid", TIME),
        ({"windows": {"mon": ["09:00"]}}, "windows.mon", "out_of_range", None),
        ({"windows": {"mon": "09:00-10:00"}}, "windows.mon", "wrong_type", None),
        ({"windows": {}}, "windows", "out_of_range", None),
        ({"windows": []}, "windows", "wrong_type", None),
        ({"state": "XX"}, "state", "unknown", "must be a US state or territory of two letters"),
        ({"state": "Utah"}, "state", "unknown", "must be a US state or territory of two letters"),
        ({"country": "CA"}, "state", "not_allowed", "only US has rules for states"),
        ({"country": "us"}, "country", "invalid", "does not have the form that it needs (^[A-Z]{2}$)"),
        (
            {"country": "XX", "state": None},
            "country",
            "unknown",
            "must be a country of ISO 3166 with two letters; a US territory is a state here",
        ),
        (
            {"ambiguous": "company"},
            "ambiguous",
            "not_allowed",
            "what ambiguous places mean is for the rule us to say",
        ),
        ({"ambiguous": "loose"}, "ambiguous", "not_allowed", None),
        ({"calls_per_24h": 0}, "calls_per_24h", "out_of_range", None),
        ({"closed_on": ["2026-02-30"]}, "closed_on[0]", "wrong_type", None),
        ({"also_holidays": ["02-30"]}, "also_holidays[0]", "invalid", "must be a month and a day, as 07-24"),
        ({"effective_from": 20260101}, "effective_from", "wrong_type", "must be a date (YYYY-MM-DD)"),
        ({"confidence": "sure"}, "confidence", "not_allowed", None),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_by_its_path(
    company: Backend, change: dict[str, Any], field: str, code: str, message: str | None
) -> None:
    answer = company.refused(422, "invalid", "PUT", "/v1/calling-rules/us-ut", {**UTAH, **change})
    assert [(each["field"], each["code"]) for each in answer["errors"]] == [(field, code)]
    assert message in (None, answer["errors"][0]["message"])


def test_the_countrys_rule_stays_the_countrys(company: Backend) -> None:
    us = company.get("/v1/calling-rules/us").json
    path = "/v1/calling-rules/us"
    company.invalid("PUT", path, {**us, "state": "UT"}, ("state", "not_changeable"))
    company.invalid("PUT", path, {**us, "country": "CA"}, ("country", "not_changeable"))


def test_presuming_the_companys_zone_files_leads_again_and_a_window_does_not(company: Backend) -> None:
    us, state = company.get("/v1/calling-rules/us").json, "/v1/calling-hours?state=TX"

    def asked() -> tuple[list[str], int]:
        found = [each["wanted"] for each in company.of("JOBS#", "refile#")]
        return found, company.store.configuration.load().company.filing_version

    company.put("/v1/accounts/corporate", {"kind": "corporate", "name": "C", "timezone": "America/Denver"})
    before = asked()
    company.put("/v1/calling-rules/us-ut", {**UTAH, "windows": WEEK})
    assert (asked(), company.get(state)["calling_class"].count("@")) == (before, 2)
    company.put("/v1/calling-rules/us", {**us, "ambiguous": "company"})
    presumed = asked()
    assert (len(presumed[0]), presumed[1] > before[1]) == (1, True)
    assert company.get(state)["calling_class"] == "US-TX@America/Denver"
    company.put("/v1/accounts/corporate", {"kind": "corporate", "name": "C", "timezone": "America/Chicago"})
    assert (asked()[0] != presumed[0], asked()[1] > presumed[1]) == (True, True)
    assert company.get(state)["calling_class"] == "US-TX@America/Chicago"


def test_the_hours_of_a_place_say_why_by_which_source_and_when_they_change(company: Backend) -> None:
    found = company.get(f"/v1/calling-hours?state=TX&phone=202-555-0101&at={TEXAS_EVENING}", user="ana").json
    windows = found.pop("windows")
    assert found == {
        "calling_class": "US-DC@America/New_York,US-TX@America/Chicago,US-TX@America/Denver",
        "at": TEXAS_EVENING,
        "open": False,
        "reason": "outside_hours",
        "source": "us: 47 CFR 64.1200(c)(1)",
        "changes_at": "2026-03-05T16:00:00Z",
        "calls_per_24h": None,
    }
    assert windows[0] == {
        "country": "US",
        "state": "DC",
        "timezone": "America/New_York",
        "local_time": "2026-03-04T21:30:00-05:00",
        "window": ["08:00", "21:00"],
        "reason": "outside_hours",
        "holiday": None,
        "rule": "us",
        "source": "47 CFR 64.1200(c)(1)",
        "confidence": "H",
        "exempt_with_consent": True,
        "exempt_with_relationship": True,
    }
    assert [(each["rule"], each["reason"]) for each in windows[1:]] == [("us-tx", "open")] * 2


def test_the_hours_of_a_lead_are_for_whoever_may_see_it(company: Backend) -> None:
    lead = company.post(
        "/v1/leads", lead_body(1, phone="+1 (850) 555-0101", state="FL", postal_code="32501")
    )["lead_id"]
    found = company.get(f"/v1/calling-hours?lead={lead}")
    assert found["calling_class"] == "US-FL@America/Chicago,US-FL@America/New_York"
    assert (found["open"], found["at"], found["calls_per_24h"]) == (True, "2026-03-04T15:00:00Z", 3)
    assert found["changes_at"] == "2026-03-05T01:00:00Z"
    for user, path in (("ana", lead), ("admin", "none")):
        company.refused(404, "not_found", "GET", f"/v1/calling-hours?lead={path}", user=user)


ONE = "say a lead, or a state, a postal_code or a phone"
ZONED = "must be an RFC 3339 time with its zone (2026-03-07T15:00:00Z)"


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("", [("lead", "required", ONE)]),
        ("at=2026-03-07T15:00:00Z", [("lead", "required", ONE)]),
        ("state=", [("lead", "required", ONE)]),
        ("state=Atlantis", [("state", "unknown", "must be a US state or territory")]),
        (
            "state=ZZ&postal_code=!&phone=12",
            [
                ("state", "unknown", "must be a US state or territory"),
                ("postal_code", "invalid", "must be a postal code"),
                ("phone", "invalid", "must be a phone number"),
            ],
        ),
        ("state=UT&at=noon", [("at", "not_a_time", ZONED)]),
        ("state=UT&at=2026-03-07T15:00:00", [("at", "not_a_time", ZONED)]),
        ("state=UT&at=", [("at", "not_a_time", ZONED)]),
        ("lead=L1&state=UT", [("", "either", "say either a lead, or a state, postal_code and phone")]),
    ],
)
def test_what_is_wrong_with_a_question_is_said_by_its_field(
    company: Backend, query: str, errors: list[tuple[str, str, str]]
) -> None:
    answer = company.refused(422, "invalid", "GET", f"/v1/calling-hours?{query}")
    assert [(each["field"], each["code"], each["message"]) for each in answer["errors"]] == errors


def test_every_user_may_ask_and_nobody_else(company: Backend) -> None:
    for user in ("ana", "mia", "admin"):
        assert company.get("/v1/calling-hours?state=Utah", user=user).status == 200
    company.refused(403, "no_account", "GET", "/v1/calling-hours?state=UT", user="stranger")


def test_a_rule_of_the_companys_own_goes_before_the_built_in_one_of_its_state(company: Backend) -> None:
    noon = "2026-03-05T17:30:00Z"  # 12:30 in Miami
    mine = {"country": "US", "state": "FL", "windows": {"mon-fri": ["13:00", "14:00"]}}
    assert company.get(f"/v1/calling-hours?postal_code=33101&at={noon}")["open"]
    company.save("calling-rules", "our-florida", **mine)
    found = company.get(f"/v1/calling-hours?postal_code=33101&at={noon}")
    assert (found["open"], found["changes_at"]) == (False, "2026-03-05T18:00:00Z")
    company.delete("/v1/calling-rules/our-florida")
    company.save("calling-rules", "our-florida", **mine, effective_from="2026-03-06")
    assert company.get(f"/v1/calling-hours?postal_code=33101&at={noon}")["open"]


# -- dated versions ----------------------------------------------------------------------------------------------

NEXT_YEAR = {**UTAH, "effective_from": "2027-01-01", "windows": {"mon-sun": ["10:00", "16:00"]}}


def _by_date(rule: Any) -> list[str | None]:
    body = getattr(rule, "json", rule)
    return [body["effective_from"], *(each["effective_from"] for each in body.get("scheduled", []))]


def test_saving_next_years_rule_leaves_this_years_in_force(company: Backend) -> None:
    saved = company.put("/v1/calling-rules/us-ut", NEXT_YEAR)
    assert (saved.status, saved["version"], saved["effective_from"]) == (200, 2, "2027-01-01")
    shown = company.get("/v1/calling-rules/us-ut")
    assert _by_date(shown) == ["2025-05-07", "2027-01-01"]
    assert (shown["version"], shown["scheduled"][0]["windows"]) == (2, NEXT_YEAR["windows"])
    listed = {each["id"]: each for each in company.get("/v1/calling-rules?limit=200")["items"]}
    assert len(listed) == 24
    assert _by_date(listed["us-ut"]) == _by_date(shown)
    evening = "/v1/calling-hours?state=UT&at="  # 20:30 in Salt Lake City
    assert company.get(f"{evening}2026-12-31T03:30:00Z")["open"]
    assert not company.get(f"{evening}2027-01-05T03:30:00Z")["open"]
    company.at("2027-01-01T06:59:59Z")  # the year has begun in Denver at 07:00
    assert _by_date(company.get("/v1/calling-rules/us-ut").json) == ["2025-05-07", "2027-01-01"]
    company.at("2027-01-01T07:00:00Z")
    assert _by_date(company.get("/v1/calling-rules/us-ut").json) == ["2027-01-01"]


def test_the_same_date_replaces_another_adds_and_one_can_be_deleted(company: Backend) -> None:
    company.put("/v1/calling-rules/us-ut", NEXT_YEAR)
    company.put("/v1/calling-rules/us-ut", {**NEXT_YEAR, "windows": WEEK})
    company.put("/v1/calling-rules/us-ut", {**NEXT_YEAR, "effective_from": "2028-01-01"})
    again = company.put("/v1/calling-rules/us-ut", {**NEXT_YEAR, "windows": WEEK})
    assert again["version"] == 4  # it was so already
    shown = company.get("/v1/calling-rules/us-ut")
    assert _by_date(shown) == ["2025-05-07", "2027-01-01", "2028-01-01"]
    assert shown["scheduled"][0]["windows"] == WEEK
    assert company.put("/v1/calling-rules/us-ut", shown.json)["version"] == 4
    one = "/v1/calling-rules/us-ut?effective_from="
    assert company.delete(f"{one}2027-01-01", headers={"if-match": '"3"'}).status == 412
    assert company.delete(f"{one}2027-01-01", headers={"if-match": '"4"'}).status == 204
    assert company.refused(404, "not_found", "DELETE", f"{one}2027-01-01")
    assert _by_date(company.get("/v1/calling-rules/us-ut").json) == ["2025-05-07", "2028-01-01"]
    company.invalid("DELETE", f"{one}2027", None, ("effective_from", "wrong_type"))
    versions = company.get("/v1/calling-rules/us-ut/versions")["items"]
    assert [each["version"] for each in versions] == [5, 4, 3, 2, 1]
    assert company.delete("/v1/calling-rules/us-ut").status == 204
    assert company.refused(404, "not_found", "GET", "/v1/calling-rules/us-ut")
    back = company.put("/v1/calling-rules/us-ut", NEXT_YEAR)
    assert (back.status, back["version"]) == (201, 7)
    assert _by_date(company.get("/v1/calling-rules/us-ut").json) == ["2027-01-01"]


def test_a_rule_of_ones_own_without_a_date_stands_before_the_dated_one_of_the_product(
    company: Backend,
) -> None:
    company.put("/v1/calling-rules/us-ut", {**UTAH, "effective_from": None, "windows": WEEK})
    assert company.get("/v1/calling-hours?state=UT&at=2026-03-05T01:00:00Z")["open"] is False
    assert _by_date(company.get("/v1/calling-rules/us-ut").json) == [None]


def test_a_rule_that_was_kept_without_its_date_in_the_key_counts_and_can_be_deleted(company: Backend) -> None:
    company.put("/v1/calling-rules/us-ut", {**UTAH, "windows": WEEK})
    (item,) = company.of("CONFIG", "calling-rules#us-ut#")
    company.store.table.transact(
        [
            Write("Delete", key=Key("CONFIG", item["SK"])),
            Write("Put", item={**item, "SK": "calling-rules#us-ut"}),
        ]
    )
    forget_containers()
    assert company.get("/v1/calling-rules/us-ut")["windows"] == WEEK
    company.put("/v1/calling-rules/us-ut", NEXT_YEAR)
    assert _by_date(company.get("/v1/calling-rules/us-ut").json) == ["2025-05-07", "2027-01-01"]
    company.put("/v1/calling-rules/us-ut", {**UTAH, "effective_from": None})
    shown = company.get("/v1/calling-rules/us-ut")
    assert (shown["version"], _by_date(shown)) == (4, ["2025-05-07", "2027-01-01"])
    assert company.delete("/v1/calling-rules/us-ut?effective_from=2025-05-07").status == 204
    assert _by_date(company.get("/v1/calling-rules/us-ut").json) == [None, "2027-01-01"]
