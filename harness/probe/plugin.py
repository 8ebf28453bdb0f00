"""The pytest plugin: tells the session's `Probe` which test and phase is running, and what pytest itself saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generator

import pytest

from .chains import describe, describe_printed

if TYPE_CHECKING:
    import warnings

    from .session import Probe

Wrapper = Generator[None, Any, None]

PHASES = ("setup", "call", "teardown")
OUTCOMES = ("passed", "failed", "skipped", "xfailed", "xpassed")


class Plugin:
    """Wraps no hook through which a test's exception passes: pluggy's own frames would show in its traceback.

    Where a hook must be wrapped it is done in the old style, the only one that every supported pytest knows.
    """

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._made: dict[tuple[str, str], tuple[Any, str]] = {}  # by test and phase: its last report, and the outcome

    def pytest_addoption(self, parser: Any) -> None:
        # From 9.1 on pytest's error messages name how it was started.
        if getattr(parser, "prog", None) == "pytest.main()":
            parser.prog = "python -m pytest"

    # Innermost: in old versions of pluggy pytest's own wrapper of this hook raises past every wrapper around it.
    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_cmdline_parse(self) -> Wrapper:
        outcome = yield
        # A bad option or configuration, or a conftest that can't be imported.
        self._record_end(outcome.excinfo, "usage")

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_cmdline_main(self) -> Wrapper:
        outcome = yield
        self._record_end(outcome.excinfo, "internal")

    def _record_end(self, raised: Any, where: str) -> None:
        """What ends pytest before or outside a session, and no other hook hears of."""
        if raised is None or isinstance(raised[1], SystemExit):
            return
        where = "usage" if isinstance(raised[1], pytest.UsageError) else where
        self._probe.guard.run(self._probe.problem, where, "", raised[1])

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        self._probe.enter("", "collect")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._probe.writer.write("collected", {"tests": len(session.items)})
        self._probe.enter("", "session")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Wrapper:
        outcome = yield
        if outcome.excinfo is None:
            self._probe.guard.run(self._record_collected, outcome.get_result())

    def _record_collected(self, report: Any) -> None:
        self._probe.writer.write("collecting", {"node": report.nodeid})
        call = getattr(report, "call", None)  # pytest takes it off the report right after this hook
        if report.failed and call is not None and call.excinfo is not None:
            self._probe.problem("collect", report.nodeid, call.excinfo.value)
        elif report.skipped and call is not None and call.excinfo is not None:
            text = self._probe.places.text(str(call.excinfo.value))
            self._probe.writer.write("skipped", {"node": report.nodeid, "text": text})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        # Before every wrapper of the setup hook; the hook itself is needed for plugins that run a test again.
        self._probe.enter(nodeid, "setup")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._probe.enter(item.nodeid, "setup")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._probe.enter(item.nodeid, "call")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        self._probe.enter(item.nodeid, "teardown")

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        self._made.clear()
        self._probe.enter("", "session")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Wrapper:
        # pytest parses source files to format a traceback, with every warning ignored. It makes so many objects there
        # that collections tend to fall just there, and what dropped connections warn of would never be heard.
        guard = self._probe.guard
        collecting = guard.pause()
        try:
            # Before pytest formats the traceback: describing it also takes the probe's frames out.
            error = None if call.excinfo is None else call.excinfo.value
            chain = describe(error, self._probe.places)
            outcome = yield
            if error is None and call.excinfo is not None:  # pytest's own hook sets that of a unittest.TestCase
                chain = describe(call.excinfo.value, self._probe.places)
            if outcome.excinfo is None:
                guard.run(self._record_report, item.nodeid, outcome.get_result(), chain)
        finally:
            guard.resume(collecting)

    def _record_report(self, test: str, report: Any, chain: list[dict[str, str]]) -> None:
        outcome = outcome_of(report)
        if outcome == "failed" and not chain:  # a strict xpass fails without an exception
            text = self._probe.places.text(str(report.longrepr))
            chain = [{"type": "", "text": text, "link": "surface", "origin": ""}]
        self._made[test, report.when] = report, outcome
        self._probe.writer.write("test-phase", {"test": test, "when": report.when, "outcome": outcome, "chain": chain})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        self._probe.guard.run(self._record_counted, report)

    def _record_counted(self, report: Any) -> None:
        """What pytest counts, where that isn't what its own hook made in this process.

        Plugins run tests in processes of their own, or change a report after it was made; and what a test reports of
        its parts is a report beside its own. An outcome that pytest has no name for, such as `rerun`, counts nothing.
        """
        if self._probe.has_workers and report.when in PHASES:
            return  # the worker that ran the test has written it; when one crashed, it hasn't
        outcome = outcome_of(report)
        when = report.when if report.when in PHASES else "call"  # of a process that crashed nobody knows
        made, recorded = self._made.get((report.nodeid, when), (None, ""))
        if outcome not in OUTCOMES or outcome == recorded or (made not in (None, report) and outcome != "failed"):
            return
        self._made[report.nodeid, when] = report, outcome
        chain = describe_printed(report.longreprtext, self._probe.places) if outcome == "failed" else []
        changed = {"replaces": True} if made is report else {}
        fields = {"test": report.nodeid, "when": when, "outcome": outcome, "chain": chain, **changed}
        self._probe.writer.write("test-phase", fields)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage, when: str, nodeid: str) -> None:
        if when == "config" or not self._probe.has_workers:  # otherwise it comes from a worker, which has written it
            self._probe.guard.run(self._probe.warning, warning_message, when, nodeid)

    def pytest_internalerror(self, excinfo: Any) -> None:
        self._probe.guard.run(self._probe.problem, "internal", "", excinfo.value)

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        if isinstance(excinfo.value, pytest.Session.Interrupted):
            return  # how pytest stops after collection errors, which are problems of their own
        self._probe.guard.run(self._probe.problem, "internal", "", excinfo.value)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._probe.finish()


def outcome_of(report: Any) -> str:
    """`passed`, `failed`, `skipped`, `xfailed` or `xpassed`."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return str(report.outcome)
