"""From a command line to a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.app import make_app, parse
from harness.cli.options import BisectOptions, CleanResultsOptions, CompareOptions, MatrixOptions, ReportedOptions
from harness.errors import ExitCode, UsageError


def matrix(*arguments: str) -> MatrixOptions:
    options = parse(["matrix", *arguments], make_app())
    assert isinstance(options, MatrixOptions)
    return options


def refusal(*arguments: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(arguments, make_app())
    assert caught.value.exit_code == ExitCode.USAGE
    return caught.value


def test_lists_are_split_at_commas_and_joined_when_given_twice() -> None:
    request = matrix("--python", "3.11, 3.13t,pypy-3.10", "--python", "newest", "--pytest-asyncio=0.21.2,1.5.0")
    assert request.python_versions == ("3.11", "3.13t", "pypy-3.10", "newest")
    assert request.pytest_asyncio_versions == ("0.21.2", "1.5.0")


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
    request = parse(["reported", *arguments], make_app())
    assert isinstance(request, ReportedOptions)
    assert (request.names, request.json) == (("pa-744", "romm-806"), True)


def test_both_sides_of_a_comparison_may_stand_apart() -> None:
    request = parse(["compare", "0.26.0", "--exit-code", "1.0.0"], make_app())
    assert isinstance(request, CompareOptions)
    assert (request.before, request.after) == ("0.26.0", "1.0.0")


@pytest.mark.parametrize("arguments", [("--suite",), ("--suite", "--json"), ("--json", "--suite"), ("--suite", "-x")])
def test_a_suite_without_a_folder_is_the_current_one(arguments: tuple[str, ...]) -> None:
    if "-x" in arguments:
        assert refusal("matrix", *arguments).problem == "Unknown option '-x'."
    else:
        assert matrix(*arguments).suites == (".",)


def test_a_suite_without_a_folder_may_be_one_of_several() -> None:
    assert matrix("--suite", "--suite", "there::tests", "--json").suites == (".", "there::tests")


@pytest.mark.parametrize("text", ["-k 'one or two'", "-x", "--reruns 2 tests", "--suite"])
def test_arguments_for_pytest_may_begin_with_a_hyphen(text: str) -> None:
    assert matrix("--suite", "a", "--pytest-args", text, "--json").pytest_arguments == (text,)
    assert matrix("--suite", "a", f"--pytest-args={text}").pytest_arguments == (text,)


@pytest.mark.parametrize("option", ["--env", "--env-file", "--pytest-args"])
def test_what_only_suites_heed_is_refused_where_none_is_named(option: str) -> None:
    refused = refusal("matrix", option, "A=1", "--cell", "a/b/c/d")
    assert refused.problem == f"{option} is for a suite of your own, and none is named."
    assert "--suite" in refused.remedy
    assert matrix(option, "A=1", "--suite").suites == (".",)


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
        (("matrix", "--client", "memcached"), "Unknown client 'memcached'.", "Known: valkey, redis, valkey-glide."),
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
        (("matrix", "--jobs"), "--jobs needs a value.", " matrix --help`"),
        (("matrix", "--jobs", "--json"), "--jobs needs a value.", " matrix --help`"),
        (("matrix", "--json=maybe"), '--json: unable to convert "maybe"', " matrix --help`"),
        (("matrix", "--no-json"), "Unknown option '--no-json'.", "Did you mean '--json'"),
        (("matrix", "--json", "--json"), "--json is given twice.", "once"),
        (("compare", "1.0.0", "1.1.0", "--json", "--format", "junit"), "doesn't go with --format junit", "one of them"),
        (("compare", "1.0.0", "1.1.0", "--format", "html"), "Unknown format 'html'.", "text, markdown, json, junit"),
        (("reported", "--format", "junit"), "Unknown format 'junit'.", "text, markdown, json"),
        (("matrix", "--format", "markdown"), "Unknown format 'markdown'.", "text, json"),
        (("compare", "1.0.0"), "compare needs AFTER.", "compare BEFORE AFTER`. AFTER is what BEFORE"),
        (("compare", "1.0.0", "1.1.0", "1.2.0"), "Unexpected argument '1.2.0'.", " compare --help`"),
        (("ranges", "--over", "date"), "Unknown over 'date'.", "python"),
        (("matrix", "--tables", "habits,"), "--tables: 'habits,' can't be used.", "names separated by commas"),
        (("matrix", "--jobs", "1", "--jobs", "2"), "--jobs is given twice.", "once"),
        (("matrix", "3.12"), "Unexpected argument '3.12'.", " matrix --help`"),
        (("matrix", "."), "Unexpected argument '.'.", "write `--suite .`"),
        (("clean-results", "."), "Unexpected argument '.'.", " clean-results --help`"),
        (("matrix", "--", "--jobs", "2"), "--jobs stands after `--`", "Leave the `--` out"),
        (("catalogue", "--jobs", "2"), "catalogue does not take --jobs.", " do: cells that run"),
        (("catalogue", "--repeat", "2"), "catalogue does not take --repeat.", "control do: run each cell"),
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


def test_json_is_the_short_form_of_a_format() -> None:
    assert matrix("--json") == matrix("--format", "json")
    assert matrix("--json", "--format", "json").json
    assert not matrix("--format", "text").json


def test_what_is_printed_and_removed_can_be_chosen() -> None:
    assert matrix("--tables", "habits,versions").tables == ("habits", "versions")
    assert parse(["compare", "1.0.0", "1.1.0", "--all"], make_app()) == CompareOptions("1.0.0", "1.1.0", every=True)
    assert parse(["bisect", "--all"], make_app()) == BisectOptions(every=True)
    assert parse(["clean-results", "--dry-run"], make_app()) == CleanResultsOptions(dry_run=True)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("matrix", "--help"), ("--version",)])
def test_nothing_is_left_to_be_done_after_help(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(arguments, make_app()) is None
    assert capsys.readouterr().out
