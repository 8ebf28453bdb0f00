"""What the tests of edits share: a suite of a few files, and an edit that is offered for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.target import Target
from harness.cure.edits.listing import list_edits
from harness.habits.model import Habits, Setting, SourcePlace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.cure.model import Candidate, Content


def make_target(plugin: str = "1.5.0", python: str = "3.13.0", **more: str) -> Target:
    versions = {"python": python, "pytest-asyncio": plugin, "pytest": "8.4.0", "valkey": "6.1.1", "redis": "6.4.0"}
    return Target(platform="linux", client="valkey", versions=versions | more)


def make_habits(content: Content) -> Habits:
    """What the edits need of a suite's habits."""
    mode = "auto" if b"asyncio_mode = auto" in content.get("pytest.ini", b"") else "strict"
    return Habits(settings=(Setting(name="asyncio_mode", value=mode, place=SourcePlace("pytest.ini", 2)),))


def offer(files: Mapping[str, str], plugin: str = "1.5.0", **versions: str) -> dict[str, Candidate]:
    """The edits that a suite is offered, by name."""
    content = {name: text.encode() for name, text in files.items()}
    offered = list_edits(content, make_habits(content), make_target(plugin, **versions))
    by_name = {each.name: each for each in offered}
    assert len(by_name) == len(offered), "names are unique"
    return by_name


def edit(files: Mapping[str, str], name: str, plugin: str = "1.5.0", **versions: str) -> dict[str, str]:
    """The files after the edit, which changes nothing the second time."""
    candidate = offer(files, plugin, **versions)[name]
    changed = candidate.change({name: text.encode() for name, text in files.items()})
    assert changed is not None
    assert candidate.change(changed) is None
    return {name: bytes(data).decode() for name, data in changed.items()}
