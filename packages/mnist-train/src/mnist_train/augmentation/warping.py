"""Bends digits at random, as another hand might have written them.

Each picture is turned, scaled, slanted and shifted, and bent as a rubber sheet is: the elastic distortions of Simard,
Steinkraus and Platt (https://doi.org/10.1109/ICDAR.2003.1227801), smooth because they are drawn at a few knots only.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_core.images import BOX
from mnist_core.sizes import SIDE
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.drawing import Extent
from mnist_train.augmentation.settings import Warp

_KNOTS = 5  # a side of the elastic distortions' grid


class Warper:
    """Warps batches on a device.

    Where the pixels of a warped picture come from is a sum of fixed functions of their places, with random factors: 1,
    x and y make an affine map, and a bump around each knot the distortion. So a batch takes one product of matrices.
    """

    def __init__(self, warp: Warp, device: torch.device, *, is_placing: bool) -> None:
        """Prepares to warp.

        Args:
            warp: How far.
            device: Where the images are.
            is_placing: Whether to bring ink into MNIST's box and to the middle, before it is warped.
        """
        self._warp = warp
        self._is_placing = is_placing
        middles = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1  # of the pixels, from -1 to 1
        y, x = torch.meshgrid(middles, middles, indexing="ij")
        bumps = torch.eye(_KNOTS**2).reshape(-1, 1, _KNOTS, _KNOTS)
        bumps = F.interpolate(bumps, (SIDE, SIDE), mode="bicubic", align_corners=True)
        functions = torch.cat([torch.stack([torch.ones_like(x), x, y]), bumps.squeeze(1)])
        self._functions = functions.flatten(1).to(device)  # (3 + knots, 784)

    def __call__(self, images: Tensor, chance: Chance) -> Tensor:
        """Warps pictures.

        Args:
            images: float32 (N, 28, 28), 0 to 1.
            chance: For these pictures.

        Returns:
            float32 (N, 28, 28), 0 to 1.
        """
        warp = self._warp
        angle = chance.between(-warp.rotation, warp.rotation).deg2rad()
        x, y, larger = _place(images) if self._is_placing else torch.tensor([[0], [0], [1]], device=images.device)
        width = larger * chance.between(-warp.scale, warp.scale).exp()
        height = larger * chance.between(-warp.scale, warp.scale).exp()
        width = torch.where(chance.happens(warp.squeeze), width / chance.between(0.5, 1), width)
        slant = chance.between(-warp.shear, warp.shear)
        affine = torch.stack(
            [
                x + chance.between(-warp.shift, warp.shift) * (2 / SIDE),
                angle.cos() * width,
                (angle.cos() * slant - angle.sin()) * height,
                y + chance.between(-warp.shift, warp.shift) * (2 / SIDE),
                angle.sin() * width,
                (angle.sin() * slant + angle.cos()) * height,
            ],
            dim=1,
        )
        bends = chance.normal(warp.elasticity * 2 / SIDE, 2, _KNOTS**2)
        factors = torch.cat([affine.view(-1, 2, 3), bends], dim=2)  # (N, 2, 3 + knots)
        grid = (factors.flatten(0, 1) @ self._functions).view(-1, 2, SIDE, SIDE).permute(0, 2, 3, 1)
        return F.grid_sample(images.unsqueeze(1), grid, align_corners=False).squeeze(1)


def _place(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The middle of the ink's mass, x and y from -1 to 1, and how many times larger than MNIST's box it is: (N,)."""
    middles = (torch.arange(SIDE, device=images.device, dtype=images.dtype) + 0.5) * (2 / SIDE) - 1
    mass = images.sum(dim=(1, 2)).clamp_min(1)
    extent = Extent.of(images)
    side = torch.maximum(extent.bottom - extent.top, extent.right - extent.left) + 1
    larger = torch.where(side < SIDE, side / BOX, 1).clamp_min(1)  # what is everywhere has no box
    return images.sum(dim=1) @ middles / mass, images.sum(dim=2) @ middles / mass, larger
