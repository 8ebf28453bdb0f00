"""What is read as a baseline, and what of it is run."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.cli.main import main
from harness.cli.options import RegressOptions
from harness.compare.sides import read_versions
from harness.environments.identity import platform_tag
from harness.environments.model import Environment, EnvironmentRequest, Interpreter, Unresolvable
from harness.environments.provisioning import Provisioner
from harness.environments.releases import load_releases
from harness.errors import ExitCode, NoInterpreterError, NothingSelectedError, UsageError
from harness.invocation import command_line
from harness.regress.baseline import read_baseline
from harness.regress.planning import Regress, plan_regress
from harness.regress.versions import RequestedVersions
from harness.store.model import RESULTS_SCHEMA
from tests.unit.regress.made_up_regress import CELL, LOOP, OTHER, baseline_of
from tests.unit.store.made_up_results import CLEAN, environment, run_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.store.model import Run


class Describes(Provisioner):
    """Has a 3.9.18, a 3.12.1 and a 3.13.0, and makes of every request an environment of its id."""

    def __init__(self) -> None:
        self.interpreters = tuple(Interpreter(version=one, executable=one) for one in ("3.9.18", "3.12.1", "3.13.0"))
        self.releases = load_releases()

    def describe(
        self,
        request: EnvironmentRequest,
        asked: Iterable[tuple[str, ...]] = (),  # noqa: ARG002 - the real one's
    ) -> Environment | Unresolvable:
        return environment(request.plugin, f"{request.python}.0")


def here(plugin: str = "0.26.0", python: str = "3.13.0", more: str = "") -> Environment:
    made = environment(plugin, python)
    freeze = (*made.freeze, "anyio==4.9.0") if more else made.freeze
    return msgspec.structs.replace(made, platform=platform_tag(), id=made.id + more, freeze=freeze)


def planned(*runs: Run, asked: RequestedVersions = RequestedVersions(), **options: object) -> Regress:  # noqa: B008 - frozen
    request = msgspec.convert(options, RegressOptions)
    return plan_regress(request, baseline_of(*runs), asked, load_catalogue(), Describes())


def cells(plan: Regress) -> set[str]:
    return {cell.id for request in plan.plan.requests for cell in plan.plan.cells_in(request)}


HELD = run_of(dict.fromkeys((CELL, OTHER, LOOP), CLEAN), here())


def test_all_that_the_baseline_holds_is_run_unless_it_is_narrowed() -> None:
    assert cells(planned(HELD)) == {CELL, OTHER, LOOP}
    assert cells(planned(HELD, select=["fixture_scope=session"])) == {OTHER}
    assert cells(planned(HELD, cells=[CELL])) == {CELL}
    assert cells(planned(HELD, profile="smoke")) == {CELL, OTHER, LOOP}
    assert len(cells(planned(HELD, sample=2))) == 2


def test_each_environment_gets_the_cells_that_the_baseline_holds_for_it() -> None:
    older = run_of({CELL: CLEAN}, here("0.25.1"))
    plan = planned(HELD, older)
    shares = {request.plugin: len(plan.plan.cells_in(request)) for request in plan.plan.requests}
    assert shares == {"0.26.0": 3, "0.25.1": 1}


def test_cells_that_the_catalogue_no_longer_has_are_counted_and_not_run() -> None:
    plan = planned(run_of({CELL: CLEAN, "default/function/module_global/burn": CLEAN}, here()))
    assert plan.gone == ("default/function/module_global/burn",)
    assert cells(plan) == {CELL}


def test_a_cell_that_the_baseline_does_not_hold_is_an_error() -> None:
    with pytest.raises(UsageError, match="does not hold default/class/module_global/none") as caught:
        planned(HELD, cells=["default/class/module_global/none"])
    assert "Did you mean" in caught.value.remedy
    with pytest.raises(NothingSelectedError):
        planned(HELD, select=["loop_policy=uvloop"])


def test_a_suite_that_the_baseline_does_not_hold_is_an_error_that_says_how_one_is_made(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_a(): pass")
    with pytest.raises(UsageError, match=r"does not hold suite:") as caught:
        planned(HELD, suites=[str(tmp_path)])
    assert "--into baseline" in caught.value.remedy


def test_suites_of_which_no_folder_is_named_are_reported(tmp_path: Path) -> None:
    runs = run_of({CELL: CLEAN, "suite:mine": CLEAN}, here())
    assert "1 suite of one's own not run; --suite names their folders." in planned(runs).notes
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
    assert cells(planned(runs, suites=[str(folder)])) == {"suite:mine"}


def test_further_packages_are_installed_only_when_the_user_names_them_too() -> None:
    runs = run_of({CELL: CLEAN}, here(more="/anyio-4.9.0"))
    with pytest.raises(NothingSelectedError) as caught:
        planned(runs)
    assert "--with anyio==4.9.0" in caught.value.remedy
    [request] = planned(runs, asked=RequestedVersions(pins=(("anyio", "4.9.0"),))).plan.requests
    assert request.pins == ("anyio==4.9.0",)


def test_pythons_that_are_not_here_are_reported_and_an_error_only_when_none_is_left() -> None:
    old = run_of({CELL: CLEAN}, here("0.24.0", "3.8.18"))
    assert any("No Python 3.8" in note for note in planned(HELD, old).notes)
    with pytest.raises(NoInterpreterError):
        planned(old)


def test_pythons_that_an_upgrade_does_not_support_are_left_out_and_reported() -> None:
    old = run_of({CELL: CLEAN}, here("0.26.0", "3.9.18"))
    plan = planned(HELD, old, asked=RequestedVersions(pytest_asyncio_versions=("1.5.0",)))
    assert [(request.python, request.plugin) for request in plan.plan.requests] == [("3.13", "1.5.0")]
    assert "pytest-asyncio 1.5.0 doesn't support Python 3.9: nothing was run there." in plan.notes


def test_results_of_another_platform_are_used_where_there_are_none_of_this_one_and_that_is_reported() -> None:
    elsewhere = msgspec.structs.replace(here(), platform="plan9-mips")
    plan = planned(run_of({CELL: CLEAN}, elsewhere))
    assert any("measured on plan9-mips" in note for note in plan.notes)


def written(path: Path, *runs: Run, schema: int = RESULTS_SCHEMA) -> Path:
    lines = []
    for run in runs:
        lines += [msgspec.structs.replace(run.header, schema=schema), *run.outcomes, run.footer]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def test_a_baseline_of_another_schema_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", HELD, schema=RESULTS_SCHEMA + 1)
    with pytest.raises(UsageError, match=r"another version of this program: .*schema version"):
        read_baseline(path)


def test_a_place_without_results_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no baseline at"):
        read_baseline(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="There is no outcome") as caught:
        read_baseline(tmp_path)
    assert "--baseline" in caught.value.remedy


def damaged(path: Path, whole: bytes) -> None:
    path.write_bytes(whole)
    with pytest.raises(UsageError, match="The baseline is damaged: ") as caught:
        read_baseline(path.parent)
    assert str(path) in caught.value.problem
    assert "Restore the file, or make the baseline again" in caught.value.remedy


def test_a_baseline_with_a_broken_line_without_an_end_or_with_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", HELD)
    whole = path.read_bytes()
    assert len(read_baseline(tmp_path).measured.all_cells()) == 3
    lines = whole.splitlines(keepends=True)
    damaged(path, whole + b"{nonsense\n")
    damaged(path, b"".join(lines[:2]))
    damaged(path, b"".join([*lines[:1], *lines[2:]]))
    path.write_bytes(whole)
    damaged(tmp_path / "b.jsonl", b"")


def test_a_packed_baseline_that_was_cut_is_refused_and_not_compared_in_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = written(tmp_path / "a.jsonl", HELD).read_bytes().splitlines(keepends=True)
    packer = zlib.compressobj(wbits=31)
    begun = packer.compress(b"".join(lines[:2])) + packer.flush(zlib.Z_SYNC_FLUSH)
    path = tmp_path / "baseline" / "a.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(begun)
    code = main(["regress", "--baseline", str(path.parent), "--results", str(tmp_path)])
    assert code == ExitCode.USAGE
    output = capsys.readouterr().err
    assert f"The baseline is damaged: {path}: can't be read: Compressed file ended" in output
    assert "make the baseline again" in output


def test_a_baseline_of_which_nothing_can_be_read_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b""))
    for place in (path, tmp_path):
        with pytest.raises(UsageError, match=r"There is no outcome .*a\.jsonl\.gz: is empty"):
            read_baseline(place)
    path.write_bytes(gzip.compress(b"{nonsense\n"))
    with pytest.raises(UsageError, match=r"There is no outcome .*a\.jsonl\.gz:1: .*malformed"):
        read_baseline(tmp_path)


def test_against_leaves_only_environments_of_these_versions() -> None:
    baseline = baseline_of(HELD, run_of({CELL: CLEAN}, here("1.0.0")), run_of({CELL: CLEAN}, here("1.0.0", "3.12.1")))
    upgrade = RequestedVersions(pytest_asyncio_versions=("1.0.0",))

    def held(against: str) -> list[tuple[str, str]]:
        narrowed = baseline.only(read_versions(against))
        plan = plan_regress(RegressOptions(), narrowed, upgrade, load_catalogue(), Describes())
        return [(one.before.plugin, one.before.python_minor) for one in plan.again]

    assert held("0.26.0") == [("0.26.0", "3.13")]
    assert held("pytest-asyncio=1.0.0,python=3.12") == [("1.0.0", "3.12")]
    assert str(baseline.only(read_versions("0.26.0"))).endswith("baseline (pytest-asyncio 0.26.0)")


@pytest.mark.parametrize(
    ("against", "output"),
    [
        ("0.26.1", "Unknown version of pytest-asyncio among these results: '0.26.1'."),
        ("pytest-asynco=0.26.0", "Unknown package among these results: 'pytest-asynco'."),
        ("soon", "'soon' in 'soon' is not of the form package=version."),
    ],
)
def test_against_what_the_baseline_does_not_hold_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], against: str, output: str
) -> None:
    path = written(tmp_path / "a.jsonl", HELD)
    arguments = ["regress", "--baseline", str(path), "--results", str(tmp_path), "--against", against]
    assert main(arguments) == ExitCode.USAGE
    text = capsys.readouterr().err
    assert output in text
    assert "folder" not in text
    assert "Known: ." not in text


def test_suites_of_public_reports_are_not_reported_as_gone_from_the_catalogue() -> None:
    plan = planned(run_of({CELL: CLEAN, "reported/pa-744/before": CLEAN}, here()))
    assert plan.gone == ()
    assert f"1 suite of public reports not run; `{command_line('reported')}` runs them." in plan.notes
    assert cells(plan) == {CELL}


def test_two_formats_are_refused_in_the_same_words_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["regress"], ["compare", "0.26.0", "1.0.0"], ["reported"]):
        assert main([*arguments, "--json", "--format", "markdown"]) == ExitCode.USAGE
        assert "--json doesn't go with --format markdown." in capsys.readouterr().err


def test_a_run_is_never_written_into_its_own_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "regress"
    folder.mkdir()
    written(folder / "a.jsonl", HELD)
    code = main(["regress", "--baseline", str(folder), "--results", str(tmp_path)])
    assert code == ExitCode.USAGE
    assert "written to its own baseline" in capsys.readouterr().err


def test_versions_of_redis_need_the_client_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regress", "--redis", "7.0.0"]) == ExitCode.USAGE
    assert "Add --client redis." in capsys.readouterr().err
