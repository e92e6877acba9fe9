"""Calling hours as people ask for them: of a lead, or of an address and a phone number."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from routing.domain.calling_hours import Hours, PlaceHours
from routing.domain.calling_places import calling_class, is_of
from routing.domain.company import Company
from routing.domain.pull import class_of
from routing.domain.reading import phone_numbers, postal_codes, states
from routing.services.core.access import acting, sees
from routing.services.core.lead_context import read
from routing.services.core.problems import FieldError, invalid, invalid_field, not_found
from routing.services.core.store import Store
from routing.services.core.views import time
from routing.storage.leads import lead_of


def of_lead(store: Store, user: str, lead: str, at: datetime, now: datetime) -> dict[str, Any]:
    """The calling hours of a lead that the user may see, at an instant."""
    seen = read(store, user, lead, erased_too=True)
    is_erased = seen.head.erased_at is not None  # nobody is left to call
    if is_erased or not sees(seen.account, seen.head, seen.company, now):
        raise not_found("lead")
    return _answer(seen.company, class_of(lead_of(seen.head, seen.submission, now), seen.company), at)


def of_place(
    store: Store, user: str, state: str | None, postal_code: str | None, phone: str | None, at: datetime
) -> dict[str, Any]:
    """The calling hours of whoever has this address and phone number, at an instant. 422 for what is none."""
    company = store.configuration.load().company
    acting(user, company)
    given = {"state": state, "postal_code": postal_code, "phone": phone}
    if not any(given.values()):
        raise invalid_field("lead", "required", "say a lead, or a state, a postal_code or a phone")
    understood = {
        "state": (states.state, "unknown", "must be a US state or territory"),
        "postal_code": (postal_codes.postal_code, "invalid", "must be a postal code"),
        "phone": (phone_numbers.phone, "invalid", "must be a phone number"),
    }
    found = {name: understood[name][0](text) for name, text in given.items() if text}
    code, of_state = found.get("postal_code"), found.get("state")
    if code and of_state and postal_codes.lost_its_zero(postal_code) and not is_of(of_state, code):
        found["postal_code"] = None
    wrong = [FieldError(name, *understood[name][1:]) for name, value in found.items() if value is None]
    if wrong:
        raise invalid(wrong)
    of = calling_class(of_state, code, found.get("phone"), company_zone=company.presumed_zone)
    return _answer(company, of, at)


def _answer(company: Company, of: str, at: datetime) -> dict[str, Any]:
    hours = company.calling_hours.at(of, at)
    return {
        "calling_class": of,
        "at": time(at),
        **_shown(hours),
        "calls_per_24h": company.calling_hours.calls_per_24h(of, at),
        "windows": [_window(each, at) for each in hours.windows],
    }


def _shown(hours: Hours) -> dict[str, Any]:
    return {
        "open": hours.open,
        "reason": hours.reason,
        "source": "; ".join(hours.sources),
        "changes_at": None if hours.changes_at is None else time(hours.changes_at),
    }


def _window(hours: PlaceHours, at: datetime) -> dict[str, Any]:
    """One place: its window that day, by which rule, and what its clock shows."""
    rule = hours.rule
    return {
        "country": hours.place.country,
        "state": hours.place.state,
        "timezone": hours.place.zone,
        "local_time": at.astimezone(ZoneInfo(hours.place.zone)).isoformat(timespec="seconds"),
        "window": None if hours.window is None else [_clock(minute) for minute in hours.window],
        "reason": hours.reason,
        "holiday": hours.holiday,
        "rule": rule.id,
        "source": rule.source,
        "confidence": rule.confidence,
        "exempt_with_consent": rule.exempt_with_consent,
        "exempt_with_relationship": rule.exempt_with_relationship,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
