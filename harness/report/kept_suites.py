"""The suites of the page that was made last: colouring them anew takes longer than all else a repeated run does."""

from __future__ import annotations

import contextlib
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from harness.cache import find_cache_root
from harness.digests import digest_catalogue, digest_folders, digest_texts
from harness.files import replace_file
from harness.paths import HARNESS
from harness.report.model import Suites

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.catalogue.catalogue import Catalogue
    from harness.catalogue.target import Target

FILE = "page-suites.json"

_MAKERS = (HARNESS / "report" / "code.py", HARNESS / "report" / "model.py", HARNESS / "knowledge" / "code.py")


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    key: str  # digest of all that the suites depend on
    suites: Suites


def make_suites(catalogue: Catalogue, cells: Sequence[str], targets: Mapping[int, Target]) -> Suites:
    """What `harness.report.code.add_cells` gives, from the cache where the last page had the same suites."""
    path, key = find_cache_root() / FILE, _make_key(cells, targets)
    with contextlib.suppress(OSError, msgspec.DecodeError):
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        if kept.key == key:
            return kept.suites
    code = import_module("harness.report.code")  # not imported above: it takes a tenth of a repeated run
    suites: Suites = code.add_cells(code.SuiteTexts(), catalogue, cells, targets)
    with contextlib.suppress(OSError):  # no cache, only slower
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.encode(_Kept(key=key, suites=suites)))
    return suites


def _make_key(cells: Sequence[str], targets: Mapping[int, Target]) -> str:
    texts = {
        "catalogue": digest_catalogue(),
        "makers": digest_folders(*_MAKERS),
        "pygments": version("pygments"),
        "cells": "\n".join(cells),
        "targets": repr(list(targets.items())),
    }
    return digest_texts(texts)
