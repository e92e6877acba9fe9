"""What columns, and the fields of a form, are called: one table for files, browser forms and mappings."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType

from routing.domain.provenance import flat_name
from routing.domain.reading.text import bare, folded

NAME = "name"
"""For whole names: they give the first and the last name."""
CONTACTS: Mapping[str, str] = {"phone": "phones", "email": "emails"}
"""The keys that several columns can give, and where all of a kind stand."""
MAX_FIELD_NAME = 64

# Best first. `price` is not the cost's: it may be a house's. `zip+4` is none: it may hold the four digits alone.
_NAMES: Mapping[str, Sequence[str]] = {
    "channel": ("channel", "medium", "lead channel", "marketing channel"),
    "campaign": ("campaign", "campaign name", "lead campaign"),
    "cost": ("cost", "lead cost", "cost per lead", "lead price", "cpl"),
    "external_id": (
        "external id", "lead id", "id", "lead number", "lead no", "record id", "contact id", "customer id", "crm id",
        "uuid", "guid", "reference", "reference id", "reference number", "reference no", "ref", "ref id",
        "ref number", "ref no",
    ),
    "first_name": ("first name", "first", "given name", "forename", "f name", "first names", "given names"),
    "last_name": ("last name", "last", "surname", "family name", "l name", "last names"),
    NAME: ("full name", "name", "name first last", "first and last name", "first last name"),
    "state": (
        "state", "state code", "st", "us state", "state province", "state region", "state or province",
        "state province region", "province", "region",
    ),
    "postal_code": (
        "postal code", "zip", "zip code", "zip postal code", "postal zip code", "zip postal", "zip or postal code",
        "zip code postal code", "postal", "post code", "zip 5", "us zip", "us zip code",
    ),
    "pull_delay_minutes": ("pull delay minutes",),
}  # fmt: skip
_WHOSE = ("applicant", "borrower", "buyer", "client", "consumer", "contact", "customer", "prospect", "your")
"""Words that say no more than that the value is the lead's own."""
_WHERE = ("billing", "current", "home", "mailing", "residence", "residential", "address")
_BESIDE: Mapping[str, Sequence[str]] = {
    "first_name": (*_WHOSE, "lead"),
    "last_name": (*_WHOSE, "lead"),
    NAME: (*_WHOSE, "lead"),
    "state": (*_WHOSE, *_WHERE),
    "postal_code": (*_WHOSE, *_WHERE),
}
"""What may stand before a name of these keys. A `Lead State` may be how far the lead is."""

_BEST = ("main", "primary", "best", "preferred", "default")
_OTHER = ("other", "alternate", "alternative", "alt", "second", "secondary", "additional")
_MOBILE = ("mobile", "cell", "cellular")
_QUALITIES: Mapping[str, Sequence[Sequence[str]]] = {
    "phone": (
        _BEST, (*_MOBILE, "personal"), ("home", "day", "daytime", "evening", "landline", "residential"),
        ("work", "business", "office"), _OTHER,
    ),
    "email": (_BEST, ("personal", "home"), ("work", "business", "office"), _OTHER),
}  # fmt: skip
"""What may stand beside a word for a phone or an e-mail, best first."""
_NOUNS: Mapping[str, Sequence[str]] = {
    "phone": ("phone", "phones", "telephone", "tel", *_MOBILE),
    "email": ("email", "emails", "mail"),
}
_FILLING: Mapping[str, Sequence[str]] = {
    "phone": ("number", "numbers", "no", "num", "value"),
    "email": ("address", "addresses", "id", "value"),
}
_HAS_A_NUMBER = frozenset({"contact", "home", "work", "daytime", "evening"})
"""`Contact Number` is a phone's; `Number` may be anything."""

_KINDS: Mapping[str, Mapping[str, str]] = {
    "phone": {
        **dict.fromkeys(_MOBILE, "mobile"),
        **dict.fromkeys(("home", "landline", "residential"), "home"),
        **dict.fromkeys(("work", "business", "office"), "work"),
        **dict.fromkeys(_OTHER, "other"),
    },
    "email": {
        **dict.fromkeys(("personal", "home"), "personal"),
        **dict.fromkeys(("work", "business", "office"), "work"),
        **dict.fromkeys(_OTHER, "other"),
    },
}

_DATES = frozenset({
    "created", "createdat", "createdon", "createdtime", "createdate", "datecreated", "creationdate", "leadcreated",
    "leadcreatedat", "leaddate", "received", "receivedat", "receiveddate", "datereceived", "submitted", "submittedat",
    "submissiondate", "datesubmitted", "timestamp", "entrydate", "inquirydate",
})  # fmt: skip
"""What the time at which a lead came into being is called."""

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST_HEADING = 100


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """That a heading stands for a key of a lead, or for `name`; the lower the rank, the surer."""

    rank: int
    key: str


def slug(heading: str) -> str:
    """A heading as a field's name, in any script: `Loan Amount ($)` is `loan_amount`. Empty where it has no letter."""
    return re.sub(r"[\W_]+", "_", folded(heading) or "").strip("_")[:MAX_FIELD_NAME].rstrip("_")


def compact(heading: str) -> str:
    """A heading without all that tells its spellings apart: `E-Mail Address:` and `emailAddress` are one."""
    return "".join(_words(heading))


def named(heading: str) -> Named | None:
    """The key of a lead that a heading stands for; None when it is a field's, or nobody knows.

    `record_type` is a record type's in this spelling alone: a `Lead Type` is mostly something else.
    """
    if heading.strip().casefold() == "record_type":
        return Named(0, "record_type")
    words = _words(heading)
    found = _TABLE.get("".join(words))
    if found is None:
        ranks = ((_rank_of_contact(key, words), key) for key in CONTACTS)
        found = next((Named(rank, key) for rank, key in ranks if rank is not None), None)
    if found is None and (flat := flat_name(bare(heading))) is not None:
        found = Named(0, flat)
    return found


def targets(
    headings: Sequence[str], mapping: Mapping[str, str | None], told: Mapping[str, str] = MappingProxyType({})
) -> list[str | None]:
    """What each column is for: a key of a lead, `name`, `fields.<name>`, or None when it is left out.

    First as `mapping` (heading to target) says, then by name, the best one for each key, else a custom field named
    like the heading. All phones and e-mails that are named so are for `phone` and `email`, unless the mapping has any.
    told: what columns are for by their values, which goes before their names.
    """
    found: list[str | None] = [mapping.get(heading) for heading in headings]
    given = set(found)
    columns: dict[str, list[tuple[int, int]]] = {}
    for at, heading in enumerate(headings):
        if heading in told and heading not in mapping and told[heading] not in given:
            found[at] = told[heading]
        elif heading not in mapping and (meant := named(heading)) is not None and meant.key not in given:
            columns.setdefault(meant.key, []).append((meant.rank, at))
    if given & {"first_name", "last_name"} or {"first_name", "last_name"} & columns.keys():
        columns.pop(NAME, None)
    for key, among in columns.items():
        for _, at in among if key in CONTACTS else [min(among)]:
            found[at] = key
    taken = {each for each in found if each}
    for at, heading in enumerate(headings):
        if found[at] is None and heading not in mapping:
            found[at] = field_for(heading, taken)
            taken.add(found[at] or "")
    return found


def field_for(heading: str, taken: AbstractSet[str]) -> str | None:
    """The custom field of a column, one that is not taken; None for a heading without a letter."""
    name = slug(heading)
    if not name:
        return None
    target, number = f"fields.{name}", 2
    while target in taken:
        target, number = f"fields.{name}_{number}", number + 1
    return target


def rank(heading: str) -> int:
    """How sure a heading is of its key: the lower, the surer."""
    found = named(heading)
    return 0 if found is None else found.rank


def kind_of(key: str, heading: str) -> str | None:
    """Which kind of phone or e-mail a heading, or a word such as `cell`, says it is; None when it does not say."""
    said = _PIECES[key].findall("".join(_words(heading)))
    return next((kind for word, kind in _KINDS[key].items() if word in said), None)


def is_date(heading: str) -> bool:
    """Whether a heading says that its values are when leads came into being."""
    return compact(heading) in _DATES


def _words(heading: str) -> list[str]:
    """`phoneNumber (Mobile)` has three words; what stands beside them is none."""
    text = _CAMEL.sub(" ", bare(heading[:_LONGEST_HEADING]).replace("&", " and "))
    return [folded(each) or "" for each in _WORD.findall(text)]


def _table() -> Mapping[str, Named]:
    found: dict[str, Named] = {}
    for key, names in _NAMES.items():
        for place, name in enumerate(names):
            joined = name.replace(" ", "")
            found[joined] = Named(place, key)
            for beside in _BESIDE.get(key, ()):
                found.setdefault(beside + joined, Named(len(names) + place, key))
    return found


def _rank_of_contact(key: str, words: Sequence[str]) -> int | None:
    """How well words name a phone or an e-mail, 0 the best; None when one of them says something else."""
    pieces = _PIECES[key].findall("".join(words))
    if "".join(pieces) != "".join(words):
        return None
    said = set(pieces)
    has_noun = bool(said & set(_NOUNS[key]))
    if key == "phone":
        is_numbered = bool(said & {"number", "no"} and said & _HAS_A_NUMBER)
        if not (has_noun or is_numbered) or pieces[0] in _FILLING[key]:
            return None
    elif not has_noun or ("mail" in said and "address" in said) or pieces[0] in _FILLING[key]:
        return None
    quality = max((place for place, of in enumerate(_QUALITIES[key]) if said & set(of)), default=0)
    ordinal = max((int(each) for each in said if each.isdecimal()), default=1)
    return 10 * (len(_QUALITIES[key]) - 1 if ordinal > 1 else quality) + min(ordinal, 9)


def _pieces(key: str) -> re.Pattern[str]:
    known = [*_NOUNS[key], *_FILLING[key], *_WHOSE, "lead", *(each for of in _QUALITIES[key] for each in of)]
    return re.compile("|".join([*sorted(known, key=len, reverse=True), r"\d"]))


_TABLE = _table()
_PIECES = {key: _pieces(key) for key in CONTACTS}
