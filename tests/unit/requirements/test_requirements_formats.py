"""Each kind of file that says what a suite needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.requirements.metadata import Metadata
from harness.requirements.plugins import name_plugin
from harness.requirements.reading import read_named, read_needs

if TYPE_CHECKING:
    from harness.requirements.model import Needed

POETRY = """
[tool.poetry.dependencies]
python = "^3.9 || ^3.11"
redis = "^5.0"
tilde = "~1.2"
wildcard = "1.*"
anything = "*"
either = "^1.0 || ^2.0"
exact = "1.2.3"
rich = {version = ">=13", extras = ["jupyter", "all"], python = ">=3.9"}
marked = {version = "^1", markers = "sys_platform == 'linux'"}
several = [{version = "^1", python = "<3.10"}, {version = "^2", python = ">=3.10"}]
forked = {git = "https://user:secret@example.com/forked.git"}
beside = {path = "../beside"}
optional = {version = "^1", optional = true}
broken = "nonsense^^"
[tool.poetry.extras]
redis = ["optional"]
docs = ["other"]
[tool.poetry.group.test.dependencies]
pytest = "^8"
[tool.poetry.group.docs.dependencies]
sphinx = "*"
[tool.poetry.group.dev.dependencies]
ruff = "*"
"""

UV_LOCK = """
version = 1
[[package]]
name = "anyio"
version = "4.9.0"
source = { registry = "https://example.com/simple" }
[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://example.com/simple" }
[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://example.com/simple" }
[[package]]
name = "mine"
version = "0.1.0"
source = { editable = "." }
"""

POETRY_LOCK = """
[[package]]
name = "anyio"
version = "4.9.0"
[[package]]
name = "forked"
version = "1.0"
[package.source]
type = "git"
url = "https://example.com/forked"
"""

PYLOCK = """
lock-version = "1.0"
created-by = "hand"
[[packages]]
name = "anyio"
version = "4.9.0"
marker = "python_version >= '3.9'"
[[packages]]
name = "beside"
directory = {path = "../beside"}
"""

TRIO = {"version": "==0.30.0", "markers": "extra == 'x'"}
PIPFILE_LOCK = json.dumps(
    {
        "default": {"anyio": {"version": "==4.9.0"}},
        "develop": {"trio": TRIO},
    }
)

NOXFILE = """
import nox
DEPS = ["httpx", "trio"]
@nox.session(python=["3.12"])
def tests(session):
    session.install("anyio>=4", *DEPS, "-r", "more.txt", "-e", ".[redis]")
    session.install(*session.posargs)
@nox.session(name="unit-tests")
def other(session: nox.Session) -> None:
    session.install("h2")
@nox.session
def lint(session):
    session.install("ruff")
"""

TOX = """
[testenv]
deps =
    anyio>=4  # one
    -rmore.txt
    py38: old
    {[base]deps}
extras = redis, other
[testenv:test-integration]
deps = h2
[testenv:docs]
deps = sphinx
"""


def read(metadata: Metadata | None = None, /, **files: str) -> Needed:
    named = {name.replace("__", "/").replace("_DOT_", "."): text.encode() for name, text in files.items()}
    return read_needs(named, metadata)


def test_poetrys_notation_becomes_that_of_everybody() -> None:
    found = read(pyproject_DOT_toml=POETRY)
    assert found.lines == (
        "anything",
        "either<3.0,>=1.0",
        "exact==1.2.3",
        'marked<2,>=1; sys_platform == "linux"',
        "optional<2,>=1",
        "pytest<9,>=8",
        "redis<6.0,>=5.0",
        'rich[all,jupyter]>=13; python_version >= "3.9"',
        'several<2,>=1; python_version < "3.10"',
        'several<3,>=2; python_version >= "3.10"',
        "tilde<1.3,>=1.2",
        "wildcard==1.*",
    )
    assert found.python == "<4.0,>=3.9"
    assert [name for name in ("forked", "beside", "broken") if any(name in note for note in found.notes)] == [
        "forked",
        "beside",
        "broken",
    ]
    assert not any("secret" in note for note in found.notes)
    assert "not read: pyproject.toml (group docs, group dev)" in found.read


def test_a_group_for_development_counts_where_nothing_for_tests_names_pytest() -> None:
    text = '[tool.poetry.group.dev.dependencies]\npytest-mock = "^3"\n[tool.poetry.dev-dependencies]\ntrio = "*"'
    assert read(pyproject_DOT_toml=text).lines == ("pytest-mock<4,>=3", "trio")


@pytest.mark.parametrize(
    ("files", "pins"),
    [
        ({"uv_DOT_lock": UV_LOCK}, ("anyio==4.9.0",)),
        ({"pdm_DOT_lock": POETRY_LOCK.partition('[[package]]\nname = "forked"')[0]}, ("anyio==4.9.0",)),
        ({"poetry_DOT_lock": POETRY_LOCK}, ("anyio==4.9.0",)),
        ({"pylock_DOT_toml": PYLOCK}, ("anyio==4.9.0",)),
        ({"Pipfile_DOT_lock": PIPFILE_LOCK}, ("anyio==4.9.0", "trio==0.30.0")),
        ({"requirements_DOT_in": "httpx", "requirements_DOT_txt": "anyio==4.9.0 \\\n  --hash=x"}, ("anyio==4.9.0",)),
    ],
)
def test_a_lock_file_says_which_versions_are_preferred_and_not_what_is_needed(
    files: dict[str, str], pins: tuple[str, ...]
) -> None:
    found = read(**{"pyproject_DOT_toml": '[project]\nname = "mine"\ndependencies = ["httpx"]', **files})
    assert found.lines == ("httpx",)
    assert found.preferences == pins
    assert f"versions from {next(iter(reversed(files))).replace('_DOT_', '.')}" in found.read


@pytest.mark.parametrize(
    ("file", "text", "lines"),
    [
        ("pylock_DOT_toml", PYLOCK, ('anyio==4.9.0; python_version >= "3.9"',)),
        ("Pipfile_DOT_lock", PIPFILE_LOCK, ("anyio==4.9.0", 'trio==0.30.0; extra == "x"')),
    ],
)
def test_a_lock_file_that_stands_alone_says_what_is_needed(file: str, text: str, lines: tuple[str, ...]) -> None:
    assert read(**{file: text}).lines == lines


def test_a_lock_file_that_makes_no_sense_says_nothing() -> None:
    found = read(
        uv_DOT_lock="[[package", poetry_DOT_lock="package = 3", Pipfile_DOT_lock="[1]", pylock_DOT_toml="a = 1"
    )
    assert (found.lines, found.preferences) == ((), ())


def test_a_pipfile_brings_its_packages_and_those_for_development() -> None:
    text = """
[packages]
redis = ">=5"
fancy = {version = "==1.0", extras = ["a", "b"], markers = "python_version >= '3.9'"}
mine = {path = ".", editable = true}
forked = {git = "https://example.com/forked"}
[dev-packages]
pytest = "*"
"""
    found = read(Pipfile=text)
    assert found.lines == ('fancy[a,b]==1.0; python_version >= "3.9"', "pytest", "redis>=5")
    assert [("forked" in note) for note in found.notes] == [True]


def test_setup_cfg_brings_dependencies_and_extras_for_tests() -> None:
    text = """
[options]
python_requires = >=3.9
install_requires =
    httpx>=0.20
    # a comment
tests_require = trio
[options.extras_require]
tests = pytest; pytest-mock>=3
docs = sphinx
"""
    found = read(setup_DOT_cfg=text)
    assert (found.lines, found.python) == (("httpx>=0.20", "pytest", "pytest-mock>=3", "trio"), ">=3.9")


def test_what_a_project_was_built_with_comes_before_what_its_files_say() -> None:
    metadata = Metadata(
        name="Mine",
        version="1.0",
        python=">=3.12",
        requires=(
            "httpx",
            'trio ; extra == "test"',
            'h2 ; python_version >= "3.9" and extra == "test"',
            'h3 ; (extra == "test" or extra == "docs") and python_version >= "3.9"',
            'mine[more] ; extra == "test"',
            'wsproto ; extra == "more"',
            'sphinx ; extra == "docs"',
        ),
        extras=("test", "docs", "more"),
    )
    text = '[project]\nname = "mine"\ndependencies = ["other"]\n[dependency-groups]\ntest = ["pytest"]'
    found = read(metadata, pyproject_DOT_toml=text)
    assert [line.partition(";")[0] for line in found.lines] == ["h2", "h3", "httpx", "pytest", "trio", "wsproto"]
    assert 'h2; python_version >= "3.9"' in found.lines
    assert "extra" not in " ".join(found.lines)
    assert found.python == ">=3.12"


def test_pdm_uv_and_hatch_keep_groups_of_their_own() -> None:
    text = """
[project]
name = "mine"
optional-dependencies = {redis-cluster = ["h2"], speed = ["h3"]}
[tool.pdm.dev-dependencies]
test = ["pdm-one", "-e file:///${PROJECT_ROOT}/beside"]
lint = ["ruff"]
[tool.uv]
dev-dependencies = ["uv-one"]
constraint-dependencies = ["anyio<5"]
override-dependencies = ["anyio==4"]
[tool.hatch.envs.default]
dependencies = ["hatch-default"]
[tool.hatch.envs.test]
extra-dependencies = ["hatch-test"]
features = ["speed"]
[tool.hatch.envs.docs]
dependencies = ["sphinx"]
"""
    found = read(pyproject_DOT_toml=text)
    assert found.lines == ("h2", "h3", "hatch-default", "hatch-test", "pdm-one", "uv-one")
    assert found.constraints == ("anyio<5",)
    assert any("override-dependencies" in note for note in found.notes)


def test_folders_beside_a_project_are_not_asked_for_in_the_index() -> None:
    text = """
[project]
name = "mine"
dependencies = ["Beside_It", "forked", "httpx"]
[tool.uv.sources]
beside-it = {workspace = true}
forked = {git = "https://user:secret@example.com/forked"}
"""
    found = read(pyproject_DOT_toml=text)
    assert found.lines == ("forked", "httpx")
    assert ["beside-it" in found.notes[0], "forked" in found.notes[1]] == [True, True]
    assert "secret" not in " ".join(found.notes)


def test_what_nox_installs_for_tests_is_read_where_it_stands_there_literally() -> None:
    extras = '[project]\nname = "mine"\noptional-dependencies = {redis = ["h3"], speed = ["h4"]}'
    found = read(noxfile_DOT_py=NOXFILE, more_DOT_txt="sniffio", pyproject_DOT_toml=extras)
    assert found.lines == ("anyio>=4", "h2", "h3", "httpx", "sniffio", "trio")


def test_what_tox_installs_for_tests_is_read_but_for_what_depends_on_the_environment() -> None:
    found = read(tox_DOT_ini=TOX, more_DOT_txt="sniffio")
    assert found.lines == ("anyio>=4", "h2", "sniffio")
    assert ["py38" in found.notes[0], "base" in found.notes[1]] == [True, True]
    text = '[env_run_base]\ndeps = ["anyio", "-r more.txt"]\n[env.test]\ndeps = ["h2"]\n[env.docs]\ndeps = ["sphinx"]'
    assert read(tox_DOT_toml=text, more_DOT_txt="sniffio").lines == ("anyio", "h2", "sniffio")


def test_constraints_are_bounds_of_what_is_needed_and_no_needs() -> None:
    files = {"requirements.txt": b"-c limits.txt\nanyio", "limits.txt": b"anyio<5\ntrio==0.30"}
    found = read_needs(files)
    assert (found.lines, found.constraints) == (("anyio",), ("anyio<5", "trio==0.30"))


@pytest.mark.parametrize("path", ["tests/requirements.txt", "requirements/testing.in", "reqs/base.txt", "dev-reqs.txt"])
def test_requirements_files_have_many_names(path: str) -> None:
    assert read_needs({path: b"anyio"}).lines == ("anyio",)


def test_files_that_are_named_take_the_place_of_all_others() -> None:
    files = {"mine.txt": b"-r more.in\nanyio", "more.in": b"trio", "requirements.txt": b"httpx"}
    found = read_named(files, ["mine.txt"])
    assert (found.lines, "mine.txt" in found.read) == (("anyio", "trio"), True)


def test_plugins_that_pytest_does_not_start_without_are_needed() -> None:
    options = "--cov=app --reruns=2 -n 2 -q --durations=3 -p no:cacheprovider"
    text = f"[pytest]\naddopts = {options}\nrequired_plugins = pytest-mock>=3"
    assert read(pytest_DOT_ini=text).lines == ("pytest-cov", "pytest-mock>=3", "pytest-rerunfailures", "pytest-xdist")
    assert read(pyproject_DOT_toml='[tool.pytest.ini_options]\naddopts = ["--timeout=3"]').lines == ("pytest-timeout",)
    assert read(setup_DOT_cfg="[tool:pytest]\nDJANGO_SETTINGS_MODULE = app.settings").lines == ("pytest-django",)


@pytest.mark.parametrize(
    ("option", "plugin"),
    [
        ("--cov-report=term", "pytest-cov"),
        ("--covered", None),
        ("-n2", "pytest-xdist"),
        ("-x", None),
        ("--reruns-delay", "pytest-rerunfailures"),
    ],
)
def test_an_option_of_pytest_is_known_by_its_plugin(option: str, plugin: str | None) -> None:
    assert name_plugin(option) == plugin
