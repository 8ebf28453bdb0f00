"""The probe must start on every supported Python, with nothing installed but pytest."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "harness" / "probe"
MODULES = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.name))
def test_it_is_valid_on_the_oldest_python(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.name))
def test_it_imports_the_standard_library_and_pytest_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {
        str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert imported <= {*sys.stdlib_module_names, "pytest"}


def test_annotations_are_never_evaluated() -> None:
    for path in MODULES:
        assert "from __future__ import annotations" in path.read_text(encoding="utf-8") or path.name == "__init__.py"
