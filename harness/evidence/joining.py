"""What several processes saw that shared the tests of one session, as one evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from harness.evidence.model import Flush, ServerView, Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.evidence.folding import Record
    from harness.evidence.model import Evidence

ADDED = ("tests", "notes", "unraisables", "handler_calls", "background", "loops", "connections")
"""Parts of the evidence in which each process has its own."""

SHARED = ("problems", "skipped", "warnings")
"""Parts in which all workers have what each of them met, since all collect all tests and read one configuration."""


def join(controller: Record, workers: Mapping[str, Record]) -> Record:
    """The record of the controlling process with those of its workers, by name. Without workers it stays as it is.

    Which worker runs which tests is up to which is ready first; in the evidence they are in the order of collection. A
    test that more than one process knows of is one that a worker didn't survive: the controller says how it ended.
    """
    if not workers:
        return controller
    names = sorted(workers, key=lambda name: (len(name), name))
    records = [workers[name] for name in names]
    everyone = [each.evidence for each in (*records, controller)]
    parts: dict[str, Any] = {part: _add(part, everyone) for part in ADDED}
    parts |= {part: tuple(dict.fromkeys(_add(part, everyone))) for part in SHARED}
    order = next((each.order for each in records if each.order), ())
    place = {test: at for at, test in enumerate(order)}
    tests = {test.id: test for test in parts["tests"]}
    parts["tests"] = tuple(sorted(tests.values(), key=lambda test: place.get(test.id, len(place))))
    evidence = msgspec.structs.replace(
        controller.evidence,
        **parts,
        workers=tuple(_describe(name, workers) for name in names),
        at_end=_join_views(everyone),
        infrastructure=next(filter(None, (each.infrastructure for each in everyone)), ""),
    )
    busy = next((each for each in records if each.session_end is None), controller)
    stacks = [each.stacks for each in (*records, controller) if each.stacks is not None]
    return msgspec.structs.replace(
        controller,
        evidence=evidence,
        started=busy.started,
        stacks=msgspec.structs.replace(
            stacks[0],
            stacks="\n\n".join(each.stacks for each in stacks),
            tasks="\n\n".join(filter(None, (each.tasks for each in stacks))),
        )
        if stacks
        else None,
        collected=max((each.collected or 0 for each in records), default=None),
    )


def _add(part: str, everyone: Iterable[Evidence]) -> tuple[Any, ...]:
    return tuple(line for each in everyone for line in getattr(each, part))


def _join_views(everyone: Iterable[Evidence]) -> ServerView | None:
    """Each worker looked for connections of its own; the controller, at the end, for keys."""
    views = [each.at_end for each in everyone if each.at_end is not None]
    if not views:
        return None
    return ServerView(clients=tuple(sorted(name for view in views for name in view.clients)), keys=views[-1].keys)


def _describe(name: str, workers: Mapping[str, Record]) -> Worker:
    record = workers[name]
    return Worker(
        name=name,
        tests=tuple(test.id for test in record.evidence.tests),
        flushes=tuple(_find_hits(record, [other for key, other in workers.items() if key != name])),
    )


def _find_hits(record: Record, others: Iterable[Record]) -> Iterator[Flush]:
    """The flushes of a worker that emptied a database in which tests of other workers were at work."""
    for flush in record.flushes:
        hit = tuple(
            span.test
            for other in others
            for span in other.at_work
            if span.began <= flush.time <= span.ended and (flush.database is None or flush.database == span.database)
        )
        if hit:
            yield Flush(moment=flush.moment, hit=hit)
