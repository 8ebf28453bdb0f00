"""The failures that pytest prints whole and its short summary, put together: what both show counts once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from harness.explain.model import TextError
from harness.explain.regions import Region
from harness.verdicts.observations import ObservationKind, fold_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.explain.summaries import SummaryLine

ELLIPSES = ("...", "…")


class LocatedError(msgspec.Struct, frozen=True, kw_only=True):
    """An error with the region that it was read in."""

    error: TextError
    region: Region


def join_summary(met: Sequence[LocatedError], summary: Sequence[SummaryLine]) -> list[TextError]:
    """All errors in the order of the text, with the tests' ids where the summary says them."""
    waiting = _group(summary)
    nodes = _find_nodes(met, waiting)
    errors = [_with_node(one, nodes) for one in met]
    teardown = {line.node for line in summary if line.failed}
    without_test = [at for at, error in enumerate(errors) if not error.test]
    for line in summary:
        if not _is_waiting(line, waiting):
            continue
        at = next((at for at in without_test if _is_same(errors[at], line)), None)
        if at is not None:
            without_test.remove(at)
            errors[at] = msgspec.structs.replace(errors[at], test=line.node)
        elif line.text:
            errors.append(line.make_error(cleanup=not line.failed and line.node in teardown, line=line.at))
    return list(_without_repeats(errors))


Waiting = dict[tuple[str, bool], list["SummaryLine"]]


def _group(summary: Iterable[SummaryLine]) -> Waiting:
    waiting: Waiting = defaultdict(list)
    for line in summary:
        waiting[line.title, line.failed].append(line)
    return waiting


def _is_waiting(line: SummaryLine, waiting: Waiting) -> bool:
    return any(one is line for one in waiting[line.title, line.failed])


def _find_nodes(met: Sequence[LocatedError], waiting: Waiting) -> dict[tuple[str, str, int], str]:
    """The id of the test of each block, by the block; lines of the summary that have a block wait no longer."""
    nodes: dict[tuple[str, str, int], str] = {}
    for one in met:
        key = _key(one.region)
        if not one.region.title or key in nodes:
            continue
        lines = _list_waiting(one.region, waiting)
        nodes[key] = lines.pop(0).node if lines else one.region.title
    return nodes


def _list_waiting(region: Region, waiting: Waiting) -> list[SummaryLine]:
    """The lines that the block's may be among: of a file that can't be collected, those of its classes too."""
    failed = region.section != "ERRORS" and not region.phase
    if region.phase == "collect" and not waiting[region.title, failed]:
        inside = (lines for lines in waiting.values() if lines and lines[0].node.startswith(f"{region.title}::"))
        return next(inside, [])
    return waiting[region.title, failed]


def _key(region: Region) -> tuple[str, str, int]:
    return region.title, region.phase, region.block


def _with_node(one: LocatedError, nodes: dict[tuple[str, str, int], str]) -> TextError:
    if one.error.test or not one.region.title:
        return one.error
    return msgspec.structs.replace(one.error, test=nodes[_key(one.region)])


def _is_same(error: TextError, line: SummaryLine) -> bool:
    """Whether the error, which no title says the test of, is what the summary's line shows the beginning of."""
    if error.kind not in (ObservationKind.EXCEPTION, ObservationKind.PROBLEM):
        return False
    raised = error.chain[0]
    whole = fold_text(f"{raised.type}: {raised.text}" if raised.type else raised.text)
    shown = fold_text(line.text)
    for ellipsis in ELLIPSES:
        shown = shown.removesuffix(ellipsis)
    return bool(shown) and (whole.startswith(shown) or fold_text(raised.text).startswith(shown))


def _without_repeats(errors: Iterable[TextError]) -> Iterable[TextError]:
    """Without what is printed again for the same test: pytest repeats what it captured below each failure."""
    seen: set[tuple[object, ...]] = set()
    for error in errors:
        key = (error.kind, error.test, error.chain)
        if error.kind in (ObservationKind.EXCEPTION, ObservationKind.PROBLEM) or key not in seen:
            seen.add(key)
            yield error
