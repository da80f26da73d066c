"""The load client: keep-alive connections in one epoll loop, each sending its next request once it has its answer."""

import contextlib
import dataclasses
import gc
import math
import select
import socket
import time
from collections.abc import Callable

from serving_peers.messages import ResponseError, body

_PATIENCE = 30  # seconds without any answer
_PAUSE = 0.005  # seconds between connections, so that workers which share a socket get to share the connections too
_MOST = 1 << 18  # bytes read at once


@dataclasses.dataclass(frozen=True)
class Result:
    """What a load run measured.

    Attributes:
        seconds: From the first request to the last counted answer.
        latencies: Seconds from each request to its whole answer, ascending.
        client_seconds: CPU time of the client.
    """

    seconds: float
    latencies: list[float]
    client_seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """The latency in seconds that this share of the requests stayed within."""
        return self.latencies[max(math.ceil(len(self.latencies) * percent / 100) - 1, 0)]


class _Connection:
    """A keep-alive connection with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0
        self._received = b""

    def send(self, request: bytes) -> None:
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Reads what has come: the response's body, or None while some of it is missing."""
        data = self.socket.recv(_MOST)
        if not data:
            raise ResponseError("The server closed a connection.")
        received = self._received + data
        answer = body(received)
        self._received = received if answer is None else b""
        return answer


def load(
    port: int,
    request: bytes,
    right: Callable[[bytes], object],
    *,
    connections: int,
    seconds: float = math.inf,
    requests: float = math.inf,
) -> Result:
    """Sends the same request over and over, until a time or a number is reached.

    Args:
        port: Where the server listens on this machine.
        request: A whole request.
        right: Tells of a response's body whether it has the right answer.
        connections: How many requests are under way at a time.
        seconds: When to stop.
        requests: How many requests to send at most.

    Raises:
        OSError: The server can't be reached.
        ResponseError: An answer is wrong, late or missing.
    """
    with contextlib.ExitStack() as stack:
        opened = []
        for _ in range(connections):
            opened.append(_Connection(port))
            stack.callback(opened[-1].socket.close)
            time.sleep(_PAUSE)
        gc.collect()
        gc.disable()
        stack.callback(gc.enable)
        cpu = time.process_time()
        begin = time.perf_counter()
        latencies, last = _exchange(opened, request, right, begin + seconds, requests)
        spent = time.process_time() - cpu
    if not latencies:
        raise ResponseError(f"The server gave no answer within {seconds} seconds.")
    return Result(last - begin, sorted(latencies), spent)


def _exchange(
    connections: list[_Connection], request: bytes, right: Callable[[bytes], object], end: float, requests: float
) -> tuple[list[float], float]:
    """Keeps all connections busy until the end: the latencies, and when the last answer came that counts."""
    latencies: list[float] = []
    last = 0.0
    with select.epoll() as poll:
        busy = {}
        for connection in connections[: int(min(requests, len(connections)))]:
            busy[connection.socket.fileno()] = connection
            poll.register(connection.socket, select.EPOLLIN)
            connection.send(request)
        left = requests - len(busy)
        while busy:
            events = poll.poll(_PATIENCE)
            if not events:
                raise ResponseError(f"The server gave no answer within {_PATIENCE} seconds.")
            for number, _ in events:
                connection = busy[number]
                answer = connection.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                if not right(answer):
                    raise ResponseError(f"The server gave a wrong answer: {answer[:300]!r}")
                if now <= end:
                    latencies.append(now - connection.sent)
                    last = now
                if now < end and left > 0:
                    left -= 1
                    connection.send(request)
                else:
                    del busy[number]
    return latencies, last
