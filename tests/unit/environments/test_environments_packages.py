"""The files of packages from which environments are put together."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from harness.environments.model import Interpreter
from harness.environments.packages import PackageFiles
from harness.environments.uv_tool import Uv


class InstallingUv(Uv, frozen=True):
    """Installs packages that all have the file `shared/__init__.py`, and one each of their own."""

    def require(self, *arguments: str, stdin: str = "") -> None:
        site = Path(arguments[arguments.index("--target") + 1])
        for name, _, version in (line.partition("==") for line in stdin.split()):
            info = f"{name}-{version}.dist-info"
            texts = {
                f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
                f"{name}.py": "",
                "shared/__init__.py": "",
            }
            for path, text in texts.items():
                (site / path).parent.mkdir(parents=True, exist_ok=True)
                (site / path).write_text(text)
            (site / info / "RECORD").write_text("".join(f"{path},,\n" for path in (*texts, f"{info}/RECORD")))


def test_each_of_two_packages_that_were_installed_together_has_the_file_that_both_have(tmp_path: Path) -> None:
    packages = PackageFiles(tmp_path / "packages", InstallingUv("uv", "0"))
    interpreter = Interpreter(version=platform.python_version(), executable=sys.executable)

    def link(*freeze: str) -> set[str]:
        environment = tmp_path / "-".join(freeze)
        site = environment / "site"
        site.mkdir(parents=True)
        packages.link(freeze, interpreter, site, environment / "bin" / "python")
        return {path.relative_to(site).as_posix() for path in site.rglob("*.py")}

    assert link("apple==1", "pear==1") == {"apple.py", "pear.py", "shared/__init__.py"}
    assert link("apple==1") == {"apple.py", "shared/__init__.py"}
    assert link("pear==1") == {"pear.py", "shared/__init__.py"}
