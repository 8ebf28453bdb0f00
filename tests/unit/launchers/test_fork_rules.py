"""Which suites are left to `spawn`, told from their text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import load_profile, profile_cells
from harness.catalogue.rendering import write_suite
from harness.catalogue.target import Target
from harness.launchers.model import Job
from harness.launchers.rules import INI_OPTIONS, LATE_HOOKS, OTHER_CONFIGURATION, RULES, left_to_spawn, listed, shadowed
from harness.servers.model import Database

if TYPE_CHECKING:
    from collections.abc import Mapping

INI = "[pytest]\nasyncio_mode = auto\nfilterwarnings =\n    always::ResourceWarning\n    ignore::pytest.PytestWarning\n"


def judged(folder: Path, files: Mapping[str, str], *arguments: str) -> str | None:
    write_suite({"pytest.ini": INI, "test_it.py": "def test_it(): pass\n", **files}, folder)
    database = Database(url="valkey://127.0.0.1:1/0", number=0)
    return left_to_spawn(Job(suite=folder, python=Path("python"), database=database, limit=1.0, arguments=arguments))


def test_what_the_catalogue_renders_is_forked(tmp_path: Path) -> None:
    catalogue = load_catalogue()
    versions = {"python": "3.13.0", "pytest-asyncio": "1.5.0", "pytest": "9.0.0", "valkey": "6.2.0", "uvloop": "0.22.1"}
    target = Target(platform="linux", client="valkey", versions=versions)
    for number, cell in enumerate(profile_cells(catalogue, load_profile("quick"))):
        if catalogue.not_applicable(cell, target) is None:
            assert judged(tmp_path / str(number), catalogue.suite(cell, target)) is None, cell.id


@pytest.mark.parametrize("name", ["pyproject.toml", "tox.ini", "setup.cfg", "pytest.toml"])
def test_a_suite_with_another_configuration_file_is_spawned(tmp_path: Path, name: str) -> None:
    assert name in str(judged(tmp_path, {name: ""}))


def test_a_suite_without_an_ini_file_is_spawned(tmp_path: Path) -> None:
    judged(tmp_path, {})
    (tmp_path / "pytest.ini").unlink()
    job = Job(suite=tmp_path, python=Path("python"), database=Database(url="valkey://h/0", number=0), limit=1.0)
    assert "folders above" in str(left_to_spawn(job))


def test_files_below_the_suite_are_looked_at_too_but_configuration_only_counts_at_its_top(tmp_path: Path) -> None:
    below = {"basket/setup.cfg": "", "basket/tox.ini": "", "basket/data.txt": "import ctypes\n"}
    assert judged(tmp_path, below) is None
    assert "basket/deep/helper.py: ctypes" in str(judged(tmp_path, {"basket/deep/helper.py": "import ctypes\n"}))


def test_pytest_arguments_are_for_spawn(tmp_path: Path) -> None:
    assert judged(tmp_path, {}, "-k", "it") is not None


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        ("[pytest]\naddopts = -p mine\n", "addopts"),
        ("[pytest]\ntestpaths = tests\n", "testpaths"),
        ("[pytest]\nfilterwarnings = error::app.Mine\n", "app.Mine"),
        ("[pytest\n", "can't be read"),
    ],
)
def test_an_ini_file_that_may_need_the_suites_files_is_for_spawn(tmp_path: Path, ini: str, said: str) -> None:
    assert said in str(judged(tmp_path, {"pytest.ini": ini}))


@pytest.mark.parametrize(
    "text",
    [
        "def pytest_configure(config): pass",
        "def pytest_addoption(parser): pass",
        "def pytest_sessionstart(session): pass",
        "class Mine:\n    def pytest_cmdline_main(self): pass",
        "pytest_plugins = ['mine']",
        "import sys\nsys.unraisablehook = print",
        "from sys import unraisablehook",
        "import os\nos.environ['HOME'] = '/'",
        "import os\ndel os.environ['HOME']",
        "import os\nos.write = None",
        "import shutil\nshutil.rmtree('.')",
        "from os import chdir",
        "import warnings",
        "def (",
    ],
)
def test_a_conftest_that_acts_before_the_fork_is_for_spawn(tmp_path: Path, text: str) -> None:
    assert str(judged(tmp_path, {"conftest.py": text})).startswith("conftest.py: ")


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['PYTHONASYNCIODEBUG'] = '1'",
        "import os, sys, asyncio\nif sys.platform == 'win32':\n    print(os.environ['VALKEY_URL'])",
        "def pytest_collection_modifyitems(items): pass",
        "def pytest_asyncio_loop_factories(config, item): pass",
    ],
)
def test_a_conftest_that_could_not_tell_is_forked(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, {"conftest.py": text}) is None


def test_test_files_are_judged_by_what_matters_late_only(tmp_path: Path) -> None:
    assert judged(tmp_path / "a", {"test_it.py": "import warnings, logging"}) is None
    assert "gc.get_objects" in str(judged(tmp_path / "b", {"test_it.py": "import gc\ngc.get_objects()"}))


def test_a_module_that_hides_an_imported_one_is_for_spawn(tmp_path: Path) -> None:
    judged(tmp_path, {"uuid.py": "", "orders/__init__.py": ""})
    assert shadowed(tmp_path, {"uuid", "asyncio"}) is not None
    assert shadowed(tmp_path, {"asyncio"}) is None


def test_every_rule_gives_its_reason() -> None:
    assert all(rule.names and len(rule.reason) > 20 for rule in RULES)


def test_what_is_listed_for_users_names_everything_that_rules_look_for() -> None:
    text = "\n".join(f"{rule.what}: {rule.reason}" for rule in listed())
    for rule in RULES:
        assert rule.reason in text
        assert all(name in text for name in rule.names)
    assert all(name in text for name in (*LATE_HOOKS, *INI_OPTIONS, *OTHER_CONFIGURATION))
