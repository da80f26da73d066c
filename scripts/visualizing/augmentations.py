"""The same images as each recipe sees them in training."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import torch

from common.words import listed
from mnist_core.datasets import Dataset
from mnist_train.augmentation.augmenter import Augmenter
from mnist_train.recipes import RECIPES
from visualizing.colors import QUIET
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet, mosaic

_VERSIONS, _IMPOSTORS = 6, 2  # rows
_BATCH = 500  # images that impostors are made of
_GAP = 2  # pixels between images
_LABEL = 1.75  # inches
_CHANGED = "changed at random"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def draw(dataset: Dataset) -> Picture:
    """Draws an image of each class, as it is and as it is changed at random."""
    chosen = [int(np.flatnonzero(dataset.labels == label)[0]) for label in np.unique(dataset.labels)]
    images, labels = dataset.images[chosen], dataset.labels[chosen]
    recipes = {name: recipe.suited_to(dataset.name) for name, recipe in RECIPES.items()}
    plain = [name for name, recipe in recipes.items() if not recipe.augmentation]
    blocks = [(listed(plain), "as they are", images)]
    for name, recipe in recipes.items():
        if not recipe.augmentation:
            continue
        augmenter = Augmenter(recipe.augmentation, torch.device("cpu"))
        versions = _augmented(augmenter, np.tile(images, (_VERSIONS, 1, 1)), np.tile(labels, _VERSIONS))
        blocks.append((name, _CHANGED, versions[: _VERSIONS * len(images)]))
        if recipe.augmentation.impostors:
            others = _augmented(augmenter, dataset.images[:_BATCH], dataset.labels[:_BATCH])[_BATCH:]
            blocks.append(
                (f"{name}, impostors", _share(recipe.augmentation.impostors), others[: _IMPOSTORS * len(images)])
            )
    return _page(dataset, blocks)


def _share(impostors: float) -> str:
    """How many impostors there are for a digit, as whole numbers: "three for every 16"."""
    share = Fraction(impostors).limit_denominator(100)
    some = _NUMBERS[share.numerator] if share.numerator < len(_NUMBERS) else str(share.numerator)
    every = "digit" if share.denominator == 1 else f"{share.denominator} digits"
    return f"{some} for every\n{every}"


def _augmented(
    augmenter: Augmenter, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    source = torch.Generator().manual_seed(0)
    changed = augmenter(torch.tensor(images), torch.tensor(labels), source, lambda batch: batch)
    result: npt.NDArray[np.uint8] = changed.round().clamp(0, 255).to(torch.uint8).numpy()
    return result


def _page(dataset: Dataset, blocks: list[tuple[str, str, npt.NDArray[np.uint8]]]) -> Picture:
    columns = len(blocks[0][2])
    pitch = (WIDTH - 2 * MARGIN - _LABEL) / columns
    changing = [f"“{name}”" for name, what, _ in blocks if what == _CHANGED]
    recipes = f"recipe{'s' if len(changing) > 1 else ''} {listed(changing)}"
    title = f"The {recipes} never {'see' if len(changing) > 1 else 'sees'} the same image of {dataset.title} twice"
    remark = (
        f"The same {columns} training images in each row of a recipe. Changes are what other hands, pens, papers and "
        "cameras would make; impostors are no digits, of which a network learns to be unsure."
    )
    rows = sum(len(images) // columns for *_, images in blocks)
    sheet = Sheet(rows * pitch + (len(blocks) - 1) * 0.15 + MARGIN, title, remark)
    top = 0.0
    for name, what, images in blocks:
        height = len(images) // columns * pitch
        sheet.write(MARGIN, top + 0.05, name, size=12, weight="bold", va="top")
        sheet.write(MARGIN, top + 0.28, what, size=9.5, color=QUIET, va="top", linespacing=1.3)
        sheet.image(MARGIN + _LABEL, top, columns * pitch, height, mosaic(images, columns, _GAP))
        top += height + 0.15
    return Picture("augmentations", title, sheet.figure)
