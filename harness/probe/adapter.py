"""What the warm process and a worker ask of pytest beyond its public interface; the former checks that it is there."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

REWRITE = "_pytest.assertion.rewrite"

ALREADY_RUN = ("capture", "legacypath")
"""Plugins whose `pytest_load_initial_conftests` prepares the whole process: once is enough."""


def obstacle(config: Any) -> str:
    """What this pytest lacks, so that it can't be forked after its start; empty if nothing."""
    manager = config.pluginmanager
    if not isinstance(getattr(manager, "_dirpath2confmods", None), dict):
        return "this pytest keeps its conftest files elsewhere"
    capture = manager.getplugin("capturemanager")
    if not all(hasattr(capture, name) for name in ("resume_global_capture", "suspend_global_capture")):
        return "this pytest captures output differently"
    if not hasattr(manager.getplugin("terminalreporter"), "pytest_sessionstart"):
        return "this pytest reports differently"
    return ""


def list_late_fixtures(session: Any, present: Any) -> List[str]:  # noqa: UP006 - for Python 3.8
    """Fixtures of plugins that aren't among those `present`: pytest knows them after those of conftest files."""
    late = session.config.pluginmanager.get_plugins() - present
    classes = [plugin if isinstance(plugin, type) else type(plugin) for plugin in late]
    holders = {(each.__module__, each.__qualname__) for each in classes}
    holders |= {(plugin.__name__, "") for plugin in late if isinstance(plugin, ModuleType)}
    found: Dict[str, Any] = getattr(session._fixturemanager, "_arg2fixturedefs", {})  # noqa: UP006
    return [name for name, fixtures in found.items() if all(_find_holder(each.func) in holders for each in fixtures)]


def _find_holder(function: Any) -> Tuple[str, str]:  # noqa: UP006
    """Its module and class."""
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", "").rpartition(".")[0]


def move_last(session: Any, fixtures: List[str]) -> None:  # noqa: UP006
    """Let pytest know these fixtures after all others: pytest-asyncio before 1.0 goes through them in this order."""
    for name in fixtures:
        found = session._fixturemanager._arg2fixturedefs
        found[name] = found.pop(name)


def load_conftests(config: Any, parser: Any) -> None:
    """Load the conftest files that have appeared since pytest looked for them, as it does at its start."""
    manager = config.pluginmanager
    manager._dirpath2confmods.clear()  # where it has noted that there are none
    done = [manager.getplugin(name) for name in ALREADY_RUN]
    hook = manager.subset_hook_caller("pytest_load_initial_conftests", [each for each in done if each is not None])
    capture = manager.getplugin("capturemanager")
    capture.resume_global_capture()
    try:
        hook(early_config=config, parser=parser, args=[])
    finally:
        capture.suspend_global_capture()


def restart_clock(config: Any, session: pytest.Session) -> None:
    """Let the terminal's summary count the seconds from now."""
    config.pluginmanager.getplugin("terminalreporter").pytest_sessionstart(session)


def forget_session() -> None:
    """Cut what a session that is over still hangs on.

    That is the set in which pytest-asyncio before 1.0 keeps every fixture that it has prepared, and the loader of the
    plugins that the session was the first to import.
    """
    kept = getattr(sys.modules.get("pytest_asyncio.plugin"), "_HOLDER", None)
    if isinstance(kept, set):
        kept.clear()
    for module in _rewritten_modules():
        module.__loader__.config = None


def adopt_modules() -> None:
    """Make this session's loader that of the plugins, as if it had been the first to import them."""
    own: Any = next((finder for finder in sys.meta_path if type(finder) is _loader_type()), None)
    for module in _rewritten_modules():
        if own is not None and module.__loader__ is not own:
            own._rewritten_names[module.__name__] = module.__loader__._rewritten_names[module.__name__]
            module.__loader__ = module.__spec__.loader = own


def skip_fixtures(session: Any, modules: list[Any], holds_none: Callable[[Any], bool]) -> bool:
    """Let fixtures not be looked for in what holds none. False if these module collectors hold some.

    pytest finds those never again. Nothing is looked for where plugins put fixtures there when collecting starts, as
    pytest-asyncio did from 0.23 to 0.26.
    """
    starting = {impl.plugin for impl in session.config.hook.pytest_collectstart.get_hookimpls()}
    manager: Any = getattr(session, "_fixturemanager", None)
    if starting != {session} or not all(hasattr(manager, name) for name in ("parsefactories", "_register_fixture")):
        return True
    original = manager.parsefactories
    found: list[object] = []
    manager._register_fixture = lambda *args, **options: found.append((args, options))
    for module in modules:
        original(module)
    del manager._register_fixture
    if found:
        return False

    def parsefactories(*args: Any, **options: Any) -> None:
        if not holds_none(options.get("holder", args[0] if args else None)):
            original(*args, **options)

    manager.parsefactories = parsefactories
    return True


def add_plugins(plugins: list[object]) -> None:
    """Let the next configuration that is made have these plugins: that of a worker of pytest-xdist."""
    making: Any = sys.modules["_pytest.config"]
    original = making._prepareconfig

    def _prepareconfig(args: Any, given: Any = None) -> Any:
        making._prepareconfig = original
        return original(args, [*(given or ()), *plugins])

    making._prepareconfig = _prepareconfig


def _loader_type() -> Any:
    return getattr(sys.modules.get(REWRITE), "AssertionRewritingHook", None)


def _rewritten_modules() -> list[Any]:
    kind = _loader_type()
    return [module for module in sys.modules.values() if type(getattr(module, "__loader__", None)) is kind]


def rewriting() -> Any:
    """What makes pytest's code of a module, called with a path and the configuration; None if this pytest has no such.

    It gives a tuple: first what tells whether a compiled file is still good, which differs between releases and isn't
    looked at where none is written, then the code.
    """
    rewrite = sys.modules.get(REWRITE)
    for name, parameters in (("_rewrite_test", ["fn", "config"]), ("_read_pyc", ["source", "pyc", "trace"])):
        function = getattr(rewrite, name, None)
        if function is None or [*inspect.signature(function).parameters] != parameters:
            return None
    return vars(rewrite)["_rewrite_test"]


def rewrite_by(known: Callable[[Path], Any]) -> None:
    """Let pytest ask `known` for a module's code before it makes it itself, which it does where that is None.

    It asks where it looks for a compiled file, which has returned before it makes anything: so no traceback of what
    fails then shows who was asked.
    """
    rewrite: Any = sys.modules[REWRITE]
    original = rewrite._read_pyc

    def _read_pyc(source: Path, pyc: Path, trace: Callable[[str], None]) -> Any:
        return known(source) or original(source, pyc, trace)

    rewrite._read_pyc = _read_pyc
