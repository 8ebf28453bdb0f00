"""The page's sources: every module and style sheet is used, every export has somebody who imports it."""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import pytest

from harness.report.bundle import MAIN, bundle, read_page_file
from harness.report.page import STYLES

WEB = Path(str(resources.files("harness.report"))) / "web"
MODULES = {path.relative_to(WEB).as_posix(): path.read_text("utf-8") for path in WEB.rglob("*.js")}
OWN = {name: text for name, text in MODULES.items() if not name.startswith("vendor/")}
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const|let) ([\w$]+)", re.MULTILINE)
IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";', re.MULTILINE)
NODE = shutil.which("node")


def test_each_module_is_reached_from_the_first() -> None:
    reached: set[str] = set()

    def read(name: str) -> str:
        reached.add(name)
        return MODULES[name]

    bundle(MAIN, read)
    assert reached == MODULES.keys()


def test_each_style_sheet_is_in_the_page() -> None:
    assert {path.relative_to(WEB).as_posix() for path in WEB.rglob("*.css")} == set(STYLES)


def test_what_a_module_exports_is_imported_by_another_or_by_a_test() -> None:
    drivers = {path.name: path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py")}
    exported = {(name, export) for name, text in OWN.items() for export in EXPORT.findall(text)}
    imported = {
        (posixpath.normpath(posixpath.join(posixpath.dirname(name), path)), export.split(" as ")[0].strip())
        for name, text in {**OWN, **drivers}.items()
        for names, path in IMPORT.findall(text)
        for export in names.split(",")
    }
    assert exported - imported == set()


@pytest.mark.skipif(NODE is None, reason="Node.js isn't installed, which reads the modules")
def test_the_script_of_the_page_is_well_formed(tmp_path: Path) -> None:
    script = tmp_path / "page.mjs"
    script.write_text(bundle(), "utf-8")
    done = subprocess.run([NODE or "node", "--check", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_moves_so_that_nobody_has_to_ask_for_less_motion() -> None:
    texts = {name: read_page_file(name) for name in STYLES} | OWN
    moving = re.compile(r"\b(?:transition|animation|@keyframes|scroll-behavior)\b|behavior: *.smooth|\.animate\(")
    assert [name for name, text in texts.items() if moving.search(text)] == []


def test_no_module_turns_text_into_markup_or_code() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|unsafeHTML|style=\""
    )
    assert [name for name, text in OWN.items() if forbidden.search(text)] == []
