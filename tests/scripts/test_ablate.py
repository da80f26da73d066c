"""What each step of reading is worth: what the table says, and that leaving a step out leaves it out."""

import itertools
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw, ImageFilter

import ablate
from ablating import measuring, report
from ablating.measuring import Column, Row
from ablating.steps import STEPS, Step
from draw_scenes import scenes
from mnist_core import datasets
from mnist_core.images import to_mnist
from scoring import labels
from scoring.labels import Picture
from support import Run, cut_out, draw_digit, runner

ORANGE, GREEN = (255, 120, 0), (40, 222, 40)  # one as bright as the other


@pytest.fixture
def run(cli: CliRunner) -> Run:
    return runner(cli, ablate.main)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A one in black on white, and one whose ink is no darker than its paper."""
    folder = tmp_path / "ones"
    folder.mkdir()
    for name, ink, paper in (("plain.png", "black", "white"), ("as-bright.png", ORANGE, GREEN)):
        image = Image.new("RGB", (200, 200), paper)
        ImageDraw.Draw(image).line((100, 50, 100, 150), fill=ink, width=12)
        image.save(folder / name)
    (folder / "labels.csv").write_text("file,label,ink\nplain.png,1,black\nas-bright.png,1,orange\n")
    return folder


# --- the steps


@pytest.fixture(scope="module")
def seen(small_mnist: Path) -> list[tuple[Image.Image, npt.NDArray[np.uint8]]]:
    """Drawn scenes, and what the models see of them."""
    nine_kinds = itertools.islice(scenes(datasets.load("mnist", "test", small_mnist), 4), 36)  # those that it takes
    drawn = [scene.picture.image for scene in nine_kinds]
    made = (
        thick(),
        enlarged(),
        enlarged_smoothly(),
        slim(),
        thick_and_cut_close(),
        cut_close(),
        stretched(),
        lit_by_a_flash(),
        as_high_as_the_picture(),
        beside_a_box(),
        beside_a_printed_line(),
        beside_a_neighbour(),
        in_a_box(),
        on_a_sheet(),
        faxed(),
        copied(),
        in_striped_light(),
        with_a_streak(),
        on_a_whiteboard(),
        with_a_stamp(),
        in_a_circle(),
        on_a_sticker(),
        on_music_paper(),
        in_a_comb(),
        beside_a_hole(),
        on_a_form(),
        beside_a_label(),
        beside_a_postmark(),
        beside_a_stamp(),
        beside_a_pen(),
        above_a_text(),
        in_a_post_code(),
        in_a_table(),
        at_the_side_of_a_box(),
        half_in_shadow(),
    )
    return [(picture, to_mnist(picture)) for picture in (*made, *drawn)]


def thick() -> Image.Image:
    """A seven by a pen so thick that it fills much of the picture, in a lamp's light."""
    image = Image.new("L", (140, 140), 230)
    ImageDraw.Draw(image).line((20, 25, 118, 25, 60, 125), fill=40, width=40, joint="curve")
    return Image.fromarray((np.asarray(image) * np.linspace(1, 0.8, 140)[:, None]).astype(np.uint8))


def half_in_shadow() -> Image.Image:
    """A blank sheet on which a shadow ends."""
    sheet = np.full((140, 140), 220, np.uint8)
    sheet[:, :60] = 120
    return Image.fromarray(sheet)


def enlarged() -> Image.Image:
    """A five of a few pixels, each enlarged to a square."""
    return draw_digit(5, pen=8).resize((20, 20), Image.Resampling.BOX).resize((240, 240), Image.Resampling.NEAREST)


def enlarged_smoothly() -> Image.Image:
    """A five of a few pixels, from border to border, with edges as soft as its strokes are wide."""
    return Image.fromarray(cut_out(draw_digit(5, pen=12))).resize((8, 8), Image.Resampling.BOX).resize((160, 160))


def slim() -> Image.Image:
    """A one by a thick pen, darker where it was pressed."""
    image = Image.new("L", (280, 280), 255)
    pen = ImageDraw.Draw(image)
    pen.line((150, 60, 130, 220), fill=75, width=32)
    pen.line((144, 100, 136, 180), fill=0, width=10)
    return image.filter(ImageFilter.GaussianBlur(3))


def cut_close() -> Image.Image:
    """A four whose strokes reach all sides, as straight and slender as lines."""
    image = Image.new("L", (200, 240), 230)
    pen = ImageDraw.Draw(image)
    pen.line((70, 2, 2, 140, 197, 140), fill=30, width=4, joint="curve")
    pen.line((140, 2, 130, 237), fill=30, width=4)
    return image


def stretched() -> Image.Image:
    """A zero by a thick pen in a few pixels, from side to side: ink takes more of them than paper."""
    return Image.fromarray(cut_out(draw_digit(0, pen=26))).resize((16, 16)).convert("1", dither=Image.Dither.NONE)


def lit_by_a_flash() -> Image.Image:
    """A seven on a white sheet, most of which is darker than its middle, and where the lamp is mirrored."""
    down, across = np.mgrid[-0.5:0.5:400j, -0.5:0.5:400j]
    lit = 150 * np.exp(-4 * (down**2 + across**2)) + 60 * np.exp(-150 * ((down - 0.1) ** 2 + (across - 0.25) ** 2))
    stroke = Image.new("L", (400, 400))
    ImageDraw.Draw(stroke).line((140, 90, 240, 100, 180, 300), fill=1, width=5, joint="curve")
    return Image.fromarray((lit * (1 - 0.65 * np.asarray(stroke))).astype(np.uint8))


def as_high_as_the_picture() -> Image.Image:
    """A zero by a thick pen: its sides go from top to bottom, and there is paper beside them."""
    sheet = draw_digit(0, pen=20)
    close = cut_out(sheet)
    beside = (len(close) - close.shape[1]) // 2
    return Image.fromarray(np.pad(close, ((0, 0), (beside, beside)), constant_values=230))


def thick_and_cut_close() -> Image.Image:
    """A five with as much ink as paper."""
    sheet = draw_digit(5, pen=20)
    return Image.fromarray(cut_out(sheet))


def beside_a_box() -> Image.Image:
    """A seven, and a box that is larger, and has more ink."""
    image = Image.new("L", (400, 300), 255)
    pen = ImageDraw.Draw(image)
    pen.line((60, 110, 110, 110, 80, 190), fill=0, width=5)
    pen.rectangle((220, 100, 330, 210), outline=0, width=5)
    return image


def beside_a_printed_line() -> Image.Image:
    """A seven to the left of the line down the middle of a card."""
    image = Image.new("L", (420, 300), 255)
    pen = ImageDraw.Draw(image)
    pen.line((60, 110, 120, 110, 80, 200), fill=0, width=6)
    pen.line((220, 30, 220, 270), fill=0, width=3)
    return image


def beside_a_neighbour() -> Image.Image:
    """A one, and a stroke that comes in over the border and has more ink."""
    image = Image.new("L", (200, 200), 255)
    pen = ImageDraw.Draw(image)
    pen.line((120, 60, 120, 140), fill=0, width=8)
    pen.line((0, 20, 60, 100, 0, 180), fill=0, width=12)
    return image


def in_a_box() -> Image.Image:
    """A one in a form's box, whose upper side, which it touches, and lower side go on."""
    image = Image.new("L", (300, 220), 255)
    pen = ImageDraw.Draw(image)
    pen.line((145, 40, 130, 150), fill=0, width=10)
    for side in ((0, 40, 300, 40), (0, 180, 300, 180), (80, 40, 80, 180), (220, 40, 220, 180)):
        pen.line(side, fill=90, width=3)
    return image


def on_a_sheet() -> Image.Image:
    """A two, and the shadow of two edges of the sheet that it is on."""
    image = Image.new("L", (300, 300), 255)
    pen = ImageDraw.Draw(image)
    pen.line((80, 110, 130, 100, 120, 150, 80, 190, 140, 190), fill=0, width=12)
    pen.line((230, 40, 234, 250, 200, 262), fill=60, width=2)
    return image


def pale(ink: int = 130, paper: int = 200) -> Image.Image:
    """A seven whose ink is a little darker than its paper."""
    image = Image.new("L", (300, 300), paper)
    ImageDraw.Draw(image).line((110, 90, 190, 90, 140, 220), fill=ink, width=12)
    return image


def faxed() -> Image.Image:
    """In black and white dots."""
    return pale().convert("1")


def copied() -> Image.Image:
    """With the black that a copier leaves along two sides, and ragged."""
    shades = np.array(pale(220, 250))
    shades[np.arange(300)[:, None] < 6 + 2 * np.sin(np.arange(300) / 9)] = 0
    shades[:, :6] = 0
    return Image.fromarray(shades)


def in_striped_light() -> Image.Image:
    """As blinds let it in, softly: no surface of second degree is like it, and no shadow has an edge."""
    down, right = np.mgrid[:300, :300]
    return Image.fromarray((np.asarray(pale(150, 220)) * (0.7 + 0.3 * np.sin((down + right) / 40))).astype(np.uint8))


def with_a_stamp() -> Image.Image:
    """Beside it, and more than half as high as the seven."""
    image = pale(60)
    ImageDraw.Draw(image).rectangle((225, 110, 285, 190), fill=90)
    return image


def in_a_circle() -> Image.Image:
    """With room between the seven and the circle."""
    image = pale()
    ImageDraw.Draw(image).ellipse((60, 50, 240, 265), outline=130, width=6)
    return image


def on_a_sticker() -> Image.Image:
    """Which is white, and round, on something dark: its edge is stronger than what is on it."""
    image = Image.new("L", (400, 400), 60)
    pen = ImageDraw.Draw(image)
    pen.ellipse((60, 60, 340, 340), fill=235)
    pen.line((150, 140, 240, 140, 190, 270), fill=40, width=12)
    return image


def on_music_paper() -> Image.Image:
    """Whose lines end before the picture's edges."""
    image = Image.new("L", (500, 400), 245)
    pen = ImageDraw.Draw(image)
    for staff in (60, 160, 260):
        for line in range(5):
            pen.line((40, staff + 10 * line, 460, staff + 10 * line), fill=120, width=2)
    pen.line((220, 170, 260, 170, 235, 245), fill=40, width=6)
    return image


def in_a_comb() -> Image.Image:
    """Which rises, and whose tooth the seven touches."""
    image = Image.new("L", (500, 300), 245)
    pen = ImageDraw.Draw(image)
    pen.line((60, 230, 440, 150), fill=90, width=4)
    for tooth in range(5):
        left, bottom = 60 + 95 * tooth, 230 - 20 * tooth
        pen.line((left, bottom, left - 12, bottom - 60), fill=90, width=4)
    pen.line((150, 140, 205, 135, 185, 195), fill=40, width=8)
    return image


def beside_a_hole() -> Image.Image:
    """That was punched into the sheet, and is darker than the seven."""
    image = Image.new("L", (640, 400), 245)
    pen = ImageDraw.Draw(image)
    pen.line((320, 180, 340, 181, 327, 214), fill=200, width=6)
    pen.ellipse((49, 189, 71, 211), fill=20)
    return image


def on_a_form() -> Image.Image:
    """On the line after a word."""
    image = Image.new("L", (500, 220), 245)
    pen = ImageDraw.Draw(image)
    pen.text((20, 118), "Persons:", fill=60, font_size=30)
    pen.line((170, 150, 350, 150), fill=70, width=2)
    pen.line((220, 70, 275, 70, 245, 149), fill=40, width=8)
    return image


def beside_a_label() -> Image.Image:
    """That is a little lighter than the paper, and printed."""
    image = Image.new("L", (480, 360), 190)
    pen = ImageDraw.Draw(image)
    pen.rectangle((30, 210, 290, 330), fill=215)
    for line, words in enumerate(("Office of Statistics", "Main Street", "Capital City")):
        pen.text((55, 225 + 30 * line), words, fill=40, font_size=20)
    pen.line((350, 60, 410, 60, 380, 150), fill=40, width=8)
    return image


def beside_a_postmark() -> Image.Image:
    """A ring that waves cross, as high as the seven."""
    image = Image.new("L", (500, 300), 245)
    pen = ImageDraw.Draw(image)
    pen.ellipse((40, 30, 130, 120), outline=60, width=3)
    for wave in range(6):
        pen.line([(x, 40 + 14 * wave + 4 * np.sin(x / 12)) for x in range(60, 260, 4)], fill=60, width=3)
    pen.line((330, 180, 385, 180, 350, 265), fill=40, width=8)
    return image


def beside_a_stamp() -> Image.Image:
    """With a postmark that hangs together with it."""
    image = Image.new("L", (640, 400), 245)
    pen = ImageDraw.Draw(image)
    pen.rectangle((500, 30, 580, 130), fill=110)
    pen.ellipse((430, 40, 520, 130), outline=90, width=3)
    pen.line((220, 180, 310, 182, 250, 330), fill=40, width=6)
    return image


def beside_a_pen() -> Image.Image:
    """All of which is seen."""
    image = Image.new("L", (640, 400), 245)
    pen = ImageDraw.Draw(image)
    pen.line((160, 100, 280, 102, 200, 300), fill=40, width=6)
    pen.line((400, 10, 520, 390), fill=60, width=30)
    return image


def above_a_text() -> Image.Image:
    """Which is small, and as grey from afar as a card."""
    image = Image.new("L", (260, 330), 250)
    pen = ImageDraw.Draw(image)
    words = "Item exercise please solve total street line exercise"
    for row in range(22):
        pen.text((12, 138.6 + 7.2 * row), words[row * 3 % 5 :], fill=20, font_size=6)
    pen.line((182, 30, 232, 32, 202, 140), fill=40, width=8)
    return image


def in_a_post_code() -> Image.Image:
    """In a box that the seven touches; the others are empty."""
    image = Image.new("L", (640, 400), 240)
    pen = ImageDraw.Draw(image)
    for left in range(60, 400, 80):
        pen.rectangle((left, 180, left + 70, 276), outline=90, width=3)
    pen.line((216, 202, 300, 202, 260, 264), fill=40, width=7)
    return image


def in_a_table() -> Image.Image:
    """That ends before the picture's edges, and one of whose lines the seven touches."""
    image = Image.new("L", (480, 400), 240)
    pen = ImageDraw.Draw(image)
    for at in range(5):
        pen.line((40, 60 + 65 * at, 440, 60 + 65 * at), fill=70, width=3)
    for at in range(3):
        pen.line((40 + 200 * at, 60, 40 + 200 * at, 320), fill=70, width=3)
    pen.line((260, 135, 320, 135, 280, 195), fill=40, width=7)
    return image


def at_the_side_of_a_box() -> Image.Image:
    """A seven that touches it."""
    image = Image.new("L", (300, 300), 240)
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 40, 280, 260), outline=90, width=3)
    pen.line((219, 120, 279, 120, 239, 210), fill=40, width=7)
    return image


def with_a_streak() -> Image.Image:
    """From dirt on a scanner's glass, through the seven."""
    image = pale()
    ImageDraw.Draw(image).line((150, 0, 150, 300), fill=140)
    return image


def on_a_whiteboard() -> Image.Image:
    """Which mirrors a lamp."""
    down, right = np.mgrid[:300, :300]
    lamp = 200 * np.exp(-(((right - 50) / 30) ** 2) - ((down - 240) / 20) ** 2)
    return Image.fromarray((np.asarray(pale()) * 0.8 + lamp).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_without_a_step_some_pictures_are_read_otherwise(
    step: Step, seen: list[tuple[Image.Image, npt.NDArray[np.uint8]]]
) -> None:
    with step.left_out():
        changed = next((one for one in seen if (to_mnist(one[0]) != one[1]).any()), None)

    assert changed
    assert (to_mnist(changed[0]) == changed[1]).all()  # the step is back


def test_every_step_has_a_name_of_its_own() -> None:
    assert len({step.name for step in STEPS}) == len({step.where for step in STEPS}) == len(STEPS)


# --- the command


def test_the_table_says_what_is_missed(run: Run, folder: Path) -> None:
    result = run(folder, "--group", "ink")

    assert result.exit_code == 0, result.stderr
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in result.stdout.splitlines()]
    assert lines[:4] == [
        ["without", "black", "orange"], ["---", "---:", "---:"], ["*pictures*", "1", "1"],
        ["*nothing*", "100.0", "100.0"],
    ]  # fmt: skip
    assert [line[0] for line in lines[4:]] == [step.name for step in STEPS]
    assert ["colour (brightness alone)", "100.0", "**0.0**"] in lines


def test_json_has_the_same_figures(run: Run, folder: Path) -> None:
    result = run(folder, "--json")

    found = json.loads(result.stdout)
    assert found["columns"] == [{"name": "ones", "pictures": 2}]
    rows = {row["without"]: row["accuracy"] for row in found["rows"]}
    assert list(rows) == [None, *(step.name for step in STEPS)]
    assert (rows[None], rows["colour (brightness alone)"]) == ([1], [0.5])


def test_a_folder_is_one_column_or_has_one_for_each_value() -> None:
    def picture(**columns: str) -> Picture:
        return Picture("a.png", Path("a.png"), 1, {"file": "a.png", "label": "1", **columns})

    folders = {Path("one"): [picture(kind=kind) for kind in ("b", "a", "", "b")], Path("two"): [picture()]}

    def found(group: str | None) -> list[tuple[str, int]]:
        return [(column.name, len(column.pictures)) for column in measuring.columns(folders, group)]

    assert found(None) == [("one", 4), ("two", 1)]
    assert found("kind") == [("b", 2), ("a", 1), ("(empty)", 1), ("two", 1)]


def test_half_a_percent_fewer_is_marked() -> None:
    rows = [Row(None, [0.95, 0.95]), Row("a", [0.945, 0.9451]), Row("b", [0.951, 0.5])]

    text = report.to_text([Column("x", []), Column("y", [])], rows)

    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    assert found[-2:] == [["a", "**94.5**", "94.5"], ["b", "95.1", "**50.0**"]]


def test_a_missing_picture_is_told(run: Run, folder: Path) -> None:
    (folder / "plain.png").unlink()

    result = run(folder)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {folder / 'plain.png'}: No such file or directory\n"
    assert not result.stdout


def test_an_unknown_column_is_told(run: Run, folder: Path) -> None:
    result = run(folder, "--group", "pen")

    assert result.exit_code == 1
    assert "no labels.csv has a column 'pen'" in result.stderr.lower()
    assert ", ".join(labels.read(folder)[0].columns) in result.stderr
