"""Answers what was asked: reads the text, finds the reader's versions, measures them if asked, and explains."""

from __future__ import annotations

import os
import shlex
from importlib import import_module
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from harness.environments.existing import read_existing
from harness.environments.releases import load_releases
from harness.explain.explaining import MOST_CURES, Explainer, list_unknown
from harness.explain.explanation import Answer
from harness.explain.likeness import MANY_TEXTS
from harness.explain.naming import name_errors
from harness.explain.reading import read_text
from harness.explain.subject import CellSubject, NamedSubject, Subject, TextSubject
from harness.invocation import command_line
from harness.knowledge.outcomes import Outcomes
from harness.knowledge.readers import match_environments, read_versions
from harness.packages import DEFAULT_CLIENT
from harness.verdicts.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.catalogue.catalogue import Catalogue
    from harness.cli.options import ExplainOptions
    from harness.explain.explanation import ExplainedCell
    from harness.explain.model import NamedError, ReadText
    from harness.knowledge.readers import ReadersVersions

_MANY = 20  # cures of one error that are looked for where all is printed


def answer(subject: Subject, options: ExplainOptions, catalogue: Catalogue) -> Answer:
    """The explanation of a subject. Raises `UsageError` for a text that is none, and for versions that there aren't."""
    text = read_text(subject.data) if isinstance(subject, TextSubject) else None
    cell = subject.cell if isinstance(subject, CellSubject) else None
    named = name_errors(text) if text else ()
    samples = any(one.surface in MANY_TEXTS for one in named)
    outcomes = Outcomes.read(options.results, options.baseline, samples=samples)
    versions = _find_versions(options, outcomes, text)
    matched = match_environments(outcomes, versions, cell=cell.id if cell else "")
    if options.measure and not matched.environments:
        # Not imported above: what is measured is explained without a server and a resolver, which take long to import.
        import_module("harness.explain.measuring").measure_versions(versions, catalogue, options.results, cell)
        outcomes = Outcomes.read(options.results, options.baseline, samples=samples)
        matched = match_environments(outcomes, versions, cell=cell.id if cell else "")
    explainer = Explainer(outcomes, catalogue, versions, matched)
    cures = _MANY if options.every or options.json else MOST_CURES
    match subject:
        case NamedSubject(names=names):
            pairs = [(names[0], names[-1])] if len(names) < 3 else [(name, "") for name in names]
            errors = tuple(explainer.explain_error(one, root, cures=cures) for one, root in pairs)
            return Answer(
                subject="signature",
                source=" ← ".join(names),
                place=explainer.place,
                errors=errors,
                notes=_list_notes(subject, outcomes),
                commands=tuple(_list_commands("", versions)),
            )
        case CellSubject(cell=cell):
            explained = explainer.explain_cell(cell, cures=cures)
            place = explainer.place
            return Answer(
                subject="cell",
                source=cell.id,
                place=msgspec.structs.replace(place, command="") if explained.impossible else place,
                cell=explained,
                notes=_list_notes(subject, outcomes),
                commands=tuple(_list_cell_commands(explained, versions.client.name)),
            )
        case TextSubject():
            assert text is not None
            errors = explainer.explain_errors(named, cures=cures)
            return Answer(
                subject="text",
                source=subject.source,
                kind=text.kind,
                place=explainer.place,
                errors=errors,
                unknown=list_unknown(named),
                notes=(*_list_notes(subject, outcomes), *text.notes),
                commands=tuple(_list_commands(find_folder(named), versions) if errors else _list_watching(named)),
            )


def _find_versions(options: ExplainOptions, outcomes: Outcomes, text: ReadText | None) -> ReadersVersions:
    return read_versions(
        outcomes,
        load_releases(),
        options=options,
        environment=read_existing(options.environment) if options.environment else None,
        text=_list_versions(text) if text else None,
    )


def _list_versions(text: ReadText) -> Mapping[str, str]:
    return {**text.versions.packages, "python": text.versions.python, "system": text.versions.system}


def _list_notes(subject: Subject, outcomes: Outcomes) -> tuple[str, ...]:
    return (*filter(None, [subject.note]), *outcomes.unread)


def _list_commands(folder: str, versions: ReadersVersions) -> Iterator[tuple[str, str]]:
    options = " ".join(versions.options)
    yield command_line("diagnose", _join(folder, options)), "find the lines in your tests that lead to it"
    suite = f"--suite {folder or '.'}"
    yield command_line("cure", _join(suite, options)), "try cures on copies of your tests and prove them"


def _list_watching(named: Iterable[NamedError]) -> Iterator[tuple[str, str]]:
    watching = command_line("diagnose", _join(find_folder(named), "--run"))
    yield watching, "run your tests and see what really happens to loops and connections"


def _join(*words: str) -> str:
    return " ".join(filter(None, words))


def find_folder(named: Iterable[NamedError]) -> str:
    """The folder in which the text's tests are, as a command takes it; empty where the text names none."""
    files = {test.partition("::")[0] for one in named for test in one.tests if "::" in test}
    folders = {PurePosixPath(file.replace("\\", "/")).parent for file in files if file.endswith(".py")}
    if not folders or (len(folders) > 1 and any(one == PurePosixPath() for one in folders)):
        return "." if folders else ""
    common = os.path.commonpath(folders) if len({one.is_absolute() for one in folders}) == 1 else ""
    return shlex.quote(str(PurePosixPath(common)))


def _list_cell_commands(it: ExplainedCell, client: str) -> Iterator[tuple[str, str]]:
    if it.impossible:
        return
    with_client = "" if client == DEFAULT_CLIENT else f"--client {client}"
    if it.status not in (Status.CLEAN, Status.NOT_APPLICABLE):
        yield command_line("cure", _join(it.cell, with_client)), "run what is near to it, to find further cures"
    yield command_line("bisect", _join(f"--cell {it.cell}", with_client)), "find the release that changed it"
    yield command_line("repro", _join(f"--cell {it.cell}", with_client)), "write it as a suite that you can run"
