"""What to do next about suites: the named errors that most tests met, each with its cause and advice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.analysis.errors_by_environment import explain, load_by_name
from harness.analysis.label import ERRORS
from harness.output.table import Table
from harness.output.text import one_line
from harness.verdicts.model import Role
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.suites import SuiteView

_MOST = 3


def make_advice_table(views: Sequence[SuiteView]) -> Table | None:
    """None where no error that has a name was met. What only hides another error is explained after that one."""
    met: Counter[str] = Counter()
    hiding: set[str] = set()
    for view in views:
        categories = view.grid.categories
        for finding in (one for samples in view.samples for verdict in samples for one in verdict.findings):
            if categories.get(finding.signature, SignatureCategory.ERROR) in ERRORS:
                met[finding.signature] += len(finding.tests) or 1
                if finding.role is Role.SURFACE:
                    hiding.add(finding.signature)
    signatures = load_by_name()
    ordered = sorted(met, key=lambda name: (name in hiding, -met[name], name))
    rows = [(one_line(name, 40), text) for name in ordered[:_MOST] if (text := explain(name, signatures))]
    if not rows:
        return None
    return Table(name="advice", title="What it is, and what helps", headers=("", ""), rows=tuple(rows), prose=True)
