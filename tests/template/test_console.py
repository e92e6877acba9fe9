"""Where the console is served from in AWS, how people sign in to it, and how `make deploy` puts it there."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tools import console, deploy, publish, template
from tools.local_api.site import SECURITY, content_policy

Of = Callable[[str], dict[str, dict[str, Any]]]
NONE = {"Ref": "AWS::NoValue"}
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_THE_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@pytest.fixture
def distribution(written_of: Of) -> dict[str, Any]:
    (found,) = written_of("AWS::CloudFront::Distribution").values()
    config: dict[str, Any] = found["DistributionConfig"]
    return config


def test_pages_are_sent_what_the_runner_sends_and_tls(written_of: Of) -> None:
    (found,) = written_of("AWS::CloudFront::ResponseHeadersPolicy").values()
    sent = found["ResponseHeadersPolicyConfig"]
    security = sent["SecurityHeadersConfig"]
    text, names = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    sign_in = "https://${SignInDomain}.auth.${AWS::Region}.amazoncognito.com"
    assert names["SignIn"]["Fn::If"] == ["HasSignInDomain", {"Fn::Sub": f" {sign_in}"}, ""]
    called = [
        "https://cognito-idp.${AWS::Region}.amazonaws.com",
        "https://${ImportBucket.RegionalDomainName}",
    ]
    assert text.replace("${SignIn}", f" {sign_in}") == content_policy([sign_in, *called])
    headers = {
        "x-content-type-options": "nosniff" if "ContentTypeOptions" in security else "",
        "x-frame-options": security["FrameOptions"]["FrameOption"],
        "referrer-policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{each["Header"]: each["Value"] for each in sent["CustomHeadersConfig"]["Items"]},
    }
    assert headers == dict(SECURITY)
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    overriding = [*security.values(), *sent["CustomHeadersConfig"]["Items"]]
    assert all(each["Override"] is True for each in overriding)


def test_the_files_are_cloudfronts_alone_and_their_old_versions_go(written_of: Of) -> None:
    bucket = written_of("AWS::S3::Bucket")["ConsoleBucket"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    statements = written_of("AWS::S3::BucketPolicy")["ConsoleBucketPolicy"]["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    assert [each["Action"] for each in allowed] == ["s3:GetObject", "s3:ListBucket"]
    for each in allowed:
        assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        source = each["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
        assert source.endswith(":distribution/${ConsoleDistribution}")
    (access,) = written_of("AWS::CloudFront::OriginAccessControl").values()
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_calls_pass_to_the_api_as_they_are_and_posts_of_sources_do_not(distribution: dict[str, Any]) -> None:
    origins = {each["Id"]: each for each in distribution["Origins"]}
    assert origins["api"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    intake, api = distribution["CacheBehaviors"]
    assert (intake["PathPattern"], intake["TargetOriginId"]) == ("/v1/intake/*", "files")
    assert "POST" not in intake["AllowedMethods"]
    assert (api["PathPattern"], api["TargetOriginId"]) == ("/v1/*", "api")
    assert (api["CachePolicyId"], api["OriginRequestPolicyId"]) == (CACHING_DISABLED, ALL_BUT_THE_HOST)
    assert {each.method for each in template.routes()} <= set(api["AllowedMethods"])
    assert "CustomErrorResponses" not in distribution, "they would take the place of the API's own answers"
    assert "FunctionAssociations" not in api
    (page,) = distribution["DefaultCacheBehavior"]["FunctionAssociations"]
    assert page["EventType"] == "viewer-request"


@pytest.mark.parametrize(
    ("uri", "served"),
    [
        ("/", "/index.html"),
        ("/leads/L1", "/index.html"),
        ("/company/ana.smith", "/index.html"),
        ("/signed-in", "/index.html"),
        ("/v1.2/leads", "/index.html"),
        ("/assets/a-1.js", "/assets/a-1.js"),
        ("/sw.js", "/sw.js"),
    ],
)
def test_an_address_of_the_consoles_own_is_its_page(written_of: Of, uri: str, served: str) -> None:
    node = console.NODE / "node"
    if not node.exists():
        pytest.skip("there is no Node in .venv-web: `make test` puts it there")
    (function,) = written_of("AWS::CloudFront::Function").values()
    ask = f"console.log(handler({{request: {{uri: {json.dumps(uri)}}}}}).uri)"
    done = subprocess.run(
        [node, "-e", function["FunctionCode"] + ask], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == served


def test_people_sign_in_by_code_and_are_sent_back_to_the_console_alone(written_of: Of) -> None:
    (client,) = written_of("AWS::Cognito::UserPoolClient").values()
    flow = {name: client[name]["Fn::If"] for name in ("AllowedOAuthFlows", "AllowedOAuthScopes")}
    assert flow == {
        "AllowedOAuthFlows": ["HasConsole", ["code"], NONE],
        "AllowedOAuthScopes": ["HasConsole", ["openid", "aws.cognito.signin.user.admin"], NONE],
    }
    assert client["GenerateSecret"] is False
    for name, path in (("CallbackURLs", "/signed-in"), ("LogoutURLs", "/")):
        assert client[name]["Fn::If"] == [
            "HasConsole",
            [{"Fn::If": ["HasConsoleDomain", {"Fn::Sub": f"https://${{ConsoleDomain}}{path}"},
                         {"Fn::Sub": f"${{ConsoleUrl}}{path}"}]}],
            NONE,
        ]  # fmt: skip
    (pool,) = written_of("AWS::Cognito::UserPool").values()
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])


# -- how it is deployed -----------------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    files = ("index.html", "sw.js", "manifest.webmanifest", "icon.svg", "assets/a-1.js", "assets/b-2.css",
             ".vite/manifest.json", ".made-from", "config.json")  # fmt: skip
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    return folder


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="console")
        yield client
        client.close()


OUTPUTS = {
    "ConsoleUrl": "https://d1.cloudfront.net",
    "ConsoleBucketName": "console",
    "UserPoolId": "us-west-2_abc",
    "UserPoolClientId": "client",
}


def test_what_names_others_is_put_after_them_and_asked_for_each_time(s3: Any, built: Path) -> None:
    order: list[str] = []
    s3.meta.events.register(
        "before-parameter-build.s3.PutObject", lambda params, **_: order.append(params["Key"])
    )
    assert publish.publish(s3, "console", built, publish.config(OUTPUTS, "acme")) == 7
    assert order == [
        "assets/a-1.js",
        "assets/b-2.css",
        "icon.svg",
        "config.json",
        "manifest.webmanifest",
        "sw.js",
        "index.html",
    ]
    stored = {name: s3.get_object(Bucket="console", Key=name) for name in order}
    told = {name: (each["ContentType"], each["CacheControl"]) for name, each in stored.items()}
    assert told["assets/a-1.js"] == ("text/javascript; charset=utf-8", "public, max-age=31536000, immutable")
    assert told["manifest.webmanifest"] == ("application/manifest+json", "no-cache")
    assert {cached for name, (_, cached) in told.items() if "/" not in name} == {"no-cache"}
    assert json.loads(stored["config.json"]["Body"].read()) == {
        "sign_in": "cognito",
        "authority": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc",
        "client_id": "client",
        "sign_in_domain": "https://acme.auth.us-west-2.amazoncognito.com",
        "service_worker": True,
    }


class Deployments:
    """`make deploy` without AWS: which parameters each `sam deploy` was given, and what became of the files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.given: list[dict[str, str]] = []
        self.kept = tmp_path / ".deploy"
        self.of_stack: dict[str, str] = {}
        monkeypatch.setattr(deploy, "run", lambda _, parameters: self.given.append(dict(parameters)))
        monkeypatch.setattr(deploy, "outputs_of", lambda _: OUTPUTS)
        monkeypatch.setattr(deploy, "parameters_of", lambda _: self.of_stack)
        monkeypatch.setattr(deploy.settled, "__defaults__", (self.kept,))
        monkeypatch.setattr(deploy.keep, "__defaults__", (self.kept,))

    def make(self, *words: str) -> list[Mapping[str, str]]:
        self.given.clear()
        deploy.main(["dev", *words])
        return [*self.given]


@pytest.fixture
def deployments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: Path, s3: Any) -> Deployments:
    monkeypatch.setattr(console, "build", lambda: None)
    monkeypatch.setattr(console, "BUILT", built)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return Deployments(monkeypatch, tmp_path)


def test_the_first_time_is_twice_for_only_then_it_is_known_where_the_console_is(
    deployments: Deployments, s3: Any
) -> None:
    first, second = deployments.make()
    assert ("ConsoleUrl" in first, second["ConsoleUrl"]) == (False, "https://d1.cloudfront.net")
    assert first["SignInDomain"] == second["SignInDomain"]
    assert first["SignInDomain"].startswith("lead-routing-dev-")
    assert s3.get_object(Bucket="console", Key="index.html")["Body"].read() == b"index.html"
    (again,) = deployments.make()
    assert again == second


def test_from_another_machine_the_sign_in_page_stays_where_it_is(deployments: Deployments) -> None:
    deployments.of_stack["SignInDomain"] = "acme"
    assert {each["SignInDomain"] for each in deployments.make()} == {"acme"}
    with pytest.raises(SystemExit, match="the stack has acme"):
        deployments.make("SignInDomain=other")
    (only,) = deployments.make("SignInDomain=")
    assert only["SignInDomain"] == ""


def test_what_a_stack_was_deployed_with_is_read_of_one_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("cloudformation", region_name="us-east-1")
    monkeypatch.setattr(boto3, "client", lambda _: client)
    found = {"StackName": "company", "CreationTime": datetime.now(UTC), "StackStatus": "CREATE_COMPLETE"}
    given = {"Parameters": [{"ParameterKey": "A", "ParameterValue": "x"}]}
    with Stubber(client) as stubbed:
        missing = "Stack with id company does not exist"
        stubbed.add_client_error("describe_stacks", "ValidationError", missing)
        assert deploy.parameters_of("company") == {}
        stubbed.add_response("describe_stacks", {"Stacks": [{**found, **given}]})
        assert deploy.parameters_of("company") == {"A": "x"}
        stubbed.add_client_error("describe_stacks", "ExpiredToken", "The token is too old")
        with pytest.raises(SystemExit, match="The token is too old"):
            deploy.parameters_of("company")


def test_with_a_domain_of_ones_own_once_is_enough(deployments: Deployments) -> None:
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/0a1b"
    with pytest.raises(SystemExit, match="ConsoleDomain needs"):
        deployments.make("ConsoleDomain=leads.example.com")
    assert deployments.given == []
    (only,) = deployments.make(f"ConsoleCertificateArn={certificate}")
    assert only["ConsoleDomain"] == "leads.example.com"


def test_without_npm_all_but_the_console_is_deployed(
    deployments: Deployments, s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise console.NotBuiltError("npm does not start")

    monkeypatch.setattr(console, "build", fails)
    assert len(deployments.make("SignInDomain=")) == 2
    assert "The console could not be built" in capsys.readouterr().err
    assert s3.list_objects_v2(Bucket="console")["KeyCount"] == 0


def test_a_deployment_that_fails_ends_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(deploy, "command", lambda *_: ["false"])
    monkeypatch.setattr(deploy, "BUILD", tmp_path)
    with pytest.raises(SystemExit) as ended:
        deploy.run("dev", {})
    assert ended.value.code == 1
