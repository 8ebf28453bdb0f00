"""Runs in an environment that is not ours, as `python -c`: prints what is installed in it. Standard library, 3.8+.

It writes nothing and starts nothing; what `.pth` files of the environment import at a start is imported.
"""

from __future__ import annotations

import json
import os
import re
import site
import sys
from importlib import metadata


def list_packages() -> list[dict[str, object]]:
    """Each package once, as it is found first on the import path."""
    found: dict[str, dict[str, object]] = {}
    for one in metadata.distributions():
        name = one.metadata["Name"]
        key = re.sub(r"[-_.]+", "-", name or "").lower()
        if key and one.version and key not in found:
            found[key] = {
                "name": name,
                "version": one.version,
                "place": os.path.abspath(str(getattr(one, "_path", ""))),
                "origin": one.read_text("direct_url.json") or "",
                "requires": one.requires or [],
            }
    return list(found.values())


def list_mapped() -> list[str]:
    """Where the finders of editable projects look. They are made by setuptools, one module a project."""
    mappings = [getattr(module, "MAPPING", None) for name, module in sys.modules.items() if "__editable__" in name]
    return sorted({str(path) for mapping in mappings if isinstance(mapping, dict) for path in mapping.values()})


def list_sites() -> list[str]:
    """The folders on the import path that packages are installed into, in their order."""
    places = list(getattr(site, "getsitepackages", list)())
    if site.ENABLE_USER_SITE:
        places.append(site.getusersitepackages())
    return [path for path in dict.fromkeys(sys.path) if path in places]


if __name__ == "__main__":
    sys.path[:] = [path for path in sys.path if path]  # the working folder is not part of it
    found = {
        "executable": sys.executable,
        "packages": list_packages(),
        "sites": list_sites(),
        "path": [path for path in dict.fromkeys(sys.path) if os.path.isdir(path)],
        "mapped": list_mapped(),
        "standard": [os.path.dirname(os.__file__), os.path.join(os.path.dirname(os.__file__), "lib-dynload")],
    }
    sys.stdout.write("\n" + json.dumps(found))
