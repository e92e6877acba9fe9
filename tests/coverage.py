"""Which lines and branches of what is deployed the tests run, where COVERAGE says how many per cent at least.

slipcover puts its marks into the code when it is imported: that costs next to nothing, so every test counts.
"""

import json
from io import StringIO
from typing import Any

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover, merge_coverage, print_coverage

SOURCE = ["layers/routing/routing", "functions"]


class Coverage:
    """A plugin of pytest, and of xdist: each worker hands what it met to the process that reports."""

    def __init__(self, least: float) -> None:
        self._least = least
        # Marks that were met stay in: to take them out it walks modules that other threads may be importing.
        self._slipcover = Slipcover(branch=True, d_miss_threshold=10**9, exclude_also=["if TYPE_CHECKING:"])
        self._met: dict[str, Any] = {}
        self._of_workers: list[dict[str, Any]] = []
        ImportManager(self._slipcover, FileMatcher(sources=SOURCE)).__enter__()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if hasattr(node, "workeroutput"):  # it came to its end
            self._of_workers.append(json.loads(node.workeroutput["coverage"]))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["coverage"] = json.dumps(self._slipcover.get_coverage())
            return
        self._slipcover.source = SOURCE  # what nothing has imported counts too
        self._met = self._slipcover.get_coverage()
        for each in self._of_workers:
            merge_coverage(self._met, each)
        if self._share < self._least:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        table = StringIO()
        print_coverage(self._met, outfile=table, skip_covered=True)
        terminalreporter.write(table.getvalue())
        terminalreporter.write_line(
            f"Coverage: {self._share:.1f} % of lines and branches, at least {self._least:g} %",
            red=self._share < self._least,
        )

    @property
    def _share(self) -> float:
        return float(self._met["summary"]["percent_covered"])
