"""The evidence file survives what suites do to a process."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], Any]


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


def lines(evidence: Path) -> list[Any]:
    return [json.loads(line) for line in evidence.read_bytes().splitlines()]


def test_each_record_is_one_line_at_once(module: Module, evidence: Path) -> None:
    writer = module("writer").Writer(str(evidence))
    writer.write("first", {"text": "two\nlines …"})
    assert lines(evidence) == [{"kind": "first", "text": "two\nlines …"}]
    writer.write("second", {"half": "\ud800"})
    assert lines(evidence)[1] == {"kind": "second", "half": "\ud800"}


def test_a_closed_descriptor_and_a_changed_directory_lose_nothing(
    module: Module, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(evidence.parent)
    writer = module("writer").Writer(evidence.name)
    writer.write("before", {})
    os.close(writer._descriptor)
    monkeypatch.chdir("/")
    writer.write("after", {})
    assert [line["kind"] for line in lines(evidence)] == ["before", "after"]


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are moved up on POSIX only")
def test_the_descriptor_is_out_of_the_way(module: Module, evidence: Path) -> None:
    writer = module("writer").Writer(str(evidence))
    assert writer._descriptor >= 200
    assert not os.get_inheritable(writer._descriptor)


def test_a_suite_that_replaces_functions_changes_no_record(
    module: Module, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = module("writer").Writer(str(evidence))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", None)
        patch.setattr(json, "dumps", None)
        patch.setattr("builtins.open", None)
        writer.write("record", {})
    assert lines(evidence) == [{"kind": "record"}]


def test_a_forked_child_writes_nothing(module: Module, evidence: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("only POSIX forks")
    writer = module("writer").Writer(str(evidence))
    child = os.fork()
    if child == 0:
        writer.write("child", {})
        os._exit(0)
    os.waitpid(child, 0)
    assert lines(evidence) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_not_the_suites_problem(module: Module) -> None:
    writer = module("writer").Writer("/dev/full")
    writer.write("record", {})


def test_an_observer_that_fails_is_a_problem_and_nothing_else(module: Module, places: Any, evidence: Path) -> None:
    guard = module("guard").Guard(module("writer").Writer(str(evidence)), places)

    def observer() -> None:
        raise LookupError("mine")

    for _ in range(100):
        guard.run(observer)
    written = lines(evidence)
    assert len(written) == module("guard").MOST_REPORTS
    assert (written[0]["kind"], written[0]["where"], written[0]["node"]) == ("problem", "internal", "probe")
    assert written[0]["chain"][0]["text"] == "mine"
