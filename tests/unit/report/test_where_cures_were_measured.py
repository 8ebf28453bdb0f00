"""The page shows the cures that were measured, and not only to those whose packages are the same to the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tests.unit.report.made_outcomes import CLEAN, CLOSED, LEAK, make_data
from tests.unit.report.page_script import needs_node, run_script

if TYPE_CHECKING:
    from pathlib import Path

FIND = """
import { Model } from "./model.js";
import { findCures } from "./cell/cured.js";

const model = new Model(given.data);
console.log(JSON.stringify(given.places.map((place) => findCures(model, { 1: { 0: [1] } }, 0, place))));
"""
CELLS = ("default/session/async_fixture/aclose", "default/function/async_fixture/aclose")


@needs_node
def test_a_run_with_other_packages_has_the_cures_of_its_twin_if_it_did_the_same(tmp_path: Path) -> None:
    data = make_data(CELLS, ((CLOSED, CLEAN), (CLOSED, CLEAN), (CLOSED, CLEAN)))
    mine = msgspec.structs.replace(data.environments[1], id="mine", own=True)
    grown = msgspec.structs.replace(
        data, environments=(*data.environments, mine, mine), outcomes=(*data.outcomes, (CLOSED, -1), (LEAK, -1))
    )
    assert run_script(tmp_path, FIND, {"data": grown, "places": [0, 1, 2, 3, 4]}) == [
        {"place": 0, "cures": []},
        {"place": 1, "cures": [1]},
        {"place": 2, "cures": []},
        {"place": 1, "cures": [1]},
        {"place": 4, "cures": []},
    ]
