"""The single file of a reproduction is Python that holds the suite byte for byte."""

from __future__ import annotations

import ast
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.repro.model import Reproduction
from harness.repro.single import MOST, literal, single_file
from harness.repro.telling import readme
from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from tests.unit.store.made_up_results import environment

if TYPE_CHECKING:
    from harness.suites.subject import Files

VERDICT = Verdict(
    status=Status.REPRODUCES,
    findings=(
        Finding(signature="loop-closed", channel=Channel.BODY, role=Role.ONLY, sample='RuntimeError: """closed"\\'),
        Finding(signature="leaked-connection", channel=Channel.CLEANUP, role=Role.ONLY, sample="never \x1b[31mclosed"),
    ),
    pattern=".F",
)


def made(files: Files) -> Reproduction:
    return Reproduction(
        subject="default/function/module_global/none@workload=pubsub",
        habits=(("fixture_scope=function", "a client for each test"),),
        environment=environment(),
        server="valkey 9.1.2",
        files=files,
        verdict=VERDICT,
        label="loop-closed",
    )


def held(text: str) -> dict[str, str | bytes]:
    """The files in a single file, without running it."""
    (files,) = (node.value for node in ast.parse(text).body if isinstance(node, ast.Assign))
    found: dict[str, str | bytes] = ast.literal_eval(files)
    return found


@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.binary()))
def test_every_content_is_written_so_that_it_reads_back(content: str | bytes) -> None:
    read = ast.literal_eval(literal(content))
    assert (read.encode() if isinstance(read, str) else read) == (
        content.encode() if isinstance(content, str) else content
    )


@pytest.mark.parametrize("text", ["it's", "'", "'''", "\\'", "a\\", "\t\n", "''''\n", "\r\n", '"""'])
def test_quotes_and_backslashes_of_a_suite_stay_as_they_are(text: str) -> None:
    assert held(single_file(made({"a.py": text})) or "") == {"a.py": text}


def test_what_uv_reads_is_the_exact_set_of_packages() -> None:
    lines = (single_file(made({"a.py": ""})) or "").splitlines()
    start, end = lines.index("# /// script"), lines.index("# ///")
    metadata = tomllib.loads("\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[start + 1 : end]))
    assert metadata == {
        "requires-python": "==3.13.*",
        "dependencies": ["pytest-asyncio==1.5.0", "pytest==8.4.2", "valkey==6.2.0"],
    }


def test_what_was_measured_is_told_in_both_and_controls_no_terminal() -> None:
    it = made({"a.py": ""})
    for text in (single_file(it) or "", readme(it)):
        assert "cleanup: leaked-connection: never closed" in text
        assert "\x1b" not in text
        assert "pytest-asyncio 1.5.0, Python 3.13" in text
    assert it.name == "default-function-module_global-none-workload-pubsub-pytest-asyncio-1.5.0-python-3.13"


def test_a_large_suite_is_a_folder_only() -> None:
    assert single_file(made({"a.bin": b"\xff" * (MOST + 1)})) is None
