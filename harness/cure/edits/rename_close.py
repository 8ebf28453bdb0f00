"""`close` of a client is deprecated since redis 5.0.1, which calls it `aclose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.clients import Clients, find_clients, is_run
from harness.cure.edits.coroutines import OwnBody
from harness.cure.edits.editing import Edit, rewrite_functions, spot_of
from harness.cure.edits.names import write_dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules, Spot
    from harness.cure.edits.source import Function

OLD = m.Call(func=m.Attribute(m.Name() | m.Attribute(), m.Name("close")), args=[])


def find_old(clients: Clients, function: Function) -> set[str]:
    """What closes a client in a function by the old name: `client.close`."""
    source = clients.code.files[function.file]
    if b".close" not in source.text:
        return set()
    driven = [each.expression for each in function.find_own(cst.Await)]
    driven += [each.args[0].value for each in function.find_own(cst.Call) if is_run(each, source) and each.args]
    found = set()
    for call in driven:
        if m.matches(call, OLD):
            assert isinstance(call, cst.Call)
            assert isinstance(call.func, cst.Attribute)
            kind = clients.kind_of(call.func.value, source, function)
            if kind and "await {}.aclose()" in kind.closing:
                found.add(write_dotted(call.func) or "")
    return found


def find_deprecated(code: SuiteCode) -> Iterator[Spot]:
    clients = find_clients(code)
    return (spot_of(each) for each in (*code.fixtures, *code.tests) if find_old(clients, each))


def rename(code: SuiteCode, spots: Sequence[Spot]) -> Modules:
    clients = find_clients(code)
    chosen = [each for each in (*code.fixtures, *code.tests) if spot_of(each) in spots]
    return rewrite_functions(code, {each: rename_in(find_old(clients, each)) for each in chosen})


def rename_in(old: set[str]) -> Callable[[cst.FunctionDef], cst.FunctionDef]:
    return lambda node: Renamer(old).change(node)


class Renamer(OwnBody):
    """Calls `aclose` where a client was closed by `close`."""

    def __init__(self, old: set[str]) -> None:
        super().__init__()
        self.old = old

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802 - libcst's name
        old = write_dotted(original_node) in self.old
        return updated_node.with_changes(attr=cst.Name("aclose")) if old else updated_node


EDITS = (
    Edit(
        name="rename_close",
        title="close the client of {} by aclose",
        plural="fixtures and tests",
        find=find_deprecated,
        apply=rename,
    ),
)
