"""Line plots as SVG, without any library: both axes logarithmic, for what grows."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 620, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 28, 108, 64
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#aa3377", "#555555")
"""Told apart by the colour-blind as well (after Okabe and Ito)."""
_MARKS = (
    '<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
    '<path d="M{x:.1f} {y:.1f}m-5 4h10l-5 -9z"/>',
    '<path d="M{x:.1f} {y:.1f}m-4 -4h8v8h-8z"/>',
    '<path d="M{x:.1f} {y:.1f}m0 -6l6 6l-6 6l-6 -6z"/>',
    '<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>',
)


@dataclass(frozen=True, slots=True)
class Line:
    """Points by x, positive in both."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot, with its lines."""

    title: str
    across: str
    up: str
    lines: tuple[Line, ...]


def svg(panels: Sequence[Panel]) -> str:
    """The panels side by side, as a picture of its own."""
    width = WIDTH * len(panels)
    size = f'width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{HEIGHT}" fill="white"/>',
    ]
    for at, panel in enumerate(panels):
        parts += [f'<g transform="translate({at * WIDTH} 0)">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True, slots=True)
class _Axis:
    """From `low` to `high`, laid between two pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)


def _panel(panel: Panel) -> Iterator[str]:
    xs = sorted({x for line in panel.lines for x, _ in line.points})
    ys = [y for line in panel.lines for _, y in line.points]
    across = _Axis(xs[0] / 1.2, xs[-1] * 1.2, _LEFT, WIDTH - _RIGHT)
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys) * 1.01))
    up = _Axis(10.0**low, 10.0**high, HEIGHT - _BOTTOM, _TOP)
    yield f'<text x="{_LEFT}" y="24" font-size="16" font-weight="bold">{escape(panel.title)}</text>'
    for power in range(low, high + 1):
        y = up.at(10.0**power)
        yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="#cccccc"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,.10g}</text>'
    floor = HEIGHT - _BOTTOM
    for x in xs:
        yield f'<path d="M{across.at(x):.1f} {_TOP}V{floor}" stroke="#eeeeee"/>'
        yield f'<text x="{across.at(x):.1f}" y="{floor + 20}" text-anchor="middle">{x:,.10g}</text>'
    yield f'<path d="M{_LEFT} {_TOP}V{floor}H{WIDTH - _RIGHT}" fill="none" stroke="black"/>'
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">{escape(panel.across)}</text>'
    turned = f'transform="translate(20 {(_TOP + floor) / 2}) rotate(-90)"'
    yield f'<text {turned} text-anchor="middle">{escape(panel.up)}</text>'
    for at, line in enumerate(panel.lines):
        yield from _line(line, at, across, up)


def _line(line: Line, at: int, across: _Axis, up: _Axis) -> Iterator[str]:
    colour, mark = _COLOURS[at % len(_COLOURS)], _MARKS[at % len(_MARKS)]
    spots = [(across.at(x), up.at(y)) for x, y in sorted(line.points)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    # The legend stands above the plot, two names to a row.
    left, top = _LEFT + 6 + at % 2 * 250, 48 + at // 2 * 20
    yield f'<g fill="{colour}">'
    yield from (mark.format(x=x, y=y) for x, y in [*spots, (left, top - 4)])
    yield "</g>"
    yield f'<text x="{left + 12}" y="{top}">{escape(line.name)}</text>'
