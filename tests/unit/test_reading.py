"""Reading: a value is the same however people, spreadsheets and mail programs write it; what is unsure is none."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.domain.criteria import Criterion, Reading, matches, parse, problems
from routing.domain.intake import ParsedLead, as_given, understand
from routing.domain.leads import UNREAD_STATE, CustomField, RecordType
from routing.domain.reading.emails import email, emails
from routing.domain.reading.kinds import read
from routing.domain.reading.numbers import boolean, number
from routing.domain.reading.phone_numbers import Phones, phone, phones
from routing.domain.reading.postal_codes import postal_code
from routing.domain.reading.states import NAMES, STATES, state
from routing.domain.reading.text import cleaned, folded, identity, name
from routing.domain.reading.times import day, instant
from tests.unit.values import NOW, TYPED, lead


def wide(text: str) -> str:
    """As Japanese keyboards write Latin letters."""
    return "".join(chr(ord(each) + 0xFEE0) for each in text)


ONE, OTHER = "+12145550142", "+13035550100"


# -- states ----------------------------------------------------------------------------------------------------

ABBREVIATIONS = {
    "AL": "Ala.", "AZ": "Ariz.", "AR": "Ark.", "CA": "Calif.", "CO": "Colo.", "CT": "Conn.", "DE": "Del.",
    "DC": "D.C.", "FL": "Fla.", "GA": "Ga.", "IL": "Ill.", "IN": "Ind.", "KS": "Kan.", "KY": "Ky.", "LA": "La.",
    "MD": "Md.", "MA": "Mass.", "MI": "Mich.", "MN": "Minn.", "MS": "Miss.", "MO": "Mo.", "MT": "Mont.",
    "NE": "Neb.", "NV": "Nev.", "NH": "N.H.", "NJ": "N.J.", "NM": "N.M.", "NY": "N.Y.", "NC": "N.C.", "ND": "N.D.",
    "OK": "Okla.", "OR": "Ore.", "PA": "Pa.", "RI": "R.I.", "SC": "S.C.", "SD": "S.D.", "TN": "Tenn.", "TX": "Tex.",
    "VT": "Vt.", "VA": "Va.", "WA": "Wash.", "WV": "W.Va.", "WI": "Wis.", "WY": "Wyo.",
}  # fmt: skip
"""The Associated Press's, but for the eight states that it writes out."""


@pytest.mark.parametrize("code", sorted(STATES))
def test_a_state_is_known_by_its_code_its_name_and_its_abbreviation_alone_or_beside_others(code: str) -> None:
    known = next(each for each, of in NAMES.items() if of == code).title()
    short = ABBREVIATIONS.get(code, known)
    ways = [
        code,
        code.lower(),
        f"{code}.",
        ".".join(code) + ".",
        ". ".join(code) + ".",
        known,
        known.upper(),
        f"{known}.",
        short,
        short.replace(".", ""),
        short.upper(),
        f"{code} - {known}",
        f"{code}-{known}",
        f"{known} ({code})",
        f"({code}) {known}",
        f"{known}, {code}",
        f"{known} {code}",
        f"{code} {known}",
        f"{code}/{known}",
        f"{short} ({code})",
        f"{code}, USA",
        f"{known}, United States",
        f"US-{code}",
        f"USA - {code}",
        f"{code} US",
        f"Springfield, {code}",
        f"Springfield, {known}",
        f"Springfield, {short}",
        f"Springfield {code}",
        f"Springfield {known}",
        f"{code}, Springfield",
        f"Springfield, {code} 75201-1234",
        f"{code} 75201",
        f"State of {known}",
        f"{known} State",
        f"{code}\u200b",
        f"\ufeff{code}",
        f"\u00a0{known.replace(' ', chr(160))} ",
        f'"{code}"',
        wide(code),
    ]
    assert {way: state(way) for way in ways} == dict.fromkeys(ways, code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Washington, D.C.", "DC"),
        ("Washington DC, USA", "DC"),
        ("Washington (DC)", "DC"),
        ("Kansas City, MO", "MO"),
        ("California, MD", "MD"),
        ("Virginia Beach VA", "VA"),
        ("Charleston West Virginia", "WV"),
        ("W. Va.", "WV"),
        ("N. Mex.", "NM"),
        ("Winston-Salem, N.C.", "NC"),
        ("La Crosse WI", "WI"),
        ("Portland OR", "OR"),
        ("portland, me", "ME"),
        ("Columbia, SC", "SC"),
        ("Mexico, MO", "MO"),
        ("U.S. Virgin Islands", "VI"),
        ("New York, New York, USA", "NY"),
    ],
)
def test_a_town_beside_its_state_does_not_hide_it(text: str, expected: str) -> None:
    assert state(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Kansas City",
        "Texas City",
        "La Crosse",
        "LA CROSSE",
        "Port Washington",
        "Baja California, Mexico",
        "British Virgin Islands",
        "ask me",
        "portland or",
        "Texas or Oklahoma",
        "TX/OK",
        "TX, OK",
        "Texas, Oklahoma",
        "not TX",
        "Ontario, CA",
        "Toronto, ON, CA",
        "Vancouver, BC",
        "British Columbia",
        "USA",
        "United States",
        "X" * 5000,
        "," * 5000,
        "TX " * 2000,
        "Main St",
        "?",
    ],
)
def test_what_may_be_another_place_is_no_state(text: str) -> None:
    assert state(text) is None


# -- phones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        2145550142,
        2145550142.0,
        "2145550142.0",
        "2145550142.",
        "2.145550142E+09",
        "2.145550142e9",
        "214-555-0142 (cell)",
        "(cell) 214-555-0142",
        "cell: 214.555.0142",
        "Phone # 214-555-0142",
        "001-214-555-0142",
        "0012145550142",
        "+1 (214) 555-0142",
        "1.214.555.0142",
        "tel:+1-214-555-0142",
        "214/555-0142",
        "'2145550142",
        '="2145550142"',
        "214\u2011555\u20110142",
        "\u200b214 555 0142",
        "\u202a+12145550142\u202c",
        "214-555-0142 call after 5pm",
        wide("214-555-0142"),
    ],
)
def test_a_phone_is_read_whatever_stands_around_it(value: object) -> None:
    assert phones(value) == Phones((ONE,))


@pytest.mark.parametrize(
    "text",
    [
        "214-555-0142 / 303-555-0100",
        "214-555-0142/303-555-0100",
        "2145550142; 3035550100",
        "2145550142,3035550100",
        "214-555-0142 or 303-555-0100",
        "h: 214-555-0142 w: 303-555-0100",
        "2145550142 3035550100",
        "+12145550142 +13035550100",
        "214-555-0142 (home), 303-555-0100 (cell)",
        "214-555-0142 / 214-555-0142 / 303-555-0100",
    ],
)
def test_two_phones_are_both_seen(text: str) -> None:
    assert phones(text) == Phones((ONE, OTHER))


@pytest.mark.parametrize(
    "text",
    [
        "214-555-0142 x5",
        "214-555-0142x303",
        "(214) 555-0142 ext. 22",
        "2145550142 extension 7",
        "214-555-0142 #5",
        "+12145550142;ext=5",
        "(214) 555-0142 (x5)",
    ],
)
def test_an_extension_is_noticed(text: str) -> None:
    assert phones(text) == Phones((ONE,), has_extension=True)


@pytest.mark.parametrize(
    "text",
    [
        "NULL",
        "N/A",
        "-",
        "2.14555E+09",
        "2.145550142E+08",
        "4111 1111 1111 1111",
        "555-0142",
        "9" * 5000,
        "(" * 5000,
        "2145550142 " * 500,
        "1-" * 700,
        "+" * 1000,
        "x5" * 500,
    ],
)
def test_what_has_no_phone_or_has_lost_digits_is_none(text: str) -> None:
    assert phones(text) == Phones(())


# -- e-mails ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "ann@b.com.",
        "<ann@b.com>",
        "Ann <ann@b.com>",
        '"Lee, Ann" <ann@b.com>',
        "mailto:ann@b.com",
        "MAILTO:Ann@B.com",
        "mailto:ann@b.com?subject=Hello",
        "<mailto:ann@b.com>",
        "\u200bann@b.com",
        "ann@b.com\u200b",
        "'ann@b.com'",
        "ann @ b.com",
        "ann@b.com (work)",
        "E-mail: ann@b.com",
        "ann@b.com,",
        ";ann@b.com;",
        "\ufeffann@b.com\u00a0",
        '="ann@b.com"',
        wide("ann@b.com"),
    ],
)
def test_an_address_is_read_whatever_stands_around_it(text: str) -> None:
    assert emails(text) == ["ann@b.com"]


@pytest.mark.parametrize(
    "text",
    [
        "ann@b.com; c@d.com",
        "ann@b.com, c@d.com",
        "Ann <ann@b.com>, Cy <c@d.com>",
        "ann@b.com c@d.com",
        "ann@b.com/c@d.com",
    ],
)
def test_two_addresses_are_both_seen(text: str) -> None:
    assert emails(text) == ["ann@b.com", "c@d.com"]


@pytest.mark.parametrize(
    "text", ["a b@example.com", "NULL", "ann at b.com", "@" * 1000, "a@" * 500, "<" * 1000, "a" * 5000]
)
def test_what_may_be_another_address_is_none(text: str) -> None:
    assert emails(text) == []


# -- postal codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("75201.0", "75201"),
        (75201.0, "75201"),
        ("'03301", "03301"),
        ('="03301"', "03301"),
        (3301, "03301"),
        ("75201-", "75201"),
        ("75201\u20131234", "75201"),
        ("75201 1234", "75201"),
        (752011234, "75201"),
        ("k1a0b1", "K1A 0B1"),
        ("K1A-0B1", "K1A 0B1"),
        ("\u200b75201", "75201"),
        ("3301.0", "03301"),
        ("NULL", None),
        ("DALLAS", None),
        ("N/A", None),
        ("nan", None),
        ("-", None),
        ("1" * 5000, None),
        (" " * 5000, None),
    ],
)
def test_a_postal_code_is_read_whatever_a_spreadsheet_made_of_it(value: object, expected: str | None) -> None:
    assert postal_code(value) == expected


# -- numbers, booleans, dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$350,000", "350000"),
        ("350,000", "350000"),
        ("$350,000.00", "350000"),
        ("USD 12.5", "12.5"),
        ("12.5 usd", "12.5"),
        ("US$ 1,000", "1000"),
        ("12,50", "12.5"),
        ("1.234,50", "1234.5"),
        ("€ 1.234,50", "1234.5"),
        ("1.234,50 €", "1234.5"),
        ("1.234", "1.234"),
        ("1,234", "1234"),
        ("0,125", "0.125"),
        ("1234,500", "1234.5"),
        ("1,234,567.8", "1234567.8"),
        ("1.234.567", "1234567"),
        ("350 000", "350000"),
        ("350\u00a0000,5", "350000.5"),
        ("1'234.50", "1234.5"),
        ("12,34,567", "1234567"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("(5)", "-5"),
        ("\u22125", "-5"),
        ("1e3", "1000"),
        ("1,5E+3", "1500"),
        (".5", ".5"),
        ("5.", "5"),
        ("'12", "12"),
        ('="12"', "12"),
        ("+7", "7"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, expected: str) -> None:
    assert number(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$",
        "nan",
        "inf",
        "-Infinity",
        "1,2,3",
        "12,50,1",
        "1.2.3",
        "12%5",
        "0x10",
        "--5",
        "1_000",
        "twelve",
        "1" * 5000,
        "," * 10_000,
        "1," * 5000,
        "1e99999999",
    ],
)
def test_what_is_no_one_number_is_none(text: str) -> None:
    assert number(text) is None


def test_booleans_and_dates_are_read_as_people_write_them() -> None:
    yes, no = (
        ("true", "Yes", "Y", " on ", "1", 1, 1.0, "1.0", True),
        ("FALSE", "no", "n", "Off", "0", 0, "0.0", False),
    )
    assert {boolean(each) for each in yes} == {True}
    assert {boolean(each) for each in no} == {False}
    assert [boolean(each) for each in ("", "2", 2, "perhaps", None, [])] == [None] * 6
    days = (
        "6/10/1980",
        "06/10/1980",
        "6-10-1980",
        "1980-06-10",
        "19800610",
        "1980-06-10 00:00:00",
        "6/10/1980 12:00 AM",
        "'6/10/1980",
        "6/10/1980 0:00",
    )
    assert {day(each) for each in days} == {date(1980, 6, 10)}
    assert [day(each) for each in ("13/10/1980", "10.6.1980", "6/10/80", "2/30/1980", "soon", "", 5)] == [
        None
    ] * 7
    moment = datetime(1980, 6, 10, 14, 30, tzinfo=UTC)
    times = (
        "6/10/1980 2:30 PM",
        "6/10/1980 14:30",
        "6/10/1980, 2:30:00 p.m.",
        "1980-06-10T14:30:00Z",
        "1980-06-10 14:30",
    )
    assert {instant(each) for each in times} == {moment}
    assert instant("6/10/1980 14:30 PM") is None


# -- names and ids ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["NULL", "null", "nan", "NaN", "None", "N/A", "n/a", "#N/A", "-", "--", "\u2014", "?", "(null)", "\\N"],
)
def test_what_machines_write_for_nothing_is_no_name(text: str) -> None:
    assert name(text) is None
    assert name(f"\u200b {text} ") is None


@pytest.mark.parametrize(
    "text", ["Null", "Na", "NA", "Nan", "Nil", "O", "X Æ A-12", "李", "\u041d\u0435", "D'Angelo", "-Ann"]
)
def test_people_who_are_called_so_keep_their_names(text: str) -> None:
    assert name(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (123, "123"),
        (123.0, "123"),
        ("123", "123"),
        ("123.0", "123"),
        (" 123 ", "123"),
        ('="00123"', "00123"),
        ("1.10", "1.10"),
        ("A-1", "A-1"),
        ("NULL", None),
        ("nan", None),
        ("NA", None),
        ("", None),
        ("-", None),
        ("0", "0"),
        (1e15, "1" + "0" * 15),
    ],
)
def test_an_id_is_the_same_however_it_is_sent(value: object, expected: str | None) -> None:
    assert identity(value) == expected


@pytest.mark.parametrize("one", ["José Núñez", "Åsa", "Ann Lee", "ﬁnance", "Straße"])
def test_what_is_equal_to_the_eye_is_equal(one: str) -> None:
    ways = [
        unicodedata.normalize("NFD", one),
        one.replace(" ", "\u00a0"),
        one.replace(" ", "   "),
        f" {one}\t",
        f"\ufeff{one}",
        "\u200b".join(one),
        f"{one}\x00",
        one.upper(),
        "\u00ad".join(one),
    ]
    assert {folded(each) for each in ways} == {folded(one)}
    assert cleaned(f"\u200b {unicodedata.normalize('NFD', one)}\x00\u00a0") == unicodedata.normalize(
        "NFC", one
    )


# -- properties ------------------------------------------------------------------------------------------------

AROUND: dict[str, list[Callable[[str], str]]] = {
    "all": [
        lambda it: f" {it} ",
        lambda it: f"\u00a0{it}\t",
        lambda it: f"\ufeff{it}",
        lambda it: f"{it}\u200b",
        lambda it: it[:1] + "\u200b" + it[1:],
        lambda it: f"{it}\r\n",
        lambda it: f"\u202a{it}\u202c",
        lambda it: f"{it}\x00",
    ],
    "cell": [lambda it: f"'{it}", lambda it: f'="{it}"'],
    "phone": [
        lambda it: f"{it} (cell)",
        lambda it: f"Mobile: {it}",
        lambda it: f"tel:{it}",
        lambda it: f"{it} work",
    ],
    "email": [
        lambda it: f"<{it}>",
        lambda it: f"Ann <{it}>",
        lambda it: f"mailto:{it}",
        lambda it: f"{it}.",
        lambda it: f"{it};",
    ],
    "state": [
        lambda it: f"{it}.",
        lambda it: f"{it}, USA",
        lambda it: f"US-{it}",
        lambda it: f"Springfield, {it}",
    ],
    "postal_code": [lambda it: f"{it}-1234", lambda it: f"{it}.0"],
    "number": [lambda it: f"${it}", lambda it: f"{it} USD"],
}
"""What spreadsheets, mail programs and people add."""

areas, lines = st.sampled_from(["214", "303", "917", "415"]), st.integers(0, 99)
PLAIN: dict[str, st.SearchStrategy[str]] = {
    "phone": st.builds(lambda area, line: f"{area}-555-01{line:02}", areas, lines),
    "email": st.from_regex(r"[a-z][a-z0-9.]{0,8}[a-z0-9]@[a-z]{1,8}\.(com|co\.uk)", fullmatch=True).filter(
        lambda it: ".." not in it
    ),
    "state": st.sampled_from(sorted(STATES)),
    "postal_code": st.integers(501, 99950).map("{:05}".format),
    "number": st.integers(0, 10**7).map("{:,}".format) | st.decimals(0, 10**5, places=2).map(str),
}


@given(st.sampled_from(sorted(PLAIN)).flatmap(lambda kind: st.tuples(st.just(kind), PLAIN[kind])), st.data())
def test_decoration_changes_nothing(kind_and_text: tuple[Any, str], data: st.DataObject) -> None:
    kind, text = kind_and_text
    plain = read(kind, text)
    assert plain is not None
    decorated = data.draw(st.sampled_from(AROUND[kind]))(text)
    decorated = data.draw(st.sampled_from(AROUND["all" if decorated != text else "cell"]))(decorated)
    assert read(kind, decorated) == plain
    assert read(kind, data.draw(st.sampled_from(AROUND["cell"]))(text)) == plain


ALPHABET = "aA1.,-+()/ '\"=<>@;:xX#$€\u200b\u00a0NTYtex025"


@given(st.text(ALPHABET, max_size=30) | st.text(max_size=30) | st.integers() | st.floats())
@example("==0")
def test_reading_twice_changes_nothing(value: object) -> None:
    for reader in (phone, email, state, postal_code, name, identity, folded):
        once = reader(value)
        assert once is None or reader(once) == once


EVERYTHING = RecordType("lead", "Lead", TYPED.fields)
STATIC = ("channel", "campaign", "first_name", "last_name", "email", "phone", "state", "postal_code", "cost")
sent = st.one_of(
    *PLAIN.values(),
    st.text(max_size=12),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from(
        [
            "Texas",
            "Tex.",
            "Dallas, TX",
            "N/A",
            "Null",
            "yes",
            "6/10/1980",
            "12,50",
            "1.234,50",
            "Purchase",
            wide("3"),
        ]
    ),
    st.dates().map(str),
    st.datetimes().map(str),
)


@given(sent, st.sampled_from([*STATIC, *(f"fields.{each.name}" for each in TYPED.fields)]))
def test_a_strategy_with_equals_x_takes_a_lead_that_is_sent_with_x(x: object, where: str) -> None:
    body = {"fields": {where.removeprefix("fields."): x}} if where.startswith("fields.") else {where: x}
    understood = understand(body, EVERYTHING)
    for operator, value, opposite in (("equals", x, "not_equals"), ("in", [x], "not_in")):
        entry = {"field": where, "operator": operator, "value": value}
        criterion = parse([entry])
        if problems(
            criterion, EVERYTHING
        ):  # it is no value of the field; a lead may carry another choice all the same
            assert where == "fields.product" or not matches(criterion, _reading(understood), NOW)
            continue
        assert matches(criterion, _reading(understood), NOW)
        assert not matches(parse([{**entry, "operator": opposite}]), _reading(understood), NOW)


def _reading(found: ParsedLead) -> Reading:
    return Reading(lead(values=found.values, fields=found.fields), EVERYTHING)


@pytest.mark.parametrize(
    ("where", "operator", "value", "holds"),
    [
        ("state", "in", ["Texas"], True),
        ("state", "not_in", ["Texas"], False),
        ("state", "equals", "Tex.", True),
        ("state", "starts_with", "t", True),
        ("state", "contains", "Texas", True),
        ("state", "contains", "C", False),
        ("phone", "equals", "(214) 555-0142", True),
        ("phone", "equals", 2145550142, True),
        ("phone", "starts_with", "214", True),
        ("phone", "starts_with", 214, True),
        ("phone", "starts_with", "+1214", True),
        ("phone", "starts_with", "1-214", True),
        ("phone", "starts_with", "(214) 555", True),
        ("phone", "starts_with", "001 214", True),
        ("phone", "starts_with", "555", False),
        ("phone", "contains", "(214) 555", True),
        ("phone", "not_contains", "0142", False),
        ("postal_code", "equals", "75201-1234", True),
        ("postal_code", "in", [75201.0], True),
        ("postal_code", "starts_with", 75, True),
        ("postal_code", "starts_with", "75201-1234", True),
        ("postal_code", "contains", "52", True),
        ("email", "equals", "Ann <ANN@b.com>", True),
        ("email", "contains", " @B.com", True),
        ("email", "starts_with", "mailto:ann", True),
        ("first_name", "equals", " JOSE\u0301\u200b ", True),
        ("first_name", "starts_with", "jos\u00e9", True),
        ("cost", "equals", "$12,50", True),
        ("cost", "between", ["12", "1,300"], True),
        ("fields.amount", "greater_than", 300000, True),
        ("fields.vip", "equals", "y", True),
        ("fields.birthday", "equals", "1980-06-10", True),
        ("fields.seen", "equals", "6/10/1980 2:30 PM", True),
        ("fields.product", "in", ["\u200bpurchase "], True),
    ],
)
def test_a_criterion_is_read_as_the_lead_is(where: str, operator: str, value: object, holds: bool) -> None:
    body = {
        "first_name": "Jos\u00e9",
        "email": "ann@b.com",
        "phone": "214.555.0142",
        "state": "TX - Texas",
        "postal_code": "75201",
        "cost": "12.50",
        "fields": {
            "amount": "$350,000",
            "vip": "Yes",
            "birthday": "6/10/1980",
            "seen": "1980-06-10T14:30:00Z",
            "product": "PURCHASE",
        },
    }
    criterion = Criterion(where, operator, value)
    assert problems((criterion,), TYPED) == []
    assert matches((criterion,), _reading(understand(body, TYPED)), NOW) is holds


@pytest.mark.parametrize(
    ("where", "operator", "value", "why"),
    [
        ("state", "equals", "ZZ", "must be a US state or territory"),
        ("state", "starts_with", "Q", "must be part of a US state or territory"),
        ("state", "contains", "ZZ", "must be part of a US state or territory"),
        ("state", "greater_than", "TX", None),
        ("phone", "equals", "214", "must be a phone number"),
        ("phone", "starts_with", "Ann", "must be part of a phone number"),
        ("phone", "starts_with", "0", "must be part of a phone number"),
        ("phone", "contains", "+", "must be part of a phone number"),
        ("postal_code", "equals", "DALLAS", "must be a postal code"),
        ("postal_code", "starts_with", "?", "must be part of a postal code"),
        ("email", "equals", "ann", "must be an e-mail address"),
        ("email", "contains", "ann lee", "must be part of an e-mail address"),
        ("first_name", "equals", "N/A", "must be text that is not a placeholder"),
        ("fields.birthday", "equals", "13/10/1980", "must be a date (YYYY-MM-DD)"),
        ("fields.text", "equals", "\u200b", "must be text"),
    ],
)
def test_what_can_never_hold_is_refused(where: str, operator: str, value: object, why: str | None) -> None:
    (found,) = problems((Criterion(where, operator, value),), TYPED)
    if why is None:
        assert found == ("[0].operator", f"{operator} needs a number or a date; {where} is a {where}")
    else:
        assert found == ("[0].value", why)


# -- whole leads -----------------------------------------------------------------------------------------------

BOTH = [{"value": ONE, "kind": None}, {"value": OTHER, "kind": None}]


@pytest.mark.parametrize(
    ("body", "values", "warnings"),
    [
        ({"Phone": "2145550142"}, {"phone": ONE}, []),
        (
            {"PHONE": "2145550142", "First Name": "Ann", "lastName": "Lee"},
            {"phone": ONE, "first_name": "Ann", "last_name": "Lee"},
            [],
        ),
        (
            {"First": "Bo", "first_name": "Ann", "FIRST NAME": "Cy"},
            {"first_name": "Ann"},
            [("First", "unknown_key"), ("FIRST NAME", "repeated_key")],
        ),
        ({"FirstName": "Ann", "FIRST_NAME": "Cy"}, {"first_name": "Ann"}, [("FIRST_NAME", "repeated_key")]),
        ({"Phone": "3035550100", "phone": "2145550142"}, {"phone": ONE, "phones": BOTH}, []),
        ({"phone": " ", "Phone": "2145550142"}, {"phone": ONE}, []),
        ({"phone": "214-555-0142 x5"}, {"phone": ONE}, [("phone", "extension")]),
        ({"phone": "214-555-0142 / 303-555-0100"}, {"phone": ONE, "phones": BOTH}, []),
        (
            {"email": "ann@b.com; c@d.com"},
            {
                "email": "ann@b.com",
                "emails": [{"value": "ann@b.com", "kind": None}, {"value": "c@d.com", "kind": None}],
            },
            [],
        ),
        ({"first_name": "NULL", "last_name": "Null"}, {"last_name": "Null"}, [("first_name", "dropped")]),
        ({"first_name": "Jos\ufffd"}, {"first_name": "Jos\ufffd"}, [("first_name", "damaged")]),
        ({"first_name": "\u200b"}, {}, []),
        ({"cost": "12,50"}, {"cost": 12.5}, [("cost", "repaired")]),
        ({"cost": "1.234,50"}, {"cost": 1234.5}, [("cost", "repaired")]),
        ({"cost": "1.234"}, {"cost": 1.234}, [("cost", "ambiguous")]),
        ({"cost": "1,234"}, {"cost": 1234}, [("cost", "ambiguous")]),
        ({"cost": "$1,234.50"}, {"cost": 1234.5}, []),
        ({"cost": "NaN"}, {}, [("cost", "dropped")]),
        ({"cost": "1e400"}, {}, [("cost", "dropped")]),
        ({"cost": 10**400}, {}, [("cost", "dropped")]),
        ({"fields": {"amount": "12,50"}}, {}, [("fields.amount", "repaired")]),
        ({"fields": {"amount": "350,000"}}, {}, [("fields.amount", "ambiguous")]),
        ({"fields": {"amount": "$350,000", "vip": "Yes", "birthday": "6/10/1980"}}, {}, []),
    ],
)
def test_what_was_mended_is_said(
    body: dict[str, Any], values: dict[str, Any], warnings: list[tuple[str, str]]
) -> None:
    found = understand(body, TYPED)
    assert as_given(found.values) == values
    assert [(each.field, each.code) for each in found.warnings] == warnings


def test_custom_fields_are_known_whatever_their_case_and_keep_what_came() -> None:
    found = understand({"Fields": {"AMOUNT": "5", "Amount": 6, "Other": 1, "text": "a"}}, TYPED)
    assert found.fields == {"amount": "5", "Amount": 6, "Other": 1, "text": "a"}
    assert [(each.field, each.code) for each in found.warnings] == [
        ("fields.Amount", "repeated_key"),
        ("fields.Other", "unknown_key"),
    ]
    alike = RecordType("lead", "Lead", (CustomField("ab", "string"), CustomField("a_b", "string")))
    assert understand({"fields": {"A_B": 1}}, alike).fields == {"A_B": 1}
    large = {"AMOUNT": 5, "text": "x" * 200_000}
    assert understand({"fields": large}, TYPED).fields == large


@given(st.permutations(["state", "State", "STATE", "sTate"]), st.sets(st.integers(0, 3), min_size=1))
def test_of_keys_that_differ_by_case_one_is_taken_and_the_others_are_said(
    names: list[str], filled: set[int]
) -> None:
    states = ("TX", "CO", "UT", "NM")
    body = {each: states[at] if at in filled else "" for at, each in enumerate(names)}
    found = understand(body, TYPED)
    there = [each for each in names if body[each]]
    first = "state" if body["state"] else there[0]
    assert as_given(found.values) == {"state": body[first]}
    assert sorted(each.field for each in found.warnings) == sorted(each for each in there if each != first)


HUGE = 250_000
FREE = ("fields.text", "fields.product", *STATIC[:4])
"""Fields in which any text can be looked for."""


@pytest.mark.parametrize(
    "piece",
    [
        ",",
        "1,",
        "(",
        "<",
        "a@",
        "@",
        "+1",
        "x5",
        "-",
        "\x00",
        "\u200b",
        "TX ",
        "$",
        "'",
        '="',
        "a.",
        "\u0301",
        "1 ",
    ],
)
def test_a_huge_value_is_read_in_no_time(piece: str) -> None:
    text = (piece * HUGE)[:HUGE]
    keys = [*STATIC, "external_id", "pull_delay_minutes", text]
    body = {**dict.fromkeys(keys, text), "fields": {each.name: text for each in TYPED.fields} | {text: text}}
    found = understand(body, TYPED)
    assert found.values.keys() <= {UNREAD_STATE}
    for operator in ("equals", "contains", "starts_with", "is_empty"):
        for where in (*STATIC, *(f"fields.{each.name}" for each in TYPED.fields)):
            criterion = Criterion(where, operator, text)
            assert problems((criterion,), TYPED) or where in FREE
            matches((criterion,), _reading(found), NOW)
