"""Builds the console: `python -m tools.console` has npm bring what is locked and Vite build `console/dist`.

Again it does nothing, until a source or the lock has changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "console"
BUILT = HOME / "dist"
NODE = ROOT / ".venv-web" / "bin"
_STAMP = ".made-from"
_LOCK = ("package.json", "package-lock.json")
_OTHERS = ("node_modules", "dist", "dist.new")


class NotBuiltError(Exception):
    """The console could not be built; the message says why."""


def environment() -> dict[str, str]:
    """What npm needs: the Node that is locked, the machine's certificates, and no long wait without a network."""
    return {
        **os.environ,
        "PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}",
        "NODE_USE_SYSTEM_CA": "1",
        "npm_config_fetch_retries": "1",
        "npm_config_fetch_retry_mintimeout": "1000",
        "npm_config_update_notifier": "false",
    }


def npm(*arguments: str, where: Path) -> None:
    """Run npm there, and show what it says only where it fails. Raises NotBuiltError."""
    try:
        command = ["npm", *arguments]
        subprocess.run(command, cwd=where, env=environment(), check=True, capture_output=True, text=True)
    except OSError as failure:
        raise NotBuiltError(f"npm does not start: {failure}") from failure
    except subprocess.CalledProcessError as failure:
        raise NotBuiltError(f"`npm {' '.join(arguments)}`: {failure.stdout}{failure.stderr}") from failure


def install() -> None:
    """Have npm bring the packages that are locked. Raises NotBuiltError."""
    made_from = _digest(HOME / name for name in _LOCK)
    stamp = HOME / "node_modules" / _STAMP
    if _text(stamp) != made_from:
        print("Having npm bring the console's packages, once", flush=True)
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", where=HOME)
        stamp.write_text(made_from, encoding="utf-8")


def build() -> None:
    """Build the console where it is not as its sources are. Raises NotBuiltError."""
    sources = [
        path
        for entry in HOME.iterdir()
        if entry.name not in _OTHERS
        for path in ([entry] if entry.is_file() else entry.rglob("*"))
        if path.is_file()
    ]
    made_from = _digest(sources)
    if _text(BUILT / _STAMP) == made_from:
        return
    install()
    print("Building the console", flush=True)
    new = HOME / "dist.new"
    npm("run", "build", "--", "--outDir", str(new), "--emptyOutDir", where=HOME)
    (new / _STAMP).write_text(made_from, encoding="utf-8")
    shutil.rmtree(BUILT, ignore_errors=True)
    new.rename(BUILT)


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(HOME).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def main() -> int:
    """Build, or say why not: the API is of use without its screens."""
    try:
        build()
    except NotBuiltError as failure:
        print(f"The console could not be built, the API is served without it.\n{failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
