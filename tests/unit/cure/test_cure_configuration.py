"""Options are set where pytest looks for them, and all else in the file stays as it is."""

from __future__ import annotations

import pytest

from harness.cure.configuration import find_configuration, read_options, set_options

NAME, VALUE = "asyncio_default_test_loop_scope", "session"


def change(files: dict[str, str], part: str = "", **options: str) -> dict[str, str] | None:
    content = {path: text.encode() for path, text in files.items()}
    changed = set_options(content, options or {NAME: VALUE}, part)
    return None if changed is None else {path: data.decode() for path, data in changed.items()}


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pytest.ini", "[pytest]\nasyncio_mode = auto\n", "[pytest]\nasyncio_mode = auto\n{line}\n"),
        ("pytest.ini", "[pytest]\nasyncio_mode=auto\n", "[pytest]\nasyncio_mode=auto\n{tight}\n"),
        ("pytest.ini", "[pytest]", "[pytest]\n{line}\n"),
        (
            "tox.ini",
            "[tox]\nenvlist = py\n\n[pytest]\naddopts =\n    -q\n    -ra\n\n# about\n[flake8]\nmax = 1\n",
            "[tox]\nenvlist = py\n\n[pytest]\naddopts =\n    -q\n    -ra\n{line}\n\n# about\n[flake8]\nmax = 1\n",
        ),
        ("setup.cfg", "[tool:pytest]\r\nxfail_strict = true\r\n", "[tool:pytest]\r\nxfail_strict = true\r\n{line}\r\n"),
        ("pytest.ini", "[pytest]\n{name} = function\n\n# end\n", "[pytest]\n{line}\n\n# end\n"),
        (
            "pyproject.toml",
            '[project]\nname = "x" # a\n\n[tool.pytest.ini_options]\na = [\n  "a", # b\n]\n\n[tool.a]\nb = 1\n',
            '[project]\nname = "x" # a\n\n[tool.pytest.ini_options]\na = [\n  "a", # b\n]\n{toml}\n\n[tool.a]\nb = 1\n',
        ),
        ("pyproject.toml", '[tool.pytest]\ntestpaths = ["a"]\n', '[tool.pytest]\ntestpaths = ["a"]\n{toml}\n'),
        (
            "pyproject.toml",
            '[project]\r\nname = "x"\r\n',
            '[project]\r\nname = "x"\r\n\r\n[tool.pytest.ini_options]\r\n{toml}\r\n',
        ),
        ("pytest.toml", "[pytest]\naddopts = []\n", "[pytest]\naddopts = []\n{toml}\n"),
    ],
)
def test_an_option_goes_into_the_file_that_is_there(path: str, before: str, after: str) -> None:
    places = {"{line}": f"{NAME} = {VALUE}", "{tight}": f"{NAME}={VALUE}", "{toml}": f'{NAME} = "{VALUE}"'}
    before = before.replace("{name}", NAME)
    for place, text in places.items():
        after = after.replace(place, text)
    changed = change({path: before, "test_a.py": ""})
    assert changed is not None
    assert changed == {path: after, "test_a.py": ""}
    assert change(changed) is None, "it is so already"


def test_a_suite_without_any_configuration_gets_a_pytest_ini() -> None:
    assert change({"test_a.py": ""}) == {"test_a.py": "", "pytest.ini": f"[pytest]\n{NAME} = {VALUE}\n"}


def test_the_file_that_pytest_would_take_is_found() -> None:
    files = {
        "pytest.ini": b"",
        "pyproject.toml": b'[tool.pytest.ini_options]\nasyncio_mode = "auto"\n',
        "tests/unit/tox.ini": b"[pytest]\nasyncio_mode = auto\n",
        "tests/unit/test_a.py": b"",
        "setup.cfg": b"[metadata]\nname = x\n",
    }
    assert find_configuration(files).path == "pytest.ini"
    assert find_configuration(files, "tests/unit/test_a.py::test_b").path == "tests/unit/tox.ini"
    assert find_configuration(files, "tests").path == "pytest.ini"
    del files["pytest.ini"]
    assert find_configuration(files).path == "pyproject.toml"


def test_options_are_read_with_the_lines_that_continue_them() -> None:
    files = {"pytest.ini": b"[pytest]\n; a remark\naddopts =\n    -q\n    -x\nasyncio_mode: auto\n[other]\nname = 1\n"}
    assert read_options(files) == {"addopts": "-q\n-x", "asyncio_mode": "auto"}


@pytest.mark.parametrize(("path", "data"), [("pytest.ini", b"\xff\xfe"), ("pyproject.toml", b"[tool.pytest.ini_opt")])
def test_a_file_that_cannot_be_understood_is_left_alone(path: str, data: bytes) -> None:
    files = {path: data}
    assert read_options(files) == {}
    assert set_options(files, {NAME: VALUE}) is None


def test_the_mark_of_utf_8_at_the_start_of_a_file_stays_and_hides_no_section() -> None:
    before = {"pytest.ini": b"\xef\xbb\xbf[pytest]\naddopts = -q\n"}

    assert read_options(before) == {"addopts": "-q"}
    assert set_options(before, {NAME: VALUE}) == {"pytest.ini": before["pytest.ini"] + f"{NAME} = {VALUE}\n".encode()}
