"""Which of the user's variables reach uv."""

from __future__ import annotations

from harness.environments.uv_tool import find_uv, make_clean_environment


def test_where_packages_come_from_is_kept_and_what_changes_the_answer_is_dropped() -> None:
    kept = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "HTTPS_PROXY": "http://proxy",
        "UV_CACHE_DIR": "/cache",
        "UV_DEFAULT_INDEX": "https://mirror",
        "UV_INDEX_MIRROR_PASSWORD": "secret",
        "UV_OFFLINE": "1",
        "UV_PYTHON_DOWNLOADS_JSON_URL": "/downloads.json",
        "UV_PYTHON_INSTALL_DIR": "/pythons",
        "UV_PYTHON_INSTALL_MIRROR": "https://mirror",
    }
    dropped = {
        "UV_EXCLUDE_NEWER": "2020-01-01",
        "UV_RESOLUTION": "lowest",
        "UV_PRERELEASE": "allow",
        "UV_CONSTRAINT": "c.txt",
        "UV_PYTHON": "3.9",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_PYTHON": "1",
        "VIRTUAL_ENV": "/venv",
        "CONDA_PREFIX": "/conda",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/elsewhere",
    }
    assert make_clean_environment({**kept, **dropped, "PYTHONUTF8": "0"}) == {**kept, "PYTHONUTF8": "1"}


def test_the_uv_beside_the_harness_is_found_with_its_version() -> None:
    uv = find_uv()
    assert uv.run(["--version"]).stdout.split()[1] == uv.version
