"""Deploys what `sam build` has made: `python -m tools.deploy dev CompanyTimezone=America/Denver`.

Then the console is built and put where it is served from. A stack's own values are given once, or asked for, and kept
in `.deploy/<configuration>.json`, which git ignores.
"""

import argparse
import hashlib
import json
import re
import secrets
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tools import console, publish, template

ROOT = template.PATH.parent
BUILD = ROOT / ".aws-sam" / "build"
KEPT = ROOT / ".deploy"
ASKED = ("CompanyTimezone", "AlarmEmail", "EmailSender")
"""The parameters that a first deployment from a terminal asks for; any other is given as NAME=value."""


def release(build: Path, parameters: Mapping[str, str]) -> str:
    """A hash that is another one for any change of what is built, of the template, or of a parameter's value.

    Of bytecode only whether it is there: its bytes can differ from one compilation to the next.
    """
    digest = hashlib.sha256(json.dumps(sorted(parameters.items())).encode())
    for path in sorted(path for path in build.rglob("*") if path.is_file()):
        content = b"" if path.suffix == ".pyc" else path.read_bytes()
        digest.update(json.dumps([path.relative_to(build).as_posix(), len(content)]).encode() + content)
    return digest.hexdigest()[:16]


def configured(configuration: str, path: Path = ROOT / "samconfig.toml") -> dict[str, str]:
    """The parameters that samconfig.toml sets for a configuration. Raises KeyError when there is no such."""
    overrides = tomllib.loads(path.read_text(encoding="utf-8"))[configuration]["deploy"]["parameters"]
    return dict(each.split("=", 1) for each in overrides["parameter_overrides"])


def command(configuration: str, parameters: Mapping[str, str]) -> list[str]:
    """`sam deploy` with every parameter; those given there replace the ones of samconfig.toml."""
    quoted = [f'{name}="{value}"' for name, value in sorted(parameters.items())]
    sam = str(ROOT / ".venv-sam" / "bin" / "sam")
    return [sam, "deploy", "--config-env", configuration, "--parameter-overrides", *quoted]


def _given(words: Sequence[str]) -> dict[str, str]:
    known = template.load()["Parameters"]
    given = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in known or name == "Release" or '"' in value:
            names = ", ".join(sorted(set(known) - {"Release"}))
            raise SystemExit(f"{word}: give NAME=value, with a name of {names}")
        if wrong := _wrong(name, value):
            raise SystemExit(f"{word}: {wrong}")
        given[name] = value
    return given


def _wrong(name: str, value: str) -> str:
    """What is wrong with a value, which would be kept and fail each deployment; empty when nothing is."""
    parameter = template.load()["Parameters"][name]
    allowed = [str(each) for each in parameter.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"it is one of {', '.join(allowed)}"
    if parameter["Type"] == "Number" and not (
        value.isdecimal() and int(value) >= parameter.get("MinValue", 0)
    ):
        return f"it is a number of at least {parameter.get('MinValue', 0)}"
    if not re.fullmatch(parameter.get("AllowedPattern", ".*"), value):
        return f"it is not: {parameter['Description']}"
    if name == "CompanyTimezone":
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            return "there is no such time zone"
    return ""


def _asked(name: str) -> str:
    parameter = template.load()["Parameters"][name]
    default = parameter["Default"]
    print(f"{name}: {parameter['Description']}")
    while wrong := _wrong(name, answer := input(f"[{default}] ").strip() or default):
        print(f"{answer}: {wrong}")
    return answer


def settled(configuration: str, words: Sequence[str], kept: Path = KEPT) -> dict[str, str]:
    """samconfig.toml's parameters, over them those kept of earlier deployments, over them those given now.

    What is not samconfig.toml's is kept for the next time.
    """
    file = kept / f"{configuration}.json"
    own: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    own |= _given(words)
    if sys.stdin.isatty():
        own |= {name: _asked(name) for name in ASKED if name not in own}
    kept.mkdir(exist_ok=True)
    file.write_text(json.dumps(own, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return configured(configuration) | own


def keep(configuration: str, values: Mapping[str, str], kept: Path = KEPT) -> None:
    """Give these values again each time."""
    file = kept / f"{configuration}.json"
    own = json.loads(file.read_text(encoding="utf-8")) | values
    file.write_text(json.dumps(own, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def stack_name(configuration: str, path: Path = ROOT / "samconfig.toml") -> str:
    name: str = tomllib.loads(path.read_text(encoding="utf-8"))[configuration]["deploy"]["parameters"][
        "stack_name"
    ]
    return name


def with_sign_in_page(configuration: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters with an address of the sign-in page: the stack's, else one that no other company has.

    A pool has one such address, so a stack that has one cannot go over to another in one deployment.
    """
    if (parameters.get("ConsoleDomain") or "") != "" and not parameters.get("ConsoleCertificateArn"):
        raise SystemExit("ConsoleDomain needs ConsoleCertificateArn, a certificate of it in us-east-1")
    if parameters.get("ConsoleCertificateArn") and not parameters.get("ConsoleDomain"):
        raise SystemExit("ConsoleCertificateArn needs ConsoleDomain, the name that it is for")
    there = parameters_of(stack_name(configuration)).get("SignInDomain")
    wanted = parameters.get("SignInDomain")
    if there and wanted and there != wanted:
        raise SystemExit(
            f"SignInDomain={wanted}: the stack has {there}, and a user pool has one; give SignInDomain= first"
        )
    if wanted is not None:
        return dict(parameters)
    found = f"{stack_name(configuration)}-{secrets.token_hex(4)}" if there is None else there
    keep(configuration, {"SignInDomain": found})
    return {**parameters, "SignInDomain": found}


def _described(stack: str) -> Mapping[str, Any]:
    """What CloudFormation says of a stack in the shell's region; nothing of one that is not there."""
    import boto3  # what only reads the parameters needs no AWS
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found: Mapping[str, Any] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][
            0
        ]
    except (BotoCoreError, ClientError) as refused:
        if "does not exist" in str(refused):
            return {}
        raise SystemExit(f"CloudFormation cannot be asked for {stack}: {refused}") from None
    return found


def parameters_of(stack: str) -> dict[str, str]:
    """What a stack was last deployed with, wherever that was done from; nothing for one that is not there."""
    return {each["ParameterKey"]: each["ParameterValue"] for each in _described(stack).get("Parameters", [])}


def outputs_of(stack: str) -> dict[str, str]:
    """The outputs of a stack in the shell's region, by their names."""
    return {each["OutputKey"]: each["OutputValue"] for each in _described(stack).get("Outputs", [])}


def deployed(configuration: str, parameters: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Deploy, and once more when the console turns out to be elsewhere than sign-ins are sent back to.

    With the parameters of the last time, and the stack's outputs. Sign-ins may be sent back to one address alone, which
    CloudFront makes up; and CloudFront stands before an API that knows the sign-ins' client.
    """
    run(configuration, parameters)
    outputs = outputs_of(stack_name(configuration))
    url = outputs["ConsoleUrl"]
    if parameters.get("ConsoleDomain") or parameters.get("ConsoleUrl") == url:
        return dict(parameters), outputs
    keep(configuration, {"ConsoleUrl": url})
    print(f"The console is at {url}: once more, so that sign-ins may be sent back there", flush=True)
    parameters = {**parameters, "ConsoleUrl": url}
    run(configuration, parameters)
    return parameters, outputs


def run(configuration: str, parameters: Mapping[str, str]) -> None:
    """`sam deploy`, which takes the terminal. Ends with its status when it fails."""
    words = command(configuration, {**parameters, "Release": release(BUILD, parameters)})
    done = subprocess.run(words, check=False)
    if done.returncode != 0:
        raise SystemExit(done.returncode)


def put_console(parameters: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    """Build the console and put its files where they are served from; where it cannot be built, say so."""
    import boto3

    try:
        console.build()
    except console.NotBuiltError as failure:
        print(f"The console could not be built; what was there of it stays.\n{failure}", file=sys.stderr)
        return
    configuration = publish.config(outputs, parameters.get("SignInDomain", ""))
    number = publish.publish(boto3.client("s3"), outputs["ConsoleBucketName"], console.BUILT, configuration)
    print(f"{number} files of the console are at {outputs['ConsoleUrl']}")
    if not parameters.get("SignInDomain"):
        print("Nobody can sign in there: SignInDomain is empty")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tools.deploy", description=__doc__)
    parser.add_argument("configuration", choices=["dev", "prod"])
    parser.add_argument("parameters", nargs="*", metavar="NAME=value")
    asked = parser.parse_args(arguments)
    parameters = with_sign_in_page(asked.configuration, settled(asked.configuration, asked.parameters))
    put_console(*deployed(asked.configuration, parameters))


if __name__ == "__main__":
    main()
