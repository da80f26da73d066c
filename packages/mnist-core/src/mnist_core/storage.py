"""Finds a dataset's files in a folder, or downloads them there.

A file may be there raw or gzipped, in torchvision's `MNIST/raw`, in `MNIST`, or flat in the folder itself.
"""

import contextlib
import hashlib
import logging
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mnist_core.errors import DataError
from mnist_core.registry import SOURCES, Part, Published, Source

_logger = logging.getLogger(__name__)


def data_folder(data_dir: Path | None = None) -> Path:
    """The folder that datasets are looked for in: the argument, else `MNIST_DATA_DIR`, else `./data`."""
    return (data_dir or Path(os.environ.get("MNIST_DATA_DIR") or "data")).expanduser()


def provide(source: Source, part: Part, folder: Path) -> tuple[Path, Path]:
    """Makes sure that a part's images and labels are there.

    Args:
        source: The dataset.
        part: "train" or "test".
        folder: Where to look, and where to download what is not found.

    Returns:
        The files of the images and the labels, each raw or gzipped.

    Raises:
        DataError: The files are another dataset's, or can't be stored.
        DownloadError: They are not there, and the network does not give them.
    """
    if missing := [file for file in source.files(part) if _find(source, file, folder) is None]:
        _download(source, missing, folder)
    images, labels = (_find(source, file, folder) for file in source.files(part))
    if images is None or labels is None:
        raise DataError(f"{source.title}'s files vanished from {folder} while they were read. Run the command again.")
    return images, labels


def _find(source: Source, file: Published, folder: Path) -> Path | None:
    places = [folder / source.folder / "raw", folder / source.folder]
    if source.own_names:
        places.append(folder)
    for place in places:
        for candidate in (place / file.name.removesuffix(".gz"), place / file.name):
            if candidate.is_file():
                _check_identity(source, file, candidate)
                return candidate
    return None


def _check_identity(source: Source, file: Published, found: Path) -> None:
    """Tells apart what only the contents tell apart: the drop-in replacements carry MNIST's file names."""
    if found.suffix != ".gz" or not file.md5:
        return
    try:
        with found.open("rb") as stream:
            md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise DataError(f"{found} can't be read: {error.strerror}.") from error
    if md5 == file.md5:
        return
    for other in SOURCES.values():
        if any(md5 == theirs.md5 for theirs in (*other.train, *other.test)):
            raise DataError(f"{found} is a file of {other.title}, not {source.title}'s. Pass another --data-dir.")
    _logger.warning("%s is not the published file (its checksum differs); it is used as it is.", found)


def _download(source: Source, missing: Sequence[Published], folder: Path) -> None:
    target = folder / source.folder / "raw"
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _locked(target):
            for part in target.glob("*.part"):  # left by a process that was killed: who holds the lock owns them
                part.unlink()
            # Another process may have brought some while this one waited.
            missing = [file for file in missing if not (target / file.name).exists()]
            if source.archive:
                if missing:
                    _fetch_archive(source, source.archive, missing, target)
            else:
                for file in missing:
                    _fetch(source, file, target)
    except OSError as error:
        raise DataError(
            f"{source.title} can't be stored in {target}: {error.strerror or error}. "
            "Choose another folder with --data-dir or MNIST_DATA_DIR."
        ) from error


def _fetch(source: Source, file: Published, target: Path) -> None:
    from mnist_core import download

    _logger.info("Downloading %s into %s", file.name, target)
    download.fetch([mirror + file.name for mirror in source.mirrors], target / file.name, file.md5)


def _fetch_archive(source: Source, archive: Published, missing: Sequence[Published], target: Path) -> None:
    """Downloads the archive, takes out what is missing, and throws the rest away."""
    whole = target / archive.name
    _fetch(source, archive, target)
    try:
        with zipfile.ZipFile(whole) as members:
            for file in missing:
                part = target / f"{file.name}.part"
                with members.open(f"gzip/{file.name}") as packed, part.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
                part.replace(target / file.name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError(f"{source.title}'s archive is not as expected: {error}.") from error
    finally:
        whole.unlink()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the folder's lock; while another process holds it, says so once and waits."""
    import filelock

    lock = filelock.FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0.1)
    except filelock.Timeout:
        _logger.warning("Another process downloads into %s; waiting for it.", folder)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
