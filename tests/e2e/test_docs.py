"""The documents are true: each command in them is run here or by what is named here, and shows what they show.

A fenced `sh` block holds commands; a `json` or `text` block right after it holds what the last of them prints. Times
differ, `"..."` stands for anything (as a key or at a list's end: for more of it), and of a text the lines must occur in
that order.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from tests.e2e.processes import demo, python
from tools import api_types, openapi

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "docs" / "tour.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted(set(ROOT.glob("docs/**/*.md")) - {ROOT / "docs" / "tour.md"}),
]
"""The tour before what goes on from it."""
HERE = "http://127.0.0.1:8080"
COMMAND = ".venv/bin/lead-routing"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/v1/[A-Za-z0-9/{}._-]*[A-Za-z0-9}])")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")

RUN_BY = {
    "make run": "this module: as `lead-routing demo`",
    "make test": ".ci/run",
    "make lint": ".ci/run",
    "make build": "tests/template/test_artifact.py",
    'make bench ARGS="costs"': "tests/concurrency/test_budgets.py",
    "make requirements": "tests/template/test_artifact.py holds its output equal to the lock",
    "make deploy": "needs an AWS account: `make build` is tested, the options of `sam deploy` are checked",
    "LEADS=examples/vendor-leads.csv MAPPING=examples/vendor-mapping.yaml make run": "this module",
    'make run ARGS="--data .data"': "tests/e2e/test_tour.py: data that is kept",
    f"{COMMAND} serve --empty --port 8081": "tests/e2e/test_runner.py",
    f'{COMMAND} apply company.yaml --url "$API_URL" --token "$TOKEN"': (
        "needs a deployed API: tests/e2e/test_configure.py applies over HTTP"
    ),
    'curl -s "$API_URL/v1/accounts/ana/reassign" -H "Authorization: Bearer $TOKEN" \\\n'
    "  -H 'Content-Type: application/json' -d '{\"distribute\": true}'": (
        "needs a deployed API: tests/e2e/test_push.py asks the same"
    ),
    'curl -s -X PUT "$API_URL/v1/do-not-call/+13035550101" -H "Authorization: Bearer $TOKEN" \\\n'
    "  -H 'Content-Type: application/json'"
    ' -d \'{"reason": "asked by letter", "expires_at": "2031-01-01T00:00:00Z"}\'': (
        "needs a deployed API: tests/functional/test_do_not_call.py puts the same"
    ),
    'curl -s "$API_URL/v1/do-not-call/imports" -H "Authorization: Bearer $TOKEN"'
    " -H 'Content-Type: text/csv' \\\n  --data-binary @registry.csv": (
        "needs a deployed API: tests/functional/test_do_not_call.py sends such files"
    ),
    'mkdir -p .data && sed "s/YOUR-PUBLISHABLE-KEY/$PUBLISHABLE/" examples/web-form.html > .data/web-form.html': (
        "tests/e2e/test_web_forms.py: the page with a key in it"
    ),
    "python3 -m http.server 8000 --directory .data": "tests/e2e/test_web_forms.py: serves the page",
    ".venv/bin/uv lock": "changes the lock: each target of make installs from it",
    ".ci/run": "CI, whose only step it is",
}
"""Commands that the tour below does not run, and what does; those of the AWS CLI are held against its service model."""


@dataclass(frozen=True)
class Command:
    """A command of a document: where it stands, its text, and the block after it that shows what it prints."""

    place: str
    text: str
    shows: tuple[str, str] | None = None

    @property
    def words(self) -> list[str]:
        """Its words; of `NAME=$(command | filter)` those of the command."""
        text = re.sub(r"^[A-Z_]+=\$\((.*)\)$", r"\1", self.text, flags=re.DOTALL)
        return shlex.split(text.replace("\\\n", " "), comments=True)

    @property
    def is_of_the_tour(self) -> bool:
        """Whether it talks to the example company that `make run` serves."""
        return HERE in self.text or (COMMAND in self.text and "examples/" in self.text)


def blocks(path: Path) -> Iterator[tuple[int, str, str]]:
    """The fenced blocks of a document: line, language, text."""
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, found.start()) + 1, found[1], found[2]


def split(text: str) -> Iterator[str]:
    """The commands of a block, without comments: a line each, unless it ends in a backslash or inside quotes."""
    kept = ""
    for line in re.sub(r"\s+# .*$", "", text, flags=re.MULTILINE).splitlines():
        kept = f"{kept}\n{line}" if kept else line
        try:
            shlex.split(kept)
        except ValueError:
            continue
        if kept.strip() and not kept.endswith("\\"):
            yield kept
            kept = ""
    assert not kept, f"a command that does not end: {kept}"


def commands() -> list[Command]:
    found = []
    for path in DOCUMENTS:
        here = [*blocks(path), (0, "", "")]
        for (line, language, text), (_, following, shown) in pairwise(here):
            if language == "sh":
                *first, last = split(text)
                place = f"{path.relative_to(ROOT)}:{line}"
                found += [Command(place, each) for each in first]
                found.append(
                    Command(place, last, (following, shown) if following in ("json", "text") else None)
                )
    return found


COMMANDS = commands()
TOUR = [each for each in COMMANDS if each.is_of_the_tour]
AWS = [each for each in COMMANDS if each.words[0] == "aws"]


def named(command: Command) -> str:
    return f"{command.place} {' '.join(command.words[:4])}"


def differences(shown: Any, real: Any, at: str = "") -> Iterator[str]:
    """Where what a document shows is not what was answered."""
    if shown == "...":
        return
    if isinstance(shown, dict) and isinstance(real, dict):
        if "..." not in shown and (missing := real.keys() - shown.keys()):
            yield f"{at}: does not show {sorted(missing)}"
        for key in shown.keys() - {"..."}:
            yield from differences(shown[key], real.get(key, "(not there)"), f"{at}.{key}")
    elif isinstance(shown, list) and isinstance(real, list):
        more = bool(shown) and shown[-1] == "..."
        kept = shown[:-1] if more else shown
        if len(kept) > len(real) or (len(kept) < len(real) and not more):
            yield f"{at}: shows {len(kept)} of {len(real)}"
        for index, (one, other) in enumerate(zip(kept, real, strict=False)):
            yield from differences(one, other, f"{at}[{index}]")
    elif timeless(shown) != timeless(real):
        yield f"{at}: shows {shown!r}, and it is {real!r}"


def timeless(value: Any) -> Any:
    return TIME.sub("(time)", value) if isinstance(value, str) else value


def disagreement(command: Command, printed: str) -> list[str]:
    """What the block after a command shows and the command did not print."""
    if command.shows is None:
        return []
    language, shown = command.shows
    if language == "json":
        return [f"{command.place} {each}" for each in differences(json.loads(shown), json.loads(printed))]
    lines = iter([line.rstrip() for line in printed.splitlines()])
    return [
        f"{command.place}: not printed, or not there: {line}"
        for line in shown.splitlines()
        if not any(line.rstrip() == each for each in lines)
    ]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, str]]:
    """What `make run` prints until it invites, and where it serves."""
    with python(*demo()) as process:
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if found := re.search(r"Serving on (http://\S+) ", line):
                break
        else:
            pytest.fail(f"it ended: {process.communicate()[1]}")
        yield printed, found[1]
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_a_command_is_run_by_something(command: Command) -> None:
    assert command in TOUR or command in AWS or command.text in RUN_BY or command.words[0].endswith("/sam")


def test_nothing_is_named_that_no_document_says() -> None:
    said = {each.text for each in COMMANDS}
    inline = {
        code for path in DOCUMENTS for code in re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8"))
    }
    assert RUN_BY.keys() <= said | inline


def test_make_run_prints_what_the_documents_show(served: tuple[str, str]) -> None:
    shown = [each for each in COMMANDS if each.text == "make run" and each.shows]
    assert [each.place.split(":")[0] for each in shown] == ["README.md", "docs/tour.md"]
    for each in shown:
        assert not disagreement(each, served[0])


def test_the_tour_goes_as_the_documents_show(served: tuple[str, str]) -> None:
    """One shell, because a command may use what one before it kept; at rest between them, as people are slow."""
    url = served[1]
    script = ["set -eu"]
    for each in TOUR:
        text = each.text.replace(HERE, url)
        if COMMAND in text:
            installed = str(Path(sys.executable).with_name("lead-routing"))
            text = f"{text.replace(COMMAND, shlex.quote(installed))} --url {url}"
        script += [text, "printf '\\036'", f"curl -s -X POST {url}/_local/settle >/dev/null"]
    done = subprocess.run(
        ["sh", "-c", "\n".join(script)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = done.stdout.split("\036")[:-1]
    wrong = [line for each, text in zip(TOUR, printed, strict=True) for line in disagreement(each, text)]
    assert not wrong, "\n".join(wrong)


def test_leads_of_ones_own_go_as_the_documents_show() -> None:
    (command,) = (each for each in COMMANDS if each.text.startswith("LEADS="))
    *settings, make, target = command.words
    assert (make, target) == ("make", "run")
    done = subprocess.run(
        [sys.executable, *demo("--once")],
        cwd=ROOT,
        env={**os.environ, **dict(each.split("=", 1) for each in settings)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert not disagreement(command, done.stdout)


def make_commands() -> list[str]:
    inline = (
        code
        for path in DOCUMENTS
        for code in re.findall(r"`(make [^`\n]+)`", path.read_text(encoding="utf-8"))
    )
    fenced = (each.text for each in COMMANDS if "make" in each.words)
    return sorted({*inline, *fenced} - {"make PYTHON=/path/to/python3"})


@pytest.mark.parametrize("command", make_commands())
def test_a_target_of_make_exists(command: str) -> None:
    words = shlex.split(command)
    done = subprocess.run(
        ["make", "--dry-run", *words[words.index("make") + 1 :]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", AWS, ids=named)
def test_a_command_of_the_aws_cli_is_one(command: Command) -> None:
    """The CLI takes its commands and options from the service model that botocore has too."""
    words = command.words
    model = botocore.session.Session().get_service_model(words[1])
    operation = {xform_name(name, "-"): name for name in model.operation_names}[words[2]]
    shape = model.operation_model(operation).input_shape
    options = {word.split("=")[0] for word in words[3:] if word.startswith("--")}
    known = {f"--{xform_name(name, '-')}" for name in shape.members}
    flags = {
        f"--no-{xform_name(name, '-')}" for name, of in shape.members.items() if of.type_name == "boolean"
    }
    assert options <= known | flags | {"--query", "--output"}
    assert {f"--{xform_name(name, '-')}" for name in shape.required_members} <= options


SAM = ROOT / ".venv-sam" / "bin" / "sam"


@cache
def sam_help(command: str) -> str:
    return subprocess.run(
        [SAM, command, "--help"],
        env={**os.environ, "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


@pytest.mark.skipif(not SAM.exists(), reason="there is no .venv-sam here; make test has one")
@pytest.mark.parametrize(
    "words",
    [
        ["sam", "deploy", "--config-env", "--parameter-overrides"],
        *(each.words for each in COMMANDS if each.words[0].endswith("/sam")),
    ],
    ids=" ".join,
)
def test_sam_has_the_options(words: list[str]) -> None:
    found = sam_help(words[1])
    assert all(word in found for word in words[2:] if word.startswith("--"))


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.text.startswith(COMMAND)], ids=named)
def test_the_command_has_the_options(command: Command) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lead-routing"), command.words[1], "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert all(word in done.stdout for word in command.words[2:] if word.startswith("--"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_what_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(text):
        if not target.startswith("http"):
            file, _, heading = target.partition("#")
            there = (path.parent / file) if file else path
            assert there.exists(), target
            assert not heading or heading in anchors(there), target
    described = json.loads(openapi.DOCUMENT.read_text(encoding="utf-8"))["paths"]
    for method, route in ROUTE.findall(text):
        assert method.lower() in described.get(route, {}), f"{method} {route}"
    for name in re.findall(r"`((?:functions|layers|tools|tests|events|examples|docs)/[\w./-]*\w)`", text):
        assert (ROOT / name).exists(), name


def test_the_openapi_document_is_what_the_code_says() -> None:
    assert openapi.DOCUMENT.read_text(encoding="utf-8") == openapi.text(), "write it: python -m tools.openapi"
    types = api_types.text(openapi.document())
    assert api_types.TYPES.read_text(encoding="utf-8") == types, "write them: python -m tools.openapi"


def anchors(path: Path) -> set[str]:
    """The headings of a document as GitHub links to them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
