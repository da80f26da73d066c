"""The command `predict`: what it prints, and what it makes of bad input."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from PIL import Image

from mnist_core.classifier import Classifier
from mnist_core.cli import sureness
from mnist_serve.loading import SHIPPED
from mnist_serve.predict_command import predict
from support import closing, png

PREDICT = [sys.executable, "-c", "from mnist_serve.predict_command import predict; predict(prog_name='predict')"]


@pytest.fixture
def files(pictures: list[bytes]) -> list[str]:
    """The ten digits as files 0.png to 9.png."""
    for digit, picture in enumerate(pictures):
        Path(f"{digit}.png").write_bytes(picture)
    return [f"{digit}.png" for digit in range(10)]


def test_each_picture_gets_a_line_in_the_order_given(
    cli: CliRunner, files: list[str], digits: npt.NDArray[np.uint8]
) -> None:
    expected = Classifier(SHIPPED)(digits)

    result = cli.invoke(predict, ["--min-confidence", "0", *files[::-1]])

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{digit}.png: {expected[digit].argmax()} ({sureness(expected[digit].max())})" for digit in range(9, -1, -1)
    ]


def test_json_has_an_object_a_line(cli: CliRunner, files: list[str], digits: npt.NDArray[np.uint8]) -> None:
    expected = Classifier(SHIPPED)(digits)

    result = cli.invoke(predict, ["--json", "--min-confidence", "0", *files])

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["file"] for line in lines] == files
    assert [list(line) for line in lines] == [["file", "digit", "confidence", "probabilities"]] * 10
    np.testing.assert_allclose([line["probabilities"] for line in lines], expected, atol=1e-6)


def test_top_shows_the_most_probable(cli: CliRunner, files: list[str], digits: npt.NDArray[np.uint8]) -> None:
    best = np.argsort(-Classifier(SHIPPED)(digits[3:4])[0])[:3].tolist()

    text = cli.invoke(predict, ["--top", "3", "--min-confidence", "0", files[3]]).stdout
    line = json.loads(cli.invoke(predict, ["--top", "3", "--json", files[3]]).stdout)

    assert [part.split()[0] for part in text.removeprefix("3.png: ").split(", ")] == [str(digit) for digit in best]
    assert [entry["digit"] for entry in line["top"]] == best


def test_a_hyphen_is_standard_input(pictures: list[bytes], files: list[str]) -> None:
    done = subprocess.run([*PREDICT, "--json", "-"], input=pictures[4], capture_output=True)

    assert json.loads(done.stdout)["file"] == "-"
    named = subprocess.run([*PREDICT, "--json", files[4]], capture_output=True)
    assert json.loads(done.stdout)["probabilities"] == json.loads(named.stdout)["probabilities"]


def test_a_bad_file_keeps_no_other_from_being_read(cli: CliRunner, files: list[str]) -> None:
    Path("folder").mkdir()
    Path("text.png").write_text("no picture")
    Path("empty.png").touch()
    Path("cut.png").write_bytes(Path(files[0]).read_bytes()[:60])
    given = [files[0], "folder", "missing.png", "text.png", "empty.png", "cut.png", files[1]]

    text = cli.invoke(predict, given)
    lines = [json.loads(line) for line in cli.invoke(predict, ["--json", *given]).stdout.splitlines()]

    assert text.exit_code == 1
    assert len(text.stdout.splitlines()) == 2
    assert [line.split(": ")[1] for line in text.stderr.splitlines()] == given[1:-1]
    assert [line["file"] for line in lines] == given
    assert ["error" in line for line in lines] == [False, True, True, True, True, True, False]


def test_a_folder_is_told_how_to_name_what_is_in_it(cli: CliRunner) -> None:
    Path("scans").mkdir()

    text = cli.invoke(predict, ["scans"])
    line = json.loads(cli.invoke(predict, ["--json", "scans"]).stdout)

    advice = f"It is a folder: name the pictures in it, for example {Path('scans') / '*'}"
    assert (text.exit_code, text.stderr) == (1, f"Error: scans: {advice}\n")
    assert line == {"file": "scans", "error": advice}


def test_a_picture_without_ink_has_a_reason(cli: CliRunner) -> None:
    Path("blank.png").write_bytes(png(np.full((50, 50), 255, np.uint8)))

    text = cli.invoke(predict, ["blank.png"])
    line = json.loads(cli.invoke(predict, ["--json", "blank.png"]).stdout)

    assert (text.exit_code, text.stdout) == (0, "blank.png: no digit. There is no ink in the picture.\n")
    assert line["digit"] is None
    assert line["reason"] == "There is no ink in the picture."


def test_the_threshold_decides_whether_there_is_a_digit(cli: CliRunner, files: list[str]) -> None:
    def read(threshold: float) -> list[dict[str, Any]]:
        output = cli.invoke(predict, ["--json", "--min-confidence", str(threshold), *files]).stdout
        return [json.loads(line) for line in output.splitlines()]

    freely = read(0)
    least, most = (pick(line["confidence"] for line in freely) for pick in (min, max))
    assert least < most

    strictly = read(float(np.nextafter(least, 1)))

    assert all(line["digit"] is not None for line in read(least))
    refused = [line for line in strictly if line["digit"] is None]
    assert 0 < len(refused) < 10
    for line in refused:
        assert "most like a" in line["reason"]
        assert max(line["probabilities"]) == line["confidence"] == least


def test_several_digits_are_refused(cli: CliRunner, two_digits: bytes) -> None:
    Path("two.png").write_bytes(two_digits)

    text = cli.invoke(predict, ["two.png"])
    line = json.loads(cli.invoke(predict, ["--json", "--top", "2", "two.png"]).stdout)

    reason = "There seem to be 2 digits: send one at a time."
    assert (text.exit_code, text.stdout) == (0, f"two.png: no digit. {reason}\n")
    assert (line["digit"], line["reason"]) == (None, reason)
    assert len(line["probabilities"]) == 10
    assert line["top"][0]["confidence"] == line["confidence"]


def test_explain_saves_how_each_picture_was_read(cli: CliRunner, files: list[str], two_digits: bytes) -> None:
    Path("two.png").write_bytes(two_digits)
    Path("blank.png").write_bytes(png(np.full((50, 50), 255, np.uint8)))
    given = [files[3], "two.png", "blank.png"]

    plain = cli.invoke(predict, given)
    explained = cli.invoke(predict, ["--explain", "new/steps", *given])

    assert explained.stdout == plain.stdout
    assert explained.stderr == "Saved 3 pictures in new/steps.\n"
    saved = sorted(Path("new/steps").iterdir())
    assert [path.name for path in saved] == ["3.explained.png", "blank.explained.png", "two.explained.png"]
    for path in saved:
        with Image.open(path) as picture:
            picture.verify()


def test_explain_overwrites_nothing(cli: CliRunner, files: list[str]) -> None:
    Path("3.explained.png").write_text("mine")
    Path("other").mkdir()
    Path("other/3.png").write_bytes(Path(files[4]).read_bytes())

    result = cli.invoke(predict, ["--json", "--explain", ".", files[3], "other/3.png"])

    saved = [json.loads(line)["explained"] for line in result.stdout.splitlines()]
    assert saved == ["3.explained-2.png", "3.explained-3.png"]
    assert Path("3.explained.png").read_text() == "mine"
    assert Path(saved[0]).read_bytes() != Path(saved[1]).read_bytes()


@pytest.mark.parametrize("letter", ["n", "é"])
def test_explain_shortens_names_that_are_as_long_as_can_be(cli: CliRunner, files: list[str], letter: str) -> None:
    long = letter * (250 // len(letter.encode())) + ".png"
    Path(long).write_bytes(Path(files[3]).read_bytes())

    result = cli.invoke(predict, ["--explain", "steps", long, long, files[4]])

    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 3)
    short = letter * (200 // len(letter.encode()))
    assert sorted(path.name for path in Path("steps").iterdir()) == [
        "4.explained.png", f"{short}.explained-2.png", f"{short}.explained.png",
    ]  # fmt: skip


def test_an_explanation_that_cannot_be_saved_keeps_no_answer_back_and_leaves_nothing(files: list[str]) -> None:
    program = (
        "from resource import *\n"
        "from mnist_serve.predict_command import predict\n"
        "before = getrlimit(RLIMIT_FSIZE)\n"
        "setrlimit(RLIMIT_FSIZE, (1000, before[1]))\n"  # as if the disk were full
        "try:\n"
        "    predict(prog_name='predict')\n"
        "finally:\n"
        "    setrlimit(RLIMIT_FSIZE, before)\n"  # the coverage's own files are larger
    )
    # Bytecode, which the limit would cut off, must not be kept.
    command, given = [sys.executable, "-B", "-c", program, "--explain", "steps"], files[3:5]

    text = subprocess.run([*command, *given], capture_output=True, text=True)
    json_lines = subprocess.run([*command, "--json", *given], capture_output=True, text=True)

    told = [f"Error: {name}: its explanation can't be saved in steps: File too large" for name in given]
    for done in (text, json_lines):
        assert done.returncode == 1
        assert done.stderr.splitlines() == told
    assert [line.split(":")[0] for line in text.stdout.splitlines()] == given
    lines = [json.loads(line) for line in json_lines.stdout.splitlines()]
    assert [line["file"] for line in lines] == given
    assert not any(line.keys() & {"explained", "error"} for line in lines)
    assert list(Path("steps").iterdir()) == []


def test_explain_names_standard_inputs_picture(cli: CliRunner, pictures: list[bytes]) -> None:
    result = cli.invoke(predict, ["--explain", "steps", "-"], input=pictures[3])

    assert result.stderr == f"Saved {Path('steps/stdin.explained.png')}.\n"
    assert Path("steps/stdin.explained.png").is_file()


def test_explain_leaves_out_what_cannot_be_read(cli: CliRunner, files: list[str]) -> None:
    Path("text.png").write_text("no picture")

    result = cli.invoke(predict, ["--explain", "steps", "text.png", files[3]])

    assert result.exit_code == 1
    assert [path.name for path in Path("steps").iterdir()] == ["3.explained.png"]


def test_a_folder_that_cannot_be_made_is_told(cli: CliRunner, files: list[str]) -> None:
    Path("file").touch()

    result = cli.invoke(predict, ["--explain", "file/steps", files[3]])

    assert result.exit_code == 1
    assert result.stderr == "Error: file/steps: Not a directory.\n"


def test_a_model_of_ones_own_can_be_used(cli: CliRunner, files: list[str], small_run: Path) -> None:
    own = json.loads(cli.invoke(predict, ["--json", "--model", str(small_run), files[2]]).stdout)
    alone = json.loads(cli.invoke(predict, ["--json", "--model", str(small_run / "model.onnx"), files[2]]).stdout)
    shipped = json.loads(cli.invoke(predict, ["--json", files[2]]).stdout)

    assert own["probabilities"] == alone["probabilities"] != shipped["probabilities"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "Missing argument 'FILE...'"),
        (["--top", "0", "x.png"], 2, "0 is not in the range"),
        (["--top", "many", "x.png"], 2, "not a valid integer"),
        (["--min-confidence", "1.1", "x.png"], 2, "1.1 is not in the range"),
        (["--min-confidence", "nan", "x.png"], 2, "'nan' is not a number"),
        (["--explain", "model.json", "x.png"], 2, "'model.json' is a file"),
        (["--model", "nowhere", "x.png"], 1, "Error: There is no model nowhere."),
    ],
)
def test_a_wrong_command_is_told(cli: CliRunner, arguments: list[str], code: int, says: str) -> None:
    Path("model.json").touch()

    result = cli.invoke(predict, arguments)

    assert result.exit_code == code
    assert says in result.stderr
    assert not result.stdout


def test_shells_complete_the_names_of_pictures() -> None:
    complete = ShellComplete(predict, {}, "predict", "_PREDICT_COMPLETE").get_completions

    for before in ([], ["one.png"]):
        (offered,) = complete(before, "sev")
        assert (offered.type, offered.value) == ("file", "sev")


def test_an_endless_file_is_refused(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_serve.picture_files._MOST_BYTES", 2**20)

    result = cli.invoke(predict, ["/dev/zero"])

    assert result.exit_code == 1
    assert "The file has more than 1 MiB." in result.stderr


def test_a_name_that_is_no_text_is_shown_as_well_as_can_be(pictures: list[bytes]) -> None:
    Path(os.fsdecode(b"f\xfcnf.png")).write_bytes(pictures[5])

    done = subprocess.run([*PREDICT, "--json", b"f\xfcnf.png"], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["file"] == "f?nf.png"


@pytest.mark.parametrize("threshold", ["0", "1"], ids=["read", "refused"])
def test_a_terminal_shows_a_bar_for_each_digit(files: list[str], threshold: str) -> None:
    whole, ours = pty.openpty()
    try:
        subprocess.run([*PREDICT, "--min-confidence", threshold, files[1]], stdout=ours, check=True)
        shown = os.read(whole, 65536).decode()
    finally:
        os.close(whole)
        os.close(ours)

    lines = shown.splitlines()
    assert len(lines) == 11
    assert [line.split()[0] for line in lines[1:]] == list("0123456789")
    best = int(lines[0].split()[1]) if threshold == "0" else int(lines[0].split()[-3])
    assert ("no digit" in lines[0]) == (threshold == "1")
    assert lines[best + 1].count("█") == max(line.count("█") for line in lines[1:]) > 0


@pytest.mark.parametrize("as_json", [False, True])
def test_closed_errors_keep_no_answer_back(files: list[str], as_json: bool) -> None:
    given = [*["--json"] * as_json, files[1], "missing.png", *files[2:] * 3]  # enough for a progress bar

    whole = subprocess.run([*PREDICT, *given], capture_output=True, text=True)
    done = subprocess.run(closing("2>&-", [*PREDICT, *given]), capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (whole.returncode, whole.stdout)
    assert whole.returncode == 1
    assert len(whole.stdout.splitlines()) == 25 + as_json
    single = subprocess.run(closing("2>&-", [*PREDICT, files[1]]), capture_output=True, text=True)
    assert (single.returncode, len(single.stdout.splitlines())) == (0, 1)


def test_closed_output_is_no_problem(files: list[str]) -> None:
    done = subprocess.run(closing(">&-", [*PREDICT, "--explain", "steps", files[1]]), capture_output=True, text=True)
    failed = subprocess.run(closing(">&-", [*PREDICT, "missing.png"]), capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, f"Saved {Path('steps/1.explained.png')}.\n")
    with Image.open("steps/1.explained.png") as picture:
        picture.verify()
    assert (failed.returncode, failed.stderr) == (1, "Error: missing.png: No such file or directory\n")


def test_closed_input_is_told(pictures: list[bytes]) -> None:
    done = subprocess.run(closing("<&-", [*PREDICT, "-"]), capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (1, "Error: -: There is no standard input.\n")


def test_neither_torch_nor_torchvision_is_imported(files: list[str]) -> None:
    program = (
        "import sys\n"
        "from mnist_serve.predict_command import predict\n"
        "predict(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('torch', 'torchvision')))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, files[0]], capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_the_shipped_model_was_made_by_train() -> None:
    described = json.loads((SHIPPED / "model.json").read_text())

    assert described["recipe"]
    assert described["dataset"]["name"] == "mnist"
    assert described["test_accuracy"] > 0.99
    assert not described["git_commit"].endswith("-dirty")
