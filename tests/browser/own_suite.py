"""Results of a suite of one's own, with its evidence and a cure that was proven for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.suite_words import FOLDER as WORDS
from harness.analysis.suite_words import SUFFIX, SuiteWords
from harness.cure.stored import FOLDER, StoredCure, StoredCures, write_cures
from harness.evidence.model import Connection, Evidence, Exit, Loop, Moment, Phase, Raised, Test, Use
from harness.evidence.store import EvidenceStore, make_evidence_path
from harness.report.making import make_report
from harness.store.model import Run
from harness.store.reading import read_results
from harness.verdicts.classify import classify
from harness.verdicts.signatures import load_signatures
from tests.browser.pages import PAYLOADS
from tests.unit.store.made_up_results import environment, header, outcome, put

if TYPE_CHECKING:
    from pathlib import Path

RELEASES = ("0.26.0", "1.5.0")
DIFFERENT = "Task <Task pending> got Future <Future pending> attached to a different loop"
PATCH = """--- a/pytest.ini
+++ b/pytest.ini
@@ -1,2 +1,3 @@
 [pytest]
 asyncio_mode = strict
+asyncio_default_test_loop_scope = session
"""


def make_own_page(
    folder: Path,
    name: str = "shop",
    tests: tuple[str, ...] = ("test_add", "test_remove"),
    releases: tuple[str, ...] = RELEASES,
) -> str:
    """Its tests pass on all releases but the last: there the first is the only one that does."""
    store, results = EvidenceStore(folder / "own"), folder / "own"
    for release in releases:
        evidence = _observe(tests, failing=release == releases[-1])
        where = environment(release)
        one = outcome(f"suite:{name}", classify(evidence, load_signatures()), where=where, evidence=store.put(evidence))
        put(results, Run(header=header(where), outcomes=(one,)))
    words = SuiteWords(suite=f"suite:{name}", words=(f"our tests/{name}", "--client", "redis"))
    (results / WORDS).mkdir()
    (results / WORDS / f"a{SUFFIX}").write_bytes(msgspec.json.encode(words))
    (results / FOLDER).mkdir()
    cure = StoredCure(change="run all on one `loop`", patch=PATCH, proof="Proven by 3 runs.", elsewhere=("Clean.",))
    write_cures(results / FOLDER, StoredCures(suite=f"suite:{name}", environments=("x",), cures=(cure,)))
    return make_report(read_results(results), [results], brief=True)


def make_page_without_evidence(folder: Path) -> str:
    """The same, with the evidence of the last release alone gone, and of nothing known where it is."""
    make_own_page(folder)
    kept = {one.evidence for run in read_results(folder / "own").runs[:-1] for one in run.outcomes}
    for path in (folder / "own" / "evidence").rglob("*.gz"):
        if not any(str(path).endswith(make_evidence_path(one)) for one in kept):
            path.unlink()
    (folder / "own" / WORDS / f"a{SUFFIX}").unlink()
    return make_report(read_results(folder / "own"), [folder / "own"], brief=True)


def make_page_without_tests(folder: Path) -> str:
    """Of a suite in which pytest found nothing to run."""
    evidence = Evidence(finished=True, exit=Exit(code=5))
    where, store = environment(RELEASES[-1]), EvidenceStore(folder)
    one = outcome("suite:shop", classify(evidence, load_signatures()), where=where, evidence=store.put(evidence))
    put(folder, Run(header=header(where), outcomes=(one,)))
    return make_report(read_results(folder), [folder], brief=True)


def make_hostile_page(folder: Path) -> str:
    """All that is named by somebody is meant to do harm."""
    return make_own_page(folder, PAYLOADS[0], tuple(f"test_{payload}" for payload in PAYLOADS))


def _observe(tests: tuple[str, ...], *, failing: bool) -> Evidence:
    first, *others = (f"test_cart.py::{test}" for test in tests)
    chain = (Raised(type="RuntimeError", text=DIFFERENT, link="surface", origin="asyncio/streams.py:1 in wait"),)
    loops = tuple(
        Loop(
            name=f"loop-{number}",
            kind="asyncio.Loop",
            created=Moment(test=test, when="setup"),
            closed=Moment(test=test, when="teardown"),
        )
        for number, test in enumerate((first, *others), 1)
    )
    used = tuple(
        Use(loop=f"loop-{number}", test=test, when="call", writes=1, at="test_cart.py:6 in test", late=number > 1)
        for number, test in enumerate((first, *others), 1)
    )
    connection = Connection(
        name="connection-1",
        loop="loop-1",
        opened=Moment(test=first, when="setup", at="conftest.py:9 in client"),
        uses=used if failing else used[:1],
    )
    return Evidence(
        tests=(
            Test(id=first, phases=(Phase(when="call", outcome="passed"),)),
            *(
                Test(
                    id=test,
                    phases=(
                        Phase(when="call", outcome="failed" if failing else "passed", chain=chain if failing else ()),
                    ),
                )
                for test in others
            ),
        ),
        loops=loops,
        connections=(connection,),
        finished=True,
        exit=Exit(code=int(failing)),
    )
