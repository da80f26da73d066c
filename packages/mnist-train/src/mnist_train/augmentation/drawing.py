"""Lines drawn into pictures of 28x28, and where a picture's ink is.

Places are pixels from the left and from the top; the middle of the first pixel is 0.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from mnist_core.sizes import SIDE

_INKED = 0.3  # shade from which a pixel counts as ink


def segments(lines: Tensor, radius: Tensor) -> Tensor:
    """Draws a straight line with round ends in each picture.

    Args:
        lines: Where they begin and end, left, top, right and bottom: (N, 4).
        radius: Half their widths, (N,).

    Returns:
        float32 (N, 28, 28), 0 to 1; edges are smooth.
    """
    left, top, right, bottom = lines[:, :, None, None].unbind(dim=1)
    pixels = torch.arange(SIDE, device=lines.device, dtype=torch.float32)
    x, y = pixels[None, None, :] - left, pixels[None, :, None] - top
    across, down = right - left, bottom - top
    along = ((x * across + y * down) / (across.square() + down.square()).clamp_min(1e-3)).clamp(0, 1)
    distance = torch.hypot(x - along * across, y - along * down)
    return (radius[:, None, None] + 0.5 - distance).clamp(0, 1)


def add_lines(images: Tensor, chosen: Tensor, lines: Tensor, radius: Tensor, ink: Tensor | None = None) -> None:
    """Draws a line into some of the pictures, in place.

    Args:
        images: float32 (N, 28, 28), 0 to 1.
        chosen: Into which, bool (N,).
        lines: As for `segments`.
        radius: As for `segments`.
        ink: How strong its ink is, (N,); by default 1.
    """
    where = chosen.nonzero().squeeze(1)
    if len(where):
        drawn = segments(lines[where], radius[where])
        if ink is not None:
            drawn *= ink[where, None, None]
        images[where] = torch.maximum(images[where], drawn)


@dataclass(frozen=True)
class Extent:
    """Where the ink of each picture is.

    Attributes:
        top: Its first row, float32 (N,).
        bottom: Its last row.
        left: Its first column.
        right: Its last column.
    """

    top: Tensor
    bottom: Tensor
    left: Tensor
    right: Tensor

    @classmethod
    def of(cls, images: Tensor) -> "Extent":
        """Finds it in float32 (N, 28, 28), 0 to 1; of an empty picture it is everything."""
        inked = images > _INKED
        rows, columns = inked.any(dim=2).float(), inked.any(dim=1).float()
        return cls(
            top=rows.argmax(dim=1).float(),
            bottom=SIDE - 1 - rows.flip(1).argmax(dim=1).float(),
            left=columns.argmax(dim=1).float(),
            right=SIDE - 1 - columns.flip(1).argmax(dim=1).float(),
        )


def middles(images: Tensor, rows: Tensor) -> Tensor:
    """The middle of the ink in one row of each picture: columns (N,); without ink 0.

    Args:
        images: float32 (N, 28, 28).
        rows: Which rows, (N,).
    """
    chosen = images[torch.arange(len(images), device=images.device), rows.round().long().clamp(0, SIDE - 1)]
    pixels = torch.arange(SIDE, device=images.device, dtype=images.dtype)
    return (chosen @ pixels) / chosen.sum(dim=1).clamp_min(1e-3)
