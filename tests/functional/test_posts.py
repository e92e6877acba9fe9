"""What a source posted: kept for a week where it became no lead, listed, and released by a person."""

import json
from typing import Any

import pytest

from routing.services.core.store import Store
from routing.services.intake import release
from tests.functional.backend import START, Answer, Backend, lead_body

LIST = "/v1/sources/web/posts"


@pytest.fixture
def web(company: Backend) -> Backend:
    """A company with a source `web` that belongs to Denver, whose leads go to Ana and Ben in turn."""

    def build() -> None:
        company.save("sources", "web", name="Web", owner="denver")
        company.push("users", ["ana", "ben"], "denver")

    return company.prepared("posts", build)


def post(backend: Backend, key: str, body: Any, **headers: str) -> Answer:
    return backend.post("/v1/intake/web", body, user=None, headers={"x-api-key": key, **headers})


def listed(backend: Backend, query: str = "") -> list[dict[str, Any]]:
    answer = backend.get(f"{LIST}{query}")
    assert answer.status == 200, answer.json
    return list(answer["items"])


def released(backend: Backend, name: str, **call: Any) -> Answer:
    return backend.post(f"{LIST}/{name}/release", **call)


def test_the_posts_of_a_source_are_listed_with_what_became_of_each(web: Backend) -> None:
    key = web.key("web")
    body = {**lead_body(1), "external_id": "A-1", "utm": "x"}
    lead = post(web, key, body)["lead_id"]
    web.at("2026-03-04T15:01:00Z")
    assert post(web, key, {**body, "first_name": "Bea"}).status == 200
    web.at("2026-03-04T15:02:00Z")
    nobody = {"first_name": "Ana", "api_key": key}
    assert web.post("/v1/intake/web", nobody, user=None).status == 422
    web.post("/v1/leads", {**lead_body(2), "source": "web"})
    web.settle()
    web.project()
    web.project()  # the stream may bring all of it again
    invalid, repeat, first = listed(web)
    assert first == {
        "id": first["id"],
        "at": START,
        "outcome": "lead",
        "reason": None,
        "lead_id": lead,
        "warnings": [{"field": "utm", "code": "unknown_key", "message": first["warnings"][0]["message"]}],
        "as_received": body,
    }
    assert (repeat["outcome"], repeat["lead_id"], repeat["as_received"]["first_name"]) == (
        "duplicate",
        lead,
        "Bea",
    )
    assert (invalid["outcome"], invalid["reason"], invalid["lead_id"]) == ("invalid", "unusable", None)
    assert (invalid["at"], invalid["as_received"]) == ("2026-03-04T15:02:00Z", {"first_name": "Ana"})
    assert [each["field"] for each in invalid["warnings"]] == ["phone"]
    assert key not in str(web.items())


def test_nothing_is_kept_of_who_has_no_key_nor_of_a_test(web: Backend) -> None:
    before = web.typed()
    for body in ({"first_name": "Ana"}, lead_body()):
        assert post(web, "wrong", body).status == 401
    assert web.typed() == before
    key = web.key("web", test=True)
    before = web.typed()
    assert post(web, key, {"first_name": "Ana"}).status == 422
    assert web.typed() == before


def test_the_list_is_paged_and_ends_after_a_week(web: Backend) -> None:
    key = web.key("web")
    for minute in range(5):
        web.at(f"2026-03-04T15:0{minute}:00Z")
        post(web, key, {"first_name": f"No. {minute}"})
    names, cursor = [], ""
    while cursor is not None:
        page = web.get(f"{LIST}?limit=2{cursor and f'&cursor={cursor}'}")
        names += [each["as_received"]["first_name"] for each in page["items"]]
        cursor = page["next"]
    assert names == [f"No. {minute}" for minute in (4, 3, 2, 1, 0)]
    web.at("2026-03-11T15:01:30Z")
    assert [each["at"][11:16] for each in listed(web)] == ["15:04", "15:03", "15:02"]
    assert all(int(each["expires"]) == 604_800 + int(each["at"]) // 1000 for each in web.of("POSTS#"))


def test_the_largest_post_is_kept_whole(web: Backend, log: Any) -> None:
    """256 KB of what does not compress, in an item of 400 KB; nothing of it is logged."""
    noise = "".join(chr(0x4E00 + (at * 7919 + at**2) % 20000) for at in range(87_000))
    body = {"first_name": "Secretive", "comments": noise}
    assert 250 * 1024 < len(json.dumps(body, ensure_ascii=False).encode()) <= 256 * 1024
    raw = json.dumps(body, ensure_ascii=False).encode()
    sent = {"x-api-key": web.key("web")}
    assert web.call("POST", "/v1/intake/web", raw=raw, user=None, headers=sent).status == 422
    assert listed(web)[0]["as_received"] == body
    assert "Secretive" not in log.getvalue()
    assert noise[:20] not in log.getvalue()


def test_a_released_post_is_a_lead_from_when_it_came(web: Backend) -> None:
    name = web.quarantined("web", {**lead_body(1), "phone": "3035550101"})
    web.at("2026-03-06T10:00:00Z")
    answer = released(web, name)
    assert (answer.status, answer["status"], answer["duplicate"]) == (201, "new", False)
    lead = answer["lead_id"]
    web.tick()  # it came long ago, and is new all the same
    shown = web.shown(lead)
    assert (shown["created_at"], shown["owner"], shown["status"]) == (START, "ana", "assigned")
    assert (web.timeline(lead)[-1]["event"], web.timeline(lead)[-1]["by"]) == ("received", "admin")
    assert web.listed("phone=3035550101") == [lead]
    again = released(web, name)
    assert (again.status, again["lead_id"], again["duplicate"]) == (200, lead, True)
    web.project()
    (entry,) = listed(web)
    assert (entry["outcome"], entry["reason"], entry["lead_id"]) == ("quarantined", "honeypot", lead)


def test_a_release_with_a_key_answers_the_same_again(web: Backend) -> None:
    name = web.quarantined("web", lead_body(1))
    once = {"idempotency-key": "a"}
    first, second = (released(web, name, headers=once) for _ in range(2))
    assert (first.status, first.json) == (second.status, second.json) == (201, first.json)


def test_a_release_meets_the_lead_of_its_external_id(web: Backend) -> None:
    body = {**lead_body(1), "external_id": "A-1"}
    name = web.quarantined("web", {**body, "first_name": "Bea"})
    lead = post(web, web.key("web"), body)["lead_id"]
    for _ in range(2):
        answer = released(web, name)
        assert (answer.status, answer["lead_id"], answer["duplicate"]) == (200, lead, True)
    later = post(web, web.key("web"), body)
    assert (later.status, later["lead_id"]) == (200, lead)


@pytest.mark.parametrize("external", [{}, {"external_id": "A-1"}])
def test_of_two_releases_at_once_one_makes_the_lead(
    web: Backend, external: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = web.quarantined("web", {**lead_body(1), **external})
    inner: list[Answer] = []
    plain = release.ingest

    def overtaken(store: Store, *args: Any) -> Any:
        monkeypatch.setattr(release, "ingest", plain)
        inner.append(released(web, name))
        return plain(store, *args)

    monkeypatch.setattr(release, "ingest", overtaken)
    outer = released(web, name)
    assert (inner[0].status, outer.status) == (201, 200)
    assert inner[0]["lead_id"] == outer["lead_id"]
    assert len(web.of("LEAD#", "HEAD")) == 1


def test_no_lead_is_made_of_somebody_who_is_erased_just_then(web: Backend) -> None:
    lead, name = web.lead(1), web.quarantined("web", lead_body(1))

    def erased(operation: str, _: Any) -> None:
        if operation == "TransactWriteItems":
            web.strict.faults.clear()
            assert web.post(f"/v1/leads/{lead}/erase").status == 200
            web.settle()

    web.strict.faults.append(erased)
    for code in ("not_found", "not_releasable"):
        assert released(web, name)["code"] == code
    assert [each["lead"] for each in web.of("LEAD#", "HEAD")] == [lead]


def test_what_is_no_candidate_is_not_released(web: Backend) -> None:
    key = web.key("web")
    post(web, key, {"first_name": "Ana"})
    (invalid,) = listed(web)
    web.refused(409, "not_releasable", "POST", f"{LIST}/{invalid['id']}/release")
    web.refused(404, "not_found", "POST", f"{LIST}/1772636400000-nothing/release")
    web.refused(404, "not_found", "POST", f"/v1/sources/nothing/posts/{invalid['id']}/release")
    web.refused(404, "not_found", "GET", "/v1/sources/nothing/posts")
    unusable = web.quarantined("web", {"first_name": "Ana"})
    web.invalid("POST", f"{LIST}/{unusable}/release", None, ("phone", "unusable"))
    name = web.quarantined("web", lead_body(1))
    web.at("2026-03-11T15:00:00Z")
    web.refused(404, "not_found", "POST", f"{LIST}/{name}/release")


def test_a_post_is_found_by_its_phone_and_its_address(web: Backend) -> None:
    """For whoever must find all that is kept of a person."""
    name = web.quarantined("web", {**lead_body(1), "phone": "3035550101"})
    found = web.of("CONTACT#", "POST#")
    assert [(each["source"], each["post"]) for each in found] == [("web", name)] * 2
    assert all("expires" in each for each in found)
