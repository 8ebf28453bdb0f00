from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.output.table import Table, as_data, as_markdown, as_text, fold_wide
from harness.output.text import count, duration, harmless, one_line

TABLE = Table(
    name="demo",
    title="Demo",
    headers=("what", "1.0\npy3.8", "2.0\npy3.9"),
    rows=(("first",), ("a", "1", "22"), ("b", "3", "4")),
    lead="on Linux",
    note="That is all.",
)


def test_a_table_in_a_terminal() -> None:
    assert as_text(TABLE) == (
        "Demo\n════\non Linux\n\n"
        "  what    1.0    2.0\n"
        "        py3.8  py3.9\n"
        "  ────  ─────  ─────\n\n"
        "first\n"
        "  a         1     22\n"
        "  b         3      4\n\n"
        "That is all.\n"
    )


def test_columns_that_do_not_fit_go_below_with_the_keys_again() -> None:
    text = as_text(TABLE, width=14)
    assert max(len(line) for line in text.splitlines()) <= 14
    assert text.count("what") == 2
    assert text.count("first") == 2


def test_a_wide_table_breaks_where_other_columns_begin() -> None:
    headers = ("what", "1.0", "2.0", "3.0", "4.0")
    table = Table(name="t", title="T", headers=headers, rows=(("a", "1", "2", "3", "4"),), starts=(3,))
    first, second = "what  1.0  2.0", "what  3.0  4.0"
    assert [line for line in as_text(table, width=20).splitlines() if "what" in line] == [first, second]
    assert [line for line in as_text(table, width=24).splitlines() if "what" in line] == [f"{first}  3.0  4.0"]
    assert "what  1.0  2.0  3.0\n" in as_text(msgspec.structs.replace(table, starts=()), width=20)


def test_ranked_rows_stand_in_the_order_of_each_blocks_own_numbers_with_those_below_them() -> None:
    rows = (
        ("could run", "9", "9"),
        ("a", "1,000", "·"),
        ("└ b", "9", "·"),
        ("c", "3", "4"),
        ("more",),
        ("d", "·", "1"),
    )
    table = Table(
        name="t",
        title="T",
        headers=("", "1.0", "2.0"),
        rows=rows,
        details=("", "", "why a", "why c", "", ""),
        ranked=frozenset({1, 3, 5}),
    )
    whole, narrow = as_text(table), as_text(table, width=20)

    def read_keys(text: str) -> list[str]:
        found = [line.strip().removeprefix("└ ").partition("  ")[0] for line in text.splitlines()]
        return [one for one in found if one in ("could run", "a", "b", "why a", "c", "why c", "more", "d")]

    first = ["could run", "a", "b", "why a", "c", "why c", "more", "d"]
    assert read_keys(whole) == first
    assert read_keys(narrow) == [*first, "could run", "c", "why c", "a", "b", "why a", "more", "d"]


@pytest.mark.parametrize("width", [30, 60, 80])
def test_long_ids_are_folded_where_nothing_fits_beside_them(width: int) -> None:
    cell = "default/session/async_fixture/aclose@loop_scope=session,interleaving=set_event_loop_none"
    table = Table(name="cells", title="Cells", headers=("cell", "1.5.0"), rows=((cell, "no-current-loop ..FFFF"),))
    lines = as_text(fold_wide(table, width), width).splitlines()
    assert max(map(len, lines)) <= width
    key = lines[4].index("  ")
    assert "".join(line[:key].strip() for line in lines[5:]) == cell


def test_long_prose_is_folded_between_words_and_its_keys_stay_whole() -> None:
    cell = "default/function/event_loop_fixture/aclose"
    table = Table(name="t", title="t", headers=("", ""), rows=((cell, "a word " * 50),), prose=True)
    assert fold_wide(table, 80) == table


def test_a_table_that_fits_is_not_folded() -> None:
    assert fold_wide(TABLE, 100) is TABLE


def test_a_long_heading_of_a_group_is_folded_between_words() -> None:
    table = msgspec.structs.replace(TABLE, rows=(("a heading of many words and/one-long-id@x=y",), ("a", "1", "2")))
    assert "\na heading of many\nwords\nand/one-long-id@x=y\n" in as_text(table, width=20)


def test_short_brackets_stay_with_their_word() -> None:
    rows = (("x", "0.21.2–0.23.8 · 0.24.0 (py3.8, valkey 6.1.0) · 1.0.0"),)
    table = Table(name="t", title="T", headers=("a", "b"), rows=rows, prose=True)
    assert as_text(table, width=41).endswith("x  0.21.2–0.23.8 ·\n   0.24.0 (py3.8, valkey 6.1.0) · 1.0.0\n")


def test_what_is_printed_around_a_table_stays_readable_in_a_wide_terminal() -> None:
    table = msgspec.structs.replace(TABLE, note="word " * 100)
    assert max(map(len, as_text(table, width=400).splitlines())) <= 100


def test_pages_and_programs_get_the_exact_rows() -> None:
    table = msgspec.structs.replace(TABLE, exact=(("first",), ("a", "1/2", "22/23")))
    assert as_data(table)["rows"] == [{"group": "first", "texts": ["a", "1/2", "22/23"]}]
    assert "22/23" in as_markdown(table)
    assert "22/23" not in as_text(table)


def test_a_table_as_markdown() -> None:
    assert as_markdown(TABLE) == (
        "## Demo\n\non Linux\n\n"
        "| what      |   1.0<br>py3.8 |   2.0<br>py3.9 |\n"
        "|:----------|---------------:|---------------:|\n"
        "| **first** |                |                |\n"
        "| a         |              1 |             22 |\n"
        "| b         |              3 |              4 |\n\n"
        "That is all.\n"
    )


def test_a_table_as_markdown_without_what_lines_up_its_columns() -> None:
    spaced = msgspec.structs.replace(TABLE, rows=(*TABLE.rows, ("two  spaces", ":----", "")))
    assert as_markdown(spaced, padded=False) == (
        "## Demo\n\non Linux\n\n"
        "| what | 1.0<br>py3.8 | 2.0<br>py3.9 |\n"
        "|:---|---:|---:|\n"
        "| **first** | | |\n"
        "| a | 1 | 22 |\n"
        "| b | 3 | 4 |\n"
        "| two  spaces | :---- | |\n\n"
        "That is all.\n"
    )


def test_a_table_as_data_says_the_group_of_each_row() -> None:
    assert as_data(TABLE)["rows"] == [
        {"group": "first", "texts": ["a", "1", "22"]},
        {"group": "first", "texts": ["b", "3", "4"]},
    ]


def test_a_table_without_rows_is_its_note() -> None:
    empty = Table(name="e", title="Nothing", headers=("a",), rows=(), note="There is none.")
    assert as_text(empty) == "Nothing\n═══════\n\nThere is none.\n"
    assert "|" not in as_markdown(empty)


def test_markup_in_a_text_is_no_markup_on_the_page() -> None:
    table = Table(name="e", title="x", headers=("a", "b"), rows=(("<script>|", "[x](http://y) `z` \\|"),))
    page = as_markdown(table)
    assert "&lt;script&gt;\\|" in page
    assert "\\[x\\](http://y) \\`z\\` \\\\\\|" in page
    assert "<script>" not in page


def test_underscores_around_a_word_are_kept_and_those_in_an_address_are_left_alone() -> None:
    message = "made in __init__, see https://example.org/channels_redis"
    page = as_markdown(Table(name="e", title="x", headers=("a",), rows=(), note=message))
    assert r"made in \_\_init\_\_, see https://example.org/channels_redis" in page


@given(st.text(alphabet=st.characters(), max_size=30))
def test_nothing_printed_controls_the_terminal(text: str) -> None:
    table = Table(name="e", title=text, headers=("a", text), rows=((text,), (text, text)), lead=text, note=text)
    for shown in (as_text(table), as_markdown(table)):
        assert not set(shown) & {chr(code) for code in (*range(10), *range(11, 32), *range(127, 160), 0x202E)}


def test_escape_sequences_go_whole() -> None:
    assert harmless("a\x1b[31;1mb\x1b[0m\x1b]0;title\x07c\x9b2Jd") == "abc2Jd"
    assert one_line("one\r\n two\tthree\x00") == "one two three"
    assert one_line("x" * 300) == "x" * 199 + "…"


def test_numbers_for_people() -> None:
    assert (count(1, "cell"), count(1234, "cell")) == ("1 cell", "1,234 cells")
    assert [duration(s) for s in (0.5, 59, 151, 3900)] == ["0.50 s", "59 s", "2 min 31 s", "1 h 05 min"]
