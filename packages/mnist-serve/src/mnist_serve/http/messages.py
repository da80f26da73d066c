"""What an application takes and gives: requests, responses, and problems that become responses."""

import http
from collections.abc import Mapping

import msgspec

JSON = "application/json"

_REASONS = {status.value: status.phrase for status in http.HTTPStatus}


class Request(msgspec.Struct, kw_only=True):
    """A request that has arrived whole.

    Attributes:
        method: Such as "POST".
        path: As it was sent, without the query.
        query: What follows the question mark, as it was sent.
        headers: Values by lower-case name.
        body: The bytes of the body, as they were sent.
        id: What names the request in the log and in the response.
        client: The other side's address.
        began: When its last byte had arrived, as time.monotonic tells it.
        keep_alive: Whether the client wants to use the connection again.
        is_counted: Whether it is one of those in flight.
    """

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body: bytes
    id: str
    client: str
    began: float
    keep_alive: bool
    is_counted: bool = False

    def header(self, name: bytes) -> str:
        """A header's value; empty if it was not sent."""
        return self.headers.get(name, b"").decode("latin-1").strip()


class Response(msgspec.Struct):
    """What is sent back."""

    status: int
    body: bytes = b""
    type: str = JSON
    headers: Mapping[str, str] = {}


class Problem(Exception):  # noqa: N818 - the name that RFC 9457 has for it
    """What is wrong with a request, with the status to say it with."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def response(self) -> Response:
        """The problem as every endpoint tells it: `{"error": "what is wrong"}`."""
        return Response(self.status, msgspec.json.encode({"error": str(self)}), headers=self.headers)


def serialize(response: Response, request_id: str, *, date: bytes, keep_alive: bool, with_body: bool = True) -> bytes:
    """The bytes of a response.

    Args:
        response: What to send.
        request_id: Sent back as X-Request-ID.
        date: The current time as HTTP writes it.
        keep_alive: Whether the connection stays open.
        with_body: Whether the body follows; for HEAD it does not.
    """
    lines = [
        f"HTTP/1.1 {response.status} {_REASONS[response.status]}\r\n"
        f"Content-Length: {len(response.body)}\r\n"
        f"Content-Type: {response.type}\r\n"
        f"X-Request-ID: {request_id}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
    ]
    lines += [f"{name}: {value}\r\n" for name, value in response.headers.items()]
    if "Cache-Control" not in response.headers:
        lines.append("Cache-Control: no-store\r\n")
    if not keep_alive:
        lines.append("Connection: close\r\n")
    head = "".join(lines).encode("latin-1")
    return b"".join((head, b"Date: ", date, b"\r\n\r\n", response.body if with_body else b""))
