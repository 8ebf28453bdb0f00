"""`[tool.poetry…]`: dependencies and groups in Poetry's own notation, put into everybody's by Poetry's own parser."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from harness.requirements.model import Rank, Source, make_source, rank_name
from harness.requirements.tables import get_list, get_strings, get_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE = "pyproject.toml"
_UNION = re.compile(r"\(([^()]*\|\|[^()]*)\)")


def read_main(data: Mapping[str, Any]) -> list[Source]:
    """What the project needs itself, and its extras."""
    poetry = get_table(get_table(data, "tool"), "poetry")
    table = get_table(poetry, "dependencies")
    needed = {name: entry for name, entry in table.items() if not _is_optional(entry)}
    found = [_read_table("dependencies", needed, Rank.ALWAYS)]
    for extra, names in get_table(poetry, "extras").items():
        chosen = {name: table[name] for name in get_strings(names) if name in table}
        found.append(_read_table(f"extra {extra}", chosen, rank_name(extra)))
    return [source for source in found if source.lines or source.notes]


def read_groups(data: Mapping[str, Any]) -> list[Source]:
    """The groups, and what stood in their place before there were any."""
    poetry = get_table(get_table(data, "tool"), "poetry")
    groups = get_table(poetry, "group")
    tables = [(name, get_table(get_table(groups, name), "dependencies")) for name in groups]
    tables.append(("dev", get_table(poetry, "dev-dependencies")))
    return [_read_table(f"group {name}", table, rank_name(name)) for name, table in tables if table]


def _is_optional(entry: object) -> bool:
    tables = get_list(entry) or [entry]
    return any(isinstance(each, dict) and each.get("optional") for each in tables)


def _read_table(part: str, table: Mapping[str, Any], rank: Rank) -> Source:
    lines, notes = [], []
    for name, entry in table.items():
        if name == "python":
            continue
        for one in get_list(entry) or [entry]:
            if isinstance(one, dict) and {"git", "path", "file", "url"} & one.keys():
                notes.append(f"{FILE}: {name} is asked for by its address, so it is not installed")
                continue
            try:
                lines.append(_convert(name, one))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                notes.append(f"{FILE}: {name}: {str(error).splitlines()[0] if str(error) else 'not understood'}")
    return make_source(FILE, part, lines, rank=rank, notes=notes)


def read_python(data: Mapping[str, Any]) -> str:
    """The versions of Python that `[tool.poetry.dependencies]` names, as others write them."""
    entry = get_table(get_table(get_table(data, "tool"), "poetry"), "dependencies").get("python")
    if not isinstance(entry, str):
        return ""
    try:
        return str(Requirement(_convert("python", entry)).specifier)
    except ValueError:
        return ""


def _convert(name: str, entry: Any) -> str:
    """The requirement in the notation of PEP 508."""
    text = str(_load_factory().create_dependency(name, entry).to_pep_508(with_extras=False))
    return _UNION.sub(lambda found: f"({_span(found[1].split('||'))})", text)


def _span(ranges: Sequence[str]) -> str:
    """From the first of several ranges to the last: PEP 508 has no "or"."""
    lower = [each.replace("==", ">=") for each in ranges[0].split(",") if each.strip()[0] in ">="]
    upper = [each.replace("==", "<=") for each in ranges[-1].split(",") if each.strip()[0] in "<="]
    return ",".join(each.strip() for each in (*lower, *upper))


def _load_factory() -> Any:
    """Poetry's parser. It puts packages of its own in front of all others; ours go first."""
    import poetry.core  # noqa: PLC0415 - it takes time that few runs need
    from poetry.core.factory import Factory  # noqa: PLC0415

    vendored = poetry.core.__vendor_site__
    if sys.path[0] == vendored:
        sys.path.append(sys.path.pop(0))
    return Factory
