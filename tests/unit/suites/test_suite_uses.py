"""What a suite's code says it needs, without executing any of it."""

from __future__ import annotations

import pytest

from harness.suites.uses import Uses, find_own_module, read_uses


def read(**files: str) -> Uses:
    """The uses of files, `__` in a name standing for a slash."""
    return read_uses({f"{name.replace('__', '/')}.py": text.encode() for name, text in files.items()})


def test_modules_of_tests_and_of_what_they_import_of_the_suite_are_named_with_their_place() -> None:
    found = read(
        tests__conftest="import os, json\nfrom app import models\nfrom .helpers import make\n",
        tests__helpers="import factory\n",
        app__models="from sqlalchemy.orm import Session\nimport app.settings\n",
        app__settings="import dotenv\n",
        scripts__deploy="import boto3\n",
    )
    assert found.modules == {
        "factory": "tests/helpers.py:1",
        "sqlalchemy.orm": "app/models.py:1",
        "dotenv": "app/settings.py:1",
    }


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import ujson\nexcept ImportError:\n    ujson = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ujson\n",
        "def test_a():\n    import ujson\n",
        "import pytest\nujson = pytest.importorskip('ujson')\n",
    ],
)
def test_what_a_suite_can_do_without_is_not_named(code: str) -> None:
    assert "ujson" not in read(test_a=code).modules


def test_variables_that_are_read_at_import_are_named_unless_the_suite_sets_them() -> None:
    found = read(
        conftest="import os\nos.environ.setdefault('MODE', 'test')\nos.environ['SET'] = 'x'\n",
        test_a=(
            "import os\nfrom os import environ\n"
            "HOST = os.environ['APP_REDIS_HOST']\nPORT = int(environ['APP_REDIS_PORT'])\n"
            "MODE, SET = os.environ['MODE'], os.environ['SET']\nOTHER = os.environ.get('OTHER')\n"
            "def test_a():\n    os.environ['LATER']\n"
        ),
    )
    assert found.variables == {"APP_REDIS_HOST": "test_a.py:3", "APP_REDIS_PORT": "test_a.py:4"}


def test_settings_of_other_libraries_are_named_unless_they_have_a_default() -> None:
    found = read(
        test_a=(
            "from decouple import config\nfrom environs import Env\nenv = Env()\n"
            "A = config('A')\nB = config('B', default='b')\nC = env.str('C')\nD = env.int('D', 4)\nE = env('E')\n"
        )
    )
    assert found.variables == {"A": "test_a.py:4", "C": "test_a.py:6", "E": "test_a.py:8"}


def test_fields_of_pydantic_settings_without_a_value_are_variables_with_their_prefix() -> None:
    found = read(
        test_a=(
            "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='APP_')\n"
            "    redis_host: str\n    debug: bool = False\n"
        )
    )
    assert found.settings == {"Settings": ("APP_REDIS_HOST",)}


def test_fixtures_that_the_suite_does_not_have_and_marks_are_named() -> None:
    found = read(
        conftest="import pytest\n@pytest.fixture\ndef user(db): ...\n@pytest.fixture(name='cart')\ndef make(): ...\n",
        test_a="import pytest\n@pytest.mark.django_db\ndef test_a(user, cart, mocker): ...\n",
    )
    assert found.fixtures == {"db": "conftest.py:3", "mocker": "test_a.py:3"}
    assert found.marks == {"django_db": "test_a.py:2"}


def test_a_file_that_cannot_be_parsed_is_left_out() -> None:
    assert read(test_a="def (", test_b="import yaml\n").modules == {"yaml": "test_b.py:1"}


def test_a_module_of_the_suite_is_found_in_the_folder_that_has_to_be_on_the_path() -> None:
    content = ("src/mylib/__init__.py", "src/mylib/a.py", "tests/test_a.py", "tool.py")
    assert find_own_module(content, "mylib.a") == "src"
    assert find_own_module(content, "tool") == ""
    assert find_own_module(content, "other") is None


def test_what_the_settings_of_django_need_is_named_though_no_test_imports_them() -> None:
    found = read_uses(
        {
            "pytest.ini": b"[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\n",
            "shop/__init__.py": b"",
            "shop/settings.py": b"import os\nimport environ_of_django\nSECRET_KEY = os.environ['SECRET_KEY']\n",
        }
    )
    assert found.modules == {"environ_of_django": "shop/settings.py:2"}
    assert found.variables == {"SECRET_KEY": "shop/settings.py:3"}
