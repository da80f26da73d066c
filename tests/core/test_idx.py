"""Reading IDX: what is right is read exactly, and what is wrong is named."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor

from mnist_core.errors import DataError
from mnist_core.idx import read_idx
from support import write_idx

shapes = hnp.array_shapes(min_dims=1, max_dims=4, max_side=5)
arrays = st.one_of(hnp.arrays(np.uint8, shapes), hnp.arrays(np.int32, shapes))


@given(array=arrays, suffix=st.sampled_from(["", ".gz"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_reading_gives_back_what_was_written(array: np.ndarray, suffix: str, tmp_path: Path) -> None:
    """read(write(x)) == x, for every shape and both types."""
    found = read_idx(write_idx(tmp_path / f"file-idx{suffix}", array))

    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
def test_torchvision_reads_the_same(dtype: type, tmp_path: Path) -> None:
    path = write_idx(tmp_path / "file-idx", np.arange(24, dtype=dtype).reshape(2, 3, 4))

    np.testing.assert_array_equal(read_idx(path), read_sn3_pascalvincent_tensor(str(path)).numpy())


@pytest.mark.parametrize(
    ("contents", "complaint"),
    [
        (b"", "not an IDX file: it begins with nothing"),
        (b"\x00\x00\x08", "not an IDX file"),
        (b"<!DOCTYPE html>", "not an IDX file: it begins with 3c 21 44 4f"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01\x00\x00\x00\x00", "not an IDX file"),  # float32, which none of them use
        (b"\x00\x00\x08\x00", "not an IDX file"),  # no dimension
        (b"\x00\x00\x08\x09", "not an IDX file"),  # nine dimensions
        (b"\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00", "ends within its header"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x05abcd", "promises 5 bytes of data, and 4 follow"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x05abcdef", "promises 5 bytes of data, and more follow"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12 + b"abc", "promises 79,228,162,458,924,105,385,300,197,375 bytes"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_what_is_no_idx_file_is_refused(contents: bytes, complaint: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"file-idx{suffix}"
    path.write_bytes(gzip.compress(contents) if suffix else contents)

    with pytest.raises(DataError, match=r"file-idx") as caught:
        read_idx(path)

    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-12],  # the end is missing
        lambda packed: packed[:40] + bytes([packed[40] ^ 0xFF]) + packed[41:],  # a byte is flipped
        lambda packed: b"not gzip at all",
    ],
    ids=["truncated", "flipped", "not gzip"],
)
def test_damaged_gzip_is_refused(damage: object, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    path = write_idx(tmp_path / "file-idx.gz", generator.integers(0, 256, (50, 28, 28), dtype=np.uint8))
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]

    with pytest.raises(DataError, match=r"file-idx\.gz .*(damaged|not an IDX file)"):
        read_idx(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere-idx can't be read: No such file"):
        read_idx(tmp_path / "nowhere-idx")
