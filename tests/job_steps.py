"""Running the steps of a job, or of a composite action, one after the other, as a runner of GitHub Actions does."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_EXPRESSION = re.compile(r"\$\{\{ ([\w.-]+) \}\}")
_BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")  # as the runner starts it


class JobStep(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of one."""

    id: str = ""
    name: str = ""
    uses: str = ""
    run: str = ""
    env: dict[str, str] = {}
    inputs: dict[str, str | bool] = msgspec.field(default_factory=dict, name="with")
    condition: str = msgspec.field(default="", name="if")


@dataclass(kw_only=True)
class StepRunner:
    """Steps find the workspace as their folder, and the files that the runner names in variables."""

    workspace: Path
    files: Path
    context: dict[str, str]  # what expressions mean: "inputs.command"
    actions: Mapping[str, Mapping[str, str]]  # outputs of the actions that are used, by name, in their place
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The summary of the job."""
        return (self.files / "summary.md").read_text(encoding="utf-8")

    def run(self, steps: Iterable[JobStep]) -> tuple[int, str]:
        """Exit code of the last step, and what all printed on standard output; the first that fails ends it."""
        printed = ""
        for step in steps:
            if step.uses:
                self._keep(step.id, self.actions[step.uses.partition("@")[0]])
                continue
            done = self._run_script(step)
            printed += done.stdout
            if done.returncode:
                return done.returncode, printed
        return 0, printed

    def _run_script(self, step: JobStep) -> subprocess.CompletedProcess[str]:
        assert "${{" not in step.run, "what an expression holds must not become code"
        outputs = self.files / "outputs"
        outputs.write_text("", encoding="utf-8")
        script = self.files / "script.sh"
        script.write_text(step.run, encoding="utf-8")
        variables = {name: self.evaluate(text) for name, text in step.env.items()}
        files = {"RUNNER_TEMP": self.files, "GITHUB_OUTPUT": outputs, "GITHUB_STEP_SUMMARY": self.files / "summary.md"}
        done = subprocess.run(
            [*_BASH, script],
            cwd=self.workspace,
            env={**os.environ, **{name: str(path) for name, path in files.items()}, **self.variables, **variables},
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=False,
            timeout=600,
        )
        lines = outputs.read_text(encoding="utf-8").splitlines()
        self._keep(step.id, dict(line.split("=", 1) for line in lines))
        return done

    def evaluate(self, text: str) -> str:
        """A text with the values of its expressions."""
        return _EXPRESSION.sub(lambda found: self.context[found[1]], text)

    def _keep(self, step: str, outputs: Mapping[str, str]) -> None:
        self.context |= {f"steps.{step}.outputs.{name}": value for name, value in outputs.items()}
