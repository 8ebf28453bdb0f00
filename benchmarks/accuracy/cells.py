"""`cure CELL`: how far the cells that show an error are from a clean one, as far as the baseline alone knows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.accuracy.model import Figure
from harness.catalogue.loading import load_catalogue
from harness.knowledge.cures import find_cures
from harness.knowledge.outcomes import Outcomes
from harness.paths import find_baseline
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.knowledge.model import Cure

NEWEST = "linux-x86_64/cpython-3.13/pytest-asyncio-1.5.0/valkey-6.2.0"


def measure() -> tuple[Figure, ...]:
    """Of the cells that reproduce an error on the newest versions of the baseline those with a measured clean cure."""
    found = list(find_nearest())
    numbers = Counter(len(one.changes) for one in found if one is not None and one.status is Status.CLEAN)
    return tuple(
        Figure(
            name=f"cells at most {words} from clean",
            right=sum(number for changes, number in numbers.items() if changes <= most),
            of=len(found),
            goal=goal,
        )
        for most, words, goal in ((1, "one change", 0.48), (2, "two changes", 0.93))
    )


def find_nearest() -> Iterator[Cure | None]:
    """The nearest cure of each cell."""
    outcomes, catalogue = Outcomes.read(Path("no results of one's own"), find_baseline()), load_catalogue()
    key = next(key for key, one in outcomes.environments.items() if one.id == NEWEST)
    for cell in outcomes.list_cells(key, Status.REPRODUCES):
        yield next(iter(find_cures(outcomes, catalogue, catalogue.parse(cell), key, 1)), None)
