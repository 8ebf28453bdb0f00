"""A verdict in a few words: `clean`, `leaks connection`, `loop-closed←different-loop`, `n/a`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from harness.output.text import one_line
from harness.verdicts.model import Channel, Finding, Role, Status, Verdict
from harness.verdicts.same_outcome import outcome_key, select_counting_findings
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.verdicts.same_outcome import OutcomeKey

    Categories = Mapping[str, SignatureCategory]

NOT_APPLICABLE = "n/a"
ARROW = "“a←b”: the test reports a, and b is what went wrong first."
"""What the arrow in a label means, wherever labels are shown."""

ERRORS = frozenset({SignatureCategory.ERROR, SignatureCategory.OUTCOME})
_MOST = 2  # names in one label


def label(verdict: Verdict, categories: Mapping[str, SignatureCategory]) -> str:
    """A verdict in a few words. An arrow points from the root error to the surface error that hides it.

    Signatures that `categories` does not know count as what the status is.
    """
    match verdict.status:
        case Status.REPRODUCES:
            text = _describe_errors(verdict, categories)
        case Status.FAILS:
            text = _join_names("fails ", _list_unnamed(verdict), _list_endings(verdict, categories))
        case Status.LEAKS:
            names = _list_names(verdict, categories, SignatureCategory.LEAK)
            text = _join_names("leaks ", [name.removeprefix("leaked-") for name in names])
        case Status.WARNS:
            names = _list_names(verdict, categories, SignatureCategory.WARNING)
            text = _join_names("warns ", [*names, *(f"{name} in no test" for name in _list_unnamed(verdict))])
        case Status.NOT_APPLICABLE:
            text = NOT_APPLICABLE
        case Status.CLEAN if verdict.unseen:
            text = _join_names("clean but used ", verdict.unseen)
        case Status.CLEAN | Status.UNRESOLVABLE | Status.INFRASTRUCTURE:
            text = verdict.status.value
        case _:
            assert_never(verdict.status)
    return text


def join_labels(labels: Sequence[str]) -> str:
    """The labels of one cell's samples: `clean`; of several `clean 5/5`, or `loop-closed 4/5 · clean 1/5`."""
    if len(labels) == 1:
        return labels[0]
    return " · ".join(f"{text} {times}/{len(labels)}" for text, times in Counter(labels).most_common())


def tell_apart(verdicts: Iterable[Verdict], categories: Categories) -> dict[OutcomeKey, str]:
    """A text for each different outcome among the verdicts: its label, and more where labels are the same.

    First what became of each test is added, then the findings, then the tests that they were met in.
    """
    outcomes = {outcome_key(verdict, categories): verdict for verdict in verdicts}
    texts = {key: label(verdict, categories) for key, verdict in outcomes.items()}
    for detail in (_get_pattern, _list_findings, _list_findings_by_test):
        times = Counter(texts.values())
        for key, text in texts.items():
            if times[text] > 1:
                texts[key] = f"{text} {detail(outcomes[key], categories)}".strip()
    return texts


def find_hidden(verdict: Verdict) -> set[tuple[str, str]]:
    """(surface, root) for each error that hides another in the same test and channel."""
    return {
        (surface.signature, root.signature)
        for surface in verdict.findings
        if surface.role is Role.SURFACE
        for root in verdict.findings
        if root.role is Role.ROOT and root.channel is surface.channel and _share_a_test(surface, root)
    }


def _get_pattern(verdict: Verdict, _: Categories) -> str:
    return verdict.pattern


def _list_findings(verdict: Verdict, categories: Categories) -> str:
    """Each with its channel and its place in the exception chain."""
    found = (
        f"{one.signature} in the {one.channel} ({one.role})" for one in select_counting_findings(verdict, categories)
    )
    return ", ".join(dict.fromkeys(found))


def _list_findings_by_test(verdict: Verdict, categories: Categories) -> str:
    found = [
        *((one.signature, one.tests) for one in select_counting_findings(verdict, categories)),
        *((one.type, (one.test,)) for one in verdict.unnamed),
    ]
    return ", ".join(one_line(f"{name} in {' and '.join(filter(None, tests)) or 'no test'}") for name, tests in found)


def _describe_errors(verdict: Verdict, categories: Categories) -> str:
    """The errors of the test body; those of the cleanup only where the body has none, those of the background last.

    What ended the process is named wherever it happened: the tests that follow never ran.
    """
    errors = [one for one in verdict.findings if categories.get(one.signature, SignatureCategory.ERROR) in ERRORS]
    errors = errors or list(verdict.findings)
    channel = next((each for each in Channel if any(one.channel is each for one in errors)), Channel.BODY)
    lead = "" if channel is Channel.BODY else f"{channel.value}: "
    ends = _list_endings(verdict, categories)
    return _join_names(
        lead, _list_chains([one for one in errors if one.channel is channel and one.signature not in ends]), ends
    )


def _list_endings(verdict: Verdict, categories: Categories) -> list[str]:
    """A hang or a crash."""
    return [one.signature for one in verdict.findings if categories.get(one.signature) is SignatureCategory.OUTCOME]


def _list_chains(findings: Sequence[Finding]) -> list[str]:
    """`surface←root`, and errors that stand alone; what is met in most tests first."""
    ordered = sorted(findings, key=lambda one: (-len(one.tests), one.signature))
    chains: list[str] = []
    named: set[str] = set()
    for surface in ordered:
        if surface.role is Role.SURFACE:
            roots = [one.signature for one in ordered if one.role is Role.ROOT and _share_a_test(surface, one)]
            chains += [f"{surface.signature}←{root}" for root in roots] or [surface.signature]
            named.update((surface.signature, *roots))
    return chains + [one.signature for one in ordered if one.signature not in named]


def _share_a_test(surface: Finding, root: Finding) -> bool:
    return not surface.tests or not root.tests or not set(surface.tests).isdisjoint(root.tests)


def _list_names(
    verdict: Verdict, categories: Mapping[str, SignatureCategory], category: SignatureCategory
) -> list[str]:
    return [one.signature for one in verdict.findings if categories.get(one.signature, category) is category]


def _list_unnamed(verdict: Verdict) -> list[str]:
    """The types of the errors without a name, those of tests first; the text of what has no type."""
    ordered = sorted(verdict.unnamed, key=lambda one: not one.test)
    return [one.type.rpartition(".")[2] or one.text for one in ordered]


def _join_names(lead: str, names: Iterable[str], last: Iterable[str] = ()) -> str:
    """The first names and how many there are more, and then all of the `last` ones."""
    different = [one_line(name, 60) for name in dict.fromkeys(names)]
    more = f" +{len(different) - _MOST}" if len(different) > _MOST else ""
    shown = ", ".join(different[:_MOST]) + more
    return (lead + ", ".join(filter(None, (shown, *dict.fromkeys(last))))).strip()
