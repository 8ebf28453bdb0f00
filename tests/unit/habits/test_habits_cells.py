"""Every suite of the catalogue is read as the cell that it was written from."""

from __future__ import annotations

import pytest

from benchmarks.accuracy.diagnose import RELEASES, load_expectations, measure_cells, measure_suites
from harness.catalogue.loading import load_catalogue
from harness.catalogue.profiles import list_profile_cells, load_profile

NOT_READ = (
    ("creation_site", "app_asgi_transport"),
    ("creation_site", "app_test_client"),
    ("creation_site", "app_test_client_with"),
    ("creation_site", "cluster_client"),
    ("creation_site", "per_loop"),
    ("creation_site", "asyncio_run_async_fixture"),
    ("creation_site", "blocking_pool"),
    ("creation_site", "client_of_thread"),
    ("loop_policy", "factory_choice"),
    ("cleanup_style", "loop_shutdown"),
    ("cleanup_style", "runner_close"),
    ("loop_scope", "fixture_scope_ini"),
    ("loop_scope", "hook_session"),
    ("loop_scope", "ini_session"),
    ("loop_scope", "param_session"),
    ("interleaving", "sync_async_fixture"),
    ("interleaving", "sync_get_event_loop"),
    ("runner", "anyio"),
    ("runner", "unittest"),
    ("workload", "idle_listen"),
    ("workload", "idle_block"),
    ("workload", "xreadgroup"),
    ("workload", "timeout_in_command"),
    ("workload", "cancel_in_command"),
    ("workload", "cancel_scope"),
)
"""Values that suites are not read as yet."""

SAMPLE = 7
"""Each that many of the profile's cells; `nox -s accuracy -- diagnose` takes all."""


@pytest.mark.parametrize("release", RELEASES)
def test_a_cells_suite_is_read_as_that_cell(release: str) -> None:
    catalogue = load_catalogue()
    cells = [
        cell
        for cell in list_profile_cells(catalogue, load_profile("standard"))
        if not any(catalogue.values(cell)[axis] == value for axis, value in NOT_READ)
    ]
    figure = measure_cells(catalogue, cells[::SAMPLE], release)
    assert figure.of > 100
    assert figure.wrong == ()


def test_what_a_person_reads_in_the_reported_suites_is_read() -> None:
    figures = list(measure_suites())
    assert len(load_expectations()) > 60
    assert [(figure.name, figure.wrong) for figure in figures if not figure.met] == []
