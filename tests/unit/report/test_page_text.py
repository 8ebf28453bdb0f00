"""The page's text: nothing of the data is markup, and the policy allows the page's own script alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import msgspec

from harness.catalogue.loading import load_catalogue
from harness.report.data import make_page_data
from harness.report.making import make_report
from harness.report.measured import select_measured_outcomes
from harness.report.model import PageSuite, Suites
from harness.report.page import make_page
from harness.store.model import Results, Run
from tests.browser.pages import PAYLOADS, make_hostile
from tests.unit.report.made_up_report import GLOBAL, HOSTILE, NEW, OLD, PLAIN, make_verdict
from tests.unit.report.page_data import read_blocks
from tests.unit.store.made_up_results import CLEAN, MASKED, header, outcome, run_of

if TYPE_CHECKING:
    from pathlib import Path


class Reader(HTMLParser):
    """Elements with their attributes and what is in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.found:
            tag, attributes, text = self.found[-1]
            self.found[-1] = tag, attributes, text + data


def make_results() -> Results:
    """Somebody's results with a hostile text wherever they can have one."""
    runs = []
    for where, text in zip((OLD, NEW) * len(HOSTILE), HOSTILE, strict=False):
        strange = msgspec.structs.replace(where, digest=text, id=f"{where.id}/{text[:50]}", platform=text[:50])
        head = msgspec.structs.replace(header(strange), environment_id=strange.id)
        found = tuple(outcome(cell, make_verdict(text)) for cell in (GLOBAL, f"suite:{text}", text))
        runs.append(Run(header=head, outcomes=found))
    return Results(runs=tuple(runs))


def test_hostile_texts_stay_out_of_the_markup_and_come_back_as_they_were() -> None:
    page = make_report(make_results(), ())
    tags = [tag for tag, _, _ in Reader(page).found]
    assert tags.count("script") == 1 + len(read_blocks(page))
    assert len(re.findall("(?i)</script", page)) == tags.count("script")
    assert "alert(1)" not in page
    data = read_blocks(page)["data"]
    assert {f"suite:{text}" for text in HOSTILE} <= set(data["cells"])
    assert set(HOSTILE) <= {one["reason"] for one in data["verdicts"] if "reason" in one}


def test_every_field_of_the_data_comes_back_as_it_was() -> None:
    results = Results(runs=(run_of({GLOBAL: MASKED, PLAIN: CLEAN}, OLD), run_of({GLOBAL: CLEAN, PLAIN: CLEAN}, NEW)))
    plain = make_page_data(select_measured_outcomes(results), load_catalogue(), title=PAYLOADS[1], sources=PAYLOADS[0])
    suite = PageSuite(
        name="mine", cell=1, tests=("a",), texts=("b",), outcomes={0: (0,)}, ranks=(0,), headlines={0: "c"}, notes={}
    )
    data = make_hostile(msgspec.structs.replace(plain, suites=(suite,)))
    page = make_page(data, Suites(lines=((PAYLOADS[0],),), files=(), suites={}, rendered_for={}))
    blocks = read_blocks(page)
    assert blocks["data"] == json.loads(msgspec.json.encode(data))
    assert blocks["suites"]["lines"] == [[PAYLOADS[0]]]
    assert not [payload for payload in PAYLOADS if payload.startswith("<") and payload in page]


def test_the_policy_names_the_script_and_the_style_of_the_page_and_allows_nothing_else() -> None:
    page = make_report(Results(runs=(run_of({PLAIN: CLEAN}, NEW),)), ())
    found = Reader(page).found
    (policy,) = [
        attributes["content"]
        for tag, attributes, _ in found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    texts = {
        "script-src": re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL),
        "style-src": re.findall(r"<style>(.*?)</style>", page, re.DOTALL),
    }
    for name, (text,) in texts.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules
    assert not any("'unsafe" in rule for rule in rules.values())


def test_nothing_is_fetched_and_no_handler_or_style_stands_in_the_markup() -> None:
    found = Reader(make_report(Results(runs=(run_of({PLAIN: CLEAN}, NEW),)), ())).found
    names = {name for _, attributes, _ in found for name in attributes}
    assert not {name for name in names if name in {"src", "href", "style", "srcset"} or name.startswith("on")}


def test_the_licence_of_each_library_is_in_the_page() -> None:
    page = make_report(Results(runs=(run_of({PLAIN: CLEAN}, NEW),)), ())
    assert "BSD 3-Clause License" in page
    assert "lit-html" in page


def test_only_what_is_in_ones_own_places_is_ones_own(tmp_path: Path) -> None:
    own, other = (
        msgspec.structs.replace(run_of({PLAIN: CLEAN}, where), file=str(tmp_path / place / "a.jsonl"))
        for place, where in (("own", NEW), ("baseline", OLD))
    )
    page = make_report(Results(runs=(own, other)), [tmp_path / "own"])
    environments = read_blocks(page)["data"]["environments"]
    assert {one["dimensions"]["pytest-asyncio"]: one["own"] for one in environments} == {"1.0.0": True, "0.26.0": False}


def test_a_brief_page_leaves_out_what_takes_long() -> None:
    results = Results(runs=(run_of({GLOBAL: MASKED, PLAIN: CLEAN}, NEW),))
    brief, whole = (read_blocks(make_report(results, (), brief=brief)) for brief in (True, False))
    assert "cures" in whole
    assert "cures" not in brief
    assert brief["data"]["outcomes"] == whole["data"]["outcomes"]
    assert brief["suites"] == whole["suites"]
