"""What cures do on further versions of pytest-asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.proving import OriginalRuns, judge_all
from harness.cure.report import FurtherProof
from harness.cure.trials import Variant, choose_request
from harness.environments.identity import PLUGIN
from harness.packages import NEWEST
from harness.planning.environments import find_newest_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.cure.search import VariantRunner
    from harness.environments.model import EnvironmentRequest
    from harness.environments.releases import Releases

RUNS = 2
"""Of the suite as it is and of each cure."""


def list_elsewhere(
    place: EnvironmentRequest, versions: Sequence[str], releases: Releases
) -> dict[str, EnvironmentRequest]:
    """The environment with each of these versions of pytest-asyncio in place of its own."""
    names = [find_newest_release(releases, PLUGIN, place.python) if one == NEWEST else one for one in versions]
    return {name: choose_request(place, ((PLUGIN, name),)) for name in names}


def prove_elsewhere(
    runner: VariantRunner, original: Variant, cures: Sequence[Variant], requests: Mapping[str, EnvironmentRequest]
) -> dict[str, list[FurtherProof]]:
    """What each cure does on these versions, by its name. A cure that is a version itself isn't tried."""
    tried = [one for one in cures if not one.versions]
    seen = runner.run([original, *tried], tuple(requests.values()), repeat=RUNS)
    found: dict[str, list[FurtherProof]] = {}
    for name, request in requests.items():
        baseline = OriginalRuns(runs=seen[original.name][request])
        for one in tried:
            if baseline.reason:
                further = FurtherProof(version=name, reason=baseline.reason)
            else:
                judgement = judge_all(baseline, seen[one.name][request])
                further = FurtherProof(version=name, was_clean=not baseline.errors, judgement=judgement)
            found.setdefault(one.name, []).append(further)
    return found
