"""Which AWS calls a function can make: read from the code that its handler reaches, by names, without running it.

It errs to one side: where a method's name is reached, on whatever object, that method of every class is, whose own name
is reached. `Table` alone is told apart by the name of what holds it: its methods are called as a dictionary's are.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLACES = {"routing": ROOT / "layers" / "routing" / "routing", "functions": ROOT / "functions"}
Call = tuple[str, str]
"""An IAM action, and what it is on: the table or one of its indexes, the queue, whatever sends e-mail."""
READS = {"get": "GetItem", "get_many": "BatchGetItem", "query": "Query", "query_all": "Query"}
WRITES = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
OTHERS = {
    "send_message_batch": ("sqs:SendMessage", "NotificationQueue"),
    "change_message_visibility": ("sqs:ChangeMessageVisibility", "NotificationQueue"),
    "send_email": ("ses:SendEmail", "identity/*"),
}
INDEXES = ("owner", "queue", "timer")
OPERATORS = {"__init__", "__post_init__", "__call__", "__enter__", "__exit__", "__getattr__"}
TABLE = "routing.storage.table"


@dataclass
class _Module:
    """names: what its names stand for (a dotted name). bodies: its functions and methods, by their dotted names.

    classes: its classes, each with its bases. indexes: those of the table that it names anywhere.
    """

    name: str
    names: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, list[ast.AST]] = field(default_factory=dict)
    classes: dict[str, list[ast.expr]] = field(default_factory=dict)
    indexes: set[str] = field(default_factory=set)


@cache
def _modules() -> dict[str, _Module]:
    found = {}
    for package, folder in PLACES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = [package, *path.relative_to(folder).with_suffix("").parts]
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = _parsed(name, ast.parse(path.read_text(encoding="utf-8")))
    return found


def _parsed(name: str, tree: ast.Module) -> _Module:
    module = _Module(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module.names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Constant) and node.value in INDEXES:
            module.indexes.add(node.value)
    top: list[ast.AST] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            module.names[node.name] = f"{name}.{node.name}"
            module.bodies[f"{name}.{node.name}"] = [node]
        elif isinstance(node, ast.ClassDef):
            module.names[node.name] = f"{name}.{node.name}"
            module.classes[f"{name}.{node.name}"] = node.bases
            inside = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            module.bodies |= {f"{name}.{node.name}.{each.name}": [each] for each in inside}
            top += [each for each in node.body if each not in inside]
        else:
            top.append(node)
    module.bodies[name] = top
    return module


def calls_of(function: str) -> frozenset[Call]:
    """All calls that the function of this name can make."""
    modules = {body: module for module in _modules().values() for body in [*module.bodies, *module.classes]}
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
        for node in (each for part in _parts(module, name) for each in ast.walk(part)):
            found |= set(_calls(node, module))
            waiting += _reached(node, module)
            if isinstance(node, ast.Attribute):
                attributes.add(node.attr)
        waiting += [
            body
            for each in seen
            if each in modules[each].classes
            for body in modules[each].bodies
            if body.rpartition(".")[0] == each and body.rpartition(".")[2] in attributes | OPERATORS
        ]
    return frozenset(found)


def _parts(module: _Module, name: str) -> list[Any]:
    return module.bodies.get(name) or module.classes.get(name) or []


def _calls(node: ast.AST, module: _Module) -> Iterator[Call]:
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in OTHERS:
        yield OTHERS[name]
    elif name == "Write" and node.args and isinstance(node.args[0], ast.Constant):
        yield f"dynamodb:{WRITES[node.args[0].value]}", "table"
    elif isinstance(node.func, ast.Attribute) and name in READS and _is_table(node.func.value):
        yield from ((f"dynamodb:{READS[name]}", place) for place in _places(node, module))


def _is_table(holder: ast.expr) -> bool:
    name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
    return name.lstrip("_") == "table"


def _places(node: ast.Call, module: _Module) -> Iterator[str]:
    """The index that a query names; where it is a variable, any that its module names."""
    index = next((each.value for each in node.keywords if each.arg == "index"), None)
    if index is None:
        yield "table"
    elif isinstance(index, ast.Constant):
        yield str(index.value)
    else:
        yield from module.indexes


def _reached(node: ast.AST, module: _Module) -> Iterator[str]:
    """The function, class or module that a name or an attribute of a module stands for."""
    name = module.names.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        holder = _modules().get(module.names.get(node.value.id, ""))
        name = holder.names.get(node.attr) if holder is not None else None
    if name is not None:
        yield name
        yield name.rpartition(".")[
            0
        ]  # what its module does when it is imported, a value of the module's among it
