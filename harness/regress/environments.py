"""Which environments of a baseline are run again, and what each becomes with the versions that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.environments.identity import PLUGIN, platform_tag, split_implementation
from harness.environments.interpreters import for_minor
from harness.errors import NoInterpreterError, NothingSelectedError
from harness.invocation import command_line
from harness.output.text import count, one_line
from harness.regress.again import changed, described_exactly, further, python_of, request_of
from harness.regress.versions import held_against

if TYPE_CHECKING:
    from harness.environments.model import Environment, EnvironmentRequest, Unresolvable
    from harness.environments.provisioning import Provisioner
    from harness.regress.baseline import Baseline
    from harness.regress.versions import RequestedVersions, VersionChoice


class Environments:
    """The environments of the baseline that are run again, each with its request; `notes` say why others are not."""

    def __init__(self, baseline: Baseline, asked: RequestedVersions, provisioner: Provisioner) -> None:
        self._asked = asked
        self._provisioner = provisioner
        self.notes: list[str] = []
        usable = self._usable(baseline)
        self.requests = tuple(
            (before, request)
            for wanted in asked.combinations()
            for before in held_against(wanted, usable)
            if (request := self._request(before, wanted)) is not None
        )
        if not self.requests:
            raise NoInterpreterError(
                f"Nothing of the baseline {baseline} can be run here: {' '.join(dict.fromkeys(self.notes))}",
                remedy="Name other versions, or install what is missing; "
                f"`{command_line('environments')}` lists what there is.",
            )

    def described(
        self, request: EnvironmentRequest, before: Environment
    ) -> tuple[EnvironmentRequest, Environment | Unresolvable]:
        """The request, and what it makes: the very packages of the baseline where no version was asked for."""
        if self._asked.packages:
            return request, self._provisioner.describe(request)
        return described_exactly(request, before, self._provisioner)

    def _usable(self, baseline: Baseline) -> list[Environment]:
        """Those of this platform, if there are any, and with no further packages but those that were named."""
        environments = baseline.measured.environments
        here = [one for one in environments if one.platform == platform_tag()]
        if not here:
            platforms = sorted({one_line(one.platform, 40) for one in environments})
            self.notes.append(f"The baseline was measured on {', '.join(platforms)}, this machine is {platform_tag()}.")
        if baseline.unresolvable:
            self.notes.append(
                f"{count(baseline.unresolvable, 'combination')} of the baseline could not be resolved and not run then."
            )
        named = {name for name, _ in self._asked.pins}
        usable = []
        for one in here or environments:
            missing = sorted(further(one) - named)
            if missing:
                # Its files come from anywhere: nothing is installed because they say so.
                pins = " ".join(f"--with {name}=={one.installed[name]}" for name in missing)
                self.notes.append(one_line(f"{one.id} is not run: it has further packages, name them: {pins}.", 300))
            else:
                usable.append(one)
        if not usable:
            raise NothingSelectedError(
                f"Every environment of the baseline {baseline} has further packages.", remedy=self.notes[-1]
            )
        return usable

    def _request(self, before: Environment, wanted: VersionChoice) -> EnvironmentRequest | None:
        interpreters, releases = self._provisioner.interpreters, self._provisioner.releases
        if wanted.python:
            for_minor(interpreters, wanted.python)  # what was named must be there
            return changed(request_of(before, wanted.python), wanted)
        try:
            python = python_of(before, interpreters)
        except NoInterpreterError as error:
            self.notes.append(f"{error.problem.partition('. ')[0]}: what the baseline holds for it is not run.")
            return None
        minor = split_implementation(python)[1]
        for package, version in (
            (PLUGIN, wanted.plugin),
            ("pytest", wanted.pytest),
            (wanted.client, wanted.client_version),
        ):
            if version and not releases.get(package, version).fits(minor):
                self.notes.append(f"{package} {version} doesn't support Python {minor}: nothing was run there.")
                return None
        return changed(request_of(before, python), wanted)
