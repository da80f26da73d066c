"""The command `train`, as a person at the keyboard meets it."""

import itertools
import json
import os
import re
import shutil
import sys
import types
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from mnist_core import artifact, datasets, models, registry
from mnist_core.classifier import Classifier
from mnist_train import progress, temperature, train_command
from mnist_train.train_command import train
from support import HANGS, write_dataset
from train.children import train_in

# One short epoch; enough to see everything but accuracy.
SHORT = ["--dataset", "digits", "--epochs", "1"]


def tree(folder: Path) -> list[str]:
    """Everything below a folder, hidden files too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_defaults_train_and_say_what_to_do_next(cli: CliRunner, small_mnist: Path) -> None:
    result = cli.invoke(train, ["--data-dir", str(small_mnist)])

    assert result.exit_code == 0, result.output
    (run,) = [path for path in Path("runs").iterdir() if path.name != "latest"]
    assert re.fullmatch(r"\d{8}-\d{6}-simple", run.name)
    metadata = artifact.read_metadata(run)
    assert metadata.dataset["name"] == "mnist"
    assert metadata.test_accuracy > 0.9
    wrong = round(200 * (1 - metadata.test_accuracy))
    assert "\nSimpleCNN(\n  (normalize): Normalize" in result.output
    assert f"SimpleCNN reads {100 * metadata.test_accuracy:.2f} % of the 200 test images of MNIST ({wrong} wrong)." in (
        result.stdout
    )
    assert f"saved in {run}" in result.stdout
    assert f"\n  uv run --package mnist-train evaluate --model {run}\n" in result.stdout
    assert artifact.locate(None).resolve() == run.resolve()
    assert "WARNING" not in result.output


def test_elsewhere_than_on_a_terminal_there_is_a_line_an_epoch(cli: CliRunner) -> None:
    result = cli.invoke(train, ["--dataset", "digits", "--epochs", "3"])

    lines = [line for line in result.stderr.splitlines() if line.startswith("epoch")]
    assert len(lines) == 3
    for number, line in enumerate(lines, 1):
        assert re.fullmatch(
            rf"epoch {number}/3   [\d,]+ images   loss \d\.\d{{4}}   training \d+\.\d\d %   "
            r"validation \d+\.\d\d %   [\d,]+ images/s",
            line,
        )
    assert "epoch" not in result.stdout.replace("3 epochs", "")


def test_of_many_short_epochs_a_line_a_second_and_the_last_are_told(
    cli: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(100.0, 0.3)  # an epoch takes 0.3 seconds
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(monotonic=lambda: next(clock)))

    result = cli.invoke(train, ["--dataset", "digits", "--epochs", "22", "--output", "mine"])

    told = re.findall(r"^epoch (\d+)/22 ", result.stderr, re.MULTILINE)
    assert told == ["1", "5", "9", "13", "17", "21", "22"]
    assert len(Path("mine", "history.jsonl").read_text().splitlines()) == 22


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals in Python")
def test_on_a_terminal_there_is_a_progress_bar(
    small_mnist: Path, tmp_path: Path, torch_ready: ForkServerContext
) -> None:
    import fcntl
    import pty
    import select
    import struct
    import termios

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    arguments = ["--data-dir", str(small_mnist), "--epochs", "3", "--threads", "1"]
    process = torch_ready.Process(target=train_in, args=(tmp_path, arguments, os.ttyname(terminal)))
    process.start()
    assert select.select([controller], [], [], HANGS)[0]
    os.close(terminal)  # from here on, the process alone holds it open
    shown = b"".join(iter(lambda: _read(controller), b"")).decode()
    os.close(controller)
    process.join(HANGS)

    assert process.exitcode == 0, shown
    bar = r"epoch \d+/3 +\d+ %\|.*\| [\d.]+k? images/s, \d\d:\d\d left, loss \d\.\d{3}, \d+\.\d\d % right"
    assert re.search(bar, shown), shown
    assert "epoch 3/3   216 images   loss" in shown


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # Linux's way to say that the other side is closed
        return b""


def test_the_artifact_is_complete_and_says_where_it_comes_from(cli: CliRunner) -> None:
    result = cli.invoke(train, ["--dataset", "digits", "--epochs", "2", "--seed", "5", "--output", "mine"])

    assert result.exit_code == 0, result.output
    metadata = artifact.read_metadata(Path("mine"))
    history = [json.loads(line) for line in (Path("mine") / "history.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in history] == [1, 2]
    assert history[-1]["validation_accuracy"] == metadata.validation_accuracy
    assert all(row["loss"] > 0 and row["images_per_second"] > 0 for row in history)
    assert (metadata.seed, metadata.model, metadata.recipe["epochs"]) == (5, "simple", 2)
    assert metadata.dataset == {
        "name": "digits",
        "train": {"count": 1437, "sha256": datasets.load("digits", "train").sha256},
        "validation": {"count": 143, "from": "the end of train"},
        "test": {"count": 360, "sha256": datasets.load("digits", "test").sha256},
    }
    assert metadata.classes == [str(digit) for digit in range(10)]
    assert metadata.versions["torch"] == torch.__version__.split("+")[0]
    assert metadata.device.startswith(f"cpu, {torch.get_num_threads()} thread")


def test_the_test_accuracy_is_that_of_the_saved_weights(small_run: Path, small_mnist: Path) -> None:
    model, metadata = models.load(small_run)
    test = datasets.load("mnist", "test", small_mnist)

    found = models.probabilities(model, torch.tensor(test.images)).argmax(dim=1).numpy()

    assert metadata.test_accuracy == pytest.approx(np.mean(found == test.labels))


def test_what_is_saved_is_calibrated_on_the_validation_images(small_run: Path, small_mnist: Path) -> None:
    """To fit a temperature to it once more finds nothing left to change; before, there was something."""
    model, metadata = models.load(small_run)
    _, validation = datasets.load("mnist", "train", small_mnist).split()
    logits, labels = models.logits(model, torch.tensor(validation.images)), torch.tensor(validation.labels)

    assert metadata.temperature != pytest.approx(1, abs=0.02)
    if 0.26 < metadata.temperature < 3.9:  # within its limits
        assert temperature.fit(logits, labels) == pytest.approx(1, abs=0.01)
    assert temperature.fit(logits * metadata.temperature, labels) == pytest.approx(metadata.temperature, rel=0.01)


def test_other_things_than_digits_get_no_strokes_of_digits(cli: CliRunner, tmp_path: Path) -> None:
    write_dataset(tmp_path / "data/FashionMNIST/raw", registry.SOURCES["fashion-mnist"], suffix="")
    places = ["--data-dir", str(tmp_path / "data"), "--output", "run"]

    result = cli.invoke(train, ["--model", "best", "--epochs", "1", "--dataset", "fashion-mnist", *places])

    assert result.exit_code == 0, result.output
    recipe = artifact.read_metadata(Path("run")).recipe
    assert (recipe["augmentation"]["strokes"], recipe["augmentation"]["impostors"]) == (None, 0)
    assert recipe["finish"] is None  # which a single pass does not have


def test_the_test_set_is_scored_once(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    scored: list[int] = []
    real = models.probabilities

    def count(model: torch.nn.Module, images: torch.Tensor) -> torch.Tensor:
        scored.append(len(images))
        return real(model, images)

    monkeypatch.setattr(models, "probabilities", count)

    cli.invoke(train, ["--dataset", "digits", "--epochs", "2"])

    assert scored == [143, 143, 360]  # validation after each epoch, test at the end


def test_the_same_seed_gives_the_same_weights_bit_for_bit(cli: CliRunner) -> None:
    for name, seed in (("first", "3"), ("again", "3"), ("other", "4")):
        result = cli.invoke(train, ["--dataset", "digits", "--epochs", "3", "--seed", seed, "--output", name])
        assert result.exit_code == 0, result.output

    first, again, other = (Path(name, "model.safetensors").read_bytes() for name in ("first", "again", "other"))
    assert first == again
    assert first != other
    assert Path("first", "model.onnx").read_bytes() == Path("again", "model.onnx").read_bytes()


def test_options_reach_the_training(cli: CliRunner) -> None:
    before = torch.get_num_threads()
    try:
        result = cli.invoke(train, [*SHORT, "--batch-size", "50", "--threads", "1", "--device", "cpu"])
    finally:
        torch.set_num_threads(before)

    assert result.exit_code == 0, result.output
    metadata = artifact.read_metadata(artifact.locate(None))
    assert metadata.recipe["batch_size"] == 50
    assert metadata.device == "cpu, 1 thread"


def test_a_batch_larger_than_the_dataset_is_the_dataset(cli: CliRunner) -> None:
    result = cli.invoke(train, [*SHORT, "--batch-size", "1000000"])

    assert result.exit_code == 0, result.output


def test_without_mnist_the_embedded_digits_stand_in_and_nobody_can_overlook_it(cli: CliRunner) -> None:
    result = cli.invoke(train, ["--epochs", "1"])

    assert result.exit_code == 0, result.output
    assert "WARNING: this is not MNIST" in result.stderr
    assert "Name or service not known" in result.stderr
    assert "--data-dir" in result.stderr
    assert "of the 360 test images of scikit-learn's digits" in result.stdout
    assert "This is not MNIST: the model was trained and tested on `digits`." in result.stdout
    run = artifact.locate(None).resolve()
    assert run.name.endswith("-simple-digits")
    assert artifact.read_metadata(run).dataset["name"] == "digits"


def test_mnist_asked_for_by_name_is_never_substituted(cli: CliRunner, tmp_path: Path) -> None:
    result = cli.invoke(train, ["--dataset", "mnist"])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "train-images-idx3-ubyte.gz could not be downloaded" in result.stderr
    assert "--data-dir (now data), or train without a network: --dataset digits" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "runs").exists()


def test_damaged_mnist_is_an_error_not_a_reason_to_substitute(cli: CliRunner, small_mnist: Path) -> None:
    shutil.copytree(small_mnist, "data")
    path = Path("data") / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])

    result = cli.invoke(train, [])

    assert result.exit_code == 1
    assert "\nError: data/t10k-labels-idx1-ubyte is damaged: its header promises 200 bytes" in result.stderr
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--epochs", "-1"], "Invalid value for '--epochs': -1 is not in the range x>=1"),
        (["--epochs", "0"], "Invalid value for '--epochs'"),
        (["--epochs", "many"], "'many' is not a valid integer range"),
        (["--batch-size", "0"], "Invalid value for '--batch-size'"),
        (["--seed", "-1"], "Invalid value for '--seed'"),
        (["--threads", "0"], "Invalid value for '--threads'"),
        (["--threads", "100000"], "Invalid value for '--threads'"),
        (["--dataset", "minst"], "'minst' is not one of 'mnist', 'fashion-mnist'"),
        (["--device", "tpu"], "'tpu' is not one of 'auto', 'cpu', 'cuda', 'mps'"),
        (["--model", "huge"], "'huge' is not one of 'simple', 'fast', 'best'"),
        (["--data-dir", "file"], "Directory 'file' is a file"),
        (["surplus"], "Got unexpected extra argument"),
        (["best"], "Did you mean --model best?"),
        (["--nonsense"], "No such option"),
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str], complaint: str, cli: CliRunner) -> None:
    Path("file").touch()

    result = cli.invoke(train, arguments)

    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""
    assert tree(Path()) == ["file"]


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_named(device: str, cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)

    result = cli.invoke(train, [*SHORT, "--device", device])

    assert result.exit_code == 1
    assert result.stderr.endswith(
        f"Error: This torch finds no {device} device here. Use --device cpu, or leave the option out.\n"
    )
    assert tree(Path()) == []


def test_an_output_that_holds_something_is_refused_before_training(cli: CliRunner) -> None:
    Path("mine").mkdir()
    Path("mine", "thesis.txt").write_text("precious")

    result = cli.invoke(train, [*SHORT, "--output", "mine"])

    assert result.exit_code == 1
    assert result.stderr == "Error: mine exists and is not empty. Choose another --output, or move it away.\n"
    assert Path("mine", "thesis.txt").read_text() == "precious"
    assert tree(Path()) == ["mine", "mine/thesis.txt"]


def test_an_output_that_is_a_file_is_refused(cli: CliRunner) -> None:
    Path("mine").write_text("precious")

    result = cli.invoke(train, [*SHORT, "--output", "mine"])

    assert result.exit_code == 1
    assert result.stderr == "Error: mine is a file. Choose another --output, or move it away.\n"
    assert Path("mine").read_text() == "precious"


def test_an_output_that_cant_be_written_is_refused_before_training(cli: CliRunner) -> None:
    Path("file").touch()

    result = cli.invoke(train, [*SHORT, "--output", "file/mine"])

    assert result.exit_code == 1
    assert "file/mine can't be" in result.stderr
    assert "epoch" not in result.stderr


def test_the_printed_command_can_be_pasted_into_a_shell(cli: CliRunner) -> None:
    result = cli.invoke(train, [*SHORT, "--output", "-my model"])

    assert result.exit_code == 0, result.output
    assert "\n  uv run --package mnist-train evaluate --model './-my model'\n" in result.stdout


def test_runs_of_the_same_second_get_different_names(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_command, "_run_name", lambda settings: "same")

    for _ in range(2):
        assert cli.invoke(train, SHORT).exit_code == 0

    assert sorted(path.name for path in Path("runs").iterdir()) == ["latest", "same", "same-2"]
    assert artifact.locate(None).resolve().name == "same-2"


def test_a_batch_that_does_not_fit_into_memory_is_told_in_words(
    cli: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", fail)

    result = cli.invoke(train, [*SHORT, "--batch-size", "1000"])

    assert result.exit_code == 1
    assert "Error: Batches of 1,000 images do not fit into memory. Try a smaller --batch-size.\n" in result.stderr


@pytest.mark.parametrize("name", [".", ""])
def test_the_current_folder_is_no_output(name: str, cli: CliRunner) -> None:
    result = cli.invoke(train, [*SHORT, "--output", name])

    assert result.exit_code == 1
    assert result.stderr == "Error: . is the folder you are in, or holds it. Choose a new one with --output.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full, a disk that is always full")
def test_a_full_disk_is_told_in_words_and_leaves_nothing(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    real = models.save_weights
    monkeypatch.setattr(models, "save_weights", lambda model, path: real(model, Path("/dev/full")))

    result = cli.invoke(train, [*SHORT, "--output", "mine"])

    assert result.exit_code == 1
    assert result.stderr.endswith("\nError: mine can't be written: No space left on device.\n")
    assert tree(Path()) == []


def test_runs_latest_that_cant_be_set_costs_a_warning_not_the_model(cli: CliRunner) -> None:
    Path("runs", "latest").mkdir(parents=True)

    result = cli.invoke(train, [*SHORT, "--output", "mine"])

    assert result.exit_code == 0
    assert "Warning: runs/latest is a folder, so it can't point at mine." in result.stderr
    assert "runs/latest" not in result.stdout
    assert artifact.read_metadata(Path("mine")).model == "simple"


def test_a_loss_that_is_never_finite_leaves_nothing(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(logits: torch.Tensor, labels: torch.Tensor, **options: Any) -> torch.Tensor:
        return logits.sum(dim=1) * float("nan")

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", explode)

    result = cli.invoke(train, SHORT)

    assert result.exit_code == 1
    assert "Error: The loss is no longer finite, at update 10 of 11. Train anew with another --seed" in result.stderr
    assert tree(Path()) == ["runs"]


def test_an_export_that_disagrees_is_not_saved(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Classifier, "__call__", lambda self, images: np.full((len(images), 10), 0.1, np.float32))

    result = cli.invoke(train, [*SHORT, "--output", "mine"])

    assert result.exit_code == 1
    assert "test images differently from PyTorch" in result.stderr
    assert tree(Path()) == []


def test_mnist_is_read_above_99_percent_in_less_than_1500_megabytes(mnist_run: tuple[Path, int]) -> None:
    run, peak = mnist_run

    metadata = artifact.read_metadata(run)
    assert metadata.test_accuracy >= 0.99
    assert metadata.validation_accuracy >= 0.99
    assert metadata.dataset["train"]["count"] == 60_000
    assert peak < 1_500 * 2**20


def test_onnx_and_torch_agree_on_all_10000_test_images(mnist_run: tuple[Path, int], mnist_dir: Path) -> None:
    run, _ = mnist_run
    images = datasets.load("mnist", "test", mnist_dir).images
    model, _ = models.load(run)

    by_torch = models.probabilities(model, torch.tensor(images)).numpy()
    by_onnx = Classifier(run)(images)

    assert len(images) == 10_000
    np.testing.assert_array_equal(by_onnx.argmax(axis=1), by_torch.argmax(axis=1))
    np.testing.assert_allclose(by_onnx, by_torch, atol=1e-4)


def test_saved_weights_are_safetensors_that_anybody_can_read(small_run: Path) -> None:
    weights = load_file(small_run / "model.safetensors")

    assert sum(tensor.numel() for tensor in weights.values()) == 225_034
    assert weights["conv1.weight"].shape == (32, 1, 3, 3)
