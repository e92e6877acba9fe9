"""The company that is measured: fifty users in eight branches, set up and used through the deployed handlers."""

import itertools
import json
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from routing.runtime import clock, wiring
from routing.storage import keys
from tools import template
from tools.engines import DynamoDBLocal, EmbeddedEngine, create_table, dynamodb_client
from tools.local_api.container import container
from tools.local_api.functions import Functions
from tools.local_api.gateway import Gateway, Request
from tools.local_api.stream import lambda_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ADMIN = "admin"
BRANCHES = ("atlanta", "boston", "chicago", "dallas", "denver", "fresno", "phoenix", "seattle")
_FIRST = ("alice", "benjamin", "carla", "dmitri", "elena", "farid", "grace", "hector", "ingrid", "jamal")
_LAST = ("anderson", "brooks", "castillo", "dubois", "eriksen")
USERS = tuple(f"{first}.{last}" for first, last in itertools.product(_FIRST, _LAST))
LEAD_BYTES = 2048
_MILLIS = 13
_STATES = ("CO", "UT", "TX", "AZ", "WA", "CA", "IL", "MA", "GA", "NM")
_TEXT = (
    "purchase refinance equity fixed adjustable rate closing escrow appraisal income self employed veteran first "
    "home townhouse condo duplex acreage county downtown suburb school commute budget monthly payment savings gift "
    "funds student loan auto card balance score soon spring summer weekend morning evening prefers text call spouse "
    "relocating employer transfer lease ends pre approved agent referred neighbor rental investment second vacation"
)
_FIELDS = (
    {"name": "loan_amount", "type": "number"},
    {"name": "product", "type": "choice", "choices": ["purchase", "refinance"]},
    {"name": "property_type", "type": "string"},
    {"name": "landing_page", "type": "string"},
    {"name": "referrer", "type": "string"},
    {"name": "user_agent", "type": "string"},
    {"name": "comments", "type": "string"},
)


class RefusedError(Exception):
    """A handler answered with an error; the bench is meant to be accepted everywhere."""


class Company:
    """The functions of this process's container (see `container`), and the table they work on.

    looker: a client that the functions do not use, to read what they wrote. answered: bytes of the last answer.
    """

    def __init__(self, looker: "DynamoDBClient", table: str) -> None:
        self.looker = looker
        self.table = table
        self.answered = 0
        self.functions = Functions()
        self._gateway = Gateway(
            template.routes(), self.functions.invoke, claim="cognito:username", now=clock.now
        )
        self._keys: dict[str, str] = {}
        self._seen: dict[str, set[str]] = {}
        self._numbers = itertools.count(1)

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, user: str = "", key: str = ""
    ) -> Any:
        """One request as this user, or with this API key. The answer's JSON; RefusedError when it is an error."""
        headers = [("content-type", "application/json")]
        if user:
            headers.append(("authorization", f"Bearer dev:{user}"))
        if key:
            headers.append(("x-api-key", key))
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self._gateway.handle(Request(method, path, headers, sent))
        if answer.status >= 400:
            raise RefusedError(f"{method} {path}: {answer.status} {answer.body.decode()}")
        self.answered = len(answer.body)
        return json.loads(answer.body) if answer.body else None

    def set_up(self, *, calling_hours: bool = True) -> None:
        """Accounts, sources with keys, and strategies.

        Web leads are pushed: the company's own to any of the fifty users, a branch's own to its users. The others
        no push strategy wants, so they are there to be pulled; with calling_hours False whatever the time is.
        """
        self.put("record-types", id="lead", name="Lead", fields=_FIELDS)
        for branch in BRANCHES:
            self.put("accounts", id=branch, name=branch, kind="branch", parent="corporate")
        for at, user in enumerate(USERS):
            branch = BRANCHES[at % len(BRANCHES)]
            self.put("accounts", id=user, name=user, kind="user", parent=branch, role="rep")
        for owner in ("corporate", *BRANCHES):
            self.source(owner)
            below = USERS if owner == "corporate" else members(owner)
            self.put(
                "push-strategies",
                id=f"{owner}-web-leads",
                name="Web leads",
                record_type="lead",
                distributed_from=owner,
                method="round_robin",
                criteria=[
                    {"field": "channel", "operator": "equals", "value": "web"},
                    {"field": "state", "operator": "in", "value": list(_STATES)},
                ],
                recipients=[{"account": each} for each in below],
            )
        for name, priority, operator in (("fresh", 1, "equals"), ("tried-before", 5, "greater_than")):
            self.put(
                "pull-strategies",
                id=name,
                name=name,
                record_type="lead",
                distributed_from="corporate",
                priority=priority,
                criteria=[{"field": "attempts", "operator": operator, "value": 0}],
                recipients=["corporate"],
                calling_hours=calling_hours,
            )
        # Strategies that were saved ask push to route waiting leads again; there are none.
        for owner in ("corporate", *BRANCHES):
            while records := self.new_records(owner):
                self.push(records)

    def put(self, collection: str, **body: Any) -> None:
        """Save a resource of the set-up, as the administrator."""
        self.call("PUT", f"/v1/{collection}/{body['id']}", body, user=ADMIN)

    def dedupe(self, *rules: Sequence[str]) -> None:
        """Have leads that are alike by one of these sets of fields count as one."""
        self.put("record-types", id="lead", name="Lead", fields=_FIELDS, dedupe={"rules": rules})

    def source(self, owner: str) -> None:
        """A source of this account's own, with a key."""
        self.put("sources", id=f"web-{owner}", name=owner, owner=owner)
        made = self.call("POST", f"/v1/sources/web-{owner}/keys", {}, user=ADMIN)
        self._keys[owner] = made["api_key"]

    def cap(self, owner: str) -> None:
        """The leads of this account's source are bought, so many a day."""
        acceptance = {"caps": [{"per": "day", "leads": 1_000}]}
        self.put("sources", id=f"web-{owner}", name=owner, owner=owner, cost=5, acceptance=acceptance)

    def lead(self, *, channel: str = "web", with_email: bool = False) -> dict[str, Any]:
        """The next lead, a JSON object of 2 KB: what a lender's web form sends along."""
        number = next(self._numbers)
        random_for = random.Random(number)  # noqa: S311 - made-up leads, the same in every run
        vocabulary = _TEXT.split()
        fields = {
            "loan_amount": random_for.randrange(80, 900) * 1000,
            "product": random_for.choice(("purchase", "refinance")),
            "property_type": random_for.choice(("single family", "condo", "townhouse")),
            "landing_page": f"https://www.example.com/{random_for.choice(vocabulary)}?utm_campaign={number % 40}",
            "referrer": "https://www.google.com/",
            "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15",
            "comments": "",
        }
        lead = {
            "external_id": f"{random_for.getrandbits(64):016x}",
            "channel": channel,
            "first_name": random_for.choice(_FIRST).title(),
            "last_name": random_for.choice(_LAST).title(),
            "phone": f"+1303555{number % 10_000:04d}",
            **({"email": f"lead{number}@example.com"} if with_email else {}),
            "state": random_for.choice(_STATES),
            "postal_code": "80202",
            "fields": fields,
        }
        missing = LEAD_BYTES - len(json.dumps(lead))
        words = " ".join(random_for.choice(vocabulary) for _ in range(missing // 2))
        fields["comments"] = words[:missing]
        return lead

    def ingest(self, lead: Mapping[str, Any] | None = None, *, owner: str = "corporate") -> str:
        """Hand a lead in with the key of this account's source; its id."""
        answer = self.call("POST", f"/v1/intake/web-{owner}", lead or self.lead(), key=self._keys[owner])
        identifier: str = answer["lead_id"]
        return identifier

    def new_records(self, owner: str = "corporate") -> list[dict[str, Any]]:
        """The stream's records of this account's log entries since the last time, as Lambda hands them over."""
        seen = self._seen.setdefault(owner, set())
        pages = self.looker.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="PK = :log AND SK >= :last",
            ExpressionAttributeValues={
                ":log": {"S": f"INTAKE#{owner}"},
                # Of one millisecond the ids are in no order.
                ":last": {"S": max(seen, default=" ")[:_MILLIS]},
            },
        )
        items: list[Any] = [item for page in pages for item in page["Items"] if item["SK"]["S"] not in seen]
        seen |= {item["SK"]["S"] for item in items}
        return [
            lambda_record(
                {
                    "eventName": "INSERT",
                    "dynamodb": {
                        "Keys": {"PK": item["PK"], "SK": item["SK"]},
                        "NewImage": item,
                        "SequenceNumber": f"{at:021d}",
                    },
                },
                "bench",
            )
            for at, item in enumerate(items)
        ]

    def push(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Deliver one batch to push_assign."""
        answer = self.functions.invoke("push_assign", {"Records": list(records)})
        if answer["batchItemFailures"]:
            raise RefusedError(f"push_assign: {answer}")

    def pull(self, user: str) -> Any:
        """What the user is lent; RefusedError when it is nothing."""
        pulled = self.call("POST", "/v1/pull", {}, user=user)
        if pulled["lead"] is None:
            raise RefusedError(f"nothing to pull for {user}: {pulled['why']}")
        return pulled

    def calls(self, user: str, pulled: Mapping[str, Any]) -> None:
        """The user calls what they were lent."""
        self.call("POST", f"/v1/leads/{pulled['lead']['id']}/calls", {}, user=user)

    def dispose(self, user: str, pulled: Mapping[str, Any], disposition: str = "no-answer") -> None:
        """The user records this on what they were lent."""
        body = {"disposition": disposition, "lease_token": pulled["lease"]["token"]}
        self.call("POST", f"/v1/leads/{pulled['lead']['id']}/dispositions", body, user=user)

    def busy_day(self, strategy: str) -> None:
        """Give a push strategy's state the counts of a busy day, when no two recipients have had the same."""
        key = keys.strategy_state(strategy)
        found = wiring.store().table.get(key) or {}
        chance = random.Random(strategy)  # noqa: S311 - made-up counts
        size = len(found["hour_counts"])
        counts = {
            "hour_counts": [chance.randrange(1, 20) for _ in range(size)],
            "day_counts": [chance.randrange(20, 120) for _ in range(size)],
            "interval_counts": [chance.randrange(100, 700) for _ in range(size)],
        }
        self.looker.update_item(
            TableName=self.table,
            Key={"PK": {"S": key.pk}, "SK": {"S": key.sk}},
            UpdateExpression="SET hour_counts = :h, day_counts = :d, interval_counts = :i",
            ExpressionAttributeValues={
                f":{name[0]}": {"L": [{"N": str(each)} for each in values]} for name, values in counts.items()
            },
        )

    def elsewhere(self) -> None:
        """The next call comes to another warm container, which has not noted of anybody that they are active."""
        wiring.store().noted_active.clear()


def members(branch: str) -> tuple[str, ...]:
    """The users of a branch."""
    return USERS[BRANCHES.index(branch) :: len(BRANCHES)]


@contextmanager
def on_table(engine: EmbeddedEngine | DynamoDBLocal) -> Iterator[Company]:
    """A company that is not set up yet, on a table of its own, in this process's container."""
    table = f"bench-{uuid.uuid4()}"
    create_table(engine.endpoint, table, streams=False)
    looker = dynamodb_client(engine.endpoint)
    with container(engine.endpoint, table):
        yield Company(looker, table)
    looker.delete_table(TableName=table)
    looker.close()


@contextmanager
def opened() -> Iterator[Company]:
    """The same on an engine of its own."""
    with EmbeddedEngine() as engine, on_table(engine) as company:
        yield company
