"""The page says since and until when something is so in the words of `explain`."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from harness.compare.release_ranges import Point, ReleaseState, find_spans, format_ranges
from tests.unit.report.page_script import needs_node, run_script

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = """\
import { describeRange, describeRun } from "./ranges.js";

const describe = ({ known, ran, ends }) => [describeRange(known, ran, ...ends), describeRun(known, ran)];
console.log(JSON.stringify(given.map(describe)));
"""
KNOWN = ["0.17.2", "0.21.2", "0.23.0", "0.23.2", "0.23.3", "0.23.8", "0.24.0", "1.0.0", "1.4.0"]
CASES = 300


def make_case(draw: random.Random) -> list[Point]:
    """Releases of which some weren't run, and some of those that were are in one range."""
    ran = sorted(draw.sample(range(len(KNOWN)), draw.randint(1, len(KNOWN))))
    first = draw.randrange(len(ran))
    chosen = set(ran[first : draw.randint(first + 1, len(ran))])
    return [
        Point(
            version,
            ReleaseState.UNKNOWN if place not in ran else ReleaseState.YES if place in chosen else ReleaseState.NO,
        )
        for place, version in enumerate(KNOWN)
    ]


@needs_node
def test_a_range_reads_as_explain_has_it_whatever_was_run(tmp_path: Path) -> None:
    draw = random.Random(13)  # noqa: S311
    cases = [make_case(draw) for _ in range(CASES)]
    given, expected = [], []
    for points in cases:
        (span,) = (one for one in find_spans(points) if one.state is ReleaseState.YES)
        ran = [one.version for one in points if one.state is not ReleaseState.UNKNOWN]
        given.append({"known": KNOWN, "ran": ran, "ends": [span.first, span.last]})
        words, _, run = format_ranges(points).partition("; ")
        expected.append([words.removeprefix("reproduces "), run])
    assert run_script(tmp_path, DRIVER, given) == expected
    assert len({words for words, _ in expected}) > 40


@needs_node
def test_without_a_list_of_releases_nothing_is_said_of_all_of_them(tmp_path: Path) -> None:
    given = [{"known": [], "ran": ["3.12", "3.13"], "ends": ["3.12", "3.13"]}]
    assert run_script(tmp_path, DRIVER, given) == [["wherever it was run", ""]]
