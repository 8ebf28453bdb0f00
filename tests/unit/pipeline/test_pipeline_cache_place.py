"""A cache that can't be used is refused before anything is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.cache import VARIABLE
from harness.cli.main import main
from harness.errors import ExitCode
from tests.systems import make_link

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["file", "link to nowhere"])
def test_a_cache_that_is_no_folder_is_named(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "cache"
    place.touch() if kind == "file" else make_link(place, "/nowhere/at/all")
    monkeypatch.setenv(VARIABLE, str(place))
    assert main(["matrix", "--results", str(tmp_path / "results")]) == ExitCode.INFRASTRUCTURE
    printed = capsys.readouterr().err
    assert printed.startswith(f"error: The cache {place} can't be used: {place} is not a folder.\n  → ")
    assert printed.count("\n") == 2
    assert not (tmp_path / "results").exists()
