"""The company file against the real set-up API: planned, applied, applied again, edited, refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import configure
from tools.http_client import Api
from tools.local_api.server import LocalApi

EXAMPLE = Path(__file__).parents[2] / "examples" / "company.yaml"
TOKEN = "dev:admin"


@pytest.fixture
def url() -> Iterator[str]:
    with LocalApi(store="embedded", port=0, data_dir=None, empty=True) as local:
        yield local.url


def test_the_example_company_is_planned_applied_and_then_left_alone(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = configure.plan(EXAMPLE, url, TOKEN)
    created = sum(change.differences is None for change in planned.changes)
    assert (created, len(planned.changes)) == (
        27,
        29,
    )  # the root account and the record type are there already
    with Api(url, TOKEN) as api:
        assert [account["id"] for account in api.items("/v1/accounts")] == ["admin", "corporate"]

    summary = configure.apply(EXAMPLE, url, TOKEN)
    assert (summary.created, summary.changed, summary.unchanged) == (27, 2, 0)
    assert summary.notes == []
    assert {"accounts/admin", "sources/api", "dispositions/sold"} <= set(summary.only_on_server)

    with Api(url, TOKEN) as api:
        before = {path: list(api.items(f"/v1/{path}")) for path in configure.COLLECTIONS.values()}
    again = configure.apply(EXAMPLE, url, TOKEN)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 29)
    with Api(url, TOKEN) as api:
        assert {path: list(api.items(f"/v1/{path}")) for path in configure.COLLECTIONS.values()} == before

    edited = tmp_path / "company.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    edited.write_text(
        text.replace(", enabled: false}", "}").replace("lease_minutes: 20", "lease_minutes: 25")
    )
    assert configure.main(["plan", str(edited), "--url", url]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "~ accounts/marcus",
        "    enabled: false -> true",
        "~ pull-strategies/follow-up",
        "    lease_minutes: 20 -> 25",
    ]
    assert str(configure.apply(edited, url, TOKEN)) == "0 created, 2 changed, 27 unchanged"
    with Api(url, TOKEN) as api:
        assert api.get("/v1/accounts/marcus")["enabled"] is True

    refused = tmp_path / "refused.yaml"
    refused.write_text(text.replace("value: refinance}", "value: {}}").replace("email: ana@", "mail: ana@"))
    lines = text.splitlines()
    ana = next(number for number, line in enumerate(lines, 1) if "id: ana" in line)
    desk = next(number for number, line in enumerate(lines, 1) if "value: refinance}" in line)
    assert configure.main(["apply", str(refused), "--url", url]) == 1
    err = capsys.readouterr().err
    assert f"{refused}:{ana}: accounts[4].mail (ana): " in err
    assert f"{refused}:{desk}: push_strategies[3].criteria[0].value (dallas-refinance-desk): " in err
