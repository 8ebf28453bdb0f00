"""Common advice as data, in `claims.toml`: what it says, where it is given, and what it changes."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.catalogue.selection import parse
from harness.errors import UnknownNameError


class HabitChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another value of one axis; all else stays equal."""

    axis: str
    after: str
    before: tuple[str, ...] = ()  # none: any other value
    where: str = ""  # a selection: only cells for which the advice is given


class VersionChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another version of one package; the same cells, Python, system and client.

    What else is installed, such as pytest, is of the time of each version.
    """

    package: str
    below: str = ""  # to the newest version before this one, from those that are not before it
    newest: bool = False  # to the newest version, from all others


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One piece of advice.

    A cell counts for each of `changes` that can be made to it. A claim without a change can't be expressed, which
    `inexpressible` gives the reason for.
    """

    name: str  # "function-scope"
    advice: str  # one sentence
    given: tuple[str, ...]  # public addresses where it is given
    changes: tuple[HabitChange, ...] = ()
    step: VersionChange | None = None
    inexpressible: str = ""

    def __post_init__(self) -> None:
        """Raise `ValueError` for a claim that says nothing, or two things."""
        if sum(map(bool, (self.changes, self.step, self.inexpressible))) != 1:
            raise ValueError(f"{self.name}: give `changes`, or `step`, or `inexpressible`")
        for change in self.changes:
            values = load_catalogue().value_names.get(change.axis, ())
            unknown = {change.after, *change.before}.difference(values)
            if unknown:
                raise ValueError(f"{self.name}: {change.axis} has no value {', '.join(sorted(unknown))}")
            if change.where:
                parse(change.where, axes=load_catalogue().value_names)


class _ClaimsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    claims: tuple[Claim, ...]


@cache
def load_claims() -> tuple[Claim, ...]:
    """All claims, in the order of the file."""
    content = resources.files(__package__).joinpath("claims.toml").read_bytes()
    return msgspec.toml.decode(content, type=_ClaimsFile).claims


def choose_claims(names: tuple[str, ...]) -> tuple[Claim, ...]:
    """Those that are named, or all of them. Raises `UnknownNameError`."""
    known = {claim.name: claim for claim in load_claims()}
    for name in names:
        if name not in known:
            raise UnknownNameError("piece of advice", name, known)
    return tuple(known[name] for name in names) if names else tuple(known.values())
