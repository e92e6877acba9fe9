"""Company files: what is read, what counts as a difference, what is written, and how refusals are shown."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from tools import configure
from tools.company_file import COLLECTIONS, CompanyFile, CompanyFileError
from tools.http_client import Answer, ApiUnreachableError
from tools.openapi_schema import NotDescribedError, Schemas

Json = dict[str, Any]
Write = Callable[[str], Path]
EXAMPLE = Path(__file__).parents[2] / "examples" / "company.yaml"

DOCUMENT = {
    "paths": {
        f"/v1/{path}/{{id}}": {
            "put": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Resource"}}}
                }
            }
        }
        for path in COLLECTIONS.values()
    },
    "components": {
        "schemas": {
            "Resource": {
                "type": "object",
                "required": ["id", "name"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string"},
                    "parent": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                    "enabled": {"type": "boolean", "default": True},
                    "order": {"type": "integer", "default": 100},
                    "starts_on": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                    "notify": {"$ref": "#/components/schemas/Notify"},
                    "effective_from": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                    "windows": {"type": "object", "additionalProperties": {}},
                    "criteria": {
                        "type": "array",
                        "items": {
                            "anyOf": [
                                {"$ref": "#/components/schemas/Criterion"},
                                {"$ref": "#/components/schemas/Any"},
                            ]
                        },
                    },
                },
            },
            "Notify": {"type": "object", "properties": {"email": {"type": "boolean", "default": False}}},
            "Criterion": {
                "type": "object",
                "required": ["field"],
                "additionalProperties": False,
                "properties": {
                    "field": {"type": "string"},
                    "operator": {"type": "string", "default": "equals"},
                },
            },
            "Any": {
                "type": "object",
                "required": ["any"],
                "additionalProperties": False,
                "properties": {"any": {"type": "array", "items": {"$ref": "#/components/schemas/Criterion"}}},
            },
        }
    },
}


class Server:
    """As much of the set-up API as the tool talks to: whole resources, versions, and rules that refuse."""

    def __init__(self) -> None:
        self.stored: dict[str, Json] = {}
        self.calls: list[str] = []
        self.kept: Json = {}
        self.today = "2026-03-02"
        self.refuse: Callable[[str, Json], Answer | None] = lambda path, body: None

    def __call__(self, url: str, token: str | None = None) -> Self:
        if url == "nowhere":
            raise ApiUnreachableError("nowhere does not answer")
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get(self, path: str) -> Json:
        assert path == "/v1/openapi.json"
        return DOCUMENT

    def items(self, path: str) -> Iterator[Json]:
        if path == "/v1/calling-rules":
            return iter(
                [
                    self._rule(each)
                    for each in sorted(
                        {place.split("#")[0] for place in self.stored if place.startswith(path)}
                    )
                ]
            )
        return iter([body for place, body in self.stored.items() if place.startswith(f"{path}/")])

    def _rule(self, path: str) -> Json:
        """The version of today and the later ones."""
        versions = [body for place, body in self.stored.items() if place.split("#")[0] == path]
        versions.sort(key=lambda each: each.get("effective_from") or "")
        over = [each for each in versions if (each.get("effective_from") or "") <= self.today]
        later = [each for each in versions if each not in over]
        first, *scheduled = [*over[-1:], *later]
        return {**first, "scheduled": scheduled, "version": max(each["version"] for each in versions)}

    def send(self, method: str, path: str, body: Json, headers: Mapping[str, str]) -> Answer:
        assert method == "PUT"
        if path.startswith("/v1/calling-rules/"):
            return self._send_rule(path, body, headers)
        if refusal := self.refuse(path, body):
            return refusal
        version = self.stored.get(path, {}).get("version", 0)
        if headers != ({"If-Match": f'"{version}"'} if version else {}):
            return Answer(412, {}, {"detail": "moved on", "code": "precondition_failed"})
        self.calls.append(path.removeprefix("/v1/"))
        schema = DOCUMENT["components"]["schemas"]["Resource"]  # type: ignore[index]  # nested literals
        whole = Schemas(DOCUMENT).whole(schema, body, unknown=False)
        assert isinstance(whole, dict)
        chosen = {"starts_on": "2026-03-02"} if "push-strategies" in path else {}
        self.stored[path] = {**chosen, **whole, **self.kept, "version": version + 1}
        return Answer(201, {}, self.stored[path])

    def _send_rule(self, path: str, body: Json, headers: Mapping[str, str]) -> Answer:
        version = max(
            (each["version"] for place, each in self.stored.items() if place.split("#")[0] == path), default=0
        )
        if headers not in ({}, {"If-Match": f'"{version}"'}):
            return Answer(412, {}, {"detail": "moved on", "code": "precondition_failed"})
        self.calls.append(path.removeprefix("/v1/"))
        schema = DOCUMENT["components"]["schemas"]["Resource"]  # type: ignore[index]  # nested literals
        whole = Schemas(DOCUMENT).whole(schema, body, unknown=False)
        assert isinstance(whole, dict)
        place = f"{path}#{whole.get('effective_from')}"
        self.stored[place] = {**whole, "version": version + 1}
        return Answer(200 if version else 201, {}, self.stored[place])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(configure, "Api", server)
    return server


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str) -> Path:
        path = tmp_path / "company.yaml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def plan(path: Path) -> list[str]:
    return list(configure.plan(path, "url", "token").lines())


def apply(path: Path) -> str:
    return str(configure.apply(path, "url", "token"))


BRANCHES = """
accounts:
  - {id: ana, name: Ana, parent: denver}
  - {id: denver, name: Denver, parent: corporate}
  - {id: corporate, name: Corporate}
push_strategies:
  - id: web
    name: Web
    criteria:
      - {field: state}
      - {any: [{field: email}, {field: phone}]}
"""


class TestApply:
    def test_writes_what_is_referred_to_first(self, server: Server, write: Write) -> None:
        path = write("pull_strategies: [{id: p, name: P}]\n" + BRANCHES + "sources: [{id: s, name: S}]\n")
        assert apply(path) == "6 created, 0 changed, 0 unchanged"
        assert server.calls == [
            "accounts/corporate",
            "accounts/denver",
            "accounts/ana",
            "sources/s",
            "push-strategies/web",
            "pull-strategies/p",
        ]

    def test_the_same_file_again_writes_nothing(self, server: Server, write: Write) -> None:
        apply(write(BRANCHES))
        server.calls.clear()
        assert apply(write(BRANCHES)) == "0 created, 0 changed, 4 unchanged"
        assert server.calls == []

    def test_writes_only_what_differs(self, server: Server, write: Write) -> None:
        apply(write(BRANCHES))
        server.calls.clear()
        assert (
            apply(write(BRANCHES.replace("name: Ana", "name: Ana Ortiz")))
            == "0 created, 1 changed, 3 unchanged"
        )
        assert server.calls == ["accounts/ana"]

    def test_a_key_that_is_taken_out_goes_back_to_its_default(self, server: Server, write: Write) -> None:
        apply(write(BRANCHES.replace("name: Ana", "name: Ana, enabled: false, notify: {email: true}")))
        assert plan(write(BRANCHES)) == [
            "~ accounts/ana\n    enabled: false -> true\n    notify.email: true -> false",
            "0 to create, 1 to change, 3 unchanged",
        ]
        apply(write(BRANCHES))
        assert server.stored["/v1/accounts/ana"]["enabled"] is True

    def test_a_null_of_an_open_object_is_not_the_same_as_nothing(self, server: Server, write: Write) -> None:
        rule = "calling_rules: [{id: r, name: R, windows: {mon: [08:00, 21:00]%s}}]\n"
        apply(write(rule % ""))
        assert plan(write(rule % ", holiday: null")) == [
            "~ calling-rules/r\n    windows.holiday: absent -> null",
            "0 to create, 1 to change, 0 unchanged",
        ]
        apply(write(rule % ", holiday: null"))
        assert apply(write(rule % ", holiday: null")) == "0 created, 0 changed, 1 unchanged"

    def test_the_dated_versions_of_a_calling_rule_are_each_compared_with_their_own(
        self, server: Server, write: Write
    ) -> None:
        rules = (
            "calling_rules:\n"
            "  - {id: r, name: R, windows: {mon: [08:00, 21:00]}}\n"
            "  - {id: r, name: R, windows: {mon: [09:00, 21:00]}, effective_from: 2027-01-01}\n"
        )
        assert plan(write(rules))[:2] == ["+ calling-rules/r", "+ calling-rules/r from 2027-01-01"]
        assert apply(write(rules)) == "2 created, 0 changed, 0 unchanged"
        assert apply(write(rules)) == "0 created, 0 changed, 2 unchanged"
        assert apply(write(rules.replace("21:00", "20:00"))) == "0 created, 2 changed, 0 unchanged"
        server.today = "2027-06-01"  # the first one is over
        server.calls.clear()
        assert apply(write(rules.replace("21:00", "20:00"))) == "0 created, 0 changed, 2 unchanged"
        assert server.calls == []
        twice = f"{rules}  - {{id: r, name: R, effective_from: 2027-01-01}}\n"
        with pytest.raises(
            configure.ConfigureError, match="calling-rules/r from 2027-01-01 stands on line 3 too"
        ):
            plan(write(twice))

    def test_what_only_the_server_has_is_named_and_left(self, server: Server, write: Write) -> None:
        server.stored["/v1/accounts/admin"] = {"id": "admin", "name": "Administrator", "version": 1}
        path = write(BRANCHES)
        assert "only on the server, left as it is: accounts/admin" in plan(path)
        assert configure.apply(path, "url", "token").only_on_server == ("accounts/admin",)
        assert "/v1/accounts/admin" in server.stored

    def test_what_the_server_chose_stands_until_the_file_says_otherwise(
        self, server: Server, write: Write
    ) -> None:
        apply(write(BRANCHES))
        chosen = BRANCHES.replace("name: Web\n", "name: Web\n    starts_on: 2026-04-06\n")
        assert plan(write(chosen)) == [
            '~ push-strategies/web\n    starts_on: "2026-03-02" -> "2026-04-06"',
            "0 to create, 1 to change, 3 unchanged",
        ]

    def test_a_resource_that_has_to_wait_for_a_later_one_is_tried_again(
        self, server: Server, write: Write
    ) -> None:
        def refuse(path: str, body: Json) -> Answer | None:
            waits = path == "/v1/accounts/ana" and "/v1/push-strategies/web" not in server.stored
            return Answer(409, {}, {"detail": "web refers to it"}) if waits else None

        server.refuse = refuse
        assert apply(write(BRANCHES)) == "4 created, 0 changed, 0 unchanged"

    def test_refusals_are_shown_at_their_place_in_the_file_and_the_rest_is_applied(
        self, server: Server, write: Write
    ) -> None:
        errors = [
            {"field": "criteria[1].any[0].field", "code": "unknown", "message": "no such field"},
            {"field": "criteria.0.operator", "code": "missing", "message": "has none"},
        ]
        answer = Answer(422, {}, {"detail": "invalid", "errors": errors})
        server.refuse = lambda path, body: answer if path == "/v1/push-strategies/web" else None
        path = write(BRANCHES)
        with pytest.raises(configure.PartlyAppliedError) as refused:
            apply(path)
        assert str(refused.value).splitlines() == [
            f"{path}:11: push_strategies[0].criteria[1].any[0].field (web): no such field",
            f"{path}:10: push_strategies[0].criteria[0].operator (web): has none",
            "1 refused; 3 created, 0 changed, 0 unchanged",
        ]

    def test_a_resource_that_moved_on_since_the_plan_is_not_overwritten(
        self, server: Server, write: Write
    ) -> None:
        apply(write(BRANCHES))

        def meanwhile(path: str, body: Json) -> None:
            server.stored[path]["version"] += 1

        server.refuse = meanwhile
        with pytest.raises(configure.PartlyAppliedError, match="changed by someone else meanwhile"):
            apply(write(BRANCHES.replace("Denver,", "Denver office,")))
        assert server.stored["/v1/accounts/denver"]["name"] == "Denver"

    def test_a_value_that_the_server_keeps_otherwise_is_pointed_out(
        self, server: Server, write: Write
    ) -> None:
        server.kept = {"name": "Ana"}
        assert configure.apply(write("accounts: [{id: ana, name: ana}]"), "url", "token").notes == [
            'accounts/ana: kept otherwise than written (kept -> written): name: "Ana" -> "ana"'
        ]


class TestPlan:
    def test_shows_the_difference_and_changes_nothing(self, server: Server, write: Write) -> None:
        assert plan(write(BRANCHES))[-1] == "4 to create, 0 to change, 0 unchanged"
        assert server.stored == {}

    def test_a_list_is_compared_by_position_and_as_a_whole_when_its_length_changes(
        self, server: Server, write: Write
    ) -> None:
        apply(write(BRANCHES))
        assert plan(write(BRANCHES.replace("{field: state}", "{field: campaign}")))[0] == (
            '~ push-strategies/web\n    criteria[0].field: "state" -> "campaign"'
        )
        shorter = plan(write(BRANCHES.replace("      - {field: state}\n", "")))[0]
        assert shorter.startswith("~ push-strategies/web\n    criteria: [")

    def test_an_unknown_key_of_a_resource_is_a_change_for_the_server_to_refuse(
        self, server: Server, write: Write
    ) -> None:
        apply(write(BRANCHES))
        assert plan(write(BRANCHES.replace("name: Ana", "name: Ana, nickname: A")))[0] == (
            '~ accounts/ana\n    nickname: absent -> "A"'
        )


class TestCommand:
    def test_plans_applies_and_says_what_it_did(
        self, server: Server, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = str(write(BRANCHES))
        assert configure.main(["plan", path]) == 0
        assert configure.main(["apply", path]) == 0
        out = capsys.readouterr().out.splitlines()
        assert out[-2:] == ["4 to create, 0 to change, 0 unchanged", "4 created, 0 changed, 0 unchanged"]

    def test_what_cannot_be_read_is_one_line_and_status_2(
        self, server: Server, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert configure.main(["apply", "none.yaml"]) == 2
        assert configure.main(["apply", str(write(BRANCHES)), "--url", "nowhere"]) == 2
        assert capsys.readouterr().err.splitlines() == [
            "none.yaml: No such file or directory",
            "nowhere does not answer",
        ]

    def test_refusals_are_status_1(
        self, server: Server, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.refuse = lambda path, body: Answer(403, {}, {"detail": "not an admin", "code": "forbidden"})
        assert configure.main(["apply", str(write("accounts: [{id: ana, name: Ana}]"))]) == 1
        assert "accounts[0] (ana): not an admin (403 forbidden)" in capsys.readouterr().err


class TestFile:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "line 1: the file is empty"),
            ("- accounts\n", "line 1: a company is a mapping with the keys accounts, record_types, sources"),
            ("\nteams: []\n", "line 2: unknown key 'teams'; a company has accounts"),
            ("accounts: {}\n", "line 1: accounts is a list of resources"),
            ("accounts:\n  - {id: a}\n  - {name: b}\n", r"line 3: accounts\[1\] has no id"),
            ("accounts:\n  - {id: 7}\n", r"line 2: accounts\[0\] has no id"),
            ("accounts:\n  - {id: a}\n  - {id: a}\n", "line 3: accounts/a stands on line 2 too"),
            ("accounts:\n  - {id: a, id: b}\n", "line 2: the key 'id' stands here twice"),
            (
                "accounts:\n  - {id: a, parent: b}\n  - {id: b, parent: a}\n",
                "line 2: accounts are their own ancestors",
            ),
            ("accounts: [\n", "line 2: "),
            ("accounts: \x00", "special characters are not allowed"),
            ("accounts: !!python/object:os.system {}", "could not determine a constructor"),
        ],
    )
    def test_what_is_not_a_company_is_refused_with_its_line(
        self, write: Write, content: str, message: str
    ) -> None:
        with pytest.raises(CompanyFileError, match=message):
            CompanyFile(write(content))

    def test_bytes_that_are_not_utf_8(self, tmp_path: Path) -> None:
        path = tmp_path / "company.yaml"
        path.write_bytes(b"accounts: [{id: \xff}]")
        with pytest.raises(CompanyFileError, match="is not UTF-8"):
            CompanyFile(path)

    def test_plain_values_are_not_guessed_at(self, write: Write) -> None:
        path = write(
            "accounts: [{id: no, a: 2026-03-02, b: 01234, c: 08:00, d: on, e: 7, f: -1.5, g: true, h: null}]"
        )
        assert CompanyFile(path).resources[0].body == {
            "id": "no", "a": "2026-03-02", "b": "01234", "c": "08:00", "d": "on",
            "e": 7, "f": -1.5, "g": True, "h": None,
        }  # fmt: skip

    def test_the_example_has_what_it_promises(self) -> None:
        company = CompanyFile(EXAMPLE)
        by_key = {key: [r.body for r in company.resources if r.key == key] for key in COLLECTIONS}
        users = [body for body in by_key["accounts"] if body["kind"] == "user"]
        assert (len(users), len([b for b in by_key["accounts"] if b["kind"] == "branch"])) == (12, 3)
        assert (len(by_key["push_strategies"]), len(by_key["pull_strategies"])) == (4, 4)


def test_an_operation_that_the_document_does_not_describe() -> None:
    with pytest.raises(NotDescribedError, match="does not describe PUT /v1/teams"):
        Schemas(DOCUMENT).body("PUT", "/v1/teams/{id}")
