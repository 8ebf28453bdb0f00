"""Files that are replaced while others read them, and files that are none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.files import move, read_given, read_regular, replace_file, replace_when_written


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "file"
    replace_file(path, b"first")
    replace_file(path, b"second")
    assert path.read_bytes() == b"second"
    with pytest.raises((IsADirectoryError, PermissionError)):
        replace_file(path.parent, b"a folder can't be replaced by a file")
    assert [each.name for each in path.parent.iterdir()] == ["file"]
    assert [each.name for each in tmp_path.iterdir()] == ["sub"]


def test_what_the_user_names_is_replaced_only_if_it_is_a_file_and_a_link_stays(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("needs FIFOs and the right to make links")
    pipe, link, file = tmp_path / "pipe", tmp_path / "link", tmp_path / "file"
    os.mkfifo(pipe)
    link.symlink_to(file)
    for place in (pipe, tmp_path):
        with pytest.raises(OSError, match="not a file"), replace_when_written(place) as beside:
            beside.write_bytes(b"never written")
    assert pipe.is_fifo()
    for content in (b"first", b"second"):
        with replace_when_written(link) as beside:
            beside.write_bytes(content)
        assert file.read_bytes() == content
    with pytest.raises(ZeroDivisionError), replace_when_written(file) as beside:
        _ = beside.write_bytes(b"a part") // 0
    assert file.read_bytes() == b"second"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "link", "pipe"]
    assert link.is_symlink()


def test_a_pipe_is_read_to_its_end_and_one_that_nobody_writes_to_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "win32":
        pytest.skip("needs FIFOs")
    monkeypatch.setattr("harness.files.PATIENCE", 0.1)
    os.mkfifo(tmp_path / "silent")
    with pytest.raises(OSError, match="nothing came through it"):
        read_given(tmp_path / "silent")
    with pytest.raises(OSError, match="it is a pipe, not a file"):
        read_regular(tmp_path / "silent")
    reading, writing = os.pipe()
    os.write(writing, b"NAME=value\n")
    os.close(writing)
    assert read_given(Path(f"/dev/fd/{reading}")) == b"NAME=value\n"
    os.close(reading)


def test_a_file_that_somebody_has_open_for_a_while_is_replaced_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows refuses it; here the reader leaves while the harness waits."""
    source, target = tmp_path / "new", tmp_path / "old"
    source.write_text("new")
    target.write_text("old")
    refusals = [PermissionError(), PermissionError()]
    replace = Path.replace

    def refuse(path: Path, place: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return replace(path, place)

    monkeypatch.setattr("harness.files.PAUSES", (0.0, 0.0))
    monkeypatch.setattr(Path, "replace", refuse)
    move(source, target)
    assert target.read_text() == "new"
    refusals.extend(PermissionError() for _ in range(3))
    with pytest.raises(PermissionError):
        move(target, source)
    assert target.read_text() == "new"
