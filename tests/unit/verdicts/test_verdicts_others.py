"""What is said of servers that weren't started for a suite."""

from __future__ import annotations

import pytest

from harness.analysis.label import label
from harness.evidence.folding import fold
from harness.evidence.model import Evidence, Exit, Network, OtherServer, Phase, Test
from harness.verdicts.classify import classify
from harness.verdicts.model import Status
from harness.verdicts.others import MOST, describe_others
from harness.verdicts.signatures import load_signatures

PASSED = (Test(id="test_it.py::test_one", phases=(Phase(when="call", outcome="passed"),)),)


def make_evidence(network: Network) -> Evidence:
    return Evidence(tests=PASSED, finished=True, exit=Exit(code=0), network=network)


def make_server(**fields: object) -> OtherServer:
    given = {"host": "127.0.0.1", "port": 5432, "outcome": "connected", "count": 1, **fields}
    return OtherServer(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["connected", "unknown"])
def test_a_suite_that_used_a_server_nobody_looked_at_is_not_clean_without_a_word(outcome: str) -> None:
    network = Network(kind="host", others=(make_server(outcome=outcome), make_server(outcome="refused", port=1)))
    verdict = classify(make_evidence(network), load_signatures())
    assert verdict.status is Status.CLEAN
    assert label(verdict, {}) == "clean but used 127.0.0.1:5432"
    (note,) = verdict.notes
    assert "127.0.0.1:5432 (1 time)" in note
    assert "isn't seen" in note


def test_a_suite_that_found_nobody_is_clean_and_hears_which_options_help() -> None:
    verdict = classify(make_evidence(Network(kind="own", others=(make_server(outcome="refused", count=12),))), ())
    assert label(verdict, {}) == "clean"
    (note,) = verdict.notes
    assert "127.0.0.1:5432 (12 times)" in note
    assert "--network host" in note
    assert "--port 5432" in note


def test_no_port_is_offered_for_a_host_that_is_not_this_machine() -> None:
    server = make_server(host="10.0.0.7", outcome="refused")
    (note,) = describe_others(make_evidence(Network(kind="own", others=(server,))))
    assert "--port" not in note


def test_of_many_servers_the_first_are_named_and_the_rest_is_counted() -> None:
    others = tuple(make_server(port=port) for port in range(1, MOST + 3))
    *_, last = notes = describe_others(make_evidence(Network(kind="host", others=others)))
    assert len(notes) == MOST + 1
    assert "2 more servers" in last


def test_a_server_that_turned_out_to_be_the_suite_s_own_is_not_in_the_evidence() -> None:
    evidence = fold(
        [
            b'{"kind": "network", "network": "own", "unseen": 0}\n',
            b'{"kind": "server", "host": "127.0.0.1", "port": 80, "outcome": "refused", "count": 3}\n',
            b'{"kind": "server", "host": "127.0.0.1", "port": 80, "outcome": "refused", "count": 0}\n',
            b'{"kind": "network", "network": "own", "unseen": 2}\n',
        ]
    )
    assert evidence.network == Network(kind="own", unseen=2)
