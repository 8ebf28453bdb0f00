"""All edits that a suite can be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cure.edits import declare_fixtures, narrow_scopes
from harness.cure.edits.code import find_facts, read_code
from harness.cure.edits.editing import list_candidates

if TYPE_CHECKING:
    from harness.catalogue.target import Target
    from harness.cure.model import Candidate, Content
    from harness.habits.model import Habits

EDITS = (*narrow_scopes.EDITS, *declare_fixtures.EDITS)


def list_edits(content: Content, habits: Habits, target: Target) -> tuple[Candidate, ...]:
    """What may cure the suite by changing its code, each edit for each place, and for all of its places together.

    A candidate's `change` finds its place again by file and name, so that one can follow another.
    """
    code = read_code(content, find_facts(habits, target))
    return tuple(candidate for edit in EDITS for candidate in list_candidates(edit, code, content))
