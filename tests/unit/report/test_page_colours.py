"""Code can be read on each line's background, in both themes: 4.5 to 1 is the contrast that WCAG asks for."""

from __future__ import annotations

import re

import pytest

from harness.report.bundle import read_page_file

ENOUGH = 4.5
STYLES = read_page_file("page.css") + read_page_file("views/code.css")
COLOURS = {
    name: themes for name, *themes in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", STYLES)
}
RULE = re.compile(r"^([^{}\n/]+) \{([^{}]*)\}$", re.MULTILINE)


def find_colours(selector: str, declared: str) -> set[str]:
    """The colours that rules declare whose selectors have this in them."""
    pattern = re.compile(rf"(?:^|; ?| ){declared}: var\(--([\w-]+)\)")
    return {
        name for where, body in RULE.findall(STYLES) if re.search(selector, where) for name in pattern.findall(body)
    }


TOKENS = {"ink"} | find_colours(r"\.t-|\^=\"t-|\.numbered", "color")
BACKGROUNDS = find_colours(r"^(?:pre|\.added|\.removed|\.marked)\b", "background")


def measure_light(colour: str) -> float:
    """How bright it is, from 0 to 1, as WCAG has it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrast(one: str, other: str) -> float:
    darker, brighter = sorted(map(measure_light, (one, other)))
    return (brighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_most_contrast() -> None:
    assert measure_contrast("#000000", "#ffffff") == pytest.approx(21)


def test_the_colours_of_code_and_of_lines_are_found() -> None:
    assert {"ink", "quiet", "code-keyword", "code-string", "code-name", "code-number"} == TOKENS
    assert {"raised", "clean", "reproduces", "warns"} == BACKGROUNDS


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_each_token_can_be_read_on_each_line(theme: int) -> None:
    faint = {
        (token, line): round(contrast, 2)
        for token in TOKENS
        for line in BACKGROUNDS
        if (contrast := measure_contrast(COLOURS[token][theme], COLOURS[line][theme])) < ENOUGH
    }
    assert faint == {}
