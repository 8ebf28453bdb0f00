"""Definitions that an edit takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.cure.edits.code import SuiteCode
    from harness.cure.edits.editing import Modules
    from harness.cure.edits.source import Function


def remove_functions(
    code: SuiteCode, functions: Sequence[Function], edited: Modules | None = None
) -> dict[str, cst.Module]:
    """The files without these functions; of those `edited` already, what was made of them, without these."""
    changed = dict(edited or {})
    for file in dict.fromkeys(each.file for each in functions):
        dropper = NodeDropper({each.node for each in functions if each.file == file})
        module = (changed.get(file) or code.files[file].module).visit(dropper)
        assert isinstance(module, cst.Module)
        changed[file] = module
    return changed


class NodeDropper(cst.CSTTransformer):
    """Drops statements; a block that nothing stays in gets `pass`."""

    def __init__(self, nodes: Collection[cst.CSTNode]) -> None:
        super().__init__()
        self.nodes = nodes

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode | cst.RemovalSentinel:  # type: ignore[override]
        if any(original_node is each for each in self.nodes):
            return cst.RemoveFromParent()
        if isinstance(updated_node, cst.IndentedBlock) and not updated_node.body:
            return updated_node.with_changes(body=[cst.parse_statement("pass")])
        return updated_node
