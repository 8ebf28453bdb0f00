"""Which environments are compared, and in what they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.compare.model import Drift
from harness.compare.pairing import find_drifts, find_requested_packages, pair_up
from harness.compare.sides import ResultsPlace, Versions, choose_environments, read_side
from harness.environments.model import AddedPackages
from harness.errors import UnknownNameError, UsageError
from tests.unit.store.made_up_results import environment

if TYPE_CHECKING:
    from pathlib import Path

    from harness.environments.model import Environment

OLD, NEW = environment("0.26.0", pytest="8.3.5"), environment("1.0.0", pytest="8.3.5")
PLUGIN = frozenset({"pytest-asyncio"})


def on(platform: str, where: Environment) -> Environment:
    return msgspec.structs.replace(where, platform=platform, digest=f"{where.digest} on {platform}")


def test_environments_that_differ_in_what_was_asked_for_alone_are_an_exact_pair() -> None:
    [pair] = pair_up([OLD], [NEW], PLUGIN)
    assert pair.exact
    assert pair.asked == (Drift(package="pytest-asyncio", before="0.26.0", after="1.0.0"),)


def test_what_differs_besides_is_named_from_the_frozen_packages() -> None:
    drifted = environment("1.0.0", pytest="8.4.1")
    [pair] = pair_up([OLD], [drifted], PLUGIN)
    assert not pair.exact
    assert pair.drift == (Drift(package="pytest", before="8.3.5", after="8.4.1"),)
    assert str(pair.drift[0]) == "pytest 8.3.5 → 8.4.1"


def test_packages_that_come_and_go_are_drift() -> None:
    more = msgspec.structs.replace(NEW, freeze=(*NEW.freeze, "typing_extensions==4.16.0"))
    assert str(find_drifts(NEW, more)[0]) == "typing-extensions 4.16.0 added"
    assert str(find_drifts(more, NEW)[0]) == "typing-extensions 4.16.0 gone"


def test_each_environment_gets_the_counterpart_that_differs_least() -> None:
    befores = [environment("0.26.0", python) for python in ("3.12.1", "3.13.0")]
    afters = [environment("1.0.0", python) for python in ("3.13.0", "3.11.7", "3.12.1")]
    pairs = pair_up(befores, afters, PLUGIN)
    assert [(one.before and one.before.python, one.after and one.after.python) for one in pairs] == [
        ("3.12.1", "3.12.1"),
        ("3.13.0", "3.13.0"),
        (None, "3.11.7"),
    ]


def test_the_same_environment_is_the_counterpart_whatever_single_cells_had_besides() -> None:
    added = AddedPackages(packages=("uvloop", "anyio"), freeze=("anyio==4.12.1", "sniffio==1.3.1", "uvloop==0.22.1"))
    before = msgspec.structs.replace(NEW, additions=(added,))
    nearer = msgspec.structs.replace(NEW, freeze=(*NEW.freeze, *added.freeze), digest="another")
    [pair, rest] = pair_up([before], [nearer, NEW], frozenset())
    assert pair.after == NEW
    assert pair.drift == ()
    assert rest.after == nearer


def test_packages_of_single_cells_are_drift_where_both_sides_had_such_cells() -> None:
    one, other = (
        msgspec.structs.replace(NEW, additions=(AddedPackages(packages=("anyio",), freeze=(f"anyio=={version}",)),))
        for version in ("4.4.0", "4.12.1")
    )
    assert [str(drift) for drift in find_drifts(one, other)] == ["anyio 4.4.0 → 4.12.1"]


def test_another_platform_is_never_a_counterpart_and_another_python_only_if_asked_for() -> None:
    assert pair_up([on("win32-amd64", OLD)], [NEW], PLUGIN)[0].after is None
    older = environment("1.0.0", "3.12.1", pytest="8.3.5")
    assert pair_up([older], [NEW], PLUGIN)[0].after is None
    [pair] = pair_up([older], [NEW], frozenset({"python"}))
    assert pair.exact


def test_sides_are_versions_packages_or_places(tmp_path: Path) -> None:
    assert read_side("0.26.0") == Versions((("pytest-asyncio", "0.26.0"),))
    assert read_side("Pytest_Asyncio==1.5.0,python=3.12") == Versions((("pytest-asyncio", "1.5.0"), ("python", "3.12")))
    assert read_side(str(tmp_path)) == ResultsPlace(tmp_path)


@pytest.mark.parametrize("text", ["no/such/folder", "pytest-asyncio=", "=1.0", "a=b=c", ""])
def test_anything_else_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(UsageError, match=r"pytest-asyncio=1\.5\.0"):
        read_side(text)


def test_only_what_the_sides_name_differently_was_asked_for() -> None:
    one, other = read_side("pytest-asyncio=0.26.0,python=3.13"), read_side("pytest-asyncio=1.0.0,python=3.13")
    assert find_requested_packages(one, other) == PLUGIN


def test_a_version_without_results_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"'1\.0\.0'"):
        choose_environments(Versions((("pytest-asyncio", "1.0.1"),)), [OLD, NEW])


def test_versions_that_never_meet_are_an_error_too() -> None:
    both = Versions((("pytest", "8.3.5"), ("pytest-asyncio", "1.5.0")))
    with pytest.raises(UsageError, match="never together"):
        choose_environments(both, [OLD, environment("1.5.0", pytest="9.2.0")])
