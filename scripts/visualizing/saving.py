"""Saves pictures: a file is there whole or not at all, and replaces the one that had its name."""

import io
import os
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from common import pages
from visualizing.sheet import DPI, Picture

_METADATA = {"Date": None}  # the same picture is the same file
_SHADES, _ROUNDS = 256, 3  # colours of a PNG file, and how often they are brought nearer to those that are there


def prepare(folder: Path) -> None:
    """Makes the folder, so that what is wrong with it is said before anything takes time.

    Raises:
        OSError: It can't be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = _beside(folder / "probe")
    probe.touch()
    probe.unlink()


def save(picture: Picture, folder: Path, kind: str) -> Path:
    """Saves a picture; one that is a first page replaces all pages.

    Args:
        picture: The picture.
        folder: Where to.
        kind: "png" or "svg".

    Returns:
        Its file.

    Raises:
        OSError: It can't be written.
    """
    path = folder / f"{picture.name}.{kind}"
    part = _beside(path)
    try:
        _write(picture.figure, part, kind)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    if picture.is_first_page:
        pages.remove_after(1, path)  # the new ones are yet to come
    return path


def _write(figure: Figure, path: Path, kind: str) -> None:
    with mpl.rc_context({"svg.hashsalt": "mnist"}), path.open("wb") as file:  # not what a clock or chance would give
        if kind == "svg":
            figure.savefig(file, format=kind, metadata=_METADATA)
            return
        drawn = io.BytesIO()
        figure.savefig(drawn, format=kind, dpi=DPI)
        # Half of the bytes, for a difference that nobody sees.
        Image.open(drawn).convert("RGB").quantize(_SHADES, kmeans=_ROUNDS).save(file, kind, optimize=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{os.getpid()}.part")
