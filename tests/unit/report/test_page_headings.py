"""How the page names environments."""

from __future__ import annotations

import msgspec

from harness.analysis.columns import make_columns
from harness.report.data import name_columns
from tests.unit.store.made_up_results import environment


def test_a_run_of_ones_own_that_differs_in_a_package_alone_is_named_so_and_not_by_a_digest() -> None:
    theirs, mine = (msgspec.structs.replace(environment("1.5.0"), digest=digit * 12) for digit in "0a")
    columns = make_columns([theirs, mine, environment("1.4.1")])
    own = [place for place, one in enumerate(columns) if one.environment == mine]
    names = name_columns(columns, own)
    assert {one.environment.plugin: "packages" in one.short for one in columns} == {"1.4.1": False, "1.5.0": True}
    assert sorted(names) == ["1.4.1 py3.13", "1.5.0 py3.13", "1.5.0 py3.13 your run"]
    assert names[own[0]] == "1.5.0 py3.13 your run"
    assert name_columns(columns, ()) == tuple(one.short for one in columns)
