"""Files that are replaced while others read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "file"
    replace_file(path, b"first")
    replace_file(path, b"second")
    assert path.read_bytes() == b"second"
    with pytest.raises((IsADirectoryError, PermissionError)):
        replace_file(path.parent, b"a folder can't be replaced by a file")
    assert [each.name for each in path.parent.iterdir()] == ["file"]
    assert [each.name for each in tmp_path.iterdir()] == ["sub"]
