"""The declared plan of a baseline: what stands in it, and how far it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.cli.fields import BARE, PLAN
from harness.cli.main import main
from harness.cli.options import BaselineOptions
from harness.digests import digest_catalogue, digest_probe, digest_texts, digest_verdicts
from harness.environments.model import AddedPackages, Environment, EnvironmentRequest, Interpreter, Unresolvable
from harness.environments.provisioning import Provisioner
from harness.environments.releases import load_releases
from harness.errors import ExitCode, NoInterpreterError, NothingSelectedError, UsageError
from harness.pipeline.cells import make_target
from harness.regress.baseline_plan import Wanted, list_wanted, load_plan, narrow
from harness.regress.baseline_state import BaselineProgress, State, assess, estimate_seconds
from harness.store.condensing import write_condensed
from harness.suites.subject import CatalogueCell
from harness.verdicts.model import Status, Verdict
from harness.verdicts.signatures import load_signatures
from tests.unit.store.made_up_results import CLEAN, header, outcome, run_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.store.model import Run

RELEASES = load_releases()
CATALOGUE = load_catalogue()
HERE = (Interpreter(version="3.13.0", executable="/pythons/3.13"),)
CELLS = tuple(
    CATALOGUE.parse(name)
    for name in ("default/function/module_global/none", "loop_factories/function/async_fixture/aclose")
)
REQUEST = EnvironmentRequest(python="3.13", plugin="1.3.0")
INSTALLED = Environment(
    id="linux-x86_64/cpython-3.13/pytest-asyncio-1.3.0/valkey-6.2.0",
    digest="a" * 64,
    platform="linux-x86_64",
    python="3.13.0",
    implementation="cpython",
    plugin="1.3.0",
    pytest="9.0.1",
    client="valkey",
    client_version="6.2.0",
    freeze=("pytest-asyncio==1.3.0", "pytest==9.0.1", "valkey==6.2.0"),
    as_of="2026-05-26",
)


class Resolved(Provisioner):
    """Gives the answers of a resolver that was asked before."""

    def describe(
        self, request: EnvironmentRequest, asked: Iterable[tuple[str, ...]] = ()
    ) -> Environment | Unresolvable:
        if request.python == "3.14":
            raise NoInterpreterError("No Python 3.14 was found on this machine.", remedy="Install it.")
        if request.python == "3.8":
            return Unresolvable(request=request, id="unresolvable", reason="no version of pytest fits")
        added = [AddedPackages(packages=one, freeze=("uvloop==0.23.0",)) for one in sorted({*asked} - {()})]
        return msgspec.structs.replace(INSTALLED, additions=tuple(added))


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def measured(where: Environment = INSTALLED) -> Run:
    """A run of today in which everything was measured."""
    outcomes = []
    for cell in CELLS:
        subject, target = CatalogueCell(cell, CATALOGUE), make_target(where)
        reason = subject.not_applicable(target)
        verdict = CLEAN if reason is None else Verdict(status=Status.NOT_APPLICABLE, reason=reason)
        suite = digest_texts(subject.files(target)) if reason is None else ""
        one = outcome(cell.id, verdict, where=where, evidence="f" * 64 if suite else "", cpu=2.0 if suite else None)
        outcomes.append(msgspec.structs.replace(one, suite=suite))
    first = msgspec.structs.replace(
        header(where),
        probe=digest_probe(),
        verdicts=digest_verdicts(load_signatures()),
        catalogue=digest_catalogue(),
    )
    run = run_of({}, where)
    assert run.footer is not None
    footer = msgspec.structs.replace(run.footer, outcomes=len(outcomes))
    return msgspec.structs.replace(run, header=first, outcomes=tuple(outcomes), footer=footer)


def look(folder: Path, *wanted: Wanted) -> list[BaselineProgress]:
    provisioner = Resolved(interpreters=HERE, releases=RELEASES, root=folder / "cache")
    asked = wanted or (Wanted(part="one", request=REQUEST, cells=frozenset(CELLS)),)
    return assess(asked, CATALOGUE, provisioner, into=folder / "baseline", results=folder / "results")


def state(folder: Path) -> tuple[State, str]:
    (one,) = look(folder)
    return one.state, one.reason


def names(wanted: Iterable[Wanted]) -> list[str]:
    return [f"{one.request.python} {one.request.plugin} {one.request.client_version or ''}".strip() for one in wanted]


def test_the_committed_baseline_is_planned_on_every_python_and_client_that_people_use() -> None:
    wanted = list_wanted(load_plan(Path(BARE[PLAN])), CATALOGUE, HERE, RELEASES)
    plugins: dict[str, set[str]] = {}
    clients: dict[str, set[str | None]] = {}
    for one in wanted:
        plugins.setdefault(one.request.python, set()).add(one.request.plugin)
        clients.setdefault(one.request.client, set()).add(one.request.client_version)
    assert sorted(plugins, key=lambda minor: int(minor[2:])) == [f"3.{minor}" for minor in range(8, 16)]
    assert all(len(found) >= 3 for found in plugins.values())
    assert max(map(len, plugins.values())) >= 18
    assert len({one.request.pins for one in wanted if any(pin.startswith("anyio==") for pin in one.request.pins)}) >= 3
    assert {"6.0.2", "6.1.1", "6.2.0"} <= clients["valkey"]
    assert {"5.0.1", "5.2.1", "6.4.0", "7.4.1", "8.0.0", "8.1.0"} <= clients["redis"]


def test_what_a_python_can_not_have_is_left_out(tmp_path: Path) -> None:
    plan = load_plan(
        written(
            tmp_path,
            """
            [old]
            meaning = "releases of which one can't be had there"
            profile = "smoke"
            pythons = ["3.8", "newest"]
            plugins = ["0.24.0", "1.5.0", "newest"]
            """,
        )
    )
    newest = RELEASES.newest("pytest-asyncio", python="3.13")
    assert newest is not None
    expected = ["3.8 0.24.0", "3.13 0.24.0", "3.13 1.5.0", f"3.13 {newest.version}"]
    assert names(list_wanted(plan, CATALOGUE, HERE, RELEASES)) == list(dict.fromkeys(expected))


def test_each_further_package_is_an_environment_of_its_own_and_cells_may_be_selected(tmp_path: Path) -> None:
    plan = load_plan(
        written(
            tmp_path,
            """
            [anyio]
            meaning = "two releases of it"
            profile = "smoke"
            select = "creation_site = app_lifespan"
            pythons = ["3.13"]
            plugins = ["1.5.0"]
            with = ["anyio==4.9.0", "anyio==4.5.2"]
            """,
        )
    )
    wanted = list_wanted(plan, CATALOGUE, HERE, RELEASES)
    assert [one.request.pins for one in wanted] == [("anyio==4.9.0",), ("anyio==4.5.2",)]
    assert {cell.id.split("/")[2] for one in wanted for cell in one.cells} == {"app_lifespan"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("[a", "is no plan of a baseline"),
        ("[a]\nmeaning = 'x'", "missing required field `pythons`"),
        ("[a]\nmeaning = 'x'\npythons = ['3.13']\nplugin = ['1.5.0']", "unknown field `plugin`"),
        ("[a]\nmeaning = 'x'\npythons = ['3.13']\nplugins = ['1.5.99']", "1.5.99"),
        ("[a]\nmeaning = 'x'\npythons = ['3.13']\nprofile = 'small'", "Unknown profile 'small'"),
        ("[a]\nmeaning = 'x'\npythons = ['3.13']\nclient = 'valky'", "Unknown client 'valky'"),
        ("[a]\nmeaning = 'x'\npythons = ['3.13']\nselect = 'loop_policy = debug and loop_policy = default'", "No cell"),
        ("[a]\nmeaning = 'x'\npythons = ['3.13']\nwith = ['pytest==8.0.0']", "has an option of its own"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        list_wanted(load_plan(written(tmp_path, text)), CATALOGUE, HERE, RELEASES)
    assert message in str(error.value)


def test_versions_that_are_named_narrow_the_plan() -> None:
    requests = (
        REQUEST,
        EnvironmentRequest(python="3.12", plugin="1.3.0"),
        EnvironmentRequest(python="3.13", plugin="1.3.0", client="redis", client_version="8.0.0"),
        EnvironmentRequest(python="3.13", plugin="1.3.0", client_version="6.1.1", pytest="8.4.2"),
        EnvironmentRequest(python="3.13", plugin="1.3.0", client_version="6.1.1", pins=("anyio==4.9.0",)),
    )
    plan = [Wanted(part="one", request=request, cells=frozenset(CELLS)) for request in requests]

    def left(**named: tuple[str, ...] | str) -> list[int]:
        options = BaselineOptions(**named)  # type: ignore[arg-type]
        return [requests.index(one.request) for one in narrow(plan, options, HERE, RELEASES)]

    assert left() == [0, 1, 2, 3, 4]
    assert left(python_versions=("3.12",)) == [1]
    assert left(python_versions=("newest",)) == [0, 2, 3, 4]
    assert left(client="redis") == left(redis_versions=("8.0.0",)) == [2]
    assert left(valkey_versions=("6.1.1",)) == [3, 4]
    assert left(valkey_versions=("newest",)) == [0, 1]
    assert left(pytest_versions=("8.4.2",)) == [3]
    assert left(pins=("anyio==4.9.0",)) == [4]
    with pytest.raises(NothingSelectedError):
        left(pytest_asyncio_versions=("0.26.0",))


def test_what_has_no_file_is_missing_and_what_was_measured_today_is_current(tmp_path: Path) -> None:
    assert state(tmp_path) == (State.MISSING, "")
    write_condensed(tmp_path / "baseline", measured())
    assert state(tmp_path) == (State.CURRENT, "")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"environment": msgspec.structs.replace(INSTALLED, digest="b" * 64)}, "other packages or another Python"),
        ({"probe": "b" * 64}, "another probe or launcher"),
        ({"verdicts": "b" * 64}, "other signatures"),
    ],
)
def test_what_was_measured_otherwise_is_stale(tmp_path: Path, changed: dict[str, object], reason: str) -> None:
    run = measured()
    run = msgspec.structs.replace(run, header=msgspec.structs.replace(run.header, **changed))
    write_condensed(tmp_path / "baseline", run)
    assert state(tmp_path) == (State.STALE, reason)


def test_a_catalogue_that_changed_makes_stale_only_what_is_written_in_another_way(tmp_path: Path) -> None:
    run = measured()
    run = msgspec.structs.replace(run, header=msgspec.structs.replace(run.header, catalogue="b" * 64))
    write_condensed(tmp_path / "baseline", run)
    assert state(tmp_path) == (State.CURRENT, "")
    first, *others = run.outcomes
    changed = (msgspec.structs.replace(first, suite="b" * 64), *others)
    write_condensed(tmp_path / "baseline", msgspec.structs.replace(run, outcomes=changed))
    assert state(tmp_path) == (State.STALE, "1 cell written in another way")


def test_other_cells_and_a_file_that_does_not_end_are_stale(tmp_path: Path) -> None:
    run = measured()
    assert run.footer is not None
    fewer = msgspec.structs.replace(
        run, outcomes=run.outcomes[:1], footer=msgspec.structs.replace(run.footer, outcomes=1)
    )
    write_condensed(tmp_path / "baseline", fewer)
    assert state(tmp_path) == (State.STALE, "1 cell missing")
    write_condensed(tmp_path / "baseline", msgspec.structs.replace(run, footer=None))
    assert state(tmp_path) == (State.STALE, "its file is damaged")


def test_a_python_that_is_elsewhere_is_left_with_what_its_file_says(tmp_path: Path) -> None:
    wanted = Wanted(part="one", request=EnvironmentRequest(python="3.14", plugin="1.3.0"), cells=frozenset(CELLS))
    (there,) = look(tmp_path, wanted)
    assert (there.state, there.reason, there.left) == (State.NOT_HERE, "no file", 0)
    where = msgspec.structs.replace(INSTALLED, id=there.environment, python="3.14.10")
    write_condensed(tmp_path / "baseline", measured(where))
    (there,) = look(tmp_path, wanted)
    assert (there.state, there.reason) == (State.NOT_HERE, "its file is current")


def test_a_combination_that_can_not_be_resolved_has_the_resolvers_reason(tmp_path: Path) -> None:
    wanted = Wanted(part="one", request=EnvironmentRequest(python="3.8", plugin="1.3.0"), cells=frozenset(CELLS))
    (there,) = look(tmp_path, wanted)
    assert (there.state, there.reason, there.is_due) == (State.UNRESOLVABLE, "no version of pytest fits", False)


def test_an_environment_of_several_parts_is_measured_once_with_the_cells_of_all(tmp_path: Path) -> None:
    newest = msgspec.structs.replace(REQUEST, client_version="6.2.0")
    (one,) = look(
        tmp_path,
        Wanted(part="releases", request=REQUEST, cells=frozenset(CELLS[:1])),
        Wanted(part="clients", request=newest, cells=frozenset(CELLS[1:])),
    )
    assert (one.parts, one.cells) == (("releases", "clients"), frozenset(CELLS))


def test_what_an_interrupted_run_measured_is_left_out_of_the_time(tmp_path: Path) -> None:
    run = msgspec.structs.replace(measured(), footer=None)
    lines = [run.header, *run.outcomes]
    (tmp_path / "results").mkdir()
    path = tmp_path / "results" / f"{run.header.run}.{INSTALLED.id.replace('/', '_')}.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    (one,) = look(tmp_path)
    assert (one.state, one.measured, one.left, one.cell_seconds) == (State.MISSING, 1, 1, 3.0)
    other = msgspec.structs.replace(one, environment="other", measured=0, cell_seconds=None)
    assert estimate_seconds([one, other], jobs=2) == {one.environment: 1.5, "other": 3.0}
    assert estimate_seconds([other], jobs=2) == {}


@pytest.mark.parametrize("flag", ["--only releases", "--dry-run", "--python 3.12", "--jobs 1", "--recheck 5"])
def test_what_is_for_a_plan_is_refused_without_one(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", *flag.split()]) == ExitCode.USAGE
    assert f"{flag.split(maxsplit=1)[0]} is for what a plan measures" in capsys.readouterr().err


def test_an_unknown_part_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "--plan", "--only", "release", "--dry-run", "--into", str(tmp_path)]) == ExitCode.USAGE
    assert "Did you mean 'releases'" in capsys.readouterr().err
