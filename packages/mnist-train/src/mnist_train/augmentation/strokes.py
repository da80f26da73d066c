"""Adds the strokes that other people's digits have: a slashed 0, a crossed 7, a 1 with a flag or a foot."""

import torch
from torch import Tensor

from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.drawing import Extent, add_lines, middles
from mnist_train.augmentation.settings import Strokes

_RADIUS = (0.5, 1.5)  # half a stroke's width, in pixels: from a fine pen to a broad one


def add(images: Tensor, labels: Tensor, strokes: Strokes, chance: Chance) -> None:
    """Adds strokes to some digits, in place; they may reach beyond the box of 20x20.

    Args:
        images: float32 (N, 28, 28), 0 to 1.
        labels: Their digits, int64 (N,).
        strokes: How often.
        chance: For these pictures.
    """
    extent = Extent.of(images)
    for digit, share, line in (
        (0, strokes.slashed_zero, _slash),
        (7, strokes.crossed_seven, _bar),
        (1, strokes.flagged_one, _flag),
        (1, strokes.footed_one, _foot),
    ):
        chosen = (labels == digit) & chance.happens(share)
        add_lines(images, chosen, line(images, extent, chance), chance.between(*_RADIUS))


def _slash(_: Tensor, extent: Extent, chance: Chance) -> Tensor:
    """Through the middle of a 0, mostly rising to the right; within it, or beyond."""
    x, y = (extent.left + extent.right) / 2, (extent.top + extent.bottom) / 2
    angle = chance.between(25, 75).deg2rad()
    angle = torch.where(chance.happens(0.1), torch.pi - angle, angle)
    across, up = angle.cos(), angle.sin()
    width, height = (extent.right - extent.left).clamp_min(2) / 2, (extent.bottom - extent.top).clamp_min(2) / 2
    ring = torch.hypot(across / width, up / height).reciprocal()  # from the middle to the ellipse that the 0 is
    down, rise = ring * chance.between(0.6, 1.45), ring * chance.between(0.6, 1.45)
    return torch.stack([x - down * across, y + down * up, x + rise * across, y - rise * up], dim=1)


def _bar(images: Tensor, extent: Extent, chance: Chance) -> Tensor:
    """Across the stem of a 7."""
    y = extent.top + (extent.bottom - extent.top) * chance.between(0.35, 0.65)
    x = middles(images, y) + chance.between(-1, 1)
    reach, tilt = chance.between(2.5, 6), chance.between(-1.5, 1)
    return torch.stack([x - reach, y - tilt, x + reach, y + tilt], dim=1)


def _flag(images: Tensor, extent: Extent, chance: Chance) -> Tensor:
    """From the head of a 1 down to the left: steeper than the top of a 7."""
    x, y = middles(images, extent.top + 1), extent.top + 0.5
    reach = chance.between(2, 8)
    return torch.stack([x, y, x - reach, y + reach * chance.between(0.5, 1.6)], dim=1)


def _foot(images: Tensor, extent: Extent, chance: Chance) -> Tensor:
    """Below a 1."""
    y = extent.bottom
    x = middles(images, y - 1) + chance.between(-1, 1)
    reach, tilt = chance.between(3, 7), chance.between(-1, 1)
    return torch.stack([x - reach, y - tilt, x + reach, y + tilt], dim=1)
