from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from harness.verdicts.rates import count_repeats, find_wilson_interval, make_rate

CLEAN = Verdict(status=Status.CLEAN, pattern="..")


def closed(sample: str = "RuntimeError: Event loop is closed") -> Verdict:
    finding = Finding(signature="loop-closed", channel=Channel.BODY, role=Role.ONLY, tests=("t.py::b",), sample=sample)
    return Verdict(status=Status.REPRODUCES, findings=(finding,), pattern=".F")


def test_four_of_five_are_counted_with_their_interval() -> None:
    counted = count_repeats([closed(), closed(), CLEAN, closed(), closed()], {})
    assert str(counted.signatures["loop-closed"]) == "4/5"
    assert {status: str(met) for status, met in counted.statuses.items()} == {
        Status.REPRODUCES: "4/5",
        Status.CLEAN: "1/5",
    }
    assert not counted.stable


def test_the_interval_is_wilsons() -> None:
    assert find_wilson_interval(4, 5) == pytest.approx((0.37553, 0.96378), abs=1e-5)
    assert find_wilson_interval(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-5)
    assert find_wilson_interval(5, 5) == pytest.approx((0.56551, 1.0), abs=1e-5)


def test_nothing_is_known_without_samples() -> None:
    assert find_wilson_interval(0, 0) == (0.0, 1.0)
    assert count_repeats([], {}).stable


@pytest.mark.parametrize(("met", "of"), [(2, 1), (-1, 3)])
def test_a_count_that_is_none_is_refused(met: int, of: int) -> None:
    with pytest.raises(ValueError, match="is no count"):
        find_wilson_interval(met, of)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_share_lies_within_its_interval(count: tuple[int, int]) -> None:
    met, of = count
    counted = make_rate(met, of)
    assert 0 <= counted.low <= met / of <= counted.high <= 1


def test_a_cell_is_stable_when_its_samples_differ_in_nothing_but_text() -> None:
    assert count_repeats([closed("fd=13"), closed("fd=14")], {}).stable


def test_a_run_that_can_not_be_relied_on_is_no_sample() -> None:
    broken = Verdict(status=Status.INFRASTRUCTURE, reason="the server has gone")
    counted = count_repeats([closed(), broken, closed()], {})
    assert (counted.samples, counted.infrastructure, counted.stable) == (2, 1, True)
    assert str(counted.signatures["loop-closed"]) == "2/2"
