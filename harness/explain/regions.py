"""The parts of what pytest prints: sections, a block for each failure, and what was captured in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from harness.verdicts.model import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Part = Literal["loose", "body", "captured", "warnings", "summary", "after"]

_SECTION = re.compile(r"^={2,} (?P<name>\S.*?) ={2,}$")
_TITLE = re.compile(r"^_+ (?P<name>[^_\s].*?|_\S.*?) _+$")
_CAPTURED = re.compile(r"^-+ (?:Captured|Live) .+ -+$|^-+ live log .+ -+$")
_END = re.compile(
    r"^(?:=+ )?(?:\d+ (?:failed|passed|errors?|skipped|xfailed|xpassed|deselected|warnings?)\b.*|no tests ran)"
    r" in [\d.]+s\b.*$"
)
_PHASE = re.compile(r"^ERROR at (?P<phase>setup|teardown) of (?P<test>.+)$")
_COLLECTING = re.compile(r"^ERROR collecting (?P<file>.+)$")
_PARTS: dict[str, Part] = {"warnings summary": "warnings", "short test summary info": "summary"}
_WITH_BLOCKS = ("FAILURES", "ERRORS", "PASSES", "XFAILURES", "XPASSES")
_HEADINGS = re.compile(r"^(?:=|_|-)")


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that belong together. `title` is the one of its block, as pytest writes it; empty outside of blocks."""

    part: Part
    begin: int
    end: int
    block: int = 0  # the line in which the block begins
    section: str = ""
    title: str = ""
    channel: Channel = Channel.BODY
    phase: str = ""  # "setup", "teardown" or "collect", where the title says so

    @property
    def is_failure(self) -> bool:
        """Whether it is in a section of what failed."""
        return self.section in ("FAILURES", "ERRORS")


def split_regions(lines: Sequence[str]) -> Iterator[Region]:
    """All lines in order, but for the headings."""
    current = Region(part="loose", begin=0, end=0)
    for at, line in enumerate(lines):
        if not _HEADINGS.match(line) and not line.endswith("s"):
            continue
        following = _follow(current, line, at + 1)
        if following is not None:
            yield msgspec.structs.replace(current, end=at)
            current = following
    yield msgspec.structs.replace(current, end=len(lines))


def _follow(current: Region, line: str, begin: int) -> Region | None:
    """The region that begins below this line, if it is a heading."""
    if _END.match(line.rstrip(" =")):
        return Region(part="after", begin=begin, end=begin)
    if found := _SECTION.match(line):
        name = found["name"]
        base = re.sub(r" \(.*\)$", "", name)
        return Region(part=_PARTS.get(base, "loose"), begin=begin, end=begin, section=name)
    if current.part in ("summary", "after"):
        return None
    if current.section in ("", *_WITH_BLOCKS) and (found := _TITLE.match(line)):
        return _make_block(found["name"], current.section, begin)
    if _CAPTURED.match(line):
        return msgspec.structs.replace(current, part="captured", begin=begin, end=begin)
    return None


def _make_block(title: str, section: str, begin: int) -> Region:
    phase, channel = "", Channel.BODY
    if found := _PHASE.match(title):
        phase, title = found["phase"], found["test"]
        channel = Channel.CLEANUP if phase == "teardown" else Channel.BODY
    elif found := _COLLECTING.match(title):
        phase, title = "collect", found["file"]
    return Region(
        part="loose" if section in _WITH_BLOCKS[2:] else "body",
        begin=begin,
        end=begin,
        block=begin,
        section=section,
        title=title,
        channel=channel,
        phase=phase,
    )
