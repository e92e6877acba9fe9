"""What keeps the data and says when something is wrong: table, streams, schedule, queues, logs, alarms."""

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from routing.storage.jobs import LAPSES
from routing.storage.notifications import CLAIM, SENT_KEPT
from tools import template

Of = Callable[[str], dict[str, dict[str, Any]]]
ROOT = template.PATH.parent
FUNCTIONS = sorted(template.functions())


def test_the_table_cannot_be_lost_by_accident(written: dict[str, Any]) -> None:
    (table,) = (each for each in written["Resources"].values() if each["Type"] == "AWS::DynamoDB::Table")
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] == {"Ref": "TableDeletionProtection"}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": {"Fn::If": ["HasManagedKey", True, False]}}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert written["Parameters"]["TableDeletionProtection"]["Default"] == "true"


def test_the_key_of_the_stored_hashes_is_never_rotated_or_deleted(written: dict[str, Any]) -> None:
    kinds = {each["Type"] for each in written["Resources"].values()}
    assert "AWS::SecretsManager::RotationSchedule" not in kinds
    key = written["Resources"]["HashKey"]
    assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
    assert key["Properties"]["GenerateSecretString"]["PasswordLength"] >= 32


LEADS = {"NewImage": {"kind": {"S": ["lead", "receipt"]}}}
"""Of a log: what came, not what is asked for."""


@pytest.mark.parametrize(
    ("function", "batch", "window", "prefixes"),
    [
        ("push_assign", 25, 0, [("PK", "INTAKE#")]),
        ("project", 100, 5, [("SK", "EVENT#"), ("PK", "JOBS#"), ("PK", "INTAKE#", LEADS)]),
    ],
)
def test_a_stream_mapping_bounds_what_a_poison_record_can_do(
    deployed_of: Of, function: str, batch: int, window: int, prefixes: list[tuple[Any, ...]]
) -> None:
    mappings = deployed_of("AWS::Lambda::EventSourceMapping")
    readers = [each for each in mappings.values() if "StreamArn" in str(each["EventSourceArn"])]
    assert len(readers) == 2, "a shard of a table's stream serves two readers at most"
    logical = "".join(word.capitalize() for word in function.split("_"))
    (mapping,) = (
        each for each in mappings.values() if each["FunctionName"] == {"Ref": f"{logical}FunctionAliaslive"}
    )
    assert mapping["BatchSize"] == batch
    assert mapping["MaximumBatchingWindowInSeconds"] == window
    assert mapping["ParallelizationFactor"] == 1
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRetryAttempts"] == 10
    assert mapping["MaximumRecordAgeInSeconds"] == 3600
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": [f"{logical}Failures", "Arn"]
    }
    assert [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]] == [
        {"eventName": ["INSERT"], "dynamodb": {"Keys": {key: {"S": [{"prefix": prefix}]}}, **dict(*image)}}
        for key, prefix, *image in prefixes
    ]


def test_a_message_that_fails_comes_back_later_and_at_last_goes_to_the_dead_letters(deployed_of: Of) -> None:
    (mapping,) = (
        each
        for each in deployed_of("AWS::Lambda::EventSourceMapping").values()
        if each["FunctionName"] == {"Ref": "NotifyFunctionAliaslive"}
    )
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["NotificationQueue", "Arn"]}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumBatchingWindowInSeconds"] > 0
    queue = deployed_of("AWS::SQS::Queue")["NotificationQueue"]
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["NotificationFailures", "Arn"]},
        "maxReceiveCount": 8,
    }
    least = 6 * template.functions()["notify"]["Timeout"] + mapping["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] >= least
    # A claim outlasts the function, and lapses before the message comes again.
    assert template.functions()["notify"]["Timeout"] < CLAIM.total_seconds() < queue["VisibilityTimeout"]
    # Every retry, its back-off and the quiet between them, happens while the queue still keeps the message.
    assert queue["MessageRetentionPeriod"] < SENT_KEPT.total_seconds()


def test_a_job_that_fails_comes_back_and_at_last_goes_to_the_dead_letters(deployed_of: Of) -> None:
    (mapping,) = (
        each
        for each in deployed_of("AWS::Lambda::EventSourceMapping").values()
        if each["FunctionName"] == {"Ref": "JobsFunctionAliaslive"}
    )
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["JobQueue", "Arn"]}
    assert mapping["BatchSize"] == 1
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 4}
    queue = deployed_of("AWS::SQS::Queue")["JobQueue"]
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["JobFailures", "Arn"]},
        "maxReceiveCount": 5,
    }
    timeout = template.functions()["jobs"]["Timeout"]
    assert queue["VisibilityTimeout"] == 6 * timeout + mapping.get("MaximumBatchingWindowInSeconds", 0)
    # No job expires that may still be at work.
    assert timeout < LAPSES.total_seconds()


def test_mail_is_sent_only_with_a_sender_and_only_as_it(written: dict[str, Any]) -> None:
    policy = written["Resources"]["NotifyEmailPolicy"]
    assert policy["Condition"] == "HasEmailSender"
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "ses:SendEmail"
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "EmailSender"}}}
    # Whatever SES has verified for the sender, and a configuration set: the condition says who may be the sender.
    assert [str(each).rsplit(":", 1)[-1] for each in statement["Resource"]] == [
        "identity/*'}",
        "configuration-set/*'}",
    ]
    assert written["Parameters"]["EmailSender"]["Default"] == ""


def test_the_sweep_runs_each_minute_of_the_year(deployed_of: Of) -> None:
    (schedule,) = deployed_of("AWS::Scheduler::Schedule").values()
    assert "Name" not in schedule, "SAM's own name is the same in every stack of an account"
    assert schedule["ScheduleExpression"] == "cron(* * * * ? *)"
    # A zone with summer time has an hour a year that a cron leaves out.
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    target = schedule["Target"]
    assert target["Arn"] == {"Ref": "ScheduledResetFunctionAliaslive"}
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["ScheduleFailures", "Arn"]}}
    (asynchronous,) = deployed_of("AWS::Lambda::EventInvokeConfig").values()
    assert asynchronous["MaximumRetryAttempts"] == 0
    assert asynchronous["Qualifier"] == "live"
    assert template.functions()["scheduled_reset"]["Timeout"] < 60


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_what_lambda_runs_and_a_change_of_settings_reaches_it(function: str) -> None:
    properties = template.functions()[function]
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert properties["AutoPublishAlias"] == "live"
    assert properties["AutoPublishAliasAllProperties"] is True
    # What may lie unused for weeks starts without: an old snapshot answers an error at first.
    seldom = function in ("set_up", "notify", "jobs")
    assert properties["SnapStart"] == {"ApplyOn": "None" if seldom else "PublishedVersions"}
    assert properties["Layers"] == ["RoutingLayer"]


def test_logs_are_kept_for_as_long_as_was_said(deployed_of: Of) -> None:
    groups = deployed_of("AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + 1
    assert all(each["RetentionInDays"] == {"Ref": "LogRetentionDays"} for each in groups.values())


def _alarmed(written_of: Of) -> set[tuple[str, ...]]:
    """Each alarm's metric and what it watches."""
    found = set()
    for alarm in written_of("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        # A metric that stops is no news, but where stopping is the fault.
        stopped = alarm["MetricName"] == "Invocations"
        assert alarm["TreatMissingData"] == ("breaching" if stopped else "notBreaching")
        assert (alarm["ComparisonOperator"] == "LessThanThreshold") == stopped
        of = [value for each in alarm.get("Dimensions", []) for value in each["Value"].values()]
        names = [each if isinstance(each, str) else each[0] for each in of]
        found.add((alarm["MetricName"], *names))
    return found


def test_every_function_queue_and_stream_has_its_alarms(written_of: Of) -> None:
    alarmed = _alarmed(written_of)
    functions = written_of("AWS::Serverless::Function")
    wanted: set[tuple[str, ...]] = {
        (metric, name) for name in functions for metric in ("Errors", "Throttles")
    }
    wanted |= {
        ("IteratorAge", name)
        for name, each in functions.items()
        if any(event["Type"] == "DynamoDB" for event in each.get("Events", {}).values())
    }
    # Work waits in a queue that is read, by design; only for how long is of interest.
    wanted |= {
        (
            "ApproximateAgeOfOldestMessage"
            if "RedrivePolicy" in each
            else "ApproximateNumberOfMessagesVisible",
            name,
        )
        for name, each in written_of("AWS::SQS::Queue").items()
    }
    wanted |= {
        ("Invocations", name) for name, each in functions.items() if "ScheduleV2" in str(each.get("Events"))
    }
    wanted |= {("InternalHolds", "AWS::StackName"), ("5xx", "HttpApi"), ("Latency", "HttpApi")}
    wanted |= {("WriteThrottleEvents", "LeadsTable"), ("ClaimedAccountConcurrency",)}
    assert wanted == alarmed


def test_the_metric_of_leads_held_for_an_internal_reason_is_the_one_that_functions_emit() -> None:
    (alarm,) = (
        each["Properties"]
        for each in template.load()["Resources"].values()
        if each["Type"] == "AWS::CloudWatch::Alarm" and each["Properties"]["MetricName"] == "InternalHolds"
    )
    variables = template.load()["Globals"]["Function"]["Environment"]["Variables"]
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


def test_failures_are_kept_two_weeks_and_encrypted(written_of: Of) -> None:
    queues = written_of("AWS::SQS::Queue")
    assert all(each["SqsManagedSseEnabled"] is True for each in queues.values())
    for name, queue in queues.items():
        if name not in ("NotificationQueue", "JobQueue"):
            assert queue == {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 24 * 3600}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_samconfig_sets_parameters_that_exist(written: dict[str, Any], environment: str) -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    given = dict(
        each.split("=", 1) for each in settings[environment]["deploy"]["parameters"]["parameter_overrides"]
    )
    for name, value in given.items():
        allowed = written["Parameters"][name].get("AllowedValues", [value])
        assert value in [str(each) for each in allowed]
    assert (given["TableDeletionProtection"] == "true") == (environment == "prod")


@pytest.mark.parametrize(
    ("function", "parameter"), [("PullNext", "PullConcurrency"), ("PushAssign", "PushConcurrency")]
)
def test_a_flood_of_leads_cannot_starve_pull_and_push(
    written: dict[str, Any], function: str, parameter: str
) -> None:
    properties = written["Resources"][f"{function}Function"]["Properties"]
    none = {"Ref": "AWS::NoValue"}
    assert properties["ReservedConcurrentExecutions"] == {
        "Fn::If": [f"Has{parameter}", {"Ref": parameter}, none]
    }
    assert written["Parameters"][parameter]["Default"] == 0


def test_invitations_come_from_the_companys_address_where_there_is_one(written: dict[str, Any]) -> None:
    sent = written["Resources"]["UserPool"]["Properties"]["EmailConfiguration"]["Fn::If"]
    assert (sent[0], sent[2]) == ("HasEmailSender", {"Ref": "AWS::NoValue"})
    assert (sent[1]["EmailSendingAccount"], sent[1]["From"]) == ("DEVELOPER", {"Ref": "EmailSender"})
