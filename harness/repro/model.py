"""What a reproduction is made of."""

from __future__ import annotations

import msgspec

from harness.environments.model import Environment
from harness.suites.subject import Files
from harness.suites.suite import slug
from harness.verdicts.model import Channel, Finding, Unnamed, Verdict


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """A suite that was run in an environment, and what came of it."""

    subject: str  # a cell's id, or a suite's
    habits: tuple[tuple[str, str], ...]  # axis=value and what it means; none of a suite of one's own
    environment: Environment
    server: str  # "valkey 9.1.2"
    files: Files
    verdict: Verdict
    label: str  # the verdict in a line, as tables have it

    @property
    def name(self) -> str:
        """Names its folder and its file: the subject and what was under test."""
        here = self.environment
        return slug(f"{self.subject}-pytest-asyncio-{here.plugin}-python-{here.python_minor}")

    @property
    def errors(self) -> tuple[str, ...]:
        """Each error in a line: its name and the first that was said."""
        met: tuple[Finding | Unnamed, ...] = (*self.verdict.findings, *self.verdict.unnamed)
        return tuple(dict.fromkeys(_told(each) for each in met))


def _told(met: Finding | Unnamed) -> str:
    said = f"{met.signature}: {met.sample}" if isinstance(met, Finding) else f"{met.type}: {met.text}"
    return f"cleanup: {said}" if met.channel is Channel.CLEANUP else said
