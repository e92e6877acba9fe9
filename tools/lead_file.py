"""A CSV file of leads: its columns matched to what a lead has, its rows as the JSON that the API reads."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.csv_records import BadRow, CsvRecords, UnreadableFileError

# Headings as `slug` writes them, best first, for each key of a lead's JSON but `source`, which is the run's
# and not the row's. A second phone (`phone2`) is not here on purpose: it becomes a custom field.
SYNONYMS: Mapping[str, Sequence[str]] = {
    "record_type": ("record_type", "lead_type"),
    "channel": ("channel", "medium", "utm_medium"),
    "campaign": ("campaign", "campaign_name", "utm_campaign"),
    "cost": ("cost", "lead_cost", "price"),
    "external_id": ("external_id", "lead_id", "id", "reference"),
    "first_name": ("first_name", "firstname", "first", "given_name", "fname"),
    "last_name": ("last_name", "lastname", "last", "surname", "family_name", "lname"),
    "email": ("email", "e_mail", "email_address", "e_mail_address", "mail", "email1"),
    "phone": (
        "phone", "phone1", "phone_number", "phone_1", "telephone", "tel", "mobile", "mobile_phone",
        "cell", "cell_phone", "home_phone", "day_phone",
    ),
    "state": ("state", "state_code", "st", "state_province", "province", "region"),
    "postal_code": ("postal_code", "postalcode", "postal", "postcode", "zip", "zip_code", "zipcode", "zip5"),
    "pull_delay_minutes": ("pull_delay_minutes",),
}  # fmt: skip
Mapped = Mapping[str, str | None]


@dataclass(frozen=True)
class Row:
    """A good row: the line it starts on, and the lead's JSON."""

    line: int
    lead: dict[str, object]


def slug(heading: str) -> str:
    """A heading as a field's name: `Loan Amount ($)` is `loan_amount`."""
    return re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")[:64].rstrip("_")


def read_mapping(path: Path) -> dict[str, str | None]:
    """A YAML file's mapping: heading to a lead's key, to `fields.<name>`, or to null to leave it out."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as failed:
        raise UnreadableFileError(f"{path}: {failed.strerror or failed}") from failed
    except (UnicodeDecodeError, yaml.YAMLError) as failed:
        raise UnreadableFileError(
            f"{path}: not readable as YAML: {' '.join(str(failed).split())}"
        ) from failed
    if not isinstance(loaded, dict) or not all(v is None or isinstance(v, str) for v in loaded.values()):
        raise UnreadableFileError(f"{path}: a mapping is one `heading: key of the lead` a line")
    for heading, target in loaded.items():
        if target is not None and target not in SYNONYMS and not re.fullmatch(r"fields\.\w+", target):
            known = ", ".join(SYNONYMS)
            raise UnreadableFileError(
                f"{path}: {heading}: '{target}' is neither null, nor fields.<name>, nor one of {known}"
            )
    return {str(heading): target for heading, target in loaded.items()}


class LeadFile(CsvRecords):
    """A CSV file of leads with a heading row, its columns in any order.

    `columns` pairs each heading with where its values go (None: left out): first as `mapping` says, then by
    the built-in synonyms, else to a custom field named like the heading. Raises UnreadableFileError when no
    lead can come of it: no headings, no column for an e-mail or a phone, a mapping that does not fit.
    """

    def __init__(self, path: Path, mapping: Mapped | None = None) -> None:
        """Open the file, read its heading row and match the columns."""
        super().__init__(path)
        try:
            targets = self._targets(mapping or {})
        except UnreadableFileError:
            self.close()
            raise
        self.columns = list(zip(self.headings, targets, strict=True))

    def rows(self) -> Iterator[Row | BadRow]:
        """Each row that is left, in the file's order; one at a time in memory."""
        for record in self:
            if isinstance(record, BadRow):
                yield record
                continue
            line, cells = record
            lead = self._lead(cells)
            yield Row(line, lead) if lead else BadRow(line, "every column that is read is empty")

    def _targets(self, mapping: Mapped) -> list[str | None]:
        headings, line = self.headings, self.heading_line
        if any("@" in heading or re.fullmatch(r"[\d\s().+-]{7,}", heading) for heading in headings):
            raise self.unusable(line, "looks like a lead; the first row must name the columns")
        unknown = [heading for heading in mapping if heading not in headings]
        if unknown:
            raise self.unusable(
                line, f"the mapping names columns that the file has not: {', '.join(unknown)}"
            )
        targets = [mapping.get(heading) for heading in headings]
        twice = sorted({target for target in targets if target and targets.count(target) > 1})
        if twice:
            raise self.unusable(line, f"the mapping sends several columns to {', '.join(twice)}")
        free = [i for i, heading in enumerate(headings) if heading not in mapping]
        for key in SYNONYMS:
            ranked = [(rank, i) for i in free if (rank := _rank(key, headings[i])) is not None]
            if ranked and key not in targets:
                targets[min(ranked)[1]] = key
        for i in free:
            targets[i] = targets[i] or self._custom(i, targets)
        if "email" not in targets and "phone" not in targets:
            among = ", ".join(headings)
            raise self.unusable(
                line, f"no column for an e-mail or a phone among: {among}; name one so, or map one"
            )
        return targets

    def _custom(self, column: int, taken: Sequence[str | None]) -> str | None:
        name = slug(self.headings[column])
        if not name:
            self.notes.append(f"column {column + 1} has no heading and is left out")
            return None
        target, number = f"fields.{name}", 2
        while target in taken:
            target, number = f"fields.{name}_{number}", number + 1
        return target

    def _lead(self, cells: Sequence[str]) -> dict[str, object]:
        lead: dict[str, object] = {}
        fields: dict[str, object] = {}
        for (_, target), cell in zip(self.columns, cells, strict=True):
            value = cell.strip()
            if not value or target is None:
                continue
            if target.startswith("fields."):
                fields[target.removeprefix("fields.")] = value
            else:
                lead[target] = value  # as it stands: the API reads it, and says what it mends
        if fields:
            lead["fields"] = fields
        if lead and "external_id" not in lead:
            # The same row again, in this run or in a later one on the same data, is the same lead.
            whole = "\x1f".join(cells).encode("utf-8", "replace")
            lead["external_id"] = "row-" + hashlib.blake2b(whole, digest_size=12).hexdigest()
        return lead


def _rank(key: str, heading: str) -> int | None:
    """How well a heading names a key, 0 the best; None when it does not."""
    names = SYNONYMS[key]
    return names.index(slug(heading)) if slug(heading) in names else None
