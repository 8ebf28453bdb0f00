"""A cell becomes a suite: a real pytest project that runs by hand with `python -m pytest` and `VALKEY_URL` set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.catalogue.draft import Draft, Module
from harness.catalogue.fixtures import add_fixtures
from harness.catalogue.testcode import PACKAGES, make_test_files
from harness.catalogue.unittest_cases import SHARED, add_cases
from harness.catalogue.writing import write_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.catalogue.target import Target
    from harness.catalogue.value import NamedValue

# ResourceWarning is off by default and is how Python says that something was never closed.
INI = """\
[pytest]
asyncio_mode = {mode}
{options}filterwarnings =
    always::ResourceWarning
"""

OPENING = '''\
"""The client of the application."""

import os
from urllib.parse import urlsplit

from glide import GlideClient, GlideClientConfiguration, NodeAddress, ServerCredentials


async def open_client():
    """Connect to the server that VALKEY_URL names."""
    url = urlsplit(os.environ["VALKEY_URL"])
    configuration = GlideClientConfiguration(
        [NodeAddress(url.hostname, url.port)],
        credentials=ServerCredentials(url.password, url.username or None) if url.password else None,
        database_id=int(url.path.strip("/") or 0),
    )
    return await GlideClient.create(configuration)
'''
"""How suites with Glide make a client: it takes no URL."""


def merge_values(first: Module, second: Module) -> Module:
    """Two modules in one file."""
    return Module(
        imports=first.imports | second.imports, head=first.head + second.head, blocks=first.blocks + second.blocks
    )


def make_conftests(draft: Draft, title: str) -> dict[str, str]:
    """The conftest files.

    pytest counts a package-scoped fixture by the package of the conftest that defines it; from the top conftest it
    would live for the whole session. So each package has a conftest of its own, as somebody who means it writes.
    """
    if draft.runner == "unittest":
        return {"conftest.py": write_module(draft.conftest, title)}
    if draft.scope != "package":
        return {"conftest.py": write_module(merge_values(draft.conftest, draft.fixtures), title)}
    files = {"conftest.py": write_module(draft.conftest, title)}
    if draft.fixtures.blocks:
        for package in PACKAGES:
            files[f"{package}/conftest.py"] = write_module(draft.fixtures, f"Fixtures of the {package} tests.")
    return files


def make_draft(values: Iterable[NamedValue], target: Target) -> Draft:
    """The finished draft of a suite. `values` are a cell's values, one for each axis."""
    values = list(values)
    draft = Draft(target=target, runner=next(value.name for value in values if value.axis == "runner"))
    for value in values:
        value.build(draft)
    if draft.runner == "unittest":
        add_cases(draft)
    else:
        add_fixtures(draft)
    return draft


def render(draft: Draft, title: str) -> dict[str, str]:
    """The files of a suite, relative path → text, written for the draft's target."""
    ini = INI.format(mode=draft.mode, options="".join(f"{line}\n" for line in draft.options))
    files = {"pytest.ini": ini, **make_conftests(draft, title)}
    if draft.app.head or draft.app.blocks:
        files["app.py"] = write_module(draft.app, "The code under test.")
    if draft.has_glide:
        files["opening.py"] = OPENING
    if draft.base_class == SHARED:
        files["cases.py"] = write_module(draft.fixtures, "What the test cases share.")
    files.update({f"{package}/__init__.py": "" for package in PACKAGES})
    return files | make_test_files(draft)


def write_suite(files: Mapping[str, str | bytes], folder: Path) -> None:
    """Write a suite into a folder, which is made if it isn't there. What is no text is written as it is."""
    for parent in {name.rpartition("/")[0] for name in files}:
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.replace("\n", os.linesep).encode()
        with open(f"{folder}/{name}", "wb") as file:  # noqa: PTH123 - takes half the time of a path's
            file.write(data)
