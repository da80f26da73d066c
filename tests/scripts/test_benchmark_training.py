"""The parts of the training benchmark that need neither a long training nor matplotlib."""

import itertools
import json
import math
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from click.testing import CliRunner

import benchmark_training
from mnist_core import datasets
from mnist_core.datasets import Dataset
from mnist_core.models import count_parameters
from support import embedded_digits
from training_peers import data, pytorch_example, report, running, train_mnist_fast
from training_peers.labels import Box, Label, arrange
from training_peers.models import Model
from training_peers.running import ContenderError, Epoch, Run, run_ours, run_peer, timed

CPU = torch.device("cpu")


def run(whole: float, training: float, accuracy: float, epochs: float = 1) -> Run:
    return Run(whole, training, accuracy, epochs)


def measurements() -> dict[str, list[Run]]:
    return {
        "PyTorch example, 4 epochs to 99.0 %": [run(360.0, 350.0, 0.9906, 4)],
        report.TRAIN_MNIST_FAST: [run(12.0, 6.0, 0.99), run(11.0, 5.0, 0.989), run(99.0, 9.0, 0.991)],
        report.FAST: [run(8.0, 2.0, 0.9905), run(9.0, 2.5, 0.9897), run(90.0, 20.0, 0.99), run(7.0, 1.5, 0.991)],
        report.SIMPLE: [run(18.0, 12.0, 0.9932)],
    }


def test_the_fast_peer_has_the_published_network() -> None:
    network = train_mnist_fast.Network()

    assert [tuple(parameter.shape) for parameter in network.parameters()] == [
        (24, 1, 5, 5), (24,), (32, 24, 3, 3), (32,), (256, 800), (256,), (10, 256), (10,)
    ]  # fmt: skip
    assert count_parameters(network) == 215_194
    shapes = []
    values = torch.zeros(2, 1, 28, 28)
    for layer in network:
        values = layer(values)
        shapes.append(tuple(values.shape[1:]))
    assert [shape for shape, _ in itertools.groupby(shapes)] == [
        (24, 24, 24), (24, 12, 12), (32, 10, 10), (32, 5, 5), (800,), (256,), (10,)
    ]  # fmt: skip
    assert torch.allclose(values.exp().sum(dim=1), torch.ones(2))


def test_the_fast_peer_learns() -> None:
    torch.manual_seed(0)
    digits = embedded_digits("train")
    few = Dataset("digits", digits.images[:500], digits.labels[:500])
    images, labels = train_mnist_fast.tensors(few, CPU)
    network = train_mnist_fast.Network()

    seconds = train_mnist_fast.train(network, images.repeat(6, 1, 1, 1), labels.repeat(6))

    assert 0 < seconds < 60
    test = train_mnist_fast.tensors(embedded_digits("test"), CPU)
    assert train_mnist_fast.accuracy(network, *test) > 0.6  # after twelve updates; they need 235


def test_the_fast_peer_trains_on_normalised_images_in_an_order_that_never_changes() -> None:
    digits = embedded_digits("train")
    black, white = (Dataset("digits", digits.images[:1] * 0 + shade, digits.labels[:1]) for shade in (0, 255))
    for dataset, expected in ((black, -0.1307 / 0.3081), (white, (1 - 0.1307) / 0.3081)):
        images, _ = train_mnist_fast.tensors(dataset, CPU)
        assert images.shape == (1, 1, 28, 28)
        assert images.dtype == torch.float32
        assert torch.allclose(images, torch.tensor(expected))

    numbers = torch.arange(1_000)
    images, labels = train_mnist_fast.shuffled(numbers.float(), numbers)
    assert torch.equal(images.long(), labels)
    assert not torch.equal(labels, numbers)
    assert torch.equal(labels.sort().values, numbers)
    torch.manual_seed(7)
    assert torch.equal(train_mnist_fast.shuffled(numbers, numbers)[1], labels)


def test_the_table_has_medians_of_seconds_and_mean_spread_and_worst_of_accuracies() -> None:
    headings, example, peer, fast, simple = report.table(measurements()).splitlines()

    assert headings.split("  ")[-3:] == ["test accuracy, %", "± (st. dev.)", "worst, %"]
    assert example.split()[-6:] == ["1", "360.0", "350.0", "99.06", "–", "99.06"]
    assert peer.split() == ["train_mnist_fast", "3", "12.0", "6.0", "99.00", "0.10", "98.90"]
    assert fast.split()[-6:] == ["4", "8.5", "2.2", "99.03", "0.06", "98.97"]
    assert simple.split()[-6:] == ["1", "18.0", "12.0", "99.32", "–", "99.32"]
    assert len(headings) == len(example) == len(peer) == len(fast) == len(simple)


def test_models_are_told_of_where_they_were_saved() -> None:
    measured = measurements()
    measured[report.FAST] = [Run(8.0, 2.0, 0.99, 3, Model(29_322, 121_400, speed)) for speed in (17.4, 99.0, 16.0)]

    headings, fast = report.models(measured).splitlines()

    assert headings.split("  ")[-3:] == ["parameters", "ONNX model, MB", "one image in onnxruntime, µs"]
    assert fast.split()[-3:] == ["29,322", "0.1", "17"]


def test_ratios_are_those_of_the_table() -> None:
    measured = measurements()
    assert list(report.ratios(measured)) == [
        "Whole process, PyTorch example, 4 epochs to 99.0 %: 42.4 times as long as train --model fast.",
        "Whole process, PyTorch example, 4 epochs to 99.0 %: 20.0 times as long as train --model simple.",
        "Training alone, train_mnist_fast: 2.7 times as long as train --model fast.",
        "train --model fast reaches 99.0 % with 3 of 4 seeds (75 %).",
    ]

    measured[report.BEST] = [run(720.0, 700.0, 0.9966)]
    assert "0.5 times as long as train --model best." in "\n".join(report.ratios(measured))


def test_a_part_of_an_epoch_is_compared_with_nothing() -> None:
    measured = measurements()
    measured[next(iter(measured))] = [Run(40.0, 30.0, 0.97, 0.2)]

    lines = "\n".join(report.ratios(measured))

    assert "Whole process" not in lines
    assert "Training alone, train_mnist_fast" in lines


@pytest.mark.parametrize(
    ("epochs", "accuracy", "expected"),
    [
        (4, 0.99, "PyTorch example, 4 epochs to 99.0 %"),
        (1, 0.9899, "PyTorch example, 1 epoch only"),
        (0.2, 0.9701, "PyTorch example, 20 % of an epoch only"),
        (14, 0.9899, "PyTorch example, 14 epochs only"),
    ],
)
def test_the_examples_name_says_where_it_stopped(epochs: float, accuracy: float, expected: str) -> None:
    assert report.example_name(run(100.0, 90.0, accuracy, epochs)) == expected


@pytest.mark.parametrize(("peer", "epochs"), [(train_mnist_fast, 1), (pytorch_example, 2)])
def test_peers_tell_of_their_epochs(
    peer: ModuleType,
    epochs: int,
    small_mnist: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = data.unpack(small_mnist, tmp_path)

    def in_this_process(command: list[str], _: Path, hear: Callable[[str, float], None]) -> float:
        assert command[1:] == ["-m", peer.__name__, str(root), "2"]
        peer.main(root, 2)
        for line in capsys.readouterr().out.splitlines():
            hear(line, 1.5)
        return 60.0

    monkeypatch.setattr(running, "timed", in_this_process)
    heard: list[tuple[int, Epoch, float]] = []
    done = run_peer(peer.__name__.removeprefix("training_peers."), root, 2, lambda *epoch: heard.append(epoch))

    assert [(number, seconds) for number, _, seconds in heard] == [(1, 1.5), (2, 1.5)][:epochs]
    assert done == Run(60.0, sum(epoch.seconds for _, epoch, _ in heard), heard[-1][1].accuracy, epochs)
    assert 0 < done.training < 60
    assert 0.1 < done.accuracy <= 1


def test_the_example_can_go_through_a_part_of_an_epoch(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = data.unpack(small_mnist, tmp_path)
    updates = itertools.count()
    step = torch.optim.Adadelta.step

    def counted(*arguments: Any) -> Any:
        next(updates)
        return step(*arguments)

    monkeypatch.setattr(torch.optim.Adadelta, "step", counted)
    pytorch_example.main(root, 0.2)

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["part"] == 0.2
    images = len(datasets.load("mnist", "train", root))
    assert next(updates) == math.ceil(0.2 * math.ceil(images / 64))


def test_ours_is_read_from_what_train_saved(small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def instead(command: list[str], folder: Path) -> float:
        assert command[1:9] == ["-m", "mnist_train", "--model", "fast", "--dataset", "mnist", "--seed", "3"]
        output = Path(command[command.index("--output") + 1])
        assert not folder.samefile(tmp_path)  # `train` leaves runs/latest where it runs
        shutil.copytree(small_run, output)
        return 60.0

    monkeypatch.setattr(running, "timed", instead)
    done = run_ours("fast", tmp_path, seed=3)

    metadata = json.loads((small_run / "model.json").read_text())
    assert (done.whole, done.epochs, done.accuracy) == (60.0, 8, metadata["test_accuracy"])
    assert 0 < done.training < metadata["seconds"]
    assert done.model
    assert (done.model.parameters, done.model.size) == (225_034, (small_run / "model.onnx").stat().st_size)
    assert 1 < done.model.microseconds < 100_000
    assert not list(tmp_path.iterdir())


def test_lines_are_heard_when_they_come(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    program = "import time; print('one', flush=True); time.sleep(0.3); print('two', flush=True)"

    seconds = timed([sys.executable, "-c", program], tmp_path, lambda *line: heard.append(line))

    assert [line for line, _ in heard] == ["one\n", "two\n"]
    assert heard[0][1] + 0.1 < heard[1][1] < seconds


def test_a_contender_that_fails_is_told_of_with_what_it_said(tmp_path: Path) -> None:
    program = "import sys; print('its last words', file=sys.stderr); sys.exit(3)"

    with pytest.raises(ContenderError, match=r"(?s)-c.*failed with exit code 3:\nits last words$"):
        timed([sys.executable, "-c", program], tmp_path)


def test_a_failing_contender_ends_the_benchmark(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: CliRunner
) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # pytest's own process keeps its handlers

    result = cli.invoke(benchmark_training.main, ["--quick", "--data-dir", str(small_mnist), "--output", "new/a.png"])

    assert result.exit_code == 1
    assert "false -m mnist_train --model fast" in result.stderr
    assert "failed with exit code 1" in result.stderr
    assert result.stdout == ""


def test_help_needs_nothing_that_is_slow() -> None:
    program = (
        "import sys, benchmark_training\n"
        "try:\n    benchmark_training.main(['--help'])\n"
        "finally:\n    assert not {'torch', 'numpy', 'matplotlib'} & sys.modules.keys()\n"
    )
    command = [sys.executable, "-c", program]
    scripts = Path(benchmark_training.__file__).parent
    done = subprocess.run(command, cwd=scripts, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "Examples:" in done.stdout


def test_labels_hide_neither_marks_nor_each_other() -> None:
    bounds = Box(0, 0, 1_000, 500)
    clusters = [Box.around([(x, y)], 9) for x, y in ((300, 240), (330, 250), (360, 230), (950, 480), (20, 20))]

    taken = [*clusters, Box(0, 238, 1_000, 242)]
    places = arrange([Label(150, 40, cluster) for cluster in clusters], taken, bounds)

    for number, box in enumerate(places):
        assert bounds.holds(box)
        assert not any(map(box.overlap, [*taken, *places[:number]]))
        assert abs(box.center[1] - clusters[number].center[1]) < 100


def test_labels_that_have_no_room_hide_as_little_as_they_can() -> None:
    cluster = Box.around([(100, 50)], 9)
    (box,) = arrange([Label(80, 30, cluster)], [cluster, Box(0, 60, 200, 100)], Box(0, 0, 200, 100))

    assert box == Box(60, 3, 140, 33)
