"""The measuring command: what it says of drawn pictures whose answers are known, and of bad input."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw
from sklearn.metrics import log_loss as sklearn_log_loss

import score
from scoring import labels, measures, report, sheet
from scoring.answers import Answer, mistakes
from scoring.labels import Picture
from support import Run, runner

SEVEN = ((60, 60), (140, 60), (95, 150))
ONE = ((100, 50), (100, 150))
RED = (255, 0, 0)


def drawn(digit: int | None) -> Image.Image:
    """A 0, 1 or 7, drawn in blue on white, that no model takes for another digit; or blank paper."""
    image = Image.new("RGB", (200, 200), "white")
    pen = ImageDraw.Draw(image)
    match digit:
        case 0:
            pen.ellipse((65, 50, 135, 150), outline="navy", width=12)
        case 1:
            pen.line(ONE, fill="navy", width=12)
        case 7:
            pen.line(SEVEN, fill="navy", width=12, joint="curve")
    return image


def write(folder: Path, table: str) -> Path:
    """A folder with `labels.csv`, and every picture drawn as its name's first character says."""
    folder.mkdir(parents=True)
    (folder / "labels.csv").write_text(table)
    for line in table.splitlines()[1:]:
        name = line.split(",")[0]
        if name[:1] in ("0", "1", "7", "b"):
            drawn(int(name[0]) if name[0].isdigit() else None).save(folder / name)
    return folder


@pytest.fixture
def run(cli: CliRunner) -> Run:
    return runner(cli, score.main)


def answer(truth: int | None, probabilities: Sequence[float] = (), min_confidence: float = 0.5, **more: str) -> Answer:
    """An answer as it comes from a model that says so."""
    likeliest = max(range(len(probabilities)), key=probabilities.__getitem__, default=None)
    digit = likeliest if likeliest is not None and probabilities[likeliest] >= min_confidence else None
    picture = Picture("a.png", Path("a.png"), truth, {"file": "a.png", "label": str(truth), **more})
    return Answer(picture, digit, list(probabilities), "", np.zeros((28, 28), np.uint8))


def sure_of(digit: int, confidence: float) -> list[float]:
    """Probabilities: one digit's, the rest spread evenly."""
    return [confidence if other == digit else (1 - confidence) / 9 for other in range(10)]


# --- figures


def test_log_loss_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(5)
    probabilities = random.dirichlet(np.ones(10), size=200)
    truth = random.integers(0, 10, size=200)

    expected = sklearn_log_loss(truth, probabilities, labels=range(10))
    assert measures.log_loss(probabilities, truth) == pytest.approx(expected)


def test_a_right_digit_of_no_probability_does_not_make_the_log_loss_infinite() -> None:
    probabilities = np.eye(10)[[3]]

    assert 10 < measures.log_loss(probabilities, np.array([4])) < 20


def test_figures_tell_refusals_from_wrong_answers() -> None:
    scores = measures.measure(
        [
            answer(7, sure_of(7, 0.9)),
            answer(7, sure_of(1, 0.8)),  # wrong
            answer(7, sure_of(7, 0.4)),  # right, but refused
            answer(2, sure_of(3, 0.3)),  # wrong, and refused
            answer(5),  # no ink found
            answer(None, sure_of(8, 0.2)),  # refused, as is right
            answer(None, sure_of(8, 0.7)),
            answer(None),
        ]
    )

    assert (scores.pictures, scores.digits, scores.accuracy) == (8, 5, 2 / 5)
    assert (scores.refused, scores.accepted_accuracy) == (3, 1 / 2)
    assert (scores.non_digits, scores.non_digits_refused) == (3, 2)
    assert scores.confidence == pytest.approx((0.9 + 0.8 + 0.4 + 0.3) / 4)
    assert scores.calibration_error == pytest.approx((0.1 + 0.8 + 0.6 + 0.3) / 4)
    none = 10
    expected = np.zeros((11, 11), int)
    for truth, given in ((7, 7), (7, 1), (7, none), (2, none), (5, none), (none, none), (none, 8), (none, none)):
        expected[truth, given] += 1
    assert scores.confusion == expected.tolist()


@pytest.mark.parametrize(("answers", "percents"), [([], 0), ([answer(None)], 1), ([answer(4)], 2)])
def test_figures_that_are_of_nothing_are_missing(answers: list[Answer], percents: int) -> None:
    scores = measures.measure(answers)

    assert (scores.confidence, scores.calibration_error, scores.log_loss, scores.accepted_accuracy) == (None,) * 4
    assert scores.accuracy == (0 if scores.digits else None)
    assert report.summary(scores).count("%") == percents


def test_groups_come_with_the_worst_first() -> None:
    answers = [
        answer(7, sure_of(7, 0.9), writer="anna"),
        answer(7, sure_of(7, 0.4), writer="anna"),
        answer(7, sure_of(1, 0.9), writer="ben"),
        answer(7, sure_of(7, 0.9), writer="ben"),
        answer(None, sure_of(7, 0.9), writer=""),
        answer(None, sure_of(7, 0.1), writer="carl"),
    ]

    groups = measures.by_group(answers, "writer")

    found = [(group.value, group.pictures, group.accuracy, group.refused, group.wrong) for group in groups]
    assert found == [("", 1, 0.0, 0, 1), ("ben", 2, 0.5, 0, 1), ("anna", 2, 1.0, 1, 0), ("carl", 1, 1.0, 1, 0)]
    assert [line.split()[0] for line in report.groups("writer", groups).splitlines()] == [
        "writer", "(empty)", "ben", "anna", "carl",
    ]  # fmt: skip


def test_mistakes_come_with_the_surest_wrong_digit_first() -> None:
    unsure, sure = answer(7, sure_of(1, 0.6)), answer(None, sure_of(8, 0.9))
    refused = answer(7, sure_of(7, 0.95), min_confidence=1)
    blank, right = answer(3), answer(7, sure_of(7, 0.99))

    assert mistakes([blank, refused, unsure, right, sure]) == [sure, unsure, refused, blank]


# --- the command


def test_a_folder_is_scored_as_predict_reads_it(run: Run, tmp_path: Path) -> None:
    table = "file,label,pen\n7.png,7,a\n1.png,1,a\n0.png,7,b\nblank.png,-,b\nb2.png,-,b\nb3.png,4,c\n"
    folder = write(tmp_path / "drawings", table)

    result = run(folder, "--json", "--min-confidence", "0", "--group", "pen")

    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["folder"], found["pictures"], found["digits"], found["accuracy"]) == (str(folder), 6, 4, 0.5)
    assert (found["refused"], found["non_digits"], found["non_digits_refused"]) == (1, 2, 2)
    assert found["accepted_accuracy"] == pytest.approx(2 / 3)
    assert found["confusion"][7][0] == found["confusion"][7][7] == found["confusion"][4][10] == 1
    assert [(group["value"], group["accuracy"]) for group in found["groups"]["pen"]] == [
        ("c", 0), ("b", 2 / 3), ("a", 1),
    ]  # fmt: skip
    wrong, blank = found["mistakes"]
    assert (wrong["file"], wrong["label"], wrong["digit"]) == ("0.png", 7, 0)
    assert (blank["file"], blank["digit"], blank["confidence"]) == ("b3.png", None, None)
    assert "no ink" in blank["reason"]


def test_digits_below_the_threshold_are_refused(run: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "drawings", "file,label\n7.png,7\n1.png,-\n")

    result = run(folder, "--json", "--min-confidence", "1")

    found = json.loads(result.stdout)
    assert (found["accuracy"], found["refused"], found["accepted_accuracy"]) == (1, 1, None)
    assert (found["non_digits"], found["non_digits_refused"]) == (1, 1)
    assert [mistake["file"] for mistake in found["mistakes"]] == ["7.png"]


def test_figures_for_people_have_a_confusion_matrix_and_groups(run: Run, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "drawings", "file,label,pen\n7.png,7,fine\n7b.png,7,fine\n0.png,7,wide\nblank.png,-,wide\n"
    )

    result = run(folder, "--min-confidence", "0", "--group", "pen")

    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["accuracy", "66.67", "%", "1", "of", "3", "digits", "wrong,", "if", "all", "are", "read"] in lines
    assert ["7", "1", *"······", "2", *"···"] in lines
    assert ["none", *"··········", "1"] in lines
    assert ["wide", "2", "50.00", "%", "1", "1"] in lines
    assert lines[-2][:3] == ["1", "mistake:", str(Path("pictures/score-drawings.png"))]


def test_several_folders_are_scored_in_one_go(run: Run, tmp_path: Path) -> None:
    first = write(tmp_path / "first", "file,label,writer\n7.png,7,anna\n")
    second = write(tmp_path / "second", "file,label,paper\n1.png,7,lined\n")

    result = run(first, second, "--json", "--group", "paper", "--output", "here/sheets")

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["folder"], one["accuracy"], list(one["groups"])) for one in found] == [
        (str(first), 1, []), (str(second), 0, ["paper"]),
    ]  # fmt: skip
    assert sorted(path.name for path in Path("here/sheets").iterdir()) == ["score-first.png", "score-second.png"]


def test_labels_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes('\ufefffile,label,note\r\n"a,b.png", 7 ,"said ""7"""\r\n'.encode())

    (picture,) = labels.read(tmp_path)

    assert (picture.name, picture.path, picture.digit) == ("a,b.png", tmp_path / "a,b.png", 7)
    assert picture.columns["note"] == 'said "7"'


# --- the contact sheet


def tiles(path: Path) -> int:
    """How many tiles are on a page: each has two frames, whose upper and lower edges are lines of a known length."""
    page = np.asarray(Image.open(path).convert("RGB"))
    is_line = (page == 0xCC).all(axis=2)
    return sum(bytes(row).count(b"\1" * 114) for row in is_line) // 4


def test_the_sheet_has_a_tile_for_each_mistake(run: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "drawings", "file,label\n7.png,7\n1.png,7\n0.png,7\n7b.png,-\nblank.png,-\n")

    result = run(folder, "--json", "--min-confidence", "0")

    (path,) = json.loads(result.stdout)["sheets"]
    assert path == str(Path("pictures/score-drawings.png"))
    assert tiles(Path(path)) == 3


def test_a_tile_shows_the_picture_beside_what_the_model_saw(tmp_path: Path) -> None:
    Image.new("RGB", (300, 150), RED).save(tmp_path / "a.png")
    seen = np.zeros((28, 28), np.uint8)
    seen[:14] = 255
    picture = Picture("a.png", tmp_path / "a.png", 7, {})

    (path,) = sheet.draw([Answer(picture, 1, sure_of(1, 0.9), "", seen)], "title", tmp_path / "sheet.png")

    page = np.asarray(Image.open(path))
    assert (page == RED).all(axis=2).sum() == 112 * 56
    beside = Image.fromarray((page == 0).all(axis=2)).crop((136, 64, 248, 176))
    assert beside.getbbox() == (0, 56, 112, 112)  # the lower half, each pixel four by four


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_every_kind_can_be_shown(mode: str, tmp_path: Path) -> None:
    image = Image.new("L", (40, 60), 200)
    image.paste(10, (10, 10, 20, 50))
    image = Image.fromarray(np.asarray(image).astype(np.uint16) * 200) if mode == "I;16" else image.convert(mode)
    path = tmp_path / "a.tif"
    image.save(path)
    wrong = Answer(Picture("a.tif", path, 7, {}), 1, sure_of(1, 0.9), "", np.zeros((28, 28), np.uint8))

    (page,) = sheet.draw([wrong], "title", tmp_path / "sheet.png")

    shown = np.asarray(Image.open(page).convert("L"))[66:174, 40:110]
    assert shown.max() > shown.min() + 100


def test_many_mistakes_take_pages_and_a_shorter_sheet_leaves_none_of_them(tmp_path: Path) -> None:
    drawn(1).save(tmp_path / "a.png")
    wrong = Answer(Picture("a.png", tmp_path / "a.png", 7, {}), 1, sure_of(1, 0.9), "", np.zeros((28, 28), np.uint8))
    path = tmp_path / "sheets" / "score-x.png"
    path.parent.mkdir()

    pages = sheet.draw([wrong] * 97, "title", path)
    assert [page.name for page in pages] == ["score-x.png", "score-x-page-2.png", "score-x-page-3.png"]
    assert [tiles(page) for page in pages] == [48, 48, 1]

    assert sheet.draw([wrong] * 2, "title", path) == [path]
    assert list(path.parent.iterdir()) == [path]
    assert tiles(path) == 2

    sheet.draw([], "title", path)
    assert tiles(path) == 0


def test_a_name_that_is_long_or_has_lines_is_shortened(tmp_path: Path) -> None:
    name = "x" * 100 + "\n7.png"
    drawn(7).save(tmp_path / "7.png")
    wrong = Answer(Picture(name, tmp_path / "7.png", 1, {}), 7, sure_of(7, 0.9), "", np.zeros((28, 28), np.uint8))

    (path,) = sheet.draw([wrong], "title", tmp_path / "sheet.png")

    below = np.asarray(Image.open(path).convert("L"))[64 + 112 + 22 :]
    assert below[:14, 18:248].min() < 255
    assert below[:, 249:].min() == below[14:].min() == 255


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(7, sure_of(1, 0.982)), "7 read as 1, 98.2 %"),
        (answer(None, sure_of(4, 0.97)), "No digit read as 4, 97.0 %"),
        (answer(7, sure_of(7, 0.31)), "7 refused; most like 7, 31.0 %"),
        (answer(7), "7 refused; no ink found"),
    ],
)
def test_a_tile_says_what_was_answered(given: Answer, expected: str) -> None:
    assert sheet.caption(given) == expected


# --- bad input


def test_what_can_not_be_read_is_told_and_the_rest_scored(run: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "some", "file,label\n7.png,7\nmissing.png,1\ndamaged.png,1\n.,1\n1.png,1\n")
    (folder / "damaged.png").write_bytes((folder / "7.png").read_bytes()[:60])

    result = run(folder, "--json")

    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["pictures"], found["accuracy"]) == (2, 1)
    assert [one["file"] for one in found["unreadable"]] == ["missing.png", "damaged.png", "."]
    missing, damaged, directory = result.stderr.splitlines()
    assert missing == f"Error: {folder / 'missing.png'}: No such file or directory"
    assert "damaged" in damaged
    assert "directory" in directory


def test_a_folder_of_which_nothing_can_be_read_has_no_figures(run: Run, tmp_path: Path) -> None:
    names = [f"missing{number}.png" for number in range(25)]
    folder = write(tmp_path / "some", "\n".join(["file,label", *(f"{name},1" for name in names)]))

    result = run(folder)

    assert result.exit_code == 1
    assert "0 pictures, 25 more can't be read" in result.stdout
    assert "%" not in result.stdout
    assert len(result.stderr.splitlines()) == 11
    assert "25 pictures" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", "no column `file`. It is empty"),
        ("file,digit\n7.png,7\n", "no column `label`. It has: file, digit."),
        ("name,label\n7.png,7\n", "no column `file`"),
        ("file,label\n", "names no pictures"),
        ("file,label\n7.png,7\n1.png,one\n", "line 3: the label is 'one'. Write 0 to 9"),
        ("file,label\n7.png,10\n", "line 2: the label is '10'"),
        ("file,label\n7.png,٧\n", "line 2: the label is '٧'"),
        ("file,label\n7.png,7\n1.png,\n", "line 3 has no label. Write 0 to 9, or - where no digit is right."),
        ("file,label\n7.png, \n", "line 2 has no label"),
        ("file,label\n,7\n", "line 2 names no file"),
        ("file,label\n7\0.png,7\n", "line 2 names no file"),
        ("file,label\n7.png\n", "line 2 has more or fewer cells"),
        ("file,label\n7.png,7,8\n", "line 2 has more or fewer cells"),
        ('file,label\n"7.png,7\n', "is no table that can be read"),
    ],
)
def test_labels_that_are_wrong_are_named(table: str, reason: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "labels.csv").write_text(table, encoding="utf-8")

    result = run(tmp_path / "some")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / 'some' / 'labels.csv'}")
    assert reason in result.stderr
    assert not Path("pictures").exists()


def test_labels_that_are_no_text_are_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"file,label\n\xff\xfe.png,7\n")

    result = run(tmp_path)

    assert result.exit_code == 1
    assert "Save it as CSV in UTF-8" in result.stderr


@pytest.mark.parametrize("folder", ["missing", "empty", "a-file"])
def test_a_folder_without_labels_is_told_what_they_look_like(folder: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").write_text("")

    result = run(tmp_path / folder)

    assert result.exit_code == 1
    assert str(tmp_path / folder / "labels.csv") in result.stderr
    assert "file,label" in result.stderr


def test_a_folder_given_twice_is_a_wrong_command_line(run: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "some", "file,label\n7.png,7\n")

    result = run(folder, tmp_path / "other" / ".." / "some")

    assert result.exit_code == 2
    assert f"{folder} is given twice" in result.stderr


def test_two_folders_of_one_name_do_not_overwrite_each_others_sheet(run: Run, tmp_path: Path) -> None:
    folders = [write(tmp_path / writer / "photos", "file,label\n7.png,7\n") for writer in ("anna", "ben")]

    result = run(*folders)

    assert result.exit_code == 2
    assert "would share the contact sheet score-photos.png" in result.stderr


@pytest.mark.parametrize("names", [("g", "g-page-2"), ("g-page-12", "g")])
def test_a_folder_called_as_anothers_further_page_is_refused(names: tuple[str, str], run: Run, tmp_path: Path) -> None:
    result = run(*(write(tmp_path / name, "file,label\n7.png,7\n") for name in names))

    assert result.exit_code == 2
    assert f"would share the contact sheet score-{max(names)}.png" in result.stderr


def test_folders_whose_names_only_resemble_a_further_pages_are_scored(run: Run, tmp_path: Path) -> None:
    names = ["g", "g.2", "g-page-1", "g-page-02", "h-page-2", "g-page-2b"]
    result = run(*(write(tmp_path / name, "file,label\n7.png,1\n") for name in names))

    assert result.exit_code == 0, result.stderr
    assert {path.name for path in Path("pictures").iterdir()} == {f"score-{name}.png" for name in names}


def test_a_group_that_no_folder_has_is_named(run: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "some", "file,label,pen\n7.png,7,fine\n")

    result = run(folder, "--group", "writer")

    assert result.exit_code == 1
    assert "'writer'" in result.stderr
    assert "file, label, pen" in result.stderr


@pytest.mark.parametrize("threshold", ["1.1", "-0.1", "nan", "much"])
def test_a_threshold_that_is_no_probability_is_a_wrong_command_line(threshold: str, run: Run, tmp_path: Path) -> None:
    assert run(tmp_path, "--min-confidence", threshold).exit_code == 2


def test_a_missing_model_is_named(run: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "some", "file,label\n7.png,7\n")

    result = run(folder, "--model", tmp_path / "no-run")

    assert result.exit_code == 1
    assert "no-run" in result.stderr


def test_help_needs_nothing_that_is_slow() -> None:
    program = (
        "import sys, score\n"
        "try:\n    score.main(['--help'])\n"
        "finally:\n    assert not {'torch', 'numpy', 'PIL', 'onnxruntime'} & sys.modules.keys()\n"
    )
    scripts = Path(score.__file__).parent
    done = subprocess.run([sys.executable, "-c", program], cwd=scripts, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "Examples:" in done.stdout
