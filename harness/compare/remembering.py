"""What was said of an object once, said again when it comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Thing = TypeVar("Thing")
Said = TypeVar("Said")


class IdentityCache(Generic[Thing, Said]):
    """A function of one object that is asked once for each: by identity, as hashing verdicts takes longer than most
    answers. It keeps what it was asked about, so that no identity is given to another object.
    """

    def __init__(self, function: Callable[[Thing], Said]) -> None:
        self._function = function
        self._known: dict[int, tuple[Thing, Said]] = {}

    def __call__(self, thing: Thing) -> Said:
        known = self._known.get(id(thing))
        if known is None:
            known = self._known[id(thing)] = thing, self._function(thing)
        return known[1]
