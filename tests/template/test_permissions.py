"""What each function may do: its own logs, the actions it needs, on resources that are named."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tools import template

Of = Callable[[str], dict[str, dict[str, Any]]]
FUNCTIONS = sorted(template.functions())


def _statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _role(written_of: Of, function: str) -> dict[str, Any]:
    name = template.functions()[function]["Role"].removesuffix(".Arn")
    return written_of("AWS::IAM::Role")[name]


def test_no_policy_has_a_wildcard_action_or_resource(deployed_of: Of) -> None:
    roles = deployed_of("AWS::IAM::Role")
    assert roles
    for name, role in roles.items():
        # SAM's own roles, and AWS's managed policies, may write to every log group of the account.
        assert "ManagedPolicyArns" not in role, name
        for statement in _statements(role):
            assert statement["Effect"] == "Allow"
            actions = _listed(statement["Action"])
            assert all("*" not in action for action in actions), (name, actions)
            for resource in _listed(statement["Resource"]):
                # A named resource is a reference; ListStreams knows only the streams of a named table, and what is put
                # in a bucket has names that nobody knows before.
                assert isinstance(resource, dict), (name, resource)
                text = str(resource)
                is_file = resource == {"Fn::Sub": "${ImportBucket.Arn}/imports/*"}
                assert "*" not in text or is_file or actions == ["dynamodb:ListStreams"], (name, text)


def test_no_two_functions_share_a_role() -> None:
    roles = [properties["Role"] for properties in template.functions().values()]
    assert len(set(roles)) == len(roles)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log_group_only(written_of: Of, function: str) -> None:
    properties = template.functions()[function]
    group = properties["LoggingConfig"]["LogGroup"]
    assert written_of("AWS::Logs::LogGroup")[group]["LogGroupName"]["Fn::Sub"].endswith(f"-{function}")
    allowed = [
        each
        for each in _statements(_role(written_of, function))
        if any("logs:" in a for a in _listed(each["Action"]))
    ]
    assert [each["Resource"] for each in allowed] == [{"Fn::GetAtt": [group, "Arn"]}]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_reads_indexes_and_never_scans(written_of: Of, function: str) -> None:
    table = {"Fn::GetAtt": ["LeadsTable", "Arn"]}
    for statement in _statements(_role(written_of, function)):
        actions = set(_listed(statement["Action"]))
        assert not actions & {"dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:DeleteTable"}
        for resource in _listed(statement["Resource"]):
            if "/index/" in str(resource):
                assert actions == {"dynamodb:Query"}
            elif resource == table:
                assert all(action.startswith("dynamodb:") for action in actions)


@pytest.mark.parametrize("mapping", template.stream_mappings(), ids=lambda mapping: str(mapping.function))
def test_only_functions_on_the_stream_read_it_and_tell_their_queue(
    written_of: Of, mapping: template.StreamMapping
) -> None:
    actions: dict[str, Any] = {
        action: statement["Resource"]
        for statement in _statements(_role(written_of, mapping.function))
        for action in _listed(statement["Action"])
    }
    stream = {"Fn::GetAtt": ["LeadsTable", "StreamArn"]}
    assert all(
        actions[f"dynamodb:{each}"] == stream for each in ("DescribeStream", "GetRecords", "GetShardIterator")
    )
    (queue,) = actions["sqs:SendMessage"]["Fn::GetAtt"][:1]
    events = written_of("AWS::Serverless::Function")
    (event,) = (
        event
        for properties in events.values()
        if properties["Handler"].startswith(f"{mapping.function}.")
        for event in properties["Events"].values()
    )
    assert event["Properties"]["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] == queue


def test_the_scheduler_may_invoke_one_function_and_nothing_else(written_of: Of) -> None:
    role = written_of("AWS::IAM::Role")["ScheduleRole"]
    assert [(each["Action"], each["Resource"]) for each in _statements(role)] == [
        ("lambda:InvokeFunction", {"Ref": "ScheduledResetFunction.Alias"}),
        ("sqs:SendMessage", {"Fn::GetAtt": ["ScheduleFailures", "Arn"]}),
    ]
