"""What a second deployment does: it reaches the aliases, keeps what was answered, and cannot lose data."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.template.commands import SAM, run
from tools import deploy, template

PARAMETERS = sorted(set(template.load()["Parameters"]) - {"Release"})
STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::Cognito::UserPool",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
}

Translate = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def translate(deployed: dict[str, Any]) -> Translate:
    """What SAM makes of deployments, as tests/template/sam_translate.py takes them. Needs the SAM CLI."""
    script = Path(__file__).with_name("sam_translate.py")

    def of(*deployments: dict[str, Any]) -> list[dict[str, Any]]:
        answers = json.loads(run(SAM / "python", script, template.PATH, json.dumps(deployments)))
        return [each["Resources"] for each in answers]

    return of


def _versions(resources: dict[str, Any]) -> set[str]:
    """The logical ids of what is published: another one is another version, and the alias goes to it."""
    found = {name for name, each in resources.items() if each["Type"] == "AWS::Lambda::Version"}
    assert len(found) == len(template.functions())
    pointed = {
        each["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
        for each in resources.values()
        if each["Type"] == "AWS::Lambda::Alias"
    }
    assert pointed == found
    return found


def _build(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, content in {"template.yaml": "x", "app.py": "x", "layer.py": "x"}.items():
        (folder / name).write_text(files.get(name.partition(".")[0], content))
    return folder


def test_another_layer_or_release_publishes_every_function(translate: Translate) -> None:
    first, same, layer, code, release, another = (
        _versions(each)
        for each in translate(
            {},
            {},
            {"layer": "other"},
            {"code": "other"},
            {"parameters": {"Release": "a" * 16}},
            {"parameters": {"Release": "b" * 16}},
        )
    )
    assert first == same
    # Without a release what SAM can see counts by itself; with one it alone does.
    for changed in (layer, code, release, another):
        assert not changed & first
    assert not release & another


def test_a_released_function_differs_from_the_one_before_so_that_lambda_publishes_it(
    translate: Translate,
) -> None:
    """Lambda answers with the version that there is when neither code nor settings have changed."""
    before, after = translate({"parameters": {"Release": "a" * 16}}, {"parameters": {"Release": "b" * 16}})
    functions = [name for name, each in before.items() if each["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == len(template.functions())
    assert all(before[name]["Properties"] != after[name]["Properties"] for name in functions)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_release_is_another_one_for_each_parameter(tmp_path: Path, parameter: str) -> None:
    build = _build(tmp_path / "build")
    values = dict.fromkeys(PARAMETERS, "1")
    assert deploy.release(build, values) == deploy.release(build, dict(values))
    assert deploy.release(build, values) != deploy.release(build, values | {parameter: "2"})
    assert deploy.release(build, values) != deploy.release(
        build, {k: v for k, v in values.items() if k != parameter}
    )


def test_a_release_is_another_one_for_whatever_is_built(tmp_path: Path) -> None:
    builds = [
        _build(tmp_path / "first"),
        _build(tmp_path / "app", app="y"),
        _build(tmp_path / "layer", layer="y"),
        _build(tmp_path / "template", template="y"),
        _build(tmp_path / "moved"),
        _build(tmp_path / "bytecode"),
    ]
    (builds[4] / "app.py").rename(builds[4] / "apq.py")
    (builds[5] / "app.pyc").write_bytes(b"1")
    assert len({deploy.release(each, {}) for each in builds}) == len(builds)
    # Two compilations of the same source may differ, and are the same release.
    before = deploy.release(builds[5], {})
    (builds[5] / "app.pyc").write_bytes(b"2")
    assert deploy.release(builds[5], {}) == before
    assert deploy.release(_build(tmp_path / "again"), {}) == deploy.release(builds[0], {})


def test_a_release_is_what_the_template_takes() -> None:
    pattern = template.load()["Parameters"]["Release"]["AllowedPattern"]
    assert re.fullmatch(pattern, deploy.release(template.PATH.parent / "functions", {}))
    assert all(each["AutoPublishCodeSha256"] == "" for each in template.functions().values())


def test_what_was_answered_is_asked_once_and_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("America/Dnver\nAmerica/Denver\n\nnews\nnews@example.com\n"))
    first = deploy.settled("dev", ["LogRetentionDays=14"], tmp_path / "kept")
    assert (first["CompanyTimezone"], first["AlarmEmail"], first["EmailSender"]) == (
        "America/Denver",
        "",
        "news@example.com",
    )
    assert first["LogRetentionDays"] == "14", "what is given goes before samconfig.toml"
    assert first["TableDeletionProtection"] == "false", "which says the rest"
    monkeypatch.setattr(sys, "stdin", Terminal(""))  # nothing is asked again
    again = deploy.settled("dev", ["AlarmEmail=you@example.com"], tmp_path / "kept")
    assert again == first | {"AlarmEmail": "you@example.com"}
    # Another stack has answers of its own.
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "CompanyTimezone" not in deploy.settled("prod", [], tmp_path / "kept")


@pytest.mark.parametrize(
    "word", ["AlarmEmail", "Alarm=x@example.com", "Release=abcdefabcdef", 'AlarmEmail="x']
)
def test_a_parameter_that_there_is_not_is_refused_before_anything_happens(tmp_path: Path, word: str) -> None:
    with pytest.raises(SystemExit, match="give NAME=value"):
        deploy.settled("dev", [word], tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    "word",
    [
        "AlarmEmail=you",
        "LogRetentionDays=2",
        "PullConcurrency=-1",
        "PullConcurrency=",
        "CompanyTimezone=Mars/Here",
        "SignInDomain=leads-at-amazon",
    ],
)
def test_a_value_that_cannot_be_is_refused_and_never_kept(tmp_path: Path, word: str) -> None:
    with pytest.raises(SystemExit, match=f"^{word}: "):
        deploy.settled("dev", [word], tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_default_may_be_given(tmp_path: Path, name: str) -> None:
    default = str(template.load()["Parameters"][name]["Default"])
    assert deploy.settled("dev", [f"{name}={default}"], tmp_path / "kept")[name] == default


def test_deploying_rewrites_no_file_that_git_tracks() -> None:
    words = deploy.command("dev", {"AlarmEmail": "", "CompanyTimezone": "America/Denver"})
    assert "--guided" not in words
    assert words[-2:] == ['AlarmEmail=""', 'CompanyTimezone="America/Denver"']
    ignored = (template.PATH.parent / ".gitignore").read_text(encoding="utf-8").split()
    assert f"{deploy.KEPT.name}/" in ignored


def test_cloudformation_takes_no_reference_as_a_deletion_policy(deployed: dict[str, Any]) -> None:
    """It refuses the whole template: "Every DeletionPolicy member must be a string"."""
    for name, resource in deployed.items():
        for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
            assert isinstance(resource.get(attribute, ""), str), (name, attribute)


def test_what_is_protected_stays_when_a_first_deployment_fails(deployed: dict[str, Any]) -> None:
    """CloudFormation cannot delete it then, and the stack could neither be rolled back nor deleted."""
    protected = {
        name: resource
        for name, resource in deployed.items()
        if any(each.startswith("DeletionProtection") for each in resource.get("Properties", {}))
    }
    assert set(protected) == {"LeadsTable", "UserPool"}
    assert {each.get("DeletionPolicy") for each in protected.values()} == {"Retain"}


def test_what_cannot_be_made_again_outlives_the_stack(written: dict[str, Any]) -> None:
    """A protected resource that a failed first deployment wants to delete leaves the stack stuck."""
    for name in ("LeadsTable", "UserPool", "HashKey"):
        resource = written["Resources"][name]
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    for name, resource in written["Resources"].items():
        if resource["Type"] in STATEFUL:
            assert {"DeletionPolicy", "UpdateReplacePolicy"} <= set(resource), name


def test_what_an_update_may_have_to_replace_has_no_name_of_its_own(deployed: dict[str, Any]) -> None:
    """CloudFormation makes the new one before it deletes the old one: a fixed name would be taken."""
    named = {
        name
        for name, each in deployed.items()
        for key in each.get("Properties", {})
        if key in {"FunctionName", "RoleName", "TableName", "QueueName", "TopicName", "AlarmName", "Name"}
        and each["Type"] not in {"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::Lambda::Permission"}
        and each["Type"] not in {"AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"}
        and each["Type"] not in {"AWS::ApiGatewayV2::Stage", "AWS::IAM::RolePolicy"}
        and each["Type"] != "AWS::CloudFront::Function"  # it must have one, and only another name replaces it
    }
    assert named == set()
