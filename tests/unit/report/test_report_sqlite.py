"""Outcomes as a database."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.catalogue.loading import find_values
from harness.errors import InfrastructureError
from harness.report.choosing import choose_newest
from harness.report.sqlite import EXAMPLE, VERSION, write_database
from harness.store.model import Results, Run
from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict
from tests.unit.report.made_up_report import GLOBAL, HOSTILE, NEW, OLD, PLAIN, make_verdict
from tests.unit.store.made_up_results import CLEAN, LEAKS, MASKED, UNNAMED, header, outcome, run_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=8)
FINDINGS = st.builds(
    Finding,
    signature=st.sampled_from(["loop-closed", "different-loop", "unknown-one"]),
    channel=st.sampled_from(Channel),
    role=st.sampled_from(Role),
    tests=st.lists(TEXTS, max_size=2).map(tuple),
    sample=TEXTS,
)
ERRORS = st.builds(Unnamed, channel=st.sampled_from(Channel), type=TEXTS, text=TEXTS)
VERDICTS = st.builds(
    Verdict,
    status=st.sampled_from(Status),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    unnamed=st.lists(st.builds(Unnamed, channel=st.sampled_from(Channel), type=TEXTS, text=TEXTS), max_size=2).map(
        tuple
    ),
    pattern=st.text(".FE", max_size=5),
    reason=TEXTS,
    ending=TEXTS,
)
CELLS = [GLOBAL, PLAIN, "suite:mine", "reported/pa-1", "no/cell"]
RUNS = st.lists(
    st.builds(
        run_of,
        st.dictionaries(
            st.sampled_from([GLOBAL, PLAIN, "suite:mine", "reported/pa-1", "no/cell"]), VERDICTS, max_size=4
        ),
        st.sampled_from([OLD, NEW]),
        run=st.sampled_from(["first", "second"]),
    ),
    max_size=4,
)


def write(path: Path, *runs: Run) -> list[Run]:
    chosen = choose_newest(Results(runs=runs))
    write_database(path, chosen, chosen.runs)
    return list(chosen.runs)


def query(path: Path, text: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return database.execute(text).fetchall()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(runs=RUNS)
def test_all_outcomes_and_findings_come_back_as_they_were(runs: Sequence[Run], tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    chosen = write(path, *runs)
    expected = sorted(
        (run.header.environment_key, one.cell, one.sample, one.run, *list_texts(one.verdict))
        for run in chosen
        for one in run.outcomes
    )
    found = query(
        path,
        "SELECT digest, cells.name, sample, run, status, pattern, reason, ending FROM outcomes "
        "JOIN environments USING (environment_id) JOIN cells USING (cell_id) ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
    )
    assert found == expected
    findings = query(
        path,
        "SELECT cells.name, digest, signature, findings.channel, role, type, text, tests FROM findings "
        "JOIN outcomes USING (outcome_id) JOIN environments USING (environment_id) JOIN cells USING (cell_id) "
        "ORDER BY finding_id",
    )
    made = [row for run in chosen for one in run.outcomes for row in list_findings(run, one.cell, one.verdict)]
    assert sorted(findings, key=str) == sorted(made, key=str)
    assert len(query(path, "SELECT * FROM environments")) == len({run.header.environment_key for run in chosen})


def list_texts(verdict: Verdict) -> tuple[str, ...]:
    return verdict.status.value, verdict.pattern, verdict.reason, verdict.ending


def list_findings(run: Run, cell: str, verdict: Verdict) -> list[tuple[str | None, ...]]:
    where = (cell, run.header.environment_key)
    named = [(one.signature, one.channel.value, one.role.value, one.sample, one.tests) for one in verdict.findings]
    return [
        *((*where, name, channel, role, None, text, json.dumps(tests)) for name, channel, role, text, tests in named),
        *((*where, None, one.channel.value, None, one.type, one.text, "[]") for one in verdict.unnamed),
    ]


def test_cells_have_their_values_and_environments_their_packages(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    write(path, run_of({GLOBAL: CLEAN, "suite:mine": LEAKS}, NEW), run_of({GLOBAL: MASKED}, OLD))
    rows = query(path, "SELECT name, kind, habit, fixture_scope, creation_site FROM cells ORDER BY name")
    values = find_values(GLOBAL)
    assert rows == [
        (GLOBAL, "cell", "a module-level client", values["fixture_scope"], values["creation_site"]),
        ("suite:mine", "suite", None, None, None),
    ]
    rows = query(
        path, "SELECT pytest_asyncio, release, python_minor, json_extract(packages, '$.valkey') FROM environments"
    )
    assert sorted(rows) == [("0.26.0", 1, "3.13", "6.2.0"), ("1.0.0", 2, "3.13", "6.2.0")]
    assert query(path, "PRAGMA user_version") == [(VERSION,)]


def test_the_example_counts_cells_release_by_release(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    wide = [f"default/session/{site}/none" for site in ("module_global", "async_fixture")]
    write(
        path, run_of(dict.fromkeys(wide, MASKED), NEW), run_of({wide[0]: MASKED, wide[1]: CLEAN, GLOBAL: MASKED}, OLD)
    )
    assert query(path, EXAMPLE) == [("0.26.0", 1), ("1.0.0", 2)]


def test_what_can_not_be_resolved_is_an_environment_without_versions(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    verdict = Verdict(status=Status.UNRESOLVABLE, reason="no version fits")
    gone = msgspec.structs.replace(header(OLD), environment=None)
    write(path, Run(header=gone, outcomes=(outcome(GLOBAL, verdict, where=OLD),)), run_of({GLOBAL: UNNAMED}, NEW))
    rows = query(
        path, "SELECT digest, python, status FROM outcomes JOIN environments USING (environment_id) ORDER BY 2"
    )
    assert rows == [(OLD.id, None, "unresolvable"), (NEW.digest, "3.13.0", "fails")]
    assert query(path, "SELECT signature, category, type FROM findings") == [(None, "error", "KeyError")]


def test_hostile_texts_are_texts_that_control_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    texts = [*HOSTILE, "\ud800\udcff'); DROP TABLE cells; --"]
    write(path, run_of({f"suite:{text}": make_verdict(text) for text in texts}, OLD))
    rows = query(
        path,
        "SELECT name, reason, text, tests FROM findings JOIN outcomes USING (outcome_id) JOIN cells USING (cell_id)",
    )
    assert len(rows) == 2 * len(texts)
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\x00"} & set("".join(map("".join, rows)))
    plain = "<script>alert(1)</script>"
    assert (f"suite:{plain}", plain, plain, json.dumps([f"test_a.py::{plain}"])) in rows


def test_what_was_at_the_path_stays_if_writing_fails_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    path.write_bytes(b"something else")
    chosen = choose_newest(Results(runs=(run_of({GLOBAL: CLEAN}, OLD),)))
    unknown = run_of({PLAIN: CLEAN}, OLD)
    with pytest.raises(KeyError):
        write_database(path, chosen, [unknown])
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(path.name, b"something else")]
    write_database(path, chosen, chosen.runs)
    assert query(path, "SELECT count(*) FROM outcomes") == [(1,)]


def test_a_place_that_can_not_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    chosen = choose_newest(Results(runs=(run_of({GLOBAL: CLEAN}, OLD),)))
    with pytest.raises(InfrastructureError, match="can't be written to"):
        write_database(tmp_path, chosen, chosen.runs)
