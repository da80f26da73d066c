"""The access log: a line of JSON a request on stderr, gathered and written a few times a second.

A reader that falls behind loses lines rather than stopping the server: a pipe that nobody reads is full after 64 kB,
and a write to it would wait for ever.
"""

import datetime
import os
import threading
import time
from collections import deque

import msgspec

from mnist_serve.http.messages import Request, Response

_CHUNK = 4096  # bytes that a pipe takes whole, so that the lines of several processes never mix (POSIX: 512 at least)
_MOST_WAITING = 20_000  # lines
_LONGEST_PATH = 200
_LAST_WORDS = 1.0  # seconds


class _Line(msgspec.Struct):
    time: str
    request_id: str
    client: str
    method: str
    path: str
    status: int
    received: int
    sent: int
    milliseconds: float
    worker: int


class AccessLog:
    """The log of one process."""

    def __init__(self, *, enabled: bool, descriptor: int = 2) -> None:
        """Opens the log.

        Args:
            enabled: Whether anything is written.
            descriptor: The file to write to.
        """
        self._enabled = enabled
        self._descriptor = descriptor
        self._encoder = msgspec.json.Encoder()
        self._lines: deque[bytes] = deque(maxlen=_MOST_WAITING)
        self._wake = threading.Event()
        # A thread, as a write to a pipe that nobody reads waits for ever.
        self._writer = threading.Thread(target=self._write, daemon=True)
        if enabled:
            self._writer.start()
        self._second = 0
        self._stamp = ""

    def add(self, request: Request, response: Response, seconds: float) -> None:
        """Logs an answer."""
        if not self._enabled:
            return
        line = _Line(
            self._now(),
            request.id,
            request.client,
            request.method,
            request.path[:_LONGEST_PATH],
            response.status,
            len(request.body),
            len(response.body),
            round(seconds * 1000, 3),
            os.getpid(),
        )
        self._lines.append(self._encoder.encode(line) + b"\n")

    def flush(self) -> None:
        """Has the lines written that were added."""
        if self._lines:
            self._wake.set()

    def close(self) -> None:
        """Writes what is left, if somebody reads it."""
        if self._writer.is_alive():
            self._enabled = False
            self._wake.set()
            self._writer.join(_LAST_WORDS)

    def _write(self) -> None:
        while self._wake.wait():
            self._wake.clear()
            try:
                while self._lines:
                    os.write(self._descriptor, self._next_chunk())
            except OSError:  # nobody reads any more
                self._enabled = False
                self._lines.clear()
            if not self._enabled:
                return

    def _next_chunk(self) -> bytes:
        chunk = [self._lines.popleft()]
        size = len(chunk[0])
        while self._lines and size + len(self._lines[0]) <= _CHUNK:
            size += len(self._lines[0])
            chunk.append(self._lines.popleft())
        return b"".join(chunk)

    def _now(self) -> str:
        """ISO 8601 in UTC, to the millisecond; the part down to the second is made once a second."""
        now = time.time()
        if int(now) != self._second:
            self._second = int(now)
            self._stamp = datetime.datetime.fromtimestamp(self._second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._stamp}.{int(now % 1 * 1000):03}Z"
