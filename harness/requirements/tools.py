"""What tox and nox install for tests: only what stands there literally."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from harness.requirements.model import Rank, Source, rank_name
from harness.requirements.older_files import read_ini
from harness.requirements.tables import get_list, get_strings, get_table, read_toml
from harness.requirements.text_files import Reading, decode_text, join_lines, split_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NOXFILE = "noxfile.py"
_FACTOR = re.compile(r"[\w.!,{}-]+\s*:\s+\S.*")
_PYTHON = re.compile(r"(py|pypy|python)?\d*[.\d]*")


def read_tox(files: Mapping[str, bytes], pyproject: Mapping[str, Any]) -> list[Source]:
    """`deps` and `extras` of the environments that are for tests."""
    found = []
    for path, section in (("tox.ini", "testenv"), ("setup.cfg", "tox:testenv")):
        for name in (each for each in read_ini(files, path).sections() if _is_for_tests(each, section)):
            table = read_ini(files, path)[name]
            lines = [*join_lines(table.get("deps", ""))]
            extras = re.split(r"[\s,]+", table.get("extras", "").strip())
            found.append(_collect(files, path, name, lines, extras))
    tox = get_table(get_table(pyproject, "tool"), "tox")
    for path, data in (("tox.toml", read_toml(files, "tox.toml")[0]), ("pyproject.toml", tox)):
        tables = {"env_run_base": get_table(data, "env_run_base")}
        tables |= {name: get_table(get_table(data, "env"), name) for name in get_table(data, "env")}
        for name, settings in tables.items():
            if name == "env_run_base" or _is_for_tests(f"testenv:{name}", "testenv"):
                deps = [each for each in get_list(settings.get("deps")) if isinstance(each, str)]
                found.append(_collect(files, path, name, deps, get_strings(settings.get("extras"))))
    return [source for source in found if source.lines or source.extras or source.notes]


def _is_for_tests(section: str, base: str) -> bool:
    """`[testenv]`, `[testenv:py312]`, `[testenv:test-redis]`, not `[testenv:docs]`."""
    if section == base:
        return True
    name = section.partition(f"{base}:")[2]
    return bool(name) and (_PYTHON.fullmatch(name) is not None or rank_name(name) is Rank.TESTS)


def _collect(files: Mapping[str, bytes], path: str, name: str, lines: Iterable[str], extras: Iterable[str]) -> Source:
    reading = Reading(files)
    notes = []
    for line in lines:
        plain = re.sub(r"\{(toxinidir|tox_root)\}/?", "", line)
        if _FACTOR.fullmatch(plain) or "{" in plain or "$" in plain:
            notes.append(
                f"{path}: {plain.split(':')[0].strip()!r} of [{name}] depends on the environment, so it is not read"
            )
        elif plain.startswith("-"):
            reading.arguments(_split_option(plain), path)
        else:
            reading.line(plain, path)
    source = reading.source(path, f"[{name}]", Rank.TESTS)
    named = tuple(each for each in extras if each)
    return Source(
        file=path,
        part=source.part,
        rank=source.rank,
        lines=source.lines,
        constraints=source.constraints,
        extras=(*source.extras, *named),
        notes=(*source.notes, *notes),
    )


def _split_option(line: str) -> list[str]:
    """`-rfile` and `-r file`."""
    return split_words(re.sub(r"^(-[rce])(?=\S)", r"\1 ", line))


def read_nox(files: Mapping[str, bytes]) -> list[Source]:
    """`session.install("…")` of the sessions that are for tests."""
    if NOXFILE not in files:
        return []
    try:
        tree = ast.parse(decode_text(files[NOXFILE]))
    except (SyntaxError, ValueError):
        return []
    lists = dict(_find_lists(tree))
    found = []
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and rank_name(_name_session(function)) is Rank.TESTS:
            reading = Reading(files)
            for call in _find_installs(function):
                reading.arguments(_list_words(call, lists), NOXFILE)
            found.append(reading.source(NOXFILE, f"session {_name_session(function)}", Rank.TESTS))
    return [source for source in found if source.lines or source.extras or source.notes]


def _name_session(function: ast.FunctionDef) -> str:
    for decorator in function.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
    return function.name


def _find_installs(function: ast.FunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "install":
            yield node


def _list_words(call: ast.Call, lists: Mapping[str, list[str]]) -> Iterator[str]:
    for argument in call.args:
        if isinstance(argument, ast.Constant):
            yield str(argument.value)
        elif isinstance(argument, ast.Starred) and isinstance(argument.value, ast.Name):
            yield from lists.get(argument.value.id, ())


def _find_lists(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Names of the module that stand for a list of texts."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple):
            words = [each.value for each in node.value.elts if isinstance(each, ast.Constant)]
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, [str(word) for word in words]
