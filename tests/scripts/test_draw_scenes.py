"""Digits as people's pictures have them, for measuring how those are read."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

import draw_scenes
from mnist_core import datasets
from mnist_core.blobs import label
from mnist_serve.loading import find, load
from scenes import hand
from scenes.kinds import KINDS
from scoring import answers, labels


def drawn(folder: Path, data: Path, each: int) -> list[labels.Picture]:
    result = CliRunner().invoke(draw_scenes.draw, [str(folder), "--each", str(each), "--data-dir", str(data)])
    assert result.exit_code == 0, result.output
    return labels.read(folder)


def hashes(pictures: list[labels.Picture]) -> dict[str, str]:
    return {picture.name: hashlib.sha256(picture.path.read_bytes()).hexdigest() for picture in pictures}


@pytest.fixture(scope="module")
def pictures(small_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> list[labels.Picture]:
    """Two of each kind."""
    return drawn(tmp_path_factory.mktemp("scenes") / "new", small_mnist, 2)


def test_there_are_as_many_of_each_kind_as_asked_for(pictures: list[labels.Picture], small_mnist: Path) -> None:
    assert Counter(picture.columns["kind"] for picture in pictures) == dict.fromkeys(KINDS, 2)
    assert {path.name for path in pictures[0].path.parent.iterdir()} == {"labels.csv", *hashes(pictures)}
    test = datasets.load("mnist", "test", small_mnist)
    assert [picture.digit for picture in pictures] == [scene.label for scene in draw_scenes.scenes(test, 2)]


def test_no_two_are_the_same_picture(pictures: list[labels.Picture]) -> None:
    assert len(set(hashes(pictures).values())) == len(pictures)


def test_fewer_are_the_first_of_more(pictures: list[labels.Picture], small_mnist: Path, tmp_path: Path) -> None:
    first = hashes(drawn(tmp_path / "again", small_mnist, 1))

    assert len(first) == len(KINDS)
    assert first.items() < hashes(pictures).items()


def test_they_show_the_digits_that_they_are_labelled_with(mnist_dir: Path, tmp_path: Path) -> None:
    pictures = drawn(tmp_path / "new", mnist_dir, 3)

    found, unreadable = answers.read(pictures, load(find(None)).classify, 0)

    assert not unreadable
    assert sum(answer.is_right for answer in found) >= 0.8 * len(pictures)


def test_what_is_there_is_left_alone(small_mnist: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("mine")

    result = CliRunner().invoke(draw_scenes.draw, [str(tmp_path), "--data-dir", str(small_mnist)])

    assert result.exit_code == 1
    assert result.stderr.endswith(f"Error: {tmp_path} exists already. Name a new folder.\n")
    assert (tmp_path / "labels.csv").read_text() == "mine"


# --- the hand that writes


def image(*lines: tuple[int, int, int, int], width: int = 3) -> hand.Digit:
    """Lines as MNIST might have them."""
    canvas = Image.new("L", (28, 28))
    for line in lines:
        ImageDraw.Draw(canvas).line(line, fill=255, width=width)
    return np.asarray(canvas)


@pytest.mark.parametrize("line", [4, 10, 30])
@pytest.mark.parametrize("width", [2, 5])
def test_a_line_is_as_wide_as_asked_for_whatever_it_was(width: int, line: int) -> None:
    cover = hand.written(image((14, 4, 14, 23), width=width), 200, line)

    assert cover.shape[0] == 200
    assert cover[80:120].sum(axis=1).mean() == pytest.approx(line, abs=2.5)


@pytest.mark.parametrize("angle", [-8, 0, 8])
def test_a_fine_pen_breaks_no_line(angle: float) -> None:
    cross = image((5, 5, 22, 22), (22, 4, 6, 23))

    cover = hand.written(cross, 300, 6, angle)

    assert label(cover > 0.5)[1] == 1
    assert max(cover.shape) == 300


def test_ink_that_has_run_together_stays_so() -> None:
    six = image((10, 4, 8, 20), width=2)
    canvas = Image.fromarray(six)
    ImageDraw.Draw(canvas).ellipse((7, 14, 17, 23), fill=255)

    cover = hand.written(np.asarray(canvas), 200, 6)

    assert cover[150:].sum(axis=1).max() > 4 * cover[40:80].sum(axis=1).max()


def test_specks_are_not_written() -> None:
    digit = image((14, 4, 14, 23)).copy()
    digit[5, 3] = 255

    assert label(hand.written(digit, 100, 8) > 0.5)[1] == 1
