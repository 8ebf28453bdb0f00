"""The terminal's colours for verdicts in finished tables: errors red, leaks and warnings yellow, clean green.

rich decides whether there are any: none where the output is piped or `TERM=dumb`, or with `NO_COLOR`; always with
`FORCE_COLOR`.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from harness.verdicts.signatures import SignatureCategory, load_signatures

if TYPE_CHECKING:
    from collections.abc import Callable

STYLES = {"clean": "green", "warns": "yellow", "leaks": "yellow", "reproduces": "red", "fails": "red"}
"""The colour of each status, here and while cells run."""


def make_painter() -> Callable[[str], str]:
    """What colours the verdicts in a line for standard output; it changes nothing where there are no colours."""
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        return str
    from rich.console import Console  # noqa: PLC0415 - most output is piped, or has nothing to colour
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, width=10_000)
    if console.color_system is None or console.no_color:
        return str
    patterns = make_verdict_patterns()

    def paint(line: str) -> str:
        text = Text(line)
        for style, pattern in patterns.items():
            text.highlight_regex(pattern, style)
        with console.capture() as captured:
            console.print(text, end="", soft_wrap=True)
        return captured.get()

    return paint


def make_verdict_patterns() -> dict[str, re.Pattern[str]]:
    """What is coloured, by the colour: whole words alone, and the names of errors."""
    words: dict[str, set[str]] = {}
    for word, style in STYLES.items():
        words.setdefault(style, set()).add(re.escape(word))
    errors = (
        one.name for one in load_signatures() if one.category in (SignatureCategory.ERROR, SignatureCategory.OUTCOME)
    )
    words["red"].update(map(re.escape, errors))
    return {
        style: re.compile(rf"(?<![\w/=@`-])(?:{'|'.join(sorted(found, key=len, reverse=True))})(?![\w/=`-])")
        for style, found in words.items()
    }
