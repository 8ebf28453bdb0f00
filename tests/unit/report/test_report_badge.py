"""The badge of a suite or a habit."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import msgspec
import pytest

from harness.catalogue.highlights import load_highlights
from harness.errors import NothingSelectedError, UnknownNameError
from harness.escaping import CONTROLS
from harness.report.badge import GREEN, GREY, MOST_NAME, MOST_WHERE, RED, YELLOW, Badge, draw, find_cell, make_badge
from harness.report.choosing import Chosen
from harness.store.model import Results, Run
from harness.verdicts.model import Status, Verdict
from tests.unit.report.made_up_report import GLOBAL, HOSTILE, NEW, OLD
from tests.unit.store.made_up_results import CLEAN, LEAKS, MASKED, REMOVED, environment, outcome, run_of

SVG = "{http://www.w3.org/2000/svg}"
THERE = {GLOBAL, "suite:mine", "reported/pa-744/one"}
LATEST = environment("1.5.0")
WHERE = (OLD, NEW, LATEST)


def badge_of(*verdicts: Verdict) -> Badge:
    runs = tuple(run_of({GLOBAL: verdict}, where) for verdict, where in zip(verdicts, WHERE, strict=False))
    return make_badge(GLOBAL, Chosen(results=Results(runs=runs), where="results", sources="results", unread=()))


def read(badge: Badge) -> str:
    return ", ".join(filter(None, (f"{badge.what} {badge.where}".rstrip(), badge.run)))


@pytest.mark.parametrize(
    ("verdicts", "message", "colour"),
    [
        ((CLEAN, CLEAN, CLEAN), "clean on pytest-asyncio 0.26.0–1.5.0, 3 of 10 run", GREEN),
        ((REMOVED, CLEAN, CLEAN), "clean on pytest-asyncio 1.0.0–1.5.0, 2 of 9 run", GREEN),
        ((CLEAN, MASKED, CLEAN), "clean on pytest-asyncio 0.26.0 · 1.5.0", YELLOW),
        ((LEAKS, MASKED, REMOVED), "not clean on pytest-asyncio 0.26.0–1.0.0", RED),
        ((REMOVED,), "not applicable", GREY),
        ((Verdict(status=Status.INFRASTRUCTURE), REMOVED), "not measured", GREY),
    ],
)
def test_it_says_on_which_releases_a_habit_is_clean(verdicts: tuple[Verdict, ...], message: str, colour: str) -> None:
    badge = badge_of(*verdicts)
    assert (badge.name, read(badge), badge.colour) == ("a module-level client", message, colour)


def test_what_is_clean_only_sometimes_or_on_some_pythons_is_not_clean_on_the_release() -> None:
    run = run_of({GLOBAL: CLEAN}, OLD)
    both = msgspec.structs.replace(run, outcomes=(*run.outcomes, outcome(GLOBAL, MASKED, where=OLD, sample=1)))
    on_two = (run_of({GLOBAL: CLEAN}, NEW), run_of({GLOBAL: MASKED}, environment("1.0.0", "3.12.1")))
    chosen = Chosen(results=Results(runs=(both, *on_two)), where="results", sources="results", unread=())
    assert read(make_badge(GLOBAL, chosen)) == "clean on pytest-asyncio 1.0.0 (py3.13)"


def test_a_combination_that_can_not_be_resolved_was_not_measured() -> None:
    run = run_of({GLOBAL: Verdict(status=Status.UNRESOLVABLE)}, OLD)
    run = Run(header=msgspec.structs.replace(run.header, environment=None), outcomes=run.outcomes)
    chosen = Chosen(results=Results(runs=(run,)), where="results", sources="results", unread=())
    assert read(make_badge(GLOBAL, chosen)) == "not measured"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        (GLOBAL, GLOBAL),
        ("A  module-level client", GLOBAL),
        ("mine", "suite:mine"),
        ("suite:mine", "suite:mine"),
        ("reported/pa-744/one", "reported/pa-744/one"),
    ],
)
def test_a_suite_a_cell_or_a_habit_can_be_named(name: str, cell: str) -> None:
    assert find_cell(name, THERE, "results") == cell


def test_every_habit_is_found_by_its_title_without_backquotes() -> None:
    cells = {one.cell for one in load_highlights()}
    for one in load_highlights():
        assert find_cell(one.title.replace("`", "").upper(), cells, "results") == one.cell


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("mime", UnknownNameError, "'mine'"),
        ("a modul-level client", UnknownNameError, "'a module-level client'"),
        ("an async fixture, a client per test", NothingSelectedError, "default/function/async_fixture/aclose"),
        ("default/class/module_global/none", NothingSelectedError, "--cell default/class/module_global/none"),
        ("default/clas/module_global/none", UnknownNameError, "'class'"),
        ("suite:other", NothingSelectedError, "--suite DIR"),
    ],
)
def test_what_is_not_there_is_an_error_that_says_what_is_meant(name: str, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        find_cell(name, THERE, "results")
    assert text in f"{caught.value}"


def parse(image: str) -> ElementTree.Element:
    return ElementTree.fromstring(image.encode())  # noqa: S314 - our own


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_text_that_fits(text: str) -> None:
    image = draw(Badge(name=text, what="clean on", where=text, colour=RED))
    root = parse(image)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "path", "g", "text"}
    name, message = (element.text or "" for element in root.iter(f"{SVG}text"))
    assert not CONTROLS.search(image)
    assert len(name) <= MOST_NAME
    assert len(message) <= len("clean on ") + MOST_WHERE
    assert not any(key.startswith("on") or "href" in key for element in root.iter() for key in element.attrib)


def test_it_is_an_image_with_a_name_whose_texts_lie_within_their_boxes() -> None:
    image = draw(badge_of(CLEAN, MASKED, CLEAN))
    root = parse(image)
    title = "a module-level client: clean on pytest-asyncio 0.26.0 · 1.5.0"
    assert (root.get("role"), root.get("aria-label"), root.findtext(f"{SVG}title")) == ("img", title, title)
    split, right = map(int, re.findall(r"M(\d+) 0H(\d+)a", image)[1])
    assert right + 3 == int(root.get("width", ""))
    for element, start, end in zip(root.iter(f"{SVG}text"), (0, split), (split, right), strict=True):
        x, width = int(element.get("x", "")), int(element.get("textLength", ""))
        assert start < x < x + width < end


def test_several_can_stand_in_one_page() -> None:
    assert not any("id" in element.attrib for element in parse(draw(badge_of(CLEAN))).iter())


def test_of_many_ranges_the_newest_are_shown_and_the_title_has_all() -> None:
    many = " · ".join(f"1.{number}.0 (py3.8)" for number in range(20))
    root = parse(draw(Badge(name="mine", what="clean on", where=many, colour=YELLOW)))
    shown = [element.text or "" for element in root.iter(f"{SVG}text")][1]
    assert shown == "clean on … · 1.18.0 (py3.8) · 1.19.0 (py3.8)"
    assert root.findtext(f"{SVG}title") == f"mine: clean on {many}"
