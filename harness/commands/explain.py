"""`explain`: what an error, a whole output, a signature or a cell means, and the nearest measured cures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.errors import ExitCode
from harness.explain.answering import answer
from harness.explain.output import AnswerWriter
from harness.explain.subject import find_subject
from harness.output.printing import find_terminal_width, print_json, print_lines

if TYPE_CHECKING:
    from harness.cli.options import ExplainOptions


def run(options: ExplainOptions) -> int:
    """Print the explanation; 1 where the text has an error and no signature names any of it."""
    catalogue = load_catalogue()
    subject = find_subject(options.what, catalogue)
    found = answer(subject, options, catalogue)
    if options.json:
        print_json(msgspec.to_builtins(found))
    else:
        print_lines(AnswerWriter(find_terminal_width(), every=options.every).write(found))
    return ExitCode.DIFFERENCES if found.unknown and not found.errors else ExitCode.DONE
