"""Why a suite could not run, or not all of it: what it lacks, all at once where that can be known.

What the run met comes first; what the suite's code and configuration need besides, and isn't there either, is added, so
that nobody has to run it once for each missing thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.environments.identity import PLUGIN
from harness.evidence.store import EvidenceError
from harness.packages import DEFAULT_CLIENT, NEWEST
from harness.requirements.plugins import name_plugin, read_configured
from harness.suites.distributions import name_distributions
from harness.suites.lacks import Lack, LackKind, make_variable
from harness.suites.plugin_signs import name_plugin_of
from harness.suites.uses import find_own_module, read_uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.evidence.model import Evidence, Raised
    from harness.evidence.store import EvidenceStore
    from harness.store.model import Run
    from harness.suites.suite import Suite
    from harness.suites.uses import Uses

_MODULE = re.compile(r"No module named '?([\w.]+)'?")
_ENVIRON = re.compile(r"(?:^<frozen os>|(?:^|/)os\.py):\d+ in __getitem__$")
_NAME = r"['\"`]?([A-Za-z_]\w*)['\"`]?"
_VARIABLES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^Config {_NAME} is missing",
        rf"Set the {_NAME} environment variable",
        rf"^{_NAME} not found\. Declare it as envvar",
        rf"define the environment variable {_NAME}",
        rf"[Ee]nvironment variable:? {_NAME} (?:is |was )?(?:not set|unset|not found|required|missing|undefined)",
        rf"[Mm]issing (?:required )?(?:environment variable|env var)s?:? {_NAME}",
        r"^['\"`]?([A-Z][A-Z0-9_]{2,})['\"`]? (?:environment variable )?(?:must be set|(?:is )?(?:not set|required))",
    )
)
_SETTINGS = re.compile(r"^\d+ validation errors? for (\w+)\n")
_FIELD = re.compile(r"^(\w+)\n +(?:Field required|field required)", re.MULTILINE)
_FIXTURE = re.compile(r"^fixture '(\w+)' not found")
_ARGUMENTS = re.compile(r"unrecognized arguments: (.+)")
_KEY = re.compile(r"Unknown config (?:option|ini key): (\w+)")
_MARK = re.compile(r"'(\w+)' not found in `markers` configuration option")
_REQUIRED = re.compile(r"Missing required plugins: (.+)")
_UNHANDLED = re.compile(r"^async def functions? (?:are not natively supported|and no async plugin installed)")
_OF_TESTS = frozenset({"AssertionError", "Failed"})
"""What a test itself raises. An error that it met before that may be one that it provoked."""

_BUILT_IN = {"pytest-subtests": 9}
"""Plugins that pytest has taken in, and since which version."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What one suite lacks."""

    suite: str  # its id
    lacks: tuple[Lack, ...]


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite finds where it runs."""

    installed: Mapping[str, str]
    modules: Collection[str]  # top level, as far as they are known
    variables: Callable[[str], bool]  # whether there is one of that name
    inherited: Collection[str]  # names of the variables in the user's shell

    def has_distribution(self, name: str) -> bool:
        """Whether it is installed, or pytest has it built in."""
        since = _BUILT_IN.get(name)
        pytest = self.installed.get("pytest", "0").partition(".")[0]
        return canonicalize_name(name) in self.installed or (
            since is not None and pytest.isdecimal() and int(pytest) >= since
        )

    def has_module(self, module: str) -> bool:
        """Whether an installed distribution brings it, as far as that can be known from names."""
        return module.partition(".")[0] in self.modules or any(map(self.has_distribution, name_distributions(module)))


def explain_suite(
    suite: Suite, runs: Iterable[Run], store: EvidenceStore, surround: Callable[[Run], Surroundings]
) -> Explanation | None:
    """None where nothing is lacking that is known of."""
    found: dict[tuple[LackKind, str], Lack] = {}
    uses: Uses | None = None
    for run in runs:
        for evidence in _read_evidence(suite.id, run, store):
            errors = list(_list_errors(evidence))
            if not any(map(_may_lack, errors)):
                continue
            uses = uses or read_uses(suite.content)
            for lack in _Explainer(suite, uses, surround(run)).explain(errors):
                found.setdefault((lack.kind, lack.name), lack)
    if not found:
        return None
    order = list(LackKind)
    return Explanation(suite=suite.id, lacks=tuple(sorted(found.values(), key=lambda one: order.index(one.kind))))


def _read_evidence(cell: str, run: Run, store: EvidenceStore) -> Iterator[Evidence]:
    for digest in dict.fromkeys(one.evidence for one in run.outcomes if one.cell == cell and one.evidence):
        try:
            evidence = store.get(digest)
        except EvidenceError:
            continue
        if evidence is not None:
            yield evidence


def _list_errors(evidence: Evidence) -> Iterator[tuple[Raised, str]]:
    """Every error of what failed, or was skipped for want of a plugin, with the file or test."""
    for problem in evidence.problems:
        yield from ((raised, problem.node) for raised in problem.chain)
    for test in evidence.tests:
        for phase in test.phases:
            if phase.outcome == "failed" or any(map(_is_unhandled, phase.chain)):
                own = bool(phase.chain) and phase.chain[0].type in _OF_TESTS
                yield from ((raised, test.id) for raised in phase.chain[: 1 if own else None])


def _may_lack(error: tuple[Raised, str]) -> bool:
    raised, _ = error
    return (
        raised.type.endswith(("ModuleNotFoundError", "ImportError", "FixtureLookupError", "UsageError"))
        or bool(_find_variable(raised))
        or bool(_SETTINGS.match(raised.text))
        or _is_unhandled(raised)
        or any(pattern.search(raised.text) for pattern in (_MARK, _REQUIRED, _KEY, _MODULE))
    )


def _is_unhandled(raised: Raised) -> bool:
    """Whether no plugin took an async test."""
    return raised.type in ("Failed", "Skipped") and bool(_UNHANDLED.match(raised.text))


def _find_variable(raised: Raised) -> str:
    """The variable that an error says is not there."""
    if raised.type == "KeyError" and _ENVIRON.search(raised.origin):
        return raised.text.strip("'\"")
    return next((found[1] for pattern in _VARIABLES if (found := pattern.search(raised.text))), "")


class _Explainer:
    """Explains the errors of one run of a suite."""

    def __init__(self, suite: Suite, uses: Uses, around: Surroundings) -> None:
        self._suite = suite
        self._uses = uses
        self._around = around

    def explain(self, errors: Iterable[tuple[Raised, str]]) -> Iterator[Lack]:
        """What the errors show to be lacking, then what would be met next."""
        found = list(errors)
        lacks = [lack for raised, where in found for lack in self._explain_one(raised, where)]
        yield from lacks
        if any(lack.kind is not LackKind.PLUGIN for lack in lacks):
            yield from self._foresee_imports()
        if lacks or any(_is_unhandled(raised) for raised, _ in found):
            yield from self._foresee_plugins()

    def _explain_one(self, raised: Raised, where: str) -> Iterator[Lack]:
        if found := _MODULE.search(raised.text) if raised.type.endswith(("Error", "UsageError")) else None:
            yield self._explain_module(found[1], where)
        if name := _find_variable(raised):
            yield self._make_variable(name, where)
        if found := _SETTINGS.match(raised.text):
            known = self._uses.settings.get(found[1], ())
            for field in _FIELD.findall(raised.text):
                name = next((one for one in known if one.endswith(field.upper())), field.upper())
                yield self._make_variable(name, where)
        for kind, pattern in (("fixtures", _FIXTURE), ("keys", _KEY), ("marks", _MARK)):
            found = pattern.search(raised.text)
            if found and (plugin := name_plugin_of(kind, found[1])):
                yield _make_plugin(plugin, where)
        if found := _ARGUMENTS.search(raised.text):
            yield from _explain_arguments(found[1].partition("\n")[0])
        if found := _REQUIRED.search(raised.text):
            yield from (_make_plugin(one.strip(), where) for one in found[1].split(",") if one.strip())

    def _explain_module(self, module: str, where: str) -> Lack:
        own = find_own_module(self._suite.content, module)
        if own is not None:
            return Lack(
                kind=LackKind.PROJECT,
                name=module,
                place=where,
                options=("--pytest-args", f"-o pythonpath={own or '.'}"),
                advice="the suite's own, which is not installed",
            )
        used = [name for name in self._uses.modules if name == module or name.startswith(f"{module}.")]
        place = next((self._uses.modules[name] for name in used), where)
        distribution = canonicalize_name(name_distributions(module)[0])
        if "." in module and distribution in self._around.installed:
            version = self._around.installed[distribution]
            advice = f"{distribution} {version} is installed and has no such module: another version may have it"
            return Lack(kind=LackKind.MODULE, name=module, place=place, advice=advice)
        return _make_module(used[0] if used else module, place)

    def _make_variable(self, name: str, where: str) -> Lack:
        place = self._uses.variables.get(name, where)
        return make_variable(name, place, inherited=name in self._around.inherited)

    def _foresee_imports(self) -> Iterator[Lack]:
        for module, place in self._uses.modules.items():
            if not self._around.has_module(module):
                yield _make_module(module, place)
        for name, place in self._uses.variables.items():
            if not self._around.variables(name):
                yield self._make_variable(name, place)

    def _foresee_plugins(self) -> Iterator[Lack]:
        for kind, used in (("fixtures", self._uses.fixtures), ("marks", self._uses.marks)):
            for name, place in used.items():
                plugin = name_plugin_of(kind, name)
                if plugin and not self._around.has_distribution(plugin):
                    yield _make_plugin(plugin, place)
        for source in read_configured(self._suite.content):
            for line in source.lines:
                if not self._around.has_distribution(name := Requirement(line).name):
                    yield _make_plugin(name, f"{source.file}, {source.part}")


def _make_module(module: str, place: str) -> Lack:
    distribution = name_distributions(module)[0]
    return Lack(kind=LackKind.MODULE, name=module.partition(".")[0], place=place, options=_write_option(distribution))


def _make_plugin(name: str, place: str) -> Lack:
    return Lack(kind=LackKind.PLUGIN, name=name, place=place, options=_write_option(name))


def _write_option(distribution: str) -> tuple[str, str]:
    """The option that adds it: some packages have one of their own, which `--with` refuses."""
    if distribution in (PLUGIN, DEFAULT_CLIENT):
        return f"--{distribution}", NEWEST
    return "--with", distribution


def _explain_arguments(text: str) -> Iterator[Lack]:
    for word in text.split():
        if word.startswith("-"):
            plugin = name_plugin(word)
            option = word.partition("=")[0]
            if plugin:
                yield _make_plugin(plugin, option)
            else:
                yield Lack(kind=LackKind.PLUGIN, name=option, advice="an option of a plugin that isn't known here")
