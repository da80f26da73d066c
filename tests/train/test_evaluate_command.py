"""The command `evaluate`, as a person at the keyboard and a program meet it."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from mnist_core import artifact, datasets, models, placing
from mnist_core.classifier import Classifier
from mnist_train.evaluate_command import evaluate

SIMPLE_CNN = """\
SimpleCNN(
  (normalize): Normalize(mean=0.1307, std=0.3081)
  (conv1): Conv2d(1, 32, kernel_size=(3, 3), stride=(1, 1))
  (pool1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (relu1): ReLU()
  (conv2): Conv2d(32, 64, kernel_size=(3, 3), stride=(1, 1))
  (pool2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (relu2): ReLU()
  (flatten): Flatten(start_dim=1, end_dim=-1)
  (linear1): Linear(in_features=1600, out_features=128, bias=True)
  (relu3): ReLU()
  (linear2): Linear(in_features=128, out_features=10, bias=True)
)
"""


def test_the_model_its_accuracy_and_a_table_are_printed(cli: CliRunner, small_run: Path, small_mnist: Path) -> None:
    result = cli.invoke(evaluate, ["--model", str(small_run), "--data-dir", str(small_mnist)])

    assert result.exit_code == 0, result.output
    accuracy = 100 * artifact.read_metadata(small_run).test_accuracy
    shown, table, confusions = result.stdout.removeprefix(SIMPLE_CNN).split("\n\n")
    assert result.stdout.startswith(SIMPLE_CNN)
    error = artifact.read_metadata(small_run).calibration_error
    assert error is not None
    assert shown == (
        f"\nAccuracy of SimpleCNN on the 200 test images: {accuracy:.1f} %\n"
        f"Expected calibration error: {100 * error:.2f} %"
    )
    assert len(table.splitlines()) == 11
    assert table.splitlines()[0].split() == ["class", "precision", "recall", "count"]
    assert re.search(r"\d+ of 200 were misread, most often:\n  \d as \d +\d+ times?", confusions)
    assert "Error" not in result.stderr


def test_json_is_what_scikit_learn_says_of_onnxruntimes_answers(
    cli: CliRunner, small_run: Path, small_mnist: Path
) -> None:
    result = cli.invoke(evaluate, ["--model", str(small_run), "--data-dir", str(small_mnist), "--json"])

    scores = json.loads(result.stdout)
    test = datasets.load("mnist", "test", small_mnist)
    found = Classifier(small_run)(test.images).argmax(axis=1)
    assert scores["accuracy"] == pytest.approx(accuracy_score(test.labels, found))
    assert (scores["count"], scores["wrong"]) == (200, int((found != test.labels).sum()))
    assert (scores["model"], scores["dataset"], scores["name"]) == (str(small_run), "mnist", "SimpleCNN")
    np.testing.assert_array_equal(scores["confusion"], confusion_matrix(test.labels, found))
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        expected = score(test.labels, found, average=None)
        np.testing.assert_allclose([row[name] for row in scores["classes"]], expected)


def test_the_newest_run_is_the_default(cli: CliRunner, small_run: Path, small_mnist: Path) -> None:
    placing.point_latest(small_run)

    result = cli.invoke(evaluate, ["--data-dir", str(small_mnist), "--json"])

    metadata = artifact.read_metadata(small_run)
    assert json.loads(result.stdout)["accuracy"] == metadata.test_accuracy
    assert json.loads(result.stdout)["calibration_error"] == pytest.approx(metadata.calibration_error)


def test_an_onnx_file_is_scored_by_itself(cli: CliRunner, small_run: Path, small_mnist: Path) -> None:
    shutil.copy(small_run / "model.onnx", "alone.onnx")

    shown = cli.invoke(evaluate, ["--model", "alone.onnx", "--data-dir", str(small_mnist)])
    scores = cli.invoke(evaluate, ["--model", "alone.onnx", "--data-dir", str(small_mnist), "--json"])

    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("alone.onnx: images uint8 (N, 28, 28) → Unsqueeze → Cast → Mul → Sub → Conv → ")
    assert "Accuracy of alone.onnx on the 200 test images: " in shown.stdout
    assert json.loads(scores.stdout)["accuracy"] == artifact.read_metadata(small_run).test_accuracy


def test_another_dataset_can_be_read(cli: CliRunner, small_run: Path) -> None:
    result = cli.invoke(evaluate, ["--model", str(small_run), "--dataset", "digits", "--json"])

    assert (json.loads(result.stdout)["dataset"], json.loads(result.stdout)["count"]) == ("digits", 360)
    shown = cli.invoke(evaluate, ["--model", str(small_run), "--dataset", "digits"]).stdout
    assert "Accuracy of SimpleCNN on the 360 test images of scikit-learn's digits: " in shown


def test_a_file_that_takes_no_unicode_gets_the_rest(small_run: Path, small_mnist: Path) -> None:
    """As when Windows sends output to a file."""
    model = ["--model", str(small_run / "model.onnx"), "--data-dir", str(small_mnist)]

    done = CliRunner(charset="cp1252").invoke(evaluate, model)

    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("model.onnx: images uint8 (N, 28, 28) ? Unsqueeze ? Cast")


def test_a_class_that_is_never_read_has_a_dash(cli: CliRunner, small_run: Path, tmp_path: Path) -> None:
    from support import write_idx

    write_idx(tmp_path / "one" / "t10k-images-idx3-ubyte", np.zeros((3, 28, 28), np.uint8))
    write_idx(tmp_path / "one" / "t10k-labels-idx1-ubyte", np.zeros(3, np.uint8))

    result = cli.invoke(evaluate, ["--model", str(small_run), "--data-dir", "one"])

    assert result.exit_code == 0, result.output
    assert sum(line.split()[1:] == ["–", "–", "0"] for line in result.stdout.splitlines()) >= 8


def test_without_a_model_it_says_how_to_train_one(cli: CliRunner) -> None:
    result = cli.invoke(evaluate, [])

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: There is no runs/latest yet. "
        "Train a model with `uv run --package mnist-train train`, or pass --model.\n"
    )


def test_without_data_it_says_so_and_substitutes_nothing(cli: CliRunner, small_run: Path) -> None:
    result = cli.invoke(evaluate, ["--model", str(small_run)])

    assert result.exit_code == 1
    assert result.stderr.endswith(
        "\nName the folder that holds its files with --data-dir, or pass another --dataset.\n"
    )
    assert "Error: t10k-images-idx3-ubyte.gz could not be downloaded" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda run: (run / "model.safetensors").write_bytes(b"foreign"), "is damaged or belongs to another run"),
        (lambda run: (run / "model.safetensors").unlink(), "can't be read: No such file or directory"),
        (lambda run: (run / "model.json").write_text("{}"), "does not describe a model of this project"),
        (lambda run: (run / "model.json").unlink(), "is no run's folder: it has no model.json"),
    ],
)
def test_a_damaged_artifact_is_one_clear_line(
    damage: object, complaint: str, cli: CliRunner, run_copy: Path, small_mnist: Path
) -> None:
    damage(run_copy)  # type: ignore[operator]

    result = cli.invoke(evaluate, ["--model", "copied-run", "--data-dir", str(small_mnist)])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: copied-run")
    assert result.stderr.count("\n") == 1
    assert complaint in result.stderr


def test_a_dataset_that_is_no_longer_known_asks_for_another(cli: CliRunner, run_copy: Path, small_mnist: Path) -> None:
    path = run_copy / "model.json"
    path.write_text(path.read_text().replace('"name": "mnist"', '"name": "svhn"'))

    result = cli.invoke(evaluate, ["--model", str(run_copy), "--data-dir", str(small_mnist)])

    assert result.exit_code == 1
    assert "was trained on 'svhn', which is not known here. Pass --dataset." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--dataset", "svhn"], "'svhn' is not one of"),
        (["--nonsense"], "No such option"),
        (["surplus"], "unexpected extra argument"),
        (["runs/latest"], "Did you mean --model runs/latest?"),
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str], complaint: str, cli: CliRunner) -> None:
    result = cli.invoke(evaluate, arguments)

    assert result.exit_code == 2
    assert complaint in result.stderr


def test_on_mnist_it_finds_what_train_found(cli: CliRunner, mnist_run: tuple[Path, int], mnist_dir: Path) -> None:
    run, _ = mnist_run

    result = cli.invoke(evaluate, ["--model", str(run), "--data-dir", str(mnist_dir)])

    metadata = artifact.read_metadata(run)
    assert f"Accuracy of SimpleCNN on the 10,000 test images: {100 * metadata.test_accuracy:.1f} %" in result.stdout
    assert metadata.dataset["test"]["sha256"] == datasets.load("mnist", "test", mnist_dir).sha256
    assert models.load(run)[1] == metadata
