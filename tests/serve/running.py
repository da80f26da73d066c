"""Starts and stops real servers for the tests."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

READY = re.compile(r"Serving (.+) on (http://127\.0\.0\.1:(\d+)) with (\d+) workers?\. Press Ctrl-C to stop\.")
PATIENCE = 30.0  # seconds for whatever should take a fraction of one


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: Mapping[str, str]  # by lower-case name
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """A server that runs in a process of its own, started with `serve`."""

    def __init__(self, *options: str, **environment: str) -> None:
        self._log = tempfile.NamedTemporaryFile(mode="w+", prefix="serve-", suffix=".log")  # noqa: SIM115 - until stop()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mnist_serve", "--port", "0", *options],
            stderr=self._log,
            env={**os.environ, **environment},
        )
        self._last_words = ""
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self) -> None:
        wait_for(lambda: READY.search(self.log) or self.process.poll() is not None)
        ready = READY.search(self.log)
        assert ready, self.log
        self.model, self.url = ready[1], ready[2]
        self.port, self.workers = int(ready[3]), int(ready[4])

    @property
    def log(self) -> str:
        """What the server has written to stderr."""
        return self._last_words if self._log.closed else Path(self._log.name).read_text()

    def accesses(self) -> list[dict[str, Any]]:
        """The lines of the access log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Sends one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=_names(headers))

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        return self.request("POST", path, body, _names(headers))

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def worker_pids(self) -> list[int]:
        return children(self.process.pid)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and waits for the end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            if not self._log.closed:
                self._last_words = self.log
                self._log.close()


@contextlib.contextmanager
def running(*options: str, **environment: str) -> Iterator[Server]:
    """A server for the length of a block."""
    server = Server(*options, **environment)
    try:
        yield server
    finally:
        server.stop()


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition: Any, patience: float = PATIENCE) -> Any:
    """Waits until a condition holds, and returns what it gave."""
    end = time.monotonic() + patience
    while not (result := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return result


def read_response(connection: socket.socket) -> bytes:
    """One response with a Content-Length, or what came before the connection was closed."""
    received = b""
    while not (match := re.search(rb"Content-Length: (\d+)\r\n", received)) or b"\r\n\r\n" not in received:
        if not (chunk := connection.recv(65536)):
            return received
        received += chunk
    whole = received.index(b"\r\n\r\n") + 4 + int(match[1])
    while len(received) < whole and (chunk := connection.recv(65536)):
        received += chunk
    return received


def _names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
