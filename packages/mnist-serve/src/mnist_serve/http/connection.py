"""One connection: takes requests off it in order, sends each one's response, and cuts off who is too slow.

httptools (llhttp) parses; what is here is what a parser leaves open: limits, deadlines, pipelining, and the end.
"""

import asyncio
import math
import time
from collections import deque
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

import httptools

from mnist_serve.http.messages import Problem, Request, Response

if TYPE_CHECKING:
    from mnist_serve.http.server import Server

_MOST_HEAD = 32 * 1024  # bytes of a request's line and headers
_LEAST_RATE = 32 * 1024  # bytes a second of a body, below which its time to arrive runs out
_MOST_PIPELINED = 16  # requests that wait on one connection for the answer to an earlier one
_LINGER = 2.0  # seconds that a client which is still sending has to take its refusal
_UPGRADES = {b"connection", b"upgrade", b"http2-settings"}


class Connection(asyncio.BufferedProtocol):
    """A client's connection."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        # When the request that is arriving must be whole, and when the client must have asked or taken something.
        self._arrives_by = math.inf
        self._rests_until = time.monotonic() + server.request_timeout
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._client = ""

        # The request that is arriving; its head is None until it is whole.
        self._is_arriving = False
        self._head: Request | None = None
        self._head_size = 0
        self._has_ended_one = False  # whether what was just read ended an earlier request
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: bytes | bytearray = b""
        self._refusal: Response | None = None
        self._is_upgrade = False

        # Those that have arrived, some of them refused; whether one is being answered, and what to cancel it by.
        self._waiting: deque[tuple[Request, Response | None]] = deque()
        self._is_asking = False
        self._work: asyncio.Future[list[Response]] | None = None

        self._is_blocked = False  # the client does not take what was sent
        self._is_over = False  # no further request is taken
        self._is_closing = False

    @property
    def deadline(self) -> float:
        """When `expire` is due, as time.monotonic tells it."""
        return min(self._arrives_by, self._rests_until)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._client = str(peer[0]) if peer else ""
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: what was not begun for it is not begun any more."""
        self._is_over = self._is_closing = True
        if self._head:
            self._server.release(self._head)
        self._forget_waiting()
        if self._work:
            self._work.cancel()
        self._server.closed(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio puts what it reads. All connections share one buffer: it is parsed before the next read."""
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have arrived."""
        if self._is_over:
            return
        self._has_ended_one = False
        self._feed(self._server.buffer[:nbytes])
        if self._is_arriving and not self._is_over:
            self._check_arriving(nbytes)
        self._advance()

    def pause_writing(self) -> None:
        """The client does not take what was sent: it is neither listened to nor answered until it does."""
        self._is_blocked = True
        self._pace()

    def resume_writing(self) -> None:
        """The client took what was sent."""
        self._is_blocked = False
        self._advance()

    # What the clock and the server call.

    def expire(self) -> None:
        """The deadline has passed."""
        if self._is_closing or self._rests_until <= time.monotonic():
            self._transport.abort()
        elif not (self._is_asking or self._waiting):  # or else earlier requests are answered first
            seconds = self._server.request_timeout
            self._refuse(Problem(408, f"The request did not arrive within {seconds:g} seconds."))
            self._advance()

    def drain(self, grace: float) -> None:
        """The server is about to stop: an idle connection has some time for a request that is on its way."""
        if not (self._is_arriving or self._waiting or self._is_asking):
            self._rests_until = min(self._rests_until, time.monotonic() + grace)

    def abort(self) -> None:
        """Closes the connection without sending what is left."""
        self._transport.abort()

    # What the parser calls. An exception here would be the parser's: problems become refusals instead.

    def on_message_begin(self) -> None:
        """A request begins."""
        self._is_arriving = True
        self._arrives_by = time.monotonic() + self._server.request_timeout
        self._rests_until = math.inf
        self._head = None
        self._url = b""
        self._headers = {}
        self._body = b""
        self._refusal = None
        self._is_upgrade = False

    def on_url(self, url: bytes) -> None:
        """A piece of the URL."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; one that follows the body in chunks is passed over, as it comes after the request was admitted."""
        if not self._head:
            name = name.lower()
            before = self._headers.get(name)
            self._headers[name] = value if before is None else before + b", " + value

    def on_headers_complete(self) -> None:
        """The head is whole: what can be refused without the body is refused now."""
        if self._parser.should_upgrade():
            self._is_upgrade = True
            return
        path, _, query = self._url.partition(b"?")
        self._head = Request(
            method=self._parser.get_method().decode("ascii"),
            path=_plain(path),
            query=query.decode("latin-1"),
            headers=self._headers,
            body=b"",
            id=self._server.request_id(self._headers.get(b"x-request-id")),
            client=self._client,
            began=0.0,
            keep_alive=self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1",
        )
        self._refusal = self._server.admit(self._head, self._parser.get_http_version())
        if self._refusal:
            return
        if self._headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A piece of the body, which earns time for the rest: not every uplink is fast."""
        if self._refusal or not self._head:
            return
        self._arrives_by += len(body) / _LEAST_RATE
        if len(self._body) + len(body) > self._server.max_body:
            self._server.release(self._head)
            self._refusal = self._server.too_large().response()
            self._body = b""
        elif not self._body:
            self._body = body
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._is_upgrade or not self._head:
            return
        request = self._head
        request.body = bytes(self._body)
        request.began = time.monotonic()
        self._waiting.append((request, self._refusal))
        self._is_over = not request.keep_alive
        self._is_arriving = False
        self._arrives_by = math.inf
        self._has_ended_one = True
        self._head_size = 0
        self._head = None
        self._body = b""

    # The rest is ours.

    def _feed(self, data: memoryview) -> None:
        while data and not self._is_over:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._stay(data[upgrade.args[0] :])
            except httptools.HttpParserError as error:
                if not self._is_over:
                    self._refuse(Problem(400, f"This is not a request of HTTP/1.1: {error}."))
            else:
                return

    def _check_arriving(self, nbytes: int) -> None:
        """Ends a request that goes on too long, or that is refused already: nobody waits for a body not to be read."""
        if self._refusal:
            self._end_with(self._refusal)
        elif not self._head and not self._has_ended_one:
            self._head_size += nbytes
            if self._head_size > _MOST_HEAD:
                self._refuse(Problem(431, f"The request's head has more than {_MOST_HEAD:,} bytes."))

    def _stay(self, rest: memoryview) -> memoryview:
        """Declines to switch to another protocol, as a server may: parses the head as if nobody had asked.

        Java's HTTP client asks with every request, bodies included; the parser stops before the body then.

        Returns:
            What to parse next.
        """
        method = self._parser.get_method()
        if method == b"CONNECT":
            self._refuse(Problem(405, "This server is no proxy.", Allow="GET, HEAD, POST"))
            return rest[:0]
        kept = [name + b": " + value for name, value in self._headers.items() if name not in _UPGRADES]
        head = b"\r\n".join([b"%b %b HTTP/1.1" % (method, self._url), *kept, b"", b""])
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(head)
        return rest

    def _refuse(self, problem: Problem) -> None:
        """Ends the connection with a problem of the request that is arriving."""
        if self._head:
            self._server.release(self._head)
        self._end_with(problem.response())

    def _end_with(self, refusal: Response) -> None:
        request = self._head or Request(
            method="",
            path=self._url[:200].decode("latin-1"),
            query="",
            headers={},
            body=b"",
            id=self._server.request_id(None),
            client=self._client,
            began=0.0,
            keep_alive=False,
        )
        request.keep_alive = False
        request.began = time.monotonic()
        self._waiting.append((request, refusal))
        self._is_over = True
        self._arrives_by = math.inf
        self._head = None
        self._body = b""

    def take(self, request: Request, response: Response | None) -> None:
        """Takes the answer that was asked for; None if it was cancelled."""
        self._server.release(request)
        self._is_asking = False
        self._work = None
        if response and not self._is_closing:
            self._send(request, response)
            self._advance()

    def _advance(self) -> None:
        """Has what has arrived answered, in order, one by one, and no faster than the client takes the answers."""
        while self._waiting and not self._is_asking and not self._is_blocked:
            request, refusal = self._waiting.popleft()
            if refusal:
                self._send(request, refusal)
            else:
                self._is_asking = True
                self._work = self._server.ask(self, request)
        if not self._is_closing:
            self._pace()
            self._rest()

    def _pace(self) -> None:
        """Listens to no further requests while many wait, or their answers do."""
        if self._is_blocked or len(self._waiting) >= _MOST_PIPELINED:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _send(self, request: Request, response: Response) -> None:
        if self._is_closing:
            return
        if self._server.is_draining and not (self._waiting or self._is_arriving):
            request.keep_alive = False
        self._transport.write(self._server.answered(request, response))
        if not request.keep_alive:
            self._close()

    def _close(self) -> None:
        self._is_over = self._is_closing = True
        self._forget_waiting()
        if self._is_arriving:
            # Closing now would reset the connection under a client that is still sending, before it reads the answer.
            self._rests_until = time.monotonic() + _LINGER
            if self._transport.can_write_eof():
                self._transport.write_eof()
        else:
            self._rests_until = time.monotonic() + self._server.request_timeout
            self._transport.close()

    def _forget_waiting(self) -> None:
        for request, _ in self._waiting:
            self._server.release(request)
        self._waiting.clear()

    def _rest(self) -> None:
        """Sets how long nothing need come from the client."""
        if self._transport.get_write_buffer_size():
            self._rests_until = time.monotonic() + self._server.request_timeout
        elif self._is_asking or self._is_arriving:
            self._rests_until = math.inf
        else:
            self._rests_until = time.monotonic() + self._server.idle_time()


def _plain(path: bytes) -> str:
    """A path without what it may be written with: http://host before it, as proxies are asked, and %xx."""
    if not path.startswith(b"/"):
        _, has_host, rest = path.partition(b"://")
        path = b"/" + rest.partition(b"/")[2] if has_host else path
    return unquote(path.decode("latin-1"))
