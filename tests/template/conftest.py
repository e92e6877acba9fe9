"""The template as written and as SAM transforms it, and the artifact that `sam build` makes of it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.template.commands import ENVIRONMENT, ROOT, SAM, UV, run
from tools import template


def _needs_sam() -> None:
    if not (SAM / "sam").exists():
        pytest.skip("the SAM CLI is not in .venv-sam: `make test` puts it there")


@pytest.fixture(scope="session")
def written() -> dict[str, Any]:
    """The template as written, with the long forms of CloudFormation's functions."""
    return template.load()


@pytest.fixture(scope="session")
def written_of(written: dict[str, Any]) -> Callable[[str], dict[str, dict[str, Any]]]:
    """The properties of every resource of a type, by logical id, as written."""
    return lambda kind: _of(written["Resources"], kind)


@pytest.fixture(scope="session")
def deployed() -> dict[str, Any]:
    """The resources that SAM makes of the template."""
    _needs_sam()
    script = Path(__file__).with_name("sam_translate.py")
    answer = json.loads(run(SAM / "python", script, template.PATH))
    resources: dict[str, Any] = answer["Resources"]
    return resources


@pytest.fixture(scope="session")
def deployed_of(deployed: dict[str, Any]) -> Callable[[str], dict[str, dict[str, Any]]]:
    """The properties of every resource of a type, by logical id, as SAM makes them."""
    return lambda kind: _of(deployed, kind)


def _of(resources: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each.get("Properties", {}) for name, each in resources.items() if each["Type"] == kind}


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `sam build` leaves, for Lambda's own Python and processor."""
    _needs_sam()
    made = tmp_path_factory.mktemp("sam") / "build"
    run(SAM / "sam", "build", "--build-dir", made)
    return made


@pytest.fixture(scope="session")
def python313() -> str | None:
    """A Python of the version that the functions run on, if there is one here."""
    places = ["python3.13", *map(str, Path.home().glob(".pyenv/versions/3.13*/bin/python3.13"))]
    found = subprocess.run(
        [UV, "python", "find", "--no-project", "3.13"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 0:
        places.append(found.stdout.strip())
    probe = "import sys; sys.exit(sys.version_info[:2] != (3, 13))"
    for place in places:
        try:
            if subprocess.run([place, "-c", probe], capture_output=True, check=False).returncode == 0:
                return place
        except FileNotFoundError:
            continue
    return None


@pytest.fixture(scope="session")
def host_layer(tmp_path_factory: pytest.TempPathFactory, python313: str | None) -> tuple[str, Path]:
    """A Python of this machine, and the same lock installed for it: such a layer can be imported."""
    python = python313 or sys.executable
    made = tmp_path_factory.mktemp("layer")
    run(
        "make",
        "build-RoutingLayer",
        f"ARTIFACTS_DIR={made}",
        f"TARGET=--python {python}",
        "PYTHON313=",
        cwd=ROOT / "layers" / "routing",
    )
    return python, made / "python"
