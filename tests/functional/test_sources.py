"""Sources and their keys."""

from typing import Any

import pytest

from tests.functional.backend import Backend, lead_body


def test_a_key_is_shown_once_and_kept_as_a_hash(company: Backend) -> None:
    company.save("sources", "web", name="Web")
    made = company.post("/v1/sources/web/keys", {})
    assert made.status == 201
    assert set(made.json) == {"key_id", "api_key"}
    assert len(made["api_key"]) >= 32
    assert made["api_key"] not in str(company.items())
    assert company.post("/v1/sources/web/keys")["api_key"] != made["api_key"]
    for path in ("sources/web", "sources/web/versions", "sources"):
        assert made["api_key"] not in str(company.get(f"/v1/{path}").json)


def test_a_revoked_key_is_none_and_the_others_go_on(company: Backend) -> None:
    company.save("sources", "web", name="Web")
    first = company.post("/v1/sources/web/keys").json
    second = company.post("/v1/sources/web/keys").json
    answer = company.delete(f"/v1/sources/web/keys/{first['key_id']}")
    assert (answer.status, answer.json) == (204, None)
    company.refused(
        401,
        "bad_api_key",
        "POST",
        "/v1/intake/web",
        lead_body(),
        user=None,
        headers={"x-api-key": first["api_key"]},
    )
    taken = company.post("/v1/intake/web", lead_body(), user=None, headers={"x-api-key": second["api_key"]})
    assert taken.status == 201
    company.refused(404, "not_found", "DELETE", f"/v1/sources/web/keys/{first['key_id']}")


def test_a_key_that_is_none_cannot_be_revoked(company: Backend) -> None:
    company.save("sources", "web", name="Web")
    key = company.post("/v1/sources/api/keys").json["key_id"]
    company.refused(404, "not_found", "DELETE", "/v1/sources/web/keys/nothing")
    company.refused(404, "not_found", "DELETE", f"/v1/sources/web/keys/{key}")
    company.refused(404, "not_found", "POST", "/v1/sources/nothing/keys", {})


def test_a_source_that_is_made_again_does_not_take_its_old_keys(company: Backend) -> None:
    company.save("sources", "web", name="Web")
    key = company.key("web")
    assert company.delete("/v1/sources/web").status == 204
    company.refused(
        401, "bad_api_key", "POST", "/v1/intake/web", lead_body(), user=None, headers={"x-api-key": key}
    )
    company.save("sources", "web", name="Somebody else's")
    company.refused(
        401, "bad_api_key", "POST", "/v1/intake/web", lead_body(), user=None, headers={"x-api-key": key}
    )


@pytest.mark.parametrize("first", ["the key", "the deletion"])
def test_a_key_that_is_made_while_its_source_is_deleted_is_none(company: Backend, first: str) -> None:
    """The other comes whole where the first is about to write what it has decided."""
    company.save("sources", "web", name="Web")
    made = []

    def make() -> int:
        made.append(company.post("/v1/sources/web/keys", {}))
        return made[0].status

    def delete() -> int:
        return company.delete("/v1/sources/web").status

    begun, meanwhile = (make, delete) if first == "the key" else (delete, make)
    found = []

    def fault(operation: str, _: Any) -> None:
        if operation == "TransactWriteItems":
            company.strict.faults.clear()
            found.append(meanwhile())

    company.strict.faults.append(fault)
    found.append(begun())
    assert found == ([204, 404] if first == "the key" else [201, 204])
    company.save("sources", "web", name="Somebody else's")
    assert company.get("/v1/sources/web/keys")["items"] == []
    assert company.of("KEY#") == []
