"""Running what is to be compared: the two sides of a comparison as plans of one run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from packaging.utils import canonicalize_name

from harness.compare.sides import PLUGIN, ResultsPlace, Versions
from harness.environments.model import Environment, EnvironmentRequest
from harness.errors import UsageError
from harness.invocation import command_line
from harness.packages import CLIENTS, NEWEST
from harness.planning.cells import plan_cells
from harness.planning.plan import Plan, plan_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import CompareOptions
    from harness.compare.sides import Side
    from harness.environments.provisioning import Provisioner

PROFILE = "compare"
"""What stands for a profile in the results."""

FIELDS = {
    "python": "python_versions",
    PLUGIN: "pytest_asyncio_versions",
    "pytest": "pytest_versions",
    **{name: client.pinned_by for name, client in CLIENTS.items()},
}
"""Packages with options of their own, and the field in which these are."""


class SidesPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One run, and which of its environments each side is."""

    plan: Plan
    requests: tuple[tuple[EnvironmentRequest, ...], tuple[EnvironmentRequest, ...]]


def plan_sides(
    options: CompareOptions, sides: tuple[Side, Side], catalogue: Catalogue, provisioner: Provisioner
) -> SidesPlan:
    """The chosen cells and suites, in the environments of both sides.

    Raises `UsageError` for sides that are no versions or don't go with the options, and what `plan_run` raises.
    """
    cells = plan_cells(options, catalogue)
    one, other = (
        plan_run(narrow_options(options, side), cells, provisioner.interpreters, provisioner.releases) for side in sides
    )
    plan = msgspec.structs.replace(
        one,
        profile=PROFILE,
        requests=tuple(dict.fromkeys((*one.requests, *other.requests))),
        cells_by_request=one.cells_by_request | other.cells_by_request,
        notes=tuple(dict.fromkeys((*one.notes, *other.notes))),
    )
    return SidesPlan(plan=plan, requests=(one.requests, other.requests))


def list_downloads(options: CompareOptions, sides: tuple[Side, Side]) -> tuple[str, ...]:
    """The Pythons that may be downloaded: those that the options name, and those of the sides."""
    named = (side.wanted for side in sides if isinstance(side, Versions))
    of_sides = (version for wanted in named for package, version in wanted if package == "python")
    return (*options.downloads, *of_sides) if options.provision else ()


def narrow_options(options: CompareOptions, side: Side) -> CompareOptions:
    """The options as they would have to be to run this side alone. What it doesn't name is as the options say."""
    if isinstance(side, ResultsPlace):
        raise UsageError(
            f"{side} is a place with results, but cells are to be run.",
            remedy=f"Name versions, such as `{command_line('compare', '0.26.0 1.5.0')}`, or don't name what to run.",
        )
    named = dict(side.wanted)
    _require_one_of_each(options, named, side)
    client = next((name for name in CLIENTS if name in named), options.client)
    chosen = {field: (named.pop(package),) for package, field in FIELDS.items() if package in named}
    further = tuple(f"{name}=={wanted}" for name, wanted in named.items())
    default = () if options.environment is not None else (NEWEST,)  # what isn't named stays as it is there
    fixed: dict[str, Any] = {
        "pytest_asyncio_versions": options.pytest_asyncio_versions or default,
        "client": client,
        "pins": (*options.pins, *further),
    }
    return replace(options, **(fixed | chosen))


def _require_one_of_each(options: CompareOptions, named: Mapping[str, str], side: Versions) -> None:
    """Raise `UsageError` for a package that is named twice."""
    if sum(client in named for client in CLIENTS) > 1:
        raise UsageError(f"{side} names two client packages.", remedy=f"Name one of {' and '.join(CLIENTS)}.")
    for package, field in FIELDS.items():
        if package in named and getattr(options, field):
            raise UsageError(
                f"{side} says which {package}, and --{package} says it too.", remedy="Leave the option out."
            )
    for pin in options.pins:
        if canonicalize_name(re.split(r"[^\w.-]", pin.strip())[0]) in named:
            raise UsageError(f"{side} says which version, and --with {pin} does too.", remedy="Leave that out.")


def find_digests(provisioner: Provisioner, requests: tuple[EnvironmentRequest, ...], side: Side) -> frozenset[str]:
    """The environments of a side by their digests.

    Raises `UsageError` with the resolver's reason where there can be none.
    """
    described = [provisioner.describe(request) for request in requests]
    found = frozenset(one.digest for one in described if isinstance(one, Environment))
    if not found:
        reasons = dict.fromkeys(one.reason for one in described if not isinstance(one, Environment))
        raise UsageError(
            f"There can be no environment with {side}: {' '.join(list(reasons)[:1])}",
            remedy="Name versions that go together, or another --python.",
        )
    return found
