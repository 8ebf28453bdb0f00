from __future__ import annotations

import tomllib

import pytest

from harness.suites.distributions import DATA, name_distributions


@pytest.mark.parametrize(
    ("module", "distributions"),
    [
        ("yaml", ("PyYAML",)),
        ("dateutil.parser", ("python-dateutil",)),
        ("google.protobuf.message", ("protobuf",)),
        ("psycopg2.extras", ("psycopg2-binary", "psycopg2")),
        ("msgpack", ("msgpack",)),
        ("pytest_mock", ("pytest-mock",)),
        ("django_redis.cache", ("django-redis",)),
    ],
)
def test_a_module_is_brought_by_the_distribution_of_its_name_unless_another_is_known(
    module: str, distributions: tuple[str, ...]
) -> None:
    assert name_distributions(module) == distributions


def test_the_list_names_only_what_is_called_otherwise() -> None:
    listed = tomllib.loads(DATA.read_text(encoding="utf-8"))
    same = {name for name, found in listed.items() if "." not in name and found == [name.replace("_", "-")]}
    assert not same
