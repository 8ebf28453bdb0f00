"""From a command line to a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.parsing import Help, parse
from harness.cli.requests import CompareOptions, MatrixOptions, ReportedOptions
from harness.errors import ExitCode, UsageError


def matrix(*arguments: str) -> MatrixOptions:
    request = parse(["matrix", *arguments]).request
    assert isinstance(request, MatrixOptions)
    return request


def refusal(*arguments: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert caught.value.exit_code == ExitCode.USAGE
    return caught.value


def test_lists_are_split_at_commas_and_joined_when_given_twice() -> None:
    request = matrix("--python", "3.11, 3.13t,pypy-3.10", "--python", "newest", "--pytest-asyncio=0.21.2,1.5.0")
    assert request.pythons == ("3.11", "3.13t", "pypy-3.10", "newest")
    assert request.plugins == ("0.21.2", "1.5.0")


def test_cells_and_selections_may_be_given_several_times() -> None:
    request = matrix("--cell", "a/b/c/d@e=f,g=h", "--cell", "i/j/k/l", "--select", "x=y", "--select", "y=z")
    assert request.cells == ("a/b/c/d@e=f,g=h", "i/j/k/l")
    assert request.select == ("x=y", "y=z")


def test_numbers_folders_and_switches_become_typed_values() -> None:
    request = matrix("--repeat", "5", "--jobs", "2", "--limit", "2.5", "--results", "there", "--json")
    assert (request.repeat, request.jobs, request.limit) == (5, 2, 2.5)
    assert request.results == Path("there")
    assert request.json


@pytest.mark.parametrize("arguments", [("pa-744", "--json", "romm-806"), ("--json", "pa-744", "romm-806")])
def test_several_names_may_stand_anywhere_among_the_options(arguments: tuple[str, ...]) -> None:
    request = parse(["reported", *arguments]).request
    assert isinstance(request, ReportedOptions)
    assert (request.names, request.json) == (("pa-744", "romm-806"), True)


def test_both_sides_of_a_comparison_may_stand_apart() -> None:
    request = parse(["compare", "0.26.0", "--exit-code", "1.0.0"]).request
    assert isinstance(request, CompareOptions)
    assert (request.before, request.after) == ("0.26.0", "1.0.0")


def test_client_versions_are_those_of_the_chosen_client() -> None:
    assert matrix("--valkey", "6.1.0").client_versions == ("6.1.0",)
    assert matrix("--client", "redis", "--redis", "5.0.0,newest").client_versions == ("5.0.0", "newest")


@pytest.mark.parametrize(
    ("arguments", "problem", "remedy"),
    [
        (("matrx",), "Unknown command 'matrx'.", "Did you mean 'matrix'?"),
        (("matrix", "--pyton", "3.12"), "Unknown option '--pyton'.", "Did you mean '--python'"),
        (("matrix", "--pyton=3.12"), "Unknown option '--pyton'.", "Did you mean '--python'"),
        (("matrix", "--prof", "quick"), "Unknown option '--prof'.", "Did you mean '--profile'"),
        (("matrix", "--profile", "standart"), "Unknown profile 'standart'.", "Did you mean 'standard'?"),
        (("matrix", "--client", "memcached"), "Unknown client 'memcached'.", "Known: valkey, redis."),
        (("matrix", "--python", "3.12,threeish"), "--python: 'threeish' is not a version.", "versions such as"),
        (("matrix", "--python", "3.12,"), "--python: '' is not a version.", "versions such as"),
        (("matrix", "--pytest", "pypy-8"), "--pytest: 'pypy-8' is not a version.", "versions separated"),
        (("matrix", "--jobs", "0"), "--jobs: '0' can't be used.", "a whole number, at least 1"),
        (("matrix", "--repeat", "-1"), "--repeat: '-1' can't be used.", "a whole number, at least 1"),
        (("matrix", "--limit", "nan"), "--limit: 'nan' can't be used.", "a number of seconds above 0"),
        (("matrix", "--limit", "0"), "--limit: '0' can't be used.", "a number of seconds above 0"),
        (("matrix", "--recheck", "101"), "--recheck: '101' can't be used.", "a number from 0 to 100"),
        (("matrix", "--recheck", "some"), "--recheck: 'some' can't be used.", "a number from 0 to 100"),
        (("matrix", "--select", " "), "--select: ' ' can't be used.", "a text"),
        (("matrix", "--jobs"), "--jobs: expected one argument.", "`python -m harness matrix --help`"),
        (("matrix", "--json=yes"), "--json: ignored explicit argument 'yes'.", "`python -m harness matrix --help`"),
        (("matrix", "--jobs", "1", "--jobs", "2"), "--jobs is given twice.", "once"),
        (("matrix", "3.12"), "Unexpected argument '3.12'.", "`python -m harness matrix --help`"),
        (("catalogue", "--jobs", "2"), "catalogue does not take --jobs.", " do: cells that run"),
        (("catalogue", "--repeat", "2"), "catalogue does not take --repeat.", "matrix does: run each cell"),
        (("--json", "catalogue"), "--json comes before the command.", "COMMAND --json"),
        (("matrix", "--redis", "5.0.0"), "--redis names versions of the client redis.", "Add --client redis."),
        (("matrix", "--client", "redis", "--valkey", "6.1.0"), "but --client redis is given.", "--redis"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_makes_no_sense_is_named_with_a_remedy(arguments: tuple[str, ...], problem: str, remedy: str) -> None:
    error = refusal(*arguments)
    assert problem in error.problem
    assert remedy in error.remedy


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help", "matrix")])
def test_without_a_command_the_overview_is_shown(arguments: tuple[str, ...]) -> None:
    with pytest.raises(Help, match="commands:"):
        parse(arguments)
