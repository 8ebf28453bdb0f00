"""The pages of signatures: an index, and a page for each at an address that stays, also where its name is retired."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docs.links import as_link
from harness.analysis.cell_sets import COMMON, FURTHER
from harness.catalogue.loading import load_catalogue
from harness.environments.releases import load_releases
from harness.explain.explaining import Explainer
from harness.explain.occurrences import group_ranges
from harness.explain.output import describe_proof, name_versions, summarize_diff
from harness.invocation import SCRIPT
from harness.knowledge.outcomes import Outcomes
from harness.knowledge.readers import match_environments, read_versions
from harness.output.table import escape
from harness.output.text import count, first_sentence
from harness.store.reading import read_results
from harness.verdicts.signatures import SignatureCategory, load_retired, load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.explain.explanation import ExplainedError
    from harness.explain.occurrences import Occurrences
    from harness.verdicts.signatures import RetiredName, Signature

BASELINE = Path(__file__).resolve().parents[1] / "results" / "baseline"
FOLDER = "signatures"
CURES = 2  # on a page
BROKEN = "0.23.3 with pytest 8.0.0"
BROKEN_NOTE = f"""
pytest-asyncio {BROKEN}: every cell fails there, whatever it does. This release doesn't work with the pytest that was
the newest of its day ([pytest-asyncio 763](https://github.com/pytest-dev/pytest-asyncio/issues/763)).
"""
MADE = "<!-- Made from harness/verdicts/signatures.toml and the committed baseline by `python -m docs committed`. -->"

CATEGORIES = {
    SignatureCategory.ERROR: "Errors",
    SignatureCategory.LEAK: "Leaks",
    SignatureCategory.WARNING: "Warnings",
    SignatureCategory.OUTCOME: "Outcomes of a whole suite",
}

HEAD = f"""# Signatures

{MADE}

A signature is a kind of error that this project knows by name. What a run prints are these names; `cleanup:` before
one means that the tests passed and only the cleanup failed, `background:` that it reached no test: it ended a thread,
or was logged. An error that no signature names is shown as it is. `explain` finds the signatures of any text:
`valkey-loop-matrix explain 'Event loop is closed'`.
"""


def signature_pages() -> dict[str, str]:
    """Each page by its path below the docs."""
    outcomes = Outcomes(read_results(BASELINE, lean=True))
    versions = read_versions(outcomes, load_releases())
    explainer = Explainer(outcomes, load_catalogue(), versions, match_environments(outcomes, versions))
    signatures, retired = load_signatures(), load_retired()
    return {
        "signatures.md": make_index(signatures, retired),
        **{f"{FOLDER}/{one.name}.md": make_page(one, explainer) for one in signatures},
        **{f"{FOLDER}/{one.name}.md": make_retired_page(one) for one in retired},
    }


def make_index(signatures: tuple[Signature, ...], retired: tuple[RetiredName, ...]) -> str:
    """The page of all signatures, by what they mean."""
    return "\n".join([*_list_index(signatures, retired), ""])


def _list_index(signatures: tuple[Signature, ...], retired: tuple[RetiredName, ...]) -> Iterator[str]:
    yield HEAD
    for category, title in CATEGORIES.items():
        yield f"## {title}\n"
        for one in signatures:
            if one.category is category:
                yield f"- **{_link(one.name)}**: *{escape(one.title)}*. {first_sentence(one.cause)}"
        yield ""
    if retired:
        yield "## Retired names\n"
        yield from (f"- {_link(one.name)}: now {', '.join(map(_link, one.now))}" for one in retired)
        yield ""
    names = [*(one.name for one in signatures), *(one.name for one in retired)]
    yield "\n".join(["```{toctree}", ":hidden:", "", *(f"{FOLDER}/{name}" for name in sorted(names)), "```"])


def _link(name: str) -> str:
    return f"[{name}]({FOLDER}/{name}.md)"


def make_page(signature: Signature, explainer: Explainer) -> str:
    """One signature: what it says, its cause, what to do, where it is met, what leads to it and what cured it."""
    return "\n".join([*_list_page(signature, explainer), ""])


def _list_page(signature: Signature, explainer: Explainer) -> Iterator[str]:
    yield f"# {signature.name}\n\n{MADE}\n\n*{escape(signature.title)}*\n\n{signature.cause.strip()}\n"
    if signature.advice:
        yield f"**What to do:** {signature.advice.strip()}\n"
    yield f"Reference: {as_link(signature.reference)}. In your terminal: `{SCRIPT} explain {signature.name}`.\n"
    found = explainer.explain_error(signature.name, cures=CURES)
    yield from _list_causes(found)
    yield from _list_cure(found)
    yield "## Where it is met\n"
    yield from _list_occurrences(signature, explainer.occurrences, found.own)
    yield from _list_relatives(signature, explainer.occurrences)


def _list_causes(found: ExplainedError) -> Iterator[str]:
    if not found.rules:
        return
    yield "## What leads to it\n"
    where = f"On {name_versions(found.environment)}, {found.cells:,} of {found.measured:,} combinations of test habits"
    yield f"{where} show it. What they have in common:\n"
    yield "| habit | with the error |"
    yield "| --- | ---: |"
    for rule in found.rules:
        yield f"| {rule.text} | {rule.support:,} of {rule.meeting:,} |"
    yield ""
    if found.uncovered:
        yield f"{found.uncovered:,} of the {found.cells:,} follow none of these rules.\n"


def _list_cure(found: ExplainedError) -> Iterator[str]:
    for place, one in enumerate(found.cures):
        if place == 0:
            yield "## Cures that were measured\n"
        yield f"**{'; '.join(one.words)}.** {describe_proof(one)}\n"
        if one.settings:
            yield "For all tests at once, in pytest's settings:\n"
            yield "\n".join(["```ini", "[pytest]", *one.settings, "```", ""])
        code = summarize_diff(one.summary)
        yield f"```diff\n{code}\n```\n" if code else ""
        yield f"The whole change: `{SCRIPT} explain {found.surface} --all`. It is of the cell `{one.cell}`.\n"


def _list_occurrences(signature: Signature, occurrences: Occurrences, own: Sequence[str]) -> Iterator[str]:
    found = occurrences.find(signature.name)
    if not any(one.any for one in found) and own:
        yield f"On pytest-asyncio {', '.join(own)} every suite shows it, whatever the tests do.\n"
        return
    if not any(one.any for one in found):
        yield "No cell of the committed baseline shows it: no habit of the catalogue leads to it on those versions.\n"
        return
    yield f"Cells of the committed baseline that show it: {COMMON}, and {FURTHER}.\n"
    yield "| pytest-asyncio | Python | run everywhere | need a version |"
    yield "| --- | --- | ---: | ---: |"
    ranges = group_ranges(found)
    for one in ranges:
        further = f"{one.further:,} of {one.further_of:,}" if one.further_of else "–"
        yield f"| {one.releases} | {one.pythons} | {one.cells:,} of {one.of:,} | {further} |"
    yield BROKEN_NOTE if any(BROKEN in one.releases for one in ranges) else ""


def _list_relatives(signature: Signature, occurrences: Occurrences) -> Iterator[str]:
    environment, relations = occurrences.find_relations(signature.name)
    if environment is None or not relations:
        return
    where = f"{environment.plugin_name} and Python {environment.python_minor}"
    yield "## Relatives\n"
    yield f"Met together in one exception chain, on {where}:\n"
    for one in relations:
        other = one.root if one.surface == signature.name else one.surface
        role = (
            "went wrong first and this one is reported" if other == one.root else "is reported and this one went first"
        )
        yield f"- [{other}]({other}.md) {role}: {count(one.cells, 'cell')}"
    yield ""


def make_retired_page(retired: RetiredName) -> str:
    """Where a name points that no signature has any more."""
    now = ", ".join(f"[{name}]({name}.md)" for name in retired.now)
    return f"# {retired.name}\n\n{MADE}\n\nThis name was retired in version {retired.since}. It is now {now}.\n"
