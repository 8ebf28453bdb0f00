"""A diagnosis as SARIF 2.1.0, which code hosts show beside the lines.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import harness
from harness.digests import digest_texts
from harness.invocation import command_line
from harness.verdicts.signatures import load_signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.diagnose.diagnosis import Diagnosis, HabitFinding
    from harness.habits.model import SourcePlace, Undecided

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"
ROOT = "SUITE"
"""Stands for the suite's folder in addresses."""

OTHER_RULES = {
    "clean": "Nothing goes wrong in the suites that have this habit.",
    "fails": "Suites that have this habit fail of an error that has no name.",
    "not-applicable": "Nobody can write a suite of the catalogue with this habit.",
    "not-measured": "No suite that has this habit was measured on these versions.",
    "undecided": "The source alone doesn't decide this.",
    "unreadable": "A file can't be read.",
}


def make_sarif(found: Sequence[Diagnosis]) -> dict[str, Any]:
    """One log with a run for each suite."""
    return {"$schema": SCHEMA, "version": VERSION, "runs": [_make_run(one) for one in found]}


def _make_run(found: Diagnosis) -> dict[str, Any]:
    results = [
        *(_make_result(one) for one in found.findings if one.rule != "clean"),
        *_list_unread("undecided", "note", found.undecided),
        *_list_unread("unreadable", "error", found.broken),
    ]
    names = sorted({str(one["ruleId"]) for one in results})
    numbered = [{**one, "ruleIndex": names.index(str(one["ruleId"]))} for one in results]
    return {
        "tool": {
            "driver": {
                "name": "valkey-loop-matrix",
                "version": harness.__version__,
                "rules": list(map(_make_rule, names)),
            }
        },
        "originalUriBaseIds": {ROOT: {"description": {"text": f"The folder of {found.suite}."}}},
        "columnKind": "unicodeCodePoints",
        "results": numbered,
        "properties": {"versions": found.versions, "notes": list(found.notes)},
    }


def _make_rule(name: str) -> dict[str, Any]:
    signature = next((one for one in load_signatures() if one.name == name), None)
    if signature is None:
        return {"id": name, "shortDescription": {"text": OTHER_RULES.get(name, name)}}
    return {
        "id": name,
        "shortDescription": {"text": signature.title},
        "fullDescription": {"text": signature.cause.strip()},
        "help": {"text": f"{signature.advice.strip()} Cause and cures: {command_line('explain', name)}".strip()},
        "helpUri": signature.reference,
    }


def _make_result(one: HabitFinding) -> dict[str, Any]:
    related = [(place, "the client is made here") for place in one.made if place != one.place]
    related += [(each.place, each.meaning) for each in one.habits if each.place is not None and each.place != one.place]
    return {
        "ruleId": one.rule,
        "level": one.level,
        "message": {"text": write_message(one)},
        "locations": [_make_location(one.place)],
        "relatedLocations": [
            {**_make_location(place), "id": number, "message": {"text": text}}
            for number, (place, text) in enumerate(related, 1)
        ],
        # Lines move; what is found there stays the same.
        "partialFingerprints": {
            "habit/v1": digest_texts({"file": one.place.file, "cell": one.cell, "fixture": one.fixture})
        },
        "properties": {"cell": one.cell, "tests": list(one.tests)},
    }


def write_message(one: HabitFinding) -> str:
    """All of a finding in a few sentences."""
    if one.measured is None:
        return " ".join(filter(None, [f"Not measured: {one.title}: {one.reason}.", one.command]))
    sentences = [f"{one.measured.label}: {one.title}.", *(f"But {caveat}." for caveat in one.caveats)]
    sentences += [f"What was measured has {difference}." for difference in one.measured.differs]
    sentences += [
        f"With pytest-asyncio {step.version} it becomes {step.measured.label}."
        for step in one.upgrades
        if step.changed and step.measured is not None
    ]
    sentences += [f"Nearest cure ({cure.label}): {'; '.join(cure.steps)}." for cure in one.cures[:1]]
    return " ".join(sentences)


def _list_unread(rule: str, level: str, found: Iterable[Undecided]) -> Iterator[dict[str, Any]]:
    for one in found:
        yield {
            "ruleId": rule,
            "level": level,
            "message": {"text": f"{one.what}: {one.why}"},
            "locations": [_make_location(one.place)],
        }


def _make_location(place: SourcePlace) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.file), "uriBaseId": ROOT},
            "region": {"startLine": max(place.line, 1)},
        }
    }
