"""A file of leads and its mapping: what cannot be read is said with its name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lead_routing_cli.lead_file import LeadFile, UnreadableFileError, read_mapping
from routing.domain.lists.leads import LeadRow
from tools import make_example_leads

EXAMPLES = Path(__file__).parents[2] / "examples"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str) -> Path:
        path = tmp_path / "leads.csv"
        path.write_text(content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "message"), [(None, "No such file or directory"), ("", "line 1: the file is empty")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "leads.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnreadableFileError) as refused:
        LeadFile(path)
    assert str(refused.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- email\n", "a mapping is one `heading: key of the lead` a line"),
        ("Mail: [\n", "not readable as YAML"),
    ],
)
def test_a_mapping_file_that_is_none(write: Write, content: str, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message):
        read_mapping(write(content))


def test_a_heading_in_a_mapping_is_text_whatever_it_looks_like(write: Write) -> None:
    assert read_mapping(write("No: fields.no\n2024: null\ntrue: email\n")) == {
        "No": "fields.no", "2024": None, "true": "email"
    }  # fmt: skip


def test_the_committed_leads_are_those_of_the_generator() -> None:
    with LeadFile(EXAMPLES / "leads.csv") as file:
        rows = list(file.rows())
    made = list(make_example_leads.leads(make_example_leads.ROWS, make_example_leads.SEED))
    assert [row.lead["email"] for row in rows if isinstance(row, LeadRow)] == [lead["email"] for lead in made]
    assert len({lead["phone"] for lead in made}) == len(made)


def test_the_vendor_file_is_read_with_its_mapping() -> None:
    with LeadFile(EXAMPLES / "vendor-leads.csv", read_mapping(EXAMPLES / "vendor-mapping.yaml")) as file:
        leads = [row.lead for row in file.rows() if isinstance(row, LeadRow)]
    assert leads
    assert all(
        {"first_name", "last_name", "email", "phone", "state", "postal_code"} <= lead.keys() for lead in leads
    )
