"""`Idempotency-Key` on every POST: the same answer for a day, and nothing done twice."""

from typing import Any

import pytest

from tests.functional.backend import BUCKET, Answer, Backend, lead_body
from tools import template

KEY = {"idempotency-key": "once-1"}
POSTS = sorted(
    each.path
    for each in template.routes()
    if each.method == "POST"
    # They write nothing, and answer as of now.
    and each.path not in ("/v1/set-up/plan", "/v1/preview", "/v1/imports/{id}/try")
)


def answered(answer: Answer) -> tuple[int, dict[str, Any]]:
    """What must be alike. The address of an upload is signed anew, for its time."""
    return answer.status, {name: each for name, each in answer.json.items() if name != "upload_url"}


class Case:
    """One POST that is right: to send it, with another body, and by whom."""

    def __init__(self, backend: Backend, route: str) -> None:
        self.backend = backend
        self.route = route
        self.headers = dict(KEY)
        self.user: str | None = "admin"
        self.path = route
        getattr(self, "_" + route.rsplit("/", 1)[1].strip("{}").replace("-", "_"))()

    def send(self, body: Any = None, **call: Any) -> Answer:
        return self.backend.post(
            self.path, self.body if body is None else body, user=self.user, headers=self.headers, **call
        )

    def _leads(self) -> None:
        self.body: Any = lead_body()
        self.other: Any = lead_body(2)

    def _source(self) -> None:
        self.path = "/v1/intake/api"
        self.user = None
        self.headers["x-api-key"] = self.backend.key("api")
        self.body, self.other = lead_body(), lead_body(2)

    def _pull(self) -> None:
        self.backend.lead(1)
        self.user, self.body, self.other = "ana", {}, {"record_type": "lead"}

    def _leased(self, **lead_values: str) -> str:
        lead = self.backend.lead(1, **lead_values)
        self.token = self.backend.pull("ana")["lease"]["token"]
        self.user = "ana"
        self.path = self.route.replace("{id}", lead)
        return lead

    def _dispositions(self) -> None:
        self._leased()
        self.body = {"disposition": "no-answer", "lease_token": self.token, "pull_next": True}
        self.other = {"disposition": "sold", "lease_token": self.token}
        self.backend.lead(2)

    def _calls(self) -> None:
        self._leased(phone="3035550101")
        self.body, self.other = {}, {"phone": "3035550101"}

    def _notes(self) -> None:
        self._leased()
        self.body, self.other = {"note": "one"}, {"note": "two"}

    def _appointments(self) -> None:
        self._leased()
        self.body = {"starts_at": "2026-03-06T10:00:00Z"}
        self.other = {"starts_at": "2026-03-06T11:00:00Z"}

    def _imports(self) -> None:
        if self.route == "/v1/imports":
            self.body, self.other = {"source": "api"}, {"source": "api", "created_at": "row"}
            return
        self.body, self.other = {"phones": ["3035550101"]}, {"phones": ["3035550102"]}

    def _start(self) -> None:
        started = self.backend.post("/v1/imports", {"source": "api"})["import_id"]
        file = {"Bucket": BUCKET, "Key": f"imports/{started}/upload"}
        self.backend.files.put_object(**file, Body=b"Email,Phone\nlea@example.com,3035550101\n")
        self.path = f"/v1/imports/{started}/start"
        self.body, self.other = {}, {"mapping": {"Phone": None}}

    def _lease(self) -> None:
        self._leased()
        self.body, self.other = {"lease_token": self.token}, {"lease_token": self.token + "x"}

    def _transfer(self) -> None:
        self._leased()
        self.user, self.body, self.other = "admin", {"to": "ben"}, {"to": "cho"}

    def _transfers(self) -> None:
        leads = [self.backend.lead(1), "not-there", self.backend.lead(2)]
        self.body, self.other = {"leads": leads, "to": "ben"}, {"leads": leads, "to": "cho"}

    def _invite(self) -> None:
        self.backend.user("ana", "denver", email="ana@example.com")
        self.path = self.route.replace("{id}", "ana")
        self.body, self.other = {}, {"now": True}

    _disable_sign_in = _reset_sign_in = _invite

    def _erase(self) -> None:
        self._leased()
        self.user, self.body, self.other = "admin", {}, {"now": True}

    def _keys(self) -> None:
        self.path = "/v1/sources/api/keys"
        self.body, self.other = {}, {"test": True}

    def _reset(self) -> None:
        self.path = "/v1/push-strategies/users/reset"
        self.backend.push("users", ["ana", "ben"], "denver")
        self.body, self.other = {}, {"now": True}

    def _release(self) -> None:
        self.backend.save("record-types", "lead", name="Lead", dedupe={"rules": [["email"]]})
        lead = self.backend.lead(1)
        self.backend.post("/v1/leads", lead_body(1))
        self.backend.settle()
        receipt = self.backend.timeline(lead)[0]["receipt"]
        self.path = f"/v1/leads/{lead}/receipts/{receipt}/release"
        self.body, self.other = {}, {"now": True}

    def _reassign(self) -> None:
        self.backend.lead(1, user="ana", owner="me")
        self.path = "/v1/accounts/ana/reassign"
        self.body, self.other = {"to": "ben"}, {"to": "cho"}

    def _read(self) -> None:
        self.backend.push("mine", ["ana"])
        self.backend.lead(1)
        self.backend.project()
        self.user = "ana"
        (notice,) = self.backend.get("/v1/notifications", user="ana")["items"]
        self.path = f"/v1/notifications/{notice['id']}/read"
        self.body, self.other = {}, {"now": True}

    def _explain(self) -> None:
        self.body, self.other = {"lead": lead_body()}, {"lead": lead_body(2)}


@pytest.fixture
def pulled(company: Backend) -> Backend:
    """A company with what these tests are about."""

    def build() -> None:
        company.pull_strategy("all", lease_minutes=5)

    return company.prepared("idempotency", build)


every_post = pytest.mark.parametrize("route", POSTS)


@every_post
def test_the_same_again_answers_the_same_and_changes_nothing(pulled: Backend, route: str) -> None:
    case = Case(pulled, route)
    first = case.send()
    assert first.status in (200, 201, 202), first.json
    before = pulled.typed()
    again = case.send()
    assert answered(again) == answered(first)
    assert pulled.typed() == before
    pulled.settle()
    pulled.at("2026-03-05T14:59:59Z")
    late = case.send()
    assert answered(late) == answered(first)


@every_post
def test_twins_at_the_same_moment_answer_the_same(pulled: Backend, route: str) -> None:
    """The second is carried out whole just before the first one's first write."""
    case = Case(pulled, route)
    answers = []

    def twin(operation: str, _: Any) -> None:
        if operation in ("TransactWriteItems", "PutItem", "UpdateItem") and not answers:
            pulled.strict.faults.clear()
            answers.append(case.send())

    pulled.strict.faults.append(twin)
    mine = case.send()
    pulled.strict.faults.clear()
    assert mine.status in (200, 201, 202), mine.json
    for other in answers:
        assert answered(other) == answered(mine)


@every_post
def test_the_same_key_with_another_body_is_422_and_changes_nothing(pulled: Backend, route: str) -> None:
    case = Case(pulled, route)
    assert case.send().status in (200, 201, 202)
    pulled.refused(
        422,
        "idempotency_key_reused",
        "POST",
        case.path,
        case.other,
        user=case.user,
        headers=case.headers,
    )


@every_post
def test_a_key_that_is_too_long_or_empty_is_refused(pulled: Backend, route: str) -> None:
    case = Case(pulled, route)
    for key in ("", "x" * 256):
        headers = {**case.headers, "idempotency-key": key}
        answer = pulled.refused(422, "invalid", "POST", case.path, case.body, user=case.user, headers=headers)
        assert answer.errors == [("Idempotency-Key", "out_of_range")]


@every_post
def test_a_request_that_was_refused_may_be_sent_again(pulled: Backend, route: str) -> None:
    """A refusal is no answer to keep: who mends what was wrong may use the key."""
    case = Case(pulled, route)
    if route in ("/v1/leads", "/v1/intake/{source}"):
        wrong: Any = {"first_name": "nobody could call"}
    elif route.endswith(("/reset", "/read", "/release", "/erase", "/invite", "-sign-in")):
        return  # they read no body
    else:
        wrong = {**case.body, "colour": "red"}
    assert case.send(wrong).status == 422
    assert case.send().status in (200, 201, 202)


def test_a_key_belongs_to_its_caller_and_route(pulled: Backend) -> None:
    first = pulled.post("/v1/leads", lead_body(1), headers=KEY)
    by_another = pulled.post("/v1/leads", lead_body(1), headers=KEY, user="mia")
    assert by_another.status == 201
    assert by_another["lead_id"] != first["lead_id"]
    assert pulled.post("/v1/explain", {"lead": lead_body()}, headers=KEY).status == 200
    lead, other = pulled.lead(2), pulled.lead(3)
    for each in (lead, other):
        note = pulled.post(f"/v1/leads/{each}/notes", {"note": "x"}, headers=KEY)
        assert (note.status, note["lead_id"]) == (201, each)


def test_a_key_is_free_again_after_a_day(pulled: Backend) -> None:
    first = pulled.post("/v1/leads", lead_body(1), headers=KEY)
    pulled.settle()
    pulled.at("2026-03-05T15:00:01Z")
    second = pulled.post("/v1/leads", lead_body(2), headers=KEY)
    assert (second.status, second["duplicate"]) == (201, False)
    assert second["lead_id"] != first["lead_id"]
    pulled.settle()
    assert pulled.shown(second["lead_id"])["email"] == "lead2@example.com"
    again = pulled.post("/v1/leads", lead_body(2), headers=KEY)
    assert (again.status, again.json) == (201, second.json)


def test_a_made_up_time_does_not_decide_how_long_an_answer_is_kept(pulled: Backend) -> None:
    """`at` is the moment that is explained, not the moment of asking."""
    for at in ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"):
        headers = {"idempotency-key": f"at-{at[:4]}"}
        body = {"lead": lead_body(), "at": at}
        assert pulled.post("/v1/explain", body, headers=headers).status == 200
    kept = [item["expires"] for item in pulled.of("IDEMPOTENCY#")]
    assert {int(each) for each in kept} == {1772636400 + 24 * 3600}


def test_a_lead_whose_ingest_broke_off_is_completed_under_the_same_key(pulled: Backend) -> None:
    for number, prefix in enumerate(("LEAD#", "INTAKE#", "CONTACT#")):
        headers = {"idempotency-key": f"broken-{number}"}

        def crash(operation: str, request: Any, prefix: str = prefix) -> None:
            if operation == "PutItem" and request["Item"]["PK"]["S"].startswith(prefix):
                raise RuntimeError("the container is gone")

        pulled.strict.faults.append(crash)
        assert pulled.post("/v1/leads", lead_body(number), headers=headers).status == 500
        pulled.strict.faults.clear()
        answer = pulled.post("/v1/leads", lead_body(number), headers=headers)
        assert (answer.status, answer["duplicate"]) == (201, False)
        assert pulled.post("/v1/leads", lead_body(number), headers=headers).json == answer.json
        pulled.settle()
        assert pulled.shown(answer["lead_id"])["status"] == "ready"
    assert len(pulled.of("LEAD#", "HEAD")) == 3


def test_a_test_keys_answers_are_not_kept_for_the_real_one(pulled: Backend) -> None:
    test, real = pulled.key("api", test=True), pulled.key("api")
    tried = pulled.post("/v1/intake/api", lead_body(), user=None, headers={**KEY, "x-api-key": test})
    assert tried["test"] is True
    taken = pulled.post("/v1/intake/api", lead_body(), user=None, headers={**KEY, "x-api-key": real})
    assert taken.status == 201
    assert "test" not in taken.json
    assert pulled.of("LEAD#", "HEAD")
