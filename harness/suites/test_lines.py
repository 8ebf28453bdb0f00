"""Where a test is written: the line of its function in the files of its suite."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def find_test_line(content: Mapping[str, bytes], test: str) -> tuple[str, int] | None:
    """File and line of a test, or of a file that could not be collected, by its nodeid; line 0 where it isn't known.

    None where the suite has no such file. A test that a class inherits has the line of the class.
    """
    file, *names = test.partition("[")[0].split("::")
    if file not in content:
        return None
    try:
        place: ast.AST = ast.parse(content[file])
    except SyntaxError as error:
        return file, error.lineno or 0
    except ValueError:  # null bytes
        return file, 0
    line = 0
    for name in names:
        found = _find_named(ast.iter_child_nodes(place), name) or _find_named(ast.walk(place), name)  # below an `if`
        if not found:
            break
        place, line = found[-1], found[-1].lineno  # the last of a name is the one that counts
    return file, line


def _find_named(nodes: Iterable[ast.AST], name: str) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    return [one for one in nodes if isinstance(one, _NAMED) and one.name == name]
