"""Runs modules of the page's script in Node.js, where that is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.report.bundle import bundle, read_page_file

if TYPE_CHECKING:
    from pathlib import Path

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="Node.js isn't installed, which runs the page's script")

_READ = """
let text = "";
process.stdin.setEncoding("utf8");
for await (const part of process.stdin) text += part;
const given = JSON.parse(text);
"""


def run_script(folder: Path, driver: str, given: object) -> Any:
    """What a module prints as JSON. It finds what it is given in `given`, and may import the page's modules."""
    imports, body = driver.split("\n\n", 1)
    text = f"{imports}\n{_READ}{body}"
    script = folder / "driver.mjs"
    script.write_text(bundle("driver.js", lambda path: text if path == "driver.js" else read_page_file(path)), "utf-8")
    done = subprocess.run([NODE or "node", script], input=msgspec.json.encode(given), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
