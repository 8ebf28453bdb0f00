"""The file of expected differences: what an entry excuses, when it ends, and what is wrong with a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import find_values, load_catalogue
from harness.compare.model import CellChange, ChangeKind
from harness.errors import ExitCode, UsageError
from harness.regress.expected import Expectations, ExpectedDifference
from harness.regress.expected_file import Cells, read_expected, require_packages
from harness.regress.judging import EVERY_CELL
from harness.verdicts.model import Status
from tests.unit.regress.made_up_regress import CELL, LOOP, NEW, OLD, TODAY

if TYPE_CHECKING:
    from pathlib import Path

MISSING = CellChange(cell=LOOP, category=ChangeKind.APPEARED, labels=("clean", "event-loop-fixture-missing"))
REST = 'reason = "as it should be"\nuntil = 2026-12-31\n'


def entries(tmp_path: Path, *texts: str) -> tuple[ExpectedDifference, ...]:
    path = tmp_path / "expected.toml"
    path.write_text("".join(f"[[difference]]\n{text}\n" for text in texts), encoding="utf-8")
    return read_expected(path, Cells(load_catalogue(), [CELL, "suite:mine", "suite:other"]))


def excuses(tmp_path: Path, text: str, change: CellChange = MISSING) -> bool:
    expectations = Expectations(entries(tmp_path, text), values=find_values, today=TODAY)
    return expectations.excuse(NEW, change) is not None


@pytest.mark.parametrize(
    ("narrowed", "excused"),
    [
        ('select = "creation_site=event_loop_fixture"', True),
        ('select = "creation_site=module_global"', False),
        (f'cells = ["{LOOP}"]', True),
        (f'cells = ["{CELL}"]', False),
        ('versions = { "pytest_asyncio" = ">=1.0" }', True),
        ('versions = { "pytest-asyncio" = ">1.0" }', False),
        ('versions = { pytest-asyncio = "1.0.0", python = "3.13" }', True),
        ('versions = { python = "<3.13" }', False),
        ('versions = { python = ">=3.13" }', True),
        ('versions = { anyio = ">=1" }', False),
        ('versions = { python = "3.13" }\nafter = "event-loop-fixture-missing"', True),
        ('versions = { python = "3.13" }\nbefore = "warns deprecation"', False),
    ],
)
def test_an_entry_excuses_what_it_names_and_nothing_else(tmp_path: Path, narrowed: str, *, excused: bool) -> None:
    assert excuses(tmp_path, f"{narrowed}\n{REST}") is excused


def test_a_cell_that_can_not_be_expressed_is_expected_whatever_the_reason(tmp_path: Path) -> None:
    change = CellChange(cell=CELL, category=ChangeKind.INEXPRESSIBLE, labels=("clean", "n/a: it was removed"))
    assert excuses(tmp_path, f'cells = ["{CELL}"]\nafter = "n/a"\n{REST}', change)
    assert excuses(tmp_path, f'cells = ["{CELL}"]\nafter = "n/a: it was removed"\n{REST}', change)
    assert not excuses(tmp_path, f'cells = ["{CELL}"]\nafter = "n/a: else"\n{REST}', change)


def test_a_selection_says_nothing_of_what_is_no_cell_of_the_catalogue(tmp_path: Path) -> None:
    suite = CellChange(cell="suite:mine", category=ChangeKind.APPEARED, labels=("clean", "hang"))
    assert not excuses(tmp_path, f'select = "fixture_scope!=class"\n{REST}', suite)
    assert excuses(tmp_path, f'cells = ["suite:mine"]\n{REST}', suite)


@pytest.mark.parametrize(
    ("until", "excused"),
    [
        ("2026-11-22", True),
        ("2026-11-21", False),
        ("pytest-asyncio >= 1.1", True),
        ("pytest-asyncio >= 1.0", False),
        ("python>=3.13", False),
        ("Pytest_Asyncio==1.0.0", False),
    ],
)
def test_an_entry_past_its_end_excuses_nothing(tmp_path: Path, until: str, *, excused: bool) -> None:
    assert excuses(tmp_path, f'cells = ["{LOOP}"]\nreason = "r"\nuntil = "{until}"') is excused


def test_entries_that_were_met_that_expired_and_that_matched_nothing_are_distinguished(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        f'cells = ["{LOOP}"]\nreason = "late"\nuntil = 2026-01-01',
        f'cells = ["{LOOP}"]\n{REST}',
        f'cells = ["{CELL}"]\n{REST}',
        f'cells = ["{CELL}"]\nreason = "late and unmatched"\nuntil = "python >= 3.13"',
    )
    expectations = Expectations(found, values=find_values, today=TODAY)
    excused = expectations.excuse(NEW, MISSING)
    assert excused is not None
    assert excused.number == 2
    late, met, unused, past = expectations.standings([OLD, NEW])
    assert (late.expired, late.late, late.excused) == (True, 1, 0)
    assert (met.expired, met.excused, met.unused) == (False, 1, False)
    assert unused.unused
    assert (past.expired, past.unused) == (True, False)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (f'cells = ["{CELL}"]\nuntil = 2026-12-31', "missing required field `reason`"),
        (f'cells = ["{CELL}"]\nreason = "r"', "missing required field `until`"),
        (f'cells = ["{CELL}"]\nreason = " "\nuntil = 2026-12-31', "the reason is empty"),
        (f'cells = ["{CELL}"]\nreason = "r"\nuntil = "soon"', "'soon'"),
        (f'cells = ["{CELL}"]\nreason = "r"\nuntil = "2026-13-01"', "until is '2026-13-01', and there is no such day"),
        (f'cells = ["{CELL}"]\nreason = "r"\nuntil = "2027-02-31"', "until is '2027-02-31', and there is no such day"),
        (f'cells = ["{CELL}"]\nreason = "r"\nuntil = "pytest-asyncio < 2"', "an end has >=, > or =="),
        (
            f'cells = ["{CELL}"]\nreason = "r"\nuntil = "pytest-asyncio >= 1, != 2"',
            "an end has >=, > or ==",
        ),
        (f'cells = ["{CELL}"]\nreason = "r"\nuntil = "pytest-asyncio ~= 2.0"', "an end has >=, > or =="),
        (f'cells = ["default/function/module_globl/none"]\n{REST}', "Unknown creation_site 'module_globl'"),
        (f'cells = ["every cell (warning)"]\n{REST}', "Unknown cell 'every cell (warning)'"),
        (f'cells = ["suite:mein"]\n{REST}', "Unknown suite 'suite:mein'"),
        (f'cells = ["mine"]\n{REST}', "Unknown cell 'mine'"),
        (f'cells = ["module_global"]\n{REST}', "'module_global' is no cell id"),
        (f'cells = ["{CELL}"]\nreason = "r"\nuntil = 2026-12-31T10:00:00', "neither a day nor a version"),
        (REST, "it would expect everything"),
        (f'select = "fixture_scope=sesion"\n{REST}', "Unknown value of fixture_scope 'sesion'"),
        (f'versions = {{ python = "new" }}\n{REST}', "'new' is no range of versions of python"),
        (f'cell = "{CELL}"\n{REST}', "unknown field `cell`"),
    ],
)
def test_a_malformed_entry_is_named_with_file_and_number(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=r"expected\.toml, entry 2: ") as caught:
        entries(tmp_path, f'cells = ["{CELL}"]\n{REST}', text)
    assert wrong in caught.value.problem
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_file_that_is_no_toml_or_has_something_else_or_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "expected.toml"
    known = Cells(load_catalogue(), [])
    with pytest.raises(UsageError, match="can't be read"):
        read_expected(path, known)
    for text, wrong in (
        ("[[difference", "is no TOML"),
        ("[other]", "'other' can't stand here"),
        ("difference = 1", "can't stand here"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=wrong):
            read_expected(path, known)


def test_a_day_that_there_is_not_is_named_and_what_is_allowed_is_reported(tmp_path: Path) -> None:
    for until in ('"2027-02-31"', "2027-02-31", '"soon"'):
        with pytest.raises(UsageError) as caught:
            entries(tmp_path, f'cells = ["{CELL}"]\nreason = "r"\nuntil = {until}')
        assert until.strip('"') in caught.value.problem
        assert "a day such as 2027-01-31, or a version such as 'pytest-asyncio >= 1.6'" in caught.value.remedy


def test_a_cell_is_known_however_its_id_is_written_and_so_is_what_is_reported_of_every_cell(tmp_path: Path) -> None:
    written_out = f'cells = ["{LOOP}@workload=get_set", "suite:other", "every cell (leaks)"]\n{REST}'
    [entry] = entries(tmp_path, written_out)
    assert entry.cells == {LOOP, "suite:other", EVERY_CELL[Status.LEAKS]}


def test_a_suite_is_unknown_where_the_baseline_holds_none(tmp_path: Path) -> None:
    path = tmp_path / "expected.toml"
    path.write_text(f'[[difference]]\ncells = ["suite:mine"]\n{REST}', encoding="utf-8")
    with pytest.raises(UsageError, match="entry 1: The baseline holds no suite, so not 'suite:mine'"):
        read_expected(path, Cells(load_catalogue(), [CELL]))


@pytest.mark.parametrize(
    "entry",
    [
        f'versions = {{ pytest-asynco = ">=1.0" }}\n{REST}',
        f'cells = ["{CELL}"]\nreason = "r"\nuntil = "pytest-asynco >= 2"',
    ],
)
def test_a_package_that_no_environment_has_is_an_error_with_the_nearest_names(tmp_path: Path, entry: str) -> None:
    good = 'versions = { python = ">=3.13", "Pytest_Asyncio" = ">=1.0" }\nreason = "r"\nuntil = "valkey >= 7"'
    found = entries(tmp_path, good, entry)
    require_packages(tmp_path, found[:1], [NEW])
    with pytest.raises(UsageError, match=r"entry 2: Unknown package 'pytest-asynco'\.") as caught:
        require_packages(tmp_path, found, [OLD, NEW])
    assert "'pytest-asyncio'" in caught.value.remedy


def test_an_empty_file_expects_nothing(tmp_path: Path) -> None:
    assert entries(tmp_path) == ()
