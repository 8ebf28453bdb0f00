"""What `advice` prints, and the data of it."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.cli.main import main
from harness.knowledge.advice_model import ClaimEffects, Effect, PairKind
from harness.knowledge.advice_tables import list_columns, list_systems, make_advice_tables, make_claim_tables
from harness.knowledge.claims import Claim, HabitChange, VersionChange
from harness.knowledge.outcomes import Outcomes
from harness.output.table import as_text
from harness.store.files import SUFFIX
from harness.store.model import Results
from tests.unit.store.made_up_results import CLEAN, DIFFERENT, environment, run_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.verdicts.model import Verdict

STYLES = ("none", "aclose", "close", "async_with", "flush_around", "pool_disconnect")
WIDE = [f"default/session/{site}/{style}" for site in ("async_fixture", "sync_fixture") for style in STYLES]


def write_results(folder: Path, *plugins: str) -> Path:
    """On each release, wide fixtures fail and narrow ones are clean."""
    for plugin in plugins:
        verdicts: dict[str, Verdict] = dict.fromkeys(WIDE, DIFFERENT)
        verdicts |= {cell.replace("session", "function"): CLEAN for cell in WIDE}
        run = run_of(verdicts, environment(plugin))
        lines = [run.header, *run.outcomes, *([run.footer] if run.footer else [])]
        text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        (folder / f"{plugin}{SUFFIX}").write_bytes(text)
    return folder


NOTHING_MEASURED = Outcomes(Results(runs=(run_of({}),), broken=()))


def make_effects(name: str, verdicts: dict[str, PairKind], *, step: bool = False) -> ClaimEffects:
    change = () if step else (HabitChange(axis="fixture_scope", after="function"),)
    other = VersionChange(package="pytest-asyncio", newest=True) if step else None
    effects = tuple(
        Effect(
            release=release, system="linux-x86_64", keys=(environment().digest,) * 2, environment="e", counts={kind: 10}
        )
        for release, kind in verdicts.items()
    )
    claim = Claim(name=name, advice="Do it.", given=("https://example.org",), changes=change, step=other)
    return ClaimEffects(claim=claim, effects=effects)


def test_neighbouring_releases_are_one_column_where_no_advice_does_something_else() -> None:
    found = [
        make_effects("one", {"0.21.2": PairKind.CURED, "0.26.0": PairKind.CURED, "1.5.0": PairKind.HARMED}),
        make_effects("two", {"0.21.2": PairKind.CURED, "0.26.0": PairKind.CURED}, step=True),
    ]
    assert list_columns(found, "linux-x86_64") == [["0.21.2", "0.26.0"], ["1.5.0"]]
    assert list_columns(found, "linux-x86_64", every=True) == [["0.21.2"], ["0.26.0"], ["1.5.0"]]
    rows = {row[0]: row[1:] for row in make_advice_tables(found, "linux-x86_64", NOTHING_MEASURED)[0].rows}
    assert rows == {"one": ("harms\n-100%", "holds\n+100%"), "two": ("–", "holds\n+100%")}


def test_the_table_of_the_committed_baseline_fits_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["advice", "--results", "none-of-ones-own"]) == 0
    printed = capsys.readouterr().out
    assert "selector-policy" in printed
    table = printed[: printed.index("holds: ")]
    assert max(map(len, table.splitlines())) <= 80


def test_each_system_has_a_table_of_its_own() -> None:
    linux = make_effects("one", {"1.5.0": PairKind.CURED})
    windows = tuple(msgspec.structs.replace(effect, system="win32-x86_64") for effect in linux.effects)
    harming = tuple(msgspec.structs.replace(effect, counts={PairKind.HARMED: 10}) for effect in windows)
    found = [msgspec.structs.replace(linux, effects=(*linux.effects, *harming))]
    assert list_systems(found) == ("linux-x86_64", "win32-x86_64")
    assert make_advice_tables(found, "linux-x86_64", NOTHING_MEASURED)[0].rows == (("one", "holds\n+100%"),)
    assert make_advice_tables(found, "win32-x86_64", NOTHING_MEASURED)[0].rows == (("one", "harms\n-100%"),)


def test_where_too_little_was_measured_the_command_that_measures_more_is_named() -> None:
    few = make_effects("one", {"1.5.0": PairKind.CURED})
    few = msgspec.structs.replace(
        few, effects=tuple(msgspec.structs.replace(effect, counts={PairKind.CURED: 1}) for effect in few.effects)
    )
    outcomes = Outcomes(Results(runs=(run_of({WIDE[0]: DIFFERENT}),), broken=()))
    effect = msgspec.structs.replace(few.effects[0], keys=(environment().digest,) * 2)
    table = make_claim_tables(msgspec.structs.replace(few, effects=(effect,)), outcomes)[0]
    assert "matrix --profile full --select" in table.commands[-1]
    assert "loop_policy=default and fixture_scope=class,function,module,package,session" in table.commands[-1]


def test_what_becomes_of_no_pair_has_no_column() -> None:
    one = make_effects("one", {"0.26.0": PairKind.CURED, "1.5.0": PairKind.CHANGED})
    keys = (environment().digest,) * 2
    effects = tuple(msgspec.structs.replace(effect, keys=keys) for effect in one.effects)
    outcomes = Outcomes(Results(runs=(run_of({WIDE[0]: DIFFERENT}),), broken=()))
    table = make_claim_tables(msgspec.structs.replace(one, effects=effects), outcomes)[0]
    assert table.headers == ("release", "verdict", "cures", "harms", "get another\nerror")
    assert [row[-1] for row in table.rows if len(row) > 1] == ["·", "10"]


def test_one_piece_of_advice_is_shown_with_its_counts_its_places_and_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_results(tmp_path, "1.5.0")
    assert main(["advice", "function-scope", "--results", str(folder), "--baseline", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "holds" in printed
    assert "12 of 12" in printed
    assert "Given in https://github.com/pytest-dev/pytest-asyncio/issues/38" in printed
    assert '-@pytest_asyncio.fixture(scope="session")' in printed
    assert "+@pytest_asyncio.fixture\n" in printed


def test_json_has_the_counts_of_each_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write_results(tmp_path, "1.5.0", "0.26.0"))
    assert main(["advice", "function-scope", "--json", "--results", folder, "--baseline", folder]) == 0
    (claim,) = json.loads(capsys.readouterr().out)["advice"]
    assert [(one["release"], one["verdict"], one["cured"], one["with_error"]) for one in claim["effects"]] == [
        ("0.26.0", "holds", 12, 12),
        ("1.5.0", "holds", 12, 12),
    ]
    assert claim["effects"][0]["counts"]["harmed"] == 0


def test_only_the_releases_that_are_named_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write_results(tmp_path, "1.5.0", "0.26.0"))
    words = ["advice", "--json", "--results", folder, "--baseline", folder, "--pytest-asyncio"]
    assert main([*words, "0.26.0"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {effect["release"] for claim in data["advice"] for effect in claim["effects"]} == {"0.26.0"}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["no-such-advice"], "Unknown piece of advice 'no-such-advice'"),
        (["--pytest-asyncio", "9.9.9"], "9.9.9"),
        (["--pytest-asyncio", "0.23.0"], "No advice was measured on pytest-asyncio 0.23.0"),
    ],
)
def test_what_there_is_not_is_refused_in_one_line(
    words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["advice", *words]) == 2
    assert problem in capsys.readouterr().err


def test_results_that_say_nothing_of_advice_are_named_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_of({"a suite of one's own": DIFFERENT})
    lines = b"".join(msgspec.json.encode(line) + b"\n" for line in (run.header, *run.outcomes))
    (tmp_path / f"own{SUFFIX}").write_bytes(lines)
    assert main(["advice", "--results", str(tmp_path), "--baseline", str(tmp_path)]) == 2
    assert "Nothing was measured that says what advice does." in capsys.readouterr().err


def test_a_table_without_any_effect_still_reads() -> None:
    claim = Claim(name="none", advice="Do it.", given=("https://example.org",), inexpressible="nothing can")
    table, rest = make_advice_tables([ClaimEffects(claim=claim, effects=())], "linux-x86_64", NOTHING_MEASURED)
    assert table.rows == ()
    assert rest.rows == (("none", "can't be expressed: nothing can"),)
    assert as_text(table, 80)


def test_what_cures_most_on_the_newest_release_stands_first_and_what_harms_most_last() -> None:
    found = [
        make_effects("harms", {"0.26.0": PairKind.CURED, "1.5.0": PairKind.HARMED}),
        make_effects("nothing", {"1.5.0": PairKind.UNCURED}),
        make_effects("cures", {"0.26.0": PairKind.HARMED, "1.5.0": PairKind.CURED}),
    ]
    table, *rest = make_advice_tables(found, "linux-x86_64", NOTHING_MEASURED)
    assert [row[0] for row in table.rows] == ["cures", "nothing", "harms"]
    assert rest == []


@pytest.fixture(scope="module")
def printed() -> str:
    """The table of the committed baseline."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main(["advice", "--results", "none-of-ones-own"]) == 0
    return " ".join(out.getvalue().split())


def test_below_advice_stands_where_it_cures_and_where_it_harms(printed: str) -> None:
    """The verdict in one word misleads: whoever gives the fixture function scope isn't harmed."""
    _, _, text = printed.partition("Make the client in an async fixture")
    assert "Cures only where the client's fixture has function scope" in text[:600]
    assert "Harms only where the client's fixture is wider than one test" in text[:600]


def test_what_cannot_be_measured_is_a_list_at_the_end(printed: str) -> None:
    table, _, rest = printed.partition("What the results don't tell")
    assert "nest-asyncio" not in table
    assert "nest-asyncio can't be expressed: no value of the catalogue patches asyncio" in rest
    assert "auto-mode too few cells" in rest
    assert rest.count("matrix --profile full --select") == 2


def test_rules_of_one_axis_are_one_condition(printed: str) -> None:
    """Before the newest sites are in the baseline it is a list of those that are, then of those that aren't."""
    assert re.search(
        r"Cures (always, unless|only where) the client is made (?:(?! the client )[^:])+: \d+ of \d+", printed
    )
