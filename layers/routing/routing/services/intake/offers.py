"""A lead as somebody hands it in, and how it is understood: before anything is written.

What a post, a file's row or a user says becomes an `Offer`; `understood` reads it, or refuses what nobody could use.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from routing.domain.acceptance import priced
from routing.domain.company import Company, Source
from routing.domain.contact_points import as_said, emails_of, phones_of
from routing.domain.dedupe import claims as claims_of
from routing.domain.intake import IntakeWarning, ParsedLead, as_a_page_may, bounded, keyed, understand
from routing.domain.reading.text import identity, text_of
from routing.services.core.problems import FieldError, invalid
from routing.services.core.store import Store
from routing.storage import keys
from routing.storage.table import Write

MAX_EXTERNAL_ID = 256
DO_NOT_CALL = IntakeWarning(
    "phone", "do_not_call", "is on the do-not-call list; the lead was taken in closed"
)
ONE_NOT_TO_CALL = IntakeWarning(
    "phones", "do_not_call", "has a phone on the do-not-call list; that one is not called"
)
NO_IDENTITY = IntakeWarning("external_id", "dropped", "stands for no value; it was not used")


@dataclass(frozen=True, slots=True)
class Offer:
    """A lead as somebody hands it in: for which source and owner, and by whom. body: as received.

    listed: those of its phones that are on the do-not-call list. brought_by: among whose leads its external id is
    looked for. at: when it came, where that was earlier. lead: the id that it is to have, where that is known.
    noticed: while its format was read.
    is_public: it came with a key that everybody can read. is_post: it came from a source, whoever hands it in now.
    key_used: what notes that its key is in use.
    entry: the key that its log entry is to have, which begins with a time: handed in again under it, however late, it
    is answered as the first time.
    """

    source: Source
    owner: str
    body: Mapping[str, Any]
    submitted_by: str | None
    listed: frozenset[str] = frozenset()
    brought_by: str = "source"
    at: datetime | None = None
    lead: str | None = None
    noticed: tuple[IntakeWarning, ...] = ()
    is_public: bool = False
    is_post: bool = False
    key_used: Write | None = None
    entry: str | None = None

    @property
    def said(self) -> Mapping[str, Any]:
        """What counts of the body."""
        return as_a_page_may(self.body)[0] if self.is_public else self.body

    @property
    def as_counts(self) -> "Offer":
        """With no more than what counts: for whoever looks at it later, and no longer knows who may say what."""
        return replace(self, body=self.said)


def understood(offer: Offer, company: Company) -> ParsedLead:
    """The lead as understood. Raises a 422 problem for one that nobody could use."""
    body = keyed(offer.said)
    wrong = []
    record_type = body.get("record_type", offer.source.record_type)
    if not isinstance(record_type, str) or record_type not in company.record_types:
        wrong.append(FieldError("record_type", "unknown", "must be the id of a record type"))
    elif record_type != offer.source.record_type:
        wrong.append(
            FieldError(
                "record_type", "not_of_source", f"source {offer.source.id} takes {offer.source.record_type}"
            )
        )
    external = body.get("external_id")
    text = text_of(external)
    if external is not None and (text is None or len(text) > MAX_EXTERNAL_ID):
        wrong.append(
            FieldError("external_id", "wrong_type", f"must be text of at most {MAX_EXTERNAL_ID} characters")
        )
    if wrong:
        raise invalid(wrong)
    found = understand(offer.said, company.record_types[offer.source.record_type])
    if not found.is_workable:
        raise invalid([FieldError("phone", "unusable", "a lead needs a usable phone or email")])
    found = _priced(replace(found, values=as_said(found.values)), offer)
    warnings = offer.noticed + found.warnings
    if text is not None and text.strip() and identity(text) is None:
        warnings += (NO_IDENTITY,)
    if offer.is_public:
        warnings += as_a_page_may(offer.body)[1]
    if is_suppressed(offer, found):
        warnings += (DO_NOT_CALL,)
    elif offer.listed:
        warnings += (ONE_NOT_TO_CALL,)
    record_type = company.record_types[offer.source.record_type]
    warnings = bounded(warnings)
    if record_type.dedupe is None or offer.owner == offer.submitted_by:
        return replace(found, warnings=warnings)
    values = {**found.values, "source": offer.source.id}
    claims = claims_of(values, found.fields, record_type.dedupe.rules, record_type)
    return replace(found, warnings=warnings, dedupe=record_type.dedupe if claims else None, claims=claims)


def warned(found: ParsedLead) -> list[dict[str, str]]:
    """What was noticed of a lead, in JSON."""
    return [{"field": each.field, "code": each.code, "message": each.message} for each in found.warnings]


def is_suppressed(offer: Offer, found: ParsedLead) -> bool:
    """Whether none of the lead's phones may be called."""
    return bool(found.phones) and offer.listed.issuperset(found.phones)


def _priced(found: ParsedLead, offer: Offer) -> ParsedLead:
    """With what it costs, where its source says something of that. What people bring is trusted."""
    source = offer.source
    if source.cost is None and not source.trust_posted_cost:
        return found
    is_trusted = source.trust_posted_cost or not (offer.is_post or offer.submitted_by is None)
    cost, warned = priced(found.values.get("cost"), source.cost, is_trusted)
    values = {name: value for name, value in found.values.items() if name != "cost"}
    return replace(
        found,
        values=values if cost is None else {**values, "cost": cost},
        warnings=found.warnings if warned is None else (*found.warnings, IntakeWarning("cost", *warned)),
    )


def lead_id(store: Store, offer: Offer) -> str:
    """A lead's id: the same for a repeat of the same external id, else nobody's yet. A blank one is none.

    It is keyed, so that who knows an external id cannot compute it. Leads that others bring are apart: nobody can take
    an external id before its vendor does.
    """
    if offer.lead is not None:
        return offer.lead
    external = identity(keyed(offer.said).get("external_id"))
    if external is None:
        return f"L{secrets.token_hex(12)}"
    return f"L{keys.lead_hash(store.hash_key, offer.source.id, offer.brought_by, external)}"


def refuses_duplicates(offer: Offer) -> bool:
    """Whether its source wants no duplicates. A person who brings or releases one has decided."""
    accepts = offer.source.acceptance
    return accepts is not None and accepts.refuse_duplicates and offer.submitted_by is None


def contact_keys(store: Store, values: Mapping[str, Any]) -> list[str]:
    """The contacts by which a lead of these values is found: its phones and its e-mails."""
    return [store.contact_key(each) for each in (*phones_of(values), *emails_of(values))]
