"""A reproduction as one file: packages in inline script metadata, the suite's files as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.repro.output import describe_measured, make_title
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

{imports}import subprocess
import sys
import tempfile
from pathlib import Path

FILES = {{
{files}
}}


def main() -> int:
{before}{given}    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILES.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return subprocess.call([sys.executable, "-m", "pytest", {arguments}*sys.argv[1:]], cwd=folder{variables})


if __name__ == "__main__":
    sys.exit(main())
'''

SERVED = """\
    url = os.environ.get("VALKEY_URL") or os.environ.get("REDIS_URL")
    if not url:
        print("Set VALKEY_URL to an empty database of a server, such as {address}", file=sys.stderr)
        return 2
    variables = {{"VALKEY_URL": url, "REDIS_URL": re.sub("^valkey", "redis", url), **os.environ}}
"""


GIVEN = """\
    # Variables that were set when this was measured. Their values are not written here: they may be secrets.
    unset = [name for name in {names!r} if name not in os.environ]
    if unset:
        print("Set", *unset, file=sys.stderr)
        return 2
"""


def make_single_file(it: Reproduction) -> str | None:
    """The file's text; None for a suite of more than `MOST` bytes."""
    if sum(len(content) for content in it.files.values()) > MOST:
        return None
    where = "on an empty database of a Valkey server, which the suite writes to and may flush" if it.served else "with"
    address = f"VALKEY_URL={it.address} " if it.served else ""
    introduction = [
        f"{make_title(it)}.",
        "",
        MEASURED,
        "",
        *(f"    {line}" for line in describe_measured(it)),
        "",
        f"It is run {where}:",
        "",
        f"    {address}uv run {it.name}.py",
        "",
    ]
    return TEMPLATE.format(
        minor=it.environment.python_minor,
        dependencies="\n".join(f'#   "{line}",' for line in it.requirements),
        introduction=_escape("\n".join(introduction), '"'),
        imports="import os\nimport re\n" if it.served else "import os\n" if it.variables else "",
        given=GIVEN.format(names=it.variables) if it.variables else "",
        arguments="".join(f"{each!r}, " for each in (*it.arguments, *_find_sources(it))),
        before=SERVED.format(address=it.address) if it.served else "",
        variables=", env=variables" if it.served else "",
        files="\n".join(f"    {name!r}: {format_literal(content)}," for name, content in sorted(it.files.items())),
    )


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
