"""A suite's files → its habits. Only `ast` looks at them; nothing is imported or executed."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import msgspec

from harness.habits.applications import find_serving
from harness.habits.calls import read_calls
from harness.habits.cases import DECORATOR as CASE
from harness.habits.cases import ask_for_earlier, list_case_fixtures
from harness.habits.closing import ClosingReader
from harness.habits.declaring import ANYWHERE, TestLister, list_fixtures, list_unknown_look_ups
from harness.habits.making import find_sites
from harness.habits.marks import HookMark, read_hook
from harness.habits.model import Fixture, Habits, Undecided
from harness.habits.policies import list_conditional
from harness.habits.references import References
from harness.habits.scanning import Body, list_bodies
from harness.habits.sources import Function, Sources
from harness.habits.workloads import find_open_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.habits.making import Where

HOOK = "pytest_collection_modifyitems"


def read_habits(content: Mapping[str, bytes], part: str = "") -> Habits:
    """The habits of the suite of these files, as far as its source shows them.

    `part`: a path that pytest is given; without one, it looks for tests where its settings say.
    """
    sources = Sources(content, part)
    bodies = {body.id: body for module in sources.modules.values() for body in list_bodies(module)}
    declared = list(list_fixtures(sources, bodies.values()))
    hooks, undecided = _read_hooks(sources, bodies.values())
    lister = TestLister(sources, bodies, hooks)
    tests = list(lister.list_tests())
    case_classes = {name for chain in lister.chains for name in chain}
    cases = list(list_case_fixtures(bodies.values(), case_classes))
    earlier = ask_for_earlier((one for _, one in cases), (test.arguments for _, test in tests))
    declared += [(body, msgspec.structs.replace(one, arguments=earlier[one.name]), ()) for body, one in cases]
    kinds: dict[str, Where] = {body.id: "test" for body, _ in tests}
    kinds.update({body.id: "fixture" for body, _, _ in declared})
    sites = find_sites(sources, bodies.values(), kinds)
    references = References(sources, bodies, sites)
    visible = _list_visible(sources, declared)
    fixtures = [
        msgspec.structs.replace(
            fixture,
            clients=references.follow(body)[0],
            functions=references.follow(body)[1],
            calls=_list_called(body),
            serves=find_serving(sources, body),
            open_scope=find_open_scope(sources, body),
            visible_in=tuple(sorted(visible[body.id])),
        )
        for body, fixture, _ in declared
    ]
    readers = ClosingReader(sources, sites, _name_client_fixtures(fixtures))
    readers.learn_cases([body for body, _ in cases], lister.chains)
    undecided += [one for _, _, found in declared for one in found]
    undecided += [one for body in bodies.values() if body.id in kinds for one in list_unknown_look_ups(body)]
    undecided += [*sources.undecided, *lister.undecided]
    problem = sources.settings.problem
    calls = sorted((one for body in bodies.values() for one in read_calls(sources, body)), key=lambda one: one.place)
    undecided += list_conditional(calls)
    return Habits(
        files=tuple(sources.modules),
        fixtures=tuple(sorted(fixtures, key=lambda one: one.place)),
        tests=tuple(
            msgspec.structs.replace(
                test,
                clients=references.follow(body)[0],
                functions=references.follow(body)[1],
                calls=_list_called(body),
                serves=find_serving(sources, body),
            )
            for body, test in tests
        ),
        clients=sites.all,
        closings=tuple(
            sorted(
                (
                    one
                    for body in bodies.values()
                    for one in readers.read(body, is_fixture=kinds.get(body.id) == "fixture")
                ),
                key=lambda one: one.place,
            )
        ),
        calls=tuple(calls),
        settings=sources.settings.list_loop_settings(),
        undecided=tuple(sorted(dict.fromkeys(undecided), key=lambda one: one.place)),
        broken=(*sources.broken, *([problem] if problem else [])),
    )


def _read_hooks(sources: Sources, bodies: Iterable[Body]) -> tuple[list[HookMark], list[Undecided]]:
    """What the hooks of conftest files and plugins mark."""
    found: list[HookMark] = []
    undecided: list[Undecided] = []
    for body in bodies:
        plugin = sources.is_loaded_conftest(body.module.path) or body.module.path in sources.plugins
        if plugin and isinstance(body.node, Function) and body.name == HOOK:
            marks, unknown = read_hook(sources, body)
            found += marks
            undecided += unknown
    return found, undecided


def _list_called(body: Body) -> tuple[str, ...]:
    """The names of the methods and functions that a body calls."""
    names = [
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in body.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))
    ]
    return tuple(dict.fromkeys(names))


def _list_visible(
    sources: Sources, declared: Iterable[tuple[Body, Fixture, tuple[Undecided, ...]]]
) -> dict[str, set[str]]:
    """For each fixture's function, the files whose tests and fixtures can ask for it by way of that file."""
    visible = {body.id: {ANYWHERE if one.decorator == CASE else body.module.path} for body, one, _ in declared}
    for module in sources.modules.values():
        for name in module.imports:
            own = sources.qualify(module, name)
            if own in visible:
                visible[own].add(module.path)
    for files in visible.values():
        if any(file in sources.plugins for file in files):
            files.add(ANYWHERE)
    return visible


def _name_client_fixtures(fixtures: Iterable[Fixture]) -> frozenset[str]:
    """Fixtures that hand out a client, or what another one of them hands out."""
    fixtures = list(fixtures)
    names = {one.name for one in fixtures if one.clients or one.class_attributes}
    while True:
        more = {one.name for one in fixtures if names.intersection(one.arguments)} - names
        if not more:
            return frozenset(names)
        names |= more
