"""A cell: one value for each axis, with a readable id that parses back."""

from __future__ import annotations

import msgspec

CORE_AXES = ("loop_policy", "fixture_scope", "creation_site", "cleanup_style")


class Cell(msgspec.Struct, frozen=True, order=True):
    """One value for each axis.

    `extensions` holds only the extension axes that are not at their default, in catalogue order, so two equal
    cells always have equal ids. Build cells through `Catalogue.cell` or `Catalogue.parse`, which check the names.
    """

    loop_policy: str
    fixture_scope: str
    creation_site: str
    cleanup_style: str
    extensions: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """`default/session/async_fixture/aclose@loop_scope=session`."""
        core = "/".join((self.loop_policy, self.fixture_scope, self.creation_site, self.cleanup_style))
        if not self.extensions:
            return core
        return core + "@" + ",".join(f"{axis}={value}" for axis, value in self.extensions)

    def __str__(self) -> str:
        return self.id
