"""The files of packages, installed and byte-compiled once for each Python, from which environments are put together.

Many environments have the same packages: those of a cell with further packages have all of another one's, and releases
of pytest-asyncio share the client and most of what pytest needs. So each package has a folder of its own, and an
environment has links to the files in it.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from harness.environments.linking import link_file, link_tree, write_scripts
from harness.environments.uv_tool import make_clean_environment
from harness.files import move

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.environments.model import Interpreter
    from harness.environments.uv_tool import Uv

_UNUSED = re.compile(
    # Of pygments' 260 lexers pytest imports two, and to compile them takes half of the time of all that is installed.
    r"pygments/lexers/(?!__init__|_mapping|diff|python)"
    # What a package has for its own tests isn't imported by anybody else's.
    r"|(.+/)?tests?/"
)
"""Begins the path of a file that no suite imports."""


class PackageFiles:
    """The folders of packages below `root`. Safe to use from threads and processes: each is put there when it is whole.

    Nothing reads a folder while it changes, and environments keep what they are linked to when it is removed.
    """

    def __init__(self, root: Path, uv: Uv) -> None:
        self._root = root
        self._uv = uv

    def link(self, freeze: tuple[str, ...], interpreter: Interpreter, site: Path, python: Path) -> None:
        """Put these packages, "name==version", into an environment's `site`, and their commands beside its `python`.

        Raises `InfrastructureError` where they can't be installed, and `OSError`.
        """
        folder = self._root / f"{interpreter.implementation}-{interpreter.version}"
        missing = [line for line in freeze if not (folder / line).is_dir()]
        if missing:
            self._install(missing, interpreter, folder)
        for line in freeze:
            with contextlib.suppress(OSError):
                os.utime(folder / line)  # the time when it was used last
            link_tree(folder / line, site)
        for distribution in metadata.distributions(path=[str(site)]):
            write_scripts(distribution, python)

    def _install(self, missing: Iterable[str], interpreter: Interpreter, folder: Path) -> None:
        """Install these packages together, then give each a folder of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
            site = Path(scratch, "site")
            self._uv.require(
                *("pip", "install", "--python", interpreter.executable, "--target", str(site)),
                *("--no-deps", "--only-binary", ":all:", "-r", "-"),
                stdin="\n".join(missing),
            )
            self._compile(interpreter, site)
            for distribution in metadata.distributions(path=[str(site)]):
                line = f"{canonicalize_name(distribution.name)}=={distribution.version}"
                _take_files(distribution, site, Path(scratch, line))
                with contextlib.suppress(OSError):  # another process was faster
                    move(Path(scratch, line), folder / line)

    def _compile(self, interpreter: Interpreter, site: Path) -> None:
        """Write the byte code of what a suite may import. What can't be compiled can't be imported either.

        It is valid wherever it is linked to: its time is not compared with that of its source.
        """
        sources = (path.relative_to(site).as_posix() for path in site.rglob("*.py"))
        self._uv.programs.run(
            [
                *(interpreter.executable, "-I", "-S", "-X", "utf8", "-m", "compileall", "-qq", "-i", "-"),
                *("--invalidation-mode", "unchecked-hash"),
            ],
            stdin="\n".join(str(site / path) for path in sources if not _UNUSED.match(path)),
            environment=make_clean_environment(os.environ),
            folder=str(site),
        )


def _take_files(distribution: metadata.Distribution, site: Path, target: Path) -> None:
    """Link what was installed with a distribution, byte code included, without commands and manual pages.

    Linked and not moved: two distributions may have a file in common, and each may be there without the other.
    """
    for file in distribution.files or ():
        if file.parts[0] in ("bin", "Scripts", "share", "etc", "include", ".."):
            continue
        compiled = (site / file.parent / "__pycache__").glob(f"{file.stem}.*.pyc") if file.suffix == ".py" else ()
        for path in (site / file, *compiled):
            if path.is_file():
                taken = target / path.relative_to(site)
                taken.parent.mkdir(parents=True, exist_ok=True)
                link_file(str(path), str(taken))
