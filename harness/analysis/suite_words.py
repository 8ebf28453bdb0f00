"""How suites of the user's own were named when they ran, kept beside the results: a command can name them so again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.analysis.remedies import write_results, write_run
from harness.cli.fields import StoredOptions
from harness.digests import digest_texts
from harness.environments.identity import PLUGIN
from harness.files import read_regular, replace_file
from harness.packages import CLIENTS
from harness.suites.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness.catalogue.cell import Cell
    from harness.cli.fields import RunOptions
    from harness.suites.subject import Subject

FOLDER = "suites"
"""Below the results folder."""

SUFFIX = ".words.json"
_LARGEST = 64 * 1024
_NOT_OF_THE_SUITE = (
    *("profile", "select", "cells", "repeat"),
    *(f"{name.replace('-', '_')}_versions" for name in ("python", PLUGIN, "pytest")),
    *(client.pinned_by for client in CLIENTS.values()),
)
"""Options that say which cells or versions were run, not how the suite is."""


class SuiteWords(msgspec.Struct, frozen=True, kw_only=True):
    """What stood behind `--suite`. Files come from anywhere: nothing in them is trusted."""

    suite: str  # id
    words: tuple[str, ...]  # its folder, as seen from where it was run, then options


def write_suite_words(folder: Path, options: RunOptions, cells: Iterable[Cell | Subject]) -> None:
    """Write them for the suites among the cells, in place of those of an earlier run."""
    for suite in cells:
        if isinstance(suite, Suite) and suite.conditions is not None:
            words = write_run(options, suite, without=_NOT_OF_THE_SUITE)
            words += write_results(options) if isinstance(options, StoredOptions) else []
            path = folder / FOLDER / f"{digest_texts({suite.id: ''})[:32]}{SUFFIX}"
            replace_file(path, msgspec.json.encode(SuiteWords(suite=suite.id, words=tuple(words))))


def read_suite_words(folder: Path) -> dict[str, tuple[str, ...]]:
    """The words by the ids of suites. A file that can't be read is passed over."""
    found = {}
    for path in sorted((folder / FOLDER).glob(f"*{SUFFIX}")):
        try:
            if path.stat().st_size <= _LARGEST:
                read = msgspec.json.decode(read_regular(path), type=SuiteWords)
                found[read.suite] = read.words
        except (OSError, msgspec.DecodeError):
            continue
    return found
