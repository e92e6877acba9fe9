"""The console is built when it has to be, and the API is served without it where it cannot be."""

from pathlib import Path

import pytest

from tools import console


class Npm:
    """What npm does: packages, and what was built; unless it is out of reach."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.is_there = True

    def __call__(self, *arguments: str, where: Path) -> None:
        self.ran.append(arguments[0])
        if not self.is_there:
            raise console.NotBuiltError("npm cannot be reached")
        if arguments[0] == "ci":
            (where / "node_modules").mkdir(exist_ok=True)
        else:
            built = Path(arguments[arguments.index("--outDir") + 1])
            built.mkdir(exist_ok=True)
            (built / "index.html").write_text((where / "src" / "main.tsx").read_text())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    for name in ("package.json", "package-lock.json", "src/main.tsx"):
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(console, "HOME", tmp_path)
    monkeypatch.setattr(console, "BUILT", tmp_path / "dist")
    return tmp_path


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch) -> Npm:
    npm = Npm()
    monkeypatch.setattr(console, "npm", npm)
    return npm


def test_it_is_built_once_and_again_when_a_source_or_the_lock_changes(home: Path, npm: Npm) -> None:
    for _ in range(2):
        assert console.main() == 0
    assert npm.ran == ["ci", "run"]
    (home / "src" / "main.tsx").write_text("2")
    assert console.main() == 0
    assert npm.ran == ["ci", "run", "run"]
    assert (home / "dist" / "index.html").read_text() == "2"
    (home / "package-lock.json").write_text("2")
    assert console.main() == 0
    assert npm.ran == ["ci", "run", "run", "ci", "run"]


def test_where_npm_cannot_be_reached_it_says_so_and_leaves_what_there_is(
    home: Path, npm: Npm, capsys: pytest.CaptureFixture[str]
) -> None:
    npm.is_there = False
    assert console.main() == 1
    assert "the API is served without it" in capsys.readouterr().err
    npm.is_there = True
    assert console.main() == 0
    npm.is_there = False
    (home / "src" / "main.tsx").write_text("2")
    assert console.main() == 1
    assert (home / "dist" / "index.html").read_text() == "1"
