"""Valid files of every format with bytes changed, cut out and doubled: a picture or a `PictureError` comes out."""

import io
from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mnist_core.errors import PictureError
from mnist_core.images import to_mnist
from mnist_core.pictures import decode

LIMIT = 100_000  # pixels


def _files() -> list[bytes]:
    plane = np.zeros((30, 23), np.uint8)
    plane[4:26, 8:12] = 255
    grey = Image.fromarray(plane)
    colour = Image.merge("RGB", [grey, grey.point(lambda shade: 255 - shade), grey])
    clear = colour.copy()
    clear.putalpha(grey)
    turned = Image.Exif()
    turned[0x0112] = 6
    files = []

    def add(image: Image.Image, name: str, **options: object) -> None:
        file = io.BytesIO()
        image.save(file, name, **options)
        files.append(file.getvalue())

    for image in (grey, clear, colour.convert("P"), grey.convert("1"), Image.fromarray(plane.astype(np.uint16))):
        add(image, "PNG")
    for image in (colour, colour.convert("CMYK")):
        add(image, "JPEG", exif=turned)
    add(colour, "JPEG", progressive=True)
    add(colour, "PNG", save_all=True, append_images=[colour.rotate(90)])
    add(clear, "GIF", save_all=True, append_images=[colour.rotate(90)])
    add(colour, "WEBP", save_all=True, append_images=[colour.rotate(90)])
    add(clear, "WEBP", lossless=True, exif=turned)
    for image in (colour, colour.convert("P"), grey.convert("1")):
        add(image, "BMP")
    for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        add(colour, "TIFF", compression=compression, exif=turned)
    add(grey.convert("1"), "TIFF", compression="group4")
    add(Image.fromarray(plane.astype(np.float32)), "TIFF")
    add(clear, "AVIF")
    return files


Change = Callable[[bytes], bytes]

_EXTREMES = [
    bytes(4),
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\xff\xff",
    b"\0\1\0\0",
    b"\xff",
    b"\0",
]


def _overwritten(place: float, value: bytes) -> Change:
    def change(contents: bytes) -> bytes:
        start = int(place * len(contents))
        return contents[:start] + value + contents[start + len(value) :]

    return change


def _removed(place: float, length: int) -> Change:
    return lambda contents: contents[: int(place * len(contents))] + contents[int(place * len(contents)) + length :]


def _doubled(place: float, length: int) -> Change:
    def change(contents: bytes) -> bytes:
        start = int(place * len(contents))
        return contents[: start + length] + contents[start:]

    return change


def _cut(place: float) -> Change:
    return lambda contents: contents[: int(place * len(contents))]


# Headers are at the front, and more depends on them: half of the changes are there.
places = st.floats(0, 1) | st.floats(0, 0.1)
changes = st.one_of(
    st.builds(_overwritten, places, st.binary(min_size=1, max_size=4) | st.sampled_from(_EXTREMES)),
    st.builds(_overwritten, places, st.binary(min_size=1, max_size=1)),
    st.builds(_removed, places, st.integers(1, 20)),
    st.builds(_doubled, places, st.integers(1, 40)),
    st.builds(_cut, places),
)


@given(contents=st.sampled_from(_files()), changed=st.lists(changes, min_size=1, max_size=4))
@settings(max_examples=400, deadline=10_000, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_file_is_a_picture_or_a_picture_error(contents: bytes, changed: list[Change]) -> None:
    """Nothing but `PictureError` is raised, in time, and what is decoded is within the limit and can be brought on."""
    for change in changed:
        contents = change(contents)
    try:
        picture = decode(contents, max_pixels=LIMIT)
    except PictureError:
        return

    assert picture.width * picture.height <= LIMIT
    assert to_mnist(picture).shape == (28, 28)


@given(start=st.sampled_from([file[:16] for file in _files()]), rest=st.binary(max_size=300))
@settings(max_examples=300, deadline=10_000)
def test_noise_behind_a_valid_beginning_is_a_picture_error_at_most(start: bytes, rest: bytes) -> None:
    try:
        to_mnist(decode(start + rest, max_pixels=LIMIT))
    except PictureError:
        return
