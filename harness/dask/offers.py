"""What a worker offers, as Dask worker resources: this program, the operating system, and each Python that it has.

A task names one of each. The scheduler gives it to a worker that has them all, also when it has lost the first one.
The program's resource has a digest in its name, so no task reaches a worker with another version of this program. Each
is there once and a task takes it whole, so a worker runs one piece at a time.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from packaging.version import Version

import harness
from harness.digests import digest_catalogue, digest_probe, digest_verdicts
from harness.environments.identity import platform_tag
from harness.environments.interpreters import find_fitting
from harness.environments.model import Interpreter
from harness.packages import NEWEST
from harness.pipeline.executor import System
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROGRAM = "valkey-loop-matrix:"
SYSTEM = "system:"
PYTHON = "python:"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What one worker has, by the names of its resources. Empty texts: it doesn't run this program."""

    program: str  # the version and a digest
    system: str  # "linux-x86_64"
    interpreters: tuple[Interpreter, ...]  # where they are is the worker's affair
    names: frozenset[str]  # of all its resources


@cache
def name_version() -> str:
    """The version of this program, with a digest of what decides what is run and what comes of it."""
    digests = (digest_catalogue(), digest_probe(), digest_verdicts(load_signatures()))
    return f"{harness.__version__}+{hashlib.sha256(' '.join(digests).encode()).hexdigest()[:8]}"


def make_resources(interpreters: Iterable[Interpreter]) -> dict[str, float]:
    """What this machine offers."""
    return dict.fromkeys((PROGRAM + name_version(), SYSTEM + platform_tag(), *map(_name_python, interpreters)), 1.0)


def read_offer(resources: Mapping[str, float]) -> Offer:
    """What a worker's resources say. Those of other programs are passed over."""
    pythons = [name.removeprefix(PYTHON).rpartition("-") for name in sorted(resources) if name.startswith(PYTHON)]
    return Offer(
        names=frozenset(resources),
        program=next((name.removeprefix(PROGRAM) for name in resources if name.startswith(PROGRAM)), ""),
        system=next((name.removeprefix(SYSTEM) for name in resources if name.startswith(SYSTEM)), ""),
        interpreters=tuple(
            Interpreter(version=version, executable="", implementation=implementation)
            for implementation, _, version in pythons
        ),
    )


def list_needs(system: str, interpreter: Interpreter) -> frozenset[str]:
    """The resources that a task takes."""
    return frozenset((PROGRAM + name_version(), SYSTEM + system, _name_python(interpreter)))


def choose_interpreter(python: str, offers: Iterable[Offer]) -> Interpreter | None:
    """The one interpreter that `python` means on all workers of a system; None if none of them has it.

    An environment has the full version in its identity, so all its cells run on the same: a release rather than a
    pre-release, then the one that most workers have, then the newest.
    """
    counts = Counter(one for offer in offers for one in find_fitting(offer.interpreters, python))

    def rank(one: Interpreter) -> tuple[bool, int, Version]:
        return not Version(one.version).is_prerelease, counts[one], Version(one.version)

    return max(counts, key=rank, default=None)


def find_systems(offers: Iterable[Offer], python_versions: Iterable[str]) -> tuple[System, ...]:
    """The systems of workers, each with all Pythons that there are on it, and those of the named ones that it has."""
    by_tag: dict[str, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_tag[offer.system].append(offer)
    return tuple(
        System(
            tag=tag,
            interpreters=tuple(sorted({one for offer in some for one in offer.interpreters})),
            python_versions=tuple(name for name in python_versions if name == NEWEST or choose_interpreter(name, some)),
        )
        for tag, some in sorted(by_tag.items())
    )


def _name_python(interpreter: Interpreter) -> str:
    return f"{PYTHON}{interpreter.implementation}-{interpreter.version}"
