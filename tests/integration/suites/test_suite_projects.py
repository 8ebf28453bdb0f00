"""Building the project that a suite belongs to, with the backends that people use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.environments.uv_tool import find_uv
from harness.suites.project import UNKNOWN, BuildError, Project, find_version, is_installable, list_compiled

PYTHON = Path(sys.executable)
NAMED = '[project]\nname = "mine"\nversion = "1.5"\ndependencies = ["httpx"]\n'
GROUPED = f'{NAMED}[project.entry-points.pytest11]\nmine = "mine"\n'
CODE = {"src/mine/__init__.py": '"""Mine."""\nX = 1\n'}


def backend(requires: str, name: str, project: str = NAMED, more: str = "") -> dict[str, str]:
    text = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{name}"\n{project}{more}'
    return {"pyproject.toml": text, **CODE}


SCM = '[project]\nname = "mine"\ndynamic = ["version"]\n'
PROJECTS = {
    "setuptools without a backend": {"pyproject.toml": NAMED, **CODE},
    "setup.py": {
        "setup.py": "from setuptools import setup\n"
        "setup(name='mine', version='1.5', packages=['mine'], install_requires=['httpx'])\n",
        "mine/__init__.py": "X = 1\n",
    },
    "setup.cfg": {
        "setup.cfg": "[metadata]\nname = mine\nversion = 1.5\n[options]\npackages = mine\ninstall_requires = httpx\n",
        "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        "mine/__init__.py": "X = 1\n",
    },
    "setup.cfg alone": {
        "setup.cfg": "[metadata]\nname = mine\nversion = 1.5\n[options]\npackages = mine\ninstall_requires = httpx\n",
        "mine/__init__.py": "X = 1\n",
    },
    "hatchling": backend("hatchling", "hatchling.build"),
    "flit": backend("flit_core", "flit_core.buildapi", NAMED + 'description = "Mine"\n'),
    "pdm": backend("pdm-backend", "pdm.backend"),
    "poetry": backend(
        "poetry-core",
        "poetry.core.masonry.api",
        '[tool.poetry]\nname = "mine"\nversion = "1.5"\ndescription = ""\nauthors = []\n'
        'packages = [{include = "mine", from = "src"}]\n[tool.poetry.dependencies]\npython = ">=3.8"\nhttpx = "*"\n',
    ),
}
VERSIONED = {
    "setuptools_scm": backend("setuptools_scm>=8", "setuptools.build_meta", SCM, "[tool.setuptools_scm]\n"),
    "hatch-vcs": backend("hatch-vcs", "hatchling.build", SCM, '[tool.hatch.version]\nsource = "vcs"\n'),
    "pdm": backend("pdm-backend", "pdm.backend", SCM, '[tool.pdm.version]\nsource = "scm"\n'),
}
VERSIONED["hatch-vcs"]["pyproject.toml"] = VERSIONED["hatch-vcs"]["pyproject.toml"].replace(
    '"hatch-vcs"', '"hatch-vcs", "hatchling"'
)


def project(files: dict[str, str], root: Path, version: str = UNKNOWN) -> Project:
    content = {path: text.encode() for path, text in files.items()}
    assert is_installable(content)
    return Project(content=content, version=version, uv=find_uv(), root=root)


def ask(folder: Path, code: str) -> str:
    variables = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run([PYTHON, "-c", code], env=variables, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_built_with_its_backend_and_installed_without_what_it_needs(name: str, tmp_path: Path) -> None:
    made = project(PROJECTS[name], tmp_path)
    metadata = made.read_metadata(PYTHON)
    assert (metadata.name, metadata.version, metadata.requires) == ("mine", "1.5", ("httpx",))
    folder = made.install(PYTHON)
    assert ask(folder, "import importlib.metadata as m, mine; print(m.version('mine'), mine.X)") == "1.5 1"
    assert {path.name.partition("-")[0] for path in folder.iterdir() if not path.name.startswith(".")} == {"mine"}


@pytest.mark.parametrize("name", VERSIONED)
def test_a_project_that_takes_its_version_from_a_repository_is_built_without_one(name: str, tmp_path: Path) -> None:
    assert project(VERSIONED[name], tmp_path, "2.5").read_metadata(PYTHON).version == "2.5"


def test_its_entry_points_are_found_and_it_is_built_and_installed_once(tmp_path: Path) -> None:
    files = backend("hatchling", "hatchling.build", GROUPED, '[project.scripts]\nmine = "mine:main"\n')
    folder = project(files, tmp_path).install(PYTHON)
    code = "import importlib.metadata as m; print([e.value for e in m.entry_points(group='pytest11')])"
    assert "'mine'" in ask(folder, code)
    assert any((folder / ("Scripts" if os.name == "nt" else "bin")).iterdir())
    made = folder.stat().st_mtime_ns
    again = project(files, tmp_path)
    assert (again.install(PYTHON), folder.stat().st_mtime_ns) == (folder, made)
    assert project({**files, "new.py": ""}, tmp_path).install(PYTHON) != folder


def test_what_the_build_adds_to_a_package_is_known_by_its_place(tmp_path: Path) -> None:
    files = backend("setuptools_scm>=8", "setuptools.build_meta", SCM, '[tool.setuptools_scm]\nversion_file = "{}"\n')
    text = files.pop("pyproject.toml").format("src/mine/_version.py")
    made = project({"pyproject.toml": text, **files}, tmp_path / "src", "2.5").list_generated(PYTHON)
    assert (list(made), b"2.5" in made["src/mine/_version.py"]) == (["src/mine/_version.py"], True)
    flat = {"pyproject.toml": text.replace("src/", ""), "mine/__init__.py": "", "mine/_version.py": "mine"}
    assert project(flat, tmp_path / "flat", "2.5").list_generated(PYTHON) == {}


FAST = """
#include <Python.h>
static struct PyModuleDef fast = {PyModuleDef_HEAD_INIT, "_fast", 0, -1, 0};
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&fast); }
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a compiler of C")
def test_compiled_modules_of_a_package_in_the_folder_are_put_beside_its_code(tmp_path: Path) -> None:
    files = {
        "setup.py": "from setuptools import Extension, setup\n"
        "setup(name='mine', version='1', packages=['mine'], ext_modules=[Extension('mine._fast', ['mine/_fast.c'])])\n",
        "mine/__init__.py": "from mine import _fast\n",
        "mine/_fast.c": FAST,
    }
    folder = project(files, tmp_path).install(PYTHON)
    [(place, file)] = list_compiled(folder, files).items()
    assert place == f"mine/{file.name}"
    assert file.is_file()
    assert list_compiled(folder, [*files, place]) == {}
    assert list_compiled(folder, ["tests/test_a.py"]) == {}


def test_a_project_that_cannot_be_built_says_why_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"^ValueError: no version for you$"):
        project({"setup.py": "raise ValueError('no version for you')"}, tmp_path).read_metadata(PYTHON)


def test_the_version_is_the_newest_tag_or_that_of_an_unpacked_release(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(tmp_path)]
    assert find_version(tmp_path, {}) == UNKNOWN
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "one"], check=True)
    subprocess.run([*git, "tag", "v3.1.0"], check=True)
    assert find_version(tmp_path, {}) == "3.1.0"
    assert find_version(tmp_path, {"PKG-INFO": b"Metadata-Version: 2.1\nName: mine\nVersion: 4.0\n"}) == "4.0"


@pytest.mark.parametrize(
    "text",
    [
        "[tool.ruff]\n",
        '[tool.poetry]\nname = "mine"\npackage-mode = false\n[build-system]\nrequires = ["poetry-core"]\n',
        '[project]\nname = "mine"\n[tool.uv]\npackage = false\n',
    ],
)
def test_a_folder_that_is_no_package_is_not_built(text: str) -> None:
    assert not is_installable({"pyproject.toml": text.encode(), "test_a.py": b""})
