"""Adds the strokes that other people's digits have: a slashed 0, a crossed 7, a 1 with a flag or a foot."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.sizes import SIDE
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.drawing import Extent, add_lines, middles
from mnist_train.augmentation.settings import Strokes

_RADIUS = (0.5, 1.5)  # half a stroke's width, in pixels: from a fine pen to a broad one
_LONG = 0.6  # of all slashes may reach far beyond their 0


def add(images: Tensor, labels: Tensor, strokes: Strokes, chance: Chance) -> None:
    """Adds strokes to some digits, in place; they may reach beyond the box of 20x20.

    Args:
        images: float32 (N, 28, 28), 0 to 1.
        labels: Their digits, int64 (N,).
        strokes: How often.
        chance: For these pictures.
    """
    slashed = (labels == 0) & chance.happens(strokes.slashed_zero)
    _make_room(images, slashed & chance.happens(_LONG), chance)
    extent = Extent.of(images)
    add_lines(images, slashed, _slash(extent, chance), chance.between(*_RADIUS))
    for digit, share, line in (
        (7, strokes.crossed_seven, _bar),
        (1, strokes.flagged_one, _flag),
        (1, strokes.footed_one, _foot),
    ):
        chosen = (labels == digit) & chance.happens(share)
        add_lines(images, chosen, line(images, extent, chance), chance.between(*_RADIUS))


def _make_room(images: Tensor, chosen: Tensor, chance: Chance) -> None:
    """Makes some zeros smaller, and narrower still: a slash may be twice as long as its ring."""
    zoom = chance.between(1, 1.6)
    across = zoom * chance.between(1, 1.7)
    where = chosen.nonzero().squeeze(1)
    if len(where):
        scales = torch.zeros(len(where), 2, 3, device=images.device)
        scales[:, 0, 0], scales[:, 1, 1] = across[where], zoom[where]
        grid = F.affine_grid(scales, [len(where), 1, SIDE, SIDE], align_corners=False)
        images[where] = F.grid_sample(images[where].unsqueeze(1), grid, align_corners=False).squeeze(1)


def _slash(extent: Extent, chance: Chance) -> Tensor:
    """Through the middle of a 0, mostly rising to the right; within it, or beyond."""
    x, y = (extent.left + extent.right) / 2, (extent.top + extent.bottom) / 2
    angle = chance.between(25, 88).deg2rad()
    angle = torch.where(chance.happens(0.1), torch.pi - angle, angle)
    across, up = angle.cos(), angle.sin()
    width, height = (extent.right - extent.left).clamp_min(2) / 2, (extent.bottom - extent.top).clamp_min(2) / 2
    ring = torch.hypot(across / width, up / height).reciprocal()  # from the middle to the ellipse that the 0 is
    down, rise = ring * chance.between(0.6, 2), ring * chance.between(0.6, 2)
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
    reach = chance.between(2, 12)
    return torch.stack([x, y, x - reach, y + reach * chance.between(0.5, 1.6)], dim=1)


def _foot(images: Tensor, extent: Extent, chance: Chance) -> Tensor:
    """Below a 1."""
    y = extent.bottom
    x = middles(images, y - 1) + chance.between(-1, 1)
    reach, tilt = chance.between(3, 7), chance.between(-1, 1)
    return torch.stack([x - reach, y - tilt, x + reach, y + tilt], dim=1)
