# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.5",             # command line
#     "mnist-core[cli,data]",   # MNIST; errors in words
#     "numpy>=2.4",             # paper, light, ink
#     "pillow>=13",             # scales, blurs, saves
# ]
#
# [tool.uv.sources]
# mnist-core = { path = "../packages/mnist-core", editable = true }
# ///
"""Draws MNIST's test images as people's pictures have digits: photographed, on squared paper, in forms, on screens.

    uv run scripts/draw_scenes.py pictures/scenes
    uv run scripts/score.py pictures/scenes --group kind

`scenes` has a module for each family of kinds. The pictures are the same on every machine.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from mnist_core.cli import Command
from scoring import labels

if TYPE_CHECKING:
    from mnist_core.datasets import Dataset
    from scenes.camera import Picture

_EPILOG = """\b
Examples:
  uv run scripts/draw_scenes.py pictures/scenes
  uv run scripts/draw_scenes.py pictures/scenes --each 20
  uv run scripts/score.py pictures/scenes --group kind
  uv run scripts/ablate.py pictures/scenes --group kind"""


_SHARE = 500  # digits that each kind has to itself


class Scene(NamedTuple):
    """A picture of a digit."""

    kind: str
    number: int
    label: int
    picture: "Picture"

    @property
    def file(self) -> str:
        """A name to save it under."""
        return f"{self.kind.replace(' ', '-')}-{self.number:03}{self.picture.suffix}"


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--each", default=200, show_default=True, type=click.IntRange(min=1), help="How many pictures of a kind.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where MNIST is, or is downloaded to.  [default: $MNIST_DATA_DIR, else ./data]",
)
def draw(folder: Path, each: int, data_dir: Path | None) -> None:
    """Draws digits of MNIST's test images as people's pictures have them, into a new FOLDER with a labels.csv."""
    from mnist_core import datasets
    from scenes.kinds import KINDS

    digits = datasets.load("mnist", "test", data_dir)
    count = each * len(KINDS)
    with (
        labels.new(folder, "kind") as add,
        click.progressbar(scenes(digits, each), count, file=sys.stderr, hidden=not sys.stderr.isatty()) as progress,
    ):
        for scene in progress:
            scene.picture.save(folder / scene.file)
            add(scene.file, scene.label, scene.kind)
    click.echo(f"Drew {count:,} pictures of digits into {folder}.")


def scenes(digits: "Dataset", each: int) -> Iterator[Scene]:
    """The pictures of each kind: those of a smaller number are the first of a greater one, whatever kinds there are.

    Of MNIST's digits none is there twice in 20 kinds, up to 500 of each; then they begin anew.
    """
    import numpy as np

    from scenes.hand import Hand
    from scenes.kinds import KINDS

    order = np.random.default_rng(0).permutation(len(digits))
    for place, (kind, pictured) in enumerate(KINDS.items()):
        for number in range(each):
            random = np.random.default_rng((place, number))
            which = order[(place * _SHARE + number) % len(order)]
            hand = Hand(digits.images[which], digits.images, random)
            yield Scene(kind, number, int(digits.labels[which]), pictured(hand, random))


if __name__ == "__main__":
    draw()
