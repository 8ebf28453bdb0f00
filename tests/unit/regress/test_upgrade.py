"""From lists of releases to the plan that measures what is new, and to what a person reads of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from packaging.version import Version

from harness.catalogue.loading import load_catalogue
from harness.cli.fields import BARE, PLAN
from harness.environments.model import Interpreter
from harness.environments.refresh import encode
from harness.environments.releases import DATA, Release, ReleaseData, Releases
from harness.regress.baseline_plan import list_wanted, load_plan
from harness.regress.baseline_state import State
from harness.regress.upgrade import main, read_releases
from harness.regress.upgrade_news import find_news, list_pythons, make_parts, make_title, write_parts
from harness.regress.upgrade_page import PlannedColumn, UpgradeComparer, find_predecessor, make_upgrade_page
from harness.store.condensing import write_condensed
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, environment, run_of

if TYPE_CHECKING:
    from harness.environments.model import Environment
    from harness.regress.upgrade_news import NewRelease

COMMITTED = load_plan(Path(BARE[PLAN]))
KNOWN = read_releases(DATA)
LATER = datetime(2027, 1, 31, tzinfo=UTC)
CELLS = [f"{policy}/function/async_fixture/aclose" for policy in ("default", "debug", "uvloop", "loop_factories")]


def add(*new: str, to: ReleaseData = KNOWN) -> ReleaseData:
    """The data with these versions, `pytest 99.0rc1`; pre-releases are where a refresh has them."""
    packages, watched = dict(to.packages), dict(to.watched)
    for package, version in (one.split() for one in new):
        where = watched if package not in packages or Version(version).is_prerelease else packages
        where[package] = (*where.get(package, ()), Release(version=version, uploaded=LATER))
    return ReleaseData(LATER, packages, watched)


def names(found: tuple[NewRelease, ...]) -> list[str]:
    return [one.name for one in found]


def test_new_is_what_was_not_listed_pre_releases_and_pythons_among_it() -> None:
    now = add("pytest-asyncio 9.0.0", "pytest 99.0rc1", "anyio 9.1.0", "python 3.99.0a1")
    assert names(find_news(KNOWN, now)) == ["pytest-asyncio 9.0.0", "pytest 99.0rc1", "anyio 9.1.0", "Python 3.99.0a1"]
    assert find_news(now, now) == ()


def test_what_was_taken_back_and_a_package_that_was_not_listed_is_not_new() -> None:
    taken_back = Release(version="99.0", uploaded=LATER, yanked=True)
    now = msgspec.structs.replace(KNOWN, packages={**KNOWN.packages, "pytest": (taken_back,)})
    assert find_news(KNOWN, now) == ()
    assert find_news(msgspec.structs.replace(KNOWN, watched={}), KNOWN) == ()


def test_nothing_is_new_that_was_proposed_already_unless_more_is() -> None:
    proposed = add("pytest-asyncio 9.0.0")
    assert find_news(KNOWN, add(to=proposed), proposed) == ()
    more = add("valkey 99.0.0", to=proposed)
    assert names(find_news(KNOWN, more, proposed)) == ["pytest-asyncio 9.0.0", "valkey 99.0.0"]


def test_of_a_line_the_last_is_measured() -> None:
    news = find_news(KNOWN, add("redis 99.0.0", "redis 99.0.1", "redis 99.1.0rc1"))
    assert [(one.release.version, one.measured) for one in news] == [
        ("99.0.0", False),
        ("99.0.1", True),
        ("99.1.0rc1", True),
    ]


def test_each_release_is_one_environment_in_which_nothing_else_is_new(tmp_path: Path) -> None:
    packages = (
        "pytest-asyncio 9.0.0",
        "pytest 99.0rc1",
        "valkey 99.0",
        "redis 99.0",
        "anyio 9.1.0",
        "uvloop 9.0.0",
    )
    now = add(*packages, "python 3.99.0a1")
    news = find_news(KNOWN, now)
    path = tmp_path / "plan.toml"
    path.write_text(write_parts(make_parts(news, KNOWN, COMMITTED)), encoding="utf-8")
    here = [Interpreter(version="3.13.1", executable="python")]
    wanted = list_wanted(load_plan(path), load_catalogue(), here, Releases(now))
    assert [one.part for one in wanted] == names(news)

    known = Releases(KNOWN)
    plugin, valkey = (known.newest(package, python="3.13") for package in ("pytest-asyncio", "valkey"))
    assert plugin is not None
    assert valkey is not None
    requests = {one.part: one.request for one in wanted}
    assert {
        (one.python, one.plugin, one.client, one.client_version, one.pytest, one.pins) for one in requests.values()
    } == {
        ("3.13", "9.0.0", "valkey", valkey.version, None, ()),
        ("3.13", plugin.version, "valkey", valkey.version, "99.0rc1", ()),
        ("3.13", plugin.version, "valkey", "99.0", None, ()),
        ("3.13", plugin.version, "redis", "99.0", None, ()),
        ("3.13", plugin.version, "valkey", valkey.version, None, ("anyio==9.1.0",)),
        ("3.13", plugin.version, "valkey", valkey.version, None, ("uvloop==9.0.0",)),
        ("3.99", plugin.version, "valkey", valkey.version, None, ()),
    }
    cells = {one.part: len(one.cells) for one in wanted}
    assert cells["anyio 9.1.0"] < cells["uvloop 9.0.0"] < cells["pytest-asyncio 9.0.0"]
    assert list_pythons(news, COMMITTED) == ("3.13", "3.99.0a1")


@pytest.mark.parametrize(
    ("new", "title"),
    [
        ((), ""),
        (("pytest 99.0",), "Measure pytest 99.0"),
        (("pytest 99.0", "valkey 99.0"), "Measure pytest 99.0 and valkey 99.0"),
        (
            ("pytest 99.0", "valkey 99.0", "redis 99.0", "anyio 99.0", "uvloop 99.0"),
            "Measure pytest 99.0, valkey 99.0, redis 99.0 and 2 more",
        ),
    ],
)
def test_the_title_names_what_is_new(new: tuple[str, ...], title: str) -> None:
    assert make_title(find_news(KNOWN, add(*new))) == title


def column(folder: Path, one: Environment, *different: str) -> Environment:
    run = run_of({cell: DIFFERENT if cell in different else CLEAN for cell in CELLS}, one)
    write_condensed(folder, run)
    return one


def planned(one: Environment) -> PlannedColumn:
    return PlannedColumn(environment=one.id, parts=("x",), state=State.CURRENT)


def test_a_person_reads_one_line_for_each_comparison(tmp_path: Path) -> None:
    baseline, columns = tmp_path / "baseline", tmp_path / "columns"
    column(baseline, environment("1.4.1"), *CELLS)
    column(baseline, environment("1.5.0"))
    after = column(columns, environment("9.0.0"), CELLS[3])
    (new,) = find_news(KNOWN, add("pytest-asyncio 9.0.0"))
    comparer = UpgradeComparer(baseline, columns, lambda _: "")

    line = comparer.describe(new, planned(after))
    assert line == (
        "pytest-asyncio 1.5.0 → 9.0.0: 3 cells are the same, 1 changed, all with loop_policy=loop_factories."
    )
    page = make_upgrade_page([new], {new.name: line})
    assert page.startswith("- pytest-asyncio 1.5.0 → 9.0.0: 3 cells are the same, 1 changed, all with loop")
    assert "| pytest-asyncio | 9.0.0 | 2027-01-31 |" in page


def test_what_is_known_to_be_unstable_does_not_count(tmp_path: Path) -> None:
    column(tmp_path / "baseline", environment("1.5.0"))
    after = column(tmp_path / "columns", environment("9.0.0"), CELLS[3])
    (new,) = find_news(KNOWN, add("pytest-asyncio 9.0.0"))
    comparer = UpgradeComparer(tmp_path / "baseline", tmp_path / "columns", lambda _: "chance decides")
    assert comparer.describe(new, planned(after)).endswith(": 4 cells measured, and nothing changed.")


def test_what_could_not_be_measured_or_compared_is_written_with_the_reason(tmp_path: Path) -> None:
    column(tmp_path / "baseline", environment("1.5.0", "3.12.0"))
    after = column(tmp_path / "columns", environment("9.0.0"))
    (new,) = find_news(KNOWN, add("pytest-asyncio 9.0.0"))
    comparer = UpgradeComparer(tmp_path / "baseline", tmp_path / "columns", lambda _: "")
    refused = PlannedColumn(environment="e", parts=("x",), state=State.UNRESOLVABLE, reason="it needs pytest>=99")
    assert comparer.describe(new, refused) == ("pytest-asyncio 9.0.0 was not measured: it needs pytest>=99.")
    assert comparer.describe(new, planned(after)) == (
        "pytest-asyncio 9.0.0: 4 cells measured, and nothing to compare it with."
    )


def test_a_column_is_compared_with_the_nearest_before_it_that_is_otherwise_the_same() -> None:
    pinned = msgspec.structs.replace(environment("1.5.0", pytest="99.0"), id=f"{environment().id}/pytest-99.0")
    python = environment("1.5.0", "3.14.0")
    patch = environment("1.5.0", "3.13.9")
    others = [environment("0.26.0"), environment("1.4.1"), environment("1.5.0", "3.12.0"), environment("1.5.0"), pinned]
    found = find_predecessor(environment("9.0.0"), "pytest-asyncio", others)
    assert found == environment("1.5.0")
    assert find_predecessor(pinned, "pytest", others) == environment("1.5.0")
    assert find_predecessor(python, "python", others) == environment("1.5.0")
    assert find_predecessor(patch, "python", others) == environment("1.5.0")
    assert find_predecessor(environment("0.26.0"), "pytest-asyncio", others) is None


def test_the_steps_hand_on_the_title_and_the_pythons_and_then_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = KNOWN.packages["pytest-asyncio"]
    before = msgspec.structs.replace(KNOWN, packages={**KNOWN.packages, "pytest-asyncio": plugin[:-1]})
    (tmp_path / "before.json").write_bytes(encode(before))
    (tmp_path / "proposed.json").write_bytes(encode(KNOWN))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "outputs"))
    files = [str(tmp_path / "before.json"), str(tmp_path / "plan.toml")]
    assert main(["find", *files]) == 0
    assert main(["find", *files, str(tmp_path / "proposed.json")]) == 0
    name = f"pytest-asyncio {plugin[-1].version}"
    assert (tmp_path / "outputs").read_text(encoding="utf-8").splitlines() == [
        f"title=Measure {name}",
        "pythons=3.13",
        "title=",
        "pythons=3.13",
    ]
    (tmp_path / "measured.json").write_text('{"into": "x", "environments": []}', encoding="utf-8")
    given = (tmp_path / name for name in ("before.json", "measured.json", "columns", "page.md"))
    assert main(["describe", *map(str, given)]) == 0
    assert f"- {name} was not measured" in (tmp_path / "page.md").read_text(encoding="utf-8").replace("\\", "")
    assert "was not measured" in capsys.readouterr().out
