"""The command line as cyclopts reads it, and each of its refusals as a `UsageError` that names what is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import (
    App,
    CoercionError,
    CycloptsError,
    Group,
    MissingArgumentError,
    Parameter,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

import harness
from harness.cli.commands import COMMANDS, GROUPS
from harness.cli.fields import BARE, PYTEST_ARGUMENTS, SUITE, RunOptions
from harness.cli.passwords import SERVER_VARIABLE, require_no_password
from harness.errors import UnknownNameError, UsageError
from harness.invocation import SCRIPT, command_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cyclopts.argument import Argument

    from harness.cli.commands import Task

COMPLETION = "--install-completion"

STDIN = "-"
"""Stands for standard input, where a command takes a text."""


ABOUT = (
    "Measures which test habits and which versions of pytest-asyncio break async test suites that talk to Valkey, on a "
    "real server. Begin with `matrix`; `matrix --suite DIR` runs your own tests, and NAME --help shows what a command "
    "takes."
)
"""What the help of the whole program begins with."""


def make_app() -> App:
    """The program with all its commands. What a command takes is imported when it is asked for."""
    app = _create_app(name=SCRIPT, help=ABOUT)
    app.register_install_completion_command(COMPLETION, help="Install completion for your shell.")
    groups = {name: Group(name, sort_key=place) for place, name in enumerate(GROUPS)}
    for place, command in enumerate(COMMANDS):
        app.command(
            f"harness.cli.options:{command.options}",
            name=command.name,
            help=command.summary,
            group=groups[command.group],
            sort_key=place,
            default_parameter=DEFAULTS,
        )
    return app


def make_task_app(options: type, task: Task) -> App:
    """A program that does one thing."""
    app = _create_app(name=f"python -m {task.module}", help=task.summary)
    app.default(options)
    return app


def _create_app(**settings: Any) -> App:
    return App(
        **settings,
        version=lambda: harness.__version__,
        version_flags="--version",
        help_flags=("--help", "-h"),
        help_format="plaintext",
        group_commands=Group("This program", sort_key=len(GROUPS)),
        default_parameter=DEFAULTS,
    )


def _format_default(default: object) -> str | None:
    match default:
        case None | False | "" | ():
            return None
        case float():
            return f"{default:g}"
        case _:
            return str(default)


DEFAULTS = Parameter(negative=(), show_default=_format_default)
"""How options are where they don't say otherwise: none has a `--no-…`."""


def parse(arguments: Sequence[str], app: App) -> object | None:
    """What a command is to do, as an object of the class in `harness.cli.options` that says what it takes.

    None where there is nothing to do: help or the version was asked for, and has been printed. Raises `UsageError`
    for what makes no sense.
    """
    require_no_password(arguments)
    try:
        made, bound, _ = app.parse_args(_complete(arguments), print_error=False, exit_on_error=False)
    except CycloptsError as error:
        raise _make_refusal(error, app) from None
    finally:
        os.environ.pop(SERVER_VARIABLE, None)  # it may hold a password: no process that is started inherits it
    if getattr(made, "__func__", None) is App.help_print:
        from harness.cli.help import Formatter, open_console  # noqa: PLC0415

        app.help_formatter = Formatter()
        bound.arguments["console"] = open_console()
    options: object | None = made(*bound.args, **bound.kwargs)
    if isinstance(options, RunOptions):
        options.require_client()
        options.require_suite()
    return options


def _complete(arguments: Sequence[str]) -> list[str]:
    """The arguments with what `BARE` has after each such option that nothing follows but another option.

    A lone `-` goes to the end behind `--`, as an option would be read in it else.
    """
    complete: list[str] = []
    last: list[str] = []
    for before, argument, after in zip(["", *arguments], arguments, [*arguments[1:], "-"], strict=False):
        is_bare = argument in BARE and before != PYTEST_ARGUMENTS and after.startswith("-")
        if argument == STDIN and before != PYTEST_ARGUMENTS and "--" not in arguments:
            last = ["--", STDIN]
        else:
            complete += [argument, BARE[argument]] if is_bare else [argument]
    return complete + last


def _make_refusal(error: CycloptsError, app: App) -> UsageError:
    """The same in two lines: what is wrong, and what to do."""
    name = " ".join(error.command_chain or ())
    match error:
        case UnknownCommandError(unused_tokens=[str(written), *_]):
            return _explain_command(written)
        case UnknownOptionError(token=token):
            return _explain_option(token.keyword or token.value, name, app, error.argument_collection)
        case CoercionError(argument=argument, token=token) if argument and token and argument.get_choices():
            return UnknownNameError(argument.name.lstrip("-"), token.value, argument.get_choices() or ())
        case RepeatArgumentError(token=token):
            return UsageError(f"{token.keyword} is given twice.", remedy="Give it once.")
        case MissingArgumentError(argument=argument, keyword=None) if argument and argument.index is not None:
            written = _name_positional(argument)
            here = app[name] if name else app
            positional = [one for one in here.assemble_argument_collection() if one.index is not None]
            line = command_line(name, " ".join(map(_name_positional, positional)))
            return UsageError(
                f"{name} needs {written}.", remedy=f"Write `{line}`. {written} is {argument.parameter.help}."
            )
        case _:
            return UsageError(_explain(error), remedy=_advise(error, name, app))


def _advise(error: CycloptsError, name: str, app: App) -> str:
    match error:
        case UnusedCliTokensError(unused_tokens=[str(path), *_]) if Path(path).exists() and _takes_suites(app, name):
            return f"To run the tests in it, write `--suite {path}`."
        case _:
            return f"See `{command_line(name, '--help') if name else f'{app.name[0]} --help'}`."


def _name_positional(argument: Argument) -> str:
    return argument.name.lstrip("-").upper()


def _takes_suites(app: App, name: str) -> bool:
    return name in app and any(SUITE in one.names for one in app[name].assemble_argument_collection())


def _explain(error: CycloptsError) -> str:
    match error:
        case MissingArgumentError(argument=argument, keyword=keyword) if argument:
            return f"{keyword or argument.name} needs a value."
        case UnusedCliTokensError(unused_tokens=[str(written), *_]):
            return f"Unexpected argument {written!r}."
        case _:
            error.verbose = False
            return str(error)


def _explain_command(name: str) -> UsageError:
    if name.startswith("-"):
        return UsageError(f"{name} comes before the command.", remedy=f"Write `{command_line('COMMAND', name)}`.")
    return UnknownNameError("command", name, [command.name for command in COMMANDS])


def _explain_option(written: str, name: str, app: App, here: Iterable[Argument]) -> UsageError:
    flag = written.partition("=")[0]
    takers = dict(_find_takers(flag, app))
    if name in takers:
        return UsageError(f"{flag} stands after `--`, where no options are read.", remedy="Leave the `--` out.")
    if takers:
        *most, last = takers
        names = " and ".join(filter(None, (", ".join(most), last)))
        remedy = f"{names} {'do' if most else 'does'}: {next(iter(takers.values()))}."
        return UsageError(f"{name} does not take {flag}.", remedy=remedy)
    return UnknownNameError("option", flag, [*_list_names(here), "--help"])


def _list_names(here: Iterable[Argument]) -> Iterator[str]:
    for argument in here:
        if argument.parse:
            yield from argument.names


def _find_takers(flag: str, app: App) -> Iterator[tuple[str, str | None]]:
    """The commands that take an option, and what it means there."""
    for command in COMMANDS:
        if command.name in app:
            for argument in app[command.name].assemble_argument_collection():
                if flag in argument.names:
                    yield command.name, argument.parameter.help
