"""What `sam build` makes: nothing but the handlers and the layer, for the processor and Python of Lambda."""

import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.template.commands import ROOT, UV, run
from tools import template

AARCH64 = 183  # e_machine of the ELF header
LAMBDA_LIMIT = 250 * 1024 * 1024
BOUND = 60 * 1024 * 1024
UNCHECKED_HASH = 0b01  # flags of a .pyc: PEP 552


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sources(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes()
        for path in _files(folder)
        if "__pycache__" not in path.parts
    }


def test_a_functions_artifact_is_its_handler_and_nothing_else(artifact: Path) -> None:
    for function, properties in template.functions().items():
        assert properties["CodeUri"] == "functions/"
        logical = "".join(word.capitalize() for word in function.split("_")) + "Function"
        (handler,) = _files(artifact / logical)
        assert handler == artifact / logical / function / "app.py"
        assert handler.read_bytes() == (ROOT / "functions" / function / "app.py").read_bytes()


def test_tools_and_tests_are_in_no_artifact(artifact: Path) -> None:
    assert {path.name for path in artifact.iterdir() if path.is_dir()} == {
        *(
            "".join(word.capitalize() for word in name.split("_")) + "Function"
            for name in template.functions()
        ),
        "RoutingLayer",
    }
    layer = artifact / "RoutingLayer"
    assert [path.name for path in layer.iterdir()] == ["python"]
    names = {path.name for path in (layer / "python").iterdir()}
    assert not names & {
        "tools",
        "tests",
        "functions",
        "examples",
        "events",
        "pytest",
        "moto",
        "rich",
        "werkzeug",
        "bin",
    }


def test_the_layer_holds_the_routing_package_as_it_is(artifact: Path) -> None:
    assert _sources(ROOT / "layers" / "routing" / "routing") == _sources(
        artifact / "RoutingLayer" / "python" / "routing"
    )


def test_the_layers_binaries_are_for_lambdas_processor_and_python(artifact: Path) -> None:
    binaries = [path for path in _files(artifact / "RoutingLayer") if ".so" in path.suffixes]
    assert binaries, "pydantic-core is compiled: a layer without binaries was not built for Lambda"
    for binary in binaries:
        with binary.open("rb") as file:
            header = file.read(20)
        assert header[:5] == b"\x7fELF\x02", f"{binary} is not a 64-bit ELF file"
        assert struct.unpack_from("<H", header, 18) == (AARCH64,), f"{binary} is not for arm64"
        assert "cpython-313-aarch64" in binary.name or ".abi3." in binary.name, binary.name


def test_the_layer_has_bytecode_for_lambdas_python(artifact: Path, python313: str | None) -> None:
    site = artifact / "RoutingLayer" / "python"
    if python313 is None:
        assert not list(site.rglob("*.pyc"))
        pytest.skip(
            "no Python 3.13 on this machine: the layer is built without bytecode, and functions start slower"
        )
    magic = bytes.fromhex(
        run(python313, "-c", "import importlib.util; print(importlib.util.MAGIC_NUMBER.hex())").strip()
    )
    for source in site.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        header = compiled.read_bytes()[:8]
        assert header == magic + struct.pack("<I", UNCHECKED_HASH), compiled


def test_the_layer_is_far_below_lambdas_limit(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = _files(artifact / "RoutingLayer")
    size = sum(path.stat().st_size for path in files)
    zipped = artifact / "layer.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(artifact))
    bytecode, binaries = (
        sum(each.stat().st_size for each in files if each.suffix == kind) for kind in (".pyc", ".so")
    )
    megabytes = "{:.1f} MB ({:.1f} of bytecode, {:.1f} of binaries), {:.1f} MB zipped".format(
        *(each / 2**20 for each in (size, bytecode, binaries, zipped.stat().st_size))
    )
    with capsys.disabled():
        print(f"\nThe layer: {megabytes}; Lambda allows {LAMBDA_LIMIT >> 20} MB")
    zipped.unlink()
    assert size < BOUND


IMPORTS = """
import importlib, os, pathlib, pkgutil, sys
site, functions = sys.argv[1], sys.argv[2]
sys.path[:0] = [site, functions]
import boto3, routing
assert pathlib.Path(boto3.__file__).is_relative_to(site), boto3.__file__
for module in pkgutil.walk_packages(routing.__path__, "routing."):
    importlib.import_module(module.name)
for app in pathlib.Path(functions).glob("*/app.py"):
    assert callable(importlib.import_module(app.parent.name + ".app").handler)
from routing.runtime import wiring
built = [name for name, each in vars(wiring).items()
         if hasattr(each, "cache_info") and each.__module__ == wiring.__name__]
for name in built:
    getattr(wiring, name)()
assert {"store", "outbox", "senders"} <= set(built), built
assert set(wiring.senders()) == {"email", "webhook"}
boto3.client("sts")  # credentials of a role may come from it
print(sys.version.split()[0])
"""


def test_a_host_build_of_the_same_lock_imports_and_builds_everything(
    host_layer: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    python, site = host_layer
    # -I and -S: nothing but the standard library and the layer, as in Lambda.
    done = subprocess.run(
        [python, "-I", "-S", "-B", "-W", "error", "-c", IMPORTS, str(site), str(ROOT / "functions")],
        capture_output=True,
        text=True,
        check=False,
        env={
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "k",
            "AWS_SECRET_ACCESS_KEY": "s",
            "TABLE_NAME": "leads",
            "HASH_KEY": "k",
            "NOTIFICATION_QUEUE_URL": "https://queue.example",
            "EMAIL_SENDER": "news@example.com",
            "USER_POOL_ID": "us-east-1_x",
        },
    )
    assert done.returncode == 0, done.stderr
    with capsys.disabled():
        other = "" if done.stdout.startswith("3.13") else " (there is no 3.13 here)"
        print(
            f"\nThe layer's lock, built for this machine, was imported by Python {done.stdout.strip()}{other}"
        )


def test_the_layer_for_lambda_describes_the_services_that_the_host_build_does(
    host_layer: tuple[str, Path], artifact: Path
) -> None:
    described = [
        {path.name for path in (site / "botocore" / "data").iterdir() if path.is_dir()}
        for site in (host_layer[1], artifact / "RoutingLayer" / "python")
    ]
    assert described[0] == described[1]


def test_the_layers_requirements_are_the_locks() -> None:
    requirements = ROOT / "layers" / "routing" / "requirements.txt"
    command = "export --quiet --frozen --package lead-routing-layer --no-dev --no-emit-workspace --no-header"
    exported = run(UV, *command.split(), "--format", "requirements-txt", cwd=requirements.parent)
    assert requirements.read_text(encoding="utf-8") == exported, "the lock moved on: make requirements"
