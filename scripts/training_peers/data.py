"""Puts MNIST where all contenders find it, so that none of them has to unpack it."""

import gzip
from pathlib import Path

from mnist_core.registry import SOURCES, Part
from mnist_core.storage import data_folder, provide

_PARTS: tuple[Part, ...] = ("train", "test")


def unpack(data_dir: Path | None, scratch: Path) -> Path:
    """Puts MNIST's files where torchvision looks for them, unpacked as torchvision wants them.

    Args:
        data_dir: Where MNIST is, or is downloaded to.
        scratch: Where to put it.

    Returns:
        The folder to name as the data folder.
    """
    raw = scratch / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in _PARTS:
        for path in provide(SOURCES["mnist"], part, data_folder(data_dir)):
            contents = path.read_bytes()
            target = raw / path.name.removesuffix(".gz")
            target.write_bytes(gzip.decompress(contents) if path.suffix == ".gz" else contents)
    return scratch
