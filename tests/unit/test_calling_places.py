"""Where a lead may be: its calling class, from a postal code, a state and a phone number."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.domain.calling_hours import GROUPS, CallingHours, zone_group
from routing.domain.calling_places import UNKNOWN, calling_class, countries, is_of, known_state, places
from routing.domain.resources import built_in, company

ROOT = Path(__file__).parents[2]
ET, CT, MT, PT = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
AZ = "America/Phoenix"
BRITISH_COLUMBIA = "CA@America/Creston,CA@America/Edmonton,CA@America/Vancouver"
ONTARIO = "CA@America/Atikokan,CA@America/Toronto,CA@America/Winnipeg"
INDONESIA = "ID@Asia/Jakarta,ID@Asia/Jayapura,ID@Asia/Makassar"


def at(state: str, *zones: str) -> str:
    return ",".join(sorted(f"US-{state}@{zone}" for zone in zones))


@pytest.mark.parametrize(
    ("state", "by_state", "by_code"),
    [
        ("IN", (CT, ET), {"46201": (ET,), "46402": (CT,), "47708": (CT,), "46534": (CT, ET)}),
        ("AZ", (AZ, MT), {"85001": (AZ,), "86001": (AZ, MT), "86503": (AZ, MT)}),  # the Navajo Nation
        ("TX", (CT, MT), {"77002": (CT,), "79901": (CT, MT), "88510": (MT,)}),
        ("FL", (CT, ET), {"33101": (ET,), "32501": (CT,), "32401": (CT, ET)}),
        ("TN", (CT, ET), {"37201": (CT,), "37901": (ET,), "37402": (CT, ET)}),
        ("KY", (CT, ET), {"40502": (ET,), "42001": (CT,), "42701": (CT, ET)}),
        ("ND", (CT, MT), {"58102": (CT,), "58601": (CT, MT)}),
        ("SD", (CT, MT), {"57104": (CT,), "57701": (MT,), "57501": (CT, MT)}),
        ("NE", (CT, MT), {"68102": (CT,), "69361": (MT,), "69101": (CT, MT)}),
        ("KS", (CT, MT), {"66101": (CT,), "67735": (CT, MT)}),
        ("OR", (MT, PT), {"97201": (PT,), "97914": (MT, PT)}),
        ("ID", (MT, PT), {"83702": (MT,), "83814": (PT,), "83501": (MT, PT)}),
        ("MI", (CT, ET), {"48201": (ET,), "49801": (CT, ET)}),
        ("NV", (MT, PT), {"89101": (PT,), "89883": (MT, PT)}),
        ("AK", ("America/Anchorage", "America/Adak"), {"99801": ("America/Anchorage",)}),
    ],
)
def test_a_split_state_by_its_postal_codes_and_by_itself(
    state: str, by_state: tuple[str, ...], by_code: dict[str, tuple[str, ...]]
) -> None:
    assert calling_class(state, None, None) == at(state, *by_state)
    for code, zones in by_code.items():
        assert calling_class(None, code, None) == calling_class(state, code, None) == at(state, *zones)
        assert calling_class(state, f"{code}-1234", None) == at(state, *zones)


@pytest.mark.parametrize(
    ("state", "postal_code", "phone", "found"),
    [
        ("NY", "10001", "+12125550101", at("NY", ET)),
        ("NY", "10001", "+14155550101", f"US-CA@{PT},US-NY@{ET}"),  # an area code of another state
        (None, None, "+18505550101", at("FL", CT, ET)),
        (None, None, "+17875550101", "US-PR@America/Puerto_Rico"),
        ("PR", None, None, "US-PR@America/Puerto_Rico"),
        ("GU", "96910", None, "US-GU@Pacific/Guam"),
        (None, "96799", None, "US-AS@Pacific/Pago_Pago,US-HI@Pacific/Honolulu"),
        (
            "CT",
            "06390",
            None,
            at("CT", ET),
        ),  # the prefix of Fishers Island, NY, too; the state tells them apart
        (None, "06390", None, f"US-CT@{ET},US-NY@{ET}"),
        ("CA", "10001", None, f"US-CA@{PT},US-NY@{ET}"),  # they contradict each other: both count
        ("TX", "99999", "+14155550100", f"US-AK@America/Anchorage,US-CA@{PT},US-TX@{CT},US-TX@{MT}"),
        ("BC", "V6B 1A1", "+19175550100", f"{BRITISH_COLUMBIA},US-NY@{ET}"),
        (None, "V6B1A1", None, BRITISH_COLUMBIA),
        ("BC", None, None, BRITISH_COLUMBIA),
        ("ON", "V6B", None, ",".join(sorted([*ONTARIO.split(","), *BRITISH_COLUMBIA.split(",")]))),
        ("NY", "09012", None, f"US-NY@{ET},unknown"),  # military post
        ("NY", "99", None, f"US-NY@{ET},unknown"),
        ("NY", "00000", None, f"US-NY@{ET},unknown"),
        ("NY", "SW1A 1AA", None, f"US-NY@{ET},unknown"),
        ("ATLANTIS", "10001", None, f"US-NY@{ET},unknown"),
        ("NY", None, "+14362345678", f"US-NY@{ET},unknown"),  # an area code that the table does not have
        ("NY", None, "+87077391000", f"US-NY@{ET},unknown"),  # a satellite phone
        (None, None, "+6238675309", f"{INDONESIA},US-AZ@{AZ}"),  # or an Arizona number without its 1
        ("NY", None, "+18005550100", at("NY", ET)),  # toll-free
        (None, None, "+442071838750", "GB@Europe/London"),
        ("TX", "77002", "+442071838750", f"GB@Europe/London,US-TX@{CT}"),
        (None, None, "+14165550101", "CA@America/Toronto"),
        (None, None, "+18765550101", "JM@America/Jamaica"),
        (None, None, "+87077391000", UNKNOWN),  # a satellite phone
        (None, None, "+18005550100", UNKNOWN),
        (None, "09012", None, UNKNOWN),
        ("Atlantis", None, None, UNKNOWN),
        ("", "", None, UNKNOWN),
        (None, None, None, UNKNOWN),
    ],
)
def test_what_is_known_of_a_lead_says_where_it_may_be(
    state: str | None, postal_code: str | None, phone: str | None, found: str
) -> None:
    assert calling_class(state, postal_code, phone) == found


def test_a_foreign_number_may_be_in_every_zone_of_its_country() -> None:
    australia = places(calling_class(None, None, "+61412345678"))
    assert {each.country for each in australia} == {"AU"}
    assert {"Australia/Perth", "Australia/Brisbane", "Australia/Sydney"} & {
        each.zone for each in australia
    } >= {
        "Australia/Perth",
        "Australia/Brisbane",
    }
    assert "PR" not in countries()
    assert {"US", "CA", "AU"} <= countries()


def test_who_could_be_anywhere_may_be_in_every_zone_of_the_fifty_states_and_the_capital() -> None:
    everywhere = places(UNKNOWN)
    assert len({each.state for each in everywhere}) == 51
    assert {each.zone for each in everywhere} == {ET, CT, MT, AZ, PT, "America/Anchorage", "America/Adak"} | {
        "Pacific/Honolulu"
    }


@pytest.mark.parametrize(
    ("known", "zone", "found"),
    [
        (("FL", None, None), "America/Detroit", at("FL", ET)),
        (("FL", None, None), "America/Denver", at("FL", CT, ET)),
        (("FL", "32501", None), "America/New_York", at("FL", CT)),  # known, so nothing is presumed
        (
            ("TX", "10001", None),
            "America/New_York",
            f"US-NY@{ET},US-TX@{CT},US-TX@{MT}",
        ),  # nor is a fact left out
        (("NY", "99", None), "America/Boise", f"US-NY@{ET},US@{MT}"),
        (("NY", None, "+12085550101"), "America/Boise", f"US-ID@{MT},US-NY@{ET}"),
        ((None, None, None), "America/Boise", f"US@{MT}"),
        ((None, None, None), "America/Puerto_Rico", "US-PR@America/Puerto_Rico"),
        ((None, None, None), "Europe/London", "GB@Europe/London"),
        ((None, None, None), "UTC", UNKNOWN),
    ],
)
def test_a_company_may_presume_its_own_zone(
    known: tuple[str | None, str | None, str | None], zone: str, found: str
) -> None:
    assert calling_class(*known, company_zone=zone) == found


STATES = st.sampled_from([None, "TX", "FL", "IN", "HI", "NY", "PR", "GU", "BC", "ATLANTIS"])
CODES = st.sampled_from(
    [
        None,
        "75201",
        "79901",
        "12345",
        "32401",
        "99501",
        "06390",
        "96799",
        "00000",
        "09012",
        "V6B 1A1",
        "99",
        "SW1A 1AA",
    ]
)
PHONES = st.sampled_from(
    [None, "+12145550101", "+19175550100", "+18505550101", "+14165550101", "+442071838750", "+61412345678",
     "+14362345678", "+18005550100", "+87077391000", "+6238675309"]
)  # fmt: skip
START = datetime(2026, 1, 1, tzinfo=UTC)
BUILT_IN = {key: (body, 1) for key, body in built_in("America/Denver", "admin").items()}
RULES = CallingHours(company(BUILT_IN, 0, 0).calling_rules.values())


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(STATES, CODES, PHONES),
    st.sampled_from([0, 1, 2]),
    st.integers(0, 2 * 365 * 96).map(lambda quarters: START + timedelta(minutes=15 * quarters)),
    st.sampled_from([None, "America/Chicago"]),
)
def test_one_fact_more_never_widens_the_window_or_raises_the_call_limit(
    facts: tuple[str | None, str | None, str | None], which: int, instant: datetime, zone: str | None
) -> None:
    """From the first fact that says where; but for a state and a postal code that agree."""
    fewer = tuple(None if index == which else fact for index, fact in enumerate(facts))
    before, after = calling_class(*fewer, company_zone=zone), calling_class(*facts, company_zone=zone)
    says_nothing = calling_class(*fewer) == UNKNOWN
    agree = facts[0] and facts[1] and which < 2 and is_of(facts[0], facts[1])
    if says_nothing or agree:
        return
    assert set(before.split(",")) <= set(after.split(","))
    assert RULES.at(before, instant).open or not RULES.at(after, instant).open
    limits = [RULES.calls_per_24h(each, instant) or 99 for each in (before, after)]
    assert limits[1] <= limits[0]
    assert zone_group(after) in GROUPS
    assert len(after) < 1024


@pytest.mark.parametrize(
    ("postal_code", "phone", "state"),
    [
        ("75201", None, "TX"),
        ("75201", "+12145550101", "TX"),
        ("75201", "+18005550100", "TX"),
        ("75201", "+19175550100", None),  # the area code allows New York
        ("75201", "+14362345678", None),
        ("79901", None, "TX"),
        ("06390", None, None),  # Connecticut or New York
        ("00000", None, None),
        ("V6B 1A1", None, None),
        (None, "+12145550101", None),  # a mobile number goes with its owner
        (None, None, None),
    ],
)
def test_a_postal_code_names_the_state_unless_the_phone_allows_another(
    postal_code: str | None, phone: str | None, state: str | None
) -> None:
    assert known_state(postal_code, phone) == state


def test_the_table_is_what_its_packages_say() -> None:
    """Where their environment is there: `make calling-tables` makes it."""
    python = ROOT / ".venv-tables/bin/python"
    if not python.exists():
        pytest.skip(
            "zipcodes and phonenumbers are not in .venv-tables: `make calling-tables` puts them there"
        )
    program = "from tools.calling_tables import table, TARGET; print(table()[0] == TARGET.read_text())"
    made = subprocess.run([python, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "True"
