"""The find box reads the command line's selection language as the command line does, and selects the same cells."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from harness.catalogue.profiles import list_profile_cells, load_profile
from harness.catalogue.selection import All, AnyOf, Not, OneOf, SelectionError, parse
from tests.unit.report.made_outcomes import ABSENT, CATALOGUE, CLEAN, CLOSED, LEAK, make_data
from tests.unit.report.page_script import needs_node, run_script

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalogue.selection import Node

AXES = CATALOGUE.value_names

PARSE = """
import { NAME, SPACE, SelectionError, SelectionParser, makeToken, quote } from "./find/selection.js";
import { parseQuery } from "./find/query.js";

// As the command line splits a selection. The find box has more than selections in it, and splits it in its own way.
const TOKEN = new RegExp(`[${SPACE}]*(?:(?<name>${NAME})|(?<sign>!=|==|[=(),])|(?<other>[^${SPACE}]))`, "uy");
function splitTokens(text) {
  const end = text.replace(new RegExp(`[${SPACE}]+$`, "u"), "").length;
  const tokens = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const { name, sign, other } = TOKEN.exec(text).groups;
    const found = name ?? sign ?? other;
    const position = TOKEN.lastIndex - found.length;
    if (other) throw new SelectionError(`${quote(other)} means nothing here.`, position);
    tokens.push(makeToken(found, position, name ? "name" : "sign"));
  }
  return [...tokens, { text: "", position: end, end, kind: "end" }];
}
const axes = new Map(Object.entries(given.axes));
const vocabulary = { axes, keys: new Map() };
function attempt(read) {
  try {
    return { node: read() };
  } catch (error) {
    return { problem: error.message, position: error.position, remedy: error.remedy };
  }
}
console.log(JSON.stringify(given.texts.map((text) => [
  attempt(() => new SelectionParser(splitTokens(text), axes).whole()),
  attempt(() => parseQuery(text, vocabulary)),
])));
"""
SELECT = """
import { Model } from "./model.js";
import { Finder } from "./find/finder.js";

const finder = new Finder(new Model(given.data));
console.log(JSON.stringify(given.texts.map((text) => {
  const query = finder.read(text);
  const shown = query.filterEnvironments(finder.model.environments.map((_, number) => number));
  const { message = "", position = -1 } = query.error ?? {};
  return { error: message, place: position, environments: shown, cells: query.selectCells(shown) };
})));
"""
TOGGLE = """
import { Model } from "./model.js";
import { Finder } from "./find/finder.js";

const finder = new Finder(new Model(given.data));
const toggle = ([text, key, value, combine]) => finder.read(text).toggle({ key, value }, { combine });
console.log(JSON.stringify(given.cases.map(toggle)));
"""

READABLE = [
    "fixture_scope=session",
    "fixture_scope == session",
    "fixture_scope!=session,module",
    "fixture_scope=session and creation_site=module_global",
    "fixture_scope=session or creation_site=module_global and cleanup_style=none",
    "(fixture_scope=session or creation_site=module_global) and not cleanup_style=none",
    "not not fixture_scope=class",
    "not (fixture_scope=class or not fixture_scope = module)",
    "creation_site in (inside_test, app_lifespan)",
    "creation_site not in ( inside_test,app_lifespan )",
    " \t fixture_scope\n=\u00a0session\u3000 ",
    "asyncio_mode=auto and workload!=get_set and interleaving in (none)",
]
UNREADABLE = [
    "",
    "   ",
    "fixture_scope",
    "fixture_scope session",
    "fixture_scop=session",
    "fixture_scope=sesion",
    "fixture_scope=",
    "fixture_scope=session,",
    "fixture_scope=session and",
    "and fixture_scope=session",
    "fixture_scope=and",
    "in=session",
    "fixture_scope in session",
    "fixture_scope in (session",
    "fixture_scope not session",
    "fixture_scope in ()",
    "(fixture_scope=session",
    "fixture_scope=session)",
    "fixture_scope=session creation_site=module_global",
    "fixture_scope=session,creation_site=module_global",
    "fixture_scope=session ; rm",
    "fixture_scope=session & creation_site=none",
    'fixture_scope="session"',
    "fixture_scope!session",
    "fixture_scope=séssion",
    "fixture_scope=ses\u0301sion",
    "not",
    "()",
    "not " * 60 + "fixture_scope=session",
    "(" * 60 + "fixture_scope=session" + ")" * 60,
    "fixture_scope=session\x1f!",
]


def make_texts(number: int) -> list[str]:
    """Selections as people and fuzzers write them: grown from the grammar, half of them broken in one place."""
    draw = random.Random(13)  # noqa: S311

    def grow(depth: int) -> str:
        kind = draw.randrange(6 if depth else 2)
        if kind < 2:
            axis = draw.choice(list(AXES))
            values = ",".join(draw.sample(AXES[axis], draw.randint(1, 2)))
            sign = draw.choice(["=", "==", "!=", " = ", " in (", " not in ("])
            return f"{axis}{sign}{values}{')' if '(' in sign else ''}"
        if kind == 2:
            return f"not {grow(depth - 1)}"
        if kind == 3:
            return f"({grow(depth - 1)})"
        return draw.choice([" and ", " or ", "  and\t"]).join(grow(depth - 1) for _ in range(draw.randint(2, 3)))

    def damage(text: str) -> str:
        place = draw.randrange(len(text))
        return (
            text[:place]
            + draw.choice(["", " ", ",", "(", ")", "=", "x", " not ", " or ", "!", "'"])
            + text[place + 1 :]
        )

    texts = [grow(3) for _ in range(number)]
    return texts + [damage(text) for text in texts]


def describe(node: Node) -> dict[str, Any]:
    match node:
        case OneOf(axis=axis, values=values):
            return {"kind": "oneOf", "axis": axis, "values": list(values)}
        case Not(operand=operand):
            return {"kind": "not", "operand": describe(operand)}
        case All(operands=operands):
            return {"kind": "all", "operands": [describe(one) for one in operands]}
        case AnyOf(operands=operands):
            return {"kind": "anyOf", "operands": [describe(one) for one in operands]}


def drop_places(node: Any) -> Any:
    """Without the places in the text, which only the page keeps."""
    if isinstance(node, list):
        return [drop_places(one) for one in node]
    if isinstance(node, dict):
        return {key: drop_places(value) for key, value in node.items() if key not in {"start", "end"}}
    return node


def read_by_command(text: str) -> dict[str, Any]:
    try:
        return {"node": describe(parse(text, axes=AXES).root)}
    except SelectionError as error:
        return {"problem": error.problem.partition("\n")[0], "position": error.position}


@needs_node
def test_the_page_reads_selections_as_the_command_line_does(tmp_path: Path) -> None:
    texts = [*READABLE, *UNREADABLE, *make_texts(400)]
    found = run_script(tmp_path, PARSE, {"axes": AXES, "texts": texts})
    readable = 0
    for text, (strict, query) in zip(texts, found, strict=True):
        strict.pop("remedy", None)
        expected = read_by_command(text)
        assert drop_places(strict) == expected, text
        if "node" in expected:
            readable += 1
            assert drop_places(query) == expected, text
    assert len(texts) / 3 < readable < len(texts) * 2 / 3


@needs_node
def test_a_wrong_name_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    texts = ["fixture_scop=session", "fixture_scope=sesion", "nothing_like_it=session"]
    found = run_script(tmp_path, PARSE, {"axes": AXES, "texts": texts})
    remedies = [strict["remedy"] for strict, _ in found]
    assert remedies[0].startswith("Did you mean 'fixture_scope'")
    assert remedies[1].startswith("Did you mean 'session'")
    assert remedies[2].startswith("Known: loop_policy, fixture_scope, ")


@needs_node
def test_the_page_selects_the_cells_that_the_command_line_selects(tmp_path: Path) -> None:
    cells = list_profile_cells(CATALOGUE, load_profile("quick"))
    texts = [text for text in [*READABLE, *make_texts(60)] if "node" in read_by_command(text)]
    found = run_script(tmp_path, SELECT, {"data": make_data([cell.id for cell in cells]), "texts": texts})
    for text, one in zip(texts, found, strict=True):
        selection = parse(text, axes=AXES)
        assert one["error"] == ""
        assert one["cells"] == [n for n, cell in enumerate(cells) if selection.matches(CATALOGUE.values(cell))], text


OUTCOMES = (
    (CLEAN, CLOSED, LEAK),
    (CLEAN, LEAK, CLOSED),
    (ABSENT, LEAK, -1),
)
ALL, MAIN = [0, 1, 2], [0, 1]


SELECTED = [
    ("verdict:reproduces", ALL, [1, 2]),
    ("verdict:reproduces pytest-asyncio:1.4.1", [0], [1]),
    ("verdict:reproduces and python:3.12", [2], []),
    ("python:3.13 pytest-asyncio:1.5.0", [1], [0, 1, 2]),
    ("not python:3.12", MAIN, [0, 1, 2]),
    ("python:3.12 or verdict:clean", ALL, [0, 1]),
    ('client:"valkey 6.2.0"', ALL, [0, 1, 2]),
    ("signature:loop-closed", ALL, [1, 2]),
    ("root:loop-closed", ALL, []),
    ("surface:loop-closed root:different-loop", ALL, [1, 2]),
    ("verdict:clean,leaks not verdict:reproduces", ALL, [0, 1, 2]),
    ("everywhere:clean", ALL, [0]),
    ("not everywhere:clean", ALL, [1, 2]),
    ("everywhere:reproduces,leaks pytest-asyncio:1.5.0", [1, 2], [1, 2]),
    ("cleanup:leaks body:clean", ALL, [1, 2]),
    ("changed:1.4.1..1.5.0", ALL, [1, 2]),
    ("worse:1.4.1..1.5.0", ALL, [2]),
    ("better:1.4.1..1.5.0", ALL, [1]),
    ("changed:1.4.1/reproduces..1.5.0/leaks", ALL, [1]),
    ("changed:3.12..3.13", ALL, [0]),
    ("loop is CLOSED", ALL, [1, 2]),
    ('"loop is closed" fixture_scope=session', ALL, [1]),
    ('"closed is loop"', ALL, []),
    ("module_global/none", ALL, [1]),
    ('"suite:shop, or"', ALL, [2]),
    ("connection or n/a", ALL, [0, 1, 2]),
    ("attached in 'a different", ALL, []),
    ("fixture_scope=session loop", ALL, [1]),
    ("fixture_scope!=session", ALL, [0, 2]),
    ("  ", ALL, [0, 1, 2]),
]
"""A query, the environments in which it can match, and the cells that it selects."""
WRONG = [
    ("loop verdict:^wrong", "Unknown verdict 'wrong'."),
    ("loop verdict:clean,^wrong", "Unknown verdict 'wrong'."),
    ("loop ^vedict:clean", "Unknown token 'vedict:'."),
    ("verdict:^", "Expected a value of verdict."),
    ('loop ^"is closed', "This quote isn't closed."),
    ("(verdict:clean^", "Expected ')', found the end."),
    ("verdict:clean ^python=3.13", "'python' isn't an axis."),
    ("python:^3.7", "Unknown python '3.7'."),
    ("changed:^1.4.1", "Expected a range, found '1.4.1'."),
    ("changed:1.4.1..^9", "No environment has '9'."),
    ("changed:^1.4.1..3.13", "'1.4.1' and '3.13' aren't versions of one thing."),
    ("changed:1.4.1/^good..1.5.0", "Unknown verdict 'good'."),
    ("^coro=x", "Unknown axis 'coro'."),
]
"""A query with a mark before what can't be read, and the problem."""


@needs_node
def test_a_query_selects_cells_by_their_outcomes(tmp_path: Path) -> None:
    texts = [text for text, _, _ in SELECTED]
    found = run_script(tmp_path, SELECT, {"data": make_data(outcomes=OUTCOMES), "texts": texts})
    for one, (text, environments, cells) in zip(found, SELECTED, strict=True):
        assert one == {"error": "", "place": -1, "environments": environments, "cells": cells}, text


@needs_node
def test_changes_between_pythons_are_found_on_each_release(tmp_path: Path) -> None:
    """The older release ran on no two Pythons with the same client, the newer one did."""
    data = make_data(outcomes=(OUTCOMES[0], OUTCOMES[1], OUTCOMES[0]))
    places = [("1.4.1", "3.13", "valkey 6.2.0"), ("1.4.1", "3.12", "valkey 6.1.1"), ("1.5.0", "3.12", "valkey 6.2.0")]
    environments = [
        replace(one, id=str(place), dimensions=dict(zip(one.dimensions, place, strict=True)))
        for one, place in zip(data.environments, places, strict=True)
    ]
    newer = replace(environments[2], id="newer", dimensions={**environments[2].dimensions, "python": "3.13"})
    grown = replace(data, environments=(*environments, newer), outcomes=(*data.outcomes, OUTCOMES[0]))
    texts = ["changed:3.12..3.13", "changed:3.12..3.13 pytest-asyncio:1.5.0"]
    found = run_script(tmp_path, SELECT, {"data": grown, "texts": texts})
    assert [one["cells"] for one in found] == [[1, 2], []]


@needs_node
def test_what_cant_be_read_is_shown_with_its_place(tmp_path: Path) -> None:
    texts = [text.replace("^", "") for text, _ in WRONG]
    found = run_script(tmp_path, SELECT, {"data": make_data(), "texts": texts})
    for one, (text, problem) in zip(found, WRONG, strict=True):
        assert (one["error"], one["place"]) == (problem, text.index("^"))
        assert one["cells"] == [0, 1, 2], f"nothing is lost for {text}"


@needs_node
def test_a_badge_takes_the_place_of_another_value_or_stands_beside_it(tmp_path: Path) -> None:
    cases = [
        (("", "verdict", "clean", False), "verdict:clean"),
        (("loop", "verdict", "clean", False), "loop verdict:clean"),
        (("verdict:leaks loop", "verdict", "clean", False), "verdict:clean loop"),
        (("verdict:leaks loop", "verdict", "clean", True), "verdict:leaks,clean loop"),
        (("verdict:leaks,clean loop", "verdict", "clean", False), "verdict:leaks loop"),
        (("verdict:leaks loop", "verdict", "leaks", True), "loop"),
        (
            ("fixture_scope=session and verdict:clean", "fixture_scope", "class", False),
            "fixture_scope=class verdict:clean",
        ),
        (("fixture_scope in (session, class)", "fixture_scope", "class", False), "fixture_scope=session"),
        (("loop or closed", "verdict", "clean", False), "(loop or closed) verdict:clean"),
        (("(loop or closed) python:3.13", "python", "3.13", False), "(loop or closed)"),
        (("", "client", "valkey 6.2.0", False), 'client:"valkey 6.2.0"'),
        (('client:"valkey 6.2.0" "a b"', "client", "valkey 6.2.0", False), '"a b"'),
        (('"open', "verdict", "clean", False), '"open verdict:clean'),
    ]
    found = run_script(tmp_path, TOGGLE, {"data": make_data(), "cases": [case for case, _ in cases]})
    assert found == [text for _, text in cases]


def test_the_texts_are_of_many_kinds() -> None:
    texts = make_texts(400)
    assert len(set(texts)) > 700
    assert sum(1 for text in texts if re.search(r"\bnot\b.*\bor\b", text)) > 20
