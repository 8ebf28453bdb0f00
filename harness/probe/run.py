"""`PYTHON run.py EVIDENCE_FILE [OPTIONS] -- PYTEST_ARGUMENTS`: `python -m pytest PYTEST_ARGUMENTS`, observed.

The current directory is the suite's folder. The exit code is pytest's. Options: `--limit SECONDS` is when to dump all
stacks, `--confined MEMORY,OUTPUT,MARK` what `limits.py` gets. For a suite of the user's own, `--network own|host` is
the network it runs in, `--served HOST:PORT,…` are the servers that were started for it, and `--views URL,…` is where to
look at them if all of their databases are the suite's.

`PYTHON run.py --warm CONTROL CLIENT -- PYTEST_ARGUMENTS` starts the process that `warm.py` describes.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any

# Not a name a suite could want: the modules beside this file must not be found as `writer` or `session`.
PACKAGE = "_event_loop_probe"


def load_package() -> None:
    """Make the folder of this file importable as `PACKAGE`, whatever `sys.path` says."""
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - importing pathlib costs more
    spec = importlib.util.spec_from_file_location(
        PACKAGE,
        os.path.join(folder, "__init__.py"),  # noqa: PTH118
        submodule_search_locations=[folder],
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def pose_as_pytest(arguments: list[str]) -> None:
    """Give `sys.path`, `sys.argv` and `__main__` the contents they have under `python -m pytest`."""
    if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()  # noqa: PTH109 - it was this file's folder
    spec = importlib.util.find_spec("pytest.__main__")
    assert spec is not None
    assert spec.origin is not None
    main = ModuleType("__main__")
    main.__spec__, main.__loader__, main.__file__ = spec, spec.loader, spec.origin
    main.__package__ = spec.parent
    sys.modules["__main__"] = main
    sys.argv[:] = [spec.origin, *arguments]


def options(words: list[str]) -> tuple[str, dict[str, str], list[str]]:
    """Evidence file, options with their values, pytest's arguments."""
    end = words.index("--")
    own, arguments = words[:end], words[end + 1 :]
    return own[0], dict(zip(own[1::2], own[2::2])), arguments


def warm() -> int:
    """Start pytest for many suites."""
    _, control, client, _, *arguments = sys.argv[1:]
    load_package()
    pose_as_pytest(arguments)
    return int(importlib.import_module(PACKAGE + ".warm").serve(int(control), client))


def observe_worker(evidence: str, worker: str) -> Any:
    """Observe this process, which is to be a worker of pytest-xdist. Returns what is to be called at its end."""
    load_package()
    probe = importlib.import_module(PACKAGE + ".session").Probe()
    probe.begin(evidence, worker=worker)
    plugin = importlib.import_module(PACKAGE + ".plugin").Plugin(probe)
    flushes = importlib.import_module(PACKAGE + ".flushes").Flushes(probe)
    collecting = importlib.import_module(PACKAGE + ".collecting").Collecting()
    importlib.import_module(PACKAGE + ".adapter").add_plugins([plugin, flushes, collecting])

    def end() -> None:
        probe.finish()
        probe.end()

    return end


def main() -> int:
    if sys.argv[1] == "--warm":
        return warm()
    evidence, given, arguments = options(sys.argv[1:])
    load_package()
    if "--confined" in given:
        importlib.import_module(PACKAGE + ".limits").confine(*map(int, given["--confined"].split(",")))
    probe = importlib.import_module(PACKAGE + ".session").Probe()
    probe.begin(evidence, limit=float(given["--limit"]) if "--limit" in given else None)
    if "--network" in given:
        probe.watch_network(given["--network"], given["--served"].split(","), given.get("--views", ""))
    pose_as_pytest(arguments)
    import pytest  # noqa: PLC0415 - only now does sys.path say where from

    plugin = importlib.import_module(PACKAGE + ".plugin").Plugin(probe)
    if "--network" in given:
        neighbours = importlib.import_module(PACKAGE + ".neighbours").Neighbours(probe)
    else:
        neighbours = importlib.import_module(PACKAGE + ".workers").Workers(probe, evidence, __file__)
    collecting = importlib.import_module(PACKAGE + ".collecting").Collecting()
    try:
        return int(pytest.main(plugins=[plugin, neighbours, collecting]))
    finally:
        probe.finish()
        probe.end()


if __name__ == "__main__":
    raise SystemExit(main())
