"""Wears pictures as pens, paper and cameras do: width of lines, blur, grain, gaps, and what is left beside a digit."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.sizes import SIDE
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.drawing import add_lines, segments
from mnist_train.augmentation.settings import Wear

_THINNER = 0.6  # of the way to lines that are narrower by two pixels, at most: some would vanish
_VERY_WIDE = 0.1  # of those with another width are of a marker


def worn(images: Tensor, wear: Wear, chance: Chance) -> Tensor:
    """Wears pictures.

    Args:
        images: float32 (N, 28, 28), 0 to 1.
        wear: How often.
        chance: For these pictures.

    Returns:
        float32 (N, 28, 28), 0 to 1; the strongest ink is about 1, as `to_mnist` leaves it.
    """
    images = _blurred(_widened(images, wear.width, chance), wear.blur, chance)
    _grain(images, wear.grain, chance)
    _interrupt(images, wear.gap, chance)
    _leave_line(images, wear.line, chance)
    _leave_speck(images, wear.speck, chance)
    return images


def _widened(images: Tensor, share: float, chance: Chance) -> Tensor:
    much = chance.between(-1, 1) * chance.happens(share)
    wide = _grown(images)
    very = chance.happens(share * _VERY_WIDE)
    wide[very] = _grown(wide[very])
    narrow = -_grown(-images)
    more, less = much.clamp_min(0)[:, None, None], -_THINNER * much.clamp_max(0)[:, None, None]
    return _at_full_strength(images + more * (wide - images) + less * (narrow - images))


def _blurred(images: Tensor, share: float, chance: Chance) -> Tensor:
    """Blurs, or makes edges harder."""
    much = (chance.between(-1, 1) * chance.happens(share))[:, None, None]
    soft = F.avg_pool2d(images.unsqueeze(1), 3, 1, 1).squeeze(1)
    return _at_full_strength((images + much * (soft - images)).clamp(0, 1))


def _grown(images: Tensor) -> Tensor:
    """The most of each pixel and its neighbours."""
    padded = F.pad(images, (1, 1, 1, 1), value=-1)
    tall = torch.maximum(torch.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    return torch.maximum(torch.maximum(tall[:, :, :-2], tall[:, :, 1:-1]), tall[:, :, 2:])


def _at_full_strength(images: Tensor) -> Tensor:
    return images / images.amax(dim=(1, 2), keepdim=True).clamp_min(0.2)


def _grain(images: Tensor, share: float, chance: Chance) -> None:
    chosen = chance.happens(share)
    missing = chance.between(0, 0.7)[:, None, None] * chance.between(0, 1, SIDE, SIDE)
    images[chosen] *= 1 - missing[chosen]


def _interrupt(images: Tensor, share: float, chance: Chance) -> None:
    chosen = chance.happens(share)
    x, y = chance.between(8, 20), chance.between(6, 22)
    angle, reach = chance.between(0, math.pi), chance.between(1.5, 6)
    across, down = angle.cos() * reach, angle.sin() * reach
    gaps = torch.stack([x - across, y - down, x + across, y + down], dim=1)
    radius = chance.between(0, 0.7)
    images[chosen] *= 1 - segments(gaps[chosen], radius[chosen])


def _leave_line(images: Tensor, share: float, chance: Chance) -> None:
    """Leaves a part of a line near an edge."""
    chosen = chance.happens(share)
    place = torch.where(chance.happens(0.5), chance.between(0, 4), chance.between(23.5, 27))
    start, end, tilt = chance.between(-4, 14), chance.between(14, 32), chance.between(-1, 1)
    lying = torch.stack([start, place - tilt, end, place + tilt], dim=1)
    standing = torch.stack([place - tilt, start, place + tilt, end], dim=1)
    lines = torch.where(chance.happens(0.5)[:, None], lying, standing)
    add_lines(images, chosen, lines, chance.between(0.1, 1), chance.between(0.3, 1))


def _leave_speck(images: Tensor, share: float, chance: Chance) -> None:
    chosen = chance.happens(share)
    x, y = chance.between(0, SIDE - 1), chance.between(0, SIDE - 1)
    across, down = chance.between(-1.5, 1.5), chance.between(-1.5, 1.5)
    add_lines(images, chosen, torch.stack([x, y, x + across, y + down], dim=1), chance.between(0.2, 1))
