"""Discovery: what is started, what is remembered, and why a candidate isn't used."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from harness.environments.answers import ask_interpreter
from harness.environments.candidates import Candidates, sort_out
from harness.environments.interpreters import Discovery, choose_for_each_minor, discover, find_for_minor, find_newest
from harness.environments.model import Interpreter
from harness.errors import NoInterpreterError

posix = pytest.mark.skipif(os.name == "nt", reason="a script isn't something that starts by its path there")


class Fakes:
    """A folder of scripts that answer as an interpreter would, and note each start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.starts = folder / "starts"

    def add(self, name: str, version: str, implementation: str = "cpython", *, free: bool = False) -> Path:
        machine = platform.machine()
        lines = ("answer", version, implementation, f"/opt/{name}", sys.platform, machine, str(int(free)), "64")
        return self.script(name, f"printf '%s\\n' {' '.join(lines)}")

    def script(self, name: str, body: str) -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\necho {name} >> '{self.starts}'\n{body}\n")
        path.chmod(0o755)
        return path

    def discover(self, *, refresh: bool = False) -> Discovery:
        paths = sorted(path for path in self.folder.iterdir() if path != self.starts)
        return discover(refresh=refresh, candidates=Candidates(tuple(paths), ()))

    @property
    def started(self) -> list[str]:
        return sorted(self.starts.read_text().split()) if self.starts.exists() else []


@pytest.fixture
def fakes(tmp_path: Path) -> Fakes:
    folder = tmp_path / "pythons"
    folder.mkdir()
    return Fakes(folder)


def python(version: str, implementation: str = "cpython") -> Interpreter:
    return Interpreter(version=version, executable=f"/opt/{version}/bin/python", implementation=implementation)


def test_the_interpreter_that_runs_the_harness_is_found() -> None:
    real = Path(sys.base_prefix, "python.exe") if os.name == "nt" else Path(sys.executable).resolve()
    (found,) = discover(candidates=Candidates((real,), ())).found
    assert found == Interpreter(
        version=platform.python_version(), executable=str(real), implementation=platform.python_implementation().lower()
    )


@posix
def test_a_repeat_starts_nothing(fakes: Fakes) -> None:
    fakes.add("python3.11", "3.11.7")
    fakes.add("python3.12", "3.12.1")
    first = fakes.discover()
    assert fakes.discover() == first
    assert [each.version for each in first.found] == ["3.11.7", "3.12.1"]
    assert fakes.started == ["python3.11", "python3.12"]


@posix
def test_an_interpreter_that_was_added_or_changed_is_noticed_and_no_other_started(fakes: Fakes) -> None:
    fakes.add("python3.11", "3.11.7")
    fakes.add("python3.12", "3.12.1")
    fakes.discover()
    fakes.add("python3.12", "3.12.11")
    fakes.add("python3.13", "3.13.0")
    assert [each.version for each in fakes.discover().found] == ["3.11.7", "3.12.11", "3.13.0"]
    assert fakes.started == ["python3.11", "python3.12", "python3.12", "python3.13"]


@posix
def test_a_refresh_starts_all_again(fakes: Fakes) -> None:
    fakes.add("python3.11", "3.11.7")
    fakes.discover()
    fakes.discover(refresh=True)
    assert fakes.started == ["python3.11", "python3.11"]


@posix
def test_a_damaged_memory_is_made_anew(fakes: Fakes, tmp_path: Path) -> None:
    fakes.add("python3.11", "3.11.7")
    first = fakes.discover()
    (tmp_path / "cache" / "interpreters.json").write_bytes(b'{"question": ')
    assert fakes.discover() == first


@posix
def test_one_that_failed_is_asked_again_next_time(fakes: Fakes) -> None:
    fakes.script("python3.11", "echo 'libpython3.11.so: cannot open shared object file' >&2; exit 127")
    (rejected,) = fakes.discover().rejected
    assert rejected.reason == ("ends with exit code 127, saying: libpython3.11.so: cannot open shared object file")
    fakes.discover()
    assert fakes.started == ["python3.11", "python3.11"]


@posix
def test_each_candidate_that_is_no_use_has_its_reason(fakes: Fakes) -> None:
    fakes.add("python2.7", "2.7.18")
    fakes.add("python3.12", "3.12.1")
    fakes.add("python3.12-again", "3.12.1")
    fakes.script("python3.9", "echo hello")
    fakes.script("python3.10", "printf 'answer\\nlatest\\ncpython\\n/x\\nlinux\\nx86_64\\n0\\n64\\n'")
    fakes.script("python3.8", "printf 'answer\\n3.8.1\\ncpython\\n/x\\nplan9\\nmips\\n0\\n64\\n'")
    (fakes.folder / "python3.7").write_bytes(b"\x7fELF not really")
    (fakes.folder / "python3.7").chmod(0o755)
    reasons = {Path(each.executable).name: each.reason for each in fakes.discover().rejected}
    assert reasons["python2.7"] == "Python 2.7.18: too old, 3.8 is the oldest that is measured"
    assert reasons["python3.12-again"].startswith("the same version as")
    assert reasons["python3.9"] == "doesn't answer as a Python does"
    assert reasons["python3.10"] == "has a version nobody can compare: latest"
    assert reasons["python3.8"].startswith("built for plan9-mips")
    assert reasons["python3.7"].startswith("doesn't start")


@posix
def test_other_implementations_are_found_under_their_own_name(fakes: Fakes) -> None:
    fakes.add("pypy3", "3.10.14", "pypy")
    fakes.add("python3.10", "3.10.13")
    fakes.add("python3.13t", "3.13.0", free=True)
    found = fakes.discover().found
    assert [each.implementation for each in found] == ["cpython", "pypy", "cpython-freethreaded"]
    assert find_newest(found).version == "3.10.13"
    assert find_for_minor(found, "pypy-3.10").implementation == "pypy"
    assert find_for_minor(found, "3.13t").implementation == "cpython-freethreaded"


@posix
def test_names_of_one_binary_are_one_candidate(fakes: Fakes) -> None:
    real = fakes.add("python3.12", "3.12.1")
    elsewhere = fakes.folder / "bin"
    elsewhere.mkdir()
    (elsewhere / "python3").symlink_to(real)
    (elsewhere / "python").symlink_to(elsewhere / "python3")
    candidates = sort_out([elsewhere / "python", elsewhere / "python3", real])
    assert candidates == Candidates((real,), ())


@posix
def test_shims_are_not_started(fakes: Fakes) -> None:
    shims = fakes.folder / "shims"
    shims.mkdir()
    manager = fakes.script("mise", "exit 1")
    (shims / "python3.6").write_text("#!/usr/bin/env bash\nexec pyenv exec python3.6\n")
    (shims / "python3.12").symlink_to(manager)
    candidates = sort_out([shims / "python3.6", shims / "python3.12"])
    assert candidates.worth_starting == ()
    assert ["shim" in each.reason for each in candidates.rejected] == [True, True]


@posix
def test_a_virtual_environment_leads_to_the_interpreter_it_was_made_from(fakes: Fakes) -> None:
    real = fakes.add("python3.12", "3.12.1")
    binaries = fakes.folder / "venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries.parent / "pyvenv.cfg").write_text(f"home = {fakes.folder}\nversion = 3.12.1\n")
    (binaries / "python").symlink_to(real)
    candidates = sort_out([binaries / "python"])
    assert candidates.worth_starting == (real,)
    assert candidates.rejected[0].reason == f"a virtual environment, made from {fakes.folder}"


def test_the_best_patch_of_a_minor_is_taken() -> None:
    found = [python("3.12.9"), python("3.12.10"), python("3.11.2")]
    assert find_for_minor(found, "3.12").version == "3.12.10"
    assert find_for_minor(found, "3.12.9").version == "3.12.9"
    assert [each.version for each in choose_for_each_minor(found)] == ["3.11.2", "3.12.10"]


def test_a_pre_release_is_used_only_if_named() -> None:
    found = [python("3.14.1"), python("3.15.0b1")]
    assert find_newest(found).version == "3.14.1"
    assert [each.version for each in choose_for_each_minor(found)] == ["3.14.1"]
    assert find_for_minor(found, "3.15").version == "3.15.0b1"
    assert find_for_minor([*found, python("3.15.0rc2"), python("3.15.0")], "3.15").version == "3.15.0"


def test_where_nothing_fits_the_error_lists_what_was_found() -> None:
    with pytest.raises(NoInterpreterError, match=r"No Python 3\.14 .* Found: cpython 3\.12\.1, pypy 3\.10\.14"):
        find_for_minor([python("3.12.1"), python("3.10.14", "pypy")], "3.14")
    with pytest.raises(NoInterpreterError, match=r"No released CPython .* Found: none") as caught:
        find_newest([])
    assert "--provision" in caught.value.remedy


@posix
def test_an_interpreter_says_where_it_is_whatever_letters_the_path_has_and_whatever_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("LANG", "C")
    python = tmp_path / "Jürgen" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    answer = ask_interpreter(python)
    assert not isinstance(answer, str), answer
    assert answer.executable == str(python)
