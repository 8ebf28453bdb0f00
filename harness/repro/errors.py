"""The errors of a verdict, a line each, with the words that the evidence has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.verdicts.model import Channel
from harness.verdicts.observations import fold_text
from harness.verdicts.observing import observe

if TYPE_CHECKING:
    from harness.evidence.model import Evidence
    from harness.verdicts.model import Verdict
    from harness.verdicts.observations import Incident, Observation

CUT = "…"
"""What ends a text that was too long to be kept."""


def list_errors(verdict: Verdict, evidence: Evidence) -> tuple[str, ...]:
    """Each error once: its name, or its type, and its first text.

    What ends a text that was cut for the verdict is taken from the evidence the verdict is derived from.
    """
    incidents = observe(evidence)
    whole = {each.sample: _restore_end(each) for incident in incidents for each in incident}
    named: dict[tuple[Channel, str], str] = {}
    for one in verdict.findings:
        named.setdefault((one.channel, one.signature), whole.get(one.sample, one.sample))
    lines = [_format_error(channel, f"{signature}: {text}") for (channel, signature), text in named.items()]
    surfaces = {(each[0].channel, fold_text(each[0].text)): _add_root(each) for each in incidents}
    for each in verdict.unnamed:
        text = surfaces.get((each.channel, each.text), each.text)
        lines.append(_format_error(each.channel, f"{each.type}: {text}"))
    return tuple(dict.fromkeys(lines))


def _format_error(channel: Channel, text: str) -> str:
    return text if channel is Channel.BODY else f"{channel.value}: {text}"


def _restore_end(observation: Observation) -> str:
    """The observation's sample with its end, where that was cut off."""
    sample, text = observation.sample, _join(observation.text)
    if not sample.endswith(CUT):
        return sample
    head = sample[: -len(CUT)]
    start = next((at for at in range(len(head)) if text.startswith(head[at:])), len(head))
    return head[:start] + text


def _add_root(incident: Incident) -> str:
    """The text of the surface error; where the probe cut it, also that of its cause, with which such texts end."""
    text, root = _join(incident[0].text), incident[-1]
    return f"{text} ← {root.sample}" if text.endswith(CUT) and len(incident) > 1 else text


def _join(text: str) -> str:
    return " ".join(text.split())
