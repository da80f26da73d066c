"""HTTP itself: keep-alive, pipelining, chunks, broken requests, limits, slow clients, overload."""

import contextlib
import platform
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from serve.running import Server, read_response, running, wait_for
from support import png

HOST = b"Host: localhost\r\n"
LIVE = b"GET /v2/health/live HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(scope="module")
def bounded() -> Iterator[Server]:
    """A server with small limits."""
    with running(
        "--workers", "1", "--request-timeout", "1", "--keep-alive", "3",
        "--max-body", "20000", "--max-in-flight", "2", "--max-connections", "8",
    ) as started:  # fmt: skip
        yield started


def post(body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST /predict HTTP/1.1", HOST.strip(), b"Content-Length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


def exchange(server: Server, sent: bytes) -> bytes:
    """What comes back for some bytes on a connection of their own."""
    with server.connect() as connection:
        connection.sendall(sent)
        return read_response(connection)


def test_a_connection_serves_many_requests(server: Server) -> None:
    with server.connect() as connection:
        for _ in range(5):
            connection.sendall(LIVE)
            assert read_response(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_client_can_ask_for_the_connection_to_be_closed(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(LIVE.replace(HOST, HOST + b"Connection: close\r\n"))
        assert b"Connection: close" in read_response(connection)
        assert connection.recv(1) == b""


def test_http_1_0_closes_after_each_response(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /v2/health/live HTTP/1.0\r\n\r\n")
        assert read_response(connection).startswith(b"HTTP/1.1 200 OK")
        assert connection.recv(1) == b""


def test_http_1_0_is_not_kept_open_without_saying_so(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /v2/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert b"Connection: close" in read_response(connection)
        assert connection.recv(1) == b""


def test_a_get_takes_no_body(server: Server) -> None:
    """Otherwise anybody could have bodies kept in memory by asking for what needs no key."""
    head = LIVE.replace(HOST, HOST + b"Content-Length: 1\r\n")
    assert exchange(server, head).startswith(b"HTTP/1.1 400")
    head = LIVE.replace(HOST, HOST + b"Transfer-Encoding: chunked\r\n")
    assert exchange(server, head).startswith(b"HTTP/1.1 400")


def test_what_follows_a_body_in_chunks_changes_no_header(server: Server, pictures: list[bytes]) -> None:
    head = b"POST /predict HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
    body = b"%x\r\n%b\r\n0\r\nContent-Type: text/plain\r\n\r\n" % (len(pictures[7]), pictures[7])

    assert exchange(server, head + body).startswith(b"HTTP/1.1 200")


def test_pipelined_requests_are_answered_in_order(server: Server, pictures: list[bytes]) -> None:
    """Also where an early one takes long enough to go to a thread."""
    large = pictures[0] + bytes(200_000)  # a picture with a tail
    requests = [post(large, b"X-Request-ID: first"), *(post(pictures[1], b"X-Request-ID: %d" % n) for n in range(30))]

    with server.connect() as connection:
        connection.sendall(b"".join(requests))
        received = b""
        while received.count(b"HTTP/1.1 ") < len(requests) or not received.endswith(b"}"):
            chunk = connection.recv(65536)
            assert chunk, received
            received += chunk

    ids = [part.split(b"\r\n")[0] for part in received.split(b"X-Request-ID: ")[1:]]
    assert ids == [b"first", *(b"%d" % n for n in range(30))]


def test_a_long_stream_of_requests_is_no_endless_one(pictures: list[bytes]) -> None:
    """However the pieces fall, and for longer than one request may take."""
    request = post(pictures[0].ljust(15_000, b"\0"))
    stream = request * 12
    end = time.monotonic() + 1.5
    with running("--workers", "1", "--request-timeout", "1") as server, server.connect() as connection:
        while time.monotonic() < end:
            answers = 0
            for start in range(0, len(stream), 7_001):
                connection.sendall(stream[start : start + 7_001])
            while answers < 12:
                received = read_response(connection)
                assert received.count(b"HTTP/1.1 ") == received.count(b"HTTP/1.1 200"), received
                answers += received.count(b"HTTP/1.1 ")


def test_a_body_may_come_in_chunks(server: Server, pictures: list[bytes]) -> None:
    picture = pictures[7]
    pieces = [picture[:10], picture[10:100], picture[100:]]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    head = b"POST /predict HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"

    assert b'"digit":' in exchange(server, head + chunks + b"0\r\n\r\n")


def test_a_body_may_come_byte_by_byte(server: Server, pictures: list[bytes]) -> None:
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post(pictures[3]):
            connection.send(bytes([byte]))
        assert b'"digit":' in read_response(connection)


def test_who_waits_for_permission_to_send_gets_it(server: Server, pictures: list[bytes]) -> None:
    whole = post(pictures[3], b"Expect: 100-continue")
    head, _, body = whole.partition(b"\r\n\r\n")
    with server.connect() as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert b'"digit":' in read_response(connection)


@pytest.mark.parametrize("has_body", [False, True])
def test_an_offer_to_switch_protocols_is_declined(server: Server, pictures: list[bytes], has_body: bool) -> None:
    """As Java's HTTP client makes it with every request."""
    offer = [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk"]
    request = post(pictures[3], *offer) if has_body else LIVE.replace(HOST, HOST + b"\r\n".join([*offer, b""]))

    with server.connect() as connection:
        for _ in range(2):
            connection.sendall(request)
            assert read_response(connection).startswith(b"HTTP/1.1 200 OK")


def test_many_such_offers_at_once_are_declined(server: Server) -> None:
    offer = LIVE.replace(HOST, HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n")

    with server.connect() as connection:
        connection.sendall(offer * 2000)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 2000:
            received += connection.recv(65536)


def test_head_is_get_without_the_body(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(LIVE.replace(b"GET", b"HEAD") + LIVE)
        received = read_response(connection)
        while received.count(b"HTTP/1.1 200") < 2 or not received.endswith(b"}"):
            received += connection.recv(65536)

    head, _, rest = received.partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert rest.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),  # TLS
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /predict HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nNo colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Bad: \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no Host
    ],
)
def test_what_is_no_request_is_answered_400(server: Server, sent: bytes) -> None:
    answer = exchange(server, sent)

    assert answer.startswith(b"HTTP/1.1 400 Bad Request")
    assert b'{"error":"' in answer
    assert server.get("/v2/health/live").status == 200


def test_connect_is_refused(server: Server) -> None:
    assert exchange(server, b"CONNECT example.org:443 HTTP/1.1\r\n" + HOST + b"\r\n").startswith(b"HTTP/1.1 405")


def test_an_endless_head_is_refused(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + HOST)
        with contextlib.suppress(ConnectionError):
            for number in range(2_000):
                connection.sendall(b"X-%d: %b\r\n" % (number, b"x" * 100))
        assert read_response(connection).startswith(b"HTTP/1.1 431")
    assert exchange(server, b"GET /" + b"x" * 40_000).startswith(b"HTTP/1.1 431")


def test_unknown_paths_and_methods_are_told(server: Server) -> None:
    assert server.get("/nothing").status == 404
    assert "/nothing" in server.get("/nothing").json["error"]
    answer = server.get("/predict")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    answer = server.request("DELETE", "/v2/models/mnist")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert exchange(server, b"GET /%ff\xff?\xff HTTP/1.1\r\n" + HOST + b"\r\n").startswith(b"HTTP/1.1 40")


@pytest.mark.parametrize(
    "path", [b"http://127.0.0.1/v2/health/live", b"/v2/health/%6cive", b"HTTP://x/v2/%68ealth/live?x"]
)
def test_a_path_may_be_written_in_other_ways(server: Server, path: bytes) -> None:
    """As proxies are asked (RFC 9112, 3.2.2), and with escapes (RFC 3986, 2.3)."""
    assert exchange(server, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", [b"http://127.0.0.1", b"*", b"/%", b"/%00", b"/v2/health%2Flive%20", b"://", b"%"])
def test_a_path_that_leads_nowhere_is_told(server: Server, path: bytes) -> None:
    answer = exchange(server, b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n")

    assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404", b"HTTP/1.1 405")


def test_a_request_has_one_host(server: Server) -> None:
    assert exchange(server, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").startswith(b"HTTP/1.1 400")


class TestRequestIds:
    def test_the_clients_id_comes_back(self, server: Server) -> None:
        assert server.get("/v2/health/live", X_Request_ID="abc-123").headers["x-request-id"] == "abc-123"

    @pytest.mark.parametrize("sent", ["", "x" * 129, "caf\xe9", "a\tb"])
    def test_one_that_is_not_sane_is_replaced(self, server: Server, sent: str) -> None:
        given = server.get("/v2/health/live", X_Request_ID=sent).headers["x-request-id"]

        assert given not in ("", sent)

    def test_ours_differ(self, server: Server) -> None:
        assert len({server.get("/v2/health/live").headers["x-request-id"] for _ in range(20)}) == 20


class TestLimits:
    def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(self, bounded: Server) -> None:
        with bounded.connect() as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: 20001\r\n\r\n")
            answer = read_response(connection)

        assert answer.startswith(b"HTTP/1.1 413")
        assert b"20,000 bytes" in answer

    def test_a_body_that_grows_too_large_is_refused_while_it_grows(self, bounded: Server) -> None:
        with bounded.connect() as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                for _ in range(30):
                    connection.sendall(b"400\r\n" + bytes(0x400) + b"\r\n")
            assert read_response(connection).startswith(b"HTTP/1.1 413")

    def test_a_body_just_within_the_limit_is_read(self, bounded: Server, pictures: list[bytes]) -> None:
        assert bounded.post("/predict", pictures[0].ljust(20_000, b"\0")).status == 200

    def test_who_takes_too_long_to_ask_is_told_and_cut_off(self, bounded: Server) -> None:
        began = time.monotonic()
        with bounded.connect() as connection:
            connection.sendall(LIVE[:20])
            answer = read_response(connection)
            assert connection.recv(1) == b""

        assert answer.startswith(b"HTTP/1.1 408")
        assert 0.9 < time.monotonic() - began < 5

    def test_a_trickle_does_not_buy_time(self, bounded: Server) -> None:
        began = time.monotonic()
        with bounded.connect() as connection, contextlib.suppress(ConnectionError):
            connection.sendall(b"POST /predict HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n")
            while time.monotonic() - began < 10:
                connection.sendall(b"x")
                time.sleep(0.1)

        assert time.monotonic() - began < 6

    def test_a_slow_uplink_is_waited_for(self, pictures: list[bytes]) -> None:
        """What has arrived of a body earns time for the rest."""
        body = pictures[5].ljust(150_000, b"\0")
        request = post(body)
        with running("--workers", "1", "--request-timeout", "1") as server, server.connect() as connection:
            for start in range(0, len(request), 10_000):
                connection.sendall(request[start : start + 10_000])
                time.sleep(0.15)
            assert read_response(connection).startswith(b"HTTP/1.1 200")

    def test_an_idle_connection_is_closed(self, bounded: Server) -> None:
        with bounded.connect() as connection:
            connection.sendall(LIVE)
            read_response(connection)
            began = time.monotonic()
            assert connection.recv(1) == b""
        assert time.monotonic() - began > 2

    def test_a_connection_that_says_nothing_is_closed(self, bounded: Server) -> None:
        with bounded.connect() as connection:
            assert connection.recv(1) == b""

    def test_who_does_not_take_the_answers_is_cut_off(self, bounded: Server) -> None:
        """Otherwise answers would pile up in memory."""
        with bounded.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            page = b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n"
            connection.settimeout(1)
            with contextlib.suppress(ConnectionError, TimeoutError):
                for _ in range(3000):
                    connection.sendall(page)
            connection.settimeout(15)
            with pytest.raises(ConnectionError):  # noqa: PT012
                while connection.recv(4096):
                    time.sleep(0.5)
                    connection.send(page)


@contextlib.contextmanager
def busy(server: Server, request: bytes) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connections that have sent all of a request but its last byte, which is as many as `bounded` takes."""
    with server.connect() as first, server.connect() as second:
        first.sendall(request[:-1])
        second.sendall(request[:-1])
        time.sleep(0.1)
        yield first, second


class TestOverload:
    def test_beyond_the_limit_503_comes_at_once_and_later_it_goes_on(
        self, bounded: Server, pictures: list[bytes]
    ) -> None:
        request = post(pictures[5])
        with busy(bounded, request) as (first, second), bounded.connect() as third:
            third.sendall(request[:-1])
            refused = read_response(third)
            first.sendall(request[-1:])
            second.sendall(request[-1:])
            answers = [read_response(first), read_response(second)]

        assert refused.startswith(b"HTTP/1.1 503")
        assert b"\r\nRetry-After: " in refused
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
        assert bounded.post("/predict", pictures[5]).status == 200

    def test_health_is_told_even_then(self, bounded: Server, pictures: list[bytes]) -> None:
        request = post(pictures[5])
        with busy(bounded, request):
            assert bounded.get("/v2/health/ready").status == 200

    def test_a_whole_request_that_is_refused_leaves_the_connection_open(
        self, bounded: Server, pictures: list[bytes]
    ) -> None:
        request = post(pictures[5])
        with busy(bounded, request) as (first, _), bounded.connect() as third:
            third.sendall(request)
            assert read_response(third).startswith(b"HTTP/1.1 503")
            first.sendall(request[-1:])
            read_response(first)
            third.sendall(request)
            assert read_response(third).startswith(b"HTTP/1.1 200")

    def test_connections_beyond_the_limit_are_refused_in_words(self, bounded: Server) -> None:
        time.sleep(0.5)  # until those of earlier tests are closed
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(bounded.connect()) for _ in range(8)]
            for connection in held:
                connection.sendall(LIVE)
                assert read_response(connection).startswith(b"HTTP/1.1 200")
            ninth = stack.enter_context(bounded.connect())
            ninth.sendall(LIVE)
            answer = read_response(ninth)
            assert answer.startswith(b"HTTP/1.1 503")
            assert b"Retry-After" in answer
            assert b"\r\nX-Request-ID: " in answer
            held[0].sendall(b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n")
            counted = re.search(rb"\nmnist_connections_refused_total (\S+)", read_response(held[0]))
        assert counted
        assert float(counted[1]) >= 1
        wait_for(lambda: exchange(bounded, LIVE).startswith(b"HTTP/1.1 200"))


@pytest.fixture(scope="module")
def large_picture(digits: npt.NDArray[np.uint8]) -> bytes:
    """A digit in 39 million pixels, which are few bytes and take long to read."""
    return png(np.kron(digits[7], np.ones((224, 224), np.uint8)))


def test_a_large_picture_keeps_nobody_waiting(large_picture: bytes) -> None:
    with running("--workers", "1") as server, server.connect() as slow:
        slow.sendall(post(large_picture))
        assert server.get("/v2/health/live").status == 200
        assert not select.select([slow], [], [], 0)[0], "health was told after the slow answer"
        assert read_response(slow).startswith(b"HTTP/1.1 200")


def test_more_large_pictures_than_a_drain_could_finish_are_refused_at_once(large_picture: bytes) -> None:
    with running("--workers", "1", "--drain-timeout", "1") as server, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(12)]
        for connection in connections:
            connection.sendall(post(large_picture))
        answers = [read_response(connection) for connection in connections]

    refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503")]
    assert refused
    assert all(b"\r\nRetry-After: 1\r\n" in answer for answer in refused)
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) == len(answers) - len(refused) > 0


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told to give memory back")
def test_what_a_large_picture_took_is_given_back(large_picture: bytes, pictures: list[bytes]) -> None:
    with running("--workers", "1") as server:
        (worker,) = server.worker_pids()
        before = resident(worker)
        for _ in range(3):
            assert server.post("/predict", large_picture).status == 200
        assert server.post("/predict", pictures[3]).status == 200

        assert resident(worker) < before + 30, "megabytes: the picture's plane alone has 39"


def resident(pid: int) -> float:
    """Megabytes of memory that a process has."""
    return int(re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[0]) / 1e3


def test_what_waits_for_a_thread_is_dropped_when_its_client_is_gone(large_picture: bytes) -> None:
    with running("--workers", "1") as server:
        with contextlib.ExitStack() as stack:
            for _ in range(8):
                stack.enter_context(server.connect()).sendall(post(large_picture))
        assert server.post("/predict", large_picture).status == 200
        metrics = server.get("/metrics").body.decode()

    executions = float(metrics.split("\nmnist_executions_total ")[1].split("\n")[0])
    assert executions <= 4, "one for who stayed, and the few that were read before they went"


def test_what_a_vanished_client_asked_for_is_not_done(bounded: Server, pictures: list[bytes]) -> None:
    """Nothing of it stays: neither a place among the requests in flight nor a connection."""
    request = post(pictures[5])
    for _ in range(20):
        with bounded.connect() as connection:
            connection.sendall(request[:-1])

    wait_for(lambda: "mnist_requests_in_flight 0.0" in bounded.get("/metrics").body.decode())
    wait_for(lambda: bounded.post("/predict", pictures[5]).status == 200)


def test_many_clients_at_once_each_get_their_own_answer(server: Server, pictures: list[bytes]) -> None:
    expected = [server.post("/predict", picture).body for picture in pictures]
    wrong: list[int] = []

    def ask(digit: int) -> None:
        with server.connect() as connection:
            for _ in range(50):
                connection.sendall(post(pictures[digit]))
                if not read_response(connection).endswith(expected[digit]):
                    wrong.append(digit)

    threads = [threading.Thread(target=ask, args=(digit,)) for digit in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong
