"""Keys and writes stand in `storage` alone: elsewhere nobody spells a key, an index's attribute or a raw write."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "routing" / "routing"
OTHERS = sorted(
    path
    for folder in (LAYER / "services", LAYER / "runtime", ROOT / "functions")
    for path in folder.rglob("*.py")
)
ATTRIBUTES = {"PK", "SK", "QPK", "QSK", "OPK", "OSK", "TPK", "TSK"}
PREFIX = re.compile(r"[A-Z_]{3,}#|[a-z_]+#$")


def _spelled(tree: ast.Module) -> Iterator[str]:
    documented = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documented:
            if node.value in ATTRIBUTES or PREFIX.match(node.value):
                yield f"line {node.lineno}: {node.value!r}"
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Write":
            yield f"line {node.lineno}: a raw write"


@pytest.mark.parametrize("path", OTHERS, ids=lambda each: str(each.relative_to(ROOT)))
def test_a_module_outside_storage_spells_no_key_and_no_write(path: Path) -> None:
    assert list(_spelled(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_every_kind_of_key_is_documented() -> None:
    """In `docs/architecture.md` or with the notifications: erasure has to know of all that is kept."""
    documents = "".join(
        (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("architecture.md", "notifications.md")
    )
    tree = ast.parse((LAYER / "storage" / "keys.py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    prefixes = {
        found[0] for text in texts if isinstance(text, str) and (found := re.match(r"[A-Z_]+#", text))
    }
    assert len(prefixes) > 15
    assert {each for each in prefixes if f"`{each}" not in documents} == set()
