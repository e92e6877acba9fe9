"""Lists, page by page: what a cursor is good for and gives away, and how large an answer gets."""

import base64
from typing import Any

import pytest

from routing.services.core import paging
from tests.functional.backend import Answer, Backend
from tests.functional.bodies import KINDS, LEAST

PHONE = "3035550101"


@pytest.fixture
def floor(company: Backend) -> Backend:
    """Several of everything that there are lists of."""

    def build() -> None:
        company.pull_strategy("all")
        for number in range(3):
            company.lead(number, phone=PHONE)
            company.lead(10 + number, user="ana", owner="me", phone="3035550102")
            company.put(f"/v1/do-not-call/303555020{number}", {})
            for kind in KINDS:
                company.save(kind, f"x{number}", **LEAST[kind])
        company.save("accounts", "x0", **{**LEAST["accounts"], "name": "Renamed"})
        lead = company.listed("owner=me", user="ana")[0]
        for minute in range(3):
            company.post(f"/v1/leads/{lead}/notes", {"note": "x"}, user="ana")
            starts = {"starts_at": f"2026-03-05T15:0{minute}:00Z"}
            company.post(f"/v1/leads/{lead}/appointments", starts, user="ana")
        company.push("mine", ["ana"])
        for number in range(20, 23):
            company.lead(number)
        company.project()

    return company.prepared("pages", build)


def lists(floor: Backend) -> dict[str, str]:
    """The address of every list, and who asks for it."""
    lead = floor.listed("owner=me", user="ana")[0]
    return {
        "/v1/leads?": "admin",
        "/v1/leads?owner=me": "ana",
        "/v1/leads?mine=true": "ana",
        f"/v1/leads?phone={PHONE}": "admin",
        f"/v1/leads/{lead}/timeline?": "ana",
        "/v1/appointments?": "ana",
        "/v1/notifications?": "ana",
        "/v1/do-not-call?": "mia",
        "/v1/accounts/x0/versions?": "admin",
        **{f"/v1/{kind}?": "admin" for kind in KINDS},
    }


def paged(backend: Backend, path: str, user: str, limit: int) -> list[Any]:
    """All items; every page but the last has something, and something follows."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = backend.get(f"{path}&limit={limit}{cursor}", user=user)
        assert page.status == 200, page.json
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            return found
        assert page["items"], path
        cursor = f"&cursor={page['next']}"


def test_a_list_is_the_same_whatever_the_size_of_its_pages(floor: Backend) -> None:
    for path, user in lists(floor).items():
        whole = paged(floor, path, user, 200)
        assert len(whole) >= 2, path
        for limit in (1, 2, len(whole)):
            assert paged(floor, path, user, limit) == whole
        last = floor.get(f"{path}&limit={len(whole)}", user=user)
        assert last["next"] is None, path


def test_a_cursor_is_good_for_its_list_and_account_alone(floor: Backend) -> None:
    def refused(path: str, cursor: str, user: str) -> None:
        answer = floor.refused(422, "invalid", "GET", f"{path}&cursor={cursor}", user=user)
        assert answer.errors == [("cursor", "invalid")]

    found = lists(floor)
    cursors = {path: floor.get(f"{path}&limit=1", user=user)["next"] for path, user in found.items()}
    for path, user in found.items():
        cursor = cursors[path]
        for other in found:
            if other != path and found[other] == user:
                refused(other, cursor, user)
        sealed = base64.urlsafe_b64decode(cursor + "==")
        for at in (0, 8, 16, len(sealed) - 1):
            changed = bytearray(sealed)
            changed[at] ^= 1
            refused(path, base64.urlsafe_b64encode(changed).decode().rstrip("="), user)
        refused(path, base64.urlsafe_b64encode(sealed[:16]).decode(), user)
        for text in ("x", "e30", "%C3%A4", "W10", "A" * 5000):
            refused(path, text, user)
        assert floor.get(f"{path}&cursor={cursor}&limit=7", user=user).status == 200
    floor.user("ann", "corporate", "admin")
    for path, cursor in cursors.items():
        if found[path] == "admin":
            refused(path, cursor, "ann")
    refused("/v1/leads?owner=corporate", cursors["/v1/leads?"], "admin")


# -- what is not the asker's to know ---------------------------------------------------------------------------


def test_a_search_tells_a_rep_nothing_of_others_leads(floor: Backend) -> None:
    """The same to the byte for a phone that is in the database and for one that is not."""
    nothing: Any = {"items": [], "next": None}
    for query in (f"phone={PHONE}", "phone=3035559999", "email=lead1@example.com", "email=x@example.com"):
        for user in ("ben", "cho", "max"):
            for limit in (1, 2, 50):
                assert floor.get(f"/v1/leads?{query}&limit={limit}", user=user).json == nothing
    own = floor.get("/v1/leads?phone=3035550102&limit=3", user="ana")
    assert (len(own["items"]), own["next"]) == (3, None)


def test_a_search_that_ends_on_something_invisible_keeps_its_place_for_an_hour(
    floor: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_LOOKED_AT", 2)
    path = f"/v1/leads?phone={PHONE}&limit=1"
    page = floor.get(path, user="ben")
    assert (page["items"], page["searched"]) == ([], 2)
    readable = base64.urlsafe_b64decode(page["next"] + "==")[paging_seal() :].decode()
    assert not any(lead in readable for lead in floor.listed("owner=corporate"))
    again = floor.get(f"{path}&cursor={page['next']}", user="ben")
    assert (again["items"], again["next"]) == ([], None)
    floor.at("2026-03-04T15:59:59Z")
    assert floor.get(f"{path}&cursor={page['next']}", user="ben").status == 200
    floor.at("2026-03-04T16:00:00Z")
    floor.refused(422, "invalid", "GET", f"{path}&cursor={page['next']}", user="ben")
    floor.at("2026-03-04T15:00:00Z")
    found = paged_through_bounds(floor, f"/v1/leads?phone={PHONE}&limit=1", "admin")
    assert len(found) == 3


def paging_seal() -> int:
    from routing.runtime.http import SEAL_BYTES

    return SEAL_BYTES


def paged_through_bounds(backend: Backend, path: str, user: str) -> list[str]:
    found: list[str] = []
    cursor = ""
    for _ in range(50):
        page = backend.get(f"{path}{cursor}", user=user)
        assert page["items"] or page["next"] is None or page["searched"]
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
    raise AssertionError("the pages never end")


def test_a_filter_that_few_leads_pass_gives_no_empty_pages(floor: Backend) -> None:
    """A leased lead stands among all open ones."""
    pulled = floor.pull("cho")["lead"]["id"]
    for limit in (1, 2, 50):
        page = floor.get(f"/v1/leads?status=leased&limit={limit}")
        assert ([each["id"] for each in page["items"]], page["next"]) == ([pulled], None)
        assert floor.get(f"/v1/leads?mine=true&limit={limit}", user="cho")["next"] is None


# -- sizes -----------------------------------------------------------------------------------------------------


def test_every_list_ends_its_page_by_bytes(floor: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {path: paged(floor, path, user, 200) for path, user in lists(floor).items()}
    monkeypatch.setattr(paging, "MOST_BYTES", most := 1_000)
    for path, user in lists(floor).items():
        first = floor.get(f"{path}&limit=200", user=user)
        assert len(first["items"]) == 1 or paging.weight(first["items"]) <= most + 200
        assert paged(floor, path, user, 200) == whole[path]


def test_leads_as_large_as_they_may_be_are_listed_within_what_lambda_hands_on(company: Backend) -> None:
    """40 of them are 9.6 MB."""

    def sent(number: int) -> Answer:
        fields = {"essay": '"' * 60_000 + "x" * 115_000}
        return company.post("/v1/leads", {"email": f"l{number}@example.com", "fields": fields})

    made = [sent(number)["lead_id"] for number in range(26)]
    company.settle()
    assert sorted(each["id"] for each in paged(company, "/v1/leads?", "admin", 200)) == sorted(made)
