"""Reads IDX files, the format in which MNIST and its relatives are published, raw or gzipped.

An IDX file is a four-byte magic number (two zeros, a type code, the number of dimensions), the size of each
dimension as a big-endian int32, and the elements in C order. Described at the foot of
http://yann.lecun.com/exdb/mnist/.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from mnist_core.errors import DataError

# The two element types that MNIST's relatives use.
_DTYPES: dict[int, np.dtype[Any]] = {0x08: np.dtype(np.uint8), 0x0C: np.dtype(">i4")}

# A header is believed up to here only, so that a damaged one can't ask for all the memory. The largest file read
# here, EMNIST's training images, has a fifth of it.
_MOST_BYTES = 2**30


def read_idx(path: Path) -> npt.NDArray[Any]:
    """Reads one IDX file.

    Args:
        path: The file; a name that ends in `.gz` is decompressed on the way.

    Returns:
        The array in the shape that the header gives: uint8, or int32 in native byte order.

    Raises:
        DataError: The file can't be read, is damaged, or is no IDX file.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return _read(file, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is damaged: {error}. {_remedy(path)}") from error
    except OSError as error:
        raise DataError(f"{path} can't be read: {error.strerror or error}.") from error


def _read(file: BinaryIO | gzip.GzipFile, path: Path) -> npt.NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES or not 1 <= magic[3] <= 4:
        raise DataError(f"{path} is not an IDX file: it begins with {magic.hex(' ') or 'nothing'}. {_remedy(path)}")
    dtype, dimensions = _DTYPES[magic[2]], magic[3]

    header = file.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise DataError(f"{path} is damaged: it ends within its header. {_remedy(path)}")
    shape = struct.unpack(f">{dimensions}I", header)

    expected = math.prod(shape) * dtype.itemsize
    if expected > _MOST_BYTES:
        raise DataError(f"{path} is damaged: its header promises {expected:,} bytes. {_remedy(path)}")
    elements = file.read(expected + 1)  # one more than promised, to notice what is too long
    if len(elements) != expected:
        found = f"{len(elements):,}" if len(elements) < expected else "more"
        raise DataError(
            f"{path} is damaged: its header promises {expected:,} bytes of data, and {found} follow. {_remedy(path)}"
        )
    array: npt.NDArray[Any] = np.frombuffer(elements, dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _remedy(path: Path) -> str:
    return f"Delete {path.name} to have it downloaded anew."
