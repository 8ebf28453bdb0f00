"""anyio's plugin makes a loop for each test, unless an async fixture of the session holds one open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.cure.edits.additions import add_definition
from harness.cure.edits.between_tests import EMPTY, find_conftest
from harness.cure.edits.calls import set_keyword
from harness.cure.edits.decorators import change_fixture
from harness.cure.edits.editing import Edit, Spot, rewrite_functions
from harness.cure.edits.marks import BACKEND, is_run_by_anyio
from harness.cure.edits.source import PLAIN_FIXTURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import Function

_BACKEND = f"""\
@{{}}(scope="session", params=["asyncio"])
def {BACKEND}(request):
    return request.param
"""
"""As a parameter, since the plugin's own is one: the tests keep their names."""

_HOLDER = f'''\
@{{}}(scope="session", autouse=True)
async def hold_loop({BACKEND}):
    """Keep one loop open for all tests and fixtures."""
    yield
'''


def find_unheld(code: SuiteCode) -> Iterator[Spot]:
    """The file that can get the fixture, for tests that run on a loop each."""
    backends = code.by_name.get(BACKEND, ())
    held = any(each.is_async and each.autouse and each.scope == "session" for each in code.fixtures)
    if is_run_by_anyio(code) and not held and len(backends) <= 1 and not any(each.owner for each in backends):
        file = backends[0].file if backends else find_conftest(code)
        yield Spot(file, "", f"`{file}`")


def hold_loop(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    """Widen the suite's own `anyio_backend`, or write one, and below it the fixture that asks for it."""
    return {spot.file: _hold_in(code, spot.file) for spot in spots}


def _hold_in(code: SuiteCode, file: str) -> cst.Module:
    source = code.files.get(file)
    spelled = source.names.spell(PLAIN_FIXTURE) if source else None
    fixture, imports = spelled or PLAIN_FIXTURE, [] if spelled else ["import pytest"]
    own = code.by_name.get(BACKEND, ())
    if own:
        module = rewrite_functions(code, {own[0]: lambda node: _widen(own[0], node)})[file]
    else:
        module = add_definition(source.module if source else EMPTY, _BACKEND.format(fixture), imports)
    backend = own[0].name if own else BACKEND
    after = next(each for each in module.body if isinstance(each, cst.FunctionDef) and each.name.value == backend)
    return add_definition(module, _HOLDER.format(fixture), imports, after=after)


def _widen(backend: Function, node: cst.FunctionDef) -> cst.FunctionDef:
    return change_fixture(backend, node, lambda decorator: set_keyword(decorator, "scope", '"session"'))


EDITS = (
    Edit(
        name="hold_anyio_loop",
        title="run all tests and async fixtures on one loop, which a fixture of the session in {} holds open",
        plural="files",
        find=find_unheld,
        apply=hold_loop,
    ),
)
