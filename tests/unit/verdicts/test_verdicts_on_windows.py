"""Evidence that was recorded on Windows' event loops, and what of it is another than on Linux."""

from __future__ import annotations

import lzma
from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest

from harness.analysis.label import label
from harness.evidence.model import Evidence
from harness.paths import find_baseline
from harness.store.files import make_packed_file_name
from harness.store.reading import read_results
from harness.verdicts.classify import classify, find_environment_findings
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_signatures

FOLDER = Path(__file__).parent / "windows"
SMOKE, PAIRS = ("1.5.0", "0.26.0", "0.21.2"), ("1.5.0", "0.21.2")
SELECTOR, PROACTOR = "windows_selector", "windows_proactor"


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a file of recorded evidence."""

    release: str
    cell: str
    evidence: Evidence


@cache
def recorded(name: str) -> tuple[Recorded, ...]:
    lines = lzma.decompress((FOLDER / f"{name}.jsonl.xz").read_bytes()).splitlines()
    return tuple(msgspec.json.decode(line, type=Recorded) for line in lines)


@cache
def verdicts(name: str, release: str) -> dict[str, Verdict]:
    """The verdicts of the recorded cells, by their ids."""
    signatures = load_signatures()
    mine = {one.cell: one.evidence for one in recorded(name) if one.release == release}
    own = find_environment_findings(mine.pop(""), signatures)
    return {cell: classify(evidence, signatures, environment_findings=own) for cell, evidence in mine.items()}


@cache
def on_linux(release: str) -> dict[str, Verdict]:
    """What the baseline has of the same versions on Linux."""
    path = find_baseline() / make_packed_file_name(f"linux-x86_64/cpython-3.13/pytest-asyncio-{release}/valkey-6.2.0")
    (run,) = read_results(path).runs
    return {outcome.cell: outcome.verdict for outcome in run.outcomes}


def names(verdict: Verdict) -> set[str]:
    return {f"{one.signature} ({one.role})" for one in verdict.findings}


def has_winloop(cell: str, release: str) -> bool:
    return release == "0.26.0" or not cell.startswith("uvloop/")


@pytest.mark.parametrize("release", SMOKE)
def test_every_smoke_cell_has_the_status_and_the_pattern_that_it_has_on_linux(release: str) -> None:
    found = {cell: one for cell, one in verdicts("smoke", release).items() if has_winloop(cell, release)}
    assert len(found) >= 48
    linux = on_linux(release)
    assert {cell: (one.status, one.pattern) for cell, one in found.items()} == {
        cell: (linux[cell].status, linux[cell].pattern) for cell in found
    }


@pytest.mark.parametrize(("release", "only_proactor", "both"), [("1.5.0", 13, 5), ("0.26.0", 11, 3), ("0.21.2", 10, 0)])
def test_a_closed_proactor_loop_fails_on_the_write_and_nothing_else_is_different(
    release: str, only_proactor: int, both: int
) -> None:
    linux, categories = on_linux(release), {one.name: one.category for one in load_signatures()}
    changed: Counter[str] = Counter()
    for cell, verdict in verdicts("smoke", release).items():
        if not has_winloop(cell, release) or names(verdict) == names(linux[cell]):
            continue
        assert names(verdict) - names(linux[cell]) == {"proactor-none-send (root)"}, cell
        # A write that fails reaches no server, so no key is left there.
        assert names(linux[cell]) - names(verdict) <= {"different-loop (root)", "leaked-keys (only)"}, cell
        changed[f"{label(linux[cell], categories)} => {label(verdict, categories)}"] += 1
    instead = "loop-closed←different-loop => loop-closed←proactor-none-send"
    assert changed == Counter({instead: only_proactor, f"{instead}, different-loop": both})


@pytest.mark.parametrize("release", SMOKE)
def test_every_error_has_a_name_but_where_winloop_could_not_be_loaded(release: str) -> None:
    for cell, verdict in verdicts("smoke", release).items():
        assert (verdict.status is Status.FAILS) == bool(verdict.unnamed) == (not has_winloop(cell, release)), cell
        assert all("winloop" in one.text for one in verdict.unnamed), cell


@pytest.mark.parametrize("release", PAIRS)
def test_the_selector_guard_changes_the_root_and_not_the_outcome(release: str) -> None:
    found = verdicts("pairs", release)
    changed = 0
    for cell, verdict in found.items():
        policy, _, rest = cell.partition("/")
        if policy != "default":
            continue
        guarded = found[f"{SELECTOR}/{rest}"]
        assert (guarded.status, guarded.pattern) == (verdict.status, verdict.pattern), cell
        assert "proactor-none-send (root)" not in names(guarded), cell
        if "proactor-none-send (root)" in names(verdict):
            assert "different-loop (root)" in names(guarded), cell
            changed += 1
        assert names(found[f"{PROACTOR}/{rest}"]) == names(verdict), cell
    assert changed


@pytest.mark.parametrize("release", PAIRS)
def test_each_policy_gives_the_loops_that_it_names(release: str) -> None:
    loops = {"default": "ProactorEventLoop", PROACTOR: "ProactorEventLoop", SELECTOR: "_WindowsSelectorEventLoop"}
    for policy, kind in loops.items():
        found = {
            loop.kind.rpartition(".")[2]
            for one in recorded("pairs")
            if one.release == release and one.cell.startswith(f"{policy}/")
            for loop in one.evidence.loops
        }
        assert found == {kind}, policy


@pytest.mark.parametrize(("name", "release"), [*(("smoke", one) for one in SMOKE), *(("pairs", one) for one in PAIRS)])
def test_no_verdict_shows_a_path_of_the_machine(name: str, release: str) -> None:
    samples = {one.sample for verdict in verdicts(name, release).values() for one in verdict.findings}
    assert any("test_items.py" in sample for sample in samples)
    assert [sample for sample in samples if "\\" in sample or "environments" in sample] == []
