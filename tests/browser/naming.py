"""How the page names errors."""

from __future__ import annotations

import re

from harness.verdicts.signatures import load_signatures

WITH_ID, ALONE = "{} {}", "{}"
"""In headings, and in rows of a table."""


def write_names(label: str, form: str) -> str:
    """A label with the text of each signature in the place of its id."""
    titles = {one.name: one.title for one in load_signatures()}

    def name(match: re.Match[str]) -> str:
        return form.format(titles[match[0]], match[0]) if match[0] in titles else match[0]

    return re.sub(r"[a-z]+(?:-[a-z]+)+", name, label.replace("←", " ← ")).replace("`", "")
