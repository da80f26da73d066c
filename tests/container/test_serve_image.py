"""The image `mnist-serve`: the server lives and dies as an orchestrator expects, and `predict` runs too."""

import http.client
import io
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from container.engines import Container
from mnist_core import datasets

READY_WITHIN = 30  # seconds; an engine's own time included


@pytest.fixture(scope="session")
def zero() -> bytes:
    """A PNG of a handwritten zero."""
    digits = datasets.load("digits", "test")
    file = io.BytesIO()
    Image.fromarray(digits.images[list(digits.labels).index(0)]).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def server(serving: Container, port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The image's own command, running and ready."""
    log = tmp_path / "log"
    process = serving.start(port, log)
    try:
        begin = time.monotonic()
        while _status(port, "GET", "/v2/health/ready")[0] != 200:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - begin < READY_WITHIN, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            serving.send(signal.SIGKILL, process)
            process.wait(READY_WITHIN)


def _status(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """A response's status and body; status 0 while nothing listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def test_server_reads_a_picture(server: subprocess.Popen[bytes], port: int, zero: bytes) -> None:
    status, answer = _status(port, "POST", "/predict", zero)

    assert status == 200
    assert json.loads(answer)["digit"] == 0


def test_server_has_its_page(server: subprocess.Popen[bytes], port: int) -> None:
    status, page = _status(port, "GET", "/")

    assert status == 200
    assert b"<html" in page


def test_health_check_succeeds_while_the_server_is_ready(server: subprocess.Popen[bytes], serving: Container) -> None:
    kind, *command = serving.config["Healthcheck"]["Test"]

    done = serving.run_beside(*command)

    assert kind == "CMD"
    assert done.returncode == 0, done.stderr


def test_health_check_fails_without_a_server(serving: Container) -> None:
    done = serving.run(*serving.config["Healthcheck"]["Test"][1:])

    assert done.returncode == 1


def test_sigterm_ends_it_with_exit_code_0(server: subprocess.Popen[bytes], serving: Container, tmp_path: Path) -> None:
    assert serving.config.get("StopSignal", "SIGTERM") == "SIGTERM"

    serving.send(signal.SIGTERM, server)

    assert server.wait(READY_WITHIN) == 0, (tmp_path / "log").read_text()


def test_predict_reads_standard_input(serving: Container, zero: bytes) -> None:
    done = serving.run("predict", "--json", "-", contents=zero)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["digit"] == 0
    assert not done.stderr
