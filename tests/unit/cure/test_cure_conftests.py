"""What a conftest gets is put in once, with its imports, where all tests are below it."""

from __future__ import annotations

import pytest

from harness.catalogue.target import Target
from harness.cure.conftests import find_conftest, list_conftests


def make_target(plugin: str, platform: str = "linux") -> Target:
    return Target(platform=platform, client="valkey", versions={"pytest-asyncio": plugin, "python": "3.12.0"})


def add(name: str, files: dict[str, str], plugin: str = "1.5.0") -> dict[str, str] | None:
    content = {path: text.encode() for path, text in files.items()}
    (candidate,) = (one for one in list_conftests(content, make_target(plugin)) if one.name == name)
    changed = candidate.change(content)
    return None if changed is None else {path: data.decode() for path, data in changed.items()}


@pytest.mark.parametrize(
    ("plugin", "platform", "names"),
    [
        ("0.21.2", "linux", {"session_event_loop"}),
        ("0.23.8", "linux", {"session_event_loop", "mark_all_session"}),
        ("1.5.0", "linux", {"mark_all_session"}),
        ("1.5.0", "win32", {"mark_all_session", "selector_loop_factory"}),
        ("0.26.0", "win32", {"session_event_loop", "mark_all_session", "loop_policy"}),
    ],
)
def test_what_is_offered_is_what_the_versions_know(plugin: str, platform: str, names: set[str]) -> None:
    assert {one.name for one in list_conftests({"test_a.py": b""}, make_target(plugin, platform))} == names


def test_asyncio_s_own_loops_are_offered_where_uvloop_is_used() -> None:
    names = {one.name for one in list_conftests({"conftest.py": b"import uvloop\n"}, make_target("1.5.0"))}
    assert names == {"mark_all_session", "loop_policy"}


def test_a_suite_without_a_conftest_gets_one_beside_its_tests() -> None:
    changed = add("session_event_loop", {"tests/a/test_a.py": "", "tests/b/test_b.py": "", "setup.py": ""}, "0.21.2")
    assert changed is not None
    assert changed["tests/conftest.py"].startswith(
        'import asyncio\n\nimport pytest\n\n\n@pytest.fixture(scope="session")\ndef event_loop():\n'
    )
    compile(changed["tests/conftest.py"], "conftest.py", "exec")


def test_the_nearest_conftest_above_all_tests_is_taken() -> None:
    files = {"conftest.py": b"", "tests/unit/test_a.py": b"", "tests/unit/conftest.py": b"", "tests/io/test_b.py": b""}
    assert find_conftest(files) == "conftest.py"
    del files["tests/io/test_b.py"]
    assert find_conftest(files) == "tests/unit/conftest.py"


def test_imports_that_are_there_are_not_repeated_and_others_are_sorted_in() -> None:
    before = '"""Fixtures."""\n\nimport os\n\nimport pytest\nfrom app import a\n\n\ndef pytest_configure():\n    pass\n'
    changed = add("mark_all_session", {"conftest.py": before, "test_a.py": ""})
    assert changed is not None
    text = changed["conftest.py"]
    assert text.startswith('"""Fixtures."""\n\nimport os\n\nimport pytest\nimport pytest_asyncio\nfrom app import a\n')
    assert text.count("import pytest\n") == 1
    assert text.endswith("append=False)\n")
    compile(text, "conftest.py", "exec")
    assert add("mark_all_session", changed) is None, "the conftest has such a hook now"


def test_line_ends_stay_as_they_are() -> None:
    changed = add("mark_all_session", {"conftest.py": "import pytest\r\n", "test_a.py": ""})
    assert changed is not None
    assert "\n" not in changed["conftest.py"].replace("\r\n", "")


@pytest.mark.parametrize("source", ["def broken(:\n", "from x import pytest_collection_modifyitems\n"])
def test_a_conftest_that_is_broken_or_has_such_a_hook_is_left_alone(source: str) -> None:
    assert add("mark_all_session", {"conftest.py": source, "test_a.py": ""}) is None
