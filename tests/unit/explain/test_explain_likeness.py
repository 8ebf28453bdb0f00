"""Of a signature with many texts, only what is about the reader's text answers the reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.catalogue.loading import load_catalogue
from harness.environments.releases import load_releases
from harness.explain.explaining import Explainer
from harness.explain.likeness import is_alike
from harness.explain.naming import name_errors
from harness.explain.reading import read_text
from harness.knowledge.outcomes import Outcomes
from harness.knowledge.readers import match_environments, read_versions

if TYPE_CHECKING:
    from harness.explain.explanation import ExplainedError

BASELINE = Path(__file__).parents[3] / "results" / "baseline"

CLOSE = "DeprecationWarning: Call to deprecated close. (Use aclose() instead) -- Deprecated since version 5.0.1."
POLICY = (
    'pytest.PytestDeprecationWarning: Overriding the "event_loop_policy" fixture is deprecated and will be removed in '
    'a future version of pytest-asyncio. Use the "pytest_asyncio_loop_factories" hook to customize event loop creation.'
)
MISMATCH = "ScopeMismatch: You tried to access the function scoped fixture {} with a session scoped request object"


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    outcomes = Outcomes.read(Path("nowhere"), BASELINE, samples=True)
    versions = read_versions(outcomes, load_releases())
    return Explainer(outcomes, load_catalogue(), versions, match_environments(outcomes, versions))


def explain(explainer: Explainer, *texts: str) -> tuple[ExplainedError, ...]:
    return explainer.explain_errors([one for text in texts for one in name_errors(read_text(text.encode()))])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("coroutine 'Redis.aclose' was never awaited", "RuntimeWarning: coroutine 'Valkey.aclose' was never awaited"),
        ("coroutine 'test_it' was never awaited", "RuntimeWarning: coroutine 'TestAdding.test_pear' was never awaited"),
        (CLOSE, f"conftest.py:14: {CLOSE}"),
        (MISMATCH.format("event_loop"), f"Failed: {MISMATCH.format('event_loop')}, involved factories"),
        ("unclosed <socket.socket fd=18, family=2>", "ResourceWarning: unclosed <socket.socket fd=7, family=2>"),
    ],
)
def test_texts_that_differ_in_names_of_tests_numbers_and_places_are_alike(one: str, other: str) -> None:
    assert is_alike(one, other)
    assert is_alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CLOSE, POLICY),
        ("coroutine 'test_it' was never awaited", "RuntimeWarning: coroutine 'Valkey.aclose' was never awaited"),
        (MISMATCH.format("db"), MISMATCH.format("event_loop")),
        ("unclosed <socket.socket fd=18, family=2>", "unclosed event loop <_UnixSelectorEventLoop running=False>"),
    ],
)
def test_texts_about_something_else_are_not(one: str, other: str) -> None:
    assert not is_alike(one, other)


def test_rules_and_cures_of_a_warning_are_about_that_warning(explainer: Explainer) -> None:
    (close,) = explain(explainer, CLOSE)
    (policy,) = explain(explainer, POLICY)
    assert close.surface == policy.surface == "deprecation"
    assert {axis for rule in close.rules for axis, _ in rule.conditions} >= {"cleanup_style"}
    assert [change.after for cure in close.cures for change in cure.cure.changes if change.axis == "loop_policy"] == []
    assert {axis for rule in policy.rules for axis, _ in rule.conditions} == {"loop_policy"}
    assert 0 < close.cells < explainer.explain_error("deprecation").cells


def test_warnings_with_one_name_and_other_words_are_explained_apart(explainer: Explainer) -> None:
    found = explain(explainer, CLOSE, POLICY, CLOSE)
    assert [(one.surface, one.count) for one in found] == [("deprecation", 2), ("deprecation", 1)]


def test_a_text_that_nothing_measured_is_like_gets_no_rules_of_others(explainer: Explainer) -> None:
    (found,) = explain(explainer, MISMATCH.format("db"))
    assert found.surface == "scope-mismatch"
    assert (found.rules, found.cures) == ((), ())
    assert "just this text" in found.elsewhere


def test_the_versions_own_warning_has_no_rules_but_says_where_it_is_given(explainer: Explainer) -> None:
    (found,) = explain(
        explainer, 'PytestDeprecationWarning: The configuration option "asyncio_default_fixture_loop_scope" is unset.'
    )
    assert found.surface == "loop-scope-unset"
    assert (found.cells, found.rules, found.cures) == (0, (), ())
    assert "0.24.0" in found.own
    assert "0.23.8" not in found.own
    assert "asyncio_default_fixture_loop_scope = function" in found.advice
