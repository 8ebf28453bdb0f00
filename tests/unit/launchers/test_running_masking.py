"""What evidence tells about a server."""

from __future__ import annotations

import msgspec
import pytest

from harness.evidence.model import Evidence, Exit, Phase, Raised, ServerView, Test
from harness.launchers.masking import OWN_WORDS, Mask, map_texts
from harness.servers.model import Database

SOCKET = "unclosed <socket.socket fd=14, laddr=('10.0.0.7', 5001), raddr=('10.0.0.9', 6379)>"


def at(url: str, *, made: bool = False) -> Database:
    return Database(url=url, number=0, made=made)


def test_the_server_on_this_machine_is_left_as_it_is() -> None:
    text = "Error 111 connecting to 127.0.0.1:4000; laddr=('127.0.0.1', 5001)"
    evidence = Evidence(output=text)
    mask = Mask(at("valkey://127.0.0.1:4000/3"))
    assert mask.text(text) == text
    assert mask.evidence(evidence) is evidence


def test_somebody_s_server_has_no_name_and_no_number() -> None:
    mask = Mask(at("valkey://cache.example.org:6379/0"))
    assert mask.text("Error 8 connecting to cache.example.org:6379.") == "Error 8 connecting to ***:6379."
    assert mask.text(SOCKET) == "unclosed <socket.socket fd=14, laddr=('***', 5001), raddr=('***', 6379)>"
    listed = "id=3 addr=10.0.0.7:5001 laddr=[fe80::1]:6379 fd=8"
    assert mask.text(listed) == "id=3 addr=***:5001 laddr=***:6379 fd=8"
    assert mask.evidence(Evidence(output="cache.example.org")).output == "***"


def make_evidence(word: str) -> Evidence:
    """Evidence that repeats a word wherever a suite can put one."""
    chain = (Raised(type="RuntimeError", text=f"no {word}", link="surface", origin=f"{word}.py:1 in f"),)
    return Evidence(
        tests=(Test(id=f"test_it.py::test[{word}]", phases=(Phase(when="call", outcome="passed", chain=chain),)),),
        at_end=ServerView(clients=(word,), keys=(word,)),
        keys_left=(word,),
        output=word,
        output_after=word,
        exit=Exit(code=1),
        infrastructure=word,
    )


def test_a_password_is_masked_in_every_text_of_a_suite() -> None:
    assert Mask(at("valkey://joe:s3cret-word@127.0.0.1/0")).evidence(make_evidence("s3cret-word")) == make_evidence(
        "***"
    )


def test_our_own_password_is_masked_in_every_text_and_evidence_without_it_is_left_as_it_is() -> None:
    password = "Qw7-x_Zu09kLmmpA2rT5vB8c"
    mask = Mask(at(f"valkey://:{password}@127.0.0.1:4000/1", made=True))
    assert mask.evidence(make_evidence(password)) == make_evidence("***")
    assert mask.text(f"AUTH '{password[:12]}…") == "AUTH '***…"
    assert mask.evidence(evidence := make_evidence("word")) is evidence


@pytest.mark.parametrize("word", ["passed", "call", "surface", "RuntimeError"])
def test_a_password_that_is_a_word_of_evidence_itself_does_not_tear_it_up(word: str) -> None:
    masked = Mask(at(f"valkey://joe:{word}@127.0.0.1/0")).evidence(make_evidence("x"))
    assert masked == make_evidence("x")


def test_every_field_with_a_closed_list_of_words_is_left_alone() -> None:
    schema = msgspec.json.schema(Evidence)["$defs"]
    closed = {name for kind in schema.values() for name, field in kind.get("properties", {}).items() if "enum" in field}
    assert closed <= OWN_WORDS
    assert map_texts({"when": "call", "text": ["call", 1, None]}, str.upper) == {
        "when": "call",
        "text": ["CALL", 1, None],
    }
