"""What workers offer as resources, and what tasks take of that."""

from __future__ import annotations

import msgspec

from harness.dask.offers import (
    PROGRAM,
    Offer,
    choose_interpreter,
    find_systems,
    list_needs,
    make_resources,
    name_version,
    read_offer,
)
from harness.environments.identity import platform_tag
from harness.environments.model import Interpreter

OLD = Interpreter(version="3.13.1", executable="/a/python")
NEW = Interpreter(version="3.13.2", executable="/b/python")
BETA = Interpreter(version="3.15.0b1", executable="/c/python")
FREE = Interpreter(version="3.13.2", executable="/d/python", implementation="cpython-freethreaded")


def offer(*interpreters: Interpreter) -> Offer:
    return read_offer(make_resources(interpreters) | {"GPU": 2.0})


def test_a_worker_offers_this_version_its_system_and_its_pythons() -> None:
    found = offer(OLD, FREE)
    assert (found.program, found.system) == (name_version(), platform_tag())
    assert {(one.implementation, one.version) for one in found.interpreters} == {
        ("cpython", "3.13.1"),
        ("cpython-freethreaded", "3.13.2"),
    }


def test_a_task_goes_only_where_all_that_it_needs_is_offered() -> None:
    here = offer(OLD, FREE)
    assert list_needs(platform_tag(), OLD) <= here.names
    assert not list_needs(platform_tag(), NEW) <= here.names
    assert not list_needs("solaris-sparc", OLD) <= here.names
    other = {name if not name.startswith(PROGRAM) else f"{PROGRAM}0.1.0+00000000" for name in here.names}
    assert not list_needs(platform_tag(), OLD) <= other


def test_a_worker_that_does_not_run_this_program_offers_nothing() -> None:
    assert read_offer({"GPU": 2.0}) == Offer(program="", system="", interpreters=(), names=frozenset({"GPU"}))


def test_an_environment_is_on_one_full_version_everywhere_the_one_that_most_workers_have() -> None:
    chosen = choose_interpreter("3.13", [offer(OLD), offer(OLD, FREE), offer(NEW)])
    assert chosen is not None
    assert chosen.version == OLD.version
    newest = choose_interpreter("3.13", [offer(OLD), offer(NEW)])
    assert newest is not None
    assert newest.version == NEW.version


def test_each_system_is_planned_with_the_pythons_of_its_own_workers() -> None:
    windows = msgspec.structs.replace(offer(NEW), system="win32-x86_64")
    linux = msgspec.structs.replace(offer(OLD), system="linux-x86_64")
    both = msgspec.structs.replace(offer(OLD, BETA), system="linux-x86_64")
    systems = find_systems([windows, linux, both], ("3.15", "3.13", "newest", "3.9"))
    assert [(one.tag, [each.version for each in one.interpreters], one.python_versions) for one in systems] == [
        ("linux-x86_64", ["3.13.1", "3.15.0b1"], ("3.15", "3.13", "newest")),
        ("win32-x86_64", ["3.13.2"], ("3.13", "newest")),
    ]


def test_a_python_is_found_as_it_is_named() -> None:
    offers = [offer(OLD, BETA), offer(FREE)]
    found = {name: choose_interpreter(name, offers) for name in ("3.13.1", "3.13t", "3.15", "3.12", "3.13.2")}
    assert {name: one and one.version for name, one in found.items()} == {
        "3.13.1": "3.13.1",
        "3.13t": "3.13.2",
        "3.15": "3.15.0b1",
        "3.12": None,
        "3.13.2": None,
    }
