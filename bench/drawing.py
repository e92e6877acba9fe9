"""Curves of what grows, as SVG; the same curves are the same file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa3377", "#555555")
"""Told apart by the colour-blind as well (after Okabe and Ito)."""
_MARKS = "o^sDv"


@dataclass(frozen=True, slots=True)
class Line:
    """Points by x, positive in both."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot, both axes logarithmic, with its lines. across, up: what the axes show."""

    title: str
    across: str
    up: str
    lines: tuple[Line, ...]


def svg(panels: Sequence[Panel]) -> str:
    """The panels side by side, as a picture of its own."""
    # Only drawing needs it, and it takes a second to load.
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    picture = io.StringIO()
    # Text stays text; no ids by chance, no date.
    with rc_context({"svg.hashsalt": "bench", "svg.fonttype": "none"}):
        figure = Figure(figsize=(6.4 * len(panels), 4.8), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            axes.set_title(panel.title, loc="left", fontweight="bold")
            axes.set_xlabel(panel.across)
            axes.set_ylabel(panel.up)
            axes.set_xscale("log")
            axes.set_yscale("log")
            for at, line in enumerate(panel.lines):
                across, up = zip(*sorted(line.points), strict=True)
                colour, mark = _COLOURS[at % len(_COLOURS)], _MARKS[at % len(_MARKS)]
                axes.plot(across, up, label=line.name, color=colour, marker=mark)
            measured = sorted({x for line in panel.lines for x, _ in line.points})
            axes.set_xticks(measured, [f"{x:,.10g}" for x in measured], minor=False)
            axes.set_xticks([], minor=True)
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:,.10g}")
            axes.set_yticks([], minor=True)
            axes.grid(color="#dddddd")
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False)
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()
