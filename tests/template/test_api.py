"""Who may call what, as SAM deploys it: a route that is open by mistake must turn these red."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.template.commands import run
from tools import template

Of = Callable[[str], dict[str, dict[str, Any]]]
OPEN = {
    "POST /v1/intake/{source}",
    "OPTIONS /v1/intake/{source}",
    "OPTIONS /v1/{proxy+}",
    "GET /v1/lead-form.js",
    "GET /v1/health",
}
# No address, path, query string or header.
LOGGED = """requestTime requestId routeKey status responseLatency responseLength
    error.message integrationErrorMessage authorizer.error"""


def _body(deployed_of: Of) -> dict[str, Any]:
    (api,) = deployed_of("AWS::ApiGatewayV2::Api").values()
    body: dict[str, Any] = api["Body"]
    return body


def _operations(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
    }


def test_every_route_but_intake_and_health_takes_a_token_of_the_user_pool(deployed_of: Of) -> None:
    body = _body(deployed_of)
    security = {key: operation["security"] for key, operation in _operations(body).items()}
    assert {key for key, each in security.items() if each == [{"NONE": []}]} == OPEN
    assert all(each == [{"Users": []}] for key, each in security.items() if key not in OPEN)
    authorizer = body["components"]["securitySchemes"]["Users"]["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "jwt"
    assert authorizer["jwtConfiguration"] == {
        "issuer": {"Fn::GetAtt": ["UserPool", "ProviderURL"]},
        "audience": [{"Ref": "UserPoolClient"}],
    }


def test_nobody_signs_up_by_themselves_or_rewrites_what_names_their_account(written_of: Of) -> None:
    (pool,) = written_of("AWS::Cognito::UserPool").values()
    (client,) = written_of("AWS::Cognito::UserPoolClient").values()
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    # For good: no pool can be changed in these.
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert pool["AliasAttributes"] == pool["AutoVerifiedAttributes"] == ["email"]
    assert not {"Schema", "UsernameAttributes"} & set(pool)
    assert client["WriteAttributes"] == ["name"]
    assert "ALLOW_USER_PASSWORD_AUTH" not in client["ExplicitAuthFlows"]


def test_the_runner_reads_the_routes_that_are_deployed(deployed_of: Of) -> None:
    deployed = {
        key: operation["x-amazon-apigateway-integration"]["$ref"].rpartition("/")[2]
        for key, operation in _operations(_body(deployed_of)).items()
    }
    read = template.routes()
    assert {route.key: route.function for route in read} == deployed
    assert {route.key for route in read if route.public} == OPEN


def test_each_integration_invokes_the_live_version_and_may(deployed_of: Of) -> None:
    body = _body(deployed_of)
    handlers = {name: each["Handler"] for name, each in deployed_of("AWS::Lambda::Function").items()}
    aliases = {name: each["FunctionName"]["Ref"] for name, each in deployed_of("AWS::Lambda::Alias").items()}
    permissions = list(deployed_of("AWS::Lambda::Permission").values())
    used = {route.function for route in template.routes()}
    integrations = body["components"]["x-amazon-apigateway-integrations"]
    assert set(integrations) == used
    for name, integration in integrations.items():
        alias = integration["uri"]["Fn::Sub"][1]["Alias"]["Ref"]
        assert handlers[aliases[alias]] == f"{name}.app.handler"
        assert integration["payloadFormatVersion"] == "2.0"
        allowed = [each for each in permissions if each["FunctionName"] == {"Ref": alias}]
        # One statement, however many routes: a function's resource policy holds 20 KB.
        assert len(allowed) == 1
        assert allowed[0]["Principal"] == "apigateway.amazonaws.com"
        assert "${HttpApi}" in allowed[0]["SourceArn"]["Fn::Sub"]


def test_the_api_is_throttled_and_leaves_answers_to_browsers_to_the_functions(deployed_of: Of) -> None:
    (stage,) = deployed_of("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "ApiRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "ApiBurstLimit"},
    }
    assert "x-amazon-apigateway-cors" not in _body(deployed_of)
    functions = deployed_of("AWS::Lambda::Function").values()
    origins = {str(each["Environment"]["Variables"]["ALLOWED_ORIGINS"]) for each in functions}
    assert origins == {str({"Fn::Join": [",", {"Ref": "AllowedOrigins"}]})}


def test_origins_with_blanks_between_them_are_taken_without(written: dict[str, Any], deployed_of: Of) -> None:
    assert written["Parameters"]["AllowedOrigins"]["Type"] == "CommaDelimitedList"  # which trims each
    buckets = [each for each in deployed_of("AWS::S3::Bucket").values() if "CorsConfiguration" in each]
    rule, of_the_console = [rule for each in buckets for rule in each["CorsConfiguration"]["CorsRules"]]
    assert rule["AllowedOrigins"] == {"Ref": "AllowedOrigins"}
    # Else the console of a stack that names its web pages could put no file.
    condition, of_console, otherwise = of_the_console["Fn::If"]
    assert (condition, otherwise) == ("HasConsole", {"Ref": "AWS::NoValue"})
    assert of_console["AllowedMethods"] == ["PUT"]
    assert of_console["AllowedOrigins"] == [
        {"Fn::If": ["HasConsoleDomain", {"Fn::Sub": "https://${ConsoleDomain}"}, {"Ref": "ConsoleUrl"}]}
    ]


def test_access_logs_hold_no_personal_data(deployed_of: Of) -> None:
    (stage,) = deployed_of("AWS::ApiGatewayV2::Stage").values()
    variables = set(re.findall(r"\$context\.([A-Za-z.]+)", stage["AccessLogSettings"]["Format"]))
    assert variables == set(LOGGED.split())


def test_the_functions_folders_are_the_templates_functions() -> None:
    folders = {path.parent.name for path in (template.PATH.parent / "functions").glob("*/app.py")}
    assert folders == set(template.functions())


OPERATIONS = """
import importlib, json, sys
importlib.import_module(f"functions.{sys.argv[1]}.app")
from routing.runtime.http import OPERATIONS
print(json.dumps({route: operation.public for route, operation in OPERATIONS.items()}))
"""


@pytest.mark.parametrize("function", sorted({route.function for route in template.routes()}))
def test_a_function_has_an_operation_for_each_of_its_routes_and_for_no_other(function: str) -> None:
    """In a process of its own, as in Lambda: what another function registers is not there."""
    registered = json.loads(run(sys.executable, "-c", OPERATIONS, function))
    assert registered == {each.key: each.public for each in template.routes() if each.function == function}
