"""Makes pictures of no digit, out of digits and of lines, of which a model learns that it does not know them.

To learn from outliers is Hendrycks, Mazeika and Dietterich's idea (https://arxiv.org/abs/1812.04606).
"""

import math
from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.images import BOX
from mnist_core.sizes import SIDE
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.drawing import segments
from mnist_train.augmentation.letters import letters

_HALF = SIDE // 2
_MIDDLE = (SIDE - 1) / 2
_RADIUS = (0.5, 1.7)  # half a line's width
_POINTS = 7  # on a stroke
_WAVES = 4  # of a scribble
_FEWEST, _STROKES = 2, 4  # of a sign
_THERE = 0.5  # of the strokes that need not be there are
_BENT = 0.4  # of a sign's strokes are


def impostors(images: Tensor, labels: Tensor, chance: Chance) -> Tensor:
    """Makes pictures of no digit.

    Args:
        images: A batch of digits to make them of, float32 (B, 28, 28), 0 to 1.
        labels: Its digits, int64 (B,).
        chance: For the N pictures to make.

    Returns:
        float32 (N, 28, 28), 0 to 1.
    """

    def any_of(digits: Collection[int] = range(10)) -> Tensor:
        """Some of the batch's digits, (N, 28, 28); of any kind if there are none of the kinds wanted."""
        fitting = torch.isin(labels, torch.tensor(list(digits), device=labels.device)).nonzero().squeeze(1)
        fitting = fitting if len(fitting) else torch.arange(len(labels), device=labels.device)
        return images[fitting[(chance.between(0, 1) * len(fitting)).long()]]

    # Digits that stay digits when they are turned, mirrored or torn are left out.
    shares_and_pictures = (
        (2.0, _pair(any_of(), any_of(), chance)),
        (1.0, any_of((2, 3, 4, 5, 6, 7, 9)).rot90(1, (1, 2))),
        (1.0, any_of((2, 3, 4, 5, 6, 7, 9)).rot90(-1, (1, 2))),
        (1.0, any_of((3, 4, 6, 9)).flip(2)),
        (0.9, any_of((0, 2, 4, 5, 6, 7, 9)).roll(_HALF, 1)),
        (0.6, any_of((0, 2, 4, 5, 6, 7, 9)).roll(_HALF, 2)),
        (0.7, torch.cat([any_of()[:, :_HALF], any_of().rot90(1, (1, 2))[:, _HALF:]], dim=1)),
        (0.7, torch.cat([any_of()[:, :, :_HALF], any_of().rot90(1, (1, 2))[:, :, _HALF:]], dim=2)),
        (0.5, torch.maximum(any_of(), any_of().rot90(1, (1, 2)))),
        (2.0, _scribble(chance)),
        (2.0, _sign(chance)),
        (3.0, _letter(chance)),
        (1.0, _noise(chance)),
        (0.7, _shape(chance)),
    )
    shares, pictures = zip(*shares_and_pictures, strict=True)
    bounds = torch.tensor(shares).cumsum(0)
    drawn = chance.between(0, 1)
    kind = torch.bucketize(drawn * bounds[-1].item(), bounds.to(drawn.device), right=True).clamp_max(len(shares) - 1)
    return torch.stack(pictures)[kind, torch.arange(len(kind), device=kind.device)]


def _pair(left: Tensor, right: Tensor, chance: Chance) -> Tensor:
    """Two digits side by side, as small as they become when they have to fit the box together."""
    small = F.avg_pool2d(torch.stack([left, right], dim=1), 2)
    nearer = chance.happens(0.5)[:, None, None]
    apart = torch.cat([small[:, 0], small[:, 1]], dim=2)
    close = F.pad(torch.cat([small[:, 0, :, :-2], small[:, 1, :, 2:]], dim=2), (2, 2))
    both = F.pad(torch.where(nearer, close, apart), (0, 0, _HALF // 2, _HALF // 2))
    return (both * 1.3).clamp(0, 1)  # to be small made their lines fainter


def _scribble(chance: Chance) -> Tensor:
    """A curve that winds at random: a sum of a few waves."""
    phase, strength = chance.between(0, 2 * math.pi, 2, _WAVES, 1), chance.normal(1, 2, _WAVES, 1)
    times = torch.linspace(0, 0.7 * 2 * math.pi, 2 * _POINTS, device=phase.device)
    waves = torch.arange(1, _WAVES + 1, device=phase.device)[:, None]
    curve = (strength / waves * torch.sin(waves * times + phase)).sum(dim=2).transpose(1, 2)  # (N, points, 2)
    low, high = curve.amin(dim=1, keepdim=True), curve.amax(dim=1, keepdim=True)
    side = (high - low).amax(dim=2, keepdim=True).clamp_min(0.1)
    curve = (curve - (low + high) / 2) / side * chance.between(0.7 * BOX, BOX)[:, None, None] + _MIDDLE
    return _drawn(curve[:, None], chance)


def _sign(chance: Chance) -> Tensor:
    """A few strokes between the places where those of letters meet: corners, and the middles between them.

    Straight ones and bows, as letters have in many scripts; what happens to be a digit is rare.
    """
    ends = chance.between(-0.5, 2.5, _STROKES, 2, 2).round().clamp(0, 2) - 1  # from the middle, right and down
    half = torch.stack([chance.between(4, 10), chance.between(8, 10)], dim=1)[:, None, None, :]
    start, end = (ends * half + _MIDDLE).unbind(dim=2)  # (N, strokes, 2)
    bow = chance.between(-0.7, 0.7, _STROKES) * (chance.between(0, 1, _STROKES) < _BENT)
    along = end - start
    aside = torch.stack([-along[..., 1], along[..., 0]], dim=2) * bow[..., None]
    times = torch.linspace(0, 1, _POINTS, device=bow.device)[:, None]
    strokes = start[:, :, None] + along[:, :, None] * times + aside[:, :, None] * torch.sin(math.pi * times)
    is_there = (chance.between(0, 1, _STROKES) < _THERE) | (torch.arange(_STROKES, device=bow.device) < _FEWEST)
    # A stroke that is not there is written over the first.
    return _drawn(torch.where(is_there[:, :, None, None], strokes, strokes[:, :1]), chance)


def _letter(chance: Chance) -> Tensor:
    """A letter as high as a digit, or a small one."""
    height = chance.between(0.7 * BOX, BOX)[:, None, None, None]
    return _drawn(letters(chance) * height + _MIDDLE, chance)


def _drawn(curves: Tensor, chance: Chance) -> Tensor:
    """Draws curves (N, strokes, points, 2) with a pen of one width."""
    lines = torch.cat([curves[:, :, :-1], curves[:, :, 1:]], dim=3).flatten(1, 2)  # (N, lines, 4)
    radius = chance.between(*_RADIUS)[:, None].expand(lines.shape[:2])
    return segments(lines.flatten(0, 1), radius.flatten()).view(*radius.shape, SIDE, SIDE).amax(dim=1)


def _noise(chance: Chance) -> Tensor:
    """Fine or coarse noise, soft or hard, over all of the picture or its middle."""
    fine = chance.between(0, 1, SIDE, SIDE)
    coarse = chance.between(0, 1, _HALF // 2, _HALF // 2).repeat_interleave(4, 1).repeat_interleave(4, 2)
    noise = torch.where(chance.happens(0.5)[:, None, None], fine, coarse)
    noise = (noise - chance.between(0.4, 0.7)[:, None, None]) * chance.between(2, 20)[:, None, None]
    margin = (SIDE - BOX) // 2
    framed = F.pad(noise[:, margin:-margin, margin:-margin], (margin,) * 4)
    return torch.where(chance.happens(0.5)[:, None, None], framed, noise).clamp(0, 1)


def _shape(chance: Chance) -> Tensor:
    """A rectangle, filled or not."""
    low, high = chance.between(3, 12, 2), chance.between(14, 25, 2)
    pixels = torch.arange(SIDE, device=low.device)
    within = torch.minimum(pixels - low[:, :, None], high[:, :, None] - pixels)  # (N, 2, 28)
    within = torch.minimum(within[:, :1], within[:, 1:].transpose(1, 2))  # (N, 28, 28): how far from the nearest side
    frame = chance.between(1, 4)[:, None, None]
    filled = (within + 0.5).clamp(0, 1)
    hole = torch.where(chance.happens(0.5)[:, None, None], (within - frame + 0.5).clamp(0, 1), 0)
    return filled - hole
