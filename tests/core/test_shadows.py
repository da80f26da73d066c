"""Shadows that fall across a picture are taken off it, and nothing else is."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mnist_core import ink
from mnist_core.images import to_mnist
from mnist_core.shadows.lighting import lit_evenly

Plane = npt.NDArray[np.float64]

HEIGHT, WIDTH = 300, 400
DOWN, RIGHT = np.mgrid[:HEIGHT, :WIDTH]


def sheet(ink: int = 60) -> Plane:
    """A four on a sheet."""
    image = Image.new("L", (WIDTH, HEIGHT), 200)
    pen = ImageDraw.Draw(image)
    pen.line([(190, 80), (150, 160), (250, 160)], fill=ink, width=12, joint="curve")
    pen.line([(222, 110), (214, 220)], fill=ink, width=12)
    return np.asarray(image).astype(float)


def straight(angle: float) -> Plane:
    """How far places are within a shadow with a straight edge, in pixels."""
    turn = math.radians(angle)
    distance: Plane = (DOWN - 150) * math.cos(turn) + (RIGHT - 190) * math.sin(turn)
    return distance


def round_(radius: float) -> Plane:
    """The same of a round one; a negative radius is of a round hole in the shadow."""
    distance: Plane = abs(radius) - np.hypot(DOWN - 150 - abs(radius), RIGHT - 200)
    return distance if radius > 0 else -distance


def photographed(surface: Plane, shadow: Plane | float, soft: float = 10, left: float = 0.6) -> npt.NDArray[np.uint8]:
    """A photograph of it in a lamp's light, with noise, some of the light taken by a shadow."""
    lamp = 1 - 0.2 * RIGHT / WIDTH - 0.1 * (DOWN / HEIGHT) ** 2
    shaded = 1 - (1 - left) / (1 + np.exp(-4 * np.asarray(shadow) / soft))
    noise = np.random.default_rng(0).normal(0, 2, surface.shape)
    shades: npt.NDArray[np.uint8] = (surface * lamp * shaded + noise).clip(0, 255).round().astype(np.uint8)
    return shades


def difference(evened: npt.NDArray[np.uint8], expected: npt.NDArray[np.uint8]) -> float:
    """How much 49 of 50 pixels differ at most, but for one factor of all."""
    factor = np.median(expected) / np.median(evened)
    return float(np.percentile(np.abs(evened * factor - expected), 98))


def likeness(seen: npt.NDArray[np.uint8], expected: npt.NDArray[np.uint8]) -> float:
    """The correlation of what the model sees with what it should."""
    return float(np.corrcoef(seen.ravel(), expected.ravel())[0, 1])


SHADOWS = {f"straight, {angle}°": straight(angle) for angle in (0, 37, 90, 145, 250)} | {
    f"round, {radius}": round_(radius) for radius in (140, 300, -140, -300)
}


@pytest.mark.parametrize("name", SHADOWS)
@pytest.mark.parametrize("soft", [2, 4, 15])
def test_a_shadow_is_given_the_light_of_the_rest(name: str, soft: float) -> None:
    picture = photographed(sheet(), SHADOWS[name], soft)
    evened = lit_evenly(picture)

    expected = photographed(sheet(), -1000)
    assert difference(picture, expected) > 50
    assert difference(evened, expected) < (24 if "round" in name else 16)


@pytest.mark.parametrize("shadow", SHADOWS.values(), ids=SHADOWS.keys())
@pytest.mark.parametrize("ink", [60, 165])
def test_the_digit_in_a_shadow_is_seen_as_it_is_without(shadow: Plane, ink: int) -> None:
    seen, expected = to_mnist(photographed(sheet(ink), shadow)), to_mnist(photographed(sheet(ink), -1000))

    assert likeness(seen, expected) > 0.85


def test_a_shadow_is_taken_off_a_sheet_and_the_desk_around_it() -> None:
    surface = np.full((HEIGHT, WIDTH), 90.0)
    surface[40:270, 90:320] = sheet()[40:270, 90:320]
    shadow = straight(37)

    evened = lit_evenly(photographed(surface, shadow))

    assert difference(evened, photographed(surface, -1000)) < 16
    assert likeness(to_mnist(photographed(surface, shadow)), to_mnist(photographed(sheet(), -1000))) > 0.9


def test_light_ink_in_a_shadow_is_seen_as_light() -> None:
    board = photographed(260 - sheet(), straight(37))

    assert likeness(to_mnist(board), to_mnist(photographed(sheet(), -1000))) > 0.9


def thick_stroke(ink: int = 60, blur: float = 0) -> Plane:
    """A one by a pen as thick as a sixth of the picture, from edge to edge."""
    surface = np.full((HEIGHT, WIDTH), 200.0)
    surface[np.abs(RIGHT - 200 - (DOWN - 150) * 0.2) < 32] = ink
    return np.asarray(Image.fromarray(surface.astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))).astype(float)


def card() -> Plane:
    """A card on a desk."""
    surface = np.full((HEIGHT, WIDTH), 120.0)
    surface[60:240, 80:300] = sheet()[60:240, 80:300]
    return surface


def ruled() -> Plane:
    """A ruled sheet."""
    surface = sheet()
    surface[30::40] = surface[31::40] = 140
    return surface


@pytest.mark.parametrize(
    "surface", [sheet(), thick_stroke(), card(), ruled()], ids=["sheet", "stroke", "card", "ruled"]
)
def test_what_has_no_shadow_stays_as_it_is(surface: Plane) -> None:
    picture = photographed(surface, -1000)

    assert lit_evenly(picture) is picture


def test_on_a_card_within_the_picture_shadows_are_looked_for_on_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[tuple[int, ...]] = []

    def look(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        looked_at.append(grey.shape)
        return lit_evenly(grey)

    monkeypatch.setattr(ink, "lit_evenly", look)

    assert to_mnist(photographed(card(), -1000)).any()
    assert all(height < 190 and width < 230 for height, width in looked_at)  # the card is of 180 x 220


@pytest.mark.parametrize("ink", [60, 90, 110, 130, 150])
@pytest.mark.parametrize("blur", [0, 2, 4])
def test_a_thick_stroke_is_no_shadow(ink: int, blur: float) -> None:
    picture = photographed(thick_stroke(ink, blur), -1000)

    assert lit_evenly(picture) is picture


@pytest.mark.parametrize("distance", SHADOWS.values(), ids=SHADOWS.keys())
def test_what_is_drawn_in_a_few_shades_has_no_shadow(distance: Plane) -> None:
    """A screen: one part of it may be darker than the other."""
    picture = sheet().astype(np.uint8)
    picture[distance > 0] //= 2

    assert lit_evenly(picture) is picture


@pytest.mark.parametrize("size", [(60, 640), (640, 60), (59, 400), (61, 61)])
@pytest.mark.parametrize("seed", range(3))
def test_noise_of_any_shape_is_no_error(size: tuple[int, int], seed: int) -> None:
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, size, np.uint8)
    halves = noise // 8
    halves[: size[0] // 2] += 200

    for picture in (noise, halves):
        evened = lit_evenly(picture)

        assert evened.shape == picture.shape
        assert evened.dtype == np.uint8


@pytest.mark.parametrize("side", [60, 80, 1000])
@pytest.mark.parametrize("shadow", [np.s_[:, 5000:], np.s_[30:]], ids=["across", "along"])
def test_a_long_strip_half_in_shadow_is_no_error(side: int, shadow: tuple[slice, ...]) -> None:
    strip = np.full((side, 10_000), 120, np.uint8)
    strip[shadow] = 220

    for picture in (strip, np.ascontiguousarray(strip.T)):
        assert lit_evenly(picture).shape == picture.shape


@pytest.mark.parametrize("side", range(60, 100, 3))
def test_a_soft_shadow_in_a_small_picture_is_no_error(side: int) -> None:
    right = np.arange(side) - side / 2
    row = (200 - 80 / (1 + np.exp(-right))).round().astype(np.uint8)
    picture = np.ascontiguousarray(np.broadcast_to(row, (side, side)))

    assert lit_evenly(picture).shape == picture.shape


@pytest.mark.parametrize("angle", [0, 5, 37, 85, 90, 180, 270])
@pytest.mark.parametrize("desk", [90, 130])
def test_the_far_side_of_a_sheet_does_not_hide_a_shadow(desk: int, angle: float) -> None:
    surface = np.full((HEIGHT, WIDTH), float(desk))
    surface[30:280, 90:330] = sheet()[30:280, 90:330]

    seen = to_mnist(photographed(surface, straight(angle)))

    assert likeness(seen, to_mnist(photographed(sheet(), -1000))) > 0.9


@pytest.mark.parametrize("rise", [0.2, 0.9])
@pytest.mark.parametrize("darker", [0.5, 0.7])
def test_where_a_crisp_shadow_ends_on_a_blank_sheet_is_no_digit(darker: float, rise: float) -> None:
    """What is left of its edge is a line from border to border, as slim as a one."""
    down, across = np.mgrid[:300, :260]
    light = 210 - 0.2 * across
    shades = np.where(across > 90 + rise * down / 2, light, light * darker)

    assert not to_mnist(shades.astype(np.uint8)).any()
