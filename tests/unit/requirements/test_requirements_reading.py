"""What a suite's files say it needs."""

from __future__ import annotations

import pytest

from harness.requirements.reading import read_needs


def read(**files: str) -> tuple[str, ...]:
    return read_needs({name.replace("__", "/"): text.encode() for name, text in files.items()}).lines


def lines_of(path: str, text: str) -> tuple[str, ...]:
    return read_needs({path: text.encode()}).lines


def notes_of(path: str, text: str) -> tuple[str, ...]:
    return read_needs({path: text.encode()}).notes


@pytest.mark.parametrize(
    "path",
    [
        *("requirements.txt", "requirements-test.txt", "requirements_dev.txt", "requirements-3.txt"),
        *("test-requirements.txt", "requirements/test.txt", "requirements/base.txt"),
    ],
)
def test_requirements_files_are_known_by_their_names(path: str) -> None:
    assert lines_of(path, "anyio") == ("anyio",)


@pytest.mark.parametrize(
    "path", ["docs/requirements.txt", "requirements-lint.txt", "requirements/docs.txt", "notes.txt"]
)
def test_other_files_are_not_read(path: str) -> None:
    assert lines_of(path, "anyio") == ()


def test_comments_continuations_hashes_and_markers_are_understood() -> None:
    text = """
# all of it
anyio >= 4 , < 5  # newest
httpx==0.28.1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
tomli; python_version < "3.11"
-e .
./
"""
    assert lines_of("requirements.txt", text) == ("anyio<5,>=4", "httpx==0.28.1", 'tomli; python_version < "3.11"')
    assert notes_of("requirements.txt", text) == ()


def test_included_files_are_followed_once_relative_to_the_file_that_names_them() -> None:
    files = {
        "requirements/test.txt": b"-r base.txt\n--requirement=../more.txt\nanyio",
        "requirements/base.txt": b"-r test.txt\nhttpx",
        "more.txt": b"trio",
    }
    assert read_needs(files).lines == ("anyio", "httpx", "trio")


def test_what_cannot_be_installed_by_name_and_version_is_reported_without_its_address() -> None:
    text = (
        "git+https://user:secret@example.com/x.git\nfoo @ https://user:secret@example.com/foo.whl\n"
        "--index-url https://user:secret@example.com/simple\n-r gone.txt\n???\nanyio"
    )
    notes = notes_of("requirements.txt", text)
    assert len(notes) == 5
    assert not any("secret" in note for note in notes)
    assert any("foo is asked for by its address" in note for note in notes)
    assert any("gone.txt, which is not in the folder" in note for note in notes)
    assert lines_of("requirements.txt", text) == ("anyio",)


def test_a_file_that_powershell_wrote_is_read() -> None:
    assert read_needs({"requirements.txt": "anyio==4.9.0\r\n".encode("utf-16")}).lines == ("anyio==4.9.0",)


def test_a_project_brings_its_dependencies_and_its_groups_for_tests() -> None:
    text = """
[project]
name = "Mine"
dependencies = ["httpx"]
optional-dependencies = {test = ["anyio"], http = ["h2"], docs = ["sphinx"]}
[dependency-groups]
tests = ["mine[http]", {include-group = "shared"}]
shared = ["trio", "pytest"]
dev = ["ruff"]
"""
    assert lines_of("pyproject.toml", text) == ("anyio", "h2", "httpx", "pytest", "trio")


def test_a_group_that_includes_itself_is_reported() -> None:
    text = '[dependency-groups]\ntest = ["anyio", {include-group = "test"}]'
    assert lines_of("pyproject.toml", text) == ()
    (note,) = notes_of("pyproject.toml", text)
    assert "group test" in note


def test_extras_name_each_other() -> None:
    text = """
[project]
name = "mine"
optional-dependencies = {test = ["mine[one]", "pytest"], one = ["mine[two,test]", "trio"], two = ["h2"], three = ["h3"]}
"""
    assert lines_of("pyproject.toml", text) == ("h2", "pytest", "trio")


def test_without_a_group_for_tests_that_names_pytest_the_one_for_development_counts() -> None:
    assert lines_of("pyproject.toml", '[dependency-groups]\ndev = ["anyio"]\ndocs = ["sphinx"]') == ("anyio",)


@pytest.mark.parametrize("text", ["[project", "project = 3\ndependency-groups = 4", "[project]\ndependencies = 'x'"])
def test_a_project_file_that_makes_no_sense_needs_nothing(text: str) -> None:
    assert lines_of("pyproject.toml", text) == ()


def test_a_project_file_that_cannot_be_read_is_reported() -> None:
    assert "can't be read" in notes_of("pyproject.toml", "[project")[0]


def test_requirements_of_several_files_stand_together_each_once() -> None:
    assert read(**{"requirements.txt": "anyio\nhttpx", "requirements-dev.txt": "httpx\nanyio"}) == ("anyio", "httpx")
