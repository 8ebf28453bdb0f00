"""The pages made from code are as the code makes them, and the examples print what the pages show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.examples import (
    Example,
    find_examples,
    pages,
    printed_now,
    updated,
    without_variable_parts,
)
from docs.reference import reference_pages
from docs.signature_pages import make_retired_page
from harness.cli.commands import COMMANDS
from harness.verdicts.signatures import RetiredName, load_retired, load_signatures

ROOT = Path(__file__).parents[3]

PAGE = """Before.

<!-- example: committed, from loop_policy, first 3 -->
```console
$ valkey-loop-matrix catalogue
out of date
```

After.
"""


def with_examples(kind: str) -> list[Path]:
    return [
        page for page in pages() if any(each.kind == kind for each in find_examples(page.read_text(encoding="utf-8")))
    ]


def test_the_readme_lists_every_command_in_its_group() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed: list[tuple[str, str]] = []
    for group, name in re.findall(r"^\| (.*?)\| `(.+?)` \|", readme, re.MULTILINE):
        listed.append((group.strip() or listed[-1][0], name))
    assert listed == [(command.group.lower(), command.name) for command in COMMANDS]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "results/README.md"])
def test_what_a_page_outside_the_site_links_to_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_what_a_page_of_the_site_links_to_is_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [one for one in targets if "://" not in one and not (page.parent / one).exists()] == []


def test_no_signature_lost_its_page_and_no_page_its_signature() -> None:
    """A name that a signature had once goes into the retired names, so that its address stays."""
    names = {one.name for one in load_signatures()} | {one.name for one in load_retired()}
    assert {page.stem for page in (ROOT / "docs" / "signatures").glob("*.md")} == names


def test_a_retired_name_has_a_page_that_points_to_what_took_its_place() -> None:
    page = make_retired_page(RetiredName(name="old-name", now=("loop-closed", "different-loop"), since="0.3"))
    assert page.startswith("# old-name\n")
    assert "now [loop-closed](loop-closed.md), [different-loop](different-loop.md)." in page


@pytest.mark.parametrize("path", reference_pages(), ids=lambda path: path.name)
def test_a_page_made_from_code_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == reference_pages()[path], "make it again: python -m docs committed"


def test_the_advice_page_has_a_section_with_an_example_for_every_row_of_its_table() -> None:
    text = (ROOT / "docs" / "advice.md").read_text(encoding="utf-8")
    sections = {name.replace(".", ""): rest for name, _, rest in (one.partition("\n") for one in text.split("\n## "))}
    named = re.findall(r"^\| \[.+?\]\(#(.+?)\)<br>", text, re.MULTILINE)
    assert len(named) >= 15
    assert [name for name in named if "```diff\n" not in sections.get(name, "")] == []
    assert "\\`" not in text
    assert re.search(r"^\| advice \| 1\.\d.*\| 0\.17", text, re.MULTILINE), "the newest release comes first"


@pytest.mark.parametrize("page", with_examples("committed"), ids=lambda page: page.name)
def test_an_example_prints_what_the_page_shows(page: Path) -> None:
    for example, printed in printed_now(page.read_text(encoding="utf-8"), "committed"):
        assert example.output == printed, f"{example.command}: make it again: python -m docs committed"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_output_that_a_page_shows_is_an_example(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    opening = re.findall(r"^```(.*)$", text, re.MULTILINE)[::2]
    assert opening.count("console") == len(list(find_examples(text)))
    assert set(opening) <= {"console", "sh", "toml", "yaml", "python", "sql", "{toctree}"}


def test_an_update_replaces_the_output_and_nothing_else() -> None:
    after = updated(PAGE, "committed")
    assert after.startswith(PAGE.partition("out of date")[0] + "loop_policy")
    assert after.endswith("…\n```\n\nAfter.\n")
    assert "out of date" not in after
    assert updated(PAGE, "server") == PAGE


def test_a_start_that_is_not_printed_is_an_error() -> None:
    with pytest.raises(ValueError, match="no line with 'nowhere'"):
        updated(PAGE.replace("from loop_policy", "from nowhere"), "committed")


def test_a_marker_without_its_block_is_an_error() -> None:
    with pytest.raises(ValueError, match="no block follows"):
        list(find_examples("<!-- example: committed -->\nNothing.\n"))


def test_an_example_of_another_program_is_an_error() -> None:
    (example,) = find_examples(PAGE.replace("$ valkey-loop-matrix", "$ rm -rf"))
    with pytest.raises(ValueError, match="has to start with valkey-loop-matrix"):
        _ = example.arguments


def test_a_command_that_fails_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="ended with 2"):
        updated(PAGE.replace("catalogue", "catalogs"), "committed")


def test_what_differs_from_run_to_run_is_not_compared() -> None:
    one = "run 20261129T193123Z-670b, cpython 3.13.0, 0.69 s, 2 cells\n"
    other = "run 20270101T000000Z-0a1f, cpython 3.13.7, 2 min 31 s, 2 cells\n"
    assert without_variable_parts(one) == without_variable_parts(other)
    assert without_variable_parts(one) != without_variable_parts(one.replace("2 cells", "3 cells"))


def test_output_is_shortened_from_a_line_on() -> None:
    example = Example(kind="committed", command="", output="", start="second", first=2)
    assert example.shorten("first\nsecond\nthird\nfourth\n") == "second\nthird\n…\n"
