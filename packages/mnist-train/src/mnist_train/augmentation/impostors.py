"""Makes pictures of no digit, out of digits and of lines, of which a model learns that it does not know them.

To learn from outliers is Hendrycks, Mazeika and Dietterich's idea (https://arxiv.org/abs/1812.04606).
"""

import math
from collections.abc import Callable, Collection

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
_BOLD = 2.5  # half the width of a letter's widest lines
_CONTRAST = 0.4  # of the letters have lines that are the finer, the more they lie
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
    shares_and_makers: tuple[tuple[float, Callable[[Tensor], Tensor]], ...] = (
        (2.0, lambda made: _pair(any_of(), any_of(), chance)[made]),
        (1.0, lambda made: any_of((2, 3, 4, 5, 6, 7, 9))[made].rot90(1, (1, 2))),
        (1.0, lambda made: any_of((2, 3, 4, 5, 6, 7, 9))[made].rot90(-1, (1, 2))),
        (1.0, lambda made: any_of((3, 4, 6, 9))[made].flip(2)),
        (0.9, lambda made: any_of((0, 2, 4, 5, 6, 7, 9))[made].roll(_HALF, 1)),
        (0.6, lambda made: any_of((0, 2, 4, 5, 6, 7, 9))[made].roll(_HALF, 2)),
        (0.7, lambda made: torch.cat([any_of()[:, :_HALF], any_of().rot90(1, (1, 2))[:, _HALF:]], dim=1)[made]),
        (0.7, lambda made: torch.cat([any_of()[:, :, :_HALF], any_of().rot90(1, (1, 2))[:, :, _HALF:]], dim=2)[made]),
        (0.5, lambda made: torch.maximum(any_of(), any_of().rot90(1, (1, 2)))[made]),
        (2.0, lambda made: _scribble(made, chance)),
        (2.0, lambda made: _sign(made, chance)),
        (8.0, lambda made: _letter(made, chance)),
        (1.0, lambda made: _noise(chance)[made]),
        (0.7, lambda made: _shape(chance)[made]),
    )
    shares, makers = zip(*shares_and_makers, strict=True)
    bounds = torch.tensor(shares).cumsum(0)
    drawn = chance.between(0, 1)
    kinds = torch.bucketize(drawn * bounds[-1].item(), bounds.to(drawn.device), right=True).clamp_max(len(shares) - 1)
    pictures = torch.zeros(len(kinds), SIDE, SIDE, device=kinds.device)
    for kind, make in enumerate(makers):
        made = kinds == kind
        pictures[made] = make(made)
    return pictures


def _pair(left: Tensor, right: Tensor, chance: Chance) -> Tensor:
    """Two digits side by side, as small as they become when they have to fit the box together."""
    small = F.avg_pool2d(torch.stack([left, right], dim=1), 2)
    nearer = chance.happens(0.5)[:, None, None]
    apart = torch.cat([small[:, 0], small[:, 1]], dim=2)
    close = F.pad(torch.cat([small[:, 0, :, :-2], small[:, 1, :, 2:]], dim=2), (2, 2))
    both = F.pad(torch.where(nearer, close, apart), (0, 0, _HALF // 2, _HALF // 2))
    return (both * 1.3).clamp(0, 1)  # to be small made their lines fainter


def _scribble(made: Tensor, chance: Chance) -> Tensor:
    """A curve that winds at random: a sum of a few waves."""
    phase, strength = chance.between(0, 2 * math.pi, 2, _WAVES, 1), chance.normal(1, 2, _WAVES, 1)
    times = torch.linspace(0, 0.7 * 2 * math.pi, 2 * _POINTS, device=phase.device)
    waves = torch.arange(1, _WAVES + 1, device=phase.device)[:, None]
    curve = (strength / waves * torch.sin(waves * times + phase)).sum(dim=2).transpose(1, 2)  # (N, points, 2)
    low, high = curve.amin(dim=1, keepdim=True), curve.amax(dim=1, keepdim=True)
    side = (high - low).amax(dim=2, keepdim=True).clamp_min(0.1)
    curve = (curve - (low + high) / 2) / side * chance.between(0.7 * BOX, BOX)[:, None, None] + _MIDDLE
    return _drawn(_lines(curve[:, None]), made, chance.between(*_RADIUS)[:, None])


def _sign(made: Tensor, chance: Chance) -> Tensor:
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
    strokes = torch.where(is_there[:, :, None, None], strokes, strokes[:, :1])
    return _drawn(_lines(strokes), made, chance.between(*_RADIUS)[:, None])


def _letter(made: Tensor, chance: Chance) -> Tensor:
    """A letter as high as a digit, or a small one; by a pen of one width, or with fine and bold lines as in print."""
    lines = letters(chance) * chance.between(0.7 * BOX, BOX)[:, None, None] + _MIDDLE
    radius = torch.where(chance.happens(0.5), chance.between(*_RADIUS), chance.between(_RADIUS[0], _BOLD))
    across, down = (lines[..., 2:] - lines[..., :2]).unbind(dim=2)
    lying = across.abs() / torch.hypot(across, down).clamp_min(1e-3)
    contrast = chance.between(0.3, 0.7) * chance.happens(_CONTRAST)
    return _drawn(lines, made, radius[:, None] * (1 - contrast[:, None] * lying))


def _lines(curves: Tensor) -> Tensor:
    """The lines (N, lines, 4) that curves (N, strokes, points, 2) are made of."""
    return torch.cat([curves[:, :, :-1], curves[:, :, 1:]], dim=3).flatten(1, 2)


def _drawn(lines: Tensor, made: Tensor, radius: Tensor) -> Tensor:
    """Draws those of the pictures that are wanted: there is much to compute.

    Args:
        lines: As for `segments`, (N, lines, 4).
        made: Which of the pictures, bool (N,).
        radius: Half the lines' widths, (N, lines) or (N, 1).

    Returns:
        float32 (M, 28, 28).
    """
    lines, radius = lines[made], radius.expand(lines.shape[:2])[made]
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
