"""A server and all processes that it starts: started, awaited, weighed, and stopped."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]

from mnist_core.errors import MnistError
from serving_peers.messages import ResponseError

_START = 120  # seconds that a server may take until its first answer
_STOP = 15  # seconds that it may take to go after SIGTERM
_GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)


class ServerError(MnistError):
    """A server did not start."""


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._process = process
        self._log = log
        self._started = time.perf_counter()
        self._seen: set[psutil.Process] = set()

    def wait(self, ask: Callable[[], object]) -> float:
        """Waits until the server answers.

        Args:
            ask: Sends a request, and raises an OSError or ResponseError unless the right answer comes.

        Returns:
            Seconds since the process was started.

        Raises:
            ServerError: It ended, or took too long.
        """
        reason: Exception | None = None
        while time.perf_counter() < self._started + _START and self._process.poll() is None:
            try:
                ask()
            except (OSError, ResponseError) as error:  # not listening yet, or not ready
                reason = error
                time.sleep(0.01)
            else:
                return time.perf_counter() - self._started
        self._log.seek(0)
        last = self._log.read().decode(errors="replace").splitlines()[-20:]
        raise ServerError("\n".join([f"{self._process.args!r} gives no answer: {reason}", *last]))

    def settle(self) -> None:
        """Waits until no process of the server computes any more, so that the slowest worker is ready too."""
        idle, before = 0, 0.0
        for _ in range(200):
            now = self.cpu_seconds()
            idle = idle + 1 if now - before < 0.02 else 0
            if idle == 5:
                return
            before = now
            time.sleep(0.1)

    def processes(self) -> list[psutil.Process]:
        """The server's processes, those in sessions of their own too."""
        with contextlib.suppress(*_GONE):
            main = psutil.Process(self._process.pid)
            self._seen |= {main, *main.children(recursive=True)}
        return [process for process in self._seen if process.is_running()]

    def cpu_seconds(self) -> float:
        """What all processes have computed so far."""
        total = 0.0
        for process in self.processes():
            with contextlib.suppress(*_GONE):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def memory(self) -> tuple[int, int]:
        """Resident bytes of the largest process, and of all together, where what they share counts once."""
        largest = together = 0
        for process in self.processes():
            with contextlib.suppress(*_GONE):
                sizes = process.memory_full_info()
                largest, together = max(largest, sizes.rss), together + sizes.pss
        return largest, together

    def stop(self) -> None:
        """Ends all processes of the server, kindly at first."""
        processes = self.processes()
        self._process.terminate()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP)
        finally:  # after a second Ctrl-C too
            for process in processes:
                with contextlib.suppress(*_GONE):
                    process.kill()
        self._process.wait()
        psutil.wait_procs(processes, timeout=_STOP)


@contextlib.contextmanager
def serving(command: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Starts a server, and stops it at the end.

    Args:
        command: What to run.
        folder: Where to run it: servers leave files behind.
        environment: Variables beside those of this process.
    """
    with (folder / "log").open("w+b") as log:
        # In a session of its own, so that Ctrl-C reaches this process only, which then stops the server.
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
        server = Server(process, log)
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
