"""A reproduction as one file: packages in inline script metadata, the suite's files as texts."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from harness.repro.output import (
    PYTHON,
    describe_codes,
    describe_measured,
    describe_need,
    describe_server,
    find_server_command,
    make_title,
)
from harness.suites.folder import MEASURED
from harness.suites.roots import CONFIGURATION
from harness.suites.subject import decode_texts

if TYPE_CHECKING:
    from harness.repro.model import Reproduction

MOST = 1024 * 1024
"""Bytes of a suite that still is one file."""

TEMPLATE = '''\
# /// script
# requires-python = "=={minor}.*"
# dependencies = [
{dependencies}
# ]
# ///
"""{introduction}"""

from __future__ import annotations

FILES = {{
{files}
}}

{code}

if __name__ == "__main__":
    sys.exit(
        check(
            FILES,
{arguments}
        )
    )
'''

FOLDER = '''\
"""{introduction}"""

from __future__ import annotations

{code}

if __name__ == "__main__":
    sys.exit(
        check(
            read_files(Path(__file__).resolve().parent / "{suite}"),
{arguments}
        )
    )
'''

_FUTURE = "from __future__ import annotations\n"

SUITE = "suite"
"""The folder's name that the suite is in."""


def make_single_file(it: Reproduction) -> str | None:
    """The file's text; None for a suite of more than `MOST` bytes."""
    if sum(len(content) for content in it.files.values()) > MOST:
        return None
    return TEMPLATE.format(
        minor=it.environment.python_minor,
        dependencies="\n".join(f'#   "{line}",' for line in it.requirements),
        introduction=_escape(_introduce(it, f"uv run {it.name}.py"), '"'),
        files="\n".join(f"    {name!r}: {format_literal(content)}," for name, content in sorted(it.files.items())),
        code=_read_code(),
        arguments=_write_arguments(it),
    )


def make_check(it: Reproduction) -> str:
    """The text of the file that checks the folder."""
    return FOLDER.format(
        introduction=_escape(_introduce(it, f"{PYTHON} check.py"), '"'),
        suite=SUITE,
        code=_read_code(),
        arguments=_write_arguments(it),
    )


def _introduce(it: Reproduction, command: str) -> str:
    address = f"VALKEY_URL={it.address} " if it.served else ""
    return "\n".join(
        (
            f"{make_title(it)}.",
            "",
            MEASURED,
            "",
            *(f"    {line}" for line in describe_measured(it)),
            "",
            f"To check whether that appears{describe_need(it)}:",
            "",
            *(f"    {line}" for line in describe_server(it)),
            f"    {address}{command}",
            "",
            *describe_codes(it),
            "",
        )
    )


def _read_code() -> str:
    """What checks, without its docstring."""
    text = resources.files(__package__).joinpath("check.py").read_text(encoding="utf-8")
    return text.partition(_FUTURE)[2].strip() + "\n"


def _write_arguments(it: Reproduction) -> str:
    """Of the call of `check`, a line each."""
    values = {
        "expected": [(label, list(patterns)) for label, patterns in it.expected.errors],
        "required": list(it.requirements),
        "arguments": [*it.arguments, *_find_sources(it)],
        "needs": list(it.variables),
        "server": find_server_command(it),
        "address": it.address,
        "cluster": it.cluster,
        "ends": it.expected.ends,
        "limit": it.expected.limit,
    }
    return "\n".join(f"            {name}={value!r}," for name, value in values.items())


def _find_sources(it: Reproduction) -> tuple[str, ...]:
    """Arguments with which pytest finds a project that isn't installed, where it is not in the current folder."""
    configured = any("pythonpath" in text for name, text in decode_texts(it.files).items() if name in CONFIGURATION)
    in_source = any(name.startswith("src/") for name in it.files)
    return ("-o", "pythonpath=src") if it.project and in_source and not configured else ()


def format_literal(content: str | bytes) -> str:
    """Python source of a value, a text over several lines as it is."""
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8")
        except UnicodeDecodeError:
            return repr(content)
    if not content or any(not letter.isprintable() and letter not in "\n\t" for letter in content):
        return repr(content)
    return "'''\\\n" + _escape(content, "'") + "'''"


def _escape(text: str, quote: str) -> str:
    """The text as it may stand between three of these quotes."""
    text = text.replace("\\", "\\\\")
    return text.replace(quote, "\\" + quote) if quote * 3 in text or text.endswith(quote) else text
