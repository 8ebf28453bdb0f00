"""Outcomes as a SQLite database, for people who query."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from harness.analysis.columns import version_order
from harness.analysis.headline import describe
from harness.catalogue.highlights import load_highlights
from harness.catalogue.loading import find_values, load_catalogue
from harness.errors import InfrastructureError
from harness.escaping import escape_controls
from harness.files import replace_when_written
from harness.pipeline.storage import report_storage_errors
from harness.suites.suite import PREFIX, REPORTED
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from harness.environments.model import Environment
    from harness.store.model import Header, Outcome, Results, Run
    from harness.verdicts.signatures import SignatureCategory

    Row = tuple[Any, ...]

STORAGE_REMEDY = "Make room there, or name another file."

VERSION = 1
"""`PRAGMA user_version`: another one where a query has to be written anew."""

TABLES = """
CREATE TABLE environments (
    environment_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,            -- linux-x86_64/cpython-3.13/pytest-asyncio-1.5.0/valkey-6.2.0
    digest TEXT NOT NULL UNIQUE,   -- of everything that is installed; the name, if it can't be resolved
    platform TEXT,                 -- linux-x86_64; this and all below is NULL if it can't be resolved
    implementation TEXT,           -- cpython
    python TEXT,                   -- 3.13.0
    python_minor TEXT,             -- 3.13
    pytest_asyncio TEXT,
    release INTEGER,               -- place of that release among those here, the oldest first: to sort by
    pytest TEXT,
    client TEXT,                   -- valkey
    client_version TEXT,
    as_of TEXT,                    -- day whose packages were installed
    packages TEXT                  -- JSON: the version of each package
);
CREATE TABLE cells (
    cell_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,     -- default/session/async_fixture/aclose, or suite:tests
    kind TEXT NOT NULL,            -- cell, suite (your own), reported (public report), unknown (to this catalogue)
    habit TEXT,                    -- what it is called, if it is a well-known habit
{axes}                             -- the values of its axes, NULL if it is no cell of the catalogue
);
CREATE TABLE outcomes (
    outcome_id INTEGER PRIMARY KEY,
    environment_id INTEGER NOT NULL REFERENCES environments,
    cell_id INTEGER NOT NULL REFERENCES cells,
    sample INTEGER NOT NULL,       -- counts from 0 where a cell was run several times; twice if merged results differ
    status TEXT NOT NULL, -- clean, warns, leaks, reproduces, fails, not-applicable, unresolvable or infrastructure
    label TEXT NOT NULL,           -- the verdict in a few words: loop-closed←different-loop
    pattern TEXT NOT NULL,         -- a letter for each test: .F.F.
    reason TEXT NOT NULL,          -- why it was not run or not measured
    ending TEXT NOT NULL,          -- how pytest ended, where no test shows it
    run TEXT NOT NULL,             -- the newest one that has the cell there
    measured_by TEXT NOT NULL,     -- the run that measured it
    evidence TEXT,                 -- content hash
    wall REAL,                     -- seconds
    cpu REAL                       -- seconds
);
CREATE TABLE findings (
    finding_id INTEGER PRIMARY KEY,
    outcome_id INTEGER NOT NULL REFERENCES outcomes,
    signature TEXT,                -- loop-closed; NULL for an error that no signature names
    category TEXT,                 -- error, leak, warning, outcome (a hang or a crash)
    channel TEXT NOT NULL,         -- body, cleanup, background
    role TEXT,                     -- only; surface of a chain, or its root
    type TEXT,                     -- of an error without a signature: KeyError
    text TEXT NOT NULL,            -- the first text that was met
    tests TEXT NOT NULL            -- JSON: the tests that it was met in
);
"""
"""What `.schema` shows. Each outcome is there once: that of the newest run."""

INDEXES = """
CREATE INDEX outcomes_by_environment ON outcomes (environment_id, cell_id, sample);
CREATE INDEX outcomes_by_cell ON outcomes (cell_id);
CREATE INDEX outcomes_by_status ON outcomes (status);
CREATE INDEX findings_by_outcome ON findings (outcome_id);
CREATE INDEX findings_by_signature ON findings (signature);
"""

EXAMPLE = """
SELECT pytest_asyncio, count(DISTINCT cell_id) AS cells
FROM findings JOIN outcomes USING (outcome_id) JOIN environments USING (environment_id) JOIN cells USING (cell_id)
WHERE signature = 'loop-closed' AND fixture_scope = 'session' AND python_minor = '3.13'
GROUP BY release ORDER BY release
"""
"""How many cells with session fixtures show an error, release by release."""


def write_database(path: Path, results: Results, runs: Iterable[Run]) -> None:
    """Write a database in place of what is at `path`, which is there as a whole or not at all.

    `results` name what the database is about, and `runs` are the same outcomes whole, which are read once. Raises
    `InfrastructureError` where it can't be written.
    """
    try:
        with (
            report_storage_errors("The database", path, STORAGE_REMEDY),
            replace_when_written(path) as beside,
            closing(_create(beside)) as database,
        ):
            # Nobody sees the file before it is whole, so it needs no journal.
            for setting in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = ON"):
                database.execute(f"PRAGMA {setting}")
            _Filler(database).fill(results, runs)
    except sqlite3.Error as error:
        raise InfrastructureError(
            f"The database can't be written to {path}: {error}.", remedy=STORAGE_REMEDY
        ) from error


def _create(path: Path) -> sqlite3.Connection:
    path.unlink(missing_ok=True)  # of a process that had this number and was killed
    return sqlite3.connect(path, isolation_level=None)


class _Filler:
    """Fills an empty database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._axes = tuple(load_catalogue().axes)
        self._categories = load_categories()
        self._environments: dict[str, int] = {}
        self._cells: dict[str, int] = {}
        self._outcomes = 0

    def fill(self, results: Results, runs: Iterable[Run]) -> None:
        columns = "".join(f"    {axis} TEXT,\n" for axis in self._axes).removesuffix(",\n") + "\n"
        self._database.executescript(f"PRAGMA user_version = {VERSION};{TABLES.replace('{axes}', columns)}")
        self._database.execute("BEGIN")
        headers = {run.header.environment_key: run.header for run in results.runs}
        self._environments = {key: number for number, key in enumerate(headers, 1)}
        self._insert("environments", self._make_environments(headers))
        cells = sorted({one.cell for run in results.runs for one in run.outcomes})
        self._cells = {cell: number for number, cell in enumerate(cells, 1)}
        self._insert("cells", self._make_cells())
        for run in runs:
            first = self._outcomes + 1
            self._insert("outcomes", self._make_outcomes(run))
            self._insert("findings", self._make_findings(run, first))
        self._database.execute("COMMIT")
        self._database.executescript(INDEXES)

    def _insert(self, table: str, rows: Iterator[Row]) -> None:
        (columns,) = self._database.execute("SELECT count(*) FROM pragma_table_info(?)", [table]).fetchone()
        marks = ", ".join("?" * columns)
        self._database.executemany(f"INSERT INTO {table} VALUES ({marks})", (tuple(map(_escape, row)) for row in rows))  # noqa: S608 - the name of a table above

    def _make_environments(self, headers: Mapping[str, Header]) -> Iterator[Row]:
        plugins = {header.environment.plugin for header in headers.values() if header.environment}
        releases = {plugin: place for place, plugin in enumerate(sorted(plugins, key=version_order), 1)}
        for key, number in self._environments.items():
            one = headers[key].environment
            described = _describe_environment(one, releases) if one else [None] * 11
            yield (number, headers[key].environment_id, key, *described)

    def _make_cells(self) -> Iterator[Row]:
        habits = {one.cell: one.title for one in load_highlights()}
        for cell, number in self._cells.items():
            values = find_values(cell)
            yield (number, cell, _find_kind(cell), habits.get(cell), *(values.get(axis) for axis in self._axes))

    def _make_outcomes(self, run: Run) -> Iterator[Row]:
        environment = self._environments[run.header.environment_key]
        for one in run.outcomes:
            self._outcomes += 1
            verdict, timings = one.verdict, one.timings
            yield (
                *(self._outcomes, environment, self._cells[one.cell], one.sample),
                *(verdict.status.value, describe(one.cell, verdict, self._categories)),
                *(verdict.pattern, verdict.reason, verdict.ending),
                *(one.run, one.reused_from or one.run, one.evidence or None),
                *((timings.wall, timings.cpu) if timings else (None, None)),
            )

    def _make_findings(self, run: Run, first: int) -> Iterator[Row]:
        for number, one in enumerate(run.outcomes, first):
            yield from _list_findings(number, one, self._categories)


def _describe_environment(one: Environment, releases: Mapping[str, int]) -> list[Any]:
    return [
        *(one.platform, one.implementation, one.python, one.python_minor),
        *(one.plugin, releases[one.plugin], one.pytest, one.client, one.client_version, one.as_of),
        json.dumps(one.installed),
    ]


def _find_kind(cell: str) -> str:
    if cell.startswith(PREFIX):
        return "suite"
    if cell.startswith(REPORTED):
        return "reported"
    return "cell" if find_values(cell) else "unknown"


def _list_findings(number: int, outcome: Outcome, categories: Mapping[str, SignatureCategory]) -> Iterator[Row]:
    for one in outcome.verdict.findings:
        category = categories.get(one.signature)
        kind = category.value if category else None
        tests = _encode(one.tests)
        yield (None, number, one.signature, kind, one.channel.value, one.role.value, None, one.sample, tests)
    for error in outcome.verdict.unnamed:
        tests = _encode((error.test,) if error.test else ())
        yield (None, number, None, "error", error.channel.value, None, error.type, error.text, tests)


@lru_cache(10_000)
def _encode(tests: tuple[str, ...]) -> str:
    """As JSON in ASCII, which has all that isn't printable behind backslashes."""
    return json.dumps(tests)


def _escape(value: object) -> object:
    """A text without what would control the terminal that it is printed on, or is no text to SQLite."""
    return escape_controls(value) if isinstance(value, str) else value
