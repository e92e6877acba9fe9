"""What a page of another origin may do with the API in a browser, and read of it."""

from collections.abc import Mapping

import pytest

from routing.runtime.settings import settings
from tests.functional.backend import Answer, Backend, lead_body

ORIGIN = "https://example.com"
APP = "https://app.example.com"
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


@pytest.fixture
def web(company: Backend, monkeypatch: pytest.MonkeyPatch) -> Backend:
    monkeypatch.setenv("ALLOWED_ORIGINS", f"{APP}, https://other.example.com")
    settings.cache_clear()
    company.save("sources", "web", name="Web", allowed_origins=[ORIGIN])
    company.save("sources", "anywhere", name="Anywhere")
    return company


def readable_by(answer: Answer) -> str | None:
    return answer.headers.get("access-control-allow-origin")


def ask(backend: Backend, path: str, origin: str | None) -> Answer:
    headers: Mapping[str, str] = {**ASKED, **({"origin": origin} if origin else {})}
    answer = backend.call("OPTIONS", path, user=None, headers=headers)
    assert (answer.status, answer.json) == (204, None)
    assert "access-control-allow-credentials" not in answer.headers
    return answer


@pytest.mark.parametrize("path", ["/v1/intake/web", "/v1/intake/web?api_key=x"])
def test_a_page_of_the_source_may_post_and_read_the_answer(web: Backend, path: str) -> None:
    answer = ask(web, path, ORIGIN)
    assert readable_by(answer) == ORIGIN
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, idempotency-key, x-api-key"
    assert answer.headers["vary"] == "origin"
    key = web.key("web")
    sent = {"x-api-key": key, "origin": ORIGIN}
    taken = web.post("/v1/intake/web", lead_body(), user=None, headers=sent)
    assert (taken.status, readable_by(taken), taken.headers["vary"]) == (201, ORIGIN, "origin")
    for body, headers in (({}, sent), (lead_body(), {**sent, "x-api-key": "wrong"})):
        refused = web.post("/v1/intake/web", body, user=None, headers=headers)
        assert refused.status in (401, 422)
        assert readable_by(refused) == ORIGIN
        assert "retry-after" in refused.headers["access-control-expose-headers"]


def test_another_page_may_neither_even_one_that_may_call_the_rest_of_the_api(web: Backend) -> None:
    for origin in (APP, "http://example.com", "https://evil.example", "null", None):
        assert readable_by(ask(web, "/v1/intake/web", origin)) is None
    refused = web.post(
        "/v1/intake/web", lead_body(), user=None, headers={"x-api-key": web.key("web"), "origin": APP}
    )
    assert (refused.status, readable_by(refused)) == (403, None)


def test_a_source_without_origins_is_as_the_rest_of_the_api(web: Backend) -> None:
    for source in ("anywhere", "nothing", "not an id"):
        path = f"/v1/intake/{source.replace(' ', '%20')}"
        assert readable_by(ask(web, path, APP)) == APP
        assert readable_by(ask(web, path, ORIGIN)) is None


@pytest.mark.parametrize("path", ["/v1/me", "/v1/leads?status=new&x=1", "/v1/leads/L1/notes", "/v1/nothing"])
def test_pages_that_the_company_allows_may_call_the_rest(web: Backend, path: str) -> None:
    answer = ask(web, path, APP)
    assert readable_by(answer) == APP
    assert "DELETE" in answer.headers["access-control-allow-methods"]
    assert {"authorization", "if-match", "idempotency-key"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
    assert readable_by(ask(web, path, ORIGIN)) is None
    assert "/v1/{proxy+}" not in str(web.get("/v1/openapi.json").json)


def test_their_answers_can_be_read_problems_too(web: Backend) -> None:
    for path, status in (("/v1/me", 200), ("/v1/leads/nothing", 404), ("/v1/me?x=1", 422)):
        answer = web.get(path, headers={"origin": APP})
        assert (answer.status, readable_by(answer)) == (status, APP)
        assert readable_by(web.get(path, headers={"origin": ORIGIN})) is None
        assert readable_by(web.get(path)) is None


def test_a_company_that_names_no_origins_allows_all_of_them(company: Backend) -> None:
    assert settings().allowed_origins == ("*",)
    assert readable_by(ask(company, "/v1/me", "https://anywhere.example")) == "*"
