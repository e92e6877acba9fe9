"""Prints the CloudFormation that SAM makes of the template given, as JSON. Runs in the SAM CLI's environment.

`sam validate --lint` misses what SAM's own transform refuses; without --lint it asks for credentials. A second argument
is a JSON list of deployments, each {"code"?, "layer"?, "parameters"?}: the answer is then the list of what becomes of
each. `code` and `layer` name what was packaged.
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def translated(path: Path, deployment: dict[str, Any]) -> Any:
    template: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    # As `sam package` would have left it.
    template["Globals"]["Function"]["CodeUri"] = f"s3://bucket/{deployment.get('code', 'key')}"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = f"s3://bucket/{deployment.get('layer', 'key')}"
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    return translator.translate(template, deployment.get("parameters", {}))


def main(path: Path, deployments: str | None = None) -> None:
    if deployments is None:
        json.dump(translated(path, {}), sys.stdout)
    else:
        json.dump([translated(path, each) for each in json.loads(deployments)], sys.stdout)


main(Path(sys.argv[1]), *sys.argv[2:])
