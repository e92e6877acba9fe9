"""Company files: what is read, and what is said of what is none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lead_routing_cli.company_file import COLLECTIONS, CompanyFile, CompanyFileError

Write = Callable[[str], Path]
EXAMPLE = Path(__file__).parents[2] / "examples" / "company.yaml"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str) -> Path:
        path = tmp_path / "company.yaml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: the file is empty"),
        ("- accounts\n", "line 1: a company is a mapping with the keys accounts, record_types, sources"),
        ("\nteams: []\n", "line 2: unknown key 'teams'; a company has accounts"),
        ("accounts: {}\n", "line 1: accounts is a list of resources"),
        ("accounts:\n  - {id: a}\n  - {name: b}\n", r"line 3: accounts\[1\] has no id"),
        ("accounts:\n  - {id: 7}\n", r"line 2: accounts\[0\] has no id"),
        ("accounts:\n  - {id: a}\n  - {id: a}\n", "line 3: accounts/a stands on line 2 too"),
        ("accounts:\n  - {id: a, id: b}\n", "line 2: the key 'id' stands here twice"),
        (
            "accounts:\n  - {id: a, parent: b}\n  - {id: b, parent: a}\n",
            "line 2: accounts are their own ancestors",
        ),
        ("accounts: [\n", "line 2: "),
        ("accounts: \x00", "special characters are not allowed"),
        ("accounts: !!python/object:os.system {}", "could not determine a constructor"),
    ],
)
def test_what_is_not_a_company_is_refused_with_its_line(write: Write, content: str, message: str) -> None:
    with pytest.raises(CompanyFileError, match=message):
        CompanyFile(write(content))


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_bytes(b"accounts: [{id: \xff}]")
    with pytest.raises(CompanyFileError, match="is not UTF-8"):
        CompanyFile(path)


def test_plain_values_are_not_guessed_at(write: Write) -> None:
    path = write(
        "accounts: [{id: no, a: 2026-03-02, b: 01234, c: 08:00, d: on, e: 7, f: -1.5, g: true, h: null}]"
    )
    assert CompanyFile(path).resources[0].body == {
        "id": "no", "a": "2026-03-02", "b": "01234", "c": "08:00", "d": "on",
        "e": 7, "f": -1.5, "g": True, "h": None,
    }  # fmt: skip


def test_the_example_has_what_it_promises() -> None:
    company = CompanyFile(EXAMPLE)
    by_key = {key: [r.body for r in company.resources if r.key == key] for key in COLLECTIONS}
    users = [body for body in by_key["accounts"] if body["kind"] == "user"]
    assert (len(users), len([b for b in by_key["accounts"] if b["kind"] == "branch"])) == (12, 3)
    assert (len(by_key["push_strategies"]), len(by_key["pull_strategies"])) == (4, 4)
