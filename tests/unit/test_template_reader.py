"""What the local runner and the tests read from `template.yaml`."""

from pathlib import Path

import pytest

from tools import template

ROOT = Path(__file__).parents[2]

SMALL = """
Parameters:
  Stage: {Type: String, Default: dev}
  Zone: {Type: String, Default: America/Denver}
  Pages: {Type: CommaDelimitedList, Default: "a.example, b.example"}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsNotProd: !Not [!Condition IsProd]
  Both: !And [!Condition IsNotProd, !Equals [a, a]]
  Either: !Or [!Condition IsProd, !Equals [a, b]]
Globals:
  Function:
    MemorySize: 128
    Environment: {Variables: {ZONE: !Ref Zone, LEVEL: INFO}}
Resources:
  Table: {Type: "AWS::DynamoDB::Table", Properties: {KeySchema: [], StreamSpecification: {StreamViewType: KEYS_ONLY}}}
  One:
    Type: AWS::Serverless::Function
    Properties:
      Handler: one.app.handler
      Timeout: !If [IsProd, 60, 3]
      Environment:
        Variables:
          LEVEL: DEBUG
          TABLE: !Ref Table
          ARN: !Sub "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${Who}:${Table.Arn}"
          OWN: !Sub ["${Who}-${!literal}", {Who: !GetAtt Table.Arn}]
          JOINED: !Join ["-", [a, !Ref Stage]]
          PAGES: !Join [",", !Ref Pages]
          BOTH: !If [Both, "yes", "no"]
          EITHER: !If [Either, "yes", "no"]
          NONE: !If [IsProd, "x", !Ref AWS::NoValue]
      Events:
        Stream: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(SMALL)
    return path


def test_references_conditions_and_substitutions_are_resolved_with_the_defaults(small: Path) -> None:
    assert template.environment("one", small) == {
        "ZONE": "America/Denver",
        "LEVEL": "DEBUG",
        "TABLE": "Table",
        "ARN": "arn:aws:dynamodb:us-east-1:Who:Table.Arn",
        "OWN": "Table.Arn-${literal}",
        "JOINED": "a-dev",
        "PAGES": "a.example,b.example",
        "BOTH": "yes",
        "EITHER": "no",
    }
    one = template.functions(small)["one"]
    assert (one["MemorySize"], one["Timeout"]) == (128, 3)


def test_a_mapping_that_says_little_has_lambdas_defaults(small: Path) -> None:
    (mapping,) = template.stream_mappings(small)
    assert mapping == template.StreamMapping(
        function="one",
        filters=(),
        batch_size=100,
        batching_window=0,
        bisect=False,
        reports_failures=False,
        max_retries=-1,
        max_age=-1,
        parallelization=1,
        on_failure=None,
    )


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no template"):
        template.load(tmp_path / "template.yaml")


def test_every_route_and_mapping_leads_to_a_function_that_is_there() -> None:
    named = {route.function for route in template.routes()}
    named |= {mapping.function for mapping in template.stream_mappings()} | set(template.schedules())
    assert named <= template.functions().keys()
    assert all((ROOT / "functions" / name / "app.py").exists() for name in template.functions())


def test_only_intake_and_health_are_public_and_what_browsers_ask_before() -> None:
    assert {route.key for route in template.routes() if route.public} == {
        "OPTIONS /v1/{proxy+}",
        "OPTIONS /v1/intake/{source}",
        "POST /v1/intake/{source}",
        "GET /v1/lead-form.js",
        "GET /v1/health",
    }


def test_the_table_is_defined_with_its_indexes_and_its_stream() -> None:
    definition = template.table_definition()
    assert [each["IndexName"] for each in definition["GlobalSecondaryIndexes"]] == ["queue", "owner", "timer"]
    assert definition["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert "TableName" not in definition


def test_push_has_one_batch_at_a_time_for_each_shard() -> None:
    mappings = {each.function: each for each in template.stream_mappings()}
    assert mappings["push_assign"].parallelization == 1
    for mapping in mappings.values():
        assert mapping.bisect
        assert mapping.reports_failures
        assert mapping.max_retries >= 0
        assert mapping.max_age >= 0
        assert mapping.on_failure
