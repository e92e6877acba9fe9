"""For all tests: nothing here ever talks to AWS, and none is too slow on a machine that is shared."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

# Whoever forgets an endpoint fails for the credentials, and not on somebody's bill.
os.environ.update(
    {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)
os.environ.pop("AWS_PROFILE", None)
os.environ.pop("AWS_SESSION_TOKEN", None)

SLOWEST_FIRST = ("deployed", "concurrency", "e2e", "template", "functional", "unit")
COVERAGE = None
if os.environ.get("COVERAGE"):
    from tests.coverage import Coverage

    COVERAGE = Coverage(float(os.environ["COVERAGE"]))  # now, before anything of the layer is imported


def pytest_configure(config: pytest.Config) -> None:
    if COVERAGE is not None:
        config.pluginmanager.register(COVERAGE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever is done first takes the next file: the long ones come first, so that nobody waits at the end.

    Within a folder what is marked `last`, for it waits for what time does, comes after the others.
    """
    items.sort(
        key=lambda each: (SLOWEST_FIRST.index(_folder(each)), each.get_closest_marker("last") is not None)
    )


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]
