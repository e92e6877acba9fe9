"""Lead files: columns in any order, any usual encoding, and damage that costs only its own row."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.domain.intake import understand
from tests.unit.values import TYPED
from tools import make_example_leads
from tools.csv_records import LONGEST_LINE, BadRow, UnreadableFileError
from tools.lead_file import LeadFile, Row, read_mapping, slug

HEADINGS = "first_name,last_name,email,phone\n"
EXAMPLES = Path(__file__).parents[2] / "examples"
Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "leads.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def good_and_bad(path: Path) -> tuple[list[Row], list[BadRow]]:
    with LeadFile(path) as file:
        rows = list(file.rows())
    return [row for row in rows if isinstance(row, Row)], [row for row in rows if isinstance(row, BadRow)]


def first_names(path: Path) -> list[object]:
    return [row.lead["first_name"] for row in good_and_bad(path)[0]]


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as refused:
        LeadFile(path)
    return str(refused.value).removeprefix(f"{path}: ")


class TestColumns:
    def test_are_matched_by_name_in_any_order_and_the_rest_become_custom_fields(self, write: Write) -> None:
        path = write(
            "Zip Code,Loan Amount ($),E-Mail,phone2,Phone1,Surname,First\n80202,250000,a@b.co,2,1,Ortiz,Ana\n"
        )
        (row,), bad = good_and_bad(path)
        external_id = row.lead.pop("external_id")
        assert row == Row(
            2,
            {
                "postal_code": "80202",
                "email": "a@b.co",
                "phone": "1",
                "last_name": "Ortiz",
                "first_name": "Ana",
                "fields": {"loan_amount": "250000", "phone2": "2"},
            },
        )
        assert isinstance(external_id, str)
        assert bad == []

    def test_the_best_name_wins_and_the_other_column_is_kept_as_a_field(self, write: Write) -> None:
        (row,), _ = good_and_bad(write("mobile,phone,email\n111,222,a@b.co\n"))
        assert row.lead["phone"] == "222"
        assert row.lead["fields"] == {"mobile": "111"}

    def test_a_mapping_goes_before_the_names(self, write: Write) -> None:
        path = write("who,contact,phone,secret\nAna,a@b.co,1,x\n")
        mapping = {"who": "first_name", "contact": "email", "phone": "fields.office", "secret": None}
        with LeadFile(path, mapping) as file:
            (row,) = file.rows()
        assert isinstance(row, Row)
        assert row.lead["email"] == "a@b.co"
        assert row.lead["fields"] == {"office": "1"}
        assert "x" not in row.lead.values()

    def test_two_headings_that_make_the_same_field_are_both_kept(self, write: Write) -> None:
        (row,), _ = good_and_bad(write("email,Note,note\na@b.co,one,two\n"))
        assert row.lead["fields"] == {"note": "one", "note_2": "two"}

    def test_a_column_without_a_heading_is_left_out_and_said_so(self, write: Write) -> None:
        with LeadFile(write("email,\na@b.co,x\n")) as file:
            (row,) = file.rows()
            assert file.notes == ["column 2 has no heading and is left out"]
        assert isinstance(row, Row)
        assert "fields" not in row.lead

    @pytest.mark.parametrize("delimiter", [";", "\t", "|"])
    def test_other_delimiters_are_recognised(self, write: Write, delimiter: str) -> None:
        assert first_names(write(f"{HEADINGS}Ana,Ortiz,a@b.co,1\n".replace(",", delimiter))) == ["Ana"]

    def test_values_are_sent_as_they_stand_and_the_api_says_what_it_made_of_them(self, write: Write) -> None:
        costs = {
            "$1,200.50": 1200.5,
            "12,50": 12.5,
            "1.234,50": 1234.5,
            "nan": None,
            "inf": None,
            "dear": None,
        }
        rows, bad = good_and_bad(write("email;cost\n" + "".join(f"a@b.co;{each}\n" for each in costs)))
        assert ([row.lead["cost"] for row in rows], bad) == (list(costs), [])
        for row in rows:
            found = understand(json.loads(json.dumps(row.lead, allow_nan=False)), TYPED)
            assert found.values.get("cost") == costs[str(row.lead["cost"])]
            is_plain = row.lead["cost"] == "$1,200.50"
            assert [each.field for each in found.warnings] == ([] if is_plain else ["cost"])

    def test_the_same_row_has_the_same_external_id_and_another_has_another(self, write: Write) -> None:
        (one, two, three), _ = good_and_bad(write("email\na@b.co\na@b.co\nc@d.co\n"))
        assert one.lead["external_id"] == two.lead["external_id"] != three.lead["external_id"]

    def test_an_external_id_of_the_file_is_kept(self, write: Write) -> None:
        (row,), _ = good_and_bad(write("id,email\nCRM-1,a@b.co\n"))
        assert row.lead["external_id"] == "CRM-1"


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "line 1: the file is empty"),
            (b"\xef\xbb\xbf", "line 1: the file is empty"),
            (b"\n \n", "line 1: the file is empty"),
            (b"name,city\nAna,Denver\n", "line 1: no column for an e-mail or a phone among: name, city;"),
            (b"Ana,a@b.co\nBen,c@d.co\n", "line 1: looks like a lead; the first row must name the columns"),
            (b"Ana,303-555-0100\n", "line 1: looks like a lead; the first row must name the columns"),
            (b'\nfirst,"email\na,b\n', "line 2: the heading row cannot be read: a quote is opened and not"),
            (
                b"PK\3\4\0\0",
                "line 1: the heading row has NUL bytes (not text, or UTF-16 without a byte-order",
            ),
            ("email\n".encode("utf-32"), "line 1: the file is UTF-32; save it as UTF-8"),
            (b"e" * (LONGEST_LINE + 5), f"line 1: the heading row is longer than {LONGEST_LINE} characters"),
        ],
    )
    def test_says_why_and_where(self, write: Write, content: bytes, message: str) -> None:
        assert refusal(write(content)).startswith(message)

    def test_a_file_that_is_not_there_or_not_a_file(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "none.csv") == "No such file or directory"
        assert refusal(tmp_path) == "Is a directory"

    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"Mail": "email"}, "line 1: the mapping names columns that the file has not: Mail"),
            ({"a": "email", "b": "email"}, "line 1: the mapping sends several columns to email"),
        ],
    )
    def test_a_mapping_that_does_not_fit(self, write: Write, mapping: dict[str, str], message: str) -> None:
        with pytest.raises(UnreadableFileError, match=message):
            LeadFile(write("a,b\n1,2\n"), mapping)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("- email\n", "a mapping is one `heading: key of the lead` a line"),
            ("Mail: e_mail\n", "Mail: 'e_mail' is neither null, nor fields.<name>, nor one of"),
            ("Mail: [\n", "not readable as YAML"),
        ],
    )
    def test_a_mapping_file_that_is_none(self, write: Write, content: str, message: str) -> None:
        with pytest.raises(UnreadableFileError, match=message):
            read_mapping(write(content))


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_unicode_with_and_without_a_byte_order_mark(self, write: Write, encoding: str) -> None:
        text = HEADINGS + "Zoë,Núñez,z@b.co,1\n"
        mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""
        path = write((mark + text).encode(encoding))
        assert first_names(path) == ["Zoë"]
        with LeadFile(path) as file:
            list(file.rows())
            assert file.notes == []
            assert file.size - file.read <= 4

    def test_latin_1_lines_are_read_as_windows_1252_with_one_note(self, write: Write) -> None:
        utf8, latin = "Zoë,\u20ac,z@b.co,1\n".encode(), "José,\u20ac,z@b.co,1\n".encode("cp1252")
        path = write(HEADINGS.encode() + utf8 + latin + b"Ana,\x81,z@b.co,1\n" + utf8)
        with LeadFile(path) as file:
            names = [row.lead["first_name"] for row in file.rows() if isinstance(row, Row)]
            assert file.notes == [
                "line 3 is not UTF-8: it and other such lines are read as Windows-1252 (Latin-1)"
            ]
        assert names == ["Zoë", "José", "Ana", "Zoë"]


class TestDamage:
    def test_an_unclosed_quote_costs_its_own_row_only(self, write: Write) -> None:
        rows = [f"Ana{n},Ortiz,a@b.co,1\n" for n in range(200)]
        good, bad = good_and_bad(write(HEADINGS + 'Bad,"Ortiz,a@b.co,1\n' + "".join(rows)))
        assert [row.line for row in good] == list(range(3, 203))
        assert bad == [BadRow(2, "a quote is opened and not closed")]

    @pytest.mark.parametrize(
        "later", ['Ben,"Jones, Jr",b@b.co,1\n', 'Ben,Jones"",b@b.co,1\n', 'Ben,Jones,b@b.co,"1"\n']
    )
    def test_an_unclosed_quote_does_not_swallow_up_to_a_later_quote(self, write: Write, later: str) -> None:
        good, bad = good_and_bad(write(HEADINGS + 'Bad,"Ortiz,a@b.co,1\nAna,Ortiz,a@b.co,1\n' + later))
        assert [row.lead["first_name"] for row in good] == ["Ana", "Ben"]
        assert [row.line for row in bad] == [2]

    def test_an_unclosed_quote_at_the_end(self, write: Write) -> None:
        good, bad = good_and_bad(write(HEADINGS + 'Ana,Ortiz,a@b.co,1\nBad,Ortiz,a@b.co,"1'))
        assert (len(good), [row.line for row in bad]) == (1, [3])

    def test_quoted_line_ends_commas_and_quotes_are_part_of_the_value(self, write: Write) -> None:
        (row,), bad = good_and_bad(write('email,note\r\na@b.co, "one\r\ntwo, ""three"""\r\n'))
        assert row.lead["fields"] == {"note": 'one\r\ntwo, "three"'}
        assert bad == []

    def test_line_separators_of_unicode_are_no_line_ends(self, write: Write) -> None:
        (row,), bad = good_and_bad(write("email,note\na@b.co,one\u2028two\x0bthree\n"))
        assert row.lead["fields"] == {"note": "one\u2028two\x0bthree"}
        assert bad == []

    def test_lone_carriage_returns_are_line_ends(self, write: Write) -> None:
        assert first_names(write(HEADINGS.replace("\n", "\r") + "Ana,,a@b.co,\rBen,,b@b.co,\r")) == [
            "Ana",
            "Ben",
        ]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("Bad,Ortiz,a@b.co", "3 columns where the heading row has 4"),
            ("Bad,Ortiz,a@b.co,1,2", "5 columns where the heading row has 4"),
            (",,,", "every column that is read is empty"),
            ('"Bad" one,Ortiz,a@b.co,1', "a value goes on after its closing quote"),
            ("Bad\0,Ortiz,a@b.co,1", "has NUL bytes (not text, or UTF-16 without a byte-order mark)"),
            ("Bad" * LONGEST_LINE, f"is longer than {LONGEST_LINE} characters"),
        ],
    )
    def test_a_bad_row_is_reported_with_its_line_and_the_others_are_kept(
        self, write: Write, line: str, reason: str
    ) -> None:
        good, bad = good_and_bad(write(f"{HEADINGS}Ana,Ortiz,a@b.co,1\n\n{line}\nBen,Sato,b@b.co,1"))
        assert [(row.line, row.lead["first_name"]) for row in good] == [(2, "Ana"), (5, "Ben")]
        assert bad == [BadRow(4, reason)]

    def test_empty_columns_beyond_the_last_heading_are_no_damage(self, write: Write) -> None:
        assert first_names(write(HEADINGS + "Ana,Ortiz,a@b.co,1,,\n")) == ["Ana"]

    @given(st.binary(max_size=300))
    def test_whatever_the_bytes_every_line_is_accounted_for_or_the_file_is_refused(
        self, tmp_path_factory: pytest.TempPathFactory, noise: bytes
    ) -> None:
        path = tmp_path_factory.mktemp("noise") / "leads.csv"
        path.write_bytes(b"email\nfirst@b.co\n" + noise + b"\nlast@b.co\n")
        good, bad = good_and_bad(path)
        assert good[0].lead["email"] == "first@b.co"
        assert [row.line for row in good] == sorted({row.line for row in good} - {row.line for row in bad})
        if noise.count(b'"') == 0:
            assert good[-1].lead["email"] == "last@b.co"

    @pytest.mark.parametrize("ending", ["\n", ' and "so on'], ids=["sound", "unclosed quotes"])
    def test_memory_is_flat_whatever_the_size_of_the_file(self, write: Write, ending: str) -> None:
        def peak(rows: int) -> int:
            path = write(
                HEADINGS + "".join(f"Ana,Ortiz,a{n}@b.co,1\n" for n in range(rows)) + f"Bad,{ending}"
            )
            tracemalloc.start()
            try:
                with LeadFile(path) as file:
                    assert sum(1 for _ in file.rows()) == rows + 1
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        assert peak(20_000) < peak(500) + 200_000


class TestExamples:
    def test_the_committed_leads_are_those_of_the_generator(self) -> None:
        with LeadFile(EXAMPLES / "leads.csv") as file:
            rows = list(file.rows())
        made = list(make_example_leads.leads(make_example_leads.ROWS, make_example_leads.SEED))
        assert [row.lead["email"] for row in rows if isinstance(row, Row)] == [lead["email"] for lead in made]
        assert len({lead["phone"] for lead in made}) == len(made)

    def test_the_vendor_file_is_read_with_its_mapping(self) -> None:
        with LeadFile(EXAMPLES / "vendor-leads.csv", read_mapping(EXAMPLES / "vendor-mapping.yaml")) as file:
            leads = [row.lead for row in file.rows() if isinstance(row, Row)]
        assert leads
        assert all(
            {"first_name", "last_name", "email", "phone", "state", "postal_code"} <= lead.keys()
            for lead in leads
        )


@pytest.mark.parametrize(
    ("heading", "name"),
    [("Loan Amount ($)", "loan_amount"), (" ZIP+4 ", "zip_4"), ("E-Mail", "e_mail"), ("$", "")],
)
def test_slug(heading: str, name: str) -> None:
    assert slug(heading) == name
