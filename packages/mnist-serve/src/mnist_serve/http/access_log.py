"""The access log: a line of JSON a request on stderr, gathered and written a few times a second.

A reader that falls behind loses lines rather than stopping the server: a pipe that nobody reads is full after 64 kB,
and a write to it would wait for ever.
"""

import datetime
import os
import select
import time
from collections import deque

import msgspec

from mnist_serve.http.messages import Request, Response

_CHUNK = 4096  # bytes that a pipe takes whole, so that the lines of several processes never mix (POSIX: 512 at least)
_MOST_WAITING = 20_000  # lines
_LONGEST_PATH = 200


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
        """Writes what the reader can take now."""
        while self._lines and self._is_writable():
            chunk = [self._lines.popleft()]
            size = len(chunk[0])
            while self._lines and size + len(self._lines[0]) <= _CHUNK:
                size += len(self._lines[0])
                chunk.append(self._lines.popleft())
            try:
                os.write(self._descriptor, b"".join(chunk))
            except OSError:  # nobody reads any more
                self._enabled = False
                self._lines.clear()

    def _is_writable(self) -> bool:
        try:
            return bool(select.select([], [self._descriptor], [], 0)[1])
        except (OSError, ValueError):  # not something that can be waited for: a file on Windows, or closed
            return os.name == "nt"

    def _now(self) -> str:
        """ISO 8601 in UTC, to the millisecond; the part down to the second is made once a second."""
        now = time.time()
        if int(now) != self._second:
            self._second = int(now)
            self._stamp = datetime.datetime.fromtimestamp(self._second, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._stamp}.{int(now % 1 * 1000):03}Z"
