"""Starts a program in another network than the machine's. Linux only.

`PYTHON -I -S network_entry.py new PROGRAM ARGUMENTS…` makes a network with nothing in it but a loopback interface; with
the number of a process in place of `new`, the program joins that process's network. A network ends with its last
process. It imports nothing of the harness, so it starts fast and can be run by its path.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

NEW = "new"
COMPLAINT = "no network of its own: "
FAILED = 125
"""Exit code where the network can't be had."""

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_DUMPABLE = 4
_AF_INET, _SOCK_DGRAM = 2, 2
_SIOCSIFFLAGS = 0x8914
_UP_AND_RUNNING = 0x41
_IFREQ_SIZE = 40


def make_network() -> None:
    """Move this process into a new network. Raises `OSError` where the system doesn't allow it."""
    if sys.platform != "linux":
        raise NotImplementedError
    try:
        _call("unshare", _CLONE_NEWNET)
    except PermissionError:  # somebody without rights has them in a user namespace of its own, where he stays himself
        _call(
            "prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0
        )  # or the files below are root's, if nobody may read the interpreter
        user, group = os.geteuid(), os.getegid()
        _call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "ascii")
        with contextlib.suppress(OSError):  # some containers let nobody write there
            Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0", "ascii")
    _start_loopback()


def join_network(pid: int) -> None:
    """Move this process into the network of another one. Raises `OSError`."""
    user, network = (os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in ("user", "net"))
    if not os.path.samestat(os.fstat(user), os.stat("/proc/self/ns/user")):  # noqa: PTH116 - as the line is read
        _call("setns", user, _CLONE_NEWUSER)
    _call("setns", network, _CLONE_NEWNET)
    os.close(user)
    os.close(network)


def _start_loopback() -> None:
    request = b"lo".ljust(16, b"\0") + _UP_AND_RUNNING.to_bytes(2, sys.byteorder)
    descriptor = _call("socket", _AF_INET, _SOCK_DGRAM, 0)
    _call("ioctl", descriptor, ctypes.c_ulong(_SIOCSIFFLAGS), ctypes.c_char_p(request.ljust(_IFREQ_SIZE, b"\0")))
    os.close(descriptor)


def _call(name: str, *arguments: object) -> int:
    result = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return int(result)


def main() -> None:
    """Move, and become the program."""
    where, *command = sys.argv[1:]
    try:
        if where == NEW:
            make_network()
        else:
            join_network(int(where))
        os.execv(command[0], command)  # noqa: S606 - it is what was asked for
    except OSError as error:
        sys.stderr.write(f"{COMPLAINT}{error}\n")
        raise SystemExit(FAILED) from None


if __name__ == "__main__":
    main()
