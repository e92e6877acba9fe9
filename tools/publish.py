"""Puts the console's files where CloudFront has them from, in an order in which no page ever misses what it names."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.local_api.site import TYPES

A_YEAR = "public, max-age=31536000, immutable"
EACH_TIME = "no-cache"
ASSETS = "assets/"
CONFIG = "config.json"
LAST = (CONFIG, "manifest.webmanifest", "sw.js", "index.html")
"""What names the others, after them; a name with a hash in it is below `assets/`, and is never another file."""


def config(outputs: Mapping[str, str], sign_in_domain: str) -> dict[str, Any]:
    """What the console reads to sign people in. outputs: of the stack. sign_in_domain: the parameter of that name."""
    pool = outputs["UserPoolId"]
    region = pool.partition("_")[0]
    return {
        "sign_in": "cognito",
        "authority": f"https://cognito-idp.{region}.amazonaws.com/{pool}",
        "client_id": outputs["UserPoolClientId"],
        "sign_in_domain": f"https://{sign_in_domain}.auth.{region}.amazoncognito.com",
        "service_worker": True,
    }


def publish(s3: Any, bucket: str, folder: Path, configuration: Mapping[str, Any]) -> int:
    """Put what was built in `folder` into the bucket, with the configuration; how many files that were.

    What was there of former builds stays: somebody has yesterday's page open.
    """
    files = {name: folder / name for name in _names(folder)}
    for name in _in_order([*files, CONFIG]):
        body = json.dumps(configuration).encode() if name == CONFIG else files[name].read_bytes()
        s3.put_object(
            Bucket=bucket,
            Key=name,
            Body=body,
            ContentType=TYPES.get(Path(name).suffix, "application/octet-stream"),
            CacheControl=A_YEAR if name.startswith(ASSETS) else EACH_TIME,
        )
    return len({*files, CONFIG})


def _names(folder: Path) -> list[str]:
    """Every file but the build's own notes, which begin with a dot or lie below one that does."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return [name for name in names if "/." not in f"/{name}"]


def _in_order(names: Sequence[str]) -> list[str]:
    def place(name: str) -> tuple[int, str]:
        at = LAST.index(name) + 1 if name in LAST else 0 if not name.startswith(ASSETS) else -1
        return at, name

    return sorted(set(names), key=place)
