"""Lists of leads and phones: columns in any order, any usual variant, and damage that costs only its own row."""

import csv
import io
import json
import tracemalloc
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.intake import understand
from routing.domain.lists.headings import named, slug
from routing.domain.lists.leads import LeadList, LeadRow
from routing.domain.lists.phones import PhoneRow, phone_rows
from routing.domain.lists.records import LONGEST_LINE, BadRow, UnreadableListError
from routing.domain.reading import names
from tests.unit.values import TYPED

HEADINGS = "first_name,last_name,email,phone\n"


def opened(content: str | bytes, mapping: Mapping[str, str | None] | None = None) -> LeadList:
    return LeadList(io.BytesIO(content.encode() if isinstance(content, str) else content), mapping)


def good_and_bad(content: str | bytes) -> tuple[list[LeadRow], list[BadRow]]:
    rows = list(opened(content).rows())
    return [row for row in rows if isinstance(row, LeadRow)], [row for row in rows if isinstance(row, BadRow)]


def leads(content: str | bytes, mapping: Mapping[str, str | None] | None = None) -> list[dict[str, Any]]:
    return [row.lead for row in opened(content, mapping).rows() if isinstance(row, LeadRow)]


def without_ids(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in lead.items() if key != "external_id"} for lead in found]


def first_names(content: str | bytes) -> list[object]:
    return [lead["first_name"] for lead in leads(content)]


def refusal(content: str | bytes, mapping: Mapping[str, str | None] | None = None) -> str:
    with pytest.raises(UnreadableListError) as refused:
        opened(content, mapping)
    return str(refused.value)


def phones_in(content: str | bytes) -> list[tuple[int, tuple[str, ...], str]]:
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return [(row.line, row.phones, row.reason) for row in phone_rows(stream)]


# -- one table, every variant of its file -------------------------------------------------------------------------

COLUMNS = {
    "First Name": ["first_name", "FIRST NAME", "firstName", " First  Name ", "First_Name:", "*First Name"],
    "Surname": ["SURNAME", "surname*", "Sur\u00adname"],
    "Phone": [
        "phone",
        "PHONE",
        "phoneNumber",
        "Phone #",
        "Telephone Number",
        "Contact Number",
        "Phone 1 - Value",
    ],
    "Mobile": ["Mobile Number", "Phone (Mobile)", "cell_phone", "Mobile No."],
    "Email": ["E-Mail", "EmailAddress", "e-mail address", "Email:", "E-mail 1 - Value"],
    "State": ["State/Region", "STATE", "state_code", "State / Province"],
    "Zip": ["ZIP Code", "zipCode", "Zip/Postal Code", "Post Code", "Postal Code"],
    "Lead ID": ["lead_id", "LeadID", "LEAD ID"],
    "Größe": ["GRÖSSE", " größe "],
    "Loan Type": ["loan_type", "LOAN-TYPE", "Loan Type"],
}
PHONES = [f"303-555-01{number:02}" for number in range(40)]
TEXT = st.text("abcé ñü,;|'&\"", max_size=8).map(lambda text: " ".join(text.split()))
ROW = st.fixed_dictionaries(
    {
        "First Name": st.sampled_from(["Zoë", "Ana María", "José", "O'Neil"]),
        "Surname": TEXT,
        "Phone": st.sampled_from(["", *PHONES]),
        "Mobile": st.sampled_from(["", *PHONES]),
        "Email": st.sampled_from(["", "z@b.co", "Ann <ann@b.com>"]),
        "State": st.sampled_from(["", "TX", "N. Mex."]),
        "Zip": st.sampled_from(["", "75201"]),
        "Größe": TEXT,
        "Loan Type": TEXT,
    }
)
TABLE = st.lists(ROW, min_size=1, max_size=6).map(
    lambda rows: [{**row, "Lead ID": f"V-{number}"} for number, row in enumerate(rows)]
)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-16-le", "utf-16-be"]


def written(
    table: Sequence[Mapping[str, str]],
    order: Sequence[str],
    spelled: Mapping[str, str],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    ending: str = "\n",
    title: Sequence[str] = (),
    says_separator: bool = False,
    short: bool = False,
    empty_rows: bool = False,
    quotes_all: bool = False,
) -> bytes:
    """The file that a program of these habits would write of the table."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    if says_separator:
        out.write(f"sep={delimiter}{ending}")
    for line in title:
        writer.writerow([line, *[""] * (len(order) - 1)])
    writer.writerow([spelled.get(name, name) for name in order])
    for row in table:
        cells = [row[name] for name in order]
        while short and len(cells) > 1 and not cells[-1]:
            cells.pop()
        writer.writerow(cells)
        if empty_rows:
            writer.writerow([""] * len(order))
    return out.getvalue().encode(encoding)


@given(TABLE, st.permutations(list(COLUMNS)), st.data())
def test_every_variant_of_a_file_gives_the_same_leads(
    table: list[dict[str, str]], order: list[str], data: st.DataObject
) -> None:
    if data.draw(st.booleans()):
        spelled = {name: data.draw(st.sampled_from([name, *COLUMNS[name]])) for name in order}
    else:  # the rows have no id, so that what they say, under the same headings, is their identity
        order, spelled = [name for name in order if name != "Lead ID"], {}
    plain = leads(written(table, sorted(order), {}))
    if spelled:
        assert [lead["external_id"] for lead in plain] == [row["Lead ID"] for row in table]
    variant = written(
        table,
        order,
        spelled,
        encoding=data.draw(st.sampled_from(ENCODINGS)),
        delimiter=data.draw(st.sampled_from(",;\t|")),
        ending=data.draw(st.sampled_from(["\n", "\r\n", "\r"])),
        title=data.draw(st.sampled_from([(), ("Leads of March",), ("Acme, Inc.", "exported by ann@b.com")])),
        says_separator=data.draw(st.booleans()),
        short=data.draw(st.booleans()),
        empty_rows=data.draw(st.booleans()),
        quotes_all=data.draw(st.booleans()),
    )
    found = opened(variant)
    rows = list(found.rows())
    assert [row.lead if isinstance(row, LeadRow) else row for row in rows] == [
        {**lead, "fields": _renamed(lead, spelled)} if "fields" in lead else lead for lead in plain
    ]
    assert found.read == len(variant)


def _renamed(lead: Mapping[str, Any], spelled: Mapping[str, str]) -> dict[str, str]:
    """A column that is nobody's key becomes a field of the name that it has."""
    own = {slug(name): slug(heading) for name, heading in spelled.items()}
    return {own.get(name, name): value for name, value in lead["fields"].items()}


@given(
    st.lists(st.sampled_from(PHONES), min_size=1, max_size=6, unique=True),
    st.sampled_from(ENCODINGS),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([None, "Phone", "phone", "Mobile Number", "Number"]),
    st.booleans(),
    st.booleans(),
)
def test_every_variant_of_a_list_of_phones_gives_the_same_phones(
    numbers: list[str],
    encoding: str,
    delimiter: str,
    ending: str,
    heading: str | None,
    is_split: bool,
    named_too: bool,
) -> None:
    rows: list[list[str]] = (
        [["Name", "Area Code", heading] if is_split else ["Name", heading]] if heading else []
    )  # type: ignore[list-item]
    for number in numbers:
        cells = [number[:3], number[4:]] if is_split else [number]
        rows.append(["Ana", *cells] if heading or (named_too and not is_split) else cells)
    text = ending.join(delimiter.join(row) for row in rows)
    found = phones_in(text.encode(encoding))
    assert [phones for _, phones, _ in found] == [(f"+1{number.replace('-', '')}",) for number in numbers]
    assert [line for line, _, _ in found] == [at + 1 + bool(heading) for at in range(len(numbers))]


# -- columns ------------------------------------------------------------------------------------------------------


class TestColumns:
    def test_are_matched_by_name_in_any_order_and_the_rest_become_custom_fields(self) -> None:
        (row,), bad = good_and_bad(
            "Zip Code,Loan Amount ($),E-Mail,Surname,First\n80202,250000,a@b.co,Ortiz,Ana\n"
        )
        assert str(row.lead.pop("external_id")).startswith("row-")
        assert row == LeadRow(
            2,
            {
                "postal_code": "80202",
                "email": "a@b.co",
                "last_name": "Ortiz",
                "first_name": "Ana",
                "fields": {"loan_amount": "250000"},
            },
        )
        assert bad == []

    @pytest.mark.parametrize(
        ("heading", "key"),
        [
            *((name, "phone") for name in COLUMNS["Phone"] + COLUMNS["Mobile"]),
            *(
                (name, "phone")
                for name in ("Primary Phone", "Work Phone", "Business Phone", "Borrower Home Phone")
            ),
            *((name, "email") for name in COLUMNS["Email"]),
            *((name, "state") for name in COLUMNS["State"]),
            *((name, "postal_code") for name in COLUMNS["Zip"]),
            ("Name", "name"),
            ("Your Name", "name"),
            ("Full Name", "name"),
            ("utm_campaign", "utm_campaign"),
            ("Lead Campaign", "campaign"),
            ("record_type", "record_type"),
        ],
    )
    def test_usual_headings_are_known(self, heading: str, key: str) -> None:
        found = named(heading)
        assert found is not None
        assert found.key == key

    @pytest.mark.parametrize(
        "heading",
        ["Lead Type", "Record Type", "Number", "No", "No Phone", "Phone Type", "Phone Verified", "Best Time", "Price",
         "Fax", "Email Opt In", "Mail Address", "Lead State", "Zip+4", "Agent Phone", "電話", "$", ""],
    )  # fmt: skip
    def test_headings_that_only_resemble_are_fields(self, heading: str) -> None:
        assert named(heading) is None

    def test_all_phones_of_a_row_are_the_leads_the_best_named_first(self) -> None:
        text = (
            "Work Phone,Mobile,Phone,Email\n"
            "303-555-0101,303-555-0102,303-555-0103,\n"
            "303-555-0101,303-555-0102,n/a,\n"
            "303-555-0101,,,\n"
            ",,unknown,a@b.co\n"
        )
        work, mobile = (
            {"value": "303-555-0101", "kind": "work"},
            {"value": "303-555-0102", "kind": "mobile"},
        )
        assert without_ids(leads(text)) == [
            {"phones": ["303-555-0103", mobile, work]},
            {"phones": ["n/a", mobile, work]},
            {"phone": "303-555-0101"},
            {"phone": "unknown", "email": "a@b.co"},
        ]

    def test_a_mapping_goes_before_the_names_and_headings_may_be_spelled_otherwise(self) -> None:
        text = "who,contact,phone,secret,No\nAna,a@b.co,1,x,7\n"
        mapping = {
            "Who": "first_name",
            "contact": "email",
            "phone": "fields.office",
            "secret": None,
            "No": "fields.n",
        }
        assert without_ids(leads(text, mapping)) == [
            {"first_name": "Ana", "email": "a@b.co", "fields": {"office": "1", "n": "7"}}
        ]

    def test_a_sources_mapping_says_what_a_files_own_does_not_as_far_as_it_fits(self) -> None:
        of_posts = {
            "amt": "fields.loan_amount", "person.mail": "email", "Ref No": "external_id", "dob": None, "key": "api_key",
            "cell": "phones", "Region": "state", "no.such": "cost", "who": "name", "consent": "consent",
        }  # fmt: skip
        found = LeadList(
            io.BytesIO(b"Amt,Person Mail,ref_no,DOB,Key,Cell,Region,State,Who,First,Consent\n1,a@b.co,x\n"),
            {"State": "state", "First": "first_name"},
            of_posts,
        )
        assert dict(found.columns) == {
            "Amt": "fields.loan_amount", "Person Mail": "email", "ref_no": "external_id", "DOB": None, "Key": None,
            "Cell": "phone", "Region": "fields.region", "State": "state", "Who": "fields.who", "First": "first_name",
            "Consent": "fields.consent",
        }  # fmt: skip
        named = LeadList(io.BytesIO(b"Leads of May\nWert,Ort\na@b.co,x\n"), None, {"wert": "email"})
        assert dict(named.columns) == {"Wert": "email", "Ort": "fields.ort"}

    def test_the_second_of_equal_headings_has_a_name_of_its_own(self) -> None:
        text = "Phone,Phone,Note,Note\n303-555-0101,303-555-0102,a,b\n"
        found = opened(text, {"Phone (2)": "phone", "Phone": "fields.first", "Note (2)": None})
        assert found.columns == [
            ("Phone", "fields.first"), ("Phone (2)", "phone"), ("Note", "fields.note"), ("Note (2)", None)
        ]  # fmt: skip

    def test_a_mapping_may_send_several_columns_to_a_phone_in_the_files_order(self) -> None:
        text = "a,b\n,303-555-0101\n303-555-0102,303-555-0103\n"
        assert without_ids(leads(text, {"a": "phone", "b": "phone"})) == [
            {"phone": "303-555-0101"},
            {"phones": ["303-555-0102", "303-555-0103"]},
        ]

    def test_a_whole_name_gives_two_unless_there_are_columns_for_them(self) -> None:
        assert without_ids(leads("Name,email\nAna María Ortiz,a@b.co\n")) == [
            {"first_name": "Ana María", "last_name": "Ortiz", "email": "a@b.co"}
        ]
        assert without_ids(leads("First Name,Name,email\nAna,Ana Ortiz,a@b.co\n")) == [
            {"first_name": "Ana", "email": "a@b.co", "fields": {"name": "Ana Ortiz"}}
        ]

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("Ana Ortiz", ("Ana", "Ortiz")),
            ("Ortiz, Ana María", ("Ana María", "Ortiz")),
            ("Ana Ortiz Jr.", ("Ana", "Ortiz Jr.")),
            ("Ana Ortiz, PhD", ("Ana", "Ortiz PhD")),
            ("Cher", ("Cher", "")),
            (" , ", ("", "")),
        ],
    )
    def test_whole_names_are_split(self, text: str, parts: tuple[str, str]) -> None:
        assert names.split(text) == parts

    def test_two_headings_that_make_the_same_field_are_both_kept(self) -> None:
        assert leads("email,Note,note!\na@b.co,one,two\n")[0]["fields"] == {"note": "one", "note_2": "two"}

    def test_headings_in_any_script_are_fields(self) -> None:
        assert leads("email,住所,Größe (m²)\na@b.co,東京,5\n")[0]["fields"] == {
            "住所": "東京",
            "grösse_m2": "5",
        }

    def test_a_column_without_a_heading_is_left_out_and_said_so(self) -> None:
        found = opened("email,\na@b.co,x\n")
        assert without_ids([row.lead for row in found.rows() if isinstance(row, LeadRow)]) == [
            {"email": "a@b.co"}
        ]
        assert found.notes == ["column 2 has no heading and is left out"]

    def test_values_are_given_as_they_stand_and_the_api_says_what_it_made_of_them(self) -> None:
        costs = {
            "$1,200.50": 1200.5,
            "12,50": 12.5,
            "1.234,50": 1234.5,
            "nan": None,
            "inf": None,
            "dear": None,
        }
        found = leads("email;cost\n" + "".join(f"a@b.co;{each}\n" for each in costs))
        assert [lead["cost"] for lead in found] == list(costs)
        for lead in found:
            read = understand(json.loads(json.dumps(lead, allow_nan=False)), TYPED)
            assert read.values.get("cost") == costs[str(lead["cost"])]
            is_plain = lead["cost"] == "$1,200.50"
            assert [each.field for each in read.warnings] == ([] if is_plain else ["cost"])


class TestIdentity:
    @pytest.mark.parametrize(
        ("ids", "why"),
        [
            (["Google"] * 4, "line 2 has no number or code there"),
            (["A1", "A2", "A1"], "lines 2 and 4 have the same"),
            (["1.23E+14", "1.24E+14"], "line 2 has a number that a spreadsheet has rounded"),
            (["1", "2", "3"], "it is a running number"),
            (["12", "9", "5", "1"], "it is a running number"),
        ],
    )
    def test_a_column_that_does_not_tell_leads_apart_is_a_field_and_said_so(
        self, ids: list[str], why: str
    ) -> None:
        text = "Phone,Reference\n" + "".join(f"303-555-01{at:02},{each}\n" for at, each in enumerate(ids))
        found = opened(text)
        rows = [row for row in found.rows() if isinstance(row, LeadRow)]
        assert found.notes == [f"column Reference is no identity: {why}; it is kept as fields.reference"]
        assert [row.lead["fields"] for row in rows] == [{"reference": each} for each in ids]
        assert len({row.lead["external_id"] for row in rows}) == len(ids)

    def test_ids_of_another_system_are_taken_and_a_second_column_of_them_is_a_field(self) -> None:
        found = leads("Reference,Lead ID,email\nGoogle,10001,a@b.co\nGoogle,10002.0,c@d.co\n")
        assert [(lead["external_id"], lead["fields"]) for lead in found] == [
            ("10001", {"reference": "Google"}), ("10002", {"reference": "Google"})
        ]  # fmt: skip

    def test_the_same_row_has_the_same_identity_and_another_has_another(self) -> None:
        one, two, three = leads("email\na@b.co\na@b.co\nc@d.co\n")
        assert one["external_id"] == two["external_id"] != three["external_id"]

    def test_a_mapping_decides_and_rows_that_differ_under_one_id_are_listed(self) -> None:
        text = "email,n\na@b.co,1\na@b.co,1\nc@d.co,1\ne@f.co,1.23E+14\ng@h.co,1.23E+14\n"
        found = opened(text, {"n": "external_id"})
        first, again, other, *rounded = found.rows()
        assert isinstance(first, LeadRow)
        assert isinstance(again, LeadRow)
        assert first.lead == again.lead == {"email": "a@b.co", "external_id": "1"}
        assert other == BadRow(4, "has the external_id of line 2, and other data")
        assert len({str(row.lead["external_id"]) for row in rounded if isinstance(row, LeadRow)}) == 2
        assert found.notes == ["line 5 has an id that a spreadsheet has rounded; such ids are not used"]

    def test_a_repeat_far_below_the_sample_is_listed(self) -> None:
        rows = "".join(f"a{at}@b.co,V{at}\n" for at in range(2000))
        good, bad = good_and_bad(f"email,id\n{rows}other@b.co,V7\n")
        assert (len(good), bad) == (2000, [BadRow(2002, "has the external_id of line 9, and other data")])


TOO_LONG = "the heading row is too long: at most 500 columns, 50,000 characters of headings"


class TestRefused:
    def test_nothing_at_the_bounds_of_a_heading_row(self) -> None:
        widest = ["email", *(f"h{at}" for at in range(498)), "h" * 48_000]
        content = ",".join(widest) + "," * 10_000 + "\na@b.co" + "," * 10_499 + "\n"
        found = LeadList(io.BytesIO(content.encode()))
        assert (len(found.columns), len(list(found.rows()))) == (500, 1)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "line 1: the file is empty"),
            (b"\xef\xbb\xbf", "line 1: the file is empty"),
            (b"\n \n,,,\n", "line 1: the file is empty"),
            (b"name,city\nAna,Denver\n", "line 1: no column for an e-mail or a phone among: name, city;"),
            (b"Ana,a@b.co\nBen,c@d.co\n", "line 1: looks like a lead; the first row must name the columns"),
            (b"Ana,303-555-0100\n", "line 1: looks like a lead; the first row must name the columns"),
            (b"Ana,a@b.co,ID\n", "line 1: looks like a lead; the first row must name the columns"),
            (b'\nfirst,"email\na,b\n', "line 2: the heading row cannot be read: a quote is opened and not"),
            (b"PK\3\4\0\0", "line 1: the heading row has NUL bytes: this is no text"),
            (b"email," + b"," * 500 + b"x", f"line 1: {TOO_LONG}"),
            (b"email," + b",".join([b"h" * 10_000] * 5), f"line 1: {TOO_LONG}"),
            (b"e" * (LONGEST_LINE + 5), f"line 1: the heading row is longer than {LONGEST_LINE} characters"),
        ],
    )
    def test_says_why_and_where(self, content: bytes, message: str) -> None:
        assert refusal(content).startswith(message)

    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"Mail": "email"}, "line 1: the mapping names columns that the list has not: Mail; it has a, b"),
            ({"a": "state", "b": "state"}, "line 1: the mapping sends several columns to state"),
            ({"a": "e_mail"}, "the mapping of a: 'e_mail' is neither null, nor fields.<name>, nor one of"),
            ({"a": "source"}, "the mapping of a: 'source' is neither null, nor fields.<name>, nor one of"),
        ],
    )
    def test_a_mapping_that_does_not_fit(self, mapping: dict[str, str], message: str) -> None:
        assert refusal("a,b\n1,2\n", mapping).startswith(message)


class TestEncodings:
    def test_lines_of_windows_1252_are_read_as_such_with_one_note(self) -> None:
        utf8, latin = "Zoë,\u20ac,z@b.co,1\n".encode(), "José,\u20ac,z@b.co,1\n".encode("cp1252")
        found = opened(HEADINGS.encode() + utf8 + latin + b"Ana,\x81,z@b.co,1\n" + utf8)
        given_names = [row.lead["first_name"] for row in found.rows() if isinstance(row, LeadRow)]
        assert found.notes == [
            "line 3 is not UTF-8: it and other such lines are read as Windows-1252 (Latin-1)"
        ]
        assert given_names == ["Zoë", "José", "Ana", "Zoë"]


class TestDamage:
    def test_an_unclosed_quote_costs_its_own_row_only(self) -> None:
        rows = [f"Ana{n},Ortiz,a@b.co,1\n" for n in range(200)]
        good, bad = good_and_bad(HEADINGS + 'Bad,"Ortiz,a@b.co,1\n' + "".join(rows))
        assert [row.line for row in good] == list(range(3, 203))
        assert bad == [BadRow(2, "a quote is opened and not closed")]

    @pytest.mark.parametrize(
        "later",
        [
            'Ben,"Jones, Jr",b@b.co,1\n', 'Ben,Jones"",b@b.co,1\n', 'Ben,Jones,b@b.co,"1"\n', 'Ben,Jones,b@b.co,""\n',
            'Ben,Jones",b@b.co\n',
        ],
    )  # fmt: skip
    def test_an_unclosed_quote_does_not_swallow_up_to_a_later_quote(self, later: str) -> None:
        good, bad = good_and_bad(HEADINGS + 'Bad,"Ortiz,a@b.co,1\nAna,Ortiz,a@b.co,1\n' + later)
        assert [row.lead["first_name"] for row in good] == ["Ana", "Ben"]
        assert [row.line for row in bad] == [2]

    def test_an_unclosed_quote_at_the_end(self) -> None:
        good, bad = good_and_bad(HEADINGS + 'Ana,Ortiz,a@b.co,1\nBad,Ortiz,a@b.co,"1')
        assert (len(good), [row.line for row in bad]) == (1, [3])

    def test_quoted_line_ends_commas_and_quotes_are_part_of_the_value_in_a_short_row_too(self) -> None:
        (row,), bad = good_and_bad('email,note,x\r\na@b.co, "one\r\ntwo, ""three"""\r\n')
        assert row.lead["fields"] == {"note": 'one\r\ntwo, "three"'}
        assert bad == []

    def test_line_separators_of_unicode_are_no_line_ends(self) -> None:
        (row,), bad = good_and_bad("email,note\na@b.co,one\u2028two\x0bthree\n")
        assert row.lead["fields"] == {"note": "one\u2028two\x0bthree"}
        assert bad == []

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("Bad,Ortiz,a@b.co,1,2", "5 columns where the heading row has 4"),
            ('"Bad" one,Ortiz,a@b.co,1', "a value goes on after its closing quote"),
            ("Bad\0,Ortiz,a@b.co,1", "has NUL bytes: this is no text"),
            ("Bad" * LONGEST_LINE, f"is longer than {LONGEST_LINE} characters"),
        ],
    )
    def test_a_bad_row_is_reported_with_its_line_and_the_others_are_kept(
        self, line: str, reason: str
    ) -> None:
        good, bad = good_and_bad(f"{HEADINGS}Ana,Ortiz,a@b.co,1\n\n{line}\nBen,Sato,b@b.co,1")
        assert [(row.line, row.lead["first_name"]) for row in good] == [(2, "Ana"), (5, "Ben")]
        assert bad == [BadRow(4, reason)]

    def test_a_row_of_which_no_column_is_read_is_said(self) -> None:
        rows = list(opened("email,x\n,1\n", {"x": None}).rows())
        assert rows == [BadRow(2, "every column that is read is empty")]

    @given(st.binary(max_size=300))
    def test_whatever_the_bytes_every_line_is_accounted_for_or_the_list_is_refused(
        self, noise: bytes
    ) -> None:
        good, bad = good_and_bad(b"email\nfirst@b.co\n" + noise + b"\nlast@b.co\n")
        assert good[0].lead["email"] == "first@b.co"
        assert [row.line for row in good] == sorted({row.line for row in good} - {row.line for row in bad})
        if noise.count(b'"') == 0:
            assert good[-1].lead["email"] == "last@b.co"

    @given(st.binary(max_size=300))
    def test_whatever_the_bytes_nothing_else_is_raised(self, noise: bytes) -> None:
        for reading in (lambda: list(opened(noise).rows()), lambda: phones_in(noise)):
            with suppress(UnreadableListError):
                reading()

    @pytest.mark.parametrize("ending", ["\n", ' and "so on'], ids=["sound", "unclosed quotes"])
    def test_memory_is_flat_whatever_the_size_of_the_list(self, ending: str) -> None:
        def peak(rows: int) -> int:
            text = HEADINGS + "".join(f"Ana,Ortiz,a{n}@b.co,1\n" for n in range(rows)) + f"Bad,{ending}"
            stream = io.BytesIO(text.encode())
            tracemalloc.start()
            try:
                assert sum(1 for _ in LeadList(stream).rows()) == rows + 1
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        peak(
            8_000
        )  # what is loaded at the first reading, and what few are remembered, is no matter of the size
        assert peak(20_000) < peak(2_000) + 200_000


class TestPhones:
    def test_the_national_list_has_area_codes_apart(self) -> None:
        assert phones_in("214,5550104\n303,5550105\n303,555\n") == [
            (1, ("+12145550104",), ""), (2, ("+13035550105",), ""), (3, (), "unusable")
        ]  # fmt: skip

    def test_all_phones_of_a_row_count(self) -> None:
        text = "Name,Phone,Mobile\nAda,303-555-0101,303-555-0102\nBo,,303-555-0103 / 303-555-0104\nCy\n"
        assert phones_in(text) == [
            (2, ("+13035550101", "+13035550102"), ""), (3, ("+13035550103", "+13035550104"), ""), (4, (), "unusable")
        ]  # fmt: skip

    def test_without_headings_the_phone_of_a_row_must_be_sure(self) -> None:
        text = "Ada,303-555-0101\n303-555-0102,303-555-0103\nAda,303-555-0104,303-555-0105\nhello\n"
        assert phones_in(text) == [
            (1, ("+13035550101",), ""),
            (2, ("+13035550102", "+13035550103"), ""),
            (3, (), "unsure"),
            (4, (), "unusable"),
        ]

    def test_rows_that_cannot_be_read_are_said(self) -> None:
        assert phones_in('phone\n303-555-0101\n"303\0\n303-555-0102\n') == [
            (2, ("+13035550101",), ""), (3, (), "unreadable"), (4, ("+13035550102",), "")
        ]  # fmt: skip

    def test_a_row_says_it_once(self) -> None:
        assert list(phone_rows(io.BytesIO(b"303-555-0101;303-555-0101\n"))) == [
            PhoneRow(1, ("+13035550101",))
        ]


@pytest.mark.parametrize(
    ("heading", "name"),
    [("Loan Amount ($)", "loan_amount"), (" ZIP+4 ", "zip_4"), ("E-Mail", "e_mail"), ("$", "")],
)
def test_slug(heading: str, name: str) -> None:
    assert slug(heading) == name
