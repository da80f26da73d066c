"""Saves pictures: a file is there whole or not at all, and replaces the one that had its name."""

import os
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from visualizing.sheet import DPI, Picture

_FORMATS = {"png": {"Software": None}, "svg": {"Date": None}}  # metadata: the same picture is the same file


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
        _remove_pages(picture.name, folder, kind)
    return path


def _write(figure: Figure, path: Path, kind: str) -> None:
    with mpl.rc_context({"svg.hashsalt": "mnist"}), path.open("wb") as file:  # not what a clock or chance would give
        figure.savefig(file, format=kind, dpi=DPI, metadata=_FORMATS[kind])


def _beside(path: Path) -> Path:
    return path.with_name(f".{os.getpid()}.part")


def paged(name: str, number: int) -> str:
    """The name of a page: the first has no number."""
    return name if number == 1 else f"{name}-page-{number}"


def _remove_pages(name: str, folder: Path, kind: str) -> None:
    """Removes the further pages of the picture that was replaced; the new ones are yet to come."""
    number = 2
    while (left := folder / f"{paged(name, number)}.{kind}").exists():
        left.unlink()
        number += 1
