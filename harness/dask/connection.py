"""The client's end of a Dask cluster, as far as it is used here. What isn't typed in Dask ends in this file."""

from __future__ import annotations

import contextlib
import importlib
import logging
import queue
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from harness.dask.offers import Offer, read_offer
from harness.errors import InfrastructureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

TIMEOUT = 10.0
"""Seconds in which a scheduler must answer at first."""

KEPT = "What was stored stays. Mend that and run again: only what is missing is run."


@dataclass(frozen=True, kw_only=True)
class DaskMessage:
    """A task that has ended, or an event that a worker sent."""

    name: str = ""
    data: bytes = b""
    error: BaseException | None = None
    event: dict[str, Any] | None = None


class DaskConnection:
    """Connects on entering. Raises `UsageError` without Dask or for what is no address, `InfrastructureError` where
    nobody answers, then and whenever the scheduler is gone later.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._dask = _import_dask()
        self._client: Any = None
        self._futures: dict[str, Any] = {}
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_be_quiet())
            try:
                self._require_usable()
                self._client = self._dask.Client(self.address, timeout=TIMEOUT, set_as_default=False)
            except OSError as error:
                raise InfrastructureError(
                    f"No Dask scheduler answers at {self.address} within {TIMEOUT:.0f} s.",
                    remedy="Start one with `dask scheduler`, and name the address that it prints, tls:// included.",
                ) from error
            stack.callback(self._close)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def list_offers(self) -> dict[str, Offer]:
        """What each worker offers, by its address."""
        with self._require_scheduler():
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        return {address: read_offer(worker["resources"]) for address, worker in workers.items()}

    def ask(self, function: Callable[[bytes], Any], data: bytes, workers: Iterable[str]) -> dict[str, Any]:
        """What a function gives on each of the workers, outside of tasks; an exception where it failed."""
        with self._require_scheduler():
            answers: dict[str, Any] = self._client.run(function, data, workers=[*workers], on_error="return")
        return answers

    def submit(
        self, name: str, function: Callable[[bytes], bytes], data: bytes, *, needs: Collection[str], urgent: bool
    ) -> None:
        """Have a worker run it that offers what it needs."""
        with self._require_scheduler():
            future = self._client.submit(
                function, data, key=name, resources=dict.fromkeys(needs, 1), priority=int(urgent), pure=False
            )
        self._futures[name] = future
        future.add_done_callback(self._ended.put)

    def listen(self, topic: str) -> None:
        """Take the events of a topic that workers send."""
        self._client.subscribe_topic(topic, lambda event: self._ended.put(DaskMessage(event=event[1])))

    def wait(self, seconds: float) -> DaskMessage | None:
        """What has come next; None where nothing has for so long."""
        try:
            found = self._ended.get(timeout=seconds)
        except queue.Empty:
            return None
        return found if isinstance(found, DaskMessage) else self._settle(found)

    def cancel(self, stop: Callable[[str], None], topic: str) -> None:
        """Take back what was submitted, and have workers end what they are at."""
        with contextlib.suppress(Exception):  # nobody may be there any more
            self._client.cancel([*self._futures.values()], force=True)
            self._client.run(stop, topic, on_error="ignore")

    def _require_usable(self) -> None:
        """Raise `UsageError` for what can't be an address, and for TLS without certificates."""
        try:
            self._dask.comm.resolve_address(self.address)
        except ValueError as error:
            problem = f"{error}"
        else:
            problem = "such a scheduler is in its own process alone" if self.address.startswith("inproc") else ""
        if problem:
            raise UsageError(
                f"--scheduler {self.address} can't be used: {problem}.",
                remedy="Write the address as the scheduler prints it, such as tcp://10.0.0.5:8786.",
            )
        if self.address.startswith("tls://") and not self._dask.Security().get_connection_args("client")["ssl_context"]:
            raise UsageError(
                f"--scheduler {self.address} needs certificates, and Dask's configuration names none.",
                remedy="Name them in its file, or with DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__TLS__CLIENT__CERT and "
                "…__TLS__CLIENT__KEY.",
            )

    def _settle(self, future: Any) -> DaskMessage:
        name = str(future.key)
        self._futures.pop(name, None)
        with self._require_scheduler():
            if future.status == "error":
                return DaskMessage(name=name, error=future.exception())
            return DaskMessage(name=name, data=future.result())

    @contextlib.contextmanager
    def _require_scheduler(self) -> Iterator[None]:
        try:
            yield
        except (OSError, self._dask.CancelledError, self._dask.client.ClosedClientError) as error:
            raise InfrastructureError(f"The Dask scheduler at {self.address} is gone.", remedy=KEPT) from error

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=2)


def _import_dask() -> Any:
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise UsageError(
            "--executor dask needs Dask, which is not installed.",
            remedy="Install it with `pip install 'valkey-loop-matrix[dask]'`, here and where the workers are.",
        ) from error


@contextlib.contextmanager
def _be_quiet() -> Iterator[None]:
    """Dask logs what is printed here as an error, and warns of other Pythons at the workers, which don't matter."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="distributed")
            yield
    finally:
        logging.disable(before)
