"""ADF/XML 1.0, the auto industry's format, as it is really sent; other XML by the names of its elements."""

import hashlib
import json
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from routing.domain.formats.fields import Given, filled, lead_of, named, secret_of
from routing.domain.formats.media import Media
from routing.domain.formats.post import MOST_FIELDS, MOST_LEADS, Body, Post, too_many_fields, too_many_leads
from routing.domain.formats.settings import Settings
from routing.domain.formats.xml_tree import Node, parse
from routing.domain.intake import IntakeWarning
from routing.domain.lists import headings

LONGEST_ID = 200
_LEAVES = frozenset(
    {
        "amount", "apartment", "balance", "bodystyle", "city", "condition", "country", "description", "doors",
        "earliestdate", "email", "exteriorcolor", "id", "imagetag", "interiorcolor", "latestdate", "make",
        "manufacturercode", "method", "model", "name", "odometer", "optionname", "phone", "postalcode", "preference",
        "price", "pricecomments", "regioncode", "requestdate", "service", "stock", "street", "transmission", "trim",
        "url", "vendorname", "vin", "weighting", "year",
    }
)  # fmt: skip
_WHEN = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?\s?"
    r"(?:(Z)|([+-])(\d{1,2}):?(\d{0,2}))?)?",
    re.ASCII | re.IGNORECASE,
)
_PHONES = ("cellphone", "cell", "mobile", "phone", "voice", "home", "", "work", "business")
"""Types of phones, the best first."""
_NO_PHONES = frozenset({"fax", "pager"})
_NAMES = {
    "first": "first_name", "given": "first_name", "last": "last_name", "surname": "last_name", "family": "last_name",
    "full": "name", "": "name", "middle": "fields.middle_name", "suffix": "fields.name_suffix",
}  # fmt: skip
_IN_ADDRESS = {
    "street": "fields.street", "apartment": "fields.apartment", "city": "fields.city", "country": "fields.country",
    "regioncode": "state", "postalcode": "postal_code",
}  # fmt: skip
_FRAMES = frozenset({"address", "colorcombination", "option"})
"""Elements that say nothing beside those within."""
_SAYS_LITTLE = frozenset({"part", "line", "preferredcontact"})
"""Attributes that are of no use apart from their elements."""


def read(raw: bytes, media: Media, settings: Settings, now: datetime) -> Post:
    """A lead of each prospect."""
    tree = parse(raw, media, _LEAVES)
    noticed = []
    if tree.is_repaired:
        noticed.append(
            IntakeWarning(
                "",
                "repaired_xml",
                "is not well-formed XML, or nested too deeply; it was read as far as it goes",
            )
        )
    if tree.is_other:
        noticed.append(IntakeWarning("", "repaired", "was not in UTF-8; it was read as Windows-1252"))
    everything = list(tree.root.within())
    prospects = [each for each in everything if each.name == "prospect"]
    if len(prospects) > MOST_LEADS:
        raise too_many_leads(len(prospects))
    if not prospects and any(each.name in ("adf", "customer") for each in everything):
        prospects = [next((each for each in everything if each.name == "adf"), tree.root)]
    if prospects:
        beside = {id(each) for prospect in prospects for each in prospect.within()}
        shared = [
            each for each in everything if each.name in ("vendor", "provider") and id(each) not in beside
        ]
        leads = [_lead(each, shared, settings, now) for each in prospects]
    else:
        leads = [_plain(tree.root, settings)]
    bodies = tuple(Body(filled(lead, settings.defaults), tuple(noticed)) for lead in leads)
    return Post("adf", bodies, next((key for each in leads if (key := secret_of(each))), None))


def _plain(root: Node, settings: Settings) -> dict[str, object]:
    """Other XML: each element with a text of its own by its name, repeated ones joined."""
    found: dict[str, list[str]] = {}
    for node in root.within():
        if not node.children and (text := node.text):
            found.setdefault(node.name, []).append(text)
    if len(found) > MOST_FIELDS:
        raise too_many_fields()
    return lead_of(named({name: ", ".join(values) for name, values in found.items()}, settings.mapping))


@dataclass(slots=True)
class _Found:
    """What a prospect says: values under our names for them, and what tells it from another."""

    given: list[Given] = field(default_factory=list)

    def add(self, name: str, value: str, target: str | None = None) -> None:
        if value:
            if len(self.given) >= MOST_FIELDS:
                raise too_many_fields()
            self.given.append(Given(name, target or f"fields.{name}", value))

    def text_of(self, *names: str) -> list[str]:
        return [str(each.value) for each in self.given if each.name.startswith(names)]


def _lead(prospect: Node, shared: Iterable[Node], settings: Settings, now: datetime) -> dict[str, object]:
    found = _Found()
    customers = prospect.all("customer") or [prospect]
    contacts = [contact for each in customers for contact in each.all("contact")] or customers[:1]
    for each in contacts[:1]:
        _contact(each, found)
    holders = [*customers, *contacts[:1], prospect]
    comments = [node.text for holder in holders for node in holder.all("comments")]
    found.add("comments", "\n".join(dict.fromkeys(filter(None, comments))))
    for each in customers:
        _timeframe(each, found)
        if each is not prospect:
            _flat(each, "customer", found, but={"contact", "comments", "timeframe"})
    _vehicles(prospect.all("vehicle"), found)
    when = prospect.first("requestdate")
    moment = _moment(when.text) if when is not None else ""
    found.add("received_at", moment)
    for name in ("vendor", "provider"):
        for each in prospect.all(name) or [node for node in shared if node.name == name][:1]:
            _organisation(each, name, found)
    if prospect.attributes.get("status", "new").lower() != "new":
        found.add("prospect_status", prospect.attributes["status"])
    known = {
        "customer",
        "contact",
        "comments",
        "timeframe",
        "vehicle",
        "requestdate",
        "vendor",
        "provider",
        "id",
    }
    if customers[0] is prospect:
        known |= {"name", "email", "phone", "address"}
    _flat(prospect, "prospect", found, but=known)
    identity = _identity(prospect, found, moment, now)
    by_spelling = {headings.compact(name) or name: target for name, target in settings.mapping.items()}
    return lead_of(
        [
            Given("external_id", "external_id", identity),
            *(
                Given(each.name, by_spelling.get(headings.compact(each.name), each.target), each.value)
                for each in found.given
            ),
        ]
    )


def _contact(contact: Node, found: _Found) -> None:
    for node in contact.all("name"):
        part = node.attributes.get("part", "").lower()
        if node.attributes.get("type", "").lower() == "business":
            found.add("company", node.text)
        else:
            found.add(f"name_{part or 'full'}", node.text, _NAMES.get(part, "name"))
    for node in _preferred_first(contact.all("email")):
        found.add("email", node.text, "email")
    phones = [
        (node, re.sub("[^a-z]", "", node.attributes.get("type", "").lower())) for node in contact.all("phone")
    ]
    best = {kind: place for place, kind in enumerate(_PHONES)}
    for node, kind in sorted(phones, key=lambda each: (not _is_preferred(each[0]), best.get(each[1], 9))):
        if kind in _NO_PHONES:
            found.add(kind, node.text)
        else:
            found.add(f"phone_{kind or 'other'}", node.text, "phone")
        if (time := node.attributes.get("time", "")) and time.lower() != "nopreference":
            found.add("best_time_to_call", time.lower())
    preferred = [node.name for node in contact.children if _is_preferred(node)]
    found.add("preferred_contact", ", ".join(dict.fromkeys(preferred)))
    for holder in [*contact.all("address"), contact]:
        lines: dict[str, list[str]] = {}
        for node in holder.children:
            if node.name in _IN_ADDRESS:
                lines.setdefault(node.name, []).append(node.text)
        for name, texts in lines.items():
            found.add(name, ", ".join(filter(None, texts)), _IN_ADDRESS[name])
    for name, value in contact.attributes.items():
        found.add(f"contact_{name}", value)
    known = {"name", "email", "phone", "address", "comments", *_IN_ADDRESS}
    if contact.name == "contact":
        _flat(contact, "contact", found, but=known)


def _is_preferred(node: Node) -> bool:
    return node.attributes.get("preferredcontact", "").lower() in ("1", "true", "yes")


def _preferred_first(nodes: Sequence[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: not _is_preferred(node))


def _timeframe(holder: Node, found: _Found) -> None:
    for node in holder.all("timeframe"):
        own = node.first("description")
        found.add("timeframe", own.text if own is not None else "" if node.children else node.text)
        for name in ("earliestdate", "latestdate"):
            if (date := node.first(name)) is not None:
                found.add(f"timeframe_{name.removesuffix('date')}", _moment(date.text))


def _vehicles(vehicles: Iterable[Node], found: _Found) -> None:
    counts = {"vehicle": 0, "trade_in": 0}
    for node in vehicles:
        interest = node.attributes.get("interest", "").lower()
        of = "trade_in" if interest.replace("-", "").replace(" ", "") == "tradein" else "vehicle"
        counts[of] += 1
        prefix = of if counts[of] == 1 else f"{of}_{counts[of]}"
        for name, value in node.attributes.items():
            if (of, name) != ("trade_in", "interest"):
                found.add(f"{prefix}_{name}", value.lower())
        _flat(node, prefix, found, but={"finance"})
        for finance in node.all("finance"):
            _flat(finance, "finance" if prefix == "vehicle" else f"{prefix}_finance", found)


def _organisation(node: Node, name: str, found: _Found) -> None:
    for each in node.all(f"{name}name"):
        found.add(f"{name}_name", each.text)
    _flat(node, name, found, but={f"{name}name"})


def _flat(holder: Node, prefix: str, found: _Found, but: Container[str] = ()) -> None:
    """Each element within that has a text of its own, as a field named by where it stands, and its attributes."""
    texts: dict[str, list[str]] = {}

    def walk(node: Node, path: str) -> None:
        for each in node.children:
            if node is holder and each.name in but:
                continue
            kind = each.attributes.get("type", "") if each.name in ("amount", "balance") else ""
            own = "" if each.name in _FRAMES else f"{each.name} {kind}"
            at = headings.slug(f"{path} {own}")
            if each.name != "comments" and any(within.name in _LEAVES for within in each.within()):
                walk(each, at)
            else:
                texts.setdefault(at, []).append(each.text)
            for name, value in each.attributes.items():
                if name not in _SAYS_LITTLE and not (name == "type" and kind):
                    texts.setdefault(headings.slug(f"{at} {name}"), []).append(value)

    walk(holder, prefix)
    for name, values in texts.items():
        found.add(name, ", ".join(dict.fromkeys(filter(None, values))))


def _moment(text: str) -> str:
    """A date and time as RFC 3339 writes it, its zone only where one is named; what is none as it stands."""
    match = _WHEN.fullmatch(text)
    if match is None:
        return text
    year, month, day, hour, minute, second, is_utc, sign, hours, minutes = match.groups()
    found = f"{year}-{int(month):02}-{int(day):02}"
    if hour is None:
        return found
    found += f"T{int(hour):02}:{int(minute):02}:{int(second or 0):02}"
    return found + ("Z" if is_utc else f"{sign}{int(hours):02}:{int(minutes or 0):02}" if sign else "")


def _identity(prospect: Node, found: _Found, moment: str, now: datetime) -> str:
    """What tells a prospect from another: the provider and its id; without one what it says.

    A resend says the same. One that has neither id nor date is the same only on the day that it comes.
    """
    provider = next(iter(found.text_of("provider_name")), "")
    ids = [(node.text, node.attributes) for node in prospect.all("id")]
    chosen = next((text for text, _ in ids if text), "") or next(
        (value for _, of in ids if (value := of.get("sequence", "")) not in ("", "0", "1")), ""
    )
    if chosen:
        source = provider or next((of["source"] for _, of in ids if of.get("source")), "")
        whole = f"{source} {chosen}".strip()
        return whole if len(whole) <= LONGEST_ID else f"adf-{_hashed(whole)}"
    said = found.text_of("name_", "email", "phone_", "vehicle_", "trade_in_")
    folded = [" ".join(each.casefold().split()) for each in said]
    return f"adf-{_hashed(json.dumps([folded, moment or now.date().isoformat()]))}"


def _hashed(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()
