"""Sizes as they are written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.app import make_app, parse
from harness.cli.options import MatrixOptions
from harness.errors import UsageError
from harness.sizes import UNITS, format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"), [("1GiB", 2**30), ("512MiB", 2**29), ("1.5GiB", 3 * 2**29), ("64 MiB", 2**26), ("1KiB", 1024)]
)
def test_a_size_is_a_number_and_a_unit(text: str, size: int) -> None:
    assert parse_size(text) == size
    assert format_size(size) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "1", "1GB", "GiB", "-1GiB", "1e3MiB", "1,5GiB", "1GiB of it", "٣GiB", "1gib"])
def test_nothing_else_is(text: str) -> None:
    assert parse_size(text) is None


@given(number=st.integers(1, 1023), unit=st.sampled_from(list(UNITS)))
def test_what_is_written_reads_the_same(number: int, unit: str) -> None:
    assert parse_size(format_size(number * UNITS[unit])) == number * UNITS[unit]


def test_a_run_takes_a_limit_on_memory() -> None:
    given = parse(["matrix", "--memory", "512MiB"], make_app())
    default = parse(["matrix"], make_app())
    assert isinstance(given, MatrixOptions)
    assert isinstance(default, MatrixOptions)
    assert (given.memory, default.memory) == (2**29, None)


@pytest.mark.parametrize("text", ["1GB", "63MiB", "0GiB"])
def test_what_is_no_size_or_too_small_is_refused_with_what_is_wanted(text: str) -> None:
    with pytest.raises(UsageError, match=text) as caught:
        parse(["matrix", "--memory", text], make_app())
    assert "at least 64MiB" in str(caught.value.remedy)
