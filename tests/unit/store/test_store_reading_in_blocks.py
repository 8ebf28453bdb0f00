"""Files are read many lines at a time; nobody is to notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.store import reading
from harness.store.model import Footer, Results
from harness.store.reading import Texts, read_results
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, MASKED, UNNAMED, environment, header, only, outcome

if TYPE_CHECKING:
    from pathlib import Path

LINES = {
    "header": msgspec.json.encode(header()),
    "clean": msgspec.json.encode(outcome("default/function/module_global/none", CLEAN)),
    "masked": msgspec.json.encode(outcome("default/session/module_global/none", MASKED)),
    "elsewhere": msgspec.json.encode(outcome("a", CLEAN, where=environment("0.26.0"))),
    "blank": b"  ",
    "broken": b'{"kind":"outcome"',
    "no verdict": b'{"kind":"outcome","cell":"c","environment":"e","run":"r","verdict":{}}',
    "footer": msgspec.json.encode(Footer(outcomes=2, finished="2026-11-22T12:57:00+00:00", wall=1.0)),
}


def read(path: Path, block: int, *, lean: bool) -> Results:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "BLOCK", block)
        return read_results(path, lean=lean)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    names=st.lists(st.sampled_from(sorted(LINES)), max_size=8),
    block=st.integers(1, 3000),
    lean=st.booleans(),
    ended=st.booleans(),
)
def test_how_much_is_read_at_a_time_makes_no_difference(
    tmp_path: Path, names: list[str], block: int, lean: bool, ended: bool
) -> None:
    path = tmp_path / "made-up.jsonl"
    path.write_bytes(b"\n".join([LINES["header"], *(LINES[name] for name in names)]) + b"\n" * ended)
    one_by_one, at_once = read(path, 1, lean=lean), read(path, 1 << 20, lean=lean)
    assert read(path, block, lean=lean) == one_by_one == at_once
    unusable = [number for number, name in enumerate(names, 2) if name in ("elsewhere", "broken", "no verdict")]
    assert [line.line for line in at_once.broken if "footer" not in line.reason] == unusable


def test_what_is_read_with_the_same_texts_shares_equal_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "made-up.jsonl"
    path.write_bytes(LINES["header"] + b"\n" + LINES["masked"] + b"\n")
    texts = Texts()
    one, other = (read_results(path, lean=True, texts=texts).runs[0].outcomes[0] for _ in range(2))
    assert one.verdict is other.verdict
    assert one.cell is other.cell


def test_lean_verdicts_are_equal_but_for_the_text_of_their_samples(tmp_path: Path) -> None:
    tricky = 'this "sample":"is none" \\ nor "this'
    verdicts = [
        Verdict(status=Status.FAILS, findings=(only("loop-closed"),), unnamed=UNNAMED.unnamed, reason=tricky),
        Verdict(
            status=Status.FAILS,
            findings=(msgspec.structs.replace(only("loop-closed"), sample=tricky),),
            unnamed=UNNAMED.unnamed,
            reason=tricky,
        ),
    ]
    lines = [header(), *(outcome(f"cell-{place}", verdict) for place, verdict in enumerate(verdicts))]
    (tmp_path / "made-up.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    (run,) = read_results(tmp_path, lean=True).runs
    one, other = (each.verdict for each in run.outcomes)
    assert one is other
    assert one.reason == tricky
    assert [finding.sample for finding in one.findings] == [""]
    (run,) = read_results(tmp_path).runs
    assert [each.verdict for each in run.outcomes] == verdicts
