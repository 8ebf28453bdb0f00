"""What `unittest` has in place of fixtures: methods of a test case and functions of a module that run around tests.

Each is read as a fixture whose name is the function's own (`cases.py::ClientCase.asyncSetUp`). The tests of a case ask
for all of them, and those that run after a test for those that run before it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from harness.habits.model import Fixture, SourcePlace
from harness.habits.sources import OWN, Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.habits.scanning import Body

DECORATOR = "unittest"
"""In the place of a fixture's decorator."""

MODULE = ("setUpModule", "tearDownModule")
METHODS = ("setUpClass", "setUp", "asyncSetUp", "asyncTearDown", "tearDown", "tearDownClass")
"""In the order in which they run."""

_SCOPES = {"Module": "module", "Class": "class"}


def list_case_fixtures(bodies: Iterable[Body], case_classes: Iterable[str]) -> Iterator[tuple[Body, Fixture]]:
    """Those of the test cases, which are classes by name: `cases.py::ClientCase`."""
    classes = set(case_classes)
    files = {one.partition(OWN)[0] for one in classes}
    for body in bodies:
        if not isinstance(body.node, Function):
            continue
        owner = f"{body.module.path}{OWN}{body.owner}"
        method = body.node.name in METHODS and owner in classes
        if method or (body.name in MODULE and body.module.path in files):
            yield body, _make_fixture(body, body.node)


def _make_fixture(body: Body, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Fixture:
    kept = list(list_kept(body))
    return Fixture(
        name=body.id,
        place=SourcePlace(body.module.path, node.lineno),
        end=node.end_lineno or node.lineno,
        awaits=any(isinstance(one, ast.Await) for one in body.nodes),
        decorator=DECORATOR,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        is_generator=False,
        scope=next((scope for word, scope in _SCOPES.items() if node.name.endswith(word)), None),
        owner=body.owner,
        returns=kept[0][0].rpartition(".")[2] if kept else "",
        class_attributes=tuple(
            one.attr
            for one in body.nodes
            if isinstance(one, ast.Attribute)
            and isinstance(one.ctx, ast.Load)
            and ast.unparse(one.value) in ("self", "cls")
        ),
    )


def list_kept(body: Body) -> Iterator[tuple[str, ast.expr]]:
    """What a function keeps for the tests, and what that is: `self.client = …`, `global client`."""
    shared = {name for one in body.nodes if isinstance(one, ast.Global) for name in one.names}
    for node in body.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                text = ast.unparse(target)
                if text in shared or text.startswith(("self.", "cls.")):
                    yield text, node.value


def ask_for_earlier(fixtures: Iterable[Fixture], asked: Iterable[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """For each that runs after a test, those that run before it. `asked`: what the tests ask for, in order."""
    found: dict[str, dict[str, None]] = {one.name: {} for one in fixtures if one.decorator == DECORATOR}
    for names in asked:
        own = [one for one in names if one in found]
        for number, name in enumerate(own):
            found[name] |= dict.fromkeys(own[:number])
    return {name: tuple(names) for name, names in found.items()}
