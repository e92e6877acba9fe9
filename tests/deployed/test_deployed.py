"""The built template on the embedded engine's whole cloud: deployed, signed in to, worked with, deployed again.

The tests share one stack and may run in any order; docs/adr/0026 says what they cannot prove.
"""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from lead_routing_cli.http_client import Api
from tests.deployed.conftest import SENDER, configure
from tests.deployed.deployment import Deployment
from tools import template

SECOND = "A second release"
SWEPT_SECONDS = 200  # the minute that the owner has, a minute until the next run, and a slow machine


def eventually(what: Callable[[], Any], seconds: float = 45.0) -> Any:
    """The first answer that is true: streams, queues and schedules take their time."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.25)
    return found


def signed_in(stack: Deployment, user: str) -> Api:
    return stack.api(stack.tokens(user)["IdToken"])


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.fixture(scope="module")
def key(company: Deployment) -> str:
    """A key of the web form."""
    with signed_in(company, "admin") as admin:
        return str(admin.post("/v1/sources/web-form/keys")["api_key"])


def sent(stack: Deployment, key: str, **lead: Any) -> str:
    """A lead from the web form; its id."""
    with stack.api() as form:
        answer = form.send("POST", "/v1/intake/web-form", lead, {"X-Api-Key": key})
    assert answer.status == 201, answer.body
    return str(answer.body["lead_id"])


@pytest.fixture(scope="module", autouse=True)
def left_alone(company: Deployment, key: str) -> str:
    """A lead that its owner will have left for a minute, while the other tests run."""
    impatient = {
        "name": "Impatient",
        "record_type": "lead",
        "distributed_from": "dallas",
        "method": "round_robin",
        "criteria": [{"field": "fields.property_type", "operator": "equals", "value": "barn"}],
        "recipients": [{"account": "wanda"}],
        "take_back_after_minutes": 1,
    }
    with signed_in(company, "admin") as admin:
        saved = admin.send("PUT", "/v1/push-strategies/impatient", impatient)
        assert saved.ok, saved.body
        lead = sent(
            company, key, external_id="left-1", first_name="Ray", email="ray@example.com", state="AR",
            fields={"property_type": "barn"},
        )  # fmt: skip
        assert routed(admin, lead)["owner"] == "wanda"
    return lead


def routed(admin: Api, lead: str) -> dict[str, Any]:
    """The lead once it is with somebody."""

    def look() -> dict[str, Any] | None:
        found = admin.get(f"/v1/leads/{lead}")
        return found if found["status"] != "new" else None

    return dict(eventually(look))


# ------------------------------------------------------------------------------------------------ the stack itself
def test_the_stack_is_whole_and_says_where_it_is(deployment: Deployment) -> None:
    assert deployment.stack()["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    outputs = deployment.outputs()
    assert set(outputs) == set(template.load()["Outputs"])
    with deployment.api() as anybody:
        assert anybody.get("/v1/health") == {"status": "ok"}
    with deployment.cloud.client("cognito-idp") as cognito:
        client = cognito.describe_user_pool_client(
            UserPoolId=outputs["UserPoolId"], ClientId=outputs["UserPoolClientId"]
        )["UserPoolClient"]
    assert "ClientSecret" not in client
    with deployment.cloud.client("dynamodb") as dynamodb:
        table = dynamodb.describe_table(TableName=outputs["TableName"])["Table"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {"queue", "owner", "timer"}


def test_every_route_but_the_public_ones_is_closed_to_who_is_not_signed_in(deployment: Deployment) -> None:
    routes = template.routes()
    with deployment.api() as nobody:
        closed = [route for route in routes if not route.public]
        answers = {route.key: nobody.send(route.method, route.path.replace("{", "").replace("}", ""))
                   for route in closed}  # fmt: skip
    assert {(answer.status, answer.body["message"]) for answer in answers.values()} == {(401, "Unauthorized")}
    assert {route.key for route in routes} - set(answers) == {
        "OPTIONS /v1/{proxy+}",
        "OPTIONS /v1/intake/{source}",
        "POST /v1/intake/{source}",
        "GET /v1/lead-form.js",
        "GET /v1/health",
    }


def test_a_token_of_somebody_else_is_refused_and_an_unknown_route_is_not_found(company: Deployment) -> None:
    token = company.tokens("admin")["IdToken"]
    header, payload, signature = token.split(".")
    altered = base64.urlsafe_b64encode(
        json.dumps(claims(token) | {"cognito:username": "marta"}).encode()
    ).decode()
    wrong = [
        "dev:admin",
        f"{header}.{altered.rstrip('=')}.{signature}",
        f"{header}.{payload}.{'A' * len(signature)}",
        of_another_pool(company),
        of_another_client(company),
    ]
    for each in wrong:
        with company.api(each) as api:
            answer = api.send("GET", "/v1/me")
            assert (answer.status, answer.body) == (401, {"message": "Unauthorized"}), each
    with company.api(token) as api:
        for method, path in (("GET", "/v1/nothing"), ("GET", "/"), ("PUT", "/v1/health")):
            answer = api.send(method, path)
            assert (answer.status, answer.body) == (404, {"message": "Not Found"}), path


def of_another_client(company: Deployment) -> str:
    """An ID token of the same pool and user that was issued to another client."""
    pool = company.outputs()["UserPoolId"]
    return issued_by(company, pool)


def of_another_pool(company: Deployment) -> str:
    """An ID token of a pool of one's own, whose `admin` is oneself."""
    with company.cloud.client("cognito-idp") as cognito:
        pool = cognito.create_user_pool(PoolName="mine")["UserPool"]["Id"]
    company.sign_up("admin", pool)
    return issued_by(company, pool)


def issued_by(company: Deployment, pool: str) -> str:
    with company.cloud.client("cognito-idp") as cognito:
        client = cognito.create_user_pool_client(
            UserPoolId=pool, ClientName="another", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
    return str(company.tokens("admin", pool, client)["IdToken"])


def test_who_is_signed_in_is_the_account_of_their_user_name(company: Deployment) -> None:
    for user in ("admin", "ana"):
        tokens = company.tokens(user)
        assert claims(tokens["IdToken"])["cognito:username"] == user
        with company.api(tokens["IdToken"]) as api:
            assert api.get("/v1/me")["account"]["id"] == user
        # It passes the authorizer, as on AWS, but names nobody.
        with company.api(tokens["AccessToken"]) as api:
            answer = api.send("GET", "/v1/me")
            assert (answer.status, answer.body["code"]) == (403, "no_account"), answer.body


def test_who_is_invited_is_in_the_pool_until_their_sign_in_ends(company: Deployment) -> None:
    pool = company.outputs()["UserPoolId"]
    with signed_in(company, "admin") as admin, company.cloud.client("cognito-idp") as cognito:
        assert admin.post("/v1/accounts/wanda/invite")["result"] == "invited"
        assert cognito.admin_get_user(UserPoolId=pool, Username="wanda")["Enabled"] is True
        assert admin.post("/v1/accounts/wanda/disable-sign-in")["result"] == "disabled"
        assert cognito.admin_get_user(UserPoolId=pool, Username="wanda")["Enabled"] is False


def test_the_company_is_applied_once(company: Deployment) -> None:
    assert configure(company).splitlines()[-1].startswith("0 created, 0 changed, ")


# ------------------------------------------------------------------------------------------------ a lead's way
def test_a_pushed_lead_is_told_to_its_owner_also_by_mail(company: Deployment, key: str) -> None:
    lead = sent(company, key, external_id="push-1", first_name="Sam", phone="303-555-0100", state="CO")
    other = sent(company, key, external_id="push-2", first_name="Kim", phone="303-555-0101", state="CO")
    with signed_in(company, "admin") as admin:
        # Two leads between two branches: one is Denver's, which pushes on to its own.
        found = [routed(admin, each) for each in (lead, other)]
        (pushed,) = [each for each in found if each["status"] == "assigned"]
        owner = pushed["owner"]
        assert owner in {"ana", "ben", "priya", "tom"}
        timeline = [event["event"] for event in admin.items(f"/v1/leads/{pushed['id']}/timeline")]
    assert timeline == ["assigned", "received"]
    with signed_in(company, owner) as rep:
        told = eventually(
            lambda: [each for each in rep.items("/v1/notifications") if each["lead_id"] == pushed["id"]]
        )
        assert [each["event"] for each in told] == ["assigned"]
    (mail, *_) = eventually(
        lambda: [each for each in company.cloud.mails() if each["To"] == [f"{owner}@example.com"]], 90
    )
    assert SENDER in mail["Source"]


def test_a_pulled_lead_is_worked(company: Deployment, key: str) -> None:
    lead = sent(
        company, key, external_id="pull-1", first_name="Lee", email="lee@example.com", state="OK",
        fields={"product": "purchase"},
    )  # fmt: skip
    with signed_in(company, "admin") as admin, signed_in(company, "jolene") as rep:
        assert routed(admin, lead)["owner"] == "dallas"
        pulled = rep.post("/v1/pull")
        assert pulled["lead"]["id"] == lead
        body = {"disposition": "no-answer", "lease_token": pulled["lease"]["token"]}
        assert rep.post(f"/v1/leads/{lead}/dispositions", body)["status"] == "cooling"
        timeline = [event["event"] for event in admin.items(f"/v1/leads/{lead}/timeline")]
        assert timeline[:2] == ["disposition", "pulled"]


def test_a_job_closes_the_leads_of_a_phone_that_is_listed(company: Deployment, key: str) -> None:
    lead = sent(
        company, key, external_id="listed-1", first_name="Jo", phone="303-555-0142", state="OK",
        fields={"product": "purchase"},
    )  # fmt: skip
    with signed_in(company, "admin") as admin:
        assert routed(admin, lead)["status"] != "closed"
        listed = admin.send("PUT", "/v1/do-not-call/%2B13035550142", {})
        assert listed.ok, listed.body
        eventually(lambda: admin.get(f"/v1/leads/{lead}")["status"] == "closed")


@pytest.mark.last
def test_the_schedule_sweeps(company: Deployment, left_alone: str) -> None:
    """Nothing but the minutely run takes a lead back from who leaves it."""
    with signed_in(company, "admin") as admin:

        def taken_back() -> list[dict[str, Any]]:
            events = admin.items(f"/v1/leads/{left_alone}/timeline")
            return [each for each in events if each["event"] == "taken_back"]

        first = eventually(taken_back, SWEPT_SECONDS)[-1]
        assert (first["from"], first["owner"]) == ("wanda", "dallas")


# ------------------------------------------------------------------------------------------------ deployed again
def test_another_layer_and_another_parameter_are_deployed(company: Deployment) -> None:
    before = company.live()
    assert len(before) == len(template.functions())
    outputs = company.outputs()

    document = company.layer / "routing" / "openapi.json"
    described = json.loads(document.read_text())
    described["info"]["title"] = SECOND
    document.write_text(json.dumps(described))
    company.deploy(EmailSender=SENDER)
    with_layer = company.live()
    assert not before.items() & with_layer.items(), "functions stayed with the old layer"
    with signed_in(company, "admin") as admin:
        assert admin.get("/v1/openapi.json")["info"]["title"] == SECOND

    url = outputs["ConsoleUrl"]
    company.deploy(
        EmailSender=SENDER, CompanyTimezone="America/Denver", ConsoleUrl=url, SignInDomain="lead-routing-x"
    )
    with_parameter = company.live()
    assert not with_layer.items() & with_parameter.items(), "functions stayed with the old parameter"
    assert company.environments("COMPANY_TIMEZONE") == {"America/Denver"}

    with company.cloud.client("cognito-idp") as cognito:
        client = cognito.describe_user_pool_client(
            UserPoolId=outputs["UserPoolId"], ClientId=outputs["UserPoolClientId"]
        )["UserPoolClient"]
    assert (client["AllowedOAuthFlows"], client["CallbackURLs"]) == (["code"], [f"{url}/signed-in"])

    # What is there stays: the table, the users, the address.
    assert company.outputs() == outputs
    assert company.stack()["StackStatus"] == "UPDATE_COMPLETE"
    assert configure(company).splitlines()[-1].startswith("0 created, 0 changed, ")


def test_a_deployment_that_is_refused_says_why(deployment: Deployment) -> None:
    refused = deployment.try_to_deploy("lead-routing-refused", LogRetentionDays="2")
    assert refused.returncode != 0
    assert "LogRetentionDays" in refused.stdout + refused.stderr
