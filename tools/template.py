"""Reads `template.yaml`: what the local runner and the tests need of it, so that nothing is said twice.

The table, the routes, the stream mappings, the schedule and the environment are defined there alone.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).resolve().parent.parent / "template.yaml"

# What `Ref` gives for the names that CloudFormation itself defines.
_PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::StackName": "lead-routing",
    "AWS::URLSuffix": "amazonaws.com",
}


@dataclass(frozen=True)
class Route:
    """An HTTP route: `method` in capitals, `path` with `{names}`, its function, whether anybody may call."""

    method: str
    path: str
    function: str
    public: bool

    @property
    def key(self) -> str:
        """The event's `routeKey`, such as `PUT /v1/accounts/{id}`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class StreamMapping:
    """How Lambda hands the table's stream to one function. Seconds; -1 means without bound."""

    function: str
    filters: tuple[Mapping[str, Any], ...]
    batch_size: int
    batching_window: float
    bisect: bool
    reports_failures: bool
    max_retries: int
    max_age: int
    parallelization: int
    on_failure: str | None


@dataclass(frozen=True)
class QueueMapping:
    """How Lambda hands a queue's messages to one function. `queue`: its logical id. Seconds."""

    function: str
    queue: str
    batch_size: int
    batching_window: float
    reports_failures: bool
    visibility: float
    max_receives: int


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, as the long forms that they stand for."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    raise TypeError(f"!{suffix} on {node}")


_Loader.add_multi_constructor("!", _short_tag)


@cache
def load(path: Path = PATH) -> dict[str, Any]:
    """The whole template with short tags as long ones."""
    if not path.exists():
        raise FileNotFoundError(f"There is no template at {path}")
    with path.open(encoding="utf-8") as file:
        loaded: dict[str, Any] = yaml.load(file, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return loaded


def _resolve(template: Mapping[str, Any], value: Any) -> Any:
    """`value` with references replaced: a parameter by its default, a resource by its logical id."""
    if isinstance(value, list):
        return [_resolve(template, each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        match name:
            case "Ref":
                return _referred(template, argument)
            case "Fn::GetAtt":
                return ".".join(argument) if isinstance(argument, list) else argument
            case "Fn::Sub":
                text, names = argument if isinstance(argument, list) else (argument, {})
                own = {key: str(_resolve(template, each)) for key, each in names.items()}
                named = re.sub(
                    r"\$\{([^!}]+)\}", lambda m: own.get(m[1]) or str(_referred(template, m[1])), text
                )
                return named.replace("${!", "${")
            case "Fn::If":
                condition, yes, no = argument
                return _resolve(template, yes if _holds(template, condition) else no)
            case "Fn::Join":
                separator, parts = argument
                return separator.join(str(part) for part in _resolve(template, parts))
    resolved = {key: _resolve(template, each) for key, each in value.items()}
    return {key: each for key, each in resolved.items() if each is not None}


def _referred(template: Mapping[str, Any], name: str) -> Any:
    if name == "AWS::NoValue":
        return None
    if name in _PSEUDO:
        return _PSEUDO[name]
    parameter = template.get("Parameters", {}).get(name)
    if parameter is None:
        return name
    default = parameter.get("Default", "")
    is_list = parameter["Type"] == "CommaDelimitedList"
    return [each.strip() for each in default.split(",")] if is_list else default


def _holds(template: Mapping[str, Any], condition: Any) -> bool:
    if isinstance(condition, str):
        return _holds(template, template["Conditions"][condition])
    ((name, argument),) = condition.items()
    match name:
        case "Condition":
            return _holds(template, argument)
        case "Fn::Equals":
            left, right = _resolve(template, argument)
            return str(left) == str(right)
        case "Fn::Not":
            return not _holds(template, argument[0])
        case "Fn::And":
            return all(_holds(template, each) for each in argument)
        case "Fn::Or":
            return any(_holds(template, each) for each in argument)
    raise ValueError(f"A condition that is not understood: {name}")


def table_definition(path: Path = PATH) -> dict[str, Any]:
    """Arguments of `create_table` but for the name: keys, indexes, billing and stream of the one table."""
    template = load(path)
    tables = [each for each in template["Resources"].values() if each["Type"] == "AWS::DynamoDB::Table"]
    if len(tables) != 1:
        raise ValueError(f"The template defines {len(tables)} tables; one was expected")
    properties = _resolve(template, tables[0]["Properties"])
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    definition = {key: properties[key] for key in wanted if key in properties}
    stream = properties.get("StreamSpecification")
    if stream:
        definition["StreamSpecification"] = {"StreamEnabled": True, **stream}
    return definition


def routes(path: Path = PATH) -> list[Route]:
    """Every HTTP route, in the template's order. The integration that a route names is its function."""
    template = load(path)
    apis = [each for each in template["Resources"].values() if each["Type"] == "AWS::Serverless::HttpApi"]
    found = []
    for api in apis:
        for route, operations in api["Properties"]["DefinitionBody"]["paths"].items():
            for method, operation in operations.items():
                function = operation["x-amazon-apigateway-integration"]["$ref"].rpartition("/")[2]
                public = operation.get("security") == [{"NONE": []}]
                found.append(Route(method.upper(), route, function, public))
    return found


def stream_mappings(path: Path = PATH) -> list[StreamMapping]:
    """The event source mappings from the table's stream, with Lambda's own defaults where nothing is said."""
    return [_mapping(function, event["Properties"]) for function, event in _events(path, "DynamoDB")]


def _mapping(function: str, properties: Mapping[str, Any]) -> StreamMapping:
    patterns = [each["Pattern"] for each in properties.get("FilterCriteria", {}).get("Filters", [])]
    return StreamMapping(
        function=function,
        filters=tuple(json.loads(each) if isinstance(each, str) else each for each in patterns),
        batch_size=int(properties.get("BatchSize", 100)),
        batching_window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        bisect=bool(properties.get("BisectBatchOnFunctionError", False)),
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
        max_retries=int(properties.get("MaximumRetryAttempts", -1)),
        max_age=int(properties.get("MaximumRecordAgeInSeconds", -1)),
        parallelization=int(properties.get("ParallelizationFactor", 1)),
        on_failure=properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
    )


def queue_mappings(path: Path = PATH) -> list[QueueMapping]:
    """The event source mappings from queues, each of which has a dead-letter queue."""
    template = load(path)
    found = []
    for function, event in _events(path, "SQS"):
        properties = event["Properties"]
        queue = properties["Queue"].removesuffix(".Arn")
        settings = _resolve(template, template["Resources"][queue]["Properties"])
        found.append(
            QueueMapping(
                function=function,
                queue=queue,
                batch_size=int(properties.get("BatchSize", 10)),
                batching_window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
                reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
                visibility=float(settings.get("VisibilityTimeout", 30)),
                max_receives=int(settings["RedrivePolicy"]["maxReceiveCount"]),
            )
        )
    return found


def schedules(path: Path = PATH) -> list[str]:
    """The functions that EventBridge Scheduler runs."""
    return [function for function, _ in _events(path, "ScheduleV2")]


def functions(path: Path = PATH) -> dict[str, dict[str, Any]]:
    """The functions' resolved properties, by the first part of their handler: the name of their folder."""
    template = load(path)
    shared = template.get("Globals", {}).get("Function", {})
    found = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = _resolve(template, {**shared, **resource["Properties"]})
            variables = [_resolve(template, each.get("Environment", {})).get("Variables", {})
                         for each in (shared, resource["Properties"])]  # fmt: skip
            properties["Environment"] = {"Variables": variables[0] | variables[1]}
            found[str(properties["Handler"]).split(".", 1)[0]] = properties
    return found


def environment(function: str, path: Path = PATH) -> dict[str, str]:
    """The environment variables of `function`, by folder name; references to resources are logical ids."""
    variables = functions(path)[function]["Environment"]["Variables"]
    return {key: str(value) for key, value in variables.items()}


def _events(path: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for function, properties in functions(path).items():
        for event in properties.get("Events", {}).values():
            if event["Type"] == kind:
                yield function, event
