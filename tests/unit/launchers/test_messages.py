"""What is known of a process that forks when it doesn't answer as it should."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from harness.launchers import messages as module
from harness.launchers.messages import Messages, WarmLostError

if TYPE_CHECKING:
    from collections.abc import Callable


def open_pair() -> tuple[Messages, socket.socket]:
    messages = Messages()
    with messages.hand_over() as descriptor:
        return messages, socket.socket(fileno=os.dup(descriptor))


@pytest.mark.parametrize("notice", [Messages.send, Messages.receive])
def test_a_process_that_has_ended_is_lost_whoever_notices(notice: Callable[[Messages], object]) -> None:
    messages, other = open_pair()
    assert not messages.have_ended()
    other.close()
    with pytest.raises(WarmLostError, match="has ended"):
        notice(messages)
    assert messages.lost
    messages.end()


def test_that_a_process_has_ended_is_seen_before_anything_is_sent() -> None:
    messages, other = open_pair()
    other.close()
    assert messages.have_ended()
    messages.end()


def test_a_process_that_does_not_answer_in_time_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    messages, other = open_pair()
    with other, pytest.raises(WarmLostError, match="hasn't answered"), messages.expect_start():
        messages.receive()
    assert messages.lost
    messages.end()


def test_a_process_that_sends_something_else_is_lost() -> None:
    messages, other = open_pair()
    other.sendall(b"{\n")
    with other, pytest.raises(WarmLostError, match="unreadable"):
        messages.receive()
    assert messages.lost
    messages.end()
