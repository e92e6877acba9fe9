"""A list of leads: its columns matched to what a lead has, its rows as the JSON that the API reads."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

from routing.domain.intake import KEYS, SECRET_KEY
from routing.domain.lists import headings, kinds_of_values
from routing.domain.lists.headings import CONTACTS, NAME
from routing.domain.lists.records import BadRow, Bytes, Place, Records, Resumed, Row, UnreadableListError
from routing.domain.provenance import KEYS as FACTS
from routing.domain.provenance import TARGETS as PARTS
from routing.domain.reading import names
from routing.domain.reading.text import identity

TARGETS = (
    *(
        key
        for key in KEYS
        if key not in {"source", "owner", "fields", *CONTACTS.values(), *FACTS, SECRET_KEY}
    ),
    NAME,
)
"""What a column can be for, beside `fields.<name>` and the parts of a consent or an attribution."""
SAMPLED_ROWS = 1000
SAMPLED_CHARACTERS = 1_000_000
"""On how much of the list it is decided whether a column is an identity."""
LOOKED_AT_VALUES = 50
"""Different values of a column by which it is decided what they are."""
LONGEST_ID = 200
_ROUNDED = re.compile(r"[+-]?\d(\.\d+)?E\+\d+", re.IGNORECASE)
_ONE_OF = {listed: key for key, listed in CONTACTS.items()}
_LEADLIKE = re.compile(r"[\s().+/\-]*(?:\d[\s().+/\-]*){10,15}")
Mapped = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A good row: the line it starts on, and the lead's JSON. is_identified: by an id of its own, not its content."""

    line: int
    lead: dict[str, object]
    is_identified: bool = False


class NoContactError(UnreadableListError):
    """No column is for an e-mail or a phone. found: the list, whose columns may be looked at and mapped."""

    def __init__(self, line: int, reason: str, found: "LeadList") -> None:
        super().__init__(line, reason)
        self.found = found


CREATED_AT = "created_at"
"""For when a lead came into being: of dated lists alone."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What was made out of a list's first rows, so that it can be read on from any place: its columns, in order.

    mapped: the targets that a mapping gave. first: where the rows begin, below the headings.
    """

    headings: tuple[str, ...]
    delimiter: str
    targets: tuple[str | None, ...]
    mapped: tuple[str, ...]
    first: Place


class LeadList:
    """A list of leads with a heading row, its columns in any order.

    `columns` pairs each heading with where its values go (None: left out): first as `mapping` says, then as
    `source_mapping` does, the one for its source's posts, as far as that fits; then by what is usually called so, else
    to a custom field named like the heading. Of several columns for a phone or an e-mail all
    are the lead's, the best named first.

    A column is taken for the `external_id` only if its values, as far as the sample goes, are distinct, look like ids
    and are no running number; a mapping goes before that. Without one the row's own content is its identity, so that
    the same row again is the same lead. `notes` says what was decided and assumed. Raises UnreadableListError when no
    lead can come of it: no headings, a mapping that does not fit, no column for an e-mail or a phone (NoContactError).

    A column whose name says nothing is for a phone, an e-mail or a state if that is what its values are; so is one of
    phones that is called an e-mail's, and the other way round. dated: a column may say when leads came into being.
    """

    def __init__(
        self,
        stream: Bytes,
        mapping: Mapped | None = None,
        source_mapping: Mapped = MappingProxyType({}),
        *,
        dated: bool = False,
        resumed: tuple[Layout, Place] | None = None,
    ) -> None:
        """Read the headings and a sample, and match the columns.

        resumed: how an earlier reading matched them, and the place in a list in UTF-8 from which it goes on, at which
        the stream begins.
        """
        self._known = (*TARGETS, CREATED_AT) if dated else TARGETS
        self._seen: dict[str, tuple[int, bytes]] = {}
        if resumed is not None:
            self._resume(stream, *resumed)
            return
        given = {headings.compact(heading) or heading for heading in (*(mapping or {}), *source_mapping)}

        def knows(cell: str) -> bool:
            return headings.named(cell) is not None or (headings.compact(cell) or cell) in given

        self._records = Records(stream, knows)
        if not self._records.headings:
            self._records.take_headings()
        self._line = self._records.first_line
        self._headings = self._records.headings
        if any(_is_of_a_lead(each) for each in self._headings):
            raise UnreadableListError(self._line, "looks like a lead; the first row must name the columns")
        self._mapping = self._with(source_mapping, self._fitted(mapping or {}))
        self._first = self._records.place
        self._rows = iter(self._records)
        self._sample = self._sampled()
        found = headings.targets(self._headings, self._mapping, self._by_values(dated))
        self._targets = self._decided(found)
        self._match(tuple(each for each in self._mapping.values() if each))
        for at, target in enumerate(self._targets):
            if target is None and self._headings[at] not in self._mapping:
                self.notes.append(f"column {at + 1} has no heading and is left out")
        if not set(CONTACTS) & set(self._targets):
            among = ", ".join(self._headings)
            raise NoContactError(
                self._line,
                f"no column for an e-mail or a phone among: {among}; name one so, or map one",
                self,
            )

    def _resume(self, stream: Bytes, layout: Layout, place: Place) -> None:
        self._records = Records(stream, lambda _: False, Resumed(layout.headings, layout.delimiter, place))
        self._headings, self._targets, self._first = layout.headings, list(layout.targets), layout.first
        self._rows, self._sample = iter(self._records), []
        self._match(layout.mapped)

    def _match(self, mapped: tuple[str, ...]) -> None:
        self._mapped = mapped
        self._by_key = self._ranked()

    @property
    def layout(self) -> Layout:
        """What the rest of the list is read by."""
        return Layout(
            self._headings, self._records.delimiter, tuple(self._targets), self._mapped, self._first
        )

    @property
    def place(self) -> Place:
        """Where the row after the last one begins, once those that were looked at first are behind."""
        return self._records.place

    def examples(self, column: int, most: int) -> list[str]:
        """Values of a column among the first rows, each once."""
        cells = (row.cells[column] for row in self._sample if isinstance(row, Row))
        return list(dict.fromkeys(each for each in cells if each))[:most]

    @property
    def notes(self) -> list[str]:
        """What was assumed, each thing once; more may come with the rows."""
        return self._records.notes

    @property
    def read(self) -> int:
        """How many bytes are behind us."""
        return self._records.read

    @property
    def columns(self) -> list[tuple[str, str | None]]:
        """Each heading with where its values go."""
        return list(zip(self._headings, self._targets, strict=True))

    def rows(self) -> Iterator[LeadRow | BadRow]:
        """Each row with something in it, in order; one at a time in memory. Once only."""
        for row in chain(self._sample, self._rows):
            yield row if isinstance(row, BadRow) else self._understood(row)

    def _fitted(self, mapping: Mapped) -> dict[str, str | None]:
        """The mapping by the list's own headings, which it may spell a little otherwise."""
        for heading, target in mapping.items():
            if target is not None and not self._is_target(target):
                raise UnreadableListError(
                    0,
                    f"the mapping of {heading}: '{target}' is neither null, nor fields.<name>, nor one of "
                    f"{', '.join(self._known)}",
                )
        found: dict[str, str | None] = {}
        unknown = []
        for heading, target in mapping.items():
            folded = headings.compact(heading)
            alike = [each for each in self._headings if folded and headings.compact(each) == folded]
            column = heading if heading in self._headings else alike[0] if len(alike) == 1 else None
            if column is None:
                unknown.append(heading)
            else:
                found[column] = target
        if unknown:
            raise UnreadableListError(
                self._line,
                f"the mapping names columns that the list has not: {', '.join(unknown)}; "
                f"it has {', '.join(self._headings)}",
            )
        targets = [each for each in found.values() if each is not None and each not in CONTACTS]
        twice = sorted({each for each in targets if targets.count(each) > 1})
        if twice:
            raise UnreadableListError(self._line, f"the mapping sends several columns to {', '.join(twice)}")
        return found

    def _is_target(self, text: str) -> bool:
        return text in self._known or text in PARTS or re.fullmatch(r"fields\.\w+", text) is not None

    def _with(self, source_mapping: Mapped, given: Mapping[str, str | None]) -> dict[str, str | None]:
        """The mapping with what the source's says of other columns. That is for posts: much of it no list has."""
        found = dict(given)
        by_spelling = {headings.compact(name) or name: target for name, target in source_mapping.items()}
        taken = {each for each in found.values() if each}
        for heading in self._headings:
            spelling = headings.compact(heading) or heading
            if heading in found or not (heading in source_mapping or spelling in by_spelling):
                continue
            said = source_mapping.get(heading, by_spelling.get(spelling))
            target = None if said is None or said == SECRET_KEY else _ONE_OF.get(said, said)
            has_parts = target == NAME and taken & {"first_name", "last_name"}
            is_free = target is None or target in CONTACTS or not (target in taken or has_parts)
            if is_free and (target is None or self._is_target(target)):
                found[heading] = target
                taken |= {target} if target else set()
        return found

    def _by_values(self, dated: bool) -> dict[str, str]:
        """What columns are for whose values say more than their names do."""
        found: dict[str, str] = {}
        known = {meant.key for each in self._headings if (meant := headings.named(each)) is not None}
        known |= {each for each in self._mapping.values() if each}
        for at, heading in enumerate(self._headings):
            if heading in self._mapping or not heading:
                continue
            meant, values = headings.named(heading), self.examples(at, LOOKED_AT_VALUES)
            if meant is None or meant.key in CONTACTS:
                target = kinds_of_values.told(values, None if meant is None else meant.key)
                if target is not None and (target in CONTACTS or target not in known):
                    found[heading] = target
                    known.add(target)
            is_new = dated and CREATED_AT not in known
            if is_new and headings.is_date(heading) and kinds_of_values.are_times(values):
                found[heading] = CREATED_AT
                known.add(CREATED_AT)
        return found

    def _sampled(self) -> list[Row | BadRow]:
        sample: list[Row | BadRow] = []
        characters = 0
        for row in self._rows:
            sample.append(row)
            characters += sum(map(len, row.cells)) if isinstance(row, Row) else 0
            if len(sample) >= SAMPLED_ROWS or characters >= SAMPLED_CHARACTERS:
                break
        return sample

    def _decided(self, found: list[str | None]) -> list[str | None]:
        """The targets, with the best column that is an identity for the external id, if there is one."""
        if "external_id" in self._mapping.values():
            return found
        candidates = sorted(
            (meant.rank, at)
            for at, heading in enumerate(self._headings)
            if heading not in self._mapping
            and (meant := headings.named(heading)) is not None
            and meant.key == "external_id"
        )
        decided = [None if each == "external_id" else each for each in found]
        taken = {each for each in decided if each}
        chosen = None
        for _, at in candidates:
            why = "" if chosen is None else "another column is"
            why = why or self._why_no_identity(at)
            if not why:
                chosen, decided[at] = at, "external_id"
                continue
            decided[at] = decided[at] or headings.field_for(self._headings[at], taken)
            taken.add(decided[at] or "")
            if chosen is None:
                self.notes.append(
                    f"column {self._headings[at]} is no identity: {why}; it is kept as {decided[at]}"
                )
        return decided

    def _why_no_identity(self, column: int) -> str:
        """Why the values of a column do not tell leads apart; empty when they do."""
        lines: dict[str, Row] = {}
        for row in self._sample:
            value = identity(row.cells[column]) if isinstance(row, Row) else None
            if value is None or isinstance(row, BadRow):
                continue
            if _ROUNDED.fullmatch(value):
                return f"line {row.line} has a number that a spreadsheet has rounded"
            if not any(each.isdigit() for each in value) or "@" in value or len(value) > LONGEST_ID:
                return f"line {row.line} has no number or code there"
            first = lines.setdefault(value, row)
            if first.cells != row.cells:
                return f"lines {first.line} and {row.line} have the same"
        return "it is a running number" if _is_running(list(lines)) else ""

    def _ranked(self) -> dict[str, list[int]]:
        """The columns of each key, best first."""
        found: dict[str, list[int]] = {}
        for at, target in enumerate(self._targets):
            if target is not None and not target.startswith("fields."):
                found.setdefault(target, []).append(at)
        for key in CONTACTS:
            if key not in self._mapped:
                found.get(key, []).sort(key=lambda at: headings.rank(self._headings[at]))
        return found

    def _understood(self, row: Row) -> LeadRow | BadRow:
        lead: dict[str, object] = {}
        fields: dict[str, object] = {}
        for cell, target in zip(row.cells, self._targets, strict=True):
            if cell and target and target.startswith("fields."):
                fields[target.removeprefix("fields.")] = cell
        for key, columns in self._by_key.items():
            filled = [at for at in columns if row.cells[at]]
            if not filled:
                continue
            cell = row.cells[filled[0]]  # as it stands: the API reads it, and says what it mends
            if key == NAME:
                first, last = names.split(cell)
                lead |= {name: part for name, part in (("first_name", first), ("last_name", last)) if part}
            elif len(filled) == 1:
                lead[key] = cell
            else:
                lead[CONTACTS[key]] = [self._contact(key, at, row.cells[at]) for at in filled]
        if fields:
            lead["fields"] = fields
        if not lead:
            return BadRow(row.line, "every column that is read is empty")
        return self._identified(row, lead)

    def _contact(self, key: str, column: int, cell: str) -> object:
        kind = headings.kind_of(key, self._headings[column])
        return cell if kind is None else {"value": cell, "kind": kind}

    def _identified(self, row: Row, lead: dict[str, object]) -> LeadRow | BadRow:
        given = identity(lead.pop("external_id", None))
        if given is not None and _ROUNDED.fullmatch(given):
            self._note(row.line, "has an id that a spreadsheet has rounded; such ids are not used")
            given = None
        content = self._content(row)
        if given is None:
            return LeadRow(row.line, {**lead, "external_id": f"row-{content.hex()}"})
        line, first = self._seen.setdefault(given, (row.line, content))
        if first != content:
            return BadRow(row.line, f"has the external_id of line {line}, and other data")
        return LeadRow(row.line, {**lead, "external_id": given}, is_identified=True)

    def _content(self, row: Row) -> bytes:
        """What tells a row from others, in whatever order, spelling and encoding the columns come."""
        cells = [
            (headings.compact(heading), cell)
            for heading, cell in zip(self._headings, row.cells, strict=True)
            if cell
        ]
        return hashlib.blake2b(json.dumps(sorted(cells)).encode(), digest_size=12).digest()

    def _note(self, line: int, what: str) -> None:
        if not any(note.endswith(what) for note in self.notes):
            self.notes.append(f"line {line} {what}")


def _is_of_a_lead(cell: str) -> bool:
    return "@" in cell or _LEADLIKE.fullmatch(cell) is not None


def _is_running(ids: Sequence[str]) -> bool:
    """Whether ids merely count the rows of their list, from one on, perhaps with some left out.

    Tomorrow's list counts from one again.
    """
    if not ids or not all(each.isdecimal() and len(each) < 10 for each in ids):
        return False
    numbers = [int(each) for each in ids]
    in_order = numbers in (sorted(numbers), sorted(numbers, reverse=True))
    return in_order and max(numbers) <= 2 * len(numbers) + 10
