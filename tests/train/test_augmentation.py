"""Augmentation: what it does to pictures, that chance alone decides how much, and that a share is part of the whole."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from mnist_core import datasets
from mnist_train.augmentation import strokes, wear
from mnist_train.augmentation.augmenter import Augmenter
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.drawing import Extent, segments
from mnist_train.augmentation.impostors import impostors
from mnist_train.augmentation.settings import Augmentation, Strokes, Warp, Wear
from mnist_train.augmentation.warping import Warper
from mnist_train.recipes import RECIPES

CPU = torch.device("cpu")
STILL = Warp(rotation=0, scale=0, squeeze=0, shear=0, shift=0, elasticity=0)
NO_STROKES = Strokes(slashed_zero=0, crossed_seven=0, flagged_one=0, footed_one=0)
NO_WEAR = Wear(width=0, blur=0, grain=0, gap=0, line=0, speck=0)


def whole(values: Tensor) -> Tensor:
    """The share of a process that is alone."""
    return values


def chance(count: int, seed: int = 0, share: Callable[[Tensor], Tensor] = whole) -> Chance:
    return Chance(torch.Generator().manual_seed(seed), count, share, CPU)


@pytest.fixture(scope="module")
def labels() -> Tensor:
    return torch.tensor(datasets.load("digits", "test").labels)


@pytest.fixture(scope="module")
def digits() -> Tensor:
    """float32 (360, 28, 28), 0 to 1."""
    return torch.tensor(datasets.load("digits", "test").images).float() / 255


# --- warps


def warped(images: Tensor, warp: Warp, seed: int = 0) -> Tensor:
    return Warper(warp, CPU, is_placing=True)(images, chance(len(images), seed))


def centre(images: Tensor) -> Tensor:
    """The middle of the ink, (N, 2): x, y."""
    places = torch.arange(28.0)
    return torch.stack([images.sum(1) @ places, images.sum(2) @ places], dim=1) / images.sum((1, 2))[:, None]


def centred(images: Tensor) -> Tensor:
    """Brought to where a warp that does nothing leaves them: their centres of mass exactly in the middle."""
    return warped(images, STILL)


def test_no_warp_only_centres(digits: Tensor) -> None:
    still = centred(digits)

    assert (centre(still) - 13.5).abs().max() < 0.1
    # Moved back by as much, as Pillow moves them, they are what they were.
    for image, moved, (x, y) in zip(digits[:20], still, centre(digits), strict=False):
        pillow = Image.fromarray(image.numpy())
        away = (1, 0, float(x) - 13.5, 0, 1, float(y) - 13.5)
        theirs = np.asarray(pillow.transform((28, 28), Image.Transform.AFFINE, away, Image.Resampling.BILINEAR))
        assert np.abs(theirs - moved.numpy()).mean() < 0.01


def test_ink_beyond_the_box_is_brought_into_it() -> None:
    large = torch.zeros(1, 28, 28)
    large[:, 1:27, 10:14] = 1

    extent = Extent.of(warped(large, STILL))

    assert 19 <= (extent.bottom - extent.top + 1).item() <= 21


def test_pictures_that_are_not_placed_stay_where_they_are(digits: Tensor) -> None:
    aside = digits.roll((3, -2), (1, 2))

    still = Warper(STILL, CPU, is_placing=False)(aside, chance(len(aside)))

    torch.testing.assert_close(still, aside, atol=1e-4, rtol=0)


def test_a_shift_moves_the_ink_no_further_than_it_says(digits: Tensor) -> None:
    moved = centre(warped(digits, dataclasses.replace(STILL, shift=3))) - 13.5

    assert moved.abs().max() < 3.1
    assert moved.abs().max() > 2.5
    assert moved.mean(0).abs().max() < 0.5


def test_turned_as_pillow_turns(digits: Tensor) -> None:
    """The angle is in degrees about the middle: one of Pillow's angles within it gives the same picture."""
    small = F.pad(F.avg_pool2d(digits[:20, None], 2), (7, 7, 7, 7)).squeeze(1)  # whole within the box, however turned
    images = centred(small)
    ours = warped(images, dataclasses.replace(STILL, rotation=10))

    for image, turned in zip(images, ours, strict=True):
        pillow = Image.fromarray(image.numpy())
        angles = np.arange(-10, 10.01, 0.5)
        theirs = [np.asarray(pillow.rotate(angle, Image.Resampling.BILINEAR), np.float32) for angle in angles]
        differences = [float(np.abs(each - turned.numpy()).mean()) for each in theirs]
        assert min(differences) < 0.004
        assert max(differences) > 3 * min(differences)


def test_squeezed_pictures_are_narrower_by_half_at_most(digits: Tensor) -> None:
    before, after = Extent.of(centred(digits)), Extent.of(warped(digits, dataclasses.replace(STILL, squeeze=1)))
    ratio = (after.right - after.left + 1) / (before.right - before.left + 1)

    assert ratio.max() <= 1.1
    assert 0.4 <= ratio.min() < 0.65
    assert ((after.bottom - after.top) - (before.bottom - before.top)).abs().max() <= 1


@pytest.mark.parametrize("option", ["rotation", "scale", "squeeze", "shear", "shift", "elasticity"])
def test_every_kind_changes_each_picture_in_its_own_way(option: str, digits: Tensor) -> None:
    same = digits[:1].expand(50, 28, 28)
    limits = {"rotation": 10.0, "scale": 0.2, "squeeze": 1.0, "shear": 0.2, "shift": 2.0, "elasticity": 0.5}

    out = warped(same, dataclasses.replace(STILL, **{option: limits[option]}))

    assert out.min() >= 0
    assert out.max() <= 1.0001
    assert len({picture.numpy().tobytes() for picture in out}) == 50


# --- lines and strokes


def test_a_line_is_as_wide_as_it_should_be_and_where_it_should_be() -> None:
    (picture,) = segments(torch.tensor([[4.0, 10.0, 20.0, 10.0]]), torch.tensor([1.5]))

    assert picture[9:12, 4:21].min() == 1  # three rows
    assert picture[:8].max() == picture[13:].max() == 0
    assert picture.sum() == pytest.approx(3 * 16 + 3.14159 * 1.5**2, rel=0.05)  # with its round ends


def test_extent_finds_the_ink() -> None:
    pictures = torch.zeros(2, 28, 28)
    pictures[0, 3:9, 5:20] = 1

    extent = Extent.of(pictures)

    assert [int(each[0]) for each in (extent.top, extent.bottom, extent.left, extent.right)] == [3, 8, 5, 19]
    assert [int(each[1]) for each in (extent.top, extent.bottom, extent.left, extent.right)] == [0, 27, 0, 27]


@pytest.mark.parametrize(
    ("stroke", "digit"), [("slashed_zero", 0), ("crossed_seven", 7), ("flagged_one", 1), ("footed_one", 1)]
)
def test_only_its_own_digit_gets_a_stroke(stroke: str, digit: int, digits: Tensor, labels: Tensor) -> None:
    drawn = digits.clone()
    strokes.add(drawn, labels, dataclasses.replace(NO_STROKES, **{stroke: 1.0}), chance(len(digits)))

    changed = (drawn != digits).any(dim=2).any(dim=1)
    assert changed[labels == digit].float().mean() > 0.95
    assert not changed[labels != digit].any()
    assert stroke == "slashed_zero" or (drawn >= digits).all()  # those may become smaller, to make room


def test_a_slash_goes_through_the_middle_of_a_zero(digits: Tensor, labels: Tensor) -> None:
    zeros = digits[labels == 0].clone()
    hollow = zeros[:, 12:16, 12:16].mean(dim=(1, 2))
    strokes.add(zeros, torch.zeros(len(zeros)), dataclasses.replace(NO_STROKES, slashed_zero=1), chance(len(zeros)))

    assert (zeros[:, 12:16, 12:16].mean(dim=(1, 2)) > hollow + 0.1).float().mean() > 0.9


def test_strokes_come_as_often_as_they_should() -> None:
    sevens = torch.zeros(2000, 28, 28)
    sevens[:, 4:24, 13:15] = 1
    drawn = sevens.clone()
    strokes.add(drawn, torch.full((2000,), 7), dataclasses.replace(NO_STROKES, crossed_seven=0.3), chance(2000))

    assert (drawn != sevens).any(dim=2).any(dim=1).float().mean() == pytest.approx(0.3, abs=0.05)


# --- wear


@pytest.mark.parametrize("kind", [field.name for field in dataclasses.fields(Wear)])
def test_every_wear_changes_pictures_and_stays_in_range(kind: str, digits: Tensor) -> None:
    out = wear.worn(digits.clone(), dataclasses.replace(NO_WEAR, **{kind: 1.0}), chance(len(digits)))

    assert (out != wear.worn(digits.clone(), NO_WEAR, chance(len(digits)))).any(dim=2).any(dim=1).float().mean() > 0.8
    assert out.min() >= 0
    assert out.max() <= 1


def test_width_makes_some_lines_wider_and_some_thinner(digits: Tensor) -> None:
    ink = wear.worn(digits.clone(), dataclasses.replace(NO_WEAR, width=1), chance(len(digits))).sum((1, 2))
    change = ink / wear.worn(digits.clone(), NO_WEAR, chance(len(digits))).sum((1, 2))

    assert change.max() > 1.3
    assert change.min() < 0.8


def test_no_picture_loses_all_its_ink(digits: Tensor) -> None:
    out = wear.worn(digits.clone(), Wear(*([1.0] * len(dataclasses.fields(Wear)))), chance(len(digits)))

    assert out.sum((1, 2)).min() > 5


# --- impostors


def test_impostors_are_pictures_that_differ(digits: Tensor, labels: Tensor) -> None:
    made = impostors(digits, labels, chance(400))

    assert made.shape == (400, 28, 28)
    assert made.min() >= 0
    assert made.max() <= 1
    assert len({picture.numpy().tobytes() for picture in made}) > 370
    assert (made.amax(dim=(1, 2)) > 0.3).float().mean() > 0.95  # there is something to see


def test_impostors_of_a_batch_with_one_kind_of_digit(digits: Tensor) -> None:
    assert impostors(digits[:3], torch.full((3,), 8), chance(50)).shape == (50, 28, 28)


# --- all together


def augmentation() -> Augmentation:
    found = RECIPES["best"].augmentation
    assert found
    return found


def augment(images: Tensor, labels: Tensor, seed: int, share: Callable[[Tensor], Tensor] = whole) -> Tensor:
    augmenter = Augmenter(augmentation(), CPU)
    return augmenter((images * 255).to(torch.uint8), labels, torch.Generator().manual_seed(seed), share)


def test_the_same_chance_gives_the_same_pictures(digits: Tensor, labels: Tensor) -> None:
    torch.testing.assert_close(augment(digits, labels, 1), augment(digits, labels, 1), atol=0, rtol=0)
    assert not torch.equal(augment(digits, labels, 1), augment(digits, labels, 2))


def test_impostors_come_after_the_digits(digits: Tensor, labels: Tensor) -> None:
    out = augment(digits, labels, 1)

    assert len(out) == len(digits) + round(len(digits) * augmentation().impostors)
    assert out.dtype == torch.float32
    assert out.min() >= 0
    assert 200 < out.max() <= 255.01


def test_without_impostors_there_are_only_the_digits(digits: Tensor, labels: Tensor) -> None:
    augmenter = Augmenter(Augmentation(warp=STILL), CPU)
    images = (digits * 255).to(torch.uint8)

    torch.testing.assert_close(augmenter(images, labels, torch.Generator(), whole), images.float(), atol=0.05, rtol=0)


@pytest.mark.parametrize(("processes", "count"), [(2, 128), (3, 128), (8, 32)])
def test_shares_are_augmented_as_they_would_be_in_the_whole(
    processes: int, count: int, digits: Tensor, labels: Tensor
) -> None:
    """Even where there are more processes than impostors, of which 32 digits get six."""
    digits, labels = digits[:count], labels[:count]
    together = augment(digits, labels, 3)

    for rank in range(processes):

        def share(values: Tensor, rank: int = rank) -> Tensor:
            return values.tensor_split(processes)[rank]

        mine = torch.cat([share(together[:count]), share(together[count:])])
        torch.testing.assert_close(augment(digits, labels, 3, share), mine, atol=0.1, rtol=0)
