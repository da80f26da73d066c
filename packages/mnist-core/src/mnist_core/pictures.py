"""Decodes picture files that may come from anybody.

The format is told by the file's first bytes and must be on a list; the number of pixels is read from the header and
checked before anything is decoded; only the first frame is read. Each format's reader is imported when it is needed.
"""

import functools
import importlib
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image

from mnist_core.errors import PictureError, PictureFormatError, PictureTooLargeError
from mnist_core.grey import WORKING
from mnist_core.sizes import MAX_PIXELS

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = ("PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF", "AVIF")

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    # What people also send, to tell them so.
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"8BPS", "Photoshop"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML"),
    (b"<!DOCTYPE", "HTML"),
    (b"<html", "HTML"),
    (b"\0\0\1\0", "icon"),
)
_ADVICE = {
    "HEIC": "Save the picture as JPEG.",
    "PDF": "Save the page as PNG.",
    "SVG": "Save the drawing as PNG.",
}
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis")
_HEAD = 4096  # bytes within which an XML file says what it is, after remarks of the program that wrote it

# Of a progressive JPEG. Encoders write about ten; each costs a pass over all pixels, however few bytes it has.
_SCANS = 100
_SCANS_OF_THE_LARGEST = 20
_SEGMENTS = 10_000  # of a JPEG, which are looked at one by one; even 256 MiB of remarks fit into 4,097
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")  # before a segment; not what scans have within: 0xFF 0, restarts
_SCAN, _END = b"\xff\xda", b"\xff\xd9"
_TIFF_COMPRESSIONS = {"raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "jpeg", "group3", "group4"}
_TILE_WIDTH, _TILE_LENGTH = 322, 323  # TIFF tags
_ORIENTATION = 274  # EXIF tag
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(contents: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decodes a picture file.

    Args:
        contents: The file's bytes.
        max_pixels: How many pixels the picture may have.

    Returns:
        The first frame, upright, in the mode that the file has. A large JPEG comes at a half, a quarter or an eighth of
        its size, with still at least `WORKING` pixels on the longer side.

    Raises:
        PictureFormatError: It is of no format that is read.
        PictureTooLargeError: It has more than `max_pixels`.
        PictureError: It is empty, cut off or damaged.
    """
    name = _format(contents)
    try:
        return _READERS[name](contents, max_pixels)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit
        raise PictureTooLargeError(f"The picture is too large: {error}") from error
    except Exception as error:
        raise PictureError(f"The {name} picture is damaged or cut off. Save it anew, or send another.") from error


def _format(contents: bytes) -> str:
    """Tells the format by the first bytes; file names and content types lie."""
    name = next((name for signature, name in _SIGNATURES if contents.startswith(signature)), "") or _container(contents)
    if name == "XML" and b"<svg" in contents[:_HEAD]:
        name = "SVG"
    if name in FORMATS:
        return name
    if not contents:
        raise PictureError("The picture is empty: it has no bytes.")
    what = f"The file looks like {name}" if name else "The file is no picture of a known format"
    if name in _ADVICE:
        raise PictureFormatError(f"{what}, which is not read. {_ADVICE[name]}")
    raise PictureFormatError(f"{what}. Formats that are read: {', '.join(FORMATS)}.")


def _container(contents: bytes) -> str:
    """Tells the formats that name themselves some bytes later."""
    if contents[:4] == b"RIFF" and contents[8:12] == b"WEBP":
        return "WebP"
    if contents[4:8] == b"ftyp":
        brands = contents[8 : min(int.from_bytes(contents[:4]), 256)]
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        if any(brand in brands for brand in (*_HEIC, b"mif1", b"msf1")):
            return "HEIC"
    return ""


@functools.cache
def _plugin(name: str) -> Callable[[io.BytesIO], "ImageFile"]:
    """Pillow's reader of one format. `Image.open` would import and try several."""
    module = importlib.import_module(f"PIL.{name}ImagePlugin")
    reader: Callable[[io.BytesIO], ImageFile] = getattr(module, f"{name}ImageFile")
    return reader


def _check_pixels(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise PictureTooLargeError(
            f"The picture has {width * height:,} pixels ({width:,} x {height:,}), and {max_pixels:,} are allowed. "
            "Make it smaller."
        )


def _loaded(image: "ImageFile", max_pixels: int) -> Image.Image:
    _check_pixels(*image.size, max_pixels)
    image.load()
    return _upright(image) if image.info else image


def _upright(image: Image.Image) -> Image.Image:
    """Turns the picture as the camera was held."""
    if not {"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"} & image.info.keys():
        return image
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - whatever is wrong with the remarks, the picture is there
        return image
    return image if turn is None else image.transpose(turn)


def _read(plugin: str, contents: bytes, max_pixels: int) -> Image.Image:
    return _loaded(_plugin(plugin)(io.BytesIO(contents)), max_pixels)


def _read_jpeg(contents: bytes, max_pixels: int) -> Image.Image:
    scans = _count_scans(contents)
    image = _plugin("Jpeg")(io.BytesIO(contents))
    width, height = image.size
    _check_pixels(width, height, max_pixels)
    allowed = min(_SCANS, _SCANS_OF_THE_LARGEST * max_pixels // (width * height))
    if scans > allowed:
        raise PictureError(f"The JPEG picture has more than {allowed} scans. Save it anew.")
    if (smaller := max(width, height) // WORKING) > 1:
        image.draft(None, (max(1, width // smaller), max(1, height // smaller)))
    return _loaded(image, max_pixels)


def _count_scans(contents: bytes) -> int:
    """The scans of a JPEG up to its end, as its decoder finds them; phones put whole films behind it."""
    scans, place = 0, 2
    for _ in range(_SEGMENTS):
        marker = _MARKER.search(contents, place)
        if not marker or marker[0] == _END:
            return scans
        scans += marker[0] == _SCAN
        place = marker.end() + int.from_bytes(contents[marker.end() : marker.end() + 2])
    raise PictureError(f"The JPEG picture has more than {_SEGMENTS:,} segments. Save it anew.")


def _read_webp(contents: bytes, max_pixels: int) -> Image.Image:
    # The decoder takes memory for the whole picture as soon as it is made.
    _check_pixels(*_webp_size(contents), max_pixels)
    return _read("WebP", contents, max_pixels)


def _webp_size(contents: bytes) -> tuple[int, int]:
    """Width and height by the header, of which WebP has three kinds."""

    def number(start: int, length: int) -> int:
        return int.from_bytes(contents[start : start + length], "little")

    match contents[12:16]:
        case b"VP8X":
            return number(24, 3) + 1, number(27, 3) + 1
        case b"VP8L":
            return (number(21, 4) & 0x3FFF) + 1, (number(21, 4) >> 14 & 0x3FFF) + 1
        case _:
            return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF


def _read_bmp(contents: bytes, max_pixels: int) -> Image.Image:
    image = _plugin("Bmp")(io.BytesIO(contents))
    if any(tile[0] == "bmp_rle" for tile in image.tile):  # decoded in Python: seconds for a small file
        raise PictureFormatError("The BMP picture is run-length encoded, which is not read. Save it as PNG.")
    return _loaded(image, max_pixels)


def _read_tiff(contents: bytes, max_pixels: int) -> Image.Image:
    from PIL import TiffImagePlugin

    # Pillow's own reader makes an object of every strip, and a file may claim millions; libtiff reads them in place.
    TiffImagePlugin.READ_LIBTIFF = True
    image = TiffImagePlugin.TiffImageFile(io.BytesIO(contents))
    compression = image.info.get("compression")
    if compression not in _TIFF_COMPRESSIONS:
        raise PictureFormatError(f"The TIFF picture's compression, {compression}, is not read. Save it as PNG.")
    _check_pixels(int(image.tag_v2.get(_TILE_WIDTH, 1)), int(image.tag_v2.get(_TILE_LENGTH, 1)), max_pixels)
    return _loaded(image, max_pixels)


_READERS: dict[str, Callable[[bytes, int], Image.Image]] = {
    "PNG": functools.partial(_read, "Png"),
    "JPEG": _read_jpeg,
    "WebP": _read_webp,
    "GIF": functools.partial(_read, "Gif"),
    "BMP": _read_bmp,
    "TIFF": _read_tiff,
    "AVIF": functools.partial(_read, "Avif"),
}
