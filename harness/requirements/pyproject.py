"""`pyproject.toml`: the project's dependencies and extras, groups, and what pdm, hatch and uv keep there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.dependency_groups import resolve_dependency_groups
from packaging.utils import canonicalize_name

from harness.requirements.model import Rank, Source, make_source, rank_name
from harness.requirements.tables import get_list, get_strings, get_table, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = "pyproject.toml"


def read_project(data: Mapping[str, Any]) -> list[Source]:
    """`[project]`: what it needs itself, and its extras (PEP 621)."""
    project = get_table(data, "project")
    found = [make_source(FILE, "dependencies", get_strings(project.get("dependencies")))]
    for name, entries in get_table(project, "optional-dependencies").items():
        found.append(make_source(FILE, f"extra {name}", get_strings(entries), rank=rank_name(name)))
    return [source for source in found if source.lines or source.notes]


def read_groups(data: Mapping[str, Any]) -> list[Source]:
    """`[dependency-groups]` (PEP 735), and those of uv and pdm from before it."""
    found = [*_read_standard_groups(data)]
    older = get_table(data, "tool")
    for name, entries in get_table(get_table(older, "pdm"), "dev-dependencies").items():
        found.append(make_source(FILE, f"group {name}", get_strings(entries), rank=rank_name(name)))
    uv = get_table(older, "uv")
    bounds = get_strings(uv.get("constraint-dependencies"))
    entries = get_strings(uv.get("dev-dependencies"))
    notes = (f"{FILE}: override-dependencies of uv are not followed",) if uv.get("override-dependencies") else ()
    if entries:
        found.append(make_source(FILE, "group dev", entries, rank=Rank.DEVELOPMENT))
    if bounds or notes:
        found.append(make_source(FILE, "constraints", (), constraints=bounds, notes=notes))
    return found


def _read_standard_groups(data: Mapping[str, Any]) -> Iterator[Source]:
    groups = get_table(data, "dependency-groups")
    for name in groups:
        rank = rank_name(name)
        try:
            lines = resolve_dependency_groups(groups, name)
        except (ValueError, LookupError, TypeError) as error:
            yield make_source(FILE, f"group {name}", (), rank=rank, notes=(f"{FILE}: group {name}: {error}",))
        except ExceptionGroup as errors:
            text = "; ".join(map(str, errors.exceptions))
            yield make_source(FILE, f"group {name}", (), rank=rank, notes=(f"{FILE}: group {name}: {text}",))
        else:
            yield make_source(FILE, f"group {name}", lines, rank=rank)


def read_hatch(files: Mapping[str, bytes], data: Mapping[str, Any]) -> list[Source]:
    """`[tool.hatch.envs.*]`, here or in `hatch.toml`."""
    tables = {FILE: get_table(get_table(data, "tool"), "hatch"), "hatch.toml": read_toml(files, "hatch.toml")[0]}
    groups = {source.part.removeprefix("group "): source.lines for source in _read_standard_groups(data)}
    found = []
    for file, table in tables.items():
        for name in (environments := get_table(table, "envs")):
            settings = get_table(environments, name)
            named = [line for group in get_strings(settings.get("dependency-groups")) for line in groups.get(group, ())]
            own = [*get_strings(settings.get("dependencies")), *get_strings(settings.get("extra-dependencies"))]
            rank = Rank.TESTS if name == "default" else rank_name(name)  # the others are made from `default`
            extras = get_strings(settings.get("features"))
            found.append(make_source(file, f"hatch environment {name}", [*named, *own], rank=rank, extras=extras))
    return [source for source in found if source.lines or source.extras or source.notes]


def find_local_sources(data: Mapping[str, Any]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Packages of `[tool.uv.sources]` that are folders beside the project, and a note on each source."""
    local, notes = set(), []
    for name, entry in get_table(get_table(get_table(data, "tool"), "uv"), "sources").items():
        tables = [each for each in (get_list(entry) or [entry]) if isinstance(each, dict)]
        if any(each.get("workspace") or "path" in each for each in tables):
            local.add(canonicalize_name(name))
            notes.append(f"{FILE}: {name} is a folder beside it, so it is not installed")
        elif any("git" in each or "url" in each for each in tables):
            notes.append(f"{FILE}: {name} is installed from the index, not from its address")
    return frozenset(local), tuple(notes)
