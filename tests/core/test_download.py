"""Downloading: whole, verified and in place, or refused in words with nothing left behind.

A server on this machine stands in for the mirrors: it serves the published files, damaged ones, and every kind of
trouble.
"""

import contextlib
import dataclasses
import errno
import functools
import hashlib
import http.server
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core import datasets, download, registry
from mnist_core.errors import DataError, DownloadError
from mnist_core.registry import SOURCES, Published, Source
from support import HANGS, write_dataset

MNIST = SOURCES["mnist"]
RAW = Path("downloaded") / "MNIST" / "raw"
TARGET = Path("downloaded")


class Server(http.server.ThreadingHTTPServer):
    """Answers each path with its bytes, or as its behaviour does; counts what it was asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.behaviours: dict[str, Callable[[Handler, bytes], None]] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1]
        self.server.asked.append(self.path)
        behave = self.server.behaviours.get(self.path.lstrip("/"), self.server.behaviours.get("*", serve))
        behave(self, self.server.files.get(name, b""))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass


def head(handler: Handler, length: int | None, status: int = 200) -> None:
    handler.send_response(status)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def serve(handler: Handler, contents: bytes) -> None:
    head(handler, len(contents))
    handler.wfile.write(contents)


def serve_without_length(handler: Handler, contents: bytes) -> None:
    head(handler, None)
    handler.wfile.write(contents)


def break_off(handler: Handler, contents: bytes) -> None:
    head(handler, len(contents))
    handler.wfile.write(contents[: len(contents) // 2])


def truncate(handler: Handler, contents: bytes) -> None:
    serve(handler, contents[:-1])


def falsify(handler: Handler, contents: bytes) -> None:
    serve(handler, contents[:-1] + bytes([contents[-1] ^ 1]))


def say_status(status: int) -> Callable[[Handler, bytes], None]:
    return lambda handler, _: head(handler, 0, status)


def say_nothing(handler: Handler, contents: bytes) -> None:
    time.sleep(30)


def stall(handler: Handler, contents: bytes) -> None:
    head(handler, len(contents))
    handler.wfile.write(contents[: len(contents) // 2])
    handler.wfile.flush()
    time.sleep(30)


def trickle(handler: Handler, contents: bytes) -> None:
    head(handler, len(contents))
    with contextlib.suppress(OSError):
        for byte in contents:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)


def talk_nonsense(handler: Handler, contents: bytes) -> None:
    handler.wfile.write(b"ICY 200 OK\r\n\r\n")


def send_without_end(handler: Handler, contents: bytes) -> None:
    head(handler, None)
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(bytes(1 << 16))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def republished(source: Source, folder: Path, mirrors: tuple[str, ...]) -> Source:
    """The source as if a folder's files had been published on these mirrors."""

    def published(files: tuple[Published, Published]) -> tuple[Published, Published]:
        first, second = (
            Published(file.name, hashlib.md5((folder / file.name).read_bytes()).hexdigest())  # noqa: S324
            for file in files
        )
        return first, second

    return dataclasses.replace(source, mirrors=mirrors, train=published(source.train), test=published(source.test))


@pytest.fixture
def mirror(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server that publishes a small MNIST, and the only mirror that is known of it."""
    folder = write_dataset(tmp_path / "published", MNIST)
    server.files = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setitem(registry.SOURCES, "mnist", republished(MNIST, folder, (server.url,)))
    return server


def test_what_is_missing_is_downloaded_verified_and_kept(mirror: Server, caplog: pytest.LogCaptureFixture) -> None:
    first = datasets.load("mnist", "test", TARGET)
    again = datasets.load("mnist", "test", TARGET)

    np.testing.assert_array_equal(first.images, datasets.load("digits", "test").images[:200])
    np.testing.assert_array_equal(first.images, again.images)
    assert mirror.asked == ["/t10k-images-idx3-ubyte.gz", "/t10k-labels-idx1-ubyte.gz"]
    assert sorted(path.name for path in RAW.iterdir() if not path.name.startswith(".")) == [
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ]
    assert not [
        record for record in caplog.records if record.levelno >= logging.WARNING
    ]  # so, the files are the published ones


def test_the_real_files_come_through_byte_for_byte(
    server: Server, mnist_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files = {file.name: next(mnist_dir.rglob(file.name)).read_bytes() for file in (*MNIST.train, *MNIST.test)}
    monkeypatch.setitem(registry.SOURCES, "mnist", dataclasses.replace(MNIST, mirrors=(server.url,)))

    train, test = datasets.load("mnist", "train", TARGET), datasets.load("mnist", "test", TARGET)

    assert (len(train), len(test)) == (60_000, 10_000)
    for name, contents in server.files.items():
        assert (RAW / name).read_bytes() == contents


def test_a_server_that_does_not_say_the_length_will_do(mirror: Server) -> None:
    mirror.behaviours["*"] = serve_without_length

    assert len(datasets.load("mnist", "test", TARGET)) == 200


@pytest.mark.parametrize(
    ("behaviour", "complaint", "patience"),
    [
        (break_off, "the connection broke after", 30),
        (truncate, "wrong checksum", 30),
        (falsify, "wrong checksum", 30),
        (say_status(404), "HTTP status 404", 30),
        (say_status(503), "HTTP status 503", 30),
        (talk_nonsense, "BadStatusLine", 30),
        (send_without_end, "it sends more than any dataset has", 30),
        (say_nothing, "no answer", 0.5),
        (stall, "no answer", 0.5),
        (trickle, r"it sent [\d,]+ bytes in", 1),
    ],
)
def test_trouble_is_told_in_words_and_leaves_nothing(
    behaviour: Callable[[Handler, bytes], None],
    complaint: str,
    patience: float,
    mirror: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "PATIENCE", patience)
    monkeypatch.setattr(download, "_MOST_BYTES", 10**7)
    mirror.behaviours["*"] = behaviour

    with pytest.raises(DownloadError, match=rf"t10k-images-idx3-ubyte.gz could not be .*127.0.0.1:\d+: .*{complaint}"):
        datasets.load("mnist", "test", TARGET)

    assert not TARGET.exists()


def test_a_failed_download_takes_away_the_folders_that_it_made_and_no_others(mirror: Server) -> None:
    mirror.behaviours["*"] = say_status(404)
    Path("mine", "MNIST").mkdir(parents=True)

    with pytest.raises(DownloadError):
        datasets.load("mnist", "test", Path("mine") / "MNIST")
    with pytest.raises(DownloadError):
        datasets.load("mnist", "test", Path("mine") / "far" / "away")

    assert sorted(Path("mine").rglob("*")) == [Path("mine") / "MNIST"]


def test_a_download_that_fails_halfway_leaves_what_it_has(mirror: Server) -> None:
    mirror.files["t10k-labels-idx1-ubyte.gz"] = b"damaged"

    with pytest.raises(DownloadError):
        datasets.load("mnist", "test", TARGET)

    assert [path.name for path in RAW.iterdir() if path.name != ".lock"] == ["t10k-images-idx3-ubyte.gz"]


def test_a_closed_port_and_an_unknown_host_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    source = dataclasses.replace(MNIST, mirrors=(closed, "http://no.such.host/"))
    monkeypatch.setitem(registry.SOURCES, "mnist", source)

    with pytest.raises(DownloadError, match=r"Connection refused; no\.such\.host: .*not known"):
        datasets.load("mnist", "test", TARGET)


def test_all_mirrors_together_are_given_ten_seconds() -> None:
    assert download.PATIENCE == 10


def test_the_patience_is_shared_by_the_mirrors(mirror: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PATIENCE", 2.0)
    mirror.behaviours["*"] = say_nothing
    source = registry.SOURCES["mnist"]
    mirrors = tuple(f"{mirror.url}{number}/" for number in range(4))
    monkeypatch.setitem(registry.SOURCES, "mnist", dataclasses.replace(source, mirrors=mirrors))

    start = time.monotonic()
    with pytest.raises(DownloadError):
        datasets.load("mnist", "test", TARGET)

    assert len(mirror.asked) == 4
    assert time.monotonic() - start < 6  # four times two seconds, were it not shared


@pytest.mark.parametrize("behaviour", [falsify, break_off, say_status(500), stall])
def test_the_next_mirror_helps_out(
    behaviour: Callable[[Handler, bytes], None], mirror: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PATIENCE", 3.0)
    source = registry.SOURCES["mnist"]
    mirrors = (f"{mirror.url}bad/", f"{mirror.url}good/")
    monkeypatch.setitem(registry.SOURCES, "mnist", dataclasses.replace(source, mirrors=mirrors))
    mirror.behaviours = {f"bad/{file.name}": behaviour for file in source.test}

    assert len(datasets.load("mnist", "test", TARGET)) == 200
    assert [path.split("/")[1] for path in mirror.asked] == ["bad", "good"] * 2


def test_emnist_is_taken_out_of_its_archive(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SOURCES["emnist-digits"]
    folder = write_dataset(tmp_path / "published", source)
    archive = tmp_path / "gzip.zip"
    with zipfile.ZipFile(archive, "w") as members:
        for path in folder.iterdir():
            members.write(path, f"gzip/{path.name}")
        members.writestr("gzip/emnist-letters-train-images-idx3-ubyte.gz", b"not asked for")
    server.files = {archive.name: archive.read_bytes()}
    published = Published(archive.name, hashlib.md5(archive.read_bytes()).hexdigest())  # noqa: S324
    monkeypatch.setitem(
        registry.SOURCES,
        "emnist-digits",
        dataclasses.replace(source, mirrors=(server.url,), archive=published),
    )

    test = datasets.load("emnist-digits", "test", TARGET)
    train = datasets.load("emnist-digits", "train", TARGET)

    assert server.asked == ["/gzip.zip"]  # 0.5 GB, once
    assert len(train) == 600
    np.testing.assert_array_equal(test.labels, datasets.load("digits", "test").labels[:200])
    kept = [path.name for path in (TARGET / "EMNIST" / "raw").iterdir() if path.name != ".lock"]
    assert sorted(kept) == sorted(file.name for file in (*source.train, *source.test))


@pytest.mark.parametrize("trouble", ["not a zip", "a zip without them"])
def test_an_archive_that_is_not_as_expected_is_refused(
    trouble: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "gzip.zip"
    if trouble == "not a zip":
        archive.write_bytes(b"not a zip")
    else:
        zipfile.ZipFile(archive, "w").close()
    server.files = {archive.name: archive.read_bytes()}
    published = Published(archive.name, hashlib.md5(archive.read_bytes()).hexdigest())  # noqa: S324
    source = dataclasses.replace(SOURCES["emnist-digits"], mirrors=(server.url,), archive=published)
    monkeypatch.setitem(registry.SOURCES, "emnist-digits", source)

    with pytest.raises(DataError, match="EMNIST Digits's archive is not as expected"):
        datasets.load("emnist-digits", "test", TARGET)

    assert not TARGET.exists()


def test_a_folder_that_cant_be_made_is_named(mirror: Server) -> None:
    Path("file").write_text("not a folder")

    with pytest.raises(DataError, match=r"can't be stored in file/data/.*Not a directory.*--data-dir or MNIST_DATA"):
        datasets.load("mnist", "test", Path("file") / "data")


def test_a_folder_that_cant_be_written_is_named(mirror: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(DataError, match=r"can't be stored in downloaded/.*Read-only file system\. Choose another"):
        datasets.load("mnist", "test", TARGET)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full, a disk that is always full")
def test_a_full_disk_is_told_in_words_and_leaves_nothing(mirror: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = Path.open

    def open_full(self: Path, *arguments: Any, **options: Any) -> Any:
        return real_open(Path("/dev/full") if self.suffix == ".part" else self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_full)
        with pytest.raises(DataError, match=r"No space left on device\. Choose another folder"):
            datasets.load("mnist", "test", TARGET)

    assert not TARGET.exists()
    assert len(datasets.load("mnist", "test", TARGET)) == 200


def start_loading(mirror: Server, patience: float = 10, last: str = "") -> "subprocess.Popen[str]":
    """Loads the test set in a process of its own, with the registry as it is here."""
    program = (
        "from pathlib import Path\n"
        "from mnist_core import datasets, download, registry\n"
        "from mnist_core.registry import Source, Published\n"
        f"download.PATIENCE = {patience}\n"
        f"registry.SOURCES['mnist'] = {registry.SOURCES['mnist']!r}\n"
    )
    last = last or f"print(len(datasets.load('mnist', 'test', Path({str(TARGET)!r}))))\n"
    command = [sys.executable, "-c", program + last]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_download_that_was_killed_halfway_is_made_again(mirror: Server) -> None:
    mirror.behaviours["*"] = stall
    part = RAW / "t10k-images-idx3-ubyte.gz.part"
    with start_loading(mirror) as process:
        wait_for(lambda: part.exists() and bool(mirror.asked))
        process.kill()
    assert part.exists()
    mirror.behaviours.clear()

    assert len(datasets.load("mnist", "test", TARGET)) == 200
    assert not part.exists()


def test_two_processes_download_once(mirror: Server) -> None:
    may_serve = threading.Event()

    def serve_later(handler: Handler, contents: bytes) -> None:
        may_serve.wait(timeout=HANGS)
        serve(handler, contents)

    mirror.behaviours["*"] = serve_later
    # Meanwhile the first process waits in silence; more of it than it would otherwise bear.
    with start_loading(mirror, patience=60) as first:
        wait_for(lambda: bool(mirror.asked))
        with start_loading(mirror, patience=60) as second:
            waiting = second.stderr.readline() if second.stderr else ""
            may_serve.set()
            outputs = [process.communicate(timeout=HANGS) for process in (first, second)]

    assert waiting == f"Another process downloads into {RAW}; waiting for it.\n"
    assert [(process.returncode, output[0]) for process, output in zip((first, second), outputs, strict=True)] == [
        (0, "200\n"),
        (0, "200\n"),
    ], outputs
    assert sorted(mirror.asked) == ["/t10k-images-idx3-ubyte.gz", "/t10k-labels-idx1-ubyte.gz"]


def test_who_waits_for_a_download_that_fails_tries_it_in_a_folder_of_its_own(mirror: Server) -> None:
    """The first takes away the folder in which the second waits for the lock."""
    may_fail = threading.Event()

    def fail_later(handler: Handler, contents: bytes) -> None:
        may_fail.wait(timeout=HANGS)
        if len(mirror.asked) == 1:
            handler.send_error(500)
        else:
            serve(handler, contents)

    mirror.behaviours["*"] = fail_later
    with start_loading(mirror, patience=60) as first:
        wait_for(lambda: bool(mirror.asked))
        with start_loading(mirror, patience=60) as second:
            assert second.stderr
            assert "waiting for it" in second.stderr.readline()
            may_fail.set()
            outputs = [process.communicate(timeout=HANGS) for process in (first, second)]

    assert [process.returncode for process in (first, second)] == [1, 0], outputs
    assert outputs[1][0] == "200\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_stops_a_download_at_once_and_leaves_nothing(mirror: Server) -> None:
    """The command `train`, as a person would run it."""
    mirror.behaviours["*"] = say_nothing
    last = (
        f"from mnist_train.train_command import train\ntrain(['--dataset', 'mnist', '--data-dir', {str(TARGET)!r}])\n"
    )
    with start_loading(mirror, patience=60, last=last) as process:
        wait_for(lambda: bool(mirror.asked))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)  # long before the download would have been given up

    assert process.returncode == 130
    assert errors.endswith("\nInterrupted.\n")
    assert "Traceback" not in errors
    assert not TARGET.exists()
    assert not Path("runs").exists()
