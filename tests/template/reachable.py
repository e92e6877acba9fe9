"""Which AWS calls a function can make: read from the code that its handler reaches, by names, without running it.

It errs to one side: where a method's name is reached, on whatever object, that method of every class is, whose own name
is reached; and a method of the table counts where it is named, called or not. `Table` alone is told apart by the name
of what holds it, for its methods are called as a dictionary's are. What cannot be read so is refused (`Unreadable`).
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "routing" / "routing"
FUNCTIONS = ROOT / "functions"
Call = tuple[str, str]
"""An IAM action, and what it is on: the table or one of its indexes, the queue, whatever sends e-mail."""
READS = {"get_item": "GetItem", "batch_get_item": "BatchGetItem", "query": "Query"}
WRITES = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
WRITING = {"put_item", "update_item", "delete_item", "transact_write_items"}
OTHERS = {
    "send_message_batch": ("sqs:SendMessage", "a queue"),
    "change_message_visibility": ("sqs:ChangeMessageVisibility", "a queue"),
    "send_email": ("ses:SendEmail", "identity/*"),
    "get_object": ("s3:GetObject", "*"),
    "put_object": ("s3:PutObject", "*"),
    "delete_object": ("s3:DeleteObject", "*"),
    "admin_create_user": ("cognito-idp:AdminCreateUser", "UserPool"),
    "admin_disable_user": ("cognito-idp:AdminDisableUser", "UserPool"),
    "admin_enable_user": ("cognito-idp:AdminEnableUser", "UserPool"),
    "admin_get_user": ("cognito-idp:AdminGetUser", "UserPool"),
    "admin_reset_user_password": ("cognito-idp:AdminResetUserPassword", "UserPool"),
    "admin_set_user_mfa_preference": ("cognito-idp:AdminSetUserMFAPreference", "UserPool"),
    "admin_update_user_attributes": ("cognito-idp:AdminUpdateUserAttributes", "UserPool"),
    "admin_user_global_sign_out": ("cognito-idp:AdminUserGlobalSignOut", "UserPool"),
    "address_to_get": ("s3:GetObject", "*"),
    "address_to_put": ("s3:PutObject", "*"),
}
QUEUES = {
    "routing.runtime.wiring.outbox": "NotificationQueue",
    "routing.runtime.wiring.job_queue": "JobQueue",
}
"""Which queue is meant: each that is wired by code that is reached."""
SERVICES = ("cognito-idp", "dynamodb", "s3", "sesv2", "sqs", "sts")
INDEXES = ("owner", "queue", "timer")
TABLE = "routing.storage.table"
WRITE = f"{TABLE}.Write"
AMBIGUOUS = {"get", "query", "write"}
"""Methods of the table whose names others have too: they count where what holds them is called a table."""
HIDING = {"attrgetter", "methodcaller", "import_module", "__import__", "eval", "exec", "globals", "vars"}
PLAIN = {"property", "cached_property", "staticmethod", "classmethod", "cache", "contextmanager", "overload"}
"""Decorators after which a function still runs only where its name is used; by any other it may be registered."""


class Unreadable(Exception):
    """Code that may call AWS in a way that cannot be seen from names."""


@dataclass
class _Module:
    """names: what its names stand for (a dotted name). bodies: its functions and methods, by their dotted names.

    classes: its classes, each with its bases. indexes: those of the table that it names anywhere.
    """

    name: str
    names: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, list[ast.AST]] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    indexes: set[str] = field(default_factory=set)

    @property
    def is_pure(self) -> bool:
        """Whether it can know nothing of AWS: the import contracts hold that."""
        return self.name.startswith("routing.domain")


@cache
def _read(package: str, folder: Path) -> Mapping[str, _Module]:
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        name = ".".join(part for part in parts if part != "__init__")
        found[name] = _parsed(name, ast.parse(path.read_text(encoding="utf-8")))
    return found


def _parsed(name: str, tree: ast.Module) -> _Module:
    module = _Module(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level or any(each.name == "*" for each in node.names):
                raise Unreadable(f"{name}:{node.lineno}: an import that is relative or of everything")
            module.names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            module.names |= {
                each.asname or each.name.partition(".")[0]: each.name
                if each.asname
                else each.name.partition(".")[0]
                for each in node.names
            }
        elif isinstance(node, ast.Constant) and node.value in INDEXES:
            module.indexes.add(node.value)
    top: list[ast.AST] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            module.names[node.name] = f"{name}.{node.name}"
            module.bodies[f"{name}.{node.name}"] = [node]
            top += node.decorator_list
            if _is_registered(node):
                top.append(node)
        elif isinstance(node, ast.ClassDef):
            module.names[node.name] = f"{name}.{node.name}"
            module.classes[f"{name}.{node.name}"] = node
            inside = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            module.bodies |= {f"{name}.{node.name}.{each.name}": [each] for each in inside}
            top += [*(each for each in node.body if each not in inside), *node.decorator_list]
        else:
            top.append(node)
    module.bodies[name] = top
    return module


def _is_registered(node: ast.FunctionDef) -> bool:
    return any(
        _last(each.func if isinstance(each, ast.Call) else each) not in PLAIN for each in node.decorator_list
    )


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def calls_of(function: str, functions: Path = FUNCTIONS) -> frozenset[Call]:
    """All calls that the function of this name, below the folder `functions`, can make. Raises Unreadable."""
    known = {**_read("routing", LAYER), **_read("functions", functions)}
    modules = {body: module for module in known.values() for body in [*module.bodies, *module.classes]}
    waiting = [each for each in modules if each.startswith(f"functions.{function}.")]
    seen: set[str] = set()
    attributes: set[str] = set()
    found: set[Call] = set()
    while waiting:
        name = waiting.pop()
        module = modules.get(name)
        if module is None or name in seen or module.name == TABLE:
            continue
        seen.add(name)
        for part in _parts(module, name):
            found |= set(_calls(part, module, known))
            for node in ast.walk(part):
                waiting += _reached(node, module, known)
                if isinstance(node, ast.Attribute):
                    attributes.add(node.attr)
                elif isinstance(node, ast.Call) and _last(node.func) == "getattr":
                    attributes.add(_named_by(node, module))
        waiting += [
            body
            for each in seen
            if each in modules[each].classes
            for body in modules[each].bodies
            if body.rpartition(".")[0] == each and _may_run(modules[each], each, body, attributes)
        ]
    if ("s3:GetObject", "*") in found:
        found.add(("s3:ListBucket", "ImportBucket"))  # else what is not there is forbidden, and looks so
    queues = [queue for wired, queue in QUEUES.items() if wired in seen]
    return frozenset(
        (action, each) for action, place in found for each in (queues if place == "a queue" else [place])
    )


def _parts(module: _Module, name: str) -> list[Any]:
    if name in module.classes:
        return [*module.classes[name].bases, *(each.value for each in module.classes[name].keywords)]
    return module.bodies[name]


def _may_run(module: _Module, owner: str, method: str, attributes: set[str]) -> bool:
    """Whether a method of a class that is reached may run: by its name, by Python, or by who registered it."""
    (node,) = module.bodies[method]
    name = method.rpartition(".")[2]
    assert isinstance(node, ast.FunctionDef)
    return name in attributes or (name.startswith("__") and name.endswith("__")) or _is_registered(node)


def _named_by(call: ast.Call, module: _Module) -> str:
    """The attribute that a `getattr` asks for."""
    wanted = call.args[1]
    if isinstance(wanted, ast.Constant):
        return str(wanted.value)
    if module.is_pure:
        return ""
    raise Unreadable(f"{module.name}:{call.lineno}: a getattr of whatever name")


def _calls(part: ast.AST, module: _Module, known: Mapping[str, _Module]) -> Iterator[Call]:
    """What a function's body, or another part of a module, calls or hands on to be called."""
    if module.is_pure:
        return
    called: dict[int, ast.Call] = {}
    for node in ast.walk(part):
        _refuse_what_hides(node, module)
        if isinstance(node, ast.Call):
            called[id(node.func)] = node
            if _last(node.func) == "partial":
                called[id(node.args[0])] = node
            elif _last(node.func) == "getattr":
                named = ast.Attribute(node.args[0], _named_by(node, module), lineno=node.lineno)
                yield from _used(named, None, module)
        elif isinstance(node, ast.Attribute):
            yield from _used(node, called.get(id(node)), module)
        if isinstance(node, ast.expr) and id(node) in called and _stands_for(node, module, known) == WRITE:
            yield from _written(called[id(node)], module)


def _used(node: ast.Attribute, call: ast.Call | None, module: _Module) -> Iterator[Call]:
    """What naming an attribute, called or not, lets happen."""
    if node.attr in OTHERS:
        yield OTHERS[node.attr]
    elif _is_table(node.value) or (node.attr in _of_table() and node.attr not in AMBIGUOUS):
        for action in _of_table().get(node.attr, ()):
            yield from ((f"dynamodb:{action}", place) for place in _places(node, call, module))
    elif node.attr in _operations() - AMBIGUOUS:
        raise Unreadable(f"{module.name}:{node.lineno}: {node.attr} is a call to AWS that nothing here knows")


def _written(call: ast.Call, module: _Module) -> Iterator[Call]:
    given = call.args[0] if call.args else None
    choices = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
    for each in choices:
        if not isinstance(each, ast.Constant):
            raise Unreadable(f"{module.name}:{call.lineno}: a write whose action is not said")
        yield f"dynamodb:{WRITES[str(each.value)]}", "table"


def _refuse_what_hides(node: ast.AST, module: _Module) -> None:
    """A table by another name, a write by another, or a name that is made while the code runs."""
    hides = ""
    if isinstance(node, ast.Name | ast.Attribute) and _last(node) in HIDING:
        hides = f"{_last(node)} may name anything"
    elif isinstance(node, ast.arg) and node.annotation is not None and _says_table(node.annotation):
        hides = "" if _is_called_table(node.arg) else f"the table is called {node.arg}"
    elif isinstance(node, ast.FunctionDef) and node.returns is not None and _says_table(node.returns):
        hides = f"{node.name} gives a table"
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        made = isinstance(node.value, ast.Call) and _last(node.value.func) == "Table"
        said = isinstance(node, ast.AnnAssign) and _says_table(node.annotation)
        if made or said or (node.value is not None and _is_table(node.value)):
            hides = "" if all(map(_is_table, targets)) else "a table by another name"
        elif node.value is not None and _last(node.value) == "Write":
            hides = "a write by another name"
    elif not isinstance(node, ast.Attribute | ast.Call | ast.keyword):
        hides = "a table is kept or handed back" if any(map(_is_table, ast.iter_child_nodes(node))) else ""
    elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
        hides = "a write becomes another" if node.arg == "action" and node.value.value in WRITES else ""
    if hides:
        raise Unreadable(f"{module.name}:{getattr(node, 'lineno', 0)}: {hides}")


def _says_table(annotation: ast.expr) -> bool:
    return any(
        _last(each) == "Table" or (isinstance(each, ast.Constant) and each.value == "Table")
        for each in ast.walk(annotation)
    )


def _is_called_table(name: str) -> bool:
    return name.lstrip("_") == "table"


def _is_table(holder: ast.AST) -> bool:
    return _is_called_table(_last(holder))


def _places(node: ast.Attribute, call: ast.Call | None, module: _Module) -> Iterator[str]:
    """The index that a query names; where it is a variable, any that its module names."""
    if not node.attr.startswith("query"):
        yield "table"
        return
    if call is None:
        yield "table"
        yield from module.indexes
        return
    index = next((each.value for each in call.keywords if each.arg == "index"), None)
    if isinstance(index, ast.Constant):
        yield str(index.value)
    elif index is not None:
        if not module.indexes:
            raise Unreadable(f"{module.name}:{call.lineno}: an index that the module does not name")
        yield from module.indexes
    else:
        yield "table"
        if any(each.arg is None for each in call.keywords):
            yield from module.indexes


@cache
def _of_table() -> Mapping[str, frozenset[str]]:
    """What each method of the table's module asks for, by itself or by one that it names; writes say it themselves."""
    tree = ast.parse((LAYER / "storage" / "table.py").read_text(encoding="utf-8"))
    (table,) = (each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == "Table")
    methods = {each.name: each for each in table.body if isinstance(each, ast.FunctionDef)}

    def asked(name: str) -> Iterator[str]:
        for node in ast.walk(methods[name]):
            if (
                isinstance(node, ast.Attribute)
                and _last(node.value) == "client"
                and node.attr in _operations()
            ):
                yield node.attr
            elif isinstance(node, ast.Attribute) and _last(node.value) == "self" and node.attr in methods:
                yield from asked(node.attr)

    # One that reads otherwise is a KeyError here: it wants a name in IAM.
    return {name: frozenset(READS[each] for each in asked(name) if each not in WRITING) for name in methods}


@cache
def _operations() -> frozenset[str]:
    """The names of all calls to the services that the layer can reach, and of what makes them."""
    session = botocore.session.get_session()
    return frozenset(
        xform_name(operation)
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
    ) | {"get_paginator", "get_waiter"}


def _reached(node: ast.AST, module: _Module, known: Mapping[str, _Module]) -> Iterator[str]:
    """What a name, or an attribute of a module, stands for, and the modules on the way: importing runs them."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        for each in node.names:
            full = f"{node.module}.{each.name}" if isinstance(node, ast.ImportFrom) else each.name
            yield full if full in known else full.rpartition(".")[0]
    elif isinstance(node, ast.Name | ast.Attribute) and (name := _stands_for(node, module, known)):
        yield from (name, name.rpartition(".")[0])


def _stands_for(node: ast.expr, module: _Module, known: Mapping[str, _Module]) -> str | None:
    if isinstance(node, ast.Name):
        name = module.names.get(node.id)
    elif isinstance(node, ast.Attribute) and (holder := _stands_for(node.value, module, known)):
        name = f"{holder}.{node.attr}"
    else:
        return None
    while name is not None:  # what a module has from another
        holder, _, last = name.rpartition(".")
        if name in known or holder not in known or known[holder].names.get(last, name) == name:
            break
        name = known[holder].names[last]
    return name
