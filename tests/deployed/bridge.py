"""The embedded engine's whole cloud, with what it lacks of AWS for this template; runs in the engine's environment.

Usage: `python bridge.py FD`, as tools/embedded_engine.py. Each function below is one gap, filled from the documents
that are deployed and from nothing else; docs/adr/0026 says what therefore is not proved. Where the engine has learnt
it, the function can go.
"""

import contextvars
import hashlib
import io
import json
import os
import sys
import threading
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ministack.core import lambda_runtime
from ministack.services import apigateway, lambda_svc
from ministack.services.cloudformation import changesets, engine, handlers, provisioners
from samtranslator.translator import transform as translator

from tools import embedded_engine

Json = dict[str, Any]
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}


def functions_have_the_standard_library_and_their_layer_alone() -> None:
    """A function would find the engine's own packages; and what a layer lacks would go unnoticed."""
    launcher = Path(os.environ["TMPDIR"]) / "function-python"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S -B "$@"\n')
    launcher.chmod(0o700)
    lambda_runtime._detect_runtime_binary = lambda runtime: (
        str(launcher),
        lambda_runtime._PYTHON_WORKER_SCRIPT,
    )


def layers_are_unpacked_once() -> None:
    """The engine unpacks a layer for each process of a function, thousands of files: here it points to one copy."""
    whole = lambda_svc._resolve_layer_zip
    one_at_a_time = threading.Lock()

    def resolved(layer: Any) -> bytes | None:
        packed: bytes | None = whole(layer)
        if packed is None:
            return None
        folder = Path(os.environ["TMPDIR"]) / "layers" / hashlib.sha256(packed).hexdigest()
        with one_at_a_time:
            if not folder.exists():
                zipfile.ZipFile(io.BytesIO(packed)).extractall(folder)
        pointer = io.BytesIO()
        with zipfile.ZipFile(pointer, "w") as archive:
            archive.writestr("python/lib/python/site-packages/layer.pth", f"{folder / 'python'}\n")
        return pointer.getvalue()

    lambda_svc._resolve_layer_zip = resolved


def templates_are_transformed_with_their_parameters() -> None:
    """The engine gives the SAM transform the parameters' defaults alone, CloudFormation gives it their values."""
    apply, transform = engine._apply_transforms, translator.transform
    values: contextvars.ContextVar[Json] = contextvars.ContextVar("values")

    def applied(template: Json, provided: Any = None, previous: Any = None) -> Any:
        values.set(engine._transform_parameters(template, provided, previous))
        return apply(template, provided, previous)

    for module in (engine, handlers, changesets):
        if hasattr(module, "_apply_transforms"):
            module._apply_transforms = applied
    translator.transform = lambda template, _, policies: transform(template, values.get(), policies)


def user_pools_have_an_address() -> None:
    """`Fn::GetAtt UserPool.ProviderURL`, which is the issuer of the pool's tokens."""
    known = provisioners._cognito_user_pool_attributes

    def attributes(pool: str) -> Json:
        found: Json = known(pool)
        return {**found, "ProviderURL": f"https://{found['ProviderName']}"}

    provisioners._cognito_user_pool_attributes = attributes


def roles_have_policies_of_their_own() -> None:
    """`AWS::IAM::RolePolicy` is `AWS::IAM::Policy` of one role."""
    as_policy: Mapping[str, Any] = provisioners._RESOURCE_HANDLERS["AWS::IAM::Policy"]

    def of_role(properties: Json) -> Json:
        return {**properties, "Roles": [properties["RoleName"]]}

    def update(physical: str, old: Json, new: Json, stack: str, logical: str | None = None) -> Any:
        return as_policy["update"](physical, of_role(old), of_role(new), stack, logical)

    provisioners._RESOURCE_HANDLERS["AWS::IAM::RolePolicy"] = {
        "create": lambda logical, properties, stack: as_policy["create"](logical, of_role(properties), stack),
        "update": update,
        "update_with_logical_id": True,
        "delete": lambda physical, properties: as_policy["delete"](physical, of_role(properties)),
    }


def http_apis_are_made_from_their_document() -> None:
    """`Body` of an `AWS::ApiGatewayV2::Api`: its routes, authorizers and integrations."""
    of_apis = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    create, update = of_apis["create"], of_apis["update"]

    def created(logical: str, properties: Json, stack: str) -> Any:
        made = create(logical, _named(properties), stack)
        _import(made[0], properties["Body"])
        return made

    def updated(physical: str, old: Json, new: Json, stack: str, logical: str | None = None) -> Any:
        made = update(physical, _named(old), _named(new), stack, logical)
        _import(made[0], new["Body"])
        return made

    of_apis |= {"create": created, "update": updated}


def _named(properties: Json) -> Json:
    return {"Name": properties["Body"]["info"]["title"], **properties}


def _import(api: str, document: Json) -> None:
    """Make the API what the document says; what an earlier one said goes."""
    for kept in (apigateway._routes, apigateway._integrations, apigateway._authorizers):
        kept[api] = {}
    authorizers = {
        name: _made(apigateway._create_authorizer, api, _authorizer(name, scheme))["authorizerId"]
        for name, scheme in document.get("components", {}).get("securitySchemes", {}).items()
    }
    integrations: dict[str, str] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method not in METHODS:
                continue
            integration = _referred(document, operation["x-amazon-apigateway-integration"])
            said = json.dumps(integration, sort_keys=True)
            if said not in integrations:
                made = _made(apigateway._create_integration, api, _integration(integration))
                integrations[said] = made["integrationId"]
            route = {
                "routeKey": f"{method.upper()} {path}",
                "target": f"integrations/{integrations[said]}",
                **_security(operation.get("security", document.get("security", [])), authorizers),
            }
            _made(apigateway._create_route, api, route)


def _made(call: Callable[[str, Json], Any], api: str, wanted: Json) -> Json:
    status, _, body = call(api, wanted)
    if status >= 400:
        raise ValueError(f"The API's document could not be imported: {body!r}")
    answer: Json = json.loads(body)
    return answer


def _referred(document: Json, value: Json) -> Json:
    if "$ref" not in value:
        return value
    found: Any = document
    for step in value["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return _referred(document, found)


def _authorizer(name: str, scheme: Json) -> Json:
    said = scheme["x-amazon-apigateway-authorizer"]
    source = said["identitySource"]
    return {
        "name": name,
        "authorizerType": said["type"].upper(),
        "identitySource": [source] if isinstance(source, str) else source,
        "jwtConfiguration": said["jwtConfiguration"],
    }


def _integration(said: Json) -> Json:
    return {
        "integrationType": said["type"].upper(),
        "integrationUri": said["uri"],
        "integrationMethod": said["httpMethod"],
        "payloadFormatVersion": said["payloadFormatVersion"],
    }


def _security(requirements: list[Json], authorizers: Mapping[str, str]) -> Json:
    for requirement in requirements:
        for name, scopes in requirement.items():
            if name != "NONE":
                # A scheme that is not there fails the import, as it fails a deployment.
                return {
                    "authorizationType": "JWT",
                    "authorizerId": authorizers[name],
                    "authorizationScopes": scopes,
                }
    return {"authorizationType": "NONE"}


if __name__ == "__main__":
    functions_have_the_standard_library_and_their_layer_alone()
    layers_are_unpacked_once()
    templates_are_transformed_with_their_parameters()
    user_pools_have_an_address()
    roles_have_policies_of_their_own()
    http_apis_are_made_from_their_document()
    embedded_engine.main()
