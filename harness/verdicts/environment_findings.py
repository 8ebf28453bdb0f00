"""Taking an environment's own warnings and leaks out of a cell's verdict, and nothing else.

Two findings are the same when their signature and their sample are, with what differs from run to run masked: numbers,
addresses, temporary names. The sample begins with the place (`conftest.py:12: …`, `created at conftest.py:12 in …`), so
the same text from another file, or a loop created in another function, is another finding.

A loop whose place is a library's was made by the plugin, or by asyncio because a library asked for the current loop
when there was none. That one belongs to nobody: up to Python 3.9 a client that is made before the first test asks
first, otherwise the plugin does, and neither closes it. Who asked, and in which function, depends on the suite and
isn't its doing, so those places count as one. How *many* are left is not: leaks are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from harness.verdicts.signatures import SignatureCategory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.verdicts.model import Finding
    from harness.verdicts.signatures import Signature

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F…]+")
_NUMBER = re.compile(r"\d+")
_LIBRARY_FRAME = re.compile(
    r"(?<=\bat )(?:pytest_asyncio|backports/asyncio/runner|uvloop|winloop|valkey/asyncio|redis/asyncio)/\w+\.py:#"
    r" in [\w.<>]+"
)

Key = tuple[str, str]


@lru_cache(maxsize=8192)
def key_of(signature: str, sample: str) -> Key:
    """What makes two findings of two runs the same one."""
    masked = _NUMBER.sub("#", _ADDRESS.sub("#", sample))
    return signature, _LIBRARY_FRAME.sub("a library", masked)


def can_belong_to_environment(category: SignatureCategory) -> bool:
    """Whether findings of this category can belong to the environment. Errors never do."""
    match category:
        case SignatureCategory.WARNING | SignatureCategory.LEAK:
            return True
        case SignatureCategory.ERROR | SignatureCategory.OUTCOME:
            return False
        case _:
            assert_never(category)


class RemainingFindings:
    """The environment's own findings, used up as a cell's are compared with them.

    A warning is taken out however often it is given. A leak is taken out once for each time the environment shows it,
    and in each of the `processes` that run tests.
    """

    def __init__(self, findings: Iterable[Finding], *, processes: int = 1) -> None:
        self._left = Counter(
            key_of(finding.signature, finding.sample) for finding in findings for _ in range(processes)
        )

    def takes(self, signature: Signature, sample: str) -> bool:
        """Whether this is the environment's; a leak that it takes is used up."""
        key = key_of(signature.name, sample)
        if not can_belong_to_environment(signature.category) or not self._left[key]:
            return False
        if signature.category is SignatureCategory.LEAK:
            self._left[key] -= 1
        return True

    @staticmethod
    def distinct(findings: Sequence[Finding], signatures: Iterable[Signature]) -> list[Finding]:
        """Warnings once each, leaks as often as they are there."""
        counted = {signature.name for signature in signatures if signature.category is SignatureCategory.LEAK}
        kept: list[Finding] = []
        seen: set[Key] = set()
        for finding in findings:
            key = key_of(finding.signature, finding.sample)
            if finding.signature in counted or key not in seen:
                kept.append(finding)
            seen.add(key)
        return kept
