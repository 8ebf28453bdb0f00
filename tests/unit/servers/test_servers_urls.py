"""What may be shown of a server's URL, and what it says."""

from __future__ import annotations

import pytest
from valkey.connection import parse_url

from harness.servers import urls


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("valkey://127.0.0.1:6379/5", "valkey://127.0.0.1:6379/5"),
        ("valkey://:secret@host:1/5", "valkey://:***@host:1/5"),
        ("rediss://joe:secret@[::1]:1", "rediss://joe:***@[::1]:1"),
        ("redis://joe@host", "redis://joe@host"),
        ("valkey://joe:a@b:c@host/1", "valkey://joe:***@host/1"),
        ("redis://host/1?password=secret&db=3", "redis://host/1?password=***&db=3"),
        ("unix:///run/valkey.sock?db=2", "unix:///run/valkey.sock?db=2"),
    ],
)
def test_the_password_never_shows(url: str, shown: str) -> None:
    assert urls.mask_password(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "valkey://host:1",
        "valkey://host:1/",
        "valkey://host:1/7",
        "valkey://host:1/7?db=3",
        "valkeys://:x@host/12",
        "redis://host/abc",
        "unix:///run/valkey.sock",
        "unix:///run/valkey.sock?db=2",
    ],
)
def test_the_database_is_the_one_that_the_client_would_take(url: str) -> None:
    assert urls.read_number(url) == parse_url(url).get("db")


@pytest.mark.parametrize(
    "url", ["valkey://:x@host:1", "rediss://u:p%40@host/2?db=7", "unix:///run/valkey.sock?db=2&password=x"]
)
def test_changing_the_database_changes_nothing_else(url: str) -> None:
    before, after = parse_url(url), parse_url(urls.replace_number(url, 9))
    assert after["db"] == 9
    assert {**before, "db": 9} == dict(after)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("valkey://:x@host:1/3", "redis://:x@host:1/3"),
        ("valkeys://host", "rediss://host"),
        ("redis://host", "redis://host"),
        ("unix:///run/valkey.sock?db=2", "unix:///run/valkey.sock?db=2"),
    ],
)
def test_redis_py_gets_a_scheme_that_it_knows(url: str, expected: str) -> None:
    assert urls.convert_for_redis(url) == expected


@pytest.mark.parametrize(
    "url", ["valkey://host:1", "valkey://host:1/7", "valkeys://:x@host/12?ssl_cert_reqs=none", "unix:///a/b.sock?db=2"]
)
def test_a_url_that_says_where_a_database_is_is_understood(url: str) -> None:
    assert urls.find_mistake(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "valkey://host/secret",
        "valkey://host/-1",
        "valkey://host/1/secret",
        "valkey://:1/secret@host",
        "valkey://host/1?secret=1",
        "valkey://host/1?decode_responses=secret",
        "valkey://host/1#secret",
    ],
)
def test_what_the_client_would_overlook_or_take_for_something_else_is_named_without_repeating_it(url: str) -> None:
    problem = urls.find_mistake(url)
    assert problem
    assert "secret" not in problem
