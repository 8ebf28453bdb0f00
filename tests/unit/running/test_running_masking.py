"""What evidence tells about a server."""

from __future__ import annotations

from harness.running.masking import Mask

SOCKET = "unclosed <socket.socket fd=14, laddr=('10.0.0.7', 5001), raddr=('10.0.0.9', 6379)>"


def test_the_server_on_this_machine_is_left_as_it_is() -> None:
    text = "Error 111 connecting to 127.0.0.1:4000; laddr=('127.0.0.1', 5001)"
    lines = iter([b"\xff"])
    mask = Mask("valkey://127.0.0.1:4000/3")
    assert mask.text(text) == text
    assert mask.lines(lines) is lines


def test_a_password_is_masked_in_every_spelling_and_a_short_one_not_at_all() -> None:
    mask = Mask("valkey://joe:pass%21word@127.0.0.1/0")
    assert mask.text("pass!word or pass%21word") == "*** or ***"
    assert Mask("valkey://:abc@127.0.0.1/0").text("abc") == "abc"


def test_somebody_s_server_has_no_name_and_no_number() -> None:
    mask = Mask("valkey://cache.example.org:6379/0")
    assert mask.text("Error 8 connecting to cache.example.org:6379.") == "Error 8 connecting to ***:6379."
    assert mask.text(SOCKET) == "unclosed <socket.socket fd=14, laddr=('***', 5001), raddr=('***', 6379)>"
    assert list(mask.lines(iter([b'{"text": "cache.example.org"}\n']))) == [b'{"text": "***"}\n']
