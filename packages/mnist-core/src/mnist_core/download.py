"""Fetches a file from the first mirror that has it, and puts it in place whole and verified, or not at all."""

import hashlib
import queue
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from pathlib import Path

from tqdm import tqdm

from mnist_core.errors import DownloadError

PATIENCE = 10.0  # seconds without progress, over all mirrors together, after which a download is given up
_SLOWEST = 1024  # bytes a second; what is slower than this has stalled
_CHUNK = 1 << 16  # bytes
_MOST_BYTES = 2**30  # no dataset here is larger; a server that sends without end is cut off


def fetch(urls: Sequence[str], target: Path, md5: str) -> None:
    """Downloads one file, with a progress bar where stderr is a terminal.

    The bytes go to `<target>.part`; only when their checksum is right does the file get its name. The caller holds
    the folder's lock, so nobody else writes the same part.

    Args:
        urls: Where the file is published, in the order in which to try.
        target: Where to put it; its folder exists.
        md5: The published checksum, in hexadecimal.

    Raises:
        DownloadError: No mirror gave the file; the message has each one's reason.
        OSError: The file can't be written.
    """
    part = target.with_name(f"{target.name}.part")
    reasons = []
    try:
        for url in urls:
            try:
                _fetch_one(url, part, md5, patience=PATIENCE / len(urls))
            except DownloadError as error:
                reasons.append(f"{urllib.parse.urlsplit(url).netloc}: {error}")
            else:
                part.replace(target)
                return
    finally:
        part.unlink(missing_ok=True)
    raise DownloadError(f"{target.name} could not be downloaded ({'; '.join(reasons)}).")


def _fetch_one(url: str, part: Path, md5: str, patience: float) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    name = part.name.removesuffix(".part")
    transfer = _Transfer(url, patience)
    with (
        part.open("wb") as file,
        tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024, disable=None, leave=False) as bar,
    ):
        for chunk in transfer:
            bar.total = transfer.promised
            file.write(chunk)
            digest.update(chunk)
            bar.update(len(chunk))
    if transfer.promised is not None and transfer.received < transfer.promised:
        raise DownloadError(f"the connection broke after {transfer.received:,} of {transfer.promised:,} bytes")
    if digest.hexdigest() != md5:
        raise DownloadError("what it sent has a wrong checksum")


class _Transfer:
    """Iterates over the chunks that a server sends, and gives up when too few of them come.

    A socket's timeout does not bound the look-up of a name, a connection tried at one address after another, or a
    server that sends a byte now and then. So a thread talks to the network, and this side watches the clock.
    """

    def __init__(self, url: str, patience: float) -> None:
        self.promised: int | None = None  # bytes, from Content-Length
        self.received = 0  # bytes
        self._patience = patience
        self._chunks: queue.Queue[bytes | Exception] = queue.Queue(maxsize=64)
        self._abandoned = threading.Event()
        # A daemon: one that still waits for the network must not keep the process from ending.
        threading.Thread(target=self._receive, args=(url,), daemon=True).start()

    def __iter__(self) -> Iterator[bytes]:
        window_start, window_bytes = time.monotonic(), 0
        try:
            while True:
                try:
                    chunk = self._chunks.get(timeout=self._patience)
                except queue.Empty:
                    raise DownloadError(f"no answer within {self._patience:.0f} s") from None
                if isinstance(chunk, Exception):
                    raise DownloadError(_in_words(chunk)) from chunk
                if not chunk:
                    return
                self.received += len(chunk)
                window_bytes += len(chunk)
                if self.received > _MOST_BYTES:
                    raise DownloadError("it sends more than any dataset has")
                yield chunk
                if time.monotonic() - window_start >= self._patience:
                    if window_bytes < self._patience * _SLOWEST:
                        raise DownloadError(f"it sent {window_bytes:,} bytes in {self._patience:.0f} s")
                    window_start, window_bytes = time.monotonic(), 0
        finally:
            self._abandoned.set()

    def _receive(self, url: str) -> None:
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "mnist-classifier"})  # noqa: S310 (the registry's own http and https addresses)
            with urllib.request.urlopen(request, timeout=self._patience) as response:  # noqa: S310
                length = response.headers["Content-Length"]
                self.promised = int(length) if length and length.isdecimal() else None
                while not self._abandoned.is_set():
                    chunk = response.read1(_CHUNK)
                    self._hand_over(chunk)
                    if not chunk:
                        return
        except (OSError, HTTPException, ValueError) as error:
            self._hand_over(error)

    def _hand_over(self, chunk: bytes | Exception) -> None:
        while not self._abandoned.is_set():
            try:
                self._chunks.put(chunk, timeout=0.1)
            except queue.Full:
                continue
            return


def _in_words(error: Exception) -> str:
    match error:
        case urllib.error.HTTPError():
            return f"HTTP status {error.code}"
        case urllib.error.URLError(reason=OSError() as reason):
            return reason.strerror or str(reason)
        case urllib.error.URLError():
            return str(error.reason)
        case TimeoutError():
            return "no answer in time"
        case OSError():
            return error.strerror or str(error)
        case _:
            return f"{type(error).__name__} {error}".strip()
