"""When a lead may be called: the windows of its places, intersected. Exact by each place's wall clock.

A local day is cut at a change of the clocks into spans of one offset, so that an hour that a spring night leaves out is
in no window, and both of an autumn night's are. Inside, times are whole seconds since 1970.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from routing.domain.calling_places import HOME, UNKNOWN, Place, places
from routing.domain.calling_rules import CallingRule, Window, federal

HORIZON_DAYS = 60
"""How many days ahead an opening is looked for."""
DAY = 86_400
CACHED = 20_000
"""Days of places, days of classes and answers that are kept, of each."""
ELSEWHERE = "XX"
GROUP_BY_ZONE = {
    "America/New_York": "ET",
    "America/Chicago": "CT",
    "America/Denver": "MT",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "PT",
    "America/Anchorage": "AH",
    "America/Adak": "AH",
    "Pacific/Honolulu": "AH",
}
"""From the first to open to the last."""
ANYWHERE = "UN"
"""The group of classes with `unknown`, open for so short a time that they would stand in others' way."""
GROUPS = (*dict.fromkeys(GROUP_BY_ZONE.values()), ELSEWHERE, ANYWHERE)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_FURTHEST_EAST, _FURTHEST_WEST = 14 * 3600, 12 * 3600
_WORST_FIRST = ("closed_by_company", "holiday", "no_calls_this_weekday", "outside_hours")

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PlaceHours:
    """One place on its local day: its window (minutes of the day; None: no calls), why, and by which rule.

    reason: `open` or `outside_hours` by the time of day; `no_calls_this_weekday`, `holiday`, `closed_by_company`.
    """

    place: Place
    day: date
    window: Window | None
    reason: str
    holiday: str | None
    rule: CallingRule


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether a class may be called at an instant. reason: `open`, or the gravest of its places' reasons.

    sources: of the rules that close it, or of all that let it be open. changes_at: when it closes or opens next; None
    when it does not within the horizon. windows: of every place, on its local day.
    """

    open: bool
    reason: str
    sources: tuple[str, ...]
    changes_at: datetime | None
    windows: tuple[PlaceHours, ...]


@dataclass(frozen=True, slots=True)
class _Day:
    """A place's local day: its hours by rule, when it is open, and every instant at which anything changes."""

    hours: PlaceHours
    spans: Spans
    edges: tuple[int, ...]


def zone_group(calling_class: str) -> str:
    """Which of a few groups a class is filed under: by its place that opens last. It does not depend on the rules.

    `XX` for a class none of whose places is in a zone of the states.
    """
    if UNKNOWN in calling_class:
        return ANYWHERE
    order = list(GROUP_BY_ZONE)
    known = [order.index(each.zone) for each in places(calling_class) if each.zone in GROUP_BY_ZONE]
    return GROUP_BY_ZONE[order[max(known)]] if known else ELSEWHERE


class CallingHours:
    """Calling hours under a company's rules. Build it once for each version of them: it keeps what it computed."""

    def __init__(self, rules: Iterable[CallingRule]) -> None:
        self._rules: dict[tuple[str, str | None], list[CallingRule]] = {}
        # Another id than the built-in one goes first, then the company's own, then the newest: the first that counts on
        # a day decides.
        for rule in sorted(rules, key=_precedence, reverse=True):
            self._rules.setdefault((rule.country, rule.state), []).append(rule)
        self._place_days: dict[tuple[str, int], _Day] = {}
        self._class_days: dict[tuple[str, int], Spans] = {}
        self._answers: dict[str, tuple[int, int, Hours]] = {}
        self._widest: dict[int, Window | None] = {}
        limits = (each.calls_per_24h for of_place in self._rules.values() for each in of_place)
        self.greatest_call_limit = max((each for each in limits if each is not None), default=0)

    def at(self, calling_class: str, instant: datetime) -> Hours:
        """Whether the class may be called at the instant, and why."""
        second = _second(instant)
        kept = self._answers.get(calling_class)
        if kept is not None and kept[0] <= second < kept[1]:
            return kept[2]
        today = second // DAY
        since, until = today * DAY, (today + 1) * DAY
        found: list[PlaceHours] = []
        for place in places(calling_class):
            day = self._place_day(place, _local_day(place.zone, second))
            since = max(since, *(edge for edge in day.edges if edge <= second))
            until = min(until, *(edge for edge in day.edges if edge > second))
            found.append(_now(day, second))
        answer = self._answer(calling_class, second, tuple(found))
        _keep(self._answers, calling_class, (since, until, answer))
        return answer

    def _answer(self, calling_class: str, second: int, windows: tuple[PlaceHours, ...]) -> Hours:
        closed = [each for each in windows if each.reason != "open"]
        reason = min((each.reason for each in closed), key=_WORST_FIRST.index, default="open")
        deciding = closed or windows
        sources = dict.fromkeys(f"{each.rule.id}: {each.rule.source}" for each in deciding)
        edge = self._opens(calling_class, second) if closed else self._closes(calling_class, second)
        return Hours(not closed, reason, tuple(sources), None if edge is None else _instant(edge), windows)

    def opens(self, calling_class: str, instant: datetime) -> datetime | None:
        """The first instant from this one on inside the windows; None when there is none within the horizon."""
        second = _second(instant)
        found = self._opens(calling_class, second)
        return instant if found == second else None if found is None else _instant(found)

    def closes(self, calling_class: str, instant: datetime) -> datetime | None:
        """The end of the window that the instant is in, or the horizon when it has none; None when it is closed."""
        second = _second(instant)
        if self._opens(calling_class, second) != second:
            return None
        found = self._closes(calling_class, second)
        return instant + timedelta(days=HORIZON_DAYS) if found is None else _instant(found)

    def calls_per_24h(self, calling_class: str, instant: datetime) -> int | None:
        """How often one phone number may be called in 24 hours: the least that a place's rule allows."""
        second = _second(instant)
        caps = (
            self._rule(place, date.fromordinal(_local_day(place.zone, second))).calls_per_24h
            for place in places(calling_class)
        )
        return min((cap for cap in caps if cap is not None), default=None)

    def after_open_minutes(self, calling_class: str, start: datetime, minutes: int) -> datetime:
        """The instant by which the class has been open for so many minutes since `start`.

        Where it does not open within the horizon, the end of that.
        """
        left = timedelta(minutes=minutes)
        at = start
        while left:
            opening = self.opens(calling_class, at)
            closing = self.closes(calling_class, opening) if opening is not None else None
            if opening is None or closing is None:
                return at + timedelta(days=HORIZON_DAYS)
            if closing - opening >= left:
                return opening + left
            left -= closing - opening
            at = closing
        return at

    def may_be_open(self, group: str, instant: datetime) -> bool:
        """Whether a class of this zone group may be open: False only when none can be.

        By the widest window that any rule of the United States has in the group's zones, without computing holidays.
        """
        if group == ELSEWHERE:
            return True
        if group == ANYWHERE:
            return self.opens(UNKNOWN, instant) == instant
        for zone, of in GROUP_BY_ZONE.items():
            if of == group:
                local = instant.astimezone(ZoneInfo(zone))
                widest = self._widest_on(local.toordinal())
                if widest is not None and widest[0] <= local.hour * 60 + local.minute < widest[1]:
                    return True
        return False

    def may_open(self, group: str, instant: datetime) -> datetime | None:
        """From when on a class of this zone group may be open: none is before. None when that is not in sight."""
        if self.may_be_open(group, instant):
            return instant
        if group == ANYWHERE:
            return self.opens(UNKNOWN, instant)
        days = (instant.date() + timedelta(days=ahead) for ahead in range(-1, HORIZON_DAYS))
        begins = {day: widest[0] for day in days if (widest := self._widest_on(day.toordinal())) is not None}
        opens = (
            datetime.combine(day, time(*divmod(minute, 60)), ZoneInfo(zone)).astimezone(UTC)
            for day, minute in begins.items()
            for zone, of in GROUP_BY_ZONE.items()
            if of == group
        )
        return min((each for each in opens if each > instant), default=None)

    def _widest_on(self, ordinal: int) -> Window | None:
        if ordinal not in self._widest:
            day = date.fromordinal(ordinal)
            regions = {(HOME, None), *(region for region in self._rules if region[0] == HOME)}
            counting = [self._rule_of(country, state, day) for country, state in regions]
            all_of = [window for rule in counting for window in (rule.windows[day.weekday()], rule.holiday)]
            open_on = [window for window in all_of if window is not None]
            starts, stops = [each[0] for each in open_on], [each[1] for each in open_on]
            _keep(self._widest, ordinal, (min(starts), max(stops)) if open_on else None)
        return self._widest[ordinal]

    def _rule(self, place: Place, day: date) -> CallingRule:
        return self._rule_of(place.country, place.state, day)

    def _rule_of(self, country: str, state: str | None, day: date) -> CallingRule:
        """The state's latest rule that counts on the day, else the country's, else the federal window."""
        for region in dict.fromkeys(((country, state), (country, None))):
            for rule in self._rules.get(region, ()):
                if rule.counts_on(day):
                    return rule
        return federal(country)

    def _place_day(self, place: Place, ordinal: int) -> _Day:
        key = (place.name, ordinal)
        found = self._place_days.get(key)
        if found is None:
            day = date.fromordinal(ordinal)
            rule = self._rule(place, day)
            country_rule = self._rule_of(place.country, None, day)
            hours = _hours(place, day, rule, rule.closed_on | country_rule.closed_on)
            segments = _segments(place.zone, ordinal)
            spans = tuple(_inside(segments, ordinal, hours.window))
            edges = sorted({edge for span in (*spans, *(each[:2] for each in segments)) for edge in span})
            found = _Day(hours, spans, tuple(edges))
            _keep(self._place_days, key, found)
        return found

    def _class_day(self, calling_class: str, day: int) -> Spans:
        """When the class is open in the UTC day (counted from 1970)."""
        key = (calling_class, day)
        found = self._class_days.get(key)
        if found is None:
            start = day * DAY
            found = ((start, start + DAY),)
            for place in places(calling_class):
                ordinals = range(_local_day(place.zone, start), _local_day(place.zone, start + DAY - 1) + 1)
                own = [span for ordinal in ordinals for span in self._place_day(place, ordinal).spans]
                found = tuple(_intersected(found, own))
                if not found:
                    break
            _keep(self._class_days, key, found)
        return found

    def _ahead(self, calling_class: str, second: int) -> Iterator[tuple[int, int]]:
        """The spans that end after this second, to the horizon; what joins at midnight UTC comes in pieces."""
        today = second // DAY
        for day in range(today, today + HORIZON_DAYS + 1):
            yield from (span for span in self._class_day(calling_class, day) if span[1] > second)

    def _opens(self, calling_class: str, second: int) -> int | None:
        return next((max(start, second) for start, _ in self._ahead(calling_class, second)), None)

    def _closes(self, calling_class: str, second: int) -> int | None:
        """Where the span that this second is in ends; None when it goes on to the horizon."""
        end = second
        for start, stop in self._ahead(calling_class, second):
            if start > end:
                return end
            end = stop
        return end if end < (second // DAY + HORIZON_DAYS + 1) * DAY else None


def _precedence(rule: CallingRule) -> tuple[bool, tuple[bool, date], str]:
    return not rule.has_built_in_id, rule.precedence, rule.id


def _hours(place: Place, day: date, rule: CallingRule, closed_on: frozenset[date]) -> PlaceHours:
    window, reason, holiday = rule.windows[day.weekday()], "no_calls_this_weekday", None
    if rule.has_holidays and (holiday := _holiday(rule, place, day)):
        window, reason = rule.holiday, "holiday"
    if day in closed_on:
        window, reason = None, "closed_by_company"
    return PlaceHours(place, day, window, "open" if window else reason, holiday, rule)


def _holiday(rule: CallingRule, place: Place, day: date) -> str | None:
    if (day.month, day.day) in rule.also_holidays:
        return "Holiday of the rule"
    from routing.domain.holiday_calendar import public_holidays  # slow to load, and few states need it

    return public_holidays(place.country, place.state, day.year).get(day)


def _now(day: _Day, second: int) -> PlaceHours:
    hours = day.hours
    if hours.window is None or any(start <= second < stop for start, stop in day.spans):
        return hours
    return PlaceHours(hours.place, hours.day, hours.window, "outside_hours", hours.holiday, hours.rule)


def _inside(
    segments: tuple[tuple[int, int, int], ...], ordinal: int, window: Window | None
) -> Iterator[tuple[int, int]]:
    """When a local day's clock is inside the window."""
    if window is None:
        return
    midnight = (ordinal - _EPOCH_ORDINAL) * DAY
    for since, until, offset in segments:
        start = max(since, midnight + window[0] * 60 - offset)
        stop = min(until, midnight + window[1] * 60 - offset)
        if start < stop:
            yield start, stop


@lru_cache(maxsize=CACHED)
def _segments(zone: str, ordinal: int) -> tuple[tuple[int, int, int], ...]:
    """A local day as spans of one offset each: from, until, and seconds ahead of UTC."""
    midnight = (ordinal - _EPOCH_ORDINAL) * DAY
    low, high = midnight - _FURTHEST_EAST, midnight + DAY + _FURTHEST_WEST
    before, after = _offset(zone, low), _offset(zone, high)
    if before == after:
        return ((midnight - before, midnight - before + DAY, before),)
    while high - low > 1:  # to the second at which the clocks change
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    spans = (
        (midnight - before, min(high, midnight - before + DAY), before),
        (max(high, midnight - after), midnight - after + DAY, after),
    )
    return tuple(each for each in spans if each[0] < each[1])


def _intersected(
    some: Iterable[tuple[int, int]], others: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    others = tuple(others)
    for start, stop in some:
        for from_, until in others:
            if max(start, from_) < min(stop, until):
                yield max(start, from_), min(stop, until)


def _offset(zone: str, second: int) -> int:
    offset = datetime.fromtimestamp(second, ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else offset // timedelta(seconds=1)


def _local_day(zone: str, second: int) -> int:
    return datetime.fromtimestamp(second, ZoneInfo(zone)).toordinal()


def _second(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(seconds=1)


def _instant(second: int) -> datetime:
    return _EPOCH + timedelta(seconds=second)


def _keep(kept: dict[Any, Any], key: object, value: object) -> None:
    """Keep at most so many; when they are full it begins again."""
    if len(kept) >= CACHED:
        kept.clear()
    kept[key] = value
