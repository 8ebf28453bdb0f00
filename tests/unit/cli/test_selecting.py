"""The selection language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.catalogue.selection import DEEPEST, All, AnyOf, Node, Not, OneOf, Selection, SelectionError, parse
from harness.errors import ExitCode

AXES = {
    "fixture_scope": ("function", "class", "session"),
    "creation_site": ("module_global", "inside_test", "async_fixture"),
    "python": ("3.8", "3.12"),
}


def conditions() -> st.SearchStrategy[Node]:
    return st.sampled_from(sorted(AXES)).flatmap(
        lambda axis: st.builds(OneOf, st.just(axis), st.lists(st.sampled_from(AXES[axis]), min_size=1).map(tuple))
    )


def combined(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, nodes) | st.builds(All, several) | st.builds(AnyOf, several)


SELECTIONS = st.recursive(conditions(), combined, max_leaves=12).map(Selection)
VALUES = st.fixed_dictionaries({axis: st.sampled_from(values) for axis, values in AXES.items()})


@given(SELECTIONS)
def test_what_is_printed_parses_to_the_same_selection(selection: Selection) -> None:
    assert parse(str(selection), axes=AXES) == selection


@given(SELECTIONS, VALUES)
def test_a_selection_means_what_the_same_words_mean_in_python(selection: Selection, values: dict[str, str]) -> None:
    def holds(node: Node) -> bool:
        match node:
            case OneOf(axis, wanted):
                return any(values[axis] == value for value in wanted)
            case Not(operand):
                return not holds(operand)
            case All(operands):
                return not any(not holds(operand) for operand in operands)
            case AnyOf(operands):
                return bool([operand for operand in operands if holds(operand)])

    assert selection.matches(values) is holds(selection.root)


@given(st.text(alphabet="abfunctioxs_=!,() .", max_size=60) | st.text(max_size=30))
def test_any_text_is_either_read_or_refused_with_its_place(text: str) -> None:
    try:
        parse(text, axes=AXES)
        place = 0
    except SelectionError as error:
        place = error.position
    assert 0 <= place <= len(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("fixture_scope=session and creation_site=module_global", None),
        ("fixture_scope==session", "fixture_scope=session"),
        ("fixture_scope in (session, class)", "fixture_scope=session,class"),
        ("fixture_scope not in (session)", "fixture_scope!=session"),
        ("not fixture_scope = session", "fixture_scope!=session"),
        (
            "fixture_scope=class or fixture_scope=session and python=3.8",
            "fixture_scope=class or (fixture_scope=session and python=3.8)",
        ),
        ("(fixture_scope=class or fixture_scope=session) and python!=3.8", None),
        ("not (fixture_scope=class or\n python=3.8)", "not (fixture_scope=class or python=3.8)"),
    ],
)
def test_the_forms_that_one_writes_are_read(text: str, printed: str | None) -> None:
    assert str(parse(text, axes=AXES)) == (printed or text)


def test_and_binds_closer_than_or() -> None:
    selection = parse("fixture_scope=class or fixture_scope=session and python=3.8", axes=AXES)
    assert selection.matches({"fixture_scope": "class", "python": "3.12"})
    assert not selection.matches({"fixture_scope": "session", "python": "3.12"})


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("fixture_scop=class", "Unknown axis 'fixture_scop'.", "Did you mean 'fixture_scope'?"),
        ("fixture_scope=sesion", "Unknown value of fixture_scope 'sesion'.", "Did you mean 'session'?"),
        ("python=4", "Unknown value of python '4'.", "3.8"),
        ("fixture_scope=class,python=3.8", "but 'python' is an axis.", "'and' or 'or'"),
        ("fixture_scope", "found the end", "axis=value"),
        ("fixture_scope=class python=3.8", "Expected 'and', 'or' or the end, found 'python'.", "axis=value"),
        ("(fixture_scope=class", "Expected ')', found the end.", "axis=value"),
        ("fixture_scope in session", "Expected '(', found 'session'.", "axis=value"),
        ("fixture_scope=and", "Expected a value of fixture_scope, found 'and'.", "axis=value"),
        ("fixture_scope ~ class", "'~' means nothing here.", "axis=value"),
        ("  ", "The selection is empty.", "axis=value"),
        ("(" * 1000, f"Nested more than {DEEPEST} deep.", "axis=value"),
        ("not " * 1000, f"Nested more than {DEEPEST} deep.", "axis=value"),
    ],
)
def test_a_mistake_is_named_with_a_remedy(text: str, problem: str, remedy: str) -> None:
    with pytest.raises(SelectionError) as caught:
        parse(text, axes=AXES)
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == ExitCode.USAGE


def test_the_caret_stands_under_the_mistake() -> None:
    with pytest.raises(SelectionError) as caught:
        parse("python=3.8 and fixture_scope=sesion", axes=AXES)
    _, text, caret = caught.value.problem.splitlines()
    assert text[caret.index("^") :] == "sesion"
