"""Prints the CloudFormation that SAM makes of the template given, as JSON. Runs in the SAM CLI's environment.

`sam validate --lint` misses what SAM's own transform refuses; without --lint it asks for credentials.
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def main(path: Path) -> None:
    template: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"  # as `sam package` would have left it
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/key"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    json.dump(translator.translate(template, {}), sys.stdout)


main(Path(sys.argv[1]))
