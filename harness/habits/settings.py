"""pytest's settings as its configuration files have them, with the line. Precedence is pytest's own."""

from __future__ import annotations

import configparser
import posixpath
import re
import shlex
import tomllib
from typing import TYPE_CHECKING

import msgspec

from harness.habits.model import Setting, SourcePlace, Undecided
from harness.requirements.tables import get_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ORDER = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""The first that configures pytest is the only one that counts."""

SECTIONS = {"tox.ini": "pytest", "setup.cfg": "tool:pytest"}
LOOP_SETTINGS = (
    "asyncio_mode",
    "asyncio_debug",
    "asyncio_default_fixture_loop_scope",
    "asyncio_default_test_loop_scope",
    "anyio_mode",
)
WORKERS = "numprocesses"
"""The option of pytest-xdist; it is no setting of an ini file's own."""

_FLAGS = {
    "--asyncio-mode": "asyncio_mode",
    "--asyncio-debug": "asyncio_debug",
    "-n": WORKERS,
    "--numprocesses": WORKERS,
}


class PytestSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration says, as far as it concerns what is collected and on which loops it runs."""

    file: str = ""  # empty: none configures pytest
    values: dict[str, Setting] = {}
    problem: Undecided | None = None

    def get(self, name: str, default: str = "") -> str:
        """A setting's value."""
        return self.values[name].value if name in self.values else default

    def split(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A setting that is a list."""
        return tuple(self.get(name).split()) or default

    def list_loop_settings(self) -> tuple[Setting, ...]:
        """Those that concern loops, and how many workers there are, in order."""
        return tuple(self.values[name] for name in (*LOOP_SETTINGS, WORKERS) if name in self.values)


def read_settings(content: Mapping[str, bytes]) -> PytestSettings:
    """The settings of a suite: of its topmost folder that configures pytest."""
    folders = sorted(
        {posixpath.dirname(path) for path in content}, key=lambda each: (each.count("/") + bool(each), each)
    )
    for folder in folders:
        for name in ORDER:
            path = posixpath.join(folder, name)
            if path in content:
                found = _read_file(path, content[path])
                if found is not None:
                    return found
    return PytestSettings()


def _read_file(path: str, data: bytes) -> PytestSettings | None:
    """What one file says; None where it doesn't configure pytest."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    name = posixpath.basename(path)
    try:
        pairs = _read_toml(name, text) if name.endswith(".toml") else _read_ini(name, text)
    except (tomllib.TOMLDecodeError, configparser.Error) as error:
        line = re.search(r"line:? +(\d+)", str(error))
        place = SourcePlace(path, int(line[1]) if line else 1)
        why = str(error).splitlines()[0]
        return PytestSettings(file=path, problem=Undecided(place=place, what="pytest's configuration", why=why))
    if pairs is None:
        return None
    values = {key: _make_setting(path, text, key, value) for key, value in pairs.items()}
    for setting in _read_addopts(values.get("addopts")):
        values[setting.name] = setting
    return PytestSettings(file=path, values=values)


def _read_toml(name: str, text: str) -> dict[str, str] | None:
    data = tomllib.loads(text)
    if name.endswith("pytest.toml"):
        table: dict[str, object] | None = get_table(data, "pytest")
    else:
        pytest = get_table(get_table(data, "tool"), "pytest")
        table = get_table(pytest, "ini_options") or {
            key: value for key, value in pytest.items() if key != "ini_options"
        }
        if not pytest:
            return None
    return {key: _write(value) for key, value in (table or {}).items()}


def _write(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _read_ini(name: str, text: str) -> dict[str, str] | None:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#", ";"), inline_comment_prefixes=None)
    parser.read_string(text)
    section = SECTIONS.get(name, "pytest")
    if section in parser:
        # pytest's own reader strips comments that follow a value.
        return {key: re.sub(r"[ \t]+#.*", "", value or "").strip() for key, value in parser[section].items()}
    return {} if name in ("pytest.ini", ".pytest.ini") else None


def _make_setting(path: str, text: str, key: str, value: str) -> Setting:
    line = next(
        (number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*[\"']?{re.escape(key)}\b", line)),
        1,
    )
    return Setting(name=key, value=value, place=SourcePlace(path, line))


def _read_addopts(addopts: Setting | None) -> Iterator[Setting]:
    """What options in `addopts` override: they come after the file."""
    if addopts is None:
        return
    try:
        words = shlex.split(addopts.value)
    except ValueError:
        words = addopts.value.split()
    # `["-o", "a=b"]`, `-oa=b`, `--override-ini=a=b`, `--asyncio-mode auto`
    for number, word in enumerate(words):
        after = words[number + 1] if number + 1 < len(words) else ""
        flag, _, given = word.partition("=")
        if word in ("-o", "--override-ini"):
            pair = after
        elif flag == "--override-ini":
            pair = given
        elif word.startswith("-o") and "=" in word:
            pair = word[2:]
        elif re.fullmatch(r"-n(\d+|auto|logical)", word):
            pair = f"{WORKERS}={word[2:]}"
        elif flag in _FLAGS:
            pair = f"{_FLAGS[flag]}={'true' if flag == '--asyncio-debug' else given or after}"
        else:
            continue
        name, _, value = pair.partition("=")
        if name in (*LOOP_SETTINGS, WORKERS):
            yield Setting(name=name, value=value.strip(), place=addopts.place)
