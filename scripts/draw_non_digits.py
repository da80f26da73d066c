# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.5",         # command line
#     "matplotlib>=3.11",   # brings fonts that are the same everywhere
#     "mnist-core[cli]",    # errors in words
#     "numpy>=2.4",         # noise
#     "pillow>=13",         # draws
# ]
#
# [tool.uv.sources]
# mnist-core = { path = "../packages/mnist-core", editable = true }
# ///
"""Draws what is not a digit, to measure what is refused: letters of many fonts, noise, and blank paper.

    uv run scripts/draw_non_digits.py pictures/non-digits
    uv run scripts/score.py pictures/non-digits --group kind

The pictures are the same on every machine.
"""

from pathlib import Path

import click

from mnist_core.cli import Command
from scoring import labels

_EPILOG = """\b
Examples:
  uv run scripts/draw_non_digits.py pictures/non-digits
  uv run scripts/score.py pictures/non-digits --group kind"""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def draw(folder: Path) -> None:
    """Draws letters, noise and blank paper into a new FOLDER, with a labels.csv that says "no digit" of each."""
    from non_digits.pictures import draw_all

    with labels.new(folder, "kind", "what") as add:
        pictures = list(draw_all())
        for number, (kind, what, picture) in enumerate(pictures):
            name = f"{number:04}.png"
            picture.save(folder / name)
            add(name, None, kind, what)
    click.echo(f"Drew {len(pictures):,} pictures of no digit into {folder}.")


if __name__ == "__main__":
    draw()
