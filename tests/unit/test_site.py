"""The console's files as the local runner serves them."""

import gzip
import json
import os
from pathlib import Path

import pytest

from tools.local_api.gateway import Request, Response
from tools.local_api.site import Site

CODE = b"let a = 1;" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("the page", encoding="utf-8")
    (built / "assets" / "main-1.js").write_bytes(CODE)
    (built / ".made-from").write_text("secret", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return built


def get(site: Site, target: str, method: str = "GET", **headers: str) -> Response:
    sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
    found = site.answer(Request(method, target, sent, b""))
    assert found is not None
    return found


def test_files_are_served_with_their_policy_packed_and_lasting_where_their_name_changes(folder: Path) -> None:
    site = Site(folder, ["http://127.0.0.1:9"])
    plain, packed = get(site, "/assets/main-1.js"), get(site, "/assets/main-1.js", Accept_Encoding="gzip, br")
    assert plain.body == CODE
    assert gzip.decompress(packed.body) == CODE
    assert ("content-encoding", "gzip") in packed.headers
    told = dict(plain.headers)
    assert told["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in told["cache-control"]
    assert "script-src 'self';" in told["content-security-policy"]
    assert "connect-src 'self' http://127.0.0.1:9;" in told["content-security-policy"]
    assert dict(get(site, "/").headers)["cache-control"] == "no-cache"
    assert json.loads(get(site, "/config.json").body) == {"sign_in": "local"}


@pytest.mark.parametrize(
    "target", ["/", "/next?x=1", "/leads/L1", "/company/ana.smith", "/../../secret", "/../secret.txt"]
)
def test_a_path_of_the_pages_own_is_the_page_and_none_leaves_the_folder(folder: Path, target: str) -> None:
    assert get(Site(folder), target, "HEAD").body == b"the page"


@pytest.mark.parametrize("target", ["/assets/gone.js", "/.made-from", "/..%2fsecret"])
def test_a_missing_file_is_missing(folder: Path, target: str) -> None:
    answer = get(Site(folder), target)
    assert (answer.status, answer.body) == (404, b"Not Found")


def test_what_is_the_apis_is_left_to_it_and_so_is_everything_where_nothing_is_built(folder: Path) -> None:
    site = Site(folder)
    for method, target in (("GET", "/v1/health"), ("POST", "/"), ("GET", "/_local/clock")):
        assert site.answer(Request(method, target, [], b"")) is None
    assert Site(folder / "assets").answer(Request("GET", "/", [], b"")) is None


def test_what_is_built_anew_is_served_without_a_restart(folder: Path) -> None:
    site = Site(folder)
    get(site, "/")
    (folder / "index.html").write_text("the new page", encoding="utf-8")
    os.utime(folder / "index.html", ns=(1, 1))
    assert get(site, "/").body == b"the new page"
