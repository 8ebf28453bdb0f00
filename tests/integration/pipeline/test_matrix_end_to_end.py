"""A small matrix from the command line to its files and tables, and what can be done with the files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest

from harness.catalogue.loading import load_catalogue
from harness.catalogue.rendering import write_suite
from harness.cli.options import ReclassifyOptions
from harness.commands.reclassify import run as reclassify
from harness.environments.model import Built, EnvironmentRequest
from harness.environments.provisioning import Provisioner
from harness.errors import ExitCode
from harness.pipeline.cells import make_target
from harness.servers.opening import open_server
from harness.store.reading import read_results
from harness.store.schema import SCHEMA_FILE
from harness.verdicts.model import Status, Verdict
from tests.systems import HIDDEN_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.store.model import Outcome
    from tests.integration.pipeline.conftest import Harness

pytestmark = pytest.mark.integration

FAILS, CLEAN, IMPOSSIBLE = (
    "default/function/module_global/none",
    "default/function/async_fixture/flush_around",
    "default/session/inside_test/none",
)
CELLS = [argument for cell in (FAILS, CLEAN, IMPOSSIBLE) for argument in ("--cell", cell)]
PLUGINS = ("0.23.8", "1.0.0")


class Finished:
    """A run that has ended: what it printed and what it wrote."""

    def __init__(self, harness: Harness, done: subprocess.CompletedProcess[str]) -> None:
        self.folder = harness.results
        self.done = done

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for run in read_results(self.folder).runs for outcome in run.outcomes]


@pytest.fixture(scope="module")
def options(python: str) -> list[str]:
    return [*CELLS, "--python", python, "--pytest-asyncio", ",".join(PLUGINS)]


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory, new_harness: Callable[[Path], Harness], options: list[str]
) -> Finished:
    harness = new_harness(tmp_path_factory.mktemp("first"))
    done = harness.run(*options)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert list(harness.temporary.iterdir()) == []
    return Finished(harness, done)


def essence(outcomes: Iterable[Outcome]) -> dict[tuple[str, str, int], tuple[object, ...]]:
    """What must be the same each time: samples of messages hold port numbers."""
    return {
        (outcome.environment, outcome.cell, outcome.sample): (
            outcome.verdict.status,
            outcome.verdict.pattern,
            {(finding.signature, finding.channel, finding.role) for finding in outcome.verdict.findings},
        )
        for outcome in outcomes
    }


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_every_cell_has_its_verdict_in_every_environment(finished: Finished) -> None:
    statuses = {(outcome.environment.split("/")[2], outcome.cell): outcome.verdict for outcome in finished.outcomes}
    assert len(statuses) == len(finished.outcomes) == 6
    for plugin in PLUGINS:
        environment = f"pytest-asyncio-{plugin}"
        assert statuses[environment, FAILS].status is Status.REPRODUCES
        assert {"loop-closed", HIDDEN_ROOT} <= {each.signature for each in statuses[environment, FAILS].findings}
        assert statuses[environment, CLEAN] == Verdict(
            status=Status.CLEAN, pattern=statuses[environment, CLEAN].pattern
        )
        assert statuses[environment, IMPOSSIBLE].status is Status.NOT_APPLICABLE


def test_one_screen_is_printed_and_all_tables_stand_beside_the_results(finished: Finished) -> None:
    for part in ("What ran", "Errors by release", HIDDEN_ROOT, "a module-level client", "advice: Open the client"):
        assert part in finished.done.stdout
    assert "Needs a look" not in finished.done.stdout
    assert "Traceback" not in finished.done.stderr
    assert finished.done.stderr.splitlines()[-1].startswith("6 cells in ")
    (text,) = finished.folder.glob("*.tables.txt")
    (page,) = finished.folder.glob("*.tables.md")
    assert FAILS in text.read_text("utf-8")
    assert FAILS in page.read_text("utf-8")


def test_each_file_is_a_header_outcomes_a_recheck_and_a_footer_that_fit_the_schema(finished: Finished) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))
    files = sorted(finished.folder.glob("*.jsonl"))
    assert len(files) == len(PLUGINS)
    for file in files:
        written = lines(file)
        kinds = [line["kind"] for line in written]
        assert [kind for kind in kinds if kind != "recheck"] == ["header", *["outcome"] * 3, "footer"]
        assert kinds.count("recheck") == (1 if written[0]["launcher"] == "fork" else 0)
        assert written[-1]["outcomes"] == 3
        for line in written:
            validator.validate(line)


def test_a_second_run_says_the_same_as_one_json_document(
    harness: Harness, options: list[str], finished: Finished
) -> None:
    done = harness.run(*options, "--json", "--jobs", "8")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert isinstance(json.loads(done.stdout), dict)
    assert essence(harness.outcomes()) == essence(finished.outcomes)


def test_two_runs_at_once_share_a_folder_and_each_repeat_is_counted(harness: Harness, python: str) -> None:
    options = ("--cell", CLEAN, "--python", python, "--pytest-asyncio", "1.0.0", "--repeat", "2")
    for process in [harness.start(*options), harness.start(*options)]:
        _, output = process.communicate(timeout=100)
        assert process.returncode == ExitCode.DONE, output
        assert output.splitlines()[-1].startswith("2 cells in ")
    results = read_results(harness.results)
    assert [run.interrupted for run in results.runs] == [False, False]
    assert [sorted(outcome.sample for outcome in run.outcomes) for run in results.runs] == [[0, 1], [0, 1]]
    assert {outcome.verdict.status for run in results.runs for outcome in run.outcomes} == {Status.CLEAN}


def test_what_can_not_be_resolved_is_an_outcome_and_the_rest_is_run(harness: Harness, python: str) -> None:
    done = harness.run("--cell", CLEAN, "--python", python, "--pytest-asyncio", "1.0.0", "--pytest", "6.2.5,8.3.5")
    assert done.returncode == ExitCode.DONE, done.stderr
    verdicts = {outcome.environment.rsplit("/", 1)[1]: outcome.verdict for outcome in harness.outcomes()}
    assert verdicts["pytest-8.3.5"].status is Status.CLEAN
    assert verdicts["pytest-6.2.5"].status is Status.UNRESOLVABLE
    assert "pytest" in verdicts["pytest-6.2.5"].reason
    assert [run.interrupted for run in read_results(harness.results).runs] == [False, False]


@pytest.fixture
def copy(finished: Finished, tmp_path: Path) -> Path:
    """The results of the run, to be spoilt."""
    return Path(shutil.copytree(finished.folder, tmp_path / "copy"))


def test_verdicts_derived_again_are_the_ones_the_run_wrote(
    copy: Path, capsys: pytest.CaptureFixture[str], finished: Finished
) -> None:
    first, second = sorted(copy.glob("*.jsonl"))
    original = first.read_bytes()
    spoilt = [
        msgspec.json.encode({**line, "verdict": {"status": "clean"}})
        if (line["kind"], line.get("cell")) == ("outcome", FAILS)
        else json.dumps(line)
        for line in lines(first)
    ]
    first.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in spoilt))
    assert reclassify(ReclassifyOptions(results=copy)) == ExitCode.DONE
    assert "4 verdicts derived again: 1 differ, 3 stay." in capsys.readouterr().out
    header, *rest = [json.loads(line) for line in original.splitlines()]
    unknown = {**header, "verdicts": ""}  # what altered a line isn't known any more
    rewritten = lines(first)
    assert (rewritten[0], rewritten[-1]) == (unknown, rest[-1])
    # A run's re-checks are written as they end; rewritten, they stand behind the outcomes.
    assert sorted(map(json.dumps, rewritten[1:])) == sorted(map(json.dumps, rest))
    assert second.read_bytes() == (finished.folder / second.name).read_bytes()


def test_a_broken_line_is_named_and_everything_else_is_still_read(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _ = sorted(copy.glob("*.jsonl"))
    text = first.read_text("utf-8").splitlines(keepends=True)
    first.write_text(text[0] + "{broken\n" + "".join(text[1:]), encoding="utf-8")
    (copy / "binary.jsonl").write_bytes(bytes(range(256)) * 9)
    (copy / "torn.jsonl").write_text(text[0] + text[1][:40], encoding="utf-8")
    before = first.read_bytes()
    assert reclassify(ReclassifyOptions(results=copy)) == ExitCode.DONE
    output = capsys.readouterr().out
    assert "4 verdicts derived again: 0 differ, 4 stay." in output
    for place in (f"{first}:2: ", f"{copy / 'binary.jsonl'}:1: ", f"{copy / 'torn.jsonl'}:2: torn"):
        assert f"Not read: {place}" in output
    assert first.read_bytes() == before


def test_evidence_that_was_damaged_is_named_and_its_verdict_kept(
    copy: Path, capsys: pytest.CaptureFixture[str], finished: Finished
) -> None:
    damaged = next(outcome.evidence for outcome in finished.outcomes if outcome.cell == FAILS)
    path = copy / "evidence" / damaged[:2] / f"{damaged}.json.gz"
    path.write_bytes(b"no longer gzip")
    assert reclassify(ReclassifyOptions(results=copy)) == ExitCode.DONE
    assert f"Kept as it was: Evidence {path} can't be unpacked" in capsys.readouterr().out
    assert [run.outcomes for run in read_results(copy).runs] == [
        run.outcomes for run in read_results(finished.folder).runs
    ]


@pytest.mark.parametrize(("cell", "passes"), [(CLEAN, True), (FAILS, False)])
def test_a_suite_runs_by_hand_with_nothing_but_the_server_s_url(
    python: str, tmp_path: Path, cell: str, passes: bool
) -> None:
    catalogue = load_catalogue()
    built = Provisioner().provide(EnvironmentRequest(python=python, plugin="1.0.0"))
    assert isinstance(built, Built)
    suite = tmp_path / "suite"
    write_suite(catalogue.suite(catalogue.parse(cell), make_target(built.environment)), suite)
    with open_server(None, databases=1) as server, server.lease() as database:
        done = subprocess.run(
            [built.python, "-m", "pytest"],
            cwd=suite,
            env={"VALKEY_URL": database.url, "PATH": os.defpath, "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    assert (done.returncode == 0) is passes, done.stdout
    assert ("Event loop is closed" in done.stdout) is not passes
