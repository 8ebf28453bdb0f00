"""From an edit to the candidates that it offers: one for each place, and one for all of them together."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from harness.cure.edits.code import SuiteCode, SuiteFacts, read_code
from harness.cure.edits.imports import add_import, drop_unused_imports
from harness.cure.edits.source import compiles
from harness.cure.edits.tree import rebuild
from harness.cure.model import Candidate, CandidateKind, Content

if TYPE_CHECKING:
    from harness.cure.edits.source import Function

KEPT_PLACES = 200
FEW = 8
"""Places of an edit that are offered one by one."""
Change = Callable[[Content], Content | None]
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
        candidate = make_candidate(edit, group, code.facts, every=len(group) == len(spots))
        if (after := candidate.change(content)) is not None:
            yield replace(candidate, change=remember(candidate.change, content, after)), after


def remember(change: Change, content: Content, after: Content) -> Change:
    """The same change, which needn't be made again for the suite as it is."""
    return lambda given: after if given == content else change(given)


@lru_cache(maxsize=KEPT_PLACES)
def find_spots(edit: Edit, code: SuiteCode) -> tuple[Spot, ...]:
    """The places of an edit, each once."""
    return tuple(sorted({(each.file, each.key): each for each in edit.find(code)}.values()))


def make_groups(edit: Edit, spots: list[Spot]) -> list[list[Spot]]:
    """Each place alone, or where there are many those of each file or folder; and all of them."""
    if len(spots) <= 1 or not edit.single:
        return [spots] if spots else []
    depth = max(len(PurePosixPath(each.file).parts) for each in spots)
    for key in (tuple, *(make_folder_key(length) for length in range(depth, 0, -1))):
        groups = [list(group) for _, group in itertools.groupby(sorted(spots, key=key), key=key)]
        if 1 < len(groups) <= FEW:
            return [*groups, spots]
    return [spots]


def make_folder_key(length: int) -> Callable[[Spot], tuple[str, ...]]:
    """The first parts of a place's path."""
    return lambda spot: PurePosixPath(spot.file).parts[:length]


def make_candidate(edit: Edit, spots: Sequence[Spot], facts: SuiteFacts, *, every: bool) -> Candidate:
    wanted = frozenset((each.file, each.key) for each in spots)
    what, where = name_places(edit, spots, every=every)
    return Candidate(
        name=f"{edit.name}:{where}",
        title=edit.title.format(what),
        kind=CandidateKind.EDIT,
        change=lambda content: change_content(edit, wanted, facts, content),
    )


def name_places(edit: Edit, spots: Sequence[Spot], *, every: bool) -> tuple[str, str]:
    """What a title and a name call the places."""
    if len(spots) == 1:
        return spots[0].label, re.sub(r"[^\w.#]+", "_", f"{spots[0].file}.{spots[0].key}".rstrip("."))
    counted = f"{'both' if len(spots) == 2 else f'all {len(spots)}'} {edit.plural}"
    files = [each.file for each in spots]
    shared = files[0] if len(set(files)) == 1 else "" if every else posixpath.commonpath(files)
    return (f"{counted} of {shared}", shared.replace("/", "_")) if shared else (counted, "all")


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
        source = code.files.get(file)
        data = source.write(drop_unused_imports(source, module)) if source else module.bytes
        if data is None or (source is None and not compiles(data)):
            return None
        if data != content.get(file):
            changed[file] = data
    return {**content, **changed} if changed else None


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
