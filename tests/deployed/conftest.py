"""One deployment for all tests of this folder; what is done on it in any order keeps it whole."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.deployed.deployment import USERS, Cloud, Deployment
from tests.template.commands import ROOT, SAM

SENDER = "leads@example.com"


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Deployment]:
    """The stack, deployed for the first time. Says at the end how long all that was done on it took."""
    if not (SAM / "sam").exists():
        pytest.skip("the SAM CLI is not in .venv-sam: `make test` puts it there")
    began = time.monotonic()
    folder = tmp_path_factory.mktemp("deployment")
    try:
        with Cloud() as cloud:
            found = Deployment(cloud, folder)
            found.build()
            built = time.monotonic()
            with cloud.client("sesv2") as mail:
                mail.create_email_identity(EmailIdentity=SENDER)
            found.deploy(EmailSender=SENDER)
            deployed = time.monotonic()
            yield found
    finally:
        shutil.rmtree(folder)
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(
            f"\nThe stack: built in {built - began:.0f} s, deployed in {deployed - built:.0f} s, "
            f"with all that was done on it {time.monotonic() - began:.0f} s"
        )


@pytest.fixture(scope="session")
def company(deployment: Deployment) -> Deployment:
    """The stack with the example company, applied by its administrator, and its users in the pool."""
    deployment.sign_up("admin")
    configure(deployment)
    for user in USERS:
        deployment.sign_up(user)
    return deployment


def configure(deployment: Deployment) -> str:
    """What `lead-routing apply` says of the example company."""
    token = deployment.tokens("admin")["IdToken"]
    command = [sys.executable, "-m", "lead_routing_cli.main", "apply", "examples/company.yaml"]
    done = subprocess.run(
        [*command, "--url", deployment.url(), "--token", token],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + deployment.cloud.log()
    return done.stdout
