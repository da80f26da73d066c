"""Pictures of no digit, for measuring what is refused."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

pytest.importorskip("matplotlib", reason="matplotlib, which brings the fonts, is not installed")
import draw_non_digits


def drawn(folder: Path) -> list[dict[str, str]]:
    result = CliRunner().invoke(draw_non_digits.draw, [str(folder)])
    assert result.exit_code == 0, result.output
    with (folder / "labels.csv").open() as file:
        return list(csv.DictReader(file))


def hashes(folder: Path) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.png"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of them."""
    folder = tmp_path_factory.mktemp("non-digits") / "new"
    drawn(folder)
    return folder


def test_it_is_letters_of_several_fonts_noise_and_paper_and_none_is_a_digit(folder: Path) -> None:
    with (folder / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert {row["label"] for row in rows} == {"-"}
    kinds = Counter(row["kind"] for row in rows)
    assert set(kinds) == {"letter", "letter like a digit", "noise", "blank paper", "blank, half in shadow"}
    assert min(kinds.values()) >= 200
    fonts = Counter(row["what"] for row in rows if row["kind"].startswith("letter"))
    assert len(fonts) == 52
    assert min(fonts.values()) == max(fonts.values()) >= 8
    assert all(Image.open(folder / row["file"]).getextrema() == (0, 255) for row in rows if "letter" in row["kind"])


def test_no_two_letters_are_the_same_picture(folder: Path) -> None:
    """A font that lacks letters would draw the same box for all."""
    made = hashes(folder)
    assert len(set(made)) == len(made)


def test_it_is_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    drawn(tmp_path / "again")

    assert hashes(tmp_path / "again") == hashes(folder)


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("mine")

    result = CliRunner().invoke(draw_non_digits.draw, [str(tmp_path)])

    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path} exists already. Name a new folder.\n"
    assert (tmp_path / "labels.csv").read_text() == "mine"
