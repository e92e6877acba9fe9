"""A small company that end-to-end tests set up through the API."""

from typing import Any

from tests.e2e.client import Client

ADMIN = "admin"


def put(client: Client, collection: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.put(f"/v1/{collection}/{body['id']}", json=body, as_user=ADMIN)
    assert answer.status in (200, 201), answer.json
    return dict(answer.json)


def account(client: Client, identifier: str, kind: str, parent: str, **other: Any) -> None:
    put(client, "accounts", {"id": identifier, "kind": kind, "name": identifier, "parent": parent, **other})


def push_strategy(client: Client, identifier: str, source: str, recipients: list[str], **other: Any) -> None:
    put(
        client,
        "push-strategies",
        {
            "id": identifier,
            "name": identifier,
            "record_type": "lead",
            "distributed_from": source,
            "method": "round_robin",
            "recipients": [{"account": each} for each in recipients],
            **other,
        },
    )


def pull_strategy(client: Client, identifier: str, source: str, recipients: list[str], **other: Any) -> None:
    put(
        client,
        "pull-strategies",
        {
            "id": identifier,
            "name": identifier,
            "record_type": "lead",
            "distributed_from": source,
            "recipients": recipients,
            "calling_hours": False,
            **other,
        },
    )


def lead(client: Client, number: int = 1, **other: Any) -> str:
    body = {"first_name": f"Lead {number}", "email": f"lead{number}@example.com", **other}
    answer = client.post("/v1/leads", json=body, as_user=ADMIN)
    assert answer.status == 201, answer.json
    return str(answer.json["lead_id"])


def settle(client: Client) -> None:
    assert client.post("/_local/settle").status == 200


def at(client: Client, instant: str) -> None:
    assert client.post("/_local/clock", json={"now": instant}).status == 200


def shown(client: Client, lead_id: str) -> dict[str, Any]:
    answer = client.get(f"/v1/leads/{lead_id}", as_user=ADMIN)
    assert answer.status == 200, answer.json
    return dict(answer.json)


def timeline(client: Client, lead_id: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/leads/{lead_id}/timeline", as_user=ADMIN)
    assert answer.status == 200, answer.json
    return list(answer.json["items"])
