"""The commands of the project, as these tests run them."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAM = ROOT / ".venv-sam" / "bin"
UV = os.environ.get("UV") or str(ROOT / ".venv" / "bin" / "uv")
# No telemetry, and no Python but those that are here.
ENVIRONMENT = os.environ | {
    "AWS_DEFAULT_REGION": "us-east-1",
    "SAM_CLI_TELEMETRY": "0",
    "UV_PYTHON_DOWNLOADS": "never",
    "UV": UV,
}


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout
