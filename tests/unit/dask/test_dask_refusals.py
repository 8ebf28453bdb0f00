"""What a run on a cluster is refused for, before anything is connected."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from harness.cli.main import main
from harness.dask import connection
from harness.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

DASK = ("matrix", "--executor", "dask")
NOWHERE = ("--scheduler", "tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("matrix", *NOWHERE), "Add --executor dask"),
        (DASK, "Add --scheduler ADDRESS"),
        ((*DASK, *NOWHERE, "--shard", "1/2"), "--shard doesn't go with --executor dask"),
        ((*DASK, *NOWHERE, "--provision"), "--provision doesn't go with --executor dask"),
        ((*DASK, *NOWHERE, "--dry-run"), "--dry-run doesn't go with --executor dask"),
        ((*DASK, *NOWHERE, "--server", "valkey://127.0.0.1/1"), "each worker starts servers of its own"),
        ((*DASK, *NOWHERE, "--pytest", "9.0.0+folder.1a2b3c4d"), "is not on the workers"),
        ((*DASK, "--scheduler", "nonsense"), "missing port number in address 'nonsense'"),
        ((*DASK, "--scheduler", "what://127.0.0.1:9"), "unknown address scheme 'what'"),
        ((*DASK, "--scheduler", "tls://127.0.0.1:9"), "Dask's configuration names none"),
    ],
)
def test_what_makes_no_sense_on_a_cluster_is_refused(
    arguments: tuple[str, ...], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--results", str(tmp_path / "results")]) == ExitCode.USAGE
    assert text in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_a_suite_of_ones_own_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n")
    assert main([*DASK, *NOWHERE, "--suite", str(tmp_path)]) == ExitCode.USAGE
    assert "--suite doesn't go with --executor dask: a suite is on this machine alone." in capsys.readouterr().err


def test_without_dask_it_is_named_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main([*DASK, *NOWHERE]) == ExitCode.USAGE
    assert "pip install 'valkey-loop-matrix[dask]'" in capsys.readouterr().err


def test_where_no_scheduler_answers_it_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", 1.0)
    assert main([*DASK, *NOWHERE]) == ExitCode.INFRASTRUCTURE
    assert "No Dask scheduler answers at tcp://127.0.0.1:9 within 1 s." in capsys.readouterr().err
