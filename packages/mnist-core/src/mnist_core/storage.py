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
    folder = data_dir or Path(os.environ.get("MNIST_DATA_DIR") or "data")
    try:
        return folder.expanduser()
    except RuntimeError as error:  # ~nobody
        raise DataError(f"{folder} is no folder: {error} Choose another with --data-dir or MNIST_DATA_DIR.") from error


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
    found = [_find(source, file, folder) for file in source.files(part)]
    if None in found:
        _download(source, part, folder)
        found = [_find(source, file, folder) for file in source.files(part)]
    images, labels = found
    if images is None or labels is None:
        raise DataError(f"{source.title}'s files vanished from {folder} while they were read. Run the command again.")
    _check_identity(source, source.files(part)[0], images)
    _check_identity(source, source.files(part)[1], labels)
    return images, labels


def _find(source: Source, file: Published, folder: Path) -> Path | None:
    places = [folder / source.folder / "raw", folder / source.folder]
    if source.own_names:
        places.append(folder)
    # The gzipped file first: its checksum is known for every dataset.
    candidates = [place / name for place in places for name in (file.name, file.name.removesuffix(".gz"))]
    try:
        return next((candidate for candidate in candidates if candidate.is_file()), None)
    except OSError as error:
        raise DataError(
            f"{folder} can't be searched: {error.strerror}. Choose another folder with --data-dir or MNIST_DATA_DIR."
        ) from error


def _check_identity(source: Source, file: Published, found: Path) -> None:
    """Tells apart what only the contents tell apart: the drop-in replacements carry MNIST's file names."""
    published = file.md5 if found.suffix == ".gz" else file.raw_md5
    if not published:
        return
    try:
        with found.open("rb") as stream:
            md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise DataError(f"{found} can't be read: {error.strerror}.") from error
    if md5 == published:
        return
    for other in SOURCES.values():
        if any(md5 == theirs.md5 for theirs in (*other.train, *other.test)):
            raise DataError(f"{found} is a file of {other.title}, not {source.title}'s. Pass another --data-dir.")
    _logger.warning("%s is not the published file (its checksum differs); it is used as it is.", found)


def _download(source: Source, part: Part, folder: Path) -> None:
    """Downloads what a part lacks; out of an archive, all that the dataset lacks."""
    target = folder / source.folder / "raw"
    try:
        with _locked(target):
            for left in target.glob("*.part"):  # by a process that was killed: who holds the lock owns them
                left.unlink()
            # Searched again, as another process may have brought some while this one waited.
            if source.archive is None:
                for file in source.files(part):
                    if _find(source, file, folder) is None:
                        _fetch(source, file, target)
            elif any(_find(source, file, folder) is None for file in source.files(part)):
                missing = [f for f in (*source.train, *source.test) if _find(source, f, folder) is None]
                _fetch_archive(source, source.archive, missing, target)
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
    """Makes a folder and holds its lock; while another process holds it, says so once and waits.

    When what is done in it fails, the folders that were made for it go again.
    """
    import filelock

    file = folder / ".lock"
    lock = filelock.FileLock(file)
    while True:
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        try:
            try:
                lock.acquire(timeout=0.1)
            except filelock.Timeout:
                _logger.warning("Another process downloads into %s; waiting for it.", folder)
                lock.acquire()
        except FileNotFoundError:  # the process that had made the folder has failed, and taken it away
            continue
        break
    try:
        yield
    except BaseException:
        if os.name == "nt":  # Windows removes no file that is open, so nobody's who locks it next
            lock.release()
        _unmake(made, file)
        raise
    finally:
        lock.release()


def _unmake(made: Sequence[Path], lock: Path) -> None:
    """Removes folders again, the innermost first, unless there is more in it than the lock of this process."""
    with contextlib.suppress(OSError):
        if made and all(path == lock for path in made[0].iterdir()):
            lock.unlink(missing_ok=True)  # who waits for it notices, and makes a new one
            for place in made:
                place.rmdir()  # only if nobody has put anything there
