"""Dropping what an error doesn't need. An error is a function of the files here: nothing is run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from harness.evidence.model import Evidence
from harness.repro.closure import keep_tests, keep_used
from harness.repro.minimizing import minimize
from harness.repro.missing import list_missing
from harness.repro.pieces import Content, Stage, drop_pieces, list_pieces, list_test_names, tidy
from harness.repro.trials import choose_target, find_related, list_errors_of
from harness.verdicts.model import Channel, Finding, Role, Status, Unnamed, Verdict
from tests.unit.diagnose.ledgers_by_hand import connection, loop, moment, name, run_of, use

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SUITE: Content = {
    "conftest.py": b'''\
"""Fixtures."""

import os  # needed
import sys

import pytest


# What all share.
@pytest.fixture(scope="session", name="client")
def make_client(request):
    """A client."""
    if sys.platform:
        client = {"url": os.sep, "retries": 3}
    return client


@pytest.fixture
def other():
    return 1
''',
    "test_a.py": b"""\
import pytest


class TestA:
    def test_first(self, client):
        assert client

    def test_second(self, client, other):
        assert client
        assert other


@pytest.mark.parametrize("n", range(12))
def test_third(n):
    assert n < 12
""",
    "test_b.py": b"def test_b(): pass\n",
    "data/numbers.txt": b"1\n2\n3\n4\n5\n",
    "picture.png": b"\x89PNG\0\n\0",
}


@dataclass
class MadeUpTrials:
    """Trials of which a function says whether the error is there. They end after so many tries."""

    error: Callable[[str], bool]
    most: int = 10_000
    tries: int = 0
    largest: int = 0
    sizes: list[int] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return self.tries >= self.most

    def keep_error(self, variants: Sequence[Content]) -> list[bool]:
        self.tries += len(variants)
        self.largest = max(self.largest, len(variants))
        return [not self.is_over and self.error(b"\n".join(one.values()).decode("latin-1")) for one in variants]

    def report(self, content: Content) -> None:
        self.sizes.append(len(content))


def test_only_what_the_error_needs_is_left() -> None:
    trials = MadeUpTrials(lambda text: "os.sep" in text and "def test_second" in text and "4" in text)
    left = minimize(SUITE, trials, ())
    assert {path: data.decode() for path, data in left.items()} == {
        "conftest.py": 'def make_client():\n    client = {"url": os.sep}\n',
        "data/numbers.txt": "4\n",
        "test_a.py": "def test_second():\n    pass\n",
    }


def test_large_numbers_become_small_ones() -> None:
    trials = MadeUpTrials(lambda text: re.search(r"range\(\d", text) is not None)
    left = minimize({"test_a.py": SUITE["test_a.py"]}, trials, ())
    assert b"range(2)" in left["test_a.py"]


def test_tests_that_the_error_is_not_about_go_first() -> None:
    trials = MadeUpTrials(lambda text: "def test_first" in text)
    minimize(SUITE, trials, ["test_a.py::TestA::test_first[1]"])
    first = MadeUpTrials(lambda text: "def test_first" in text)
    minimize(SUITE, first, ())
    assert trials.tries <= first.tries


def test_many_variants_are_tried_at_a_time() -> None:
    many = {"test_a.py": b"".join(b"def test_%d(): pass\n" % number for number in range(64))}
    trials = MadeUpTrials(lambda text: "test_7(" in text and "test_50(" in text)
    left = minimize(many, trials, ())
    assert left["test_a.py"].decode().count("def ") == 2
    assert trials.largest > 1
    assert trials.tries < 64


def test_when_time_is_up_what_is_left_by_then_shows_the_error() -> None:
    def error(text: str) -> bool:
        return "os.sep" in text

    whole = MadeUpTrials(error)
    minimize(SUITE, whole, ())
    for most in range(1, whole.tries):
        left = minimize(SUITE, MadeUpTrials(error, most), ())
        assert error(b"\n".join(left.values()).decode("latin-1"))


@pytest.mark.parametrize("stage", list(Stage))
def test_whatever_is_dropped_python_stays_python(stage: Stage) -> None:
    for level in range(3):
        pieces = list_pieces(SUITE, stage, level)
        for some in ([one] for one in pieces):
            changed = drop_pieces(SUITE, stage, some, level)
            for path, data in (changed or {}).items():
                if path.endswith(".py"):
                    ast.parse(data)
        everything = drop_pieces(SUITE, stage, pieces, level)
        assert everything is None or all(ast.parse(data) for path, data in everything.items() if path.endswith(".py"))


@pytest.mark.parametrize("data", [b"def broken(:\n", b"\xff\xfe", b"x = 1\n\0", b"# coding: nonsense\nx = 1\n"])
def test_a_file_that_cannot_be_read_goes_whole_or_not_at_all(data: bytes) -> None:
    content = {"a.py": data, "test_b.py": b"def test_b(): pass\n"}
    assert all(path != "a.py" for stage in list(Stage)[1:] for path, _ in list_pieces(content, stage))
    assert drop_pieces(content, Stage.FILES, [("a.py", -1)]) == {"test_b.py": content["test_b.py"]}


def test_a_block_is_replaced_by_what_is_in_it() -> None:
    content = {"a.py": b"def f():\n    with x:\n        # why\n        y = 1\n"}
    (piece,) = list_pieces(content, Stage.BLOCKS)
    changed = drop_pieces(content, Stage.BLOCKS, [piece])
    assert changed == {"a.py": b"def f():\n    # why\n    y = 1\n"}


def test_tests_are_found_by_their_ids() -> None:
    assert set(list_test_names(SUITE).values()) == {
        "test_a.py::TestA",
        "test_a.py::TestA::test_first",
        "test_a.py::TestA::test_second",
        "test_a.py::test_third",
        "test_b.py::test_b",
    }


def test_rows_of_blank_lines_are_closed_up() -> None:
    assert tidy({"a.py": b"\n\n\nx = 1\n\n\n\n\n\ny = 2\n\n\n", "a.txt": b"\n\n\n\n"}) == {
        "a.py": b"x = 1\n\n\ny = 2\n",
        "a.txt": b"\n\n\n\n",
    }


def finding(signature: str, role: Role, *tests: str, channel: Channel = Channel.BODY) -> Finding:
    return Finding(signature=signature, channel=channel, role=role, tests=tests)


def test_the_error_that_most_tests_met_is_kept_with_what_it_came_from() -> None:
    verdict = Verdict(
        status=Status.FAILS,
        findings=(
            finding("different-loop", Role.ROOT, "a", "b"),
            finding("leaked-connection", Role.ONLY, "a", "b", "c", channel=Channel.CLEANUP),
            finding("loop-closed", Role.SURFACE, "a", "b"),
            finding("no-current-loop", Role.ONLY, "c"),
        ),
        unnamed=(Unnamed(channel=Channel.BODY, type="AssertionError", text="assert 1 == 2", test="d"),),
    )
    assert {key[0] for key in choose_target(verdict)} == {"different-loop", "loop-closed"}
    assert {key[0] for key in list_errors_of(verdict)} == {"different-loop", "loop-closed", "no-current-loop", ""}


def test_without_a_named_error_the_unnamed_are_kept() -> None:
    error = Unnamed(channel=Channel.BODY, type="AssertionError", text="assert 1 == 2", test="d")
    leak = finding("leaked-connection", Role.ONLY, channel=Channel.CLEANUP)
    verdict = Verdict(status=Status.FAILS, findings=(leak,), unnamed=(error,))
    assert choose_target(verdict) == {("", "body", "AssertionError", "assert 1 == 2")}
    assert choose_target(Verdict(status=Status.LEAKS, findings=(leak,))) == frozenset()


def test_tests_that_opened_what_the_failing_one_used_are_related() -> None:
    opened = connection(1, 1, moment("test_a"), use("test_a", 1), use("test_c", 3))
    evidence = Evidence(
        tests=(run_of("test_a"), run_of("test_b"), run_of("test_c")), connections=(opened,), loops=(loop(1, "test_a"),)
    )
    verdict = Verdict(status=Status.REPRODUCES, findings=(finding("different-loop", Role.ONLY, name("test_c")),))
    assert find_related(verdict, evidence, choose_target(verdict)) == (name("test_a"), name("test_c"))


def test_a_class_is_replaced_by_functions_without_self() -> None:
    content = {"test_a.py": b"class TestA:\n    def test_b(self, client):\n        assert client\n"}
    (piece,) = list_pieces(content, Stage.BLOCKS)
    changed = drop_pieces(content, Stage.BLOCKS, [piece])
    assert changed == {"test_a.py": b"def test_b(client):\n    assert client\n"}


PROJECT: Content = {
    "pytest.ini": b"[pytest]\nasyncio_mode = auto\n",
    "conftest.py": b"""\
import os

import pytest
from shop.basket import Basket
from shop.stock import Stock

URL = os.environ["URL"]


@pytest.fixture(scope="session")
def client():
    return URL


@pytest.fixture(name="basket")
def make_basket(client):
    return Basket(client)


@pytest.fixture
def stock(client):
    return Stock(client)


@pytest.fixture(autouse=True)
def clean():
    yield


def pytest_configure():
    pass
""",
    "shop/basket.py": b"class Basket:\n    pass\n",
    "shop/stock.py": b"class Stock:\n    pass\n",
    "test_basket.py": b"import sys\n\ndef test_add(basket):\n    assert basket\n\ndef test_other(basket):\n    pass\n",
    "test_stock.py": b"from shop.stock import Stock\n\ndef test_take(stock):\n    assert stock\n",
}


def test_the_failing_test_is_tried_first_with_what_it_uses_alone() -> None:
    trials = MadeUpTrials(lambda text: "def test_add" in text and "class Basket" in text)
    tried: list[Content] = []

    def keep_error(variants: Sequence[Content]) -> list[bool]:
        tried.extend(variants)
        return MadeUpTrials.keep_error(trials, variants)

    trials.keep_error = keep_error  # type: ignore[method-assign]
    minimize(PROJECT, trials, ["test_stock.py::test_take", "test_basket.py::test_add"])
    first = tried[0]
    assert "test_stock.py" not in first
    assert first["shop/stock.py"].strip() == b""
    assert first["test_basket.py"].lstrip() == b"def test_add(basket):\n    assert basket\n"
    conftest = first["conftest.py"].decode()
    assert "def stock" not in conftest
    assert "Stock" not in conftest
    for needed in ("URL = ", "def client", "make_basket", "import Basket", "def clean", "pytest_configure"):
        assert needed in conftest


def test_where_nothing_can_go_nothing_is_guessed() -> None:
    assert keep_used({"test_a.py": b"def test_a(): pass\n"}) is None
    assert keep_tests({"test_a.py": b"def test_a(): pass\n"}, ["test_a.py::test_a"]) is None
    assert keep_tests(PROJECT, []) is None


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("conftest.py", b"import os\n", b""),
        ("conftest.py", b"def stock(client)", b"def bond(client)"),
        ("conftest.py", b'(name="basket")', b""),
        ("shop/stock.py", b"class Stock:\n    pass\n", b""),
        ("test_stock.py", b"(stock)", b"()"),
    ],
)
def test_what_lost_something_it_uses_is_worth_no_run(path: str, old: bytes, new: bytes) -> None:
    changed = {**PROJECT, path: PROJECT[path].replace(old, new)}
    assert changed != PROJECT
    assert not list_missing(changed) <= list_missing(PROJECT)


def test_what_is_provided_elsewhere_or_not_used_is_not_missed() -> None:
    known = list_missing(PROJECT)
    assert list_missing({path: data for path, data in PROJECT.items() if "test_" not in path}) <= known
    override = {"conftest.py": b"import pytest\n@pytest.fixture\ndef event_loop():\n    yield 1\n"}
    test = {"test_a.py": b"def test_a(event_loop, n=__file__):\n    match n:\n        case [x, *y]: print(x, y)\n"}
    assert list_missing(test) <= list_missing(override | test)
