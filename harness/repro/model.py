"""What a reproduction is made of."""

from __future__ import annotations

import msgspec

from harness.environments.model import Environment
from harness.packages import CLIENTS, takes_valkey_urls
from harness.repro.expecting import Expectation
from harness.suites.subject import Files, decode_texts
from harness.suites.suite import make_slug
from harness.suites.uses import read_uses
from harness.verdicts.model import Verdict

PROJECT_TABLES = ("[build-system]", "[project]", "[tool.poetry]")
"""What only a project that can be installed has in its `pyproject.toml`."""

ADDRESSES = ("VALKEY_URL", "REDIS_URL")

_MODULES = frozenset(client.root for client in CLIENTS.values())


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """A suite that was run in an environment, and what came of it."""

    subject: str  # a cell's id, or a suite's
    habits: tuple[tuple[str, str], ...]  # axis=value and what it means; none of a suite of one's own
    environment: Environment
    requirements: tuple[str, ...]  # sorted "name==version"
    server: str  # "valkey 9.1.2"
    files: Files
    verdict: Verdict
    label: str  # the verdict in a line, as tables have it
    errors: tuple[str, ...]  # a line each, whole
    expected: Expectation = Expectation()  # what a check looks for
    arguments: tuple[str, ...] = ()  # for pytest
    cluster: bool = False  # the server is a cluster of one node
    variables: tuple[str, ...] = ()  # names of those the user gave; values may be secrets

    @property
    def name(self) -> str:
        """Names its folder and its file."""
        return make_name(self.subject, self.environment.plugin, self.environment.python)

    @property
    def served(self) -> bool:
        """Whether the suite asks for the address of a server, or has a client whose address it writes itself."""
        content = {path: data.encode() if isinstance(data, str) else data for path, data in self.files.items()}
        return names_server(self.files) or any(
            module.partition(".")[0] in _MODULES for module in read_uses(content).modules
        )

    @property
    def project(self) -> bool:
        """Whether the suite's folder is a project that can be installed."""
        settings = decode_texts({"": self.files.get("pyproject.toml", b"")})[""]
        return "setup.py" in self.files or any(table in settings for table in PROJECT_TABLES)

    @property
    def address(self) -> str:
        """An address that the suite's client understands."""
        return f"{'valkey' if takes_valkey_urls(self.environment.client) else 'redis'}://127.0.0.1:6379/0"


def names_server(files: Files) -> bool:
    """Whether the files ask for the address of a server."""
    return any(word in text for text in decode_texts(files).values() for word in ADDRESSES)


def make_name(subject: str, plugin: str, python: str) -> str:
    """The subject and what was under test, as a name for a file; of the Python only `3.13`."""
    minor = ".".join(python.split(".")[:2])
    return make_slug(f"{subject}-pytest-asyncio-{plugin}-python-{minor}")


def list_required(environment: Environment, packages: tuple[str, ...]) -> tuple[str, ...]:
    """The packages that a suite was run with, as far as an index has them. `packages` are those it asked for itself."""
    addition = environment.find_addition(packages)
    lines = sorted((*environment.freeze, *(addition.freeze if addition else ())))
    return tuple(line for line in lines if line.partition("==")[0] not in environment.local)
