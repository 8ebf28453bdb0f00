"""Lets what is there before the fork keep its reference counts, so that a child needn't copy the memory they are in.

CPython 3.12 and 3.13 don't count the references to an object whose count has one special value (PEP 683); to have any
object so is what pre-forking servers do. Such an object is never freed. Those here wouldn't be either: a child starts
with all of them frozen, so the garbage collector lets them be, and ends without its parent's modules being taken apart.
Nothing is done where the interpreter's own immortal objects don't have that value at that place: in newer versions,
without the GIL, in debug builds and on other implementations.
"""

from __future__ import annotations

import gc
import sys
from types import CodeType, FunctionType
from typing import Iterator

IMMORTAL = 0xFFFF_FFFF
"""The lower half of the count, with which an object begins."""


def immortalize() -> None:
    """Let what the garbage collector knows be immortal: functions, classes, containers and so on.

    So be the constants in their code and the keys of dictionaries, which it doesn't know and every use of them counts.
    An object whose finalizer is to be called must be made after this.
    """
    if not (sys.version_info[:2] in ((3, 12), (3, 13)) and sys.getrefcount(None) == IMMORTAL):
        return
    try:
        from ctypes import c_uint32  # noqa: PLC0415 - missing in some builds of Python
    except ImportError:
        return
    count = c_uint32.from_address
    if hasattr(sys, "gettotalrefcount") or count(id(None)).value != IMMORTAL:
        return
    for address in set(map(id, _find_all())):
        count(address).value = IMMORTAL


def _find_all() -> Iterator[object]:
    known = gc.get_objects()
    yield from known
    for one in known:
        if type(one) is dict:
            yield from one
        elif type(one) is FunctionType:
            yield from _find_code(one.__code__)


def _find_code(code: CodeType) -> Iterator[object]:
    """The code of a function and of those in it, with their constants."""
    yield code
    yield from code.co_consts
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _find_code(each)
