"""`explain` as a user runs it, on the committed baseline."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import load_catalogue
from harness.cli.main import main
from harness.environments.releases import load_releases
from harness.explain.explaining import Explainer
from harness.explain.explanation import Answer
from harness.explain.output import AnswerWriter
from harness.knowledge.outcomes import Outcomes
from harness.knowledge.readers import match_environments, read_versions
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explain.explanation import ExplainedCell, ExplainedError
    from harness.verdicts.signatures import Signature

BASELINE = Path(__file__).parents[3] / "results" / "baseline"

OUTPUT = """\
============================= test session starts ==============================
platform linux -- Python 3.13.0, pytest-9.2.0, pluggy-1.7.0
plugins: asyncio-1.5.0
collected 3 items

tests/test_a.py .FF                                                      [100%]

=================================== FAILURES ===================================
____________________________________ test_b ____________________________________
E   RuntimeError: Task <Task pending name='Task-4'> got Future <Future pending> attached to a different loop

During handling of the above exception, another exception occurred:
E   RuntimeError: Event loop is closed
____________________________________ test_c ____________________________________
E   ZeroDivisionError: division by zero
=========================== short test summary info ============================
FAILED tests/test_a.py::test_b - RuntimeError: Event loop is closed
FAILED tests/test_a.py::test_c - ZeroDivisionError: division by zero
========================= 2 failed, 1 passed in 0.12s ==========================
"""


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    return Outcomes.read(Path("nowhere"), BASELINE)


@pytest.fixture(autouse=True)
def read_once(outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Outcomes, "read", lambda *_, **__: outcomes)


@pytest.fixture(scope="module")
def explainer(outcomes: Outcomes) -> Explainer:
    versions = read_versions(outcomes, load_releases())
    return Explainer(outcomes, load_catalogue(), versions, match_environments(outcomes, versions))


def explain(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    assert main(["explain", *words, "--baseline", str(BASELINE), "--results", os.devnull + "-none"]) == code
    captured = capsys.readouterr()
    return captured.out, captured.err


def as_data(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    out, err = explain(capsys, *words, "--json", code=code)
    assert err == ""
    return json.loads(out)


def write(
    explainer: Explainer, *, width: int, errors: Sequence[ExplainedError] = (), cell: ExplainedCell | None = None
) -> str:
    it = Answer(
        subject="cell" if cell else "signature", source="", place=explainer.place, errors=tuple(errors), cell=cell
    )
    return AnswerWriter(width, every=True).write(it)


@pytest.mark.parametrize("signature", load_signatures(), ids=lambda one: one.name)
def test_every_signature_is_explained_in_lines_that_fit(explainer: Explainer, signature: Signature) -> None:
    found = explainer.explain_error(signature.name)
    for width in (40, 80, 100):
        text = write(explainer, width=width, errors=[found])
        assert signature.title in " ".join(text.split())
        too_long = [line for line in text.splitlines() if len(line) > width and not line.startswith(("      ", "Ref"))]
        assert too_long == []


def test_every_well_known_habit_is_explained(explainer: Explainer) -> None:
    for habit in load_highlights():
        found = explainer.explain_cell(load_catalogue().parse(habit.cell))
        assert found.history
        assert found.outcome
        assert found.outcome in " ".join(write(explainer, width=80, cell=found).split())


def test_counts_are_of_one_environment_and_of_cells_that_can_be_expressed_there(explainer: Explainer) -> None:
    found = explainer.explain_error("loop-closed", "different-loop")
    alone = explainer.explain_error("different-loop")
    assert 0 < found.cells < alone.cells < alone.measured
    assert found.environment == alone.environment == explainer.place.environment
    for rule in alone.rules:
        assert 0 < rule.support <= rule.meeting <= alone.measured


def test_a_cure_changes_the_cell_as_it_says_and_was_measured(explainer: Explainer) -> None:
    catalogue = load_catalogue()
    shown = explainer.explain_error("loop-closed", "different-loop").cures
    assert shown
    for one in shown:
        values = catalogue.values(catalogue.parse(one.cell))
        changed = {change.axis: change.after for change in one.cure.changes if change.axis in values}
        assert catalogue.cell({**values, **changed}).id == one.cure.cell
        assert one.cure.run
        assert one.cure.releases
        assert one.diff.startswith("--- ")
        assert one.effect is not None
        assert 0 < one.effect.gone <= one.effect.of


def test_what_newer_releases_do_not_show_is_explained_on_the_newest_that_does(explainer: Explainer) -> None:
    found = explainer.explain_error("multiple-loops-requested")
    assert "pytest-asyncio-0.26.0" in found.environment
    assert "No combination that was measured shows it on pytest-asyncio 1.5.0" in found.elsewhere
    assert found.cells


def test_an_output_is_explained_with_its_own_versions(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "output.txt"
    path.write_text(OUTPUT)
    data = as_data(capsys, str(path))
    (error,) = data["errors"]
    assert (error["surface"], error["root"]) == ("loop-closed", "different-loop")
    assert error["tests"] == ["tests/test_a.py::test_b"]
    assert [one["message"] for one in data["unknown"]] == ["ZeroDivisionError: division by zero"]
    versions = {one["name"]: (one["version"], one["origin"]) for one in data["place"]["versions"]}
    assert versions["pytest-asyncio"] == ("1.5.0", "read in the text")
    assert versions["valkey"] == ("6.2.0", "assumed: the newest measured")
    assert data["place"]["command"] == ""


def test_text_names_surface_and_root_first(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = explain(capsys, "loop-closed←different-loop")
    first, _, line = out.splitlines()[:3]
    assert first == "loop-closed ← different-loop"
    assert line.startswith("`Event loop is closed` is what you see; underneath is different-loop")
    assert "harness cure --suite ." in out


def test_versions_that_were_not_measured_are_said_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = explain(capsys, "different-loop", "--pytest-asyncio", "0.23.5")
    text = " ".join(out.split())
    assert "pytest-asyncio 0.23.5 (named by an option)" in text
    assert re.findall(r"not on your 0\.23\.5[^;]*; all else is as yours\.", text) != []
    assert "No combination" not in text  # as on 0.23.3 with its pytest, where not even the simplest suite passes
    assert text.count("matrix --pytest-asyncio 0.23.5") == 1


def test_an_unknown_text_gets_an_honest_answer(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = explain(capsys, "ZeroDivisionError: division by zero", code=1)
    assert "No signature names" in out
    data = as_data(capsys, "ZeroDivisionError: division by zero", code=1)
    assert data["errors"] == []


def test_a_passing_output_has_nothing_to_explain(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = b"======= test session starts =======\ncollected 1 item\n\na.py .\n\n===== 1 passed in 0.01s =====\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(passed)))
    out, _ = explain(capsys)
    assert "no error" in out.lower()


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", bytes(range(256)) * 20])
def test_what_is_no_text_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "program"
    path.write_bytes(data)
    _, err = explain(capsys, str(path), code=2)
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_the_data_has_the_same_keys_for_every_subject(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        as_data(capsys, what)
        for what in ("loop-closed", "default/session/async_fixture/aclose", "Event loop is closed")
    ]
    assert [one["subject"] for one in found] == ["signature", "cell", "text"]
    assert len({tuple(one) for one in found}) == 1


@pytest.mark.parametrize("words", [("-",), ("-", "--pytest-asyncio", "1.5.0")])
def test_a_hyphen_stands_for_what_is_piped_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"RuntimeError: Event loop is closed")))
    out, _ = explain(capsys, *words)
    assert out.startswith("loop-closed\n")


def test_only_what_can_be_written_is_named_as_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    _, err = explain(capsys, "--zzzzzz", code=2)
    assert "--what" in err
    assert "--pins" not in err


def test_sentences_end_with_one_full_stop(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text(OUTPUT)
    for what in ("loop-closed", "Event loop is closed", str(path), "scope-mismatch"):
        out, _ = explain(capsys, what)
        assert ".. " not in out.replace("\n", " ")


def test_of_a_broken_report_it_is_not_claimed_that_it_has_no_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "report.xml"
    path.write_text('<testsuites><testsuite><testcase classname="a" name="b"><failure message="x">')
    out, _ = explain(capsys, str(path))
    assert "There is no error" not in out
    assert "what was read" in " ".join(out.split())


def test_of_cures_by_one_habit_the_plainest_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for plugin in ("0.24.0", "1.1.0", "1.5.0"):
        for error in as_data(capsys, "loop-closed", "--pytest-asyncio", plugin)["errors"]:
            after = {one["after"] for each in error["cures"] for one in each["cure"]["changes"]}
            assert "class_attribute" not in after, plugin


@pytest.mark.parametrize(("client", "alike"), [("redis", True), ("valkey-glide", False)])
def test_of_another_client_only_the_history_of_a_like_one_is_shown_and_the_next_commands_name_it(
    capsys: pytest.CaptureFixture[str], client: str, *, alike: bool
) -> None:
    answer = as_data(capsys, "default/function/module_global/none", "--client", client)
    assert bool(answer["cell"]["history"]) is alike
    assert [f"--client {client}" in command for command, _ in answer["commands"]] == [True, True, True]


UNSET = 'PytestDeprecationWarning: The configuration option "asyncio_default_fixture_loop_scope" is unset.'


def print_output(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, *words: str, code: int = 0) -> str:
    path = tmp_path / "out.txt"
    path.write_text(text)
    return explain(capsys, str(path), *words, code=code)[0]


def test_an_output_is_read_from_what_one_sees_to_what_one_does_to_what_was_measured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    out = print_output(capsys, tmp_path, f"plugin.py:306: {UNSET}\n{OUTPUT}")
    parts = [
        "is what you see",
        "What to do:",
        "diagnose tests ",
        "cure --suite tests ",
        "What they have in common:",
        "Nearest cures that were measured",
        "Without a name",
        "Leaks and warnings beside it",
        "loop-scope-unset:",
    ]
    places = [out.index(part) for part in parts]
    assert places == sorted(places)
    error = out.partition("Without a name")[0].splitlines()
    assert len(error) <= 55
    assert "event_loop_policy" not in out


def test_a_cure_is_put_in_words_and_its_run_is_named_with_all_alone(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = explain(capsys, "loop-closed←different-loop")
    text = " ".join(out.split())
    assert "of 1: an async fixture makes the client and pings the server" in text
    assert "→" not in out.partition("Nearest cures")[2]
    assert '-@pytest.fixture(scope="session")' in out
    assert re.findall(r"\d{8}T\d{6}Z-", out) == []
    whole, _ = explain(capsys, "loop-closed←different-loop", "--all")
    assert re.findall(r"\d{8}T\d{6}Z-", whole) != []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379.", "localhost:6379"),
        ("ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 6380)", "127.0.0.1:6380"),
        ("OSError: Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0)", "::1:5432"),
        (
            "ConnectionRefusedError: [WinError 10061] No connection could be made, the machine refused it",
            "its address",
        ),
    ],
)
def test_where_no_server_is_listening_that_comes_first_and_who_brings_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, address: str
) -> None:
    failed = f"E   {text}\nFAILED tests/test_a.py::test_c - {text}"
    output = OUTPUT.replace("E   RuntimeError: Task", "E   ValueError: Task").replace("Event loop is closed", "gone")
    output = output.replace("E   ZeroDivisionError: division by zero", failed.partition("\n")[0])
    output = f"plugin.py:306: {UNSET}\n{output}"
    out = print_output(capsys, tmp_path, output, code=0)
    assert out.startswith("No server is listening\n")
    assert f"Nobody answers at {address}," in " ".join(out.split())
    assert "diagnose --run" in out
    assert out.index("No server is listening") < out.index("loop-scope-unset")


def test_another_connection_error_is_no_missing_server(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = explain(capsys, "ConnectionError: Connection closed by server.", code=1)
    assert "No server is listening" not in out


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("fixture event_loop not found", "event-loop-fixture-missing"),
        ("coroutine Redis.aclose was never awaited", "never-awaited"),
        ("RuntimeError: Event loop is closed", "loop-closed"),
    ],
)
def test_a_text_is_recognised_as_a_shell_leaves_it(capsys: pytest.CaptureFixture[str], text: str, name: str) -> None:
    out, _ = explain(capsys, *text.split())
    assert out.startswith(f"{name}\n")


@pytest.mark.parametrize("text", ["fixture client not found", "my fixture event_loop not found here", "loop argument"])
def test_a_text_that_only_resembles_one_without_quotes_has_no_name(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    out, _ = explain(capsys, text, code=1)
    assert "Without a name" in out


def test_of_a_cell_that_no_version_can_express_the_reason_is_given_and_nothing_to_go_on_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, _ = explain(capsys, "default/class/async_fixture/async_with@runner=unittest")
    assert "Nobody can write it down, whatever the versions: unittest awaits nothing" in " ".join(out.split())
    assert "Go on with" not in out
    assert "--measure" not in out
