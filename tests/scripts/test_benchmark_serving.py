"""The parts of the serving benchmark that start no peer: its requests, its load client, its table."""

import base64
import email
import email.policy
import json
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from serving_peers import messages
from serving_peers.load import Result, load
from serving_peers.messages import ResponseError
from serving_peers.report import Measurement, table

PICTURE = bytes(range(256))
epoll_only = pytest.mark.skipif(not hasattr(select, "epoll"), reason="the load client needs Linux")


def parsed(request: bytes) -> tuple[str, email.message.EmailMessage]:
    """A request's first line, and its headers and body as Python's own parser reads them."""
    line, _, rest = request.partition(b"\r\n")
    return line.decode(), email.message_from_bytes(rest, policy=email.policy.HTTP)


def contents(message: email.message.EmailMessage, request: bytes) -> bytes:
    """The body, whose length has to be the one that the headers promise."""
    found = request.partition(b"\r\n\r\n")[2]
    assert len(found) == int(message["Content-Length"])
    return found


def test_a_picture_can_be_the_body() -> None:
    request = messages.raw("/predict", PICTURE)

    line, message = parsed(request)
    assert line == "POST /predict HTTP/1.1"
    assert message["Content-Type"] == "image/png"
    assert contents(message, request) == PICTURE


def test_a_picture_can_be_a_file_of_a_form() -> None:
    picture = b"\x89PNG picture"
    request = messages.multipart("/predict", picture, "file")

    _, message = parsed(request)
    contents(message, request)
    (part,) = message.iter_parts()
    assert part.get_param("name", header="content-disposition") == "file"
    assert part.get_filename() == "digit.png"
    assert part.get_content_type() == "image/png"
    assert part.get_payload(decode=True) == picture


def test_a_picture_can_be_base64_in_json() -> None:
    request = messages.base64_json("/predict", PICTURE, "image")

    _, message = parsed(request)
    assert base64.b64decode(json.loads(contents(message, request))["image"]) == PICTURE


def test_a_tensor_follows_its_description() -> None:
    images = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    request = messages.tensor(images)

    _, message = parsed(request)
    body, length = contents(message, request), int(message["Inference-Header-Content-Length"])
    (described,) = json.loads(body[:length])["inputs"]
    assert described["shape"] == [2, 28, 28]
    assert described["parameters"]["binary_data_size"] == len(body) - length
    assert body[length:] == images.tobytes()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-length:5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    ],
)
def test_a_response_is_read_once_all_of_it_is_there(response: bytes) -> None:
    for length in range(len(response)):
        assert messages.body(response[:length]) is None, response[:length]

    assert messages.body(response) == b"hello"


def test_a_chunk_that_looks_like_the_end_is_none() -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n"

    assert messages.body(start) is None
    assert messages.body(start + b"\r\n0\r\n\r\n") == b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "503"),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", "no length"),
    ],
)
def test_a_response_that_is_none_is_told(response: bytes, reason: str) -> None:
    with pytest.raises(ResponseError, match=reason):
        messages.body(response)


def test_percentiles_are_latencies_that_occurred() -> None:
    result = Result(seconds=2.0, latencies=[number / 100 for number in range(1, 101)], client_seconds=0.1)

    assert result.rate == 50
    assert (result.percentile(50), result.percentile(99), result.percentile(100)) == (0.5, 0.99, 1.0)
    assert Result(1.0, [0.25], 0.0).percentile(1) == 0.25


@contextmanager
def answering(answer: Callable[[int], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A server whose answer depends on the number of the request: its port, and what it was sent."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            found = answer(len(received))
            self.send_response(200)
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            self.wfile.write(found)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1], received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@epoll_only
@pytest.mark.parametrize(("connections", "requests"), [(1, 1), (4, 2), (4, 50)])
def test_load_sends_as_many_requests_as_it_is_told(connections: int, requests: int) -> None:
    with answering(lambda _: b"7" * 70_000) as (port, received):
        result = load(
            port,
            messages.raw("/", PICTURE),
            lambda body: len(body) == 70_000,
            connections=connections,
            requests=requests,
        )

    assert received == [PICTURE] * requests
    assert len(result.latencies) == requests
    assert result.latencies == sorted(result.latencies)


@epoll_only
def test_load_ends_when_the_time_is_over() -> None:
    with answering(lambda _: b"7") as (port, received):
        result = load(port, messages.raw("/", PICTURE), bool, connections=2, seconds=0.4)

    assert 0.1 < result.seconds <= 0.4
    # Those that were under way at the end are awaited, but not counted.
    assert len(received) - 2 <= len(result.latencies) <= len(received)


@epoll_only
def test_load_does_not_pass_over_a_wrong_answer() -> None:
    with (
        answering(lambda number: b"7" if number < 5 else b"1") as (port, _),
        pytest.raises(ResponseError, match="wrong answer: b'1'"),
    ):
        load(port, messages.raw("/", PICTURE), b"7".__eq__, connections=1, requests=10)


def measurement(rate: int, ready: float) -> Measurement:
    result = Result(seconds=1.0, latencies=[0.002] * rate, client_seconds=0.1)
    return Measurement(ready, 50_000_000, 60_000_000, 90_000_000, result, result)


def test_the_table_has_medians_and_ratios_to_the_first() -> None:
    measured = {
        "ours": [measurement(1_000, 0.5), measurement(4_000, 0.6), measurement(1_200, 9.0)],
        "peer": [measurement(400, 7.0)],
    }

    headings, ours, peer = table(measured).splitlines()

    assert headings.split()[:2] == ["requests/s", "times"]
    assert ours.split() == ["ours", "1,200", "1.0", "2.00", "2.00", "2.00", "2.00", "50", "60", "90", "0.60"]
    assert peer.split()[:3] == ["peer", "400", "3.0"]
    assert len(headings) == len(ours) == len(peer)
