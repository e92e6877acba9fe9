"""A web form's own post: where its browser is sent, what it sees, and what only a robot fills in."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.functional.backend import Answer, Backend

PATH = "/v1/intake/web"
ORIGIN = "https://example.com"
URLENCODED = "application/x-www-form-urlencoded"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
RIGHT = {"first_name": "Ana", "email": "ana@example.com"}
THANKS = "https://example.com/thanks?page=2#top"
SORRY = "https://example.com/form?page=1#top"
SOURCE: dict[str, Any] = {"name": "Web", "allowed_origins": [ORIGIN], "honeypot": "website"}


@pytest.fixture
def web(company: Backend) -> Backend:
    return company.prepared("forms", lambda: company.save("sources", "web", **SOURCE) and None)


@pytest.fixture
def key(web: Backend) -> str:
    return str(web.post("/v1/sources/web/keys", {"kind": "publishable"})["api_key"])


def submit(backend: Backend, key: str, fields: dict[str, str], accept: str = BROWSER, **sent: str) -> Answer:
    raw = urlencode({"api_key": key, **fields}).encode()
    headers = {"content-type": URLENCODED, "accept": accept, "origin": ORIGIN, **sent}
    return backend.call("POST", PATH, raw=raw, user=None, headers=headers)


def leads(backend: Backend) -> int:
    return len([item for item in backend.of("INTAKE#") if item["kind"] == "lead"])


def test_the_browser_goes_where_the_form_says(web: Backend, key: str) -> None:
    answer = submit(web, key, {**RIGHT, "redirect": THANKS, "redirect_error": SORRY})
    assert (answer.status, answer.headers["location"], answer.json) == (303, THANKS, None)
    assert leads(web) == 1


def test_after_an_error_it_is_told_which_fields_and_never_what_was_in_them(web: Backend, key: str) -> None:
    secret = {"first_name": "Rumpelstiltskin", "email": "no address", "phone": "12"}
    answer = submit(web, key, {**secret, "redirect": THANKS, "redirect_error": SORRY})
    assert answer.status == 303
    found = urlsplit(answer.headers["location"])
    assert found._replace(query="").geturl() == "https://example.com/form#top"
    assert parse_qs(found.query) == {"page": ["1"], "error": ["invalid"], "field": ["phone"]}
    assert not [each for each in secret.values() if each in answer.headers["location"]]
    other = submit(web, "wrong", {**RIGHT, "redirect_error": "https://example.com"})
    assert (other.status, other.headers["location"]) == (303, "https://example.com?error=bad_api_key")


def test_its_browser_goes_there_too_when_it_came_too_often_or_just_now_nothing_works(
    web: Backend, key: str
) -> None:
    web.save("sources", "web", **SOURCE, rate_limit_per_minute=1)
    sorry = {**RIGHT, "redirect_error": "https://example.com"}
    answers = [submit(web, key, sorry) for _ in range(2)]
    assert [each.status for each in answers] == [201, 303]
    assert answers[1].headers["location"] == "https://example.com?error=rate_limited"

    def fail(*_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")

    web.strict.faults.append(fail)
    answer = submit(web, key, sorry)
    assert (answer.status, answer.headers["location"]) == (303, "https://example.com?error=try_again")
    without = submit(web, key, RIGHT)
    assert (without.status, without.headers["content-type"]) == (503, "text/html; charset=utf-8")
    web.refused(503, "try_again", "POST", PATH, RIGHT, user=None, headers={"x-api-key": "x"})


def test_where_a_form_cannot_be_read_nobody_knows_where_it_wants_to_go(web: Backend, key: str) -> None:
    sorry = {**RIGHT, "redirect_error": SORRY}
    other = submit(web, key, sorry, **{"content-type": f"{URLENCODED}; charset=klingon"})
    large = submit(web, key, {**sorry, "comments": "x" * 300_000})
    assert [(each.status, "location" in each.headers) for each in (other, large)] == [
        (415, False),
        (413, False),
    ]
    assert {each.headers["content-type"] for each in (other, large)} == {"text/html; charset=utf-8"}


@pytest.mark.parametrize("name", ["redirect", "redirect_error"])
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://example.com/",
        "https://example.com:8443/",
        "//example.com/",
        "/thanks",
        "javascript:alert(1)",
        "https://example.com@evil.example/",
        "https://example.com\\@evil.example",
        "https://example.com/\r\nset-cookie: a=b",
    ],
)
def test_it_never_goes_elsewhere_and_then_nothing_is_written(
    web: Backend, key: str, name: str, address: str
) -> None:
    for accept in ("application/json", BROWSER):
        before = leads(web)
        answer = submit(web, key, {**RIGHT, name: address}, accept)
        assert answer.status == 422
        assert "location" not in answer.headers
        assert leads(web) == before
    assert submit(web, key, {**RIGHT, name: address}, "application/json").errors == [(name, "not_allowed")]


def test_an_address_that_leads_elsewhere_is_an_error_that_can_be_shown(web: Backend, key: str) -> None:
    answer = submit(web, key, {**RIGHT, "redirect": "https://evil.example/", "redirect_error": SORRY})
    assert (answer.status, leads(web)) == (303, 0)
    assert "error=invalid&field=redirect#top" in answer.headers["location"]


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("text/html;q=0.8,application/json", False),
        ("application/json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_without_redirects_people_see_a_page_and_programs_json(
    web: Backend, key: str, accept: str, is_page: bool
) -> None:
    taken = submit(web, key, RIGHT, accept)
    refused = submit(web, key, {"first_name": "<b>Ana</b>"}, accept)
    assert (taken.status, refused.status) == (201, 422)
    if not is_page:
        assert (taken["status"], refused["code"]) == ("received", "invalid")
        return
    for answer in (taken, refused):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "<script" not in answer.json
    assert "Thank you" in taken.json
    assert "<li>phone: a lead needs a usable phone or email</li>" in refused.json
    assert "Ana" not in refused.json


def test_what_a_page_shows_is_escaped(web: Backend, key: str) -> None:
    web.save("record-types", "a.b", name="x")
    raw = urlencode({"api_key": key, **RIGHT, "redirect": "<script>"}).encode()
    headers = {"content-type": URLENCODED, "accept": BROWSER, "origin": ORIGIN}
    answer = web.call("POST", PATH, raw=raw, user=None, headers=headers)
    assert (answer.status, "<script>" in answer.json) == (422, False)


def test_a_program_that_posts_json_is_answered_in_json(web: Backend) -> None:
    sent = {"x-api-key": web.key("web"), "accept": BROWSER}
    answer = web.post(PATH, {**RIGHT, "redirect": THANKS, "website": " "}, user=None, headers=sent)
    assert (answer.status, answer["duplicate"]) == (201, False)
    assert leads(web) == 1, "a robot's field that is blank is no robot's"


@pytest.mark.parametrize("kind", ["publishable", "secret"])
def test_a_robot_is_thanked_as_anybody_and_makes_no_lead(web: Backend, kind: str) -> None:
    key = str(web.post("/v1/sources/web/keys", {"kind": kind})["api_key"])
    taken = submit(web, key, {**RIGHT, "website": " "}, "application/json")
    assert leads(web) == 1
    robot = submit(web, key, {**RIGHT, "Website": "http://spam.example"}, "application/json")
    assert robot.status == taken.status == 201
    assert {**robot.json, "lead_id": ""} == {**taken.json, "lead_id": ""}
    nobody = submit(web, key, {"website": "http://spam.example"}, "application/json")
    assert nobody.status == 201
    sent_on = submit(web, key, {**RIGHT, "website": "x", "redirect": THANKS})
    assert (sent_on.status, sent_on.headers["location"]) == (303, THANKS)
    assert leads(web) == 1


def test_what_a_robot_posted_can_be_looked_at_and_released_as_what_a_page_may_say(
    web: Backend, key: str
) -> None:
    submit(web, key, {**RIGHT, "website": "x", "cost": "99", "external_id": "A-1"}, "application/json")
    (post,) = web.get("/v1/sources/web/posts")["items"]
    assert (post["outcome"], post["reason"], post["lead_id"]) == ("quarantined", "honeypot", None)
    assert key not in str(post)
    lead = web.post(f"/v1/sources/web/posts/{post['id']}/release", {})["lead_id"]
    shown = web.shown(lead)
    assert (shown["email"], shown["cost"]) == ("ana@example.com", None)
    other = web.post(
        "/v1/intake/web", {**RIGHT, "external_id": "A-1"}, user=None, headers={"x-api-key": web.key("web")}
    )
    assert (other.status, other["duplicate"]) == (201, False)


def test_with_a_test_key_nothing_is_kept_of_a_robot(web: Backend) -> None:
    submit(web, web.key("web", test=True), {**RIGHT, "website": "x"})
    assert web.get("/v1/sources/web/posts")["items"] == []


def test_a_form_that_is_sent_twice_under_its_key_is_one_lead(web: Backend, key: str) -> None:
    once = {**RIGHT, "idempotency_key": "a page load"}
    answers = [submit(web, key, once, "application/json") for _ in range(2)]
    assert [each.status for each in answers] == [201, 201]
    assert leads(web) == 1
    web.settle()
    (lead,) = {item["lead"] for item in web.of("INTAKE#") if item["kind"] == "lead"}
    assert web.timeline(lead)[-1]["as_received"] == RIGHT
    other = submit(web, key, {**once, "first_name": "Eve"}, "application/json")
    assert (other.status, other["code"]) == (422, "idempotency_key_reused")
    vendor = web.key("web")
    assert submit(web, vendor, once, "application/json").status == 201
    assert leads(web) == 2


def test_the_script_is_served_to_everybody(web: Backend) -> None:
    answer = web.get("/v1/lead-form.js", user=None)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "max-age" in answer.headers["cache-control"]
    assert "data-lead-form" in answer.json
