"""Texts, paths and frames as the probe shows them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Module = Callable[[str], Any]


def test_addresses_are_masked_and_words_kept(places: Any) -> None:
    assert places.text("<Future at 0x7f00deadbeef> of <Loop 0XAB 0xabcdef>") == "<Future at 0x…> of <Loop 0XAB 0x…>"


def test_the_suite_folder_is_cut_off(places: Any, tmp_path: Path) -> None:
    assert (
        places.text(f"importing '{tmp_path / 'tests' / 'test_it.py'}'") == f"importing '{Path('tests', 'test_it.py')}'"
    )


@pytest.mark.parametrize(
    "text",
    [
        r"C:\Users\Jürgen\my suite\tests\test_it.py",
        r"C:\\Users\\Jürgen\\my suite\\tests\\test_it.py",
        r"c:\users\jürgen\My Suite\tests\test_it.py",
        "C:/Users/Jürgen/my suite/tests\\test_it.py",
    ],
)
def test_the_suite_folder_is_cut_off_however_windows_writes_it(
    text: str, places: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sep", "\\")
    places.move(r"C:\Users\Jürgen\my suite")
    assert places.text(f"importing '{text}'").replace("\\\\", "\\") == r"importing 'tests\test_it.py'"


def test_a_long_text_is_cut(places: Any) -> None:
    text = places.text("x" * 5000)
    assert len(text) == 2000
    assert text.endswith("…")


@pytest.mark.parametrize(
    ("filename", "short", "kind"),
    [
        ("/opt/env/lib/python3.12/site-packages/valkey/client.py", "valkey/client.py", "library"),
        (r"C:\env\Lib\site-packages\valkey\client.py", "valkey/client.py", "library"),
        ("/usr/lib/python3/dist-packages/pytest_asyncio/plugin.py", "pytest_asyncio/plugin.py", "library"),
        (asyncio.base_events.__file__, "asyncio/base_events.py", "stdlib"),
        (json.__file__, "json/__init__.py", "stdlib"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>", "stdlib"),
        ("/somewhere/else/editable/package/module.py", "package/module.py", "library"),
    ],
)
def test_paths_are_shortened_and_distinguished(filename: str, short: str, kind: str, places: Any) -> None:
    assert places.shorten(filename) == short
    assert places.kind(filename) == kind


def test_files_of_the_suite_are_relative_to_it(places: Any, tmp_path: Path) -> None:
    filename = str(tmp_path / "tests" / "conftest.py")
    assert places.shorten(filename) == "tests/conftest.py"
    assert places.kind(filename) == "suite"


def test_a_virtual_environment_inside_the_suite_is_not_the_suite(places: Any, tmp_path: Path) -> None:
    assert places.kind(str(tmp_path / ".venv" / "lib" / "site-packages" / "valkey" / "client.py")) == "library"


def test_the_nearest_frame_is_the_suites_own_if_there_is_one(places: Any, tmp_path: Path) -> None:
    suite = tmp_path / "test_it.py"
    namespace: dict[str, Any] = {"sys": sys, "nearest": partial(places.nearest, collecting=False)}
    code = "def test():\n    return json.loads('[1]', object_hook=None, parse_int=lambda _: nearest(sys._getframe()))\n"
    exec(compile("import json\n" + code, str(suite), "exec"), namespace)  # noqa: S102 - a frame of a file that isn't there
    assert namespace["test"]() == [("test_it.py:3 in <lambda>", False)]


def test_module_level_code_of_the_suite_is_recognized(places: Any, tmp_path: Path) -> None:
    namespace: dict[str, Any] = {"sys": sys, "nearest": partial(places.nearest, collecting=True)}
    exec(compile("found = nearest(sys._getframe())", str(tmp_path / "conftest.py"), "exec"), namespace)  # noqa: S102
    assert namespace["found"] == ("conftest.py:1 in <module>", True)


EVENTS = asyncio.events.__file__
CLIENT = "/opt/env/lib/python3.9/site-packages/valkey/asyncio/client.py"
UVLOOP = "/opt/env/lib/python3.9/site-packages/uvloop/__init__.py"


def stack(*calls: tuple[str, str]) -> Any:
    """The innermost frame of functions that call each other, given by file and name, the outermost first."""
    namespace: dict[str, Any] = {"innermost": sys._getframe}
    inner = "innermost"
    for number, (file, name) in enumerate(reversed(calls)):
        exec(compile(f"def {name}():\n    return {inner}()\n", file, "exec"), namespace)  # noqa: S102 - made-up files
        inner = f"called_{number}"
        namespace[inner] = namespace[name]
    return namespace[inner]()


@pytest.mark.parametrize("factory", [EVENTS, UVLOOP])
def test_a_loop_that_is_made_for_the_asking_comes_from_whoever_asked(factory: str, places: Any, tmp_path: Path) -> None:
    app = str(tmp_path / "app.py")
    made = stack((app, "connect"), (CLIENT, "init"), (EVENTS, "get_event_loop"), (factory, "new_event_loop"))
    assert places.on_demand(made) == "valkey/asyncio/client.py:2 in init"
    made = stack((app, "connect"), (EVENTS, "get_event_loop"), (factory, "new_event_loop"))
    assert places.on_demand(made) == "app.py:2 in connect"


def test_a_loop_that_somebody_makes_is_not_made_for_the_asking(places: Any, tmp_path: Path) -> None:
    conftest = str(tmp_path / "conftest.py")
    assert places.on_demand(stack((conftest, "event_loop"), (EVENTS, "new_event_loop"))) == ""
    assert places.on_demand(stack((EVENTS, "get_event_loop"), (conftest, "new_event_loop"))) == ""
    assert places.on_demand(None) == ""


def test_what_runs_the_tests_is_the_outermost_place(places: Any, module: Module, tmp_path: Path) -> None:
    conftest = str(tmp_path / "conftest.py")
    runner = "/opt/env/lib/python3.9/site-packages/_pytest/runner.py"
    outside = ((conftest, "pytest_runtest_protocol"), (conftest, "__del__"), (runner, "runtestprotocol"))
    made = stack(*outside, (CLIENT, "init"), (EVENTS, "new_event_loop"))
    assert places.nearest(made, collecting=True) == ("valkey/asyncio/client.py:2 in init", False)
    assert places.on_demand(made) == ""
    assert not module("places").finalizing(made)
    assert places.nearest(stack(*outside), collecting=False) == ("_pytest/runner.py:2 in runtestprotocol", False)


def test_builtin_types_have_no_module(module: Module) -> None:
    name = module("places").type_name
    assert name(ValueError) == "ValueError"
    assert name(asyncio.CancelledError) == "asyncio.exceptions.CancelledError"


def test_closing_in_a_finalizer_is_recognized(module: Module) -> None:
    finalizing = module("places").finalizing
    found = []

    class Thing:
        def __del__(self) -> None:
            found.append(finalizing(sys._getframe()))

    Thing()
    assert found == [True]
    assert not finalizing(sys._getframe())
