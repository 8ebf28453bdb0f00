"""When a run doesn't end as if all was well."""

from __future__ import annotations

import pytest

from harness.errors import ExitCode, SuitesNotRunError
from harness.pipeline.soundness import require_suites_ran
from harness.store.model import Results, Run
from harness.verdicts.model import Status, Verdict
from tests.unit.store.made_up_results import environment, header, outcome

ONE, TWO = environment("1.0.0"), environment("1.1.0")
NOWHERE = Verdict(status=Status.UNRESOLVABLE, reason="there is no such package")
UNFIT = Verdict(status=Status.NOT_APPLICABLE, reason="its project says that it needs Python >=3.15")
CLEAN = Verdict(status=Status.CLEAN)


def results(cell: str, first: Verdict, second: Verdict) -> Results:
    return Results(
        runs=tuple(
            Run(header=header(where), outcomes=(outcome(cell, verdict, where=where, evidence=""),))
            for where, verdict in ((ONE, first), (TWO, second))
        )
    )


def test_a_suite_that_could_be_run_nowhere_is_an_error_with_the_reason() -> None:
    with pytest.raises(SuitesNotRunError, match="suite:mine ran nowhere: there is no such package") as caught:
        require_suites_ran(results("suite:mine", NOWHERE, UNFIT))
    assert caught.value.exit_code is ExitCode.INFRASTRUCTURE
    assert "--environment" in caught.value.remedy


@pytest.mark.parametrize("cell", ["suite:mine", "default/function/async_fixture/aclose"])
def test_a_suite_that_ran_somewhere_and_cells_are_not(cell: str) -> None:
    require_suites_ran(results(cell, NOWHERE, CLEAN))
    require_suites_ran(results("default/function/async_fixture/aclose", NOWHERE, UNFIT))
