"""Changes digits at random, as another hand might have written them: a whole batch at a time.

Each picture is turned, scaled, slanted and shifted, and bent as a rubber sheet is: the elastic distortions of Simard,
Steinkraus and Platt (https://doi.org/10.1109/ICDAR.2003.1227801), smooth because they are drawn at a few knots only.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.sizes import SIDE
from mnist_train.warp import Warp

_KNOTS = 5  # a side of the elastic distortions' grid


class Warper:
    """Warps batches on a device.

    Where the pixels of a warped picture come from is a sum of fixed functions of their places, with random factors: 1,
    x and y make an affine map, and a bump around each knot the distortion. So a batch takes one product of matrices.
    """

    def __init__(self, warp: Warp, device: torch.device) -> None:
        """Prepares to warp.

        Args:
            warp: How far.
            device: Where the images are.
        """
        self._warp = warp
        middles = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1  # of the pixels, from -1 to 1
        y, x = torch.meshgrid(middles, middles, indexing="ij")
        bumps = torch.eye(_KNOTS**2).reshape(-1, 1, _KNOTS, _KNOTS)
        bumps = F.interpolate(bumps, (SIDE, SIDE), mode="bicubic", align_corners=True)
        functions = torch.cat([torch.stack([torch.ones_like(x), x, y]), bumps.squeeze(1)])
        self._functions = functions.flatten(1).to(device)  # (3 + knots, 784)

    def draw(self, count: int, source: torch.Generator) -> Tensor:
        """Draws the factors for so many pictures: float32 (count, 2, 3 + knots) on the CPU."""
        warp = self._warp
        chance = torch.rand(6, count, generator=source).mul_(2).sub_(1)
        angle, log_width, log_height, slant, right, down = chance
        angle = angle * math.radians(warp.rotation)
        width, height = (log_width * warp.scale).exp(), (log_height * warp.scale).exp()
        slant = slant * warp.shear
        factors = torch.empty(count, 2, len(self._functions))
        factors[:, :, 0] = torch.stack([right, down], dim=1) * (warp.shift * 2 / SIDE)
        factors[:, 0, 1] = angle.cos() * width
        factors[:, 0, 2] = (angle.cos() * slant - angle.sin()) * height
        factors[:, 1, 1] = angle.sin() * width
        factors[:, 1, 2] = (angle.sin() * slant + angle.cos()) * height
        bends = torch.randn(count, 2, _KNOTS**2, generator=source)
        factors[:, :, 3:] = bends * (warp.elasticity * 2 / SIDE)
        return factors

    def apply(self, images: Tensor, factors: Tensor) -> Tensor:
        """Warps pictures.

        Args:
            images: uint8 (N, 28, 28).
            factors: What `draw` gave for them.

        Returns:
            float32 (N, 28, 28), from 0 to 255.
        """
        count = len(images)
        places = factors.to(images.device).flatten(0, 1) @ self._functions
        grid = places.view(count, 2, SIDE, SIDE).permute(0, 2, 3, 1)
        return F.grid_sample(images.unsqueeze(1).float(), grid, align_corners=False).squeeze(1)
