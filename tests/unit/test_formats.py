"""Each format: bytes become leads of our own shape, or a clear refusal."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.domain.formats.post import Post, Unreadable
from routing.domain.formats.registry import read
from routing.domain.formats.settings import Settings
from routing.domain.formats.xml_tree import _tolerantly
from routing.domain.intake import understand
from routing.domain.leads import RecordType

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


def post(raw: bytes | str, kind: str | None = "application/json", **settings: Any) -> Post:
    return read(raw.encode() if isinstance(raw, str) else raw, kind, Settings(**settings), NOW)


def lead(raw: bytes | str, kind: str | None = "application/json", **settings: Any) -> dict[str, Any]:
    (body,) = post(raw, kind, **settings).bodies
    return dict(body.lead)


def refused(raw: bytes | str, kind: str | None = "application/json", **settings: Any) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        post(raw, kind, **settings)
    return caught.value


# -- JSON ------------------------------------------------------------------------------------------------------


def test_json_is_taken_as_it_is_without_its_nulls() -> None:
    assert lead('\ufeff{"phone": 5, "x": {"y": null, "z": [1]}}', None) == {"phone": 5, "x": {"z": [1]}}


def test_an_array_holds_up_to_25_leads() -> None:
    assert [each.lead for each in post('[{"phone": 1}, {"phone": 2}]').bodies] == [{"phone": 1}, {"phone": 2}]
    for count in (0, 26):
        wrong = refused("[" + ",".join(["{}"] * count) + "]")
        assert (wrong.status, wrong.code, wrong.field) == (422, "out_of_range", "")
    assert (refused("[{}, 5]").field, refused('"x"').field) == ("[1]", "")


def test_json_that_is_none_is_refused_with_its_line() -> None:
    wrong = refused('{\n"phone": 1,\n}')
    assert (wrong.status, wrong.code, wrong.line) == (400, "unparsable", 3)
    assert refused(b"[" * 10_000).status == 400


def test_json_is_in_utf_8_whatever_its_sender_says() -> None:
    named = 'application/json; charset="klingon"'
    assert lead('{"first_name": "Zo\xeb"}', named) == {"first_name": "Zo\xeb"}


def test_a_mapping_walks_into_objects_and_arrays() -> None:
    raw = """{"Contact": {"mail": "a@b.com", "tel": ["2145550142", 7], "n": {"x": 1}}, "amt": 5, "skip": 1,
        "state": "TX", "a.b": "x"}"""
    mapping = {
        "contact.mail": "email", "contact.tel.0": "phone", "amt": "fields.loan_amount", "skip": None,
        "contact.n.none": "state", "no.such": "cost", "a.b": "channel",
    }  # fmt: skip
    assert lead(raw, mapping=mapping) == {
        "Contact": {"n": {"x": 1}, "tel": [7]},
        "state": "TX",
        "channel": "x",
        "email": "a@b.com",
        "phone": "2145550142",
        "fields": {"loan_amount": 5},
    }


def test_what_the_mapping_names_goes_before_our_own_name_and_nothing_is_lost() -> None:
    raw = '{"mail": "a@b.com", "email": "c@d.com", "Fields": {"a": 1}, "amt": 2}'
    assert lead(raw, mapping={"mail": "email", "amt": "fields.b"}) == {
        "emails": ["a@b.com", "c@d.com"],
        "fields": {"a": 1, "b": 2},
    }


def test_defaults_are_for_what_a_post_does_not_say() -> None:
    defaults = {"channel": "web", "fields.product": "solar", "state": "TX"}
    assert lead('{"Channel": " ", "state": "CO", "fields": {"x": 1}}', defaults=defaults) == {
        "channel": "web",
        "state": "CO",
        "fields": {"x": 1, "product": "solar"},
    }


# -- forms -----------------------------------------------------------------------------------------------------


def test_a_forms_fields_are_known_by_our_names_the_mapping_and_what_files_call_them() -> None:
    raw = (
        "\ufeffYour+Name=Ana+Ortiz&mobile=%2B12145550142&Email=ana%40example.com&zip=75201&fields.loan=5&fields[x]=y"
        "&color[]=red&color[]=blue&Best+time+to+call=noon&id=contact-form&empty=&amt=7&redirect=https://e.com/"
        "&api_key=secret"
    )
    found = post(raw, FORM, mapping={"amt": "fields.amount"})
    assert found.key == "secret"
    assert found.given["redirect"] == "https://e.com/"
    assert found.bodies[0].lead == {
        "first_name": "Ana",
        "last_name": "Ortiz",
        "phone": "+12145550142",
        "email": "ana@example.com",
        "postal_code": "75201",
        "fields": {
            "loan": "5", "x": "y", "color": "red, blue", "best_time_to_call": "noon", "id": "contact-form",
            "amount": "7",
        },
    }  # fmt: skip
    assert found.bodies[0].warnings == ()


def test_all_phones_are_the_leads_the_best_named_first() -> None:
    assert lead("phone=none&mobile=2145550142&work_phone=3035550100", FORM) == {
        "phones": [
            "none",
            {"value": "2145550142", "kind": "mobile"},
            {"value": "3035550100", "kind": "work"},
        ]
    }


def test_a_form_may_be_in_windows_1252() -> None:
    found = post(b"first_name=Jos%e9&email=a@b.com", FORM)
    assert found.bodies[0].lead["first_name"] == "Jos\xe9"
    assert [(each.field, each.code) for each in found.bodies[0].warnings] == [("", "repaired")]
    assert lead(b"first_name=Jos%e9", f"{FORM}; charset=ISO-8859-1")["first_name"] == "Jos\xe9"
    assert refused("a=b", f"{FORM}; charset=klingon").status == 415


def test_multipart_is_a_form_and_its_files_are_a_warning() -> None:
    raw = (
        '--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\n2145550142\r\n'
        '--x\r\nContent-Disposition: form-data; name="fields[caf\xe9]"\r\n\r\nyes\r\n'
        '--x\r\nContent-Disposition: form-data; name="cv"; filename="cv.pdf"\r\n\r\n%PDF\r\n'
        '--x\r\nContent-Disposition: form-data; name="none"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )
    found = post(raw, 'multipart/form-data; boundary="x"')
    assert found.bodies[0].lead == {"phone": "2145550142", "fields": {"caf\xe9": "yes"}}
    assert [(each.field, each.code) for each in found.bodies[0].warnings] == [("cv", "file")]
    for wrong in ("multipart/form-data", "multipart/form-data; boundary=y"):
        assert (refused(raw, wrong).status, refused(raw, wrong).code) == (400, "unparsable")


def test_a_form_is_bounded() -> None:
    assert refused("&".join(f"f{at}={at}" for at in range(1001)), FORM).status == 413
    part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    assert refused(part * 1001 + "--x--", "multipart/form-data; boundary=x").status == 413
    assert len(lead("&".join(f"f {at}={at}" for at in range(1000)), FORM)["fields"]) == 1000


def test_json_that_a_form_is_said_to_be_is_read_as_json() -> None:
    assert lead('{"phone": 1}', FORM) == {"phone": 1}


def test_other_media_types_are_refused() -> None:
    for kind in ("text/plain", "", "application/octet-stream", "multipart/mixed"):
        assert (refused("{}", kind).status, refused("{}", kind).code) == (415, "media_type")
    assert lead("{}", "application/ld+json") == {}


# -- XML -------------------------------------------------------------------------------------------------------

XML = "application/xml"
PERSON = "<customer><contact><name>Ana Ortiz</name><phone>2145550142</phone></contact></customer>"


def adf(inside: str) -> str:
    return f"<adf><prospect>{inside}</prospect></adf>"


def test_a_prospect_is_known_again_by_its_id_or_by_what_it_says() -> None:
    def identity(inside: str, now: datetime = NOW) -> object:
        (body,) = read(adf(inside).encode(), XML, Settings(), now).bodies
        return body.lead["external_id"]

    dated = f"<requestdate>2026-03-04T08:00:00Z</requestdate>{PERSON}"
    later = NOW + timedelta(days=2)
    assert identity(f"<id>5</id>{PERSON}<provider><name>P</name></provider>", later) == "P 5"
    assert identity(dated) == identity(dated, later) != identity(dated.replace("Ana", "Ben"))
    assert identity(dated) != identity(dated + "<vehicle><make>Kia</make></vehicle>")
    assert identity(PERSON) != identity(PERSON, later)
    assert len(str(identity(f"<id>{'5' * 5000}</id>{PERSON}"))) < 50


def test_xml_that_would_harm_is_refused_with_what_is_wrong() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]>' + adf(f"{PERSON}<comments>&b;</comments>")
    outside = '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>' + adf(PERSON)
    for raw in (bomb, outside):
        assert (refused(raw, XML).status, refused(raw, XML).code) == (400, "xml_entities")
    for raw in ("", "nonsense", "{}", "<", "\0"):
        assert (refused(raw, XML).status, refused(raw, XML).code) == (400, "unparsable")
    many = refused("<adf>" + f"<prospect>{PERSON}</prospect>" * 26 + "</adf>", XML)
    assert (many.status, many.code) == (422, "out_of_range")
    wide = adf(PERSON + "".join(f"<f{at}>x</f{at}>" for at in range(1001)))
    assert (refused(wide, XML).status, refused(wide, XML).code) == (413, "too_large")


def test_what_is_nested_too_deeply_is_text_and_costs_no_lead() -> None:
    whole = post("<a>" * 31 + "<phone>2145550142</phone>" + "</a>" * 31, XML).bodies[0]
    assert (whole.lead, whole.warnings) == ({"phone": "2145550142"}, ())
    deeper = post("<a>" * 32 + "<phone>2145550142</phone>" + "</a>" * 32, XML).bodies[0]
    assert [each.code for each in deeper.warnings] == ["repaired_xml"]
    deep = "<i>" * 40 + "call<u>after</u>six" + "</i>" * 40
    for comments in (deep, deep.removesuffix("</i>" * 39), deep + "</i>" * 9 + " & more"):
        (body,) = post(adf(f"<id>1</id><comments>{comments}</comments>{PERSON}"), XML).bodies
        assert (body.lead["phone"], body.lead["first_name"]) == ("2145550142", "Ana")
        assert body.lead["fields"]["comments"].split()[:3] == ["call", "after", "six"]  # type: ignore[index]
        assert [each.code for each in body.warnings] == ["repaired_xml"]


@pytest.mark.parametrize("end", ["</a>", "</b>"])
def test_after_twenty_thousand_tags_that_end_or_do_not_the_rest_is_read(end: str) -> None:
    (body,) = post(f"<x><y>{'<a>' * 20_000}{end * 20_000}</y><phone>2145550142</phone></x>", XML).bodies
    assert (body.lead, [each.code for each in body.warnings]) == ({"phone": "2145550142"}, ["repaired_xml"])


def test_nul_bytes_and_declared_types_do_not_cost_the_lead() -> None:
    assert lead(adf(f"<id>1</id>{PERSON}").replace("Ana", "A\0na"), XML)["phone"] == "2145550142"
    found = post('<!DOCTYPE adf SYSTEM "http://a.example/b">' + adf(f"<id>1</id>{PERSON}"), XML)
    assert [each.code for each in found.bodies[0].warnings] == ["repaired_xml"]


@pytest.mark.parametrize("tag", ["p", "li"])
def test_what_html_leaves_open_in_a_comment_is_not_nested(tag: str) -> None:
    lines = "".join(f"<{tag}>line {at} & more" for at in range(40))
    found = lead(adf(f"<id>1</id>{PERSON}<comments>{lines}</comments>"), XML)
    assert found["phone"] == "2145550142"
    assert found["fields"]["comments"].splitlines() == [f"line {at} & more" for at in range(40)]


class Counted(str):
    """A text that counts the characters that are looked through for an end."""

    __slots__ = ("passed",)
    passed: int

    def find(self, *wanted: Any) -> int:
        start = wanted[1] if len(wanted) > 1 else 0
        found = super().find(*wanted)
        self.passed += (len(self) if found < 0 else found) - start
        return found


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<!",
        "<?",
        "<a ",
        "<![CDATA[",
        "&",
        "</",
        "<a b='",
        '<a b="c" ',
        "<a [",
        "<a/",
        "<br>",
        "--><!--<?<!",
    ],
)
def test_the_tolerant_reader_passes_each_character_a_few_times(piece: str) -> None:
    """The standard library's reader passes `<a ` 100,000 times."""
    text = Counted(f"<b>{piece * 2000}")
    text.passed = 0
    _tolerantly(text, frozenset())
    assert text.passed <= 5 * len(text)


# -- Google and webhooks ---------------------------------------------------------------------------------------


def test_googles_post_needs_its_answers() -> None:
    for raw in ('{"user_column_data": {}}', '[{"user_column_data": []}, {}]'):
        wrong = refused(raw, format="google_ads")
        assert (wrong.status, wrong.field) == (422, "user_column_data")
    assert post('{"google_key": 5}', format="google_ads").key is None


def test_a_webhook_may_bring_several_and_is_bounded() -> None:
    found = post(
        '[{"data": {"email": "a@b.com"}}, {"x": {"email": "b@b.com", "n": 1}, "api_key": "k"}]',
        format="webhook",
    )
    assert [each.lead for each in found.bodies] == [
        {"email": "a@b.com"},
        {"fields": {"x_email": "b@b.com", "x_n": 1}},
    ]
    many = "{" + ",".join(f'"k{at}": 1' for at in range(1001)) + "}"
    assert refused(many, format="webhook").status == 413
    assert found.key == "k"


# -- anything at all -------------------------------------------------------------------------------------------

KINDS = (
    "application/json", FORM, "multipart/form-data; boundary=x", XML, "text/xml; charset=utf-16",
    f"{FORM}; charset=windows-1252", "text/plain",
)  # fmt: skip
TAGS = ("adf", "prospect", "id", "customer", "contact", "name", "phone", "vehicle", "make", "br", "x")
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(TAGS).map(lambda name: f"<{name}>"),
        st.sampled_from(TAGS).map(lambda name: f"</{name}>"),
        st.sampled_from(TAGS).map(lambda name: f'<{name} part="first" type=x/>'),
        st.sampled_from(["<", ">", "&", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "<!y"]),
        st.sampled_from(["&amp;", "'", '"', "\0", "2145550142"]),
        st.text(max_size=5),
    ),
    max_size=60,
).map("".join)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["email", "name", "value", "fields", "data", "user_column_data", "column_id", "api_key", "a.b"])
        | st.text(max_size=6),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip
NAMES = st.sampled_from(["email", "name", "fields[x]", "a[]", "phone", ""]) | st.text(max_size=8)
FORMS = st.lists(st.tuples(NAMES, st.text(max_size=8))).map(urlencode)
PIECES = (
    "--x\r\n",
    "--x--",
    "\r\n",
    'Content-Disposition: form-data; name="a"\r\n\r\n',
    "; filename=b",
    "\n",
    "x",
)
PARTS = st.lists(st.sampled_from(PIECES)).map("".join)
MAPPINGS = st.dictionaries(
    st.sampled_from(["email", "a.b", "data.0", "name", "x.y.z", "fields.x"]),
    st.sampled_from(["email", "phone", "name", "fields.a", "external_id", "api_key", None]),
    max_size=3,
)


CRUMBS = (b"\x81", b"\xe9", b"\xc3\xa9", b"\xef\xbb\xbf", b"a", b"=", b"&", b"%8", b"<a>", b"{")
SOUP = st.lists(st.sampled_from(CRUMBS)).map(b"".join)
ANYTHING = st.binary(max_size=200) | SOUP
OBJECTS = VALUES.map(lambda value: json.dumps(value).encode())
BODIES = {
    "auto": ANYTHING | OBJECTS,
    "json": ANYTHING | OBJECTS,
    "form": ANYTHING | FORMS.map(str.encode) | PARTS.map(str.encode),
    "adf": ANYTHING | MARKUP.map(lambda text: text.encode(errors="replace")),
    "google_ads": ANYTHING | OBJECTS,
    "webhook": ANYTHING | OBJECTS | FORMS.map(str.encode),
}


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=150)
@given(data=st.data(), kind=st.sampled_from(KINDS), mapping=MAPPINGS)
def test_any_bytes_are_leads_or_a_clear_refusal(
    name: str, data: st.DataObject, kind: str, mapping: dict[str, str | None]
) -> None:
    raw = data.draw(BODIES[name])
    try:
        found: Post | Unreadable = post(
            raw, kind, format=name, mapping=mapping, defaults={"channel": "x", "fields.y": 1}
        )
    except Unreadable as unreadable:
        found = unreadable
    if isinstance(found, Unreadable):
        assert found.status in (400, 413, 415, 422)
        assert found.code
        assert found.message
        return
    assert 1 <= len(found.bodies) <= 25
    for body in found.bodies:
        text = json.dumps(body.lead, ensure_ascii=False)
        assert len(text.encode(errors="surrogatepass")) < 20 * len(raw) + 1000
        understand(body.lead, RecordType("lead", "Lead"))


@given(st.dictionaries(st.sampled_from(["first_name", "comments", "fields.x"]), st.text().filter(str.strip)))
def test_a_form_says_the_same_however_it_is_posted(given_: dict[str, str]) -> None:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in given_.items()
    )
    assume("\r\n--x" not in parts.replace("\r\n--x\r\nContent", ""))
    by_parts = lead(f"{parts}--x--\r\n", "multipart/form-data; boundary=x")
    assert by_parts == lead(urlencode(given_), FORM)
