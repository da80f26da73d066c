"""Pictures as a command line names them: files, or standard input."""

import sys
from pathlib import Path
from typing import BinaryIO

from mnist_core.errors import PictureError, PictureTooLargeError

_MOST_BYTES = 256 * 2**20  # of a file; so that an endless one comes to an end


def contents(file: str) -> bytes:
    """Reads a file, or standard input where it is -.

    Raises:
        PictureError: It is a folder, or too large, or there is no standard input.
        OSError: It can't be read.
    """
    if file == "-":
        if sys.stdin is None:  # it was closed
            raise PictureError("There is no standard input.")
        return _at_most(sys.stdin.buffer)
    path = Path(file)
    if path.is_dir():
        raise PictureError(f"It is a folder: name the pictures in it, for example {shown(str(path / '*'))}")
    with path.open("rb") as opened:
        return _at_most(opened)


def shown(name: str) -> str:
    """A file's name as text, whatever bytes it has."""
    return name.encode(errors="replace").decode()


def _at_most(file: BinaryIO) -> bytes:
    read = file.read(_MOST_BYTES + 1)
    if len(read) > _MOST_BYTES:
        raise PictureTooLargeError(f"The file has more than {_MOST_BYTES // 2**20} MiB.")
    return read
