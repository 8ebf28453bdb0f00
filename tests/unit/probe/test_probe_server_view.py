"""What the probe reads of the server's answers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], Any]

LISTING = """id=3 addr=127.0.0.1:5 laddr=127.0.0.1:1 fd=8 name= age=1 db=2 cmd=get
id=4 addr=127.0.0.1:6 laddr=127.0.0.1:1 fd=9 name=worker age=1 db=2 cmd=get
id=5 addr=127.0.0.1:7 laddr=127.0.0.1:1 fd=10 name=probe age=1 db=2 cmd=client|list
id=6 addr=127.0.0.1:8 laddr=127.0.0.1:1 fd=11 name=other age=1 db=3 cmd=get
"""


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (b"+OK\r\n", b"OK"),
        (b":12\r\n", 12),
        (b"$5\r\na\r\nbc\r\n", b"a\r\nbc"),
        (b"$0\r\n\r\n", b""),
        (b"$-1\r\n", None),
        (b"*2\r\n$1\r\n0\r\n*1\r\n$3\r\nkey\r\n", [b"0", [b"key"]]),
        (b"*-1\r\n", None),
    ],
)
def test_answers_are_read(answer: bytes, value: object, module: Module) -> None:
    assert module("server_view").read_reply(io.BytesIO(answer)) == value


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"-NOAUTH Authentication required.\r\n", "NOAUTH"),
        (b"HTTP/1.1 400 Bad Request\r\n", "not RESP"),
        (b"", "closed the connection"),
        (b"+O", "closed the connection"),
    ],
)
def test_what_is_no_answer_is_an_error(answer: bytes, message: str, module: Module) -> None:
    view = module("server_view")
    with pytest.raises(view.ReplyError, match=message):
        view.read_reply(io.BytesIO(answer))


def test_only_other_clients_of_the_same_database_count(module: Module) -> None:
    assert module("server_view").client_names(LISTING, 2, 5) == ["", "worker"]


def test_a_server_of_an_unknown_kind_is_not_looked_at(module: Module) -> None:
    view = module("server_view")
    with pytest.raises(view.ReplyError, match="http"):
        view.view("http://127.0.0.1:1/0")
