"""Outputs that name errors end with the command that explains them."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from harness.output.explained import as_page, find_names, make_explain_line
from harness.output.formats import Document, render
from harness.output.table import Table


def make_table(*labels: str) -> Table:
    rows = tuple(("default/function/inside_test/none", label) for label in labels)
    return Table(name="t", title="Errors of hang", headers=("cell", ""), rows=rows, lead="A crash.", note="A hang.")


def test_errors_come_before_leaks_and_the_most_frequent_first() -> None:
    lines = ["leaked-keys 3/3", "leaked-keys", "loop-closed←different-loop .FE", "cleanup: different-loop"]
    assert find_names(lines) == ["different-loop", "loop-closed", "leaked-keys"]


@pytest.mark.parametrize("label", ["clean", "n/a", "a/loop-closed/b", "loop-closed-too", "loop_closed", "unchanged"])
def test_what_only_looks_like_a_name_is_none(label: str) -> None:
    assert find_names([label]) == []


def test_the_line_names_one_command_and_the_other_names() -> None:
    line = make_explain_line(["loop-closed", "loop-closed", "scope-mismatch"])
    assert line == "Cause and cures: python -m harness explain loop-closed (or scope-mismatch)"


def test_an_output_without_errors_has_no_such_line() -> None:
    assert make_explain_line(["clean", "leaks connection"]) == ""
    assert "explain" not in as_page([make_table("clean")])


def test_prose_around_a_table_names_nothing() -> None:
    assert "explain" not in render(Document(tables=lambda: [make_table("clean")], data=dict), "text")


def test_text_and_page_end_with_the_command_and_data_stays_data() -> None:
    document = Document(
        tables=lambda: [make_table("loop-closed")],
        data=lambda: {"label": "loop-closed"},
        junit=lambda: ElementTree.Element("testsuites", name="loop-closed"),
        ending="3 differ.",
    )
    command = "Cause and cures: python -m harness explain loop-closed"
    assert render(document, "text").endswith(f"\n\n{command}\n3 differ.")
    assert render(document, "markdown").endswith("Cause and cures: `python -m harness explain loop-closed`")
    assert json.loads(render(document, "json")) == {"label": "loop-closed"}
    assert render(document, "junit") == '<testsuites name="loop-closed" />'
