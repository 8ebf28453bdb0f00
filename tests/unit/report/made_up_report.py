"""Results for tests of reports, some of them from people who mean harm."""

from __future__ import annotations

from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict
from tests.unit.store.made_up_results import environment

OLD, NEW = environment("0.26.0"), environment("1.0.0")
GLOBAL = "default/function/module_global/none"
PLAIN = "default/function/async_fixture/aclose"
UNCLOSED = "default/function/async_fixture/none"

HOSTILE = (
    "|`*_[x](javascript:alert(1))",
    "<script>alert(1)</script>",
    "</title></svg><script>",
    "line\nanother\r\nthird\u2028",
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "＝1",
    "\t=1",
    "\x1b]0;title\x07\x9b31m\u202e\x00",
    "\ufffe\uffff]]>&amp;\"'",
    "@somebody #1 https://example.org/",
    "</details>\n\n# Heading\n",
    "🙂" * 20,
    "long " * 20_000,
)
"""Texts that would be something else in Markdown, CSV, SVG or a terminal if they weren't escaped."""


def make_verdict(text: str) -> Verdict:
    """The text wherever a verdict has one."""
    return Verdict(
        status=Status.FAILS,
        findings=(
            Finding(
                signature=text[:90], channel=Channel.BODY, role=Role.ONLY, tests=(f"test_a.py::{text}",), sample=text
            ),
        ),
        unnamed=(Unnamed(channel=Channel.BODY, type=text, text=text, test=text),),
        pattern=text[:5_000],
        reason=text,
        ending=text,
        notes=(text,),
        unseen=(text,),
    )
