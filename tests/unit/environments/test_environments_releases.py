"""Which release was current when: the arithmetic that dates every resolution."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.environments.releases import Release, ReleaseData, Releases, find_nearest, load_releases
from harness.errors import UnknownNameError

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
REFRESHED = EPOCH + timedelta(days=5000)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Release, ...]:
    """Releases in any order of version and time, some yanked; no two uploaded in the same second."""
    days = draw(st.lists(st.integers(0, 4000), min_size=1, max_size=12, unique=True))
    versions = draw(st.permutations([f"{number // 4}.{number % 4}" for number in range(len(days))]))
    yanked = draw(st.lists(st.booleans(), min_size=len(days), max_size=len(days)))
    return tuple(
        Release(version=version, uploaded=EPOCH + timedelta(days=day), yanked=gone, requires_python=">=3.8")
        for version, day, gone in zip(versions, days, yanked, strict=True)
    )


def made_of(*releases: Release) -> Releases:
    return Releases(ReleaseData(REFRESHED, {"thing": releases}))


@given(histories())
def test_a_release_is_out_before_its_time_is_over(history: tuple[Release, ...]) -> None:
    releases = made_of(*history)
    for release in history:
        assert release.uploaded < releases.current_until("thing", release.version) <= REFRESHED


@given(histories())
def test_nothing_comes_out_in_the_time_of_another_release_unless_it_was_yanked(history: tuple[Release, ...]) -> None:
    releases = made_of(*history)
    for release in history:
        end = releases.current_until("thing", release.version)
        between = [other for other in history if release.uploaded < other.uploaded <= end]
        assert all(other.yanked for other in between)


@given(histories())
def test_the_times_of_kept_releases_follow_one_another_without_a_gap(history: tuple[Release, ...]) -> None:
    releases = made_of(*history)
    kept = sorted((each for each in history if not each.yanked), key=lambda each: each.uploaded)
    for release, following in pairwise(kept):
        assert releases.current_until("thing", release.version) == following.uploaded - timedelta(seconds=1)
    for last in kept[-1:]:
        assert releases.current_until("thing", last.version) == REFRESHED


@given(histories(), st.integers(0, 5000))
def test_the_newest_as_of_a_day_is_the_highest_version_out_by_then(history: tuple[Release, ...], day: int) -> None:
    moment = EPOCH + timedelta(days=day)
    newest = made_of(*history).newest("thing", as_of=moment)
    out = [each.version for each in history if each.uploaded <= moment and not each.yanked]
    assert (newest.version if newest else None) == max(
        out, default=None, key=lambda text: tuple(map(int, text.split(".")))
    )


def test_versions_are_ordered_as_versions_and_not_as_text() -> None:
    releases = made_of(Release(version="0.10", uploaded=EPOCH), Release(version="0.9", uploaded=EPOCH))
    assert [each.version for each in releases.versions("thing")] == ["0.9", "0.10"]


def test_a_back_port_ends_the_time_of_the_release_before_it_in_the_calendar() -> None:
    releases = load_releases()
    assert f"{releases.current_until('pytest-asyncio', '0.23.6'):%Y-%m-%d}" == "2024-04-29"
    assert f"{releases.current_until('pytest-asyncio', '0.21.2'):%Y-%m-%d}" == "2024-05-19"
    assert f"{releases.current_until('pytest-asyncio', '0.21.1'):%Y-%m-%d}" == "2023-12-03"


def test_a_yanked_release_can_be_named_but_is_never_offered() -> None:
    releases = load_releases()
    assert releases.get("pytest-asyncio", "0.22.0").yanked
    assert "0.22.0" not in [each.version for each in releases.versions("pytest-asyncio")]
    assert "0.22.0" in [each.version for each in releases.versions("pytest-asyncio", yanked=True)]


def test_the_newest_client_is_the_newest_that_the_python_can_have() -> None:
    releases = load_releases()
    eldest = releases.newest("valkey", python="3.8.18")
    assert eldest is not None
    assert eldest.version == "6.1.0"
    newer = releases.newest("valkey", python="3.12")
    assert newer is not None
    assert newer.uploaded > eldest.uploaded
    assert releases.newest("valkey", python="2.7") is None


def test_the_data_covers_the_range_that_the_project_promises() -> None:
    releases = load_releases()
    oldest = {package: releases.versions(package)[0].version for package in ("pytest-asyncio", "valkey", "redis")}
    assert oldest == {"pytest-asyncio": "0.17.0", "valkey": "6.0.0", "redis": "4.2.0"}


def test_an_unknown_version_is_answered_with_the_nearest_ones_and_how_to_get_newer() -> None:
    with pytest.raises(UnknownNameError, match=r"version of pytest-asyncio '0\.21\.9'") as caught:
        load_releases().get("pytest-asyncio", "0.21.9")
    assert "0.21.2" in caught.value.remedy
    assert "refresh" in caught.value.remedy


def test_an_unknown_package_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError) as caught:
        load_releases().versions("pytest-asynci")
    assert "pytest-asyncio" in caught.value.remedy


@pytest.mark.parametrize(
    ("version", "known"),
    [("1.0", ["1.0.0"]), ("1.99", ["1.10.0"]), ("1.3", ["1.2.0", "1.10.0"]), ("0.1", ["1.0.0"])],
)
def test_the_nearest_version_is_nearest_in_order_and_not_in_spelling(version: str, known: list[str]) -> None:
    assert find_nearest(version, ["1.10.0", "1.0.0", "1.2.0"]) == known


def test_a_pre_release_counts_as_its_release_or_as_of_now_where_that_is_not_out() -> None:
    first = Release(version="1.0", uploaded=EPOCH, requires_python=">=3.8")
    second = Release(version="1.1", uploaded=EPOCH + timedelta(days=9), requires_python=">=3.9")
    releases = made_of(first, second)
    assert releases.get("thing", "1.0rc1") == Release(version="1.0rc1", uploaded=EPOCH, requires_python=">=3.8")
    assert releases.current_until("thing", "1.0rc1") == releases.current_until("thing", "1.0")
    assert releases.get("thing", "1.2a1").fits("3.8") is False
    assert releases.current_until("thing", "1.2a1") == REFRESHED
    assert [each.version for each in releases.versions("thing")] == ["1.0", "1.1"]
    for version in ("1.0.5a1", "1.2", "what"):
        with pytest.raises(UnknownNameError):
            releases.get("thing", version)
