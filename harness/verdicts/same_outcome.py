"""Whether two verdicts are the same outcome. Every command asks here, so that their counts can be compared.

Two verdicts are the same outcome when a user would see the same happen:

- the status is the same;
- so are the findings that the status stands for, each with its channel, its place in the exception chain and the tests
  it was met in. Beside an error, leaks and warnings don't count; beside a leak, warnings don't;
- so are the errors that no signature names, by type, channel and test;
- so is what became of each test.

Texts don't count, since they hold numbers and addresses, nor does the reason why nothing could be run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from harness.verdicts.model import Status
from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.verdicts.model import Finding, Verdict

    Categories = Mapping[str, SignatureCategory]

OutcomeKey = tuple[object, ...]

_ERRORS = frozenset({SignatureCategory.ERROR, SignatureCategory.OUTCOME})

COUNTING = {
    Status.CLEAN: frozenset(SignatureCategory),
    Status.WARNS: frozenset(SignatureCategory),
    Status.LEAKS: frozenset({*_ERRORS, SignatureCategory.LEAK}),
    Status.REPRODUCES: _ERRORS,
    Status.FAILS: _ERRORS,
}
"""The statuses of what ran and was measured, each with the categories of signatures that it stands for."""


def select_counting_findings(verdict: Verdict, categories: Categories) -> tuple[Finding, ...]:
    """What the verdict stands for. Signatures that `categories` doesn't know count as errors."""
    wanted = COUNTING.get(verdict.status, frozenset())
    return tuple(one for one in verdict.findings if categories.get(one.signature, SignatureCategory.ERROR) in wanted)


def outcome_key(verdict: Verdict, categories: Categories) -> OutcomeKey:
    """Equal for two verdicts exactly when they are the same outcome."""
    findings = select_counting_findings(verdict, categories)
    return (
        verdict.status,
        tuple((one.signature, one.channel, one.role, one.tests) for one in findings),
        tuple((error.channel, error.type, error.test) for error in verdict.unnamed),
        verdict.pattern,
    )


def are_same_outcome(one: Verdict, other: Verdict, categories: Categories) -> bool:
    """Whether the two verdicts are the same outcome."""
    return outcome_key(one, categories) == outcome_key(other, categories)


Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


class IdentityCache(Generic[Thing, Answer]):
    """A function of one object that is called once for each: by identity, as hashing verdicts takes longer than most
    answers. It keeps the objects, so that no identity is given to another object.
    """

    def __init__(self, function: Callable[[Thing], Answer]) -> None:
        self._function = function
        self._known: dict[int, tuple[Thing, Answer]] = {}

    def __call__(self, thing: Thing) -> Answer:
        known = self._known.get(id(thing))
        if known is None:
            known = self._known[id(thing)] = thing, self._function(thing)
        return known[1]
