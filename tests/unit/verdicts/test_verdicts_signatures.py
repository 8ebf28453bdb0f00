from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.output.text import first_sentence
from harness.verdicts.model import Channel
from harness.verdicts.observations import Observation, ObservationKind
from harness.verdicts.signatures import load_retired, load_signatures, parse_retired, parse_signatures

HERE = Path(__file__).parent


class Sample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text as it was met. `signature` is the one that names it or, of a near miss, the one that must not."""

    signature: str
    kind: ObservationKind
    text: str
    source: str
    type: str = ""
    origin: str = ""
    meanwhile: str = ""

    def observed(self) -> Observation:
        return Observation(
            kind=self.kind,
            channel=Channel.BODY,
            type=self.type,
            text=self.text,
            origin=self.origin,
            meanwhile=self.meanwhile,
        )

    def __str__(self) -> str:
        return f"{self.signature}-{self.kind}-{self.text[:30]}"


def read(name: str) -> list[Sample]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [msgspec.json.decode(line, type=Sample) for line in lines]


SAMPLES = read("samples.jsonl")
NEAR_MISSES = read("near_misses.jsonl")


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_real_text_is_named_by_its_signature_and_by_no_other(sample: Sample) -> None:
    observed = sample.observed()
    assert [signature.name for signature in load_signatures() if signature.names(observed)] == [sample.signature]


@pytest.mark.parametrize("sample", NEAR_MISSES, ids=str)
def test_a_text_that_is_nearly_it_is_not_named_so(sample: Sample) -> None:
    observed = sample.observed()
    assert sample.signature not in [signature.name for signature in load_signatures() if signature.names(observed)]


def test_every_signature_has_a_real_text_and_a_near_miss() -> None:
    names = {signature.name for signature in load_signatures()}
    assert {sample.signature for sample in SAMPLES} == names
    assert {sample.signature for sample in NEAR_MISSES} == names


def test_every_way_to_match_has_a_real_text() -> None:
    observed = [sample.observed() for sample in SAMPLES]
    unmet = [
        (signature.name, match)
        for signature in load_signatures()
        for match in signature.match
        if not any(match.holds(observation) for observation in observed)
    ]
    assert unmet == []


def test_every_sample_says_where_it_was_met() -> None:
    assert [sample for sample in (*SAMPLES, *NEAR_MISSES) if not sample.source] == []


def test_the_signatures_that_the_design_names_are_all_there() -> None:
    named = {
        "loop-closed",
        "different-loop",
        "bound-to-different-loop",
        "no-current-loop",
        "loop-already-running",
        "nested-run",
        "scope-mismatch",
        "event-loop-fixture-missing",
        "multiple-loops-requested",
        "async-generator-attribute",
        "unexpected-loop-argument",
        "proactor-none-send",
        "uvloop-handler-closed",
        "task-destroyed",
        "never-awaited",
        "exception-never-retrieved",
        "unclosed-resource",
        "unraisable-on-closed-loop",
        "leaked-connection",
        "leaked-keys",
        "leaked-loop",
        "leaked-task",
        "wrong-loop-silently",
        "deprecation",
        "hang",
        "crash",
    }
    assert named <= {signature.name for signature in load_signatures()}


def test_every_signature_explains_itself() -> None:
    for signature in load_signatures():
        assert signature.cause.strip().endswith(".")
        assert signature.reference.startswith("https://")


def test_every_signature_has_a_cause_and_an_advice_that_fit_one_line() -> None:
    for signature in load_signatures():
        assert 0 < len(first_sentence(signature.cause)) <= 91, signature.name
        assert 0 < len(first_sentence(signature.advice)) <= 90, signature.name


ENTRY = """
[[signature]]
name = "a"
title = "A"
category = "error"
cause = "It happens."
reference = "https://example.org/"
match = [{match}]
"""


def test_a_pattern_that_is_none_is_refused_with_its_text() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"'\(' is not a regular expression"):
        parse_signatures(ENTRY.format(match='{ on = ["exception"], text = "(" }'))


def test_two_signatures_of_one_name_are_refused() -> None:
    entry = ENTRY.format(match='{ on = ["hang"] }')
    with pytest.raises(msgspec.ValidationError, match="Two signatures are named 'a'"):
        parse_signatures(entry + entry)


RETIRED = """
[[retired]]
name = "{name}"
now = [{now}]
since = "0.3"
"""


def test_a_retired_name_points_to_the_signatures_that_took_its_place() -> None:
    text = ENTRY.format(match='{ on = ["hang"] }') + RETIRED.format(name="old", now='"a"')
    (retired,) = parse_retired(text)
    assert (retired.name, retired.now, retired.since) == ("old", ("a",), "0.3")
    assert [one.name for one in parse_signatures(text)] == ["a"]


@pytest.mark.parametrize(
    ("name", "now", "problem"),
    [("a", '"a"', "is a signature's"), ("old", '"b"', "points to no signature"), ("old", "", "points to no signature")],
)
def test_a_retired_name_that_leads_nowhere_is_refused(name: str, now: str, problem: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=problem):
        parse_retired(ENTRY.format(match='{ on = ["hang"] }') + RETIRED.format(name=name, now=now))


def test_every_retired_name_of_this_project_leads_somewhere() -> None:
    names = {signature.name for signature in load_signatures()}
    assert all(set(retired.now) <= names for retired in load_retired())


@pytest.mark.parametrize("match", ["", "{ on = [] }", '{ on = ["dream"] }', '{ on = ["hang"], colour = "red" }'])
def test_a_match_that_can_never_hold_is_refused(match: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        parse_signatures(ENTRY.format(match=match))
