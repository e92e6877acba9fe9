"""The stack as its operator has it: built, deployed with `sam deploy`, and used with the outputs that it names."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import boto3

from lead_routing_cli.http_client import Api
from tests.template.commands import ROOT, SAM, UV
from tools import deploy
from tools.engines import CREDENTIALS, REGION, EmbeddedEngine

CONFIG = "dev"
STACK = "lead-routing-dev"
PASSWORD = "Correct-horse-9"
USERS = ("ana", "ben", "jolene", "priya", "tom")
"""Those of the example company that the tests sign in."""


class Cloud(EmbeddedEngine):
    """Every service of the embedded engine, with the bridge in its process."""

    name = "The embedded cloud"
    services = ""
    script = Path(__file__).with_name("bridge.py")

    def stop(self) -> None:
        """End the engine and its functions at once: there is nothing to save."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
        super().stop()

    def client(self, service: str) -> AbstractContextManager[Any]:
        """A client of one service, while the context lasts."""
        client = boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        return closing(client)

    def log(self) -> str:
        """The end of what the engine has said."""
        return self._log_tail()

    def mails(self) -> list[dict[str, Any]]:
        """What SES was given to send."""
        with Api(self.endpoint) as engine:
            accounts = engine.get("/_ministack/ses/messages")["messages"]
        return [mail for mails in accounts.values() for mail in mails]


class Deployment:
    """A copy of what is deployed in `folder`, on a cloud; the checkout is only read."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.layer = folder / ".aws-sam" / "build" / "RoutingLayer" / "python"
        self.home = folder / "home"
        self.home.mkdir()
        for part in ("functions", "layers"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        for part in ("template.yaml", "samconfig.toml"):
            shutil.copy(ROOT / part, folder / part)

    def build(self) -> None:
        """As `make build`, but with the layer for this machine's own Python, which runs the functions here."""
        target = {
            "TARGET": f"--python {sys.executable}",
            "PYTHON313": sys.executable,
            "UV": UV,
            "UV_PYTHON_DOWNLOADS": "never",
        }
        done = self._run([str(SAM / "sam"), "build"], target)
        assert done.returncode == 0, done.stdout + done.stderr

    def deploy(self, **parameters: str) -> None:
        """As `make deploy CONFIG=dev`, with the values that it keeps."""
        done = self.try_to_deploy(STACK, **parameters)
        assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}\n{self.cloud.log()}"

    def try_to_deploy(self, stack: str, **parameters: str) -> subprocess.CompletedProcess[str]:
        """The same, whatever comes of it."""
        chosen = deploy.configured(CONFIG, self.folder / "samconfig.toml") | parameters
        chosen["Release"] = deploy.release(self.folder / ".aws-sam" / "build", chosen)
        # No profile, no credentials and no telemetry of whoever runs the tests.
        own = {"AWS_ENDPOINT_URL": self.cloud.endpoint, "HOME": str(self.home), **CREDENTIALS}
        return self._run([*deploy.command(CONFIG, chosen), "--stack-name", stack], own)

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        shared = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "SAM_CLI_TELEMETRY": "0"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **shared, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def stack(self, name: str = STACK) -> dict[str, Any]:
        """What CloudFormation says of the stack."""
        with self.cloud.client("cloudformation") as cloudformation:
            (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        return dict(found)

    def outputs(self) -> dict[str, str]:
        """The outputs by their names."""
        return {each["OutputKey"]: each["OutputValue"] for each in self.stack()["Outputs"]}

    def url(self) -> str:
        """Where the engine has what the output ApiUrl names: it has no host name of AWS."""
        named = re.fullmatch(
            rf"https://(\w+)\.execute-api\.{REGION}\.amazonaws\.com", self.outputs()["ApiUrl"]
        )
        assert named, self.outputs()
        return f"{self.cloud.endpoint}/_aws/execute-api/{named[1]}/$default"

    def sign_up(self, user: str, pool: str | None = None) -> None:
        """A user of the pool with a password for good, by the commands of docs/deployment.md."""
        pool = pool or self.outputs()["UserPoolId"]
        with self.cloud.client("cognito-idp") as cognito:
            cognito.admin_create_user(
                UserPoolId=pool,
                Username=user,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": f"{user}@example.com"},
                    {"Name": "email_verified", "Value": "true"},
                ],
            )
            cognito.admin_set_user_password(UserPoolId=pool, Username=user, Password=PASSWORD, Permanent=True)

    def tokens(self, user: str, pool: str | None = None, client: str | None = None) -> dict[str, Any]:
        """What a sign-in gives: `IdToken`, `AccessToken` and more."""
        outputs = self.outputs()
        with self.cloud.client("cognito-idp") as cognito:
            answer = cognito.admin_initiate_auth(
                UserPoolId=pool or outputs["UserPoolId"],
                ClientId=client or outputs["UserPoolClientId"],
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD},
            )
        return dict(answer["AuthenticationResult"])

    def api(self, token: str | None = None) -> Api:
        """The API as the holder of a token, or as nobody."""
        return Api(self.url(), token)

    def live(self) -> dict[str, str]:
        """The version that each function's alias `live` names, by the function's name in the template."""
        with self.cloud.client("lambda") as functions:
            return {
                logical: functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
                for logical, name in self._functions().items()
            }

    def environments(self, variable: str) -> set[str]:
        """The values of a variable in all that is live."""
        with self.cloud.client("lambda") as functions:
            return {
                functions.get_function_configuration(FunctionName=name, Qualifier="live")["Environment"][
                    "Variables"
                ][variable]
                for name in self._functions().values()
            }

    def _functions(self) -> dict[str, str]:
        with self.cloud.client("cloudformation") as cloudformation:
            resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in resources
            if each["ResourceType"] == "AWS::Lambda::Function"
        }
