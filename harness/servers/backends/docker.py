"""The backend `docker`: containers of any image of Valkey or Redis, from 6.2 on.

The package `testcontainers` starts them, and a container of its own, Ryuk, removes them when the harness is gone.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from harness.errors import ServerUnavailableError, UsageError
from harness.servers import urls, views
from harness.servers.backends import configuration
from harness.servers.backends.container_status import ContainerStatus, describe_failure
from harness.servers.model import Place, Running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.processes.guardian import Guardian

NAME = "docker"

IMAGE = "valkey/valkey:9"
"""What `docker` alone stands for."""

REPOSITORIES = {"valkey": "valkey/valkey", "redis": "redis"}
"""What `valkey:8` and `redis:7` are short for."""

_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_REFERENCE = re.compile(rf"[a-z0-9][a-z0-9._/:-]*(:{_TAG.pattern})?(@sha256:[0-9a-f]{{64}})?", re.ASCII)

OPTIONS = configuration.OPTIONS | {
    # Who reaches it is decided by the port that is published, on loopback, and by the password.
    "protected-mode": "no",
    "loglevel": "warning",
}

LABEL = "valkey-loop-matrix"
"""By which the containers can be found."""

LOCAL = ("localhost", "127.0.0.1", "::1")

DEADLINE = 30.0
"""Seconds a server may take to answer."""

INTERVAL = 0.05
"""Seconds between two looks at a server that is starting."""

UNWATCHED = (
    "Ryuk is turned off (TESTCONTAINERS_RYUK_DISABLED), so containers stay if this program is killed: "
    f"docker rm -f $(docker ps -aq --filter label={LABEL})"
)

_making = threading.Lock()
"""Ryuk is started once, before the first container."""


def read_image(choice: str) -> str:
    """The image that `docker`, `docker:IMAGE`, `valkey:8` or `redis:7` names; empty for what names none.

    A URL with a slash too few begins like one, and may have a password in it.
    """
    name, _, rest = choice.partition(":")
    if name in REPOSITORIES:
        return f"{REPOSITORIES[name]}:{rest}" if _TAG.fullmatch(rest) else ""
    if choice == NAME:
        return IMAGE
    return rest if name == NAME and _REFERENCE.fullmatch(rest) else ""


def find(image: str = IMAGE) -> str:
    """The image, where an engine can be asked for it.

    Raises `UsageError` without the package, and `ServerUnavailableError` without an engine on this machine.
    """
    core = _find_package()
    try:
        client = core.DockerClient()
        host = client.host()
        client.client.close()
    except _errors() as error:
        raise ServerUnavailableError(
            f"No Docker engine answers: {describe_failure(error)}",
            remedy="Start one, or name its socket in the variable DOCKER_HOST, which Podman can serve, too.",
        ) from error
    if host not in LOCAL:
        raise ServerUnavailableError(
            f"The Docker engine is on another machine ({host}), and a server's port is opened on loopback only.",
            remedy="Start the server there and name it: --server URL.",
        )
    return image


def is_there(image: str) -> bool:
    """Whether the engine has the image already; so it seems where it can't be asked, which starting it reports."""
    core = _find_package()
    with contextlib.suppress(*_errors()):
        made = core.DockerContainer(image)
        client = made.get_docker_client().client
        try:
            client.images.get(made.image)
        except importlib.import_module("docker.errors").ImageNotFound:
            return False
        finally:
            client.close()
    return True


@contextlib.contextmanager
def run_server(binary: str, *, guardian: Guardian, place: Place) -> Iterator[Running]:  # noqa: ARG001 - Ryuk is there
    """A container of the image, published on the loopback interface, that keeps nothing on disk.

    Raises `ServerUnavailableError` when it doesn't start.
    """
    password = configuration.make_password(place)
    with _run_container(binary, make_command(password), place.port) as container:
        status = ContainerStatus(container)
        url = configuration.make_url(_await_port(binary, status), password)
        _await_answer(binary, url, status)
        yield Running(url=url, container=status, note="" if _is_watched() else UNWATCHED)


def make_command(password: str) -> list[str]:
    """The options of the server. The images take a command that begins so for options of their program."""
    return [*configuration.write_options(OPTIONS), *configuration.make_lock(password)]


@contextlib.contextmanager
def _run_container(image: str, command: list[str], port: int) -> Iterator[Any]:
    """A container that has been started, removed when the context ends."""
    core = _find_package()
    _start_ryuk()
    made = core.DockerContainer(image).with_command(command).with_kwargs(labels={LABEL: "server"})
    made.ports[f"{urls.PORT}/tcp"] = ("127.0.0.1", port) if port else ("127.0.0.1",)
    _require_image(made.get_docker_client().client, made.image)  # a prefix may have been set for all images
    try:
        try:
            made.start()
        except _errors() as error:
            raise _make_error(image, describe_failure(error)) from error
        yield made.get_wrapped_container()
    finally:
        with contextlib.suppress(*_errors()):  # the engine has gone, or somebody removed it
            made.stop()
        made.get_docker_client().client.close()  # which `stop` does only where it could remove it


def _require_image(client: Any, image: str) -> None:
    """Have the engine fetch the image if it isn't there. Raises `ServerUnavailableError`."""
    missing = importlib.import_module("docker.errors").ImageNotFound
    try:
        try:
            client.images.get(image)
        except missing:
            client.images.pull(image)
    except _errors() as error:
        raise ServerUnavailableError(
            f"The image {image} can't be had: {describe_failure(error)}",
            remedy=f"Check its name and the network connection, or try `docker pull {image}`.",
        ) from error


def _start_ryuk() -> None:
    """Start what removes the containers of this process when it is gone. Raises `ServerUnavailableError`."""
    reaper = importlib.import_module("testcontainers.core.container").Reaper
    with _making:
        if not _is_watched():
            return
        try:
            reaper.get_instance()
        except _errors() as error:
            with contextlib.suppress(*_errors()):
                reaper.delete_instance()
            image = _read_settings().ryuk_image
            raise ServerUnavailableError(
                f"Ryuk ({image}), which removes the containers of a program that is gone, does not start: "
                f"{describe_failure(error)}",
                remedy=f"Try `docker pull {image}`, or set TESTCONTAINERS_RYUK_DISABLED=true: then containers stay if "
                "this program is killed.",
            ) from error


def _is_watched() -> bool:
    return not _read_settings().ryuk_disabled


def _read_settings() -> Any:
    return importlib.import_module("testcontainers.core.config").testcontainers_config


def _find_package() -> Any:
    """What of the package is used, which is an extra and imported when it is needed."""
    try:
        return importlib.import_module("testcontainers.core.container")
    except ImportError as error:
        raise UsageError(
            "--server docker needs the package testcontainers, which is not installed.",
            remedy="Install it next to the harness: python -m pip install 'valkey-loop-matrix[docker]'.",
        ) from error


def _errors() -> tuple[type[Exception], ...]:
    """What the packages raise. An `OSError` is what the connection to the engine ends with."""
    return (
        importlib.import_module("docker.errors").DockerException,
        importlib.import_module("testcontainers.core.exceptions").ContainerConnectException,
        OSError,
        RuntimeError,
    )


def _await_port(image: str, status: ContainerStatus) -> int:
    """The port that the engine has published."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if ended := status.ended():
            raise _make_error(image, f"{ended}: {status.read_last_lines()}")
        if port := status.find_port(urls.PORT):
            return port
        time.sleep(INTERVAL)
    raise _make_error(image, f"its port was not published within {DEADLINE:.0f} s")


def _await_answer(image: str, url: str, status: ContainerStatus) -> None:
    """Return when the server answers there."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if views.is_answering(url):
            return
        if ended := status.ended():
            raise _make_error(image, f"{ended}: {status.read_last_lines()}")
        time.sleep(INTERVAL)
    raise _make_error(
        image,
        f"it doesn't answer on port {urls.read_port(url)} of 127.0.0.1 within {DEADLINE:.0f} s: "
        f"{status.read_last_lines()}",
    )


def _make_error(image: str, reason: str) -> ServerUnavailableError:
    return ServerUnavailableError(
        f"The container of {image} did not start: {reason}", remedy="Choose another image, or another --server."
    )
