"""What a module's imports bind, so that an expression can be read as the dotted name that it means."""

from __future__ import annotations

import libcst as cst


def write_dotted(node: cst.BaseExpression) -> str | None:
    """`a.b.c` of such an expression; None for any other."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = write_dotted(node.value)
        return before and f"{before}.{node.attr.value}"
    return None


class Names(cst.CSTVisitor):
    """The names that a module imports. Those that only a function imports can be read, but not be used elsewhere."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__()
        self.bound: dict[str, str] = {}
        self.at_top: dict[str, str] = {}
        self._depth = 0
        module.visit(self)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802, ARG002 - libcst's names
        self._depth += 1

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:  # noqa: N802, ARG002
        self._depth -= 1

    def visit_Import(self, node: cst.Import) -> None:  # noqa: N802
        for alias in node.names:
            if alias.asname:
                self._bind(alias.evaluated_alias or "", alias.evaluated_name)
            else:
                first = alias.evaluated_name.partition(".")[0]
                self._bind(first, first)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: N802
        if isinstance(node.names, cst.ImportStar):
            return
        module = "." * len(node.relative) + ((node.module and write_dotted(node.module)) or "")
        for alias in node.names:
            dotted = f"{module}.{alias.evaluated_name}" if module.strip(".") else module + alias.evaluated_name
            self._bind(alias.evaluated_alias or alias.evaluated_name, dotted)

    def _bind(self, name: str, dotted: str) -> None:
        self.bound[name] = dotted
        if not self._depth:
            self.at_top[name] = dotted

    def read(self, node: cst.BaseExpression) -> str:
        """The dotted name that an expression means, through what is imported; empty for what isn't one."""
        written = write_dotted(node) or ""
        first, dot, rest = written.partition(".")
        return self.bound.get(first, first) + dot + rest

    def spell(self, dotted: str) -> str | None:
        """How the module writes a dotted name; None if it imports nothing of it."""
        for name, meaning in self.at_top.items():
            if dotted == meaning or dotted.startswith(f"{meaning}."):
                return name + dotted.removeprefix(meaning)
        return None
