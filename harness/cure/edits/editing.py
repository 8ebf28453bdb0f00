"""From an edit to the candidates that it offers: one for each place, and one for all of them together."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from harness.cure.edits.code import SuiteCode, SuiteFacts, read_code
from harness.cure.edits.imports import add_import, drop_unused_imports
from harness.cure.edits.tree import rebuild
from harness.cure.model import Candidate, CandidateKind, Content

if TYPE_CHECKING:
    from harness.cure.edits.source import Function

KEPT_PLACES = 200
FEW = 8
"""Places of an edit that are offered one by one."""
Modules = Mapping[str, cst.Module]
"""The files that an edit changes."""


class Spot(NamedTuple):
    """A place that an edit changes: a function, a class or a module."""

    file: str
    key: str  # the same while other code changes
    label: str  # as titles name it


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One kind of change. `apply` changes places that `find` gives; after that `find` doesn't give them any more."""

    name: str
    title: str  # "narrow {} to function scope"
    plural: str  # what several places are: "fixtures"
    find: Callable[[SuiteCode], Iterable[Spot]]
    apply: Callable[[SuiteCode, Sequence[Spot]], Modules]
    single: bool = True  # offer each place alone, too


def list_candidates(edit: Edit, code: SuiteCode, content: Content) -> Iterator[tuple[Candidate, Content]]:
    """The candidates of an edit that change something and leave code that compiles, each with what it makes."""
    spots = list(find_spots(edit, code))
    for group in make_groups(edit, spots):
        candidate = make_candidate(edit, group, code.facts)
        if (after := candidate.change(content)) is not None:
            yield candidate, after


@lru_cache(maxsize=KEPT_PLACES)
def find_spots(edit: Edit, code: SuiteCode) -> tuple[Spot, ...]:
    """The places of an edit, each once."""
    return tuple(sorted({(each.file, each.key): each for each in edit.find(code)}.values()))


def make_groups(edit: Edit, spots: list[Spot]) -> list[list[Spot]]:
    """Each place alone, where there are many those of each file instead; and all of them."""
    alone = [[each] for each in spots] if edit.single or len(spots) == 1 else []
    if len(alone) > FEW:
        alone = [list(group) for _, group in itertools.groupby(spots, key=lambda each: each.file)]
    return alone if len(alone) == 1 or len(spots) <= 1 else [*alone, spots]


def make_candidate(edit: Edit, spots: Sequence[Spot], facts: SuiteFacts) -> Candidate:
    wanted = frozenset((each.file, each.key) for each in spots)
    what, where = name_places(edit, spots)
    return Candidate(
        name=f"{edit.name}:{where}",
        title=edit.title.format(what),
        kind=CandidateKind.EDIT,
        change=lambda content: change_content(edit, wanted, facts, content),
    )


def name_places(edit: Edit, spots: Sequence[Spot]) -> tuple[str, str]:
    """What a title and a name call the places."""
    if len(spots) == 1:
        return spots[0].label, re.sub(r"[^\w.#]+", "_", f"{spots[0].file}.{spots[0].key}".rstrip("."))
    every = f"{'both' if len(spots) == 2 else f'all {len(spots)}'} {edit.plural}"
    files = {each.file for each in spots}
    return (f"{every} of {spots[0].file}", next(iter(files)).replace("/", "_")) if len(files) == 1 else (every, "all")


def change_content(
    edit: Edit, wanted: frozenset[tuple[str, str]], facts: SuiteFacts, content: Content
) -> Content | None:
    """The files after an edit of those of the wanted places that are still there; None if nothing changes."""
    code = read_code(content, facts)
    spots = [each for each in find_spots(edit, code) if (each.file, each.key) in wanted]
    if not spots:
        return None
    changed: dict[str, bytes] = {}
    for file, module in edit.apply(code, spots).items():
        tidy = drop_unused_imports(code.files[file].used, module) if file in code.files else module
        if file not in content or tidy.bytes != content[file]:
            changed[file] = tidy.bytes
    if not changed or not all(compiles(data) for data in changed.values()):
        return None
    return {**content, **changed}


def compiles(data: bytes) -> bool:
    """Whether it is code; `await` and `yield` at wrong places are found too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "<edited>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def join_candidates(name: str, title: str, parts: Sequence[Candidate]) -> Candidate:
    """One candidate that does what several do, one after the other."""

    def change(content: Content) -> Content | None:
        now = content
        for part in parts:
            now = part.change(now) or now
        return None if now is content else now

    return Candidate(name=name, title=title, kind=CandidateKind.EDIT, change=change)


def spot_of(function: Function) -> Spot:
    return Spot(function.file, function.key, function.label)


def rewrite_functions(
    code: SuiteCode,
    changes: Mapping[Function, Callable[[cst.FunctionDef], cst.FunctionDef]],
    imports: Iterable[str] = (),
) -> dict[str, cst.Module]:
    """The files in which functions are changed, with what those import beside."""
    changed: dict[str, cst.Module] = {}
    for file, source in code.files.items():
        own: dict[cst.CSTNode, Callable[[cst.CSTNode], cst.CSTNode]] = {
            function.node: as_node_change(change) for function, change in changes.items() if function.file == file
        }
        if own:
            module = rebuild(source.module, own)
            for line in imports:
                module = add_import(module, line)
            changed[file] = module
    return changed


def as_node_change(change: Callable[[cst.FunctionDef], cst.FunctionDef]) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def change_node(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.FunctionDef)
        return change(node)

    return change_node
