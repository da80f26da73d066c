"""Makes datasets and picture files for the tests, and runs commands."""

import functools
import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from click.testing import CliRunner, Result
from PIL import Image, ImageDraw

from mnist_core import datasets, registry

HANGS = 300  # s: a process that takes longer than this has hung, however slow the machine is
IDX_CODES = {np.dtype(np.uint8): 0x08, np.dtype(np.int32): 0x0C}


# Strokes of digits, each from point to point, in hundredths of a sheet. All but the zero have parts that are as
# straight, and go on as far, as a ruled line or the side of a box.
STROKES = {
    0: [[(50, 12), (70, 25), (72, 60), (55, 85), (35, 78), (28, 45), (35, 22), (50, 12)]],
    1: [[(55, 12), (47, 88)]],
    2: [[(25, 28), (40, 14), (62, 20), (60, 45), (24, 84), (78, 82)]],
    4: [[(45, 12), (20, 58), (80, 56)], [(62, 30), (60, 88)]],
    5: [[(72, 14), (34, 14), (30, 45), (60, 48), (68, 70), (50, 86), (25, 80)]],
    7: [[(20, 16), (78, 14), (45, 88)]],
}

Run = Callable[..., Result]


def runner(cli: CliRunner, command: click.Command) -> Run:
    """What runs a command, in this process, with arguments that are texts or paths."""
    return lambda *arguments: cli.invoke(command, list(map(str, arguments)))


def write_idx(path: Path, array: npt.NDArray[Any]) -> Path:
    """Writes an IDX file, gzipped if its name ends in .gz."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, IDX_CODES[array.dtype], array.ndim, *array.shape)
    contents = header + array.astype(array.dtype.newbyteorder(">")).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(contents, mtime=0) if path.suffix == ".gz" else contents)
    return path


_load_embedded = datasets._load_embedded  # the real one, which a fixture of all tests replaces


@functools.cache
def embedded_digits(part: registry.Part) -> datasets.Dataset:
    """The embedded digits, brought to 28x28 once for all tests."""
    return _load_embedded(part)


def write_dataset(
    folder: Path, source: registry.Source, suffix: str = ".gz", train: int = 600, test: int = 200
) -> Path:
    """Writes a dataset of embedded digits under the published names of another."""
    counts: dict[registry.Part, int] = {"train": train, "test": test}
    for part, count in counts.items():
        data = embedded_digits(part)
        images, labels = (file.name.removesuffix(".gz") for file in source.files(part))
        write_idx(folder / f"{images}{suffix}", data.images[:count])
        write_idx(folder / f"{labels}{suffix}", data.labels[:count].astype(np.uint8))
    return folder


def closing(streams: str, command: list[str]) -> list[str]:
    """A command as a shell runs it with some of its standard streams closed, such as `2>&-`."""
    return ["sh", "-c", f'exec "$@" {streams}', "sh", *command]


def png(image: npt.NDArray[np.uint8]) -> bytes:
    """An image as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def draw_digit(digit: int, pen: int) -> Image.Image:
    """Draws one of `STROKES`, dark on light, in the middle of a sheet.

    Args:
        digit: Which.
        pen: How wide the pen is, in hundredths of the sheet, which is 300 pixels wide.
    """
    sheet = Image.new("L", (300, 300), 230)
    draw = ImageDraw.Draw(sheet)
    for stroke in STROKES[digit]:
        draw.line([(3 * x, 3 * y) for x, y in stroke], fill=30, width=3 * pen, joint="curve")
    return sheet


def cut_out(sheet: Image.Image) -> npt.NDArray[np.uint8]:
    """A sheet cut along its ink."""
    return np.asarray(sheet)[around_ink(sheet)]


def around_ink(sheet: Image.Image) -> tuple[slice, slice]:
    """The rows and columns within which a sheet is dark."""
    left, top, right, bottom = sheet.point(lambda shade: 255 * (shade < 128)).getbbox() or (0, 0, 0, 0)
    return slice(top, bottom), slice(left, right)
