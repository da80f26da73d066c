"""Puts a new artifact where it belongs: whole or not at all, over nothing, and with `runs/latest` pointing at it."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from mnist_core.artifact import LATEST, RUNS
from mnist_core.errors import ArtifactError


def check_free(target: Path) -> None:
    """Makes sure that a new artifact would overwrite nothing.

    Raises:
        ArtifactError: Something is there already, or it is no place for a folder.
    """
    try:
        if Path.cwd().is_relative_to(target.resolve()):
            raise ArtifactError(f"{target} is the folder you are in, or holds it. Choose a new one with --output.")
        if target.is_file():
            raise ArtifactError(f"{target} is a file. Choose another --output, or move it away.")
        taken = target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir())))
    except OSError as error:
        raise ArtifactError(f"{target} can't be used: {error.strerror}. Choose another --output.") from error
    if taken:
        raise ArtifactError(f"{target} exists and is not empty. Choose another --output, or move it away.")


@contextlib.contextmanager
def writing(target: Path, scratch: Path) -> Iterator[Path]:
    """Gives an empty folder to write an artifact into; when all is well and safe on the disk, it becomes the target.

    Args:
        target: Where the artifact will be; nothing, or an empty folder.
        scratch: The folder to write into, on the target's disk. What an earlier attempt left there is deleted.

    Raises:
        ArtifactError: The target is taken, or can't be written.
    """
    check_free(target)
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            scratch.mkdir(parents=True)
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_written(target, error) from error
        yield scratch
        check_free(target)
        try:
            for path in (*(path for path in scratch.rglob("*") if path.is_file()), scratch):
                _sync(path)
            if target.exists():
                target.rmdir()
            scratch.rename(target)
            _sync(target.parent)
        except OSError as error:
            raise _not_written(target, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _not_written(target: Path, error: OSError) -> ArtifactError:
    return ArtifactError(f"{target} can't be written: {error.strerror}. Choose another place with --output.")


def _sync(path: Path) -> None:
    """Waits until a file, or a folder's list of files, is safe on the disk."""
    if path.is_dir() and os.name == "nt":  # Windows opens no folders
        return
    descriptor = os.open(path, os.O_RDWR if path.is_file() and os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point_latest(target: Path) -> None:
    """Lets `runs/latest` point at an artifact.

    Raises:
        ArtifactError: It can't be written, or something that is no pointer has its name.
    """
    latest = RUNS / LATEST
    if latest.is_dir() and not latest.is_symlink():
        raise ArtifactError(f"{latest} is a folder, so it can't point at {target}.")
    fresh = RUNS / f".{LATEST}.{os.getpid()}"
    try:
        RUNS.mkdir(exist_ok=True)
        pointer = os.path.relpath(target.resolve(), RUNS.resolve()) if _same_drive(target, RUNS) else target.resolve()
        try:
            fresh.symlink_to(pointer, target_is_directory=True)
        except (OSError, NotImplementedError):  # Windows without the right to make links
            fresh.write_text(f"{pointer}\n", encoding="utf-8")
        if os.name == "nt" and latest.is_symlink():  # Windows replaces no link to a folder
            latest.unlink()
        fresh.replace(latest)
    except OSError as error:
        raise ArtifactError(f"{latest} can't be written: {error.strerror}.") from error
    finally:
        fresh.unlink(missing_ok=True)


def _same_drive(a: Path, b: Path) -> bool:
    return a.resolve().drive == b.resolve().drive
