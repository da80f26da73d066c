"""Decoding picture files, good ones of every format and bad ones of every kind."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_core.errors import PictureError, PictureFormatError, PictureTooLargeError
from mnist_core.images import to_mnist
from mnist_core.pictures import FORMATS, decode
from mnist_core.sizes import MAX_PIXELS

SAVED = {"PNG": "PNG", "JPEG": "JPEG", "WebP": "WEBP", "GIF": "GIF", "BMP": "BMP", "TIFF": "TIFF", "AVIF": "AVIF"}


def drawing(size: tuple[int, int] = (40, 60)) -> Image.Image:
    """A thick black seven on white, wide and high."""
    width, height = size
    plane = np.full((height, width), 255, np.uint8)
    plane[height // 5 : height // 3, width // 5 : width * 4 // 5] = 0
    plane[height // 5 : height * 4 // 5, width // 2 : width * 4 // 5] = 0
    return Image.fromarray(plane)


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, SAVED[name], **options)
    return file.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND", b"")


def tiff(tags: dict[int, int], data: bytes = b"") -> bytes:
    """A little-endian TIFF whose tags are single 32-bit numbers, its data right behind them."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + data


def grey_tiff(**tags: int) -> bytes:
    names = {"width": 256, "height": 257, "offset": 273, "rows": 278, "count": 279}
    names |= {"compression": 259, "tile_width": 322, "tile_height": 323, "tile_offset": 324, "tile_count": 325}
    plain = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 277: 1}
    return tiff(plain | {names[name]: value for name, value in tags.items()}, bytes(64))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_format_is_read(name: str, mode: str) -> None:
    expected = np.asarray(drawing())

    decoded = np.asarray(decode(saved(drawing().convert(mode), name)).convert("L"))

    assert decoded.shape == expected.shape
    assert np.abs(decoded.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("compression", ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_usual_tiffs_are_read(compression: str) -> None:
    decoded = decode(saved(drawing(), "TIFF", compression=compression))

    assert np.abs(np.asarray(decoded).astype(int) - np.asarray(drawing())).mean() < 3


def test_only_the_first_frame_is_read() -> None:
    others = [Image.new("L", (40, 60), shade) for shade in range(0, 200, 20)]
    for name in ("PNG", "GIF", "WebP", "TIFF"):
        decoded = decode(saved(drawing(), name, save_all=True, append_images=others))

        assert np.abs(np.asarray(decoded.convert("L")).astype(int) - np.asarray(drawing())).mean() < 3, name


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WebP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_the_camera_was_held(name: str, orientation: int) -> None:
    upright = Image.new("L", (48, 32), 255)
    upright.paste(0, (0, 0, 16, 16))  # the dark corner is top left
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation

    decoded = decode(saved(stored, name, exif=exif)).convert("L")

    assert decoded.size == (48, 32)
    assert np.abs(np.asarray(decoded).astype(int) - np.asarray(upright)).mean() < 3


@pytest.mark.parametrize("remarks", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"])
def test_damaged_remarks_do_not_matter(remarks: bytes) -> None:
    assert decode(saved(drawing(), "JPEG", exif=remarks)).size == (40, 60)


def test_an_unknown_orientation_is_none() -> None:
    exif = Image.Exif()
    exif[0x0112] = 99

    assert decode(saved(drawing(), "JPEG", exif=exif)).size == (40, 60)


def test_a_large_jpeg_is_decoded_smaller() -> None:
    decoded = decode(saved(drawing((3000, 4000)), "JPEG"))

    assert decoded.size == (750, 1000)


def test_a_transparent_palette_keeps_its_transparency() -> None:
    image = Image.new("P", (40, 60), 0)
    image.putpalette([255, 0, 0, 0, 0, 0])
    image.paste(1, (10, 10, 20, 50))

    decoded = decode(saved(image, "PNG", transparency=0))

    assert decoded.convert("RGBA").getpixel((0, 0)) == (255, 0, 0, 0)
    assert decoded.convert("RGBA").getpixel((15, 30)) == (0, 0, 0, 255)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(PictureError, match="is empty"):
        decode(b"")


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("digit.png", saved(drawing(), "PNG"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"\x89", "no picture of a known format"),
        (b"seven", "no picture of a known format"),
        (bytes(1000), "no picture of a known format"),
        (zipped(), "looks like ZIP"),
        (b"<?xml version='1.0'?>\n<seven/>", "looks like XML"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "looks like JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "looks like JPEG 2000"),
        (b"P5\n8 8\n255\n" + bytes(64), "no picture of a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "no picture of a known format"),
    ],
)
def test_other_files_are_refused_with_the_formats_that_are_read(contents: bytes, said: str) -> None:
    with pytest.raises(PictureFormatError, match=said) as caught:
        decode(contents)

    assert "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF" in str(caught.value)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_is_refused_with_advice(brand: bytes) -> None:
    contents = b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(100)

    with pytest.raises(PictureFormatError, match=r"looks like HEIC.* Save the picture as JPEG"):
        decode(contents)


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"%PDF-1.7\n", "The file looks like PDF, which is not read. Save the page as PNG."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "looks like SVG, which is not read. Save the drawing as PNG."),
        (b"<?xml version='1.0'?>\n<!-- made by hand -->\n<svg/>", "looks like SVG"),
    ],
)
def test_what_a_program_can_save_as_a_picture_is_refused_with_advice(contents: bytes, said: str) -> None:
    with pytest.raises(PictureFormatError, match=said):
        decode(contents)


@pytest.mark.parametrize("name", FORMATS)
def test_a_cut_off_file_is_refused_or_whole(name: str) -> None:
    """Never a picture that is grey from somewhere on: what may lack is only what comes after the last pixel."""
    contents = saved(drawing().convert("RGB"), name)
    whole = decode(contents).tobytes()
    lengths = [n for n in range(len(contents)) if n < 200 or n % (1 + len(contents) // 500) == 0]
    refused = 0
    for length in lengths:
        try:
            assert decode(contents[:length]).tobytes() == whole, length
        except PictureError:
            refused += 1

    assert refused > 0.8 * len(lengths)


@pytest.mark.parametrize(
    ("name", "options"),
    [("JPEG", {"progressive": True}), ("TIFF", {"compression": "tiff_lzw"}), ("WebP", {"lossless": True})],
)
def test_a_cut_off_file_of_another_kind_is_refused_or_whole(name: str, options: dict[str, Any]) -> None:
    contents = saved(drawing().convert("RGB"), name, **options)
    whole = decode(contents).tobytes()
    for length in range(0, len(contents), 7):
        try:
            assert decode(contents[:length]).tobytes() == whole, length
        except PictureError:
            continue


def gif(width: int, height: int, frame: tuple[int, int] = (1, 1)) -> bytes:
    return (
        b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
        b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x44\x01\0;"
    )  # fmt: skip


def jpeg_of(width: int, height: int) -> bytes:
    contents = bytearray(saved(drawing(), "JPEG"))
    start = contents.index(b"\xff\xc0")
    contents[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(contents)


def bmp_of(width: int, height: int) -> bytes:
    contents = bytearray(saved(drawing(), "BMP"))
    contents[18:26] = struct.pack("<II", width, height)
    return bytes(contents)


def webp_of(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "contents",
    [
        png(60_000, 60_000),
        png(2**31 - 1, 2**31 - 1),
        gif(65_535, 65_535),
        jpeg_of(65_500, 65_500),
        bmp_of(60_000, 60_000),
        webp_of(2**14, 2**14),
        grey_tiff(width=60_000, height=60_000, offset=8, rows=60_000, count=64),
    ],
    ids=["png", "png-2^31", "gif", "jpeg", "bmp", "webp", "tiff"],
)
def test_a_promise_of_too_many_pixels_is_refused_before_decoding(contents: bytes) -> None:
    with pytest.raises(PictureTooLargeError, match=rf"has [\d,]+ pixels .* {MAX_PIXELS:,} are allowed"):
        decode(contents)


@pytest.mark.parametrize("name", FORMATS)
def test_the_limit_is_the_callers(name: str) -> None:
    contents = saved(drawing(), name)

    assert decode(contents, max_pixels=2400).size == (40, 60)
    with pytest.raises(PictureTooLargeError, match=r"has 2,400 pixels \(40 x 60\), and 2,399 are allowed"):
        decode(contents, max_pixels=2399)


def test_a_frame_larger_than_its_screen_counts() -> None:
    with pytest.raises(PictureTooLargeError):
        decode(gif(1, 1, frame=(65_535, 65_535)))


def test_too_large_frames_after_the_first_are_not_read() -> None:
    contents = gif(8, 8, frame=(1, 1))[:-1] + gif(1, 1, frame=(65_535, 65_535))[19:]

    assert decode(contents).size == (8, 8)


@pytest.mark.parametrize(
    "contents",
    [
        grey_tiff(offset=2**32 - 1, rows=8, count=64),
        grey_tiff(offset=8, rows=0, count=0),
        grey_tiff(tile_width=2**31, tile_height=2**31, tile_offset=8, tile_count=64),
        grey_tiff(tile_width=0, tile_height=0, tile_offset=8, tile_count=64),
        grey_tiff(compression=8, tile_width=30_000, tile_height=2_000, tile_offset=8, tile_count=64),
        grey_tiff(compression=34_925, offset=8, rows=8, count=64),
        grey_tiff(),
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
    ],
)
def test_lying_tiffs_are_refused(contents: bytes) -> None:
    with pytest.raises(PictureError):
        decode(contents)


def test_a_run_length_encoded_bmp_is_refused_as_it_takes_seconds() -> None:
    header = struct.pack("<IiiHHIIiiII", 40, 8000, 8000, 1, 8, 1, 4, 0, 0, 2, 0)
    contents = b"BM" + struct.pack("<IHHI", 70, 0, 0, 62) + header + bytes(8) + b"\0\0\0\1"

    with pytest.raises(PictureFormatError, match="run-length"):
        decode(contents)


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    contents = saved(drawing(), "JPEG", progressive=True)
    start = contents.rindex(b"\xff\xda")
    scan = contents[start:-2]

    with pytest.raises(PictureError, match="scans"):
        decode(contents[:-2] + scan * 200 + contents[-2:])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_what_follows_the_end_of_a_jpeg_does_not_matter(options: dict[str, Any]) -> None:
    """As the film behind a phone's photograph."""
    contents = saved(drawing().convert("RGB"), "JPEG", **options)
    film = np.random.default_rng(0).bytes(10_000_000)
    assert film.count(b"\xff\xda") > 100

    assert decode(contents + film).tobytes() == decode(contents).tobytes()
    with pytest.raises(PictureError):
        decode(contents[: len(contents) // 2] + film)


def test_the_scans_of_a_picture_within_a_jpegs_remarks_do_not_count() -> None:
    assert decode(saved(drawing(), "JPEG", comment=b"\xff\xda\0\2" * 1000)).size == (40, 60)


@pytest.mark.parametrize(
    "hiding",
    [b"", b"\xff\xd7", b"\xff\x01", b"\xff\xff", b"\xff\xfe\0\4\xff\xd9", b"\xff\xfe\0\0"],
    ids=["nothing", "restart", "TEM", "padding", "end-in-remark", "no-length"],
)
def test_scans_are_found_as_the_decoder_finds_them(hiding: bytes) -> None:
    """Also behind what has no length, or says an end that is none."""
    contents = saved(drawing(), "JPEG", progressive=True)
    start = contents.rindex(b"\xff\xda")
    scan = contents[start:-2]

    assert decode(contents[:start] + hiding + scan + contents[-2:]).size == (40, 60)
    with pytest.raises(PictureError, match="more than 100 scans"):
        decode(contents[:-2] + (hiding + scan) * 200 + contents[-2:] + bytes(1000))


@pytest.mark.parametrize("in_scan", [False, True])
def test_a_jpeg_of_very_many_segments_is_refused_as_each_takes_time(in_scan: bool) -> None:
    contents = saved(drawing(), "JPEG")
    start = len(contents) - 2 if in_scan else 2

    with pytest.raises(PictureError, match="more than 10,000 segments"):
        decode(contents[:start] + b"\xff\xfe\0\2" * 1_000_000 + contents[start:])


@pytest.mark.parametrize("size", [(8192, 6144), (9280, 6944)])
def test_photographs_of_phones_are_within_the_limit(size: tuple[int, int]) -> None:
    assert decode(saved(Image.new("L", size), "JPEG")).width == size[0] // 8


def test_a_png_that_unpacks_to_more_than_it_promised_is_harmless() -> None:
    assert decode(png(8, 8, bytes(50_000_000))).size == (8, 8)


def cmyk_jpeg() -> bytes:
    return saved(drawing().convert("CMYK"), "JPEG")


def grey_16_png() -> bytes:
    return saved(Image.fromarray(np.asarray(drawing()).astype(np.uint16) * 257), "PNG")


def float_tiff() -> bytes:
    values = np.asarray(drawing()).astype(np.float32) / 255
    values[0, :3] = np.nan, np.inf, -np.inf
    return saved(Image.fromarray(values), "TIFF")


def int_tiff() -> bytes:
    return saved(Image.fromarray(np.asarray(drawing()).astype(np.int32) * 4000 - 300), "TIFF")


def bit_tiff() -> bytes:
    return saved(drawing().convert("1"), "TIFF", compression="group4")


def palette_gif() -> bytes:
    return saved(drawing().convert("RGB").convert("P"), "GIF")


@pytest.mark.parametrize("contents", [cmyk_jpeg, grey_16_png, float_tiff, int_tiff, bit_tiff, palette_gif])
def test_unusual_kinds_of_pixels_show_the_same_digit(contents: Callable[[], bytes]) -> None:
    expected = to_mnist(drawing()).astype(int)

    assert np.abs(to_mnist(decode(contents())).astype(int) - expected).mean() < 6


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (2, 3)])
@pytest.mark.parametrize("name", ["PNG", "JPEG", "BMP"])
def test_pictures_of_odd_sizes_are_read(name: str, size: tuple[int, int]) -> None:
    assert not to_mnist(decode(saved(Image.new("L", size, 200), name))).any()


def test_reading_a_png_imports_no_other_format() -> None:
    program = (
        "import sys; from mnist_core.pictures import decode; decode(sys.stdin.buffer.read());"
        "print(sorted(m for m in sys.modules if m.startswith('PIL.') and m.endswith('ImagePlugin')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=saved(drawing(), "PNG"), capture_output=True, check=True
    )

    assert done.stdout.decode().strip() == "['PIL.PngImagePlugin']"
