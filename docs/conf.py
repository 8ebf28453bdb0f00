"""How Sphinx builds the site: `nox -s docs`."""

import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = PROJECT["name"]
version = release = PROJECT["version"]
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_extra_path = ["_extra"]  # the baseline's report
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_title = f"{project} {version}"
myst_heading_anchors = 3
