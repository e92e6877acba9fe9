"""Each format: bytes become leads of our own shape, or a clear refusal."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.domain.formats.post import Post, Unreadable
from routing.domain.formats.registry import read
from routing.domain.formats.settings import Settings

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
