"""Mirrored lamps are dimmed, and white ink is not."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mnist_core.glare import without_glare
from mnist_core.images import to_mnist

Plane = npt.NDArray[np.uint8]

SIZE = 400
DOWN, RIGHT = np.mgrid[:SIZE, :SIZE]


def three(paper: int, ink: int, soft: float = 1) -> npt.NDArray[np.float32]:
    """A three, as sharp as a camera shows it or less."""
    image = Image.new("L", (SIZE, SIZE), paper)
    points = [(150, 130), (200, 100), (250, 140), (200, 185), (250, 230), (205, 280), (150, 255)]
    ImageDraw.Draw(image).line(points, fill=ink, width=16, joint="curve")
    return np.asarray(image.filter(ImageFilter.GaussianBlur(soft)), np.float32)


def photographed(surface: npt.NDArray[np.floating]) -> Plane:
    """With noise, and as bright as a camera can tell at most."""
    noise = np.random.default_rng(0).normal(0, 3, surface.shape)
    shades: Plane = (surface + noise).clip(0, 255).round().astype(np.uint8)
    return shades


def lamp(x: int, y: int, strength: float = 220) -> npt.NDArray[np.float64]:
    """The light of a lamp that is mirrored at a place."""
    light: npt.NDArray[np.float64] = strength * np.exp(-(((RIGHT - x) / 40) ** 2) - ((DOWN - y) / 25) ** 2)
    return light


@pytest.mark.parametrize("lamps", [[(320, 60)], [(60, 340), (330, 330)], [(390, 200)], [(320, 150)]])
@pytest.mark.parametrize("ink", [80, 110])
def test_a_lamp_that_a_whiteboard_mirrors_is_not_taken_for_ink(lamps: list[tuple[int, int]], ink: int) -> None:
    board = three(160, ink)
    mirroring = board + sum(lamp(x, y) for x, y in lamps)

    seen, expected = to_mnist(photographed(mirroring)), to_mnist(photographed(board))

    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("strength", [100, 110])
def test_nor_is_one_that_the_camera_still_can_tell_from_white(strength: float) -> None:
    board = three(130, 80)
    mirroring = photographed(board + lamp(320, 300, strength))
    assert mirroring.max() < 255

    seen, expected = to_mnist(mirroring), to_mnist(photographed(board))

    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.9


def test_a_lit_sheet_on_a_desk_is_no_lamp() -> None:
    sheet = np.asarray(Image.new("L", (SIZE, SIZE), 130), np.float32).copy()
    sheet[90:270, 140:265] = three(205, 150)[90:270, 140:265]
    flash = photographed(sheet + 60 * np.exp(-(((RIGHT - 230) / 60) ** 2) - ((DOWN - 200) / 60) ** 2))

    assert without_glare(flash) is flash


@pytest.mark.parametrize("soft", [0, 1, 3, 8])
@pytest.mark.parametrize("ground", [0, 40, 120])
def test_white_ink_is_no_lamp_however_soft(soft: float, ground: int) -> None:
    drawing = three(ground, 255, soft).round().astype(np.uint8)
    drawing = drawing + (255 - drawing.max())  # blurred, it is less bright

    assert without_glare(drawing) is drawing


def test_paper_that_light_makes_white_is_no_lamp() -> None:
    sheet = photographed(three(300, 60) - 0.2 * DOWN)

    assert without_glare(sheet) is sheet
