from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.digests import digest_catalogue, digest_folders, digest_probe, digest_texts
from harness.paths import HARNESS, SCENARIOS


def test_the_digest_is_of_paths_and_texts_not_of_their_order() -> None:
    assert digest_texts({"a": "1", "b": "2"}) == digest_texts({"b": "2", "a": "1"})
    assert digest_texts({"a": "1"}) != digest_texts({"b": "1"})


def test_line_ends_do_not_matter() -> None:
    assert digest_texts({"a": "one\r\ntwo\r\n"}) == digest_texts({"a": "one\ntwo\n"})


TEXTS = st.dictionaries(st.text(max_size=3), st.text(alphabet="ab:1\n", max_size=3), max_size=3)


@given(TEXTS, TEXTS)
def test_different_texts_have_different_digests(one: dict[str, str], other: dict[str, str]) -> None:
    assert (digest_texts(one) == digest_texts(other)) == (one == other)


def test_what_observes_is_the_probe_and_what_starts_it_and_folds_what_it_says() -> None:
    harness = Path(__file__).parents[2] / "harness"
    assert digest_probe() == digest_folders(harness / "probe", harness / "launchers", harness / "evidence")


def test_compiled_and_hidden_files_do_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "probe"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "plugin.py").write_text("x = 1\n")
    before = digest_folders(folder)
    (folder / "__pycache__" / "plugin.pyc").write_bytes(b"\xff")
    (folder / ".swap").write_text("x")
    assert digest_folders(folder) == before
    (folder / "plugin.py").write_text("x = 2\n")
    assert digest_folders(folder) != before


def test_where_the_folder_is_does_not_matter(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place / "probe").mkdir(parents=True)
        (tmp_path / place / "probe" / "plugin.py").write_text("x = 1\n")
    assert digest_folders(tmp_path / "here" / "probe") == digest_folders(tmp_path / "there" / "probe")


def test_the_probe_and_the_catalogue_have_digests() -> None:
    assert len({digest_probe(), digest_catalogue(), digest_texts({})}) == 3


NO_TEXT_OF_SUITES = {"harness.cache", "harness.digests", "harness.errors", "harness.files"}
"""What the catalogue's code uses that decides nothing about how a suite looks."""


def test_all_code_that_decides_how_a_suite_looks_is_in_the_digest_of_the_catalogue() -> None:
    used = {
        name
        for path in (HARNESS / "catalogue").rglob("*.py")
        for name in re.findall(r"^\s*from (harness\.\S+) import", path.read_text(), re.MULTILINE)
        if not name.startswith("harness.catalogue")
    }
    axes = [path.parent for path in SCENARIOS.glob("*/__init__.py") if path.parent.name != "reported"]
    files = [HARNESS / f"{name.removeprefix('harness.')}.py" for name in used - NO_TEXT_OF_SUITES]
    assert digest_catalogue() == digest_folders(HARNESS / "catalogue", *files, *axes)
    assert digest_catalogue() != digest_folders(HARNESS / "catalogue", *axes)
