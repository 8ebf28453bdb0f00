"""`advice`: show what common advice really does, from results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.catalogue.loading import load_catalogue
from harness.environments.identity import PLUGIN
from harness.environments.releases import load_releases
from harness.errors import ExitCode, NothingSelectedError
from harness.invocation import command_line
from harness.knowledge.advice_examples import make_example_tables
from harness.knowledge.advice_tables import as_data, list_systems, make_advice_tables, make_claim_tables
from harness.knowledge.claims import choose_claims
from harness.knowledge.effects import measure_effects, select_releases
from harness.knowledge.outcomes import Outcomes
from harness.output.printing import print_aside, print_explain_line, print_json, print_lines, print_tables
from harness.packages import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.cli.options import AdviceOptions
    from harness.environments.releases import Releases
    from harness.knowledge.advice_model import ClaimEffects
    from harness.output.table import Table

HINT = f"\nOne piece of advice with counts, examples and addresses: {command_line('advice', 'NAME')}"


def run(options: AdviceOptions) -> int:
    """Print a table of all advice, or what is known of the advice that is named."""
    claims = choose_claims(options.names)
    outcomes = Outcomes.read(options.results, options.baseline)
    for line in outcomes.unread:
        print_aside(line)
    found = measure_effects(outcomes, claims, load_catalogue())
    if options.pytest_asyncio_versions:
        found = choose_releases(found, options.pytest_asyncio_versions)
    systems = list_systems(found)
    if options.json:
        print_json(as_data(found))
    elif options.names:
        named: list[Table] = []
        for one in found:
            named += make_claim_tables(one, outcomes, every=options.every)
            named += make_example_tables(one, outcomes)
        print_tables(*named)
        print_explain_line(*named)
    elif not systems:
        raise NothingSelectedError(
            "Nothing was measured that says what advice does.",
            remedy=f"Measure the cells first, with `{command_line('matrix', '--profile standard')}`.",
        )
    else:
        tables = [make_advice_tables(found, system, outcomes, every=options.every) for system in systems]
        print_tables(*(table for some in tables for table in some))
        print_lines(HINT)
    return ExitCode.DONE


def choose_releases(found: tuple[ClaimEffects, ...], versions: Iterable[str]) -> tuple[ClaimEffects, ...]:
    """The effects on these releases. Those that weren't measured are named on standard error.

    Raises `NothingSelectedError` where none was, `UnknownNameError` for a release that there isn't.
    """
    known = load_releases()
    wanted = [find_release(known, version) for version in versions]
    measured = {effect.release for one in found for effect in one.effects}
    missing = [release for release in wanted if release not in measured]
    if missing:
        command = command_line("matrix", f"--profile standard --pytest-asyncio {','.join(missing)}")
        problem = f"No advice was measured on pytest-asyncio {', '.join(missing)}."
        if len(missing) == len(wanted):
            raise NothingSelectedError(problem, remedy=f"Measure it with `{command}`.")
        print_aside(f"{problem} Measure it with `{command}`.")
    return select_releases(found, wanted)


def find_release(known: Releases, version: str) -> str:
    """The release, which may be named `newest`."""
    newest = known.newest(PLUGIN) if version == NEWEST else None
    return newest.version if newest else known.get(PLUGIN, version).version
