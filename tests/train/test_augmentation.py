"""Warps: what they do to a picture, and that chance alone decides how much."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from mnist_core import datasets
from mnist_train.augmentation import Warper
from mnist_train.recipes import RECIPES
from mnist_train.warp import Warp

STILL = Warp(rotation=0, scale=0, shear=0, shift=0, elasticity=0)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def digits() -> Tensor:
    return torch.tensor(datasets.load("digits", "test").images)


def warped(images: Tensor, warp: Warp, seed: int = 0) -> Tensor:
    warper = Warper(warp, CPU)
    return warper.apply(images, warper.draw(len(images), torch.Generator().manual_seed(seed)))


def test_no_warp_changes_nothing(digits: Tensor) -> None:
    torch.testing.assert_close(warped(digits, STILL), digits.float(), atol=0.01, rtol=0)


def centre(images: Tensor) -> Tensor:
    """The middle of the ink, (N, 2): x, y."""
    places = torch.arange(28.0)
    ink = images.float()
    return torch.stack([ink.sum(1) @ places, ink.sum(2) @ places], dim=1) / ink.sum((1, 2))[:, None]


def test_a_shift_moves_the_ink_no_further_than_it_says(digits: Tensor) -> None:
    moved = centre(warped(digits, dataclasses.replace(STILL, shift=3))) - centre(digits)

    assert moved.abs().max() < 3.1
    assert moved.abs().max() > 2.5
    assert moved.mean(0).abs().max() < 0.5


def test_turned_as_pillow_turns(digits: Tensor) -> None:
    """The angle is in degrees about the middle: one of Pillow's angles within it gives the same picture."""
    images = digits[:20]
    ours = warped(images, dataclasses.replace(STILL, rotation=10))

    for image, turned in zip(images, ours, strict=True):
        pillow = Image.fromarray(image.numpy())
        angles = np.arange(-10, 10.01, 0.5)
        theirs = [np.asarray(pillow.rotate(angle, Image.Resampling.BILINEAR), np.float32) for angle in angles]
        differences = [float(np.abs(each - turned.numpy()).mean()) for each in theirs]
        assert min(differences) < 1.5
        assert max(differences) > 3 * min(differences)


@pytest.mark.parametrize("option", ["rotation", "scale", "shear", "shift", "elasticity"])
def test_every_kind_changes_each_picture_in_its_own_way(option: str, digits: Tensor) -> None:
    same = digits[:1].expand(50, 28, 28)
    limits = {"rotation": 10.0, "scale": 0.2, "shear": 0.2, "shift": 2.0, "elasticity": 0.5}

    out = warped(same, dataclasses.replace(STILL, **{option: limits[option]}))

    assert out.dtype == torch.float32
    assert out.min() >= 0
    assert out.max() <= 255.01
    assert len({picture.numpy().tobytes() for picture in out}) == 50


def test_the_same_chance_gives_the_same_pictures(digits: Tensor) -> None:
    warp = RECIPES["best"].warp
    assert warp

    torch.testing.assert_close(warped(digits, warp, seed=1), warped(digits, warp, seed=1), atol=0, rtol=0)
    assert not torch.equal(warped(digits, warp, seed=1), warped(digits, warp, seed=2))


def test_a_share_is_warped_as_it_would_be_in_the_whole(digits: Tensor) -> None:
    """Processes draw for the whole batch, and warp their shares of it."""
    warp = RECIPES["best"].warp
    assert warp
    warper = Warper(warp, CPU)
    factors = warper.draw(len(digits), torch.Generator().manual_seed(3))

    whole = warper.apply(digits, factors)

    torch.testing.assert_close(warper.apply(digits[100:], factors[100:]), whole[100:], atol=1e-3, rtol=0)
