"""Draws the contact sheet: each mistake's picture beside the 28x28 that the model saw, with what was answered."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from common import pages
from mnist_core.cli import sureness
from mnist_core.pictures import decode
from mnist_core.showing import fitted, showable
from mnist_core.sizes import SIDE
from scoring.answers import Answer

COLUMNS, ROWS = 6, 8  # tiles of a page
_FRAME = 4 * SIDE  # pixels of each side of what shows a picture
_BETWEEN = 6  # pixels between the picture and what the model saw
_MARGIN = 18  # pixels around a tile
_TEXT = 52  # pixels below the pictures
_HEAD = 64  # pixels above the first row
_TILE = (2 * _FRAME + _BETWEEN, _FRAME + _TEXT)

_PAPER, _LINE = "white", "#CCCCCC"
_BLACK, _GREY = "black", "#666666"
_WRONG, _REFUSED = "#B00020", "#7A5200"  # a wrong digit, and a refusal that is wrong

_LEGEND = (
    "Left the picture, right what the model saw. Below what it is, what it was read as, and how probable that was."
)


def draw(wrong: Sequence[Answer], title: str, path: Path) -> list[Path]:
    """Draws and saves a contact sheet.

    Args:
        wrong: The mistakes, in the order in which they shall appear.
        title: What they are mistakes of.
        path: The PNG file to write. Further pages are `name-page-2.png` and so on; those that an earlier, longer
            sheet left there are removed.

    Returns:
        The pages, of up to `COLUMNS` x `ROWS` tiles each. One that has only the title if there are no mistakes.
    """
    paths = []
    for number, page in enumerate(_pages(wrong, title), 1):
        paths.append(path.with_name(f"{pages.paged(path.stem, number)}{path.suffix}"))
        page.save(paths[-1])
    pages.remove_after(len(paths), path)
    return paths


def _pages(wrong: Sequence[Answer], title: str) -> Iterator[Image.Image]:
    size = COLUMNS * ROWS
    parts = [wrong[start : start + size] for start in range(0, len(wrong), size)] or [[]]
    for number, part in enumerate(parts, 1):
        yield _page(part, title if len(parts) == 1 else f"{title} (page {number} of {len(parts)})")


def _page(wrong: Sequence[Answer], title: str) -> Image.Image:
    step = _TILE[0] + _MARGIN, _TILE[1] + _MARGIN
    rows = -(-len(wrong) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * step[0] + _MARGIN, _HEAD + rows * step[1]), _PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((_MARGIN, 12), title, _BLACK, _font(20))
    pen.text((_MARGIN, 40), _LEGEND, _GREY, _font(13))
    for number, answer in enumerate(wrong):
        row, column = divmod(number, COLUMNS)
        _tile(page, pen, answer, _MARGIN + column * step[0], _HEAD + row * step[1])
    return page


def _tile(page: Image.Image, pen: ImageDraw.ImageDraw, answer: Answer, left: int, top: int) -> None:
    picture = showable(decode(answer.picture.path.read_bytes()), _FRAME)
    seen = fitted(Image.fromarray(answer.seen), _FRAME)
    for shown, x in ((picture, left), (seen, left + _FRAME + _BETWEEN)):
        page.paste(shown, (x + (_FRAME - shown.width) // 2, top + (_FRAME - shown.height) // 2))
        pen.rectangle((x - 1, top - 1, x + _FRAME, top + _FRAME), outline=_LINE)
    color = _REFUSED if answer.digit is None else _WRONG
    pen.text((left, top + _FRAME + 3), caption(answer), color, _font(16))
    _line(pen, (left, top + _FRAME + 23), answer.picture.name, cut_at_start=True)
    _line(pen, (left, top + _FRAME + 37), answer.reason, cut_at_start=False)


def caption(answer: Answer) -> str:
    """What it is and what it was read as: "7 read as 1, 98.2 %"."""
    right = "No digit" if answer.picture.digit is None else str(answer.picture.digit)
    if answer.confidence is None:
        return f"{right} refused; no ink found"
    likeliest = f"{answer.likeliest}, {sureness(answer.confidence)}"
    return f"{right} read as {likeliest}" if answer.digit is not None else f"{right} refused; most like {likeliest}"


def _line(pen: ImageDraw.ImageDraw, place: tuple[int, int], text: str, *, cut_at_start: bool) -> None:
    """Writes one line of small text, shortened to the tile's width."""
    font = _font(11)
    shown = text = " ".join(text.split())
    while shown and font.getlength(shown) > _TILE[0]:
        text = text[1:] if cut_at_start else text[:-1]
        shown = f"…{text}" if cut_at_start else f"{text}…"
    pen.text(place, shown, _GREY, font)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, so that none has to be there; sharp at any size where Pillow has FreeType."""
    return ImageFont.load_default(size)
