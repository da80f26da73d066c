"""The folder of a training that is under way or was interrupted: `<run>.unfinished`, beside where the run will be.

It holds the newest checkpoint and the history so far; it goes when the run is complete.
"""

import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mnist_core import artifact, placing
from mnist_core.errors import ArtifactError
from mnist_train import checkpoint

_SUFFIX = ".unfinished"
_CHECKPOINT = "checkpoint.safetensors"
_LOCK = ".lock"


def folder_of(run: Path) -> Path:
    """Where the run of that name is while it is under way; that folder's own path will do, too."""
    if run.name in ("", ".."):  # such as `.`, which names no run
        run = run.resolve()
    if not run.name:
        raise ArtifactError(f"{run} is no run.")
    return run if run.name.endswith(_SUFFIX) else run.with_name(run.name + _SUFFIX)


def run_of(folder: Path) -> Path:
    """What such a folder will become."""
    return folder.with_name(folder.name.removesuffix(_SUFFIX))


class Unfinished:
    """A training's folder, locked by this process.

    Attributes:
        folder: Where it is.
        target: The run that it becomes.
        is_done: Whether the run is complete, so that the folder can go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.target = run_of(folder)
        self.is_done = False

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is anything to go on with."""
        return (self.folder / _CHECKPOINT).exists()

    def save(self, contents: bytes) -> None:
        """Replaces the checkpoint.

        Raises:
            ArtifactError: It can't be written; the one before is still there.
        """
        try:
            checkpoint.write(self.folder / _CHECKPOINT, contents)
        except OSError as error:
            raise self.not_written(error) from error

    def not_written(self, error: OSError) -> ArtifactError:
        """What to say when the disk is full, or worse."""
        kept = f" The checkpoint before is kept: go on with --resume {shlex.quote(str(self.target))} once it can be."
        return ArtifactError(f"{self.folder} can't be written: {error.strerror}.{kept if self.has_checkpoint else ''}")

    def load(self) -> bytes:
        """The checkpoint's contents."""
        return (self.folder / _CHECKPOINT).read_bytes()

    def clear(self) -> None:
        """Deletes what a process has left that was killed before its first checkpoint."""
        shutil.rmtree(self.tensorboard, ignore_errors=True)
        self.history.unlink(missing_ok=True)

    @property
    def scratch(self) -> Path:
        """Where the run's files are written before they are in place."""
        return self.folder / "run"

    @property
    def history(self) -> Path:
        """Where the epochs so far are told."""
        return self.folder / artifact.HISTORY

    @property
    def tensorboard(self) -> Path:
        """Where event files go."""
        return self.folder / "tensorboard"


def check_free(target: Path) -> None:
    """Makes sure that a new training would overwrite neither a run nor another training.

    Raises:
        ArtifactError: Something is there already, or the name is not one for a run.
    """
    placing.check_free(target)
    if target.name.endswith(_SUFFIX):
        raise ArtifactError(f"{target} is a name for trainings under way. Choose another --output.")
    if is_begun(target):
        raise ArtifactError(
            f"{target} has been begun and is not finished. Go on with --resume {shlex.quote(str(target))}, or choose "
            "another --output."
        )


def is_begun(run: Path) -> bool:
    """Whether there is a checkpoint of a training that was to become that run."""
    return Unfinished(folder_of(run)).has_checkpoint


@contextmanager
def begin(target: Path, *, renamed_if_taken: bool) -> Iterator[Unfinished]:
    """Makes the folder for a new training; it is removed again if nothing was saved in it.

    Args:
        target: What the training will become.
        renamed_if_taken: Whether to take the next free name with a number, instead of failing, if this one is taken.

    Raises:
        ArtifactError: The target is taken, is being trained, or can't be written.
    """
    name, number = target.name, 1
    while not _make(folder_of(target), target) and renamed_if_taken:
        number += 1
        target = target.with_name(f"{name}-{number}")
    check_free(target)
    with _opened(folder_of(target)) as unfinished:
        check_free(target)  # nobody else has it any more
        unfinished.clear()
        yield unfinished


def _make(folder: Path, target: Path) -> bool:
    """Makes a folder whose name, like its target's, nobody has yet; returns whether it did."""
    try:
        if target.exists():
            return False
        folder.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise ArtifactError(f"{target} can't be written: {error.strerror}. Choose another --output.") from error
    return True


@contextmanager
def resume(run: Path) -> Iterator[Unfinished]:
    """Opens the folder of an interrupted training.

    Args:
        run: The folder, or the run that it was to become.

    Raises:
        ArtifactError: There is none to go on with, or another process is at it.
    """
    describe(run)
    with _opened(folder_of(run)) as unfinished:
        placing.check_free(unfinished.target)
        yield unfinished


def describe(run: Path) -> dict[str, Any]:
    """What the checkpoint of an interrupted training says of it.

    Raises:
        ArtifactError: There is none to go on with.
    """
    folder = folder_of(run)
    path, target = folder / _CHECKPOINT, run_of(folder)
    try:
        if (target / artifact.METADATA).exists():
            shutil.rmtree(folder, ignore_errors=True)  # it was interrupted after its last step, before this one
            raise ArtifactError(f"{target} is complete: there is nothing to go on with.")
        if not folder.is_dir():
            others = artifact.newest(folder.parent, f"*{_SUFFIX}/{_CHECKPOINT}")
            names = ", ".join(str(run_of(other)) for other in others)
            hint = f"The newest there: {names}." if names else "Train anew, without --resume."
            raise ArtifactError(f"There is no interrupted training {folder}. {hint}")
        if not path.exists():
            raise ArtifactError(f"{folder} was interrupted before its first checkpoint. Begin it again.")
        return checkpoint.describe(path)
    except OSError as error:
        raise ArtifactError(f"{path} can't be read: {error.strerror or error}.") from error


@contextmanager
def _opened(folder: Path) -> Iterator[Unfinished]:
    """Locks the folder, and removes it in the end if it is not needed any more."""
    unfinished, is_needed = Unfinished(folder), True
    try:
        with FileLock(folder / _LOCK, timeout=0):
            try:
                yield unfinished
            finally:
                is_needed = unfinished.has_checkpoint and not unfinished.is_done
                if not is_needed and os.name != "nt":  # Windows removes no file that is locked
                    shutil.rmtree(folder, ignore_errors=True)
    except Timeout as error:
        raise ArtifactError(f"Another process is training {unfinished.target} at this moment.") from error
    finally:
        if not is_needed and os.name == "nt":
            shutil.rmtree(folder, ignore_errors=True)
