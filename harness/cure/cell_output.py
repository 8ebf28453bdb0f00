"""What `cure CELL` prints: what the cell shows, the cures as changes of code with their proof, and what was tried."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.analysis.label import label
from harness.invocation import command_line
from harness.knowledge.changes import describe_change
from harness.knowledge.code import show_change, summarize_change
from harness.output.explained import make_explain_line
from harness.output.printing import find_terminal_width, print_lines
from harness.output.table import fold
from harness.output.text import count, one_line, shorten_environment
from harness.packages import DEFAULT_CLIENT
from harness.verdicts.model import Status
from harness.verdicts.signatures import load_categories

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.target import Target
    from harness.cure.cell_search import CellCures, CurePlace, ProvenCure, Tried
    from harness.knowledge.model import Change, Cure
    from harness.store.model import Outcome
    from harness.verdicts.model import Verdict

_INDENT = "   "
_DIGITS = 12  # of a hash, as far as it is printed


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What the cell and its cures show in a further environment, by cell."""

    environment: str
    outcomes: Mapping[str, Outcome]


def print_cures(found: CellCures, elsewhere: Sequence[Elsewhere], catalogue: Catalogue, *, every: bool) -> None:
    """The answer first, then each cure with its code and its proof, then what was tried."""
    width = find_terminal_width()
    for line in _describe_answer(found):
        _print_folded(line, width)
    for number, proven in enumerate(found.cures, 1):
        _print_cure(found, proven, elsewhere, catalogue, number=number, every=every)
    for line in (*_describe_versions(catalogue, found.versions), *_describe_tried(found)):
        print_lines("")
        _print_folded(line, width)
    explain = make_explain_line(_label(one.verdict) for one in found.before)
    if explain:
        print_lines(f"\n{explain}")


def make_patch(found: CellCures, proven: ProvenCure, catalogue: Catalogue) -> str:
    """A cure's change of the rendered suite, as `git apply` and `patch -p1` take it."""
    return show_change(catalogue, found.cell, catalogue.parse(proven.cure.cell), _find_target(found, proven))


def _find_target(found: CellCures, proven: ProvenCure) -> Target:
    """The first place in which it cures."""
    return next(place.target for place, good in zip(found.places, proven.cured, strict=True) if good)


def as_data(found: CellCures, elsewhere: Sequence[Elsewhere], catalogue: Catalogue) -> dict[str, Any]:
    """The same for programs."""
    return {
        "cell": found.cell.id,
        "status": find_status(found),
        "environments": list(map(_describe_outcome, found.before)),
        "cures": [_describe_cure(found, one, elsewhere, catalogue) for one in found.cures],
        "versions": [_describe_version(one) for one in found.versions],
        "tried": [
            {
                "changes": one.changes,
                "run": one.statuses.total(),
                "statuses": {str(status): number for status, number in sorted(one.statuses.items())},
                "not_expressible": one.inexpressible,
                "known": one.known,
                "left": one.left,
            }
            for one in found.tried
        ],
        "unstable": list(found.unstable),
        "out_of_time": found.out_of_time,
    }


def find_status(found: CellCures) -> str:
    """`clean`, `cured`, `partly cured`, `not cured`."""
    if not found.needs_cure:
        return "clean"
    if not found.cures:
        return "not cured"
    return "cured" if found.cures[0].is_complete else "partly cured"


def _print_folded(text: str, width: int) -> None:
    print_lines("\n".join(fold(text, width)))


def _describe_answer(found: CellCures) -> Iterator[str]:
    name = found.cell.id
    match find_status(found):
        case "clean":
            yield f"{name} needs no cure: it is clean."
        case "not cured":
            ended = " before time was up (--time)" if found.out_of_time else ""
            yield f"No cure was found for {name}{ended}."
        case "cured":
            yield f"{name} is cured by {_describe_size(found.cures[0].cure.changes)}: {_name_end(found.cures[0].cure)}."
        case _:
            yield f"{name} is cured by no change in all of these environments. These cure it in some:"
    for place, outcome in zip(found.places, found.before, strict=True):
        yield f"  As it is on {_name_place(place)}: {_label(outcome.verdict)}"


def _describe_size(changes: Sequence[Change]) -> str:
    return {1: "one change", 2: "two changes", 3: "three changes"}.get(len(changes), f"{len(changes)} changes")


def _name_end(cure: Cure) -> str:
    """What it leads to."""
    match cure.status:
        case Status.CLEAN:
            return "it is clean then"
        case Status.WARNS:
            return "no test fails then, but it still warns"
        case _:
            return "no test fails then, but something is still left open"


def _print_cure(
    found: CellCures,
    proven: ProvenCure,
    elsewhere: Sequence[Elsewhere],
    catalogue: Catalogue,
    *,
    number: int,
    every: bool,
) -> None:
    cure = proven.cure
    lines = [describe_change(catalogue, one, cure.cell) for one in cure.changes]
    if cure.status is not Status.CLEAN:
        lines.append(f"ends with: {cure.label}")
    lines += _describe_proofs(found, proven)
    lines += [
        f"{_describe_elsewhere(one, found, proven)} on {shorten_environment(one.environment)}" for one in elsewhere
    ]
    lines.append(_describe_measured(cure))
    text = "\n".join(fold("\n".join(f"{_INDENT}{line}" for line in lines), find_terminal_width()))
    print_lines(f"\n{number}. {text[len(_INDENT) :]}")
    show = show_change if every else summarize_change
    code = show(catalogue, found.cell, catalogue.parse(cure.cell), _find_target(found, proven))
    if code:
        print_lines(f"\n{code}")
    print_lines(f"{_INDENT}See it again: {_write_command(proven, found.places)}")


def _describe_proofs(found: CellCures, proven: ProvenCure) -> Iterator[str]:
    """What a new process showed in each of the environments."""
    for place, outcome, good in zip(found.places, proven.proofs, proven.cured, strict=True):
        run = f" (run {outcome.reused_from or outcome.run}, evidence {outcome.evidence[:_DIGITS]})"
        better = "" if good else ", so it is no cure there"
        yield f"{_label(outcome.verdict)} on {_name_place(place)}{better}{run if outcome.evidence else ''}"


def _describe_measured(cure: Cure) -> str:
    """On how many releases nothing else was ever measured."""
    if not cure.releases:
        return "Everywhere else it was measured with other outcomes as well."
    first, last = cure.releases[0], cure.releases[-1]
    span = f"{first} to {last} ({count(len(cure.releases), 'release')})" if first != last else first
    return f"Known as {cure.status} on pytest-asyncio {span} on {' and '.join(cure.systems)}."


def _describe_elsewhere(one: Elsewhere, found: CellCures, proven: ProvenCure) -> str:
    before, after = one.outcomes.get(found.cell.id), one.outcomes.get(proven.cure.cell)
    if before is None or after is None:
        return "not run"
    reason = f" ({one_line(after.verdict.reason)})" if after.verdict.reason else ""
    return f"{_label(after.verdict)}{reason} instead of {_label(before.verdict)}"


def _describe_versions(catalogue: Catalogue, versions: Sequence[Cure]) -> Iterator[str]:
    for cure in versions:
        changes = " and ".join(describe_change(catalogue, one, cure.cell) for one in cure.changes)
        evidence = f", evidence {cure.evidence[:_DIGITS]}" if cure.evidence else ""
        yield (
            f"With other versions it needs no change: {changes} is {cure.label} "
            f"({shorten_environment(cure.environment)}, run {cure.run}{evidence}; measured before)."
        )


def _describe_tried(found: CellCures) -> Iterator[str]:
    for one in found.tried:
        yield _describe_attempts(one)
    if found.unstable:
        yield f"Not named, as a new process showed something worse: {', '.join(found.unstable)}."


def _describe_attempts(tried: Tried) -> str:
    away = "one change" if tried.changes == 1 else "two changes"
    shown = ", ".join(f"{number} {status}" for status, number in tried.statuses.most_common())
    more = [
        (tried.known, "measured before and not clean"),
        (tried.left, "not run, the less likely ones"),
        (tried.inexpressible, "can't be expressed there"),
    ]
    rest = "".join(f"; {number:,} {what}" for number, what in more if number)
    return f"Tried, {away} away: {count(tried.statuses.total(), 'cell')}{f' ({shown})' if shown else ''}{rest}."


def _label(verdict: Verdict) -> str:
    return one_line(label(verdict, load_categories()))


def _name_place(place: CurePlace) -> str:
    environment = place.environment
    return f"{environment.plugin_name}, Python {environment.python_minor}, {environment.client_name}"


def _write_command(proven: ProvenCure, places: Sequence[CurePlace]) -> str:
    """Runs the cured cell again, in the first environment in which it is cured."""
    place = next(place for place, good in zip(places, proven.cured, strict=True) if good)
    return command_line("matrix", shlex.join(["--cell", proven.cure.cell, "--fresh", *_list_versions(place)]))


def _list_versions(place: CurePlace) -> list[str]:
    request = place.request
    if request.existing is not None and not request.copied:
        return ["--environment", request.existing.interpreter.executable]
    words = ["--python", request.python, "--pytest-asyncio", request.plugin]
    words += ["--client", request.client] if request.client != DEFAULT_CLIENT else []
    words += [f"--{request.client}", request.client_version] if request.client_version else []
    words += ["--pytest", request.pytest] if request.pytest else []
    return words + [word for pin in request.pins for word in ("--with", pin)]


def _describe_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "environment": outcome.environment,
        "status": outcome.verdict.status,
        "label": _label(outcome.verdict),
        "run": outcome.reused_from or outcome.run,
        "evidence": outcome.evidence,
        "reason": outcome.verdict.reason,
    }


def _describe_cure(
    found: CellCures, proven: ProvenCure, elsewhere: Sequence[Elsewhere], catalogue: Catalogue
) -> dict[str, Any]:
    cure = proven.cure
    return {
        "changes": list(map(_describe_change, cure.changes)),
        "cell": cure.cell,
        "status": cure.status,
        "label": cure.label,
        "complete": proven.is_complete,
        "proofs": [
            _describe_outcome(outcome) | {"cured": good}
            for outcome, good in zip(proven.proofs, proven.cured, strict=True)
        ],
        "releases": list(cure.releases),
        "systems": list(cure.systems),
        "patch": make_patch(found, proven, catalogue),
        "command": _write_command(proven, found.places),
        "elsewhere": [
            {"before": _describe_outcome(before), "after": _describe_outcome(after)}
            for one in elsewhere
            if (before := one.outcomes.get(found.cell.id)) and (after := one.outcomes.get(cure.cell))
        ],
    }


def _describe_version(cure: Cure) -> dict[str, Any]:
    return {
        "changes": list(map(_describe_change, cure.changes)),
        "environment": cure.environment,
        "status": cure.status,
        "label": cure.label,
        "run": cure.run,
        "evidence": cure.evidence,
    }


def _describe_change(change: Change) -> dict[str, str]:
    return {"axis": change.axis, "before": change.before, "after": change.after}
