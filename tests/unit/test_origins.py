"""Which addresses are below an origin, and which only look so."""

import pytest

from routing.domain.origins import of_address, of_text

EXAMPLE = of_text("https://example.com")


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com",
        "https://example.com/",
        "https://example.com/thanks?a=1#b",
        "HTTPS://Example.COM/thanks",
        "https://example.com:443/thanks",
        "https://example.com?to=https://evil.example",
    ],
)
def test_an_address_below_an_origin_is_of_it(address: str) -> None:
    assert of_address(address) == EXAMPLE is not None


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "https://example.com:444/",
        "https://example.com.evil.example/",
        "https://evil.example/https://example.com/",
        "https://www.example.com/",
        "https://example.com./",
    ],
)
def test_another_scheme_host_or_port_is_another_origin(address: str) -> None:
    assert of_address(address) not in (EXAMPLE, None)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/thanks",
        "thanks.html",
        "//example.com/thanks",
        "https:example.com",
        "https:/example.com",
        "https:///example.com",
        "javascript:alert(1)//https://example.com",
        "data:text/html,x",
        "https://example.com@evil.example/",
        "https://user:secret@example.com/",
        "https://@example.com/",
        "https://example.com\\@evil.example/",
        "https:\\\\example.com",
        "\\\\example.com",
        " https://example.com/",
        "https://example.com/ a",
        "https://example.com/\r\nSet-Cookie: a=b",
        "java\tscript:alert(1)",
        "https://exam\tple.com/",
        "https://example.com\x00.evil.example/",
        "https://example.com:/",
        "https://example.com:x/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://",
        "ftp://example.com/",
    ],
)
def test_what_only_looks_like_an_address_is_of_none(address: str) -> None:
    assert of_address(address) is None


@pytest.mark.parametrize("text", ["null", "", "https://example.com/", "https://example.com/a", "example.com"])
def test_an_origin_has_no_path(text: str) -> None:
    assert of_text(text) is None
