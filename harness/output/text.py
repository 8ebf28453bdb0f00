"""Text from results files on its way to a terminal: nothing in it may control the terminal."""

from __future__ import annotations

import re

from harness.escaping import CONTROLS
from harness.verdicts.observations import fold_text

# Whole escape sequences go first, so that no "[31m" stays behind.
_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")

LONGEST_ERROR = 200  # of a line with an error's text
_GAP = " … "
_WORDS = 2  # of a representation: `<Task pending …>`

_DIGESTS = re.compile(r"(?:requirements|copy|environment)-[0-9a-f]{8}$")


def harmless(text: str) -> str:
    """Without escape sequences and control characters; line ends stay."""
    return text if text.isascii() and text.isprintable() else CONTROLS.sub("", _SEQUENCES.sub("", text))


def one_line(text: str, longest: int = 200) -> str:
    """Harmless, white space folded into single spaces, cut with an ellipsis."""
    # Tabs are control characters to `harmless`, but they separate words.
    return fold_text(harmless(text[: longest * 20].replace("\t", " ").replace("\r", "\n")), longest)


def shorten_error(text: str) -> str:
    """On one line; of a long text first what stands in angle brackets is left out, then what stands in the middle.

    An error's end says most: `Task <Task pending …> got Future <Future pending> attached to a different loop`.
    """
    line = one_line(text, max(len(text), LONGEST_ERROR))
    if len(line) > LONGEST_ERROR:
        line = _drop_representations(line)
    if len(line) <= LONGEST_ERROR:
        return line
    half = (LONGEST_ERROR - len(_GAP)) // 2
    return f"{line[:half].rstrip()}{_GAP}{line[-half:].lstrip()}"


def _drop_representations(line: str) -> str:
    """Of each `<Task pending name='Task-2' coro=<…>>` the first words; what is not closed stays as it is."""
    kept, depth, start = "", 0, 0
    for at, letter in enumerate(line):
        if letter == "<":
            if depth == 0:
                kept, start = kept + line[start:at], at
            depth += 1
        elif letter == ">" and depth:
            depth -= 1
            if depth == 0:
                words = line[start + 1 : at].split(" ")
                more = [] if len(words) <= _WORDS else ["…"]
                kept, start = f"{kept}<{' '.join(words[:_WORDS] + more)}>", at + 1
    return kept + line[start:]


def first_sentence(text: str) -> str:
    """`One thing.` of `One thing. Another.`, on one line."""
    return one_line(re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0])


def count(number: int, noun: str) -> str:
    """`1 cell`, `1,234 cells`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """`0.52 s`, `6 s` for whole ones, `2 min 31 s`, `1 h 05 min`."""
    if seconds < 10 and seconds != round(seconds):
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def shorten_environment(environment: str) -> str:
    """The id without the platform, which is the same for a whole run, and without digests, which nobody reads."""
    parts = environment.split("/")
    return "/".join(part for part in parts[1:] if not _DIGESTS.match(part)) or environment


def show_number(number: int) -> str:
    """A count, or a dot for none."""
    return f"{number:,}" if number else "·"


def read_number(text: str) -> int:
    """The count that `show_number` shows so."""
    return 0 if text == show_number(0) else int(text.replace(",", ""))
