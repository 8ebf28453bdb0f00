"""A policy that comes too late, or has parameters, is handed over in another way."""

from __future__ import annotations

from tests.unit.cure.edits.editing import edit, offer

LATE = """\
import asyncio

import pytest
from loops import OwnPolicy


# Our loops.
@pytest.fixture(scope="session", autouse=True)
def own_policy():
    old = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(OwnPolicy())
    yield
    asyncio.set_event_loop_policy(old)
"""
PARAMETERS = """\
import asyncio

import pytest
import uvloop


@pytest.fixture(
    scope="session",
    params=[asyncio.DefaultEventLoopPolicy(), pytest.param(uvloop.EventLoopPolicy(), id="fast"), OwnPolicy()],
)
def event_loop_policy(request):
    return request.param
"""


def test_a_policy_of_a_fixture_is_set_when_its_conftest_is_imported() -> None:
    changed = edit({"conftest.py": LATE}, "policy_at_import:conftest.py.own_policy")["conftest.py"]

    assert changed == (
        "import asyncio\n\nfrom loops import OwnPolicy\n\n\n# Our loops.\nasyncio.set_event_loop_policy(OwnPolicy())\n"
    )


def test_a_policy_that_is_put_back_is_handed_to_the_plugin() -> None:
    changed = edit({"conftest.py": LATE}, "hand_policy_to_plugin:conftest.py.own_policy")["conftest.py"]

    assert changed.endswith("def event_loop_policy():\n    return OwnPolicy()\n")


def test_a_policy_that_comes_late_becomes_the_hook_of_its_loop() -> None:
    changed = edit({"conftest.py": LATE}, "late_policy_to_hook:conftest.py.own_policy")["conftest.py"]

    assert changed.endswith(
        'def pytest_asyncio_loop_factories(config, item):\n    return {"asyncio": OwnPolicy().new_event_loop}\n'
    )


def test_a_policy_is_not_moved_away_from_what_else_its_fixture_does() -> None:
    busy = LATE.replace("    yield\n", "    start_server()\n    yield\n")
    asked = LATE + "\n\n@pytest.fixture\ndef more(own_policy):\n    pass\n"

    for text in (busy, asked, LATE.replace("autouse=True", "autouse=False")):
        assert not [name for name in offer({"conftest.py": text}) if name.startswith("policy_at_import")]


def test_the_hook_comes_only_on_releases_that_know_it() -> None:
    assert not [name for name in offer({"conftest.py": LATE}, "1.3.0") if "hook" in name]


def test_parameters_of_a_policy_become_the_loops_that_a_hook_names_by_the_same_ids() -> None:
    changed = edit({"conftest.py": PARAMETERS}, "policy_to_hook:conftest.py.event_loop_policy")["conftest.py"]

    assert changed.endswith(
        "import asyncio\n\nimport uvloop\n\n\ndef pytest_asyncio_loop_factories(config, item):\n"
        '    return {"event_loop_policy0": asyncio.new_event_loop, "fast": uvloop.new_event_loop, '
        '"event_loop_policy2": OwnPolicy().new_event_loop}\n'
    )


def test_parameters_that_only_running_the_code_can_tell_are_let_be() -> None:
    text = PARAMETERS.replace("params=[", "params=list_policies([")
    text = text.replace("OwnPolicy()]", "OwnPolicy()])")

    assert not [name for name in offer({"conftest.py": text}) if "hook" in name]


def test_a_policy_imported_by_name_brings_the_import_that_its_hook_needs() -> None:
    text = (
        "import pytest\nfrom asyncio import DefaultEventLoopPolicy\n\n\n"
        "@pytest.fixture\ndef event_loop_policy():\n    return DefaultEventLoopPolicy()\n"
    )

    changed = edit({"conftest.py": text}, "policy_to_hook:conftest.py.event_loop_policy")["conftest.py"]

    assert changed.startswith("import asyncio\n")
    assert '{"asyncio": asyncio.new_event_loop}' in changed
