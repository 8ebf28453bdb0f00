"""Which servers the results in a folder are from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.store.files import find_results_files
from harness.store.reading import read_header

if TYPE_CHECKING:
    from pathlib import Path

    from harness.store.model import Header, Results


def find_other_servers(folder: Path, results: Results) -> tuple[str, ...]:
    """The other servers on which runs in the folder measured the same environments: `redis 7.2.4 (docker)`."""
    found: set[str] = set()
    for header in (run.header for run in results.runs):
        there = map(read_header, find_results_files(folder, header.environment_id))
        found |= {str(one.server) for one in there if one and one.server and _is_other(one, header)}
    return tuple(sorted(found))


def _is_other(one: Header, header: Header) -> bool:
    return one.environment_key == header.environment_key and header.server is not None and one.server != header.server
