"""What the connections of one process share: the application, the limits, the clock, the log, and the end."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from email.utils import formatdate
from typing import Protocol

from mnist_serve.http.access_log import AccessLog
from mnist_serve.http.connection import Connection
from mnist_serve.http.messages import Problem, Request, Response, serialize
from mnist_serve.settings import Settings

_READ_AT_ONCE = 256 * 1024  # bytes
_MOST_TOGETHER = 32  # requests answered in one go: more would have the first wait for the last
TICK = 0.25  # seconds between two looks at the deadlines, which makes them that inexact
_GRACE = 1.0  # seconds that idle connections stay open while the server stops
_LAST_CALL = 1.0  # seconds before the end of the drain when what has not begun is refused
_USUAL = 0.1  # seconds that a request which takes long takes, before any was seen
_NEWEST = 0.2  # share of the newest one in the mean of how long they take
_LONGEST_ID = 128


class Application(Protocol):
    """What answers requests. `respond` never raises, and may be called from a thread."""

    def admit(self, request: Request) -> Response | None:
        """Looks at a request's head; returns a response to refuse it before its body is read."""

    def is_quick(self, request: Request) -> bool:
        """Whether answering takes so little time that no other request need be served meanwhile."""

    def respond(self, requests: Sequence[Request]) -> list[Response]:
        """Answers requests that arrived together, each in its place."""

    def answered(self, request: Request, response: Response, seconds: float) -> None:
        """Takes note of an answer that is about to be sent."""


class Server:
    """The HTTP server of one process.

    A connection that has a request whole asks (`ask`), and gets its answer some turns of the event loop later
    (`Connection.take`). What is quick is answered right after all connections that have sent something were read, by
    one call for all of them; what takes long is answered in a thread.

    Attributes:
        application: What answers requests.
        buffer: What connections read into.
        in_flight: Requests with a body whose head has arrived and whose answer has not been made.
        connections: Those that are open.
        is_draining: Whether the server is about to stop.
        max_body: Bytes of a request's body.
        request_timeout: Seconds within which a request must arrive.
    """

    def __init__(
        self, application: Application, settings: Settings, log: AccessLog, closed: Callable[[], None]
    ) -> None:
        """Makes a server with no connections.

        Args:
            application: What answers requests.
            settings: The limits.
            log: Where answers are logged.
            closed: Called for each connection that has ended.
        """
        self.application = application
        self.buffer = memoryview(bytearray(_READ_AT_ONCE))
        self.in_flight = 0
        self.connections: set[Connection] = set()
        self.is_draining = False
        self.max_body = settings.max_body
        self.request_timeout = settings.request_timeout
        self._settings = settings
        self._log = log
        self._closed = closed
        self._id_prefix = secrets.token_hex(4)
        self._ids = itertools.count(1)
        self._date = b""
        # One thread beside the one that serves: a worker is a core's worth of processes.
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._slow: set[Future[list[Response]]] = set()  # what the thread does or will do
        self._pace = _USUAL
        self._quick: list[tuple[Connection, Request]] = []
        self._emptied = asyncio.Event()
        self.tick()

    # What connections call.

    def opened(self, connection: Connection) -> None:
        """A connection was opened."""
        self.connections.add(connection)
        if self.is_draining:
            connection.drain(_GRACE)

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        self._closed()
        if not self.connections:
            self._emptied.set()

    def request_id(self, asked: bytes | None) -> str:
        """The client's name for a request if it is a sane one, else one of our own."""
        if asked and len(asked) <= _LONGEST_ID and asked.isascii() and (text := asked.decode("ascii")).isprintable():
            return text
        return f"{self._id_prefix}-{next(self._ids):x}"

    def admit(self, request: Request, version: str) -> Response | None:
        """Refuses what can be refused by its head: what the application refuses, too large ones, too many at once.

        What is admitted and has a body is in flight until it is released.
        """
        if version not in ("1.0", "1.1"):
            return Problem(400, f"This server speaks HTTP/1.1, not {version}.").response()
        hosts = request.headers.get(b"host")
        if (hosts is None and version == "1.1") or (hosts and b"," in hosts):
            return Problem(400, "A request of HTTP/1.1 needs one Host header.").response()
        if refusal := self.application.admit(request):
            return refusal
        length = request.headers.get(b"content-length")
        if request.method in ("GET", "HEAD"):
            if b"transfer-encoding" in request.headers or length not in (None, b"0"):
                return Problem(400, f"A {request.method} takes no body here.").response()
            return None
        if length and int(length) > self.max_body:
            return self.too_large().response()
        if self.in_flight >= self._settings.max_in_flight:
            return Problem(503, "The server has as many requests as it takes at once.", Retry_After="1").response()
        request.is_counted = True
        self.in_flight += 1
        return None

    def release(self, request: Request) -> None:
        """A request is in flight no more: it is answered, refused after all, or its client is gone."""
        if request.is_counted:
            request.is_counted = False
            self.in_flight -= 1

    def too_large(self) -> Problem:
        """The problem of a body beyond the limit."""
        return Problem(413, f"The body has more than the {self.max_body:,} bytes that this server takes.")

    def ask(self, connection: Connection, request: Request) -> asyncio.Future[list[Response]] | None:
        """Has a request answered, together with those that others ask now; `connection.take` gets the answer.

        Returns:
            Where it takes long, and a thread does it, a future to cancel it by.
        """
        if not self.application.is_quick(request):
            return self._answer_slowly(connection, request)
        self._quick.append((connection, request))
        if len(self._quick) == 1:  # by then, all that arrived in this turn of the loop has been read
            asyncio.get_running_loop().call_soon(self._answer_quick)
        return None

    def answered(self, request: Request, response: Response) -> bytes:
        """The bytes to send, once the answer is noted in log and metrics."""
        seconds = time.monotonic() - request.began
        self.application.answered(request, response, seconds)
        self._log.add(request, response, seconds)
        return serialize(
            response,
            request.id,
            date=self._date,
            keep_alive=request.keep_alive,
            with_body=request.method != "HEAD",
        )

    def idle_time(self) -> float:
        """Seconds that a connection may be idle from now on."""
        return _GRACE if self.is_draining else self._settings.keep_alive

    def _answer_slowly(self, connection: Connection, request: Request) -> asyncio.Future[list[Response]] | None:
        """Has the thread answer, unless more waits for it than could be done before a server that stops has ended."""
        if len(self._slow) * self._pace > self._settings.drain_timeout / 2:
            refusal = Problem(503, "The server has as much to read as it takes at once.", Retry_After="1").response()
            asyncio.get_running_loop().call_soon(connection.take, request, refusal)
            return None
        job = self._thread.submit(self._work, request)
        self._slow.add(job)

        def take(answer: asyncio.Future[list[Response]]) -> None:
            self._slow.discard(job)
            if answer.cancelled():  # the server stops; or the client is gone, and takes nothing
                connection.take(request, Problem(503, "The server is stopping.", Retry_After="1").response())
            else:
                connection.take(request, answer.result()[0])

        answer = asyncio.wrap_future(job)
        answer.add_done_callback(take)
        return answer

    def _work(self, request: Request) -> list[Response]:
        began = time.monotonic()
        try:
            return self.application.respond([request])
        finally:
            self._pace += (time.monotonic() - began - self._pace) * _NEWEST

    def _answer_quick(self) -> None:
        asked, self._quick = self._quick[:_MOST_TOGETHER], self._quick[_MOST_TOGETHER:]
        if self._quick:
            asyncio.get_running_loop().call_soon(self._answer_quick)
        responses = self.application.respond([request for _, request in asked])
        for (connection, request), response in zip(asked, responses, strict=True):
            connection.take(request, response)

    # What the process calls.

    def tick(self) -> None:
        """Ends what is over its time, writes the log, tells the date."""
        now = time.monotonic()
        for connection in [each for each in self.connections if each.deadline <= now]:
            connection.expire()
        self._date = formatdate(usegmt=True).encode("ascii")
        self._log.flush()

    async def drain(self) -> None:
        """Finishes what was accepted; what has not begun when time runs out is refused, what goes on is cut off."""
        self.is_draining = True
        for connection in list(self.connections):
            connection.drain(_GRACE)
        self._emptied.clear()
        if self.connections:
            last_call = max(self._settings.drain_timeout - _LAST_CALL, self._settings.drain_timeout / 2)
            refusing = asyncio.get_running_loop().call_later(last_call, self._refuse_waiting)
            try:
                await asyncio.wait_for(self._emptied.wait(), self._settings.drain_timeout)
            except TimeoutError:
                for connection in list(self.connections):
                    connection.abort()
            refusing.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._log.close()

    def _refuse_waiting(self) -> None:
        for job in list(self._slow):
            job.cancel()  # unless it has begun
