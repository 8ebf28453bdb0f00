from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from harness.errors import InfrastructureError, UsageError
from harness.store.files import make_results_file_name
from harness.store.model import RESULTS_SCHEMA, Footer, Outcome
from harness.store.reading import UndecodedOutcome, read_results
from harness.store.writing import RunWriter
from tests.unit.store.made_up_results import CLEAN, LEAKS, MASKED, REMOVED, RUN, UNNAMED, header, only, outcome

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden" / "schema-1.jsonl"


def written(folder: Path, cells: int = 3) -> Path:
    with RunWriter(folder, header()) as writer:
        for number in range(cells):
            writer.write(outcome(f"cell-{number}", MASKED if number % 2 else CLEAN))
    return writer.path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = written(tmp_path)
    results = read_results(tmp_path)
    (run,) = results.runs
    assert not results.broken
    assert not run.interrupted
    assert run.file == str(path)
    assert run.header == header()
    assert run.outcomes == (outcome("cell-0"), outcome("cell-1", MASKED), outcome("cell-2"))
    assert run.footer is not None
    assert run.footer.outcomes == 3


def test_the_file_is_named_after_run_and_environment(tmp_path: Path) -> None:
    assert written(tmp_path).name == f"{RUN}.linux-x86_64_cpython-3.13_pytest-asyncio-1.5.0_valkey-6.2.0.jsonl"


def test_no_name_leads_out_of_the_folder() -> None:
    bad = msgspec.structs.replace(header(), run="../../up", environment_id="a/../../b\x00c" + "d" * 300)
    name = make_results_file_name(bad)
    assert Path(name).name == name
    assert len(name) < 200


def test_an_exception_leaves_the_outcomes_and_no_footer(tmp_path: Path) -> None:
    def interrupted() -> None:
        with RunWriter(tmp_path, header()) as writer:
            writer.write(outcome("cell-0"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (run,) = read_results(tmp_path).runs
    assert run.interrupted
    assert len(run.outcomes) == 1


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(InfrastructureError, match="File exists"), RunWriter(tmp_path, header()):
        pass
    assert len(read_results(tmp_path).runs[0].outcomes) == 3


NO_ROOM = """
import pathlib, resource, sys
from harness.errors import InfrastructureError
from harness.store.writing import RunWriter
from tests.unit.store.made_up_results import header, outcome
with RunWriter(pathlib.Path(sys.argv[1]), header()) as writer:
    writer.write(outcome("before"))
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (writer.path.stat().st_size + 40, most))
    try:
        writer.write(outcome("no room for this"))
    except InfrastructureError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    writer.write(outcome("after"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't limit the size of files")
def test_no_room_is_reported_with_a_remedy_and_leaves_no_half_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NO_ROOM, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    assert "can't be written" in done.stdout
    assert "make room" in done.stdout
    results = read_results(tmp_path)
    assert not results.broken
    assert [one.cell for one in results.runs[0].outcomes] == ["before", "after"]


def test_lines_from_many_threads_do_not_mix(tmp_path: Path) -> None:
    def write_fifty(writer: RunWriter, name: int) -> None:
        for number in range(50):
            writer.write(outcome(f"{name}-{number}", MASKED))

    with RunWriter(tmp_path, header()) as writer:
        threads = [threading.Thread(target=write_fifty, args=(writer, name)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    results = read_results(tmp_path)
    assert not results.broken
    assert len({one.cell for one in results.runs[0].outcomes}) == 400


KILLED = """
import sys, pathlib
from harness.store.writing import RunWriter
from tests.unit.store.made_up_results import header, outcome
with RunWriter(pathlib.Path(sys.argv[1]), header()) as writer:
    for number in range(25):
        writer.write(outcome(f"cell-{number}"))
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_killed_run_keeps_every_outcome_it_wrote(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGKILL")
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    (run,) = read_results(tmp_path).runs
    assert run.interrupted
    assert len(run.outcomes) == 25


def test_a_torn_last_line_is_noted_and_the_rest_kept(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]) + lines[3][:40])
    results = read_results(tmp_path)
    assert len(results.runs[0].outcomes) == 2
    assert results.runs[0].interrupted
    assert [(line.line, line.reason) for line in results.broken] == [
        (4, "torn: the run was interrupted while writing it")
    ]


BROKEN = {
    "not JSON": (b"what is this", "malformed"),
    "not UTF-8": (b'{"kind":"outcome","cell":"\xff"}', "UTF-8|utf-8|invalid"),
    "an unknown kind": (b'{"kind":"surprise"}', "surprise"),
    "an unknown status": (
        b'{"kind":"outcome","cell":"c","environment":"e","run":"r","verdict":{"status":"super"}}',
        "super",
    ),
    "a field missing": (b'{"kind":"outcome","cell":"c"}', "environment"),
    "a number for a text": (b'{"kind":"outcome","cell":1,"environment":"e","run":"r","verdict":{}}', "Expected `str`"),
    "a path for a hash": (
        (
            b'{"kind":"outcome","cell":"c","environment":"e","run":"r","evidence":"../../etc/passwd",'
            b'"verdict":{"status":"clean"}}'
        ),
        "matching regex",
    ),
    "a path for a run": (
        b'{"kind":"outcome","cell":"c","environment":"e","run":"../r","verdict":{"status":"clean"}}',
        "matching regex",
    ),
    "another environment": (
        b'{"kind":"outcome","cell":"c","environment":"e","run":"r","verdict":{"status":"clean"}}',
        "the environment is 'e'",
    ),
    "nested too deep": (b'{"kind":"outcome","cell":' + b"[" * 200_000, "recursion|Expected|truncated"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_line_is_reported_with_file_line_and_reason(tmp_path: Path, what: str) -> None:
    text, reason = BROKEN[what]
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], text + b"\n", *lines[2:-1]]))
    other = tmp_path / "other.jsonl"
    other.write_bytes(b"".join(lines))
    results = read_results(tmp_path)
    (broken,) = results.broken
    assert (broken.file, broken.line) == (str(path), 3)
    assert re.search(reason, broken.reason)
    assert [len(run.outcomes) for run in results.runs] == [3, 3]


def test_a_line_that_is_too_long_is_reported_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.store.reading.LONGEST_LINE", 4096)
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"kind":"' + b"x" * 20_000 + b'"}\n', *lines[2:]]))
    results = read_results(tmp_path)
    assert [(line.line, line.reason) for line in results.broken] == [
        (3, "longer than 4096 bytes"),
    ]
    assert len(results.runs[0].outcomes) == 3


def test_another_schema_version_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"schema":1', b'"schema":99', 1))
    results = read_results(tmp_path)
    assert not results.runs
    assert str(results.broken[0]) == f"{path}:1: schema version 99; this program reads version {RESULTS_SCHEMA}"
    assert len(results.broken) == 1


def test_another_schema_version_is_named_even_when_its_fields_are_different(tmp_path: Path) -> None:
    (tmp_path / "new.jsonl").write_bytes(b'{"kind":"header","schema":2,"shape":"new"}\n')
    assert "schema version 2" in read_results(tmp_path).broken[0].reason


def test_lines_without_a_header_are_reported_once(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    results = read_results(tmp_path)
    assert not results.runs
    assert [line.line for line in results.broken] == [1]
    assert "no header" in results.broken[0].reason


def test_a_footer_that_counts_more_than_was_read_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    assert "counts 3 outcomes, but 2 were read" in read_results(tmp_path).broken[0].reason


def test_files_put_one_after_another_are_several_runs(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().replace(RUN.encode(), b"earlier") + path.read_bytes())
    assert [run.header.run for run in read_results(path).runs] == ["earlier", RUN]


def test_a_place_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no results at"):
        read_results(tmp_path / "nowhere")


def test_equal_texts_and_verdicts_are_one_object(tmp_path: Path) -> None:
    with RunWriter(tmp_path, header()) as writer:
        for number in range(4):
            writer.write(outcome("cell", LEAKS, sample=number))
    outcomes = read_results(tmp_path).runs[0].outcomes
    assert len({id(one.verdict) for one in outcomes}) == 1
    assert len({id(one.cell) for one in outcomes}) == 1


def test_the_reader_knows_every_field_of_an_outcome() -> None:
    assert UndecodedOutcome.__struct_fields__ == Outcome.__struct_fields__
    ours, theirs = msgspec.structs.fields(UndecodedOutcome), msgspec.structs.fields(Outcome)
    assert all(
        (a.name, a.default) == (b.name, b.default) and (a.type == b.type or a.name in {"verdict", "run", "reused_from"})
        for a, b in zip(ours, theirs, strict=True)
    )


def test_a_file_of_schema_version_1_is_read_as_it_was_written() -> None:
    results = read_results(GOLDEN)
    (run,) = results.runs
    assert not results.broken
    assert run.header == header(findings=(only("deprecation"),))
    assert run.footer == Footer(outcomes=5, finished="2026-11-22T12:57:00+00:00", wall=61.5)
    assert run.outcomes == (
        outcome("default/function/async_fixture/aclose", CLEAN, evidence="a" * 64),
        outcome("default/function/module_global/none", MASKED, evidence="b" * 64),
        outcome(
            "event_loop_override/session/event_loop_fixture/aclose@loop_scope=session",
            REMOVED,
            cpu=None,
        ),
        outcome("default/function/inside_test/none", LEAKS, sample=1, evidence="c" * 64),
        outcome("default/function/class_attribute/none", UNNAMED, evidence="d" * 64),
    )
