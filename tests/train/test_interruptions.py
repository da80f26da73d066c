"""A training that is killed, stopped, or out of luck loses nothing, and ends as if it had never been interrupted."""

import dataclasses
import errno
import json
import os
import random
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from mnist_core import artifact
from mnist_core.registry import SOURCES
from mnist_train import checkpoint, run, unfinished
from mnist_train.recipes import RECIPES
from mnist_train.train_command import train
from support import HANGS, write_dataset
from train.children import train_in, train_until_written

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these signals nor fork")

FILES = [artifact.WEIGHTS, artifact.ONNX]
TRAINING = ["--threads", "1", "--checkpoint-every", "0"]  # a checkpoint whenever there may be one


Start = Callable[..., ForkServerProcess]


@pytest.fixture
def start(torch_ready: ForkServerContext, small_mnist: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts the command `train` in a process of its own."""
    started = []

    def start(*arguments: str, target: Callable[[Path, list[str]], None] = train_in) -> ForkServerProcess:
        given = [*TRAINING, "--data-dir", str(small_mnist), *arguments]
        process = torch_ready.Process(target=target, args=(tmp_path, given))
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()


def finish(process: ForkServerProcess) -> tuple[int | None, str]:
    process.join(HANGS)
    return process.exitcode, Path("errors").read_text()


def wait_for_checkpoint(run: str, after: float = 0) -> float:
    """Waits until there is a checkpoint newer than a time; gives its own."""
    path = Path(f"{run}.unfinished") / "checkpoint.safetensors"
    patience = time.monotonic() + HANGS
    while not path.exists() or path.stat().st_mtime <= after:
        assert time.monotonic() < patience
        time.sleep(0.005)
    return path.stat().st_mtime


def assert_same(one: str, other: str) -> None:
    """Two runs have the same weights, bit for bit, and the same history but for the time that it took."""
    for name in FILES:
        assert Path(one, name).read_bytes() == Path(other, name).read_bytes()
    timeless = []
    for each in (one, other):
        rows = [json.loads(line) for line in Path(each, artifact.HISTORY).read_text().splitlines()]
        timeless.append([{k: v for k, v in row.items() if "second" not in k} for row in rows])
    assert timeless[0] == timeless[1]


@pytest.mark.parametrize("kills", [6, pytest.param(40, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_ends_with_the_very_same_weights(kills: int, start: Start) -> None:
    arguments = ["--epochs", str(10 + 5 * kills), "--dataset", "mnist", "--seed", "4"]
    whole = start(*arguments, "--output", "whole")

    chance = random.Random(kills)  # noqa: S311 (no secrets)
    process = start(*arguments, "--output", "killed")
    newest = wait_for_checkpoint("killed")
    done = 0
    while done < kills:
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        process.join()
        done += 1
        assert process.exitcode == -signal.SIGKILL, "it was too quick to be killed so often"
        process = start("--resume", "killed")
        newest = wait_for_checkpoint("killed", newest)

    assert finish(process)[0] == 0
    assert finish(whole)[0] == 0
    assert_same("whole", "killed")
    assert not Path("killed.unfinished").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_go_on(
    number: signal.Signals, code: int, start: Start, cli: CliRunner, one_thread: None
) -> None:
    arguments = ["--epochs", "20", "--dataset", "mnist"]
    process = start(*arguments, "--output", "my run", "--checkpoint-every", "1000", "--tensorboard")
    while "epoch 2/" not in (Path("errors").read_text() if Path("errors").exists() else ""):
        assert process.is_alive()
        time.sleep(0.01)
    os.kill(process.pid or 0, number)

    exit_code, errors = finish(process)
    assert exit_code == code
    assert errors.endswith(
        "\nStopped. Nothing is lost; go on with:\n  uv run --package mnist-train train --resume 'my run'\n"
    )
    assert sorted(path.name for path in Path().iterdir()) == ["errors", "my run.unfinished"]

    whole = start(*arguments, "--output", "whole")
    command, *go_on = shlex.split(errors.splitlines()[-1])[4:]  # after `uv run --package mnist-train`
    assert command == "train"
    done = cli.invoke(train, go_on)
    assert done.exit_code == 0, done.stderr
    assert "epoch 1/" not in done.stderr
    assert finish(whole)[0] == 0
    assert_same("whole", "my run")
    assert Path("my run/tensorboard").is_dir()


def test_killed_before_the_run_is_in_its_place_it_is_written_again(start: Start) -> None:
    arguments = ["--epochs", "2", "--dataset", "mnist"]
    assert finish(start(*arguments, "--output", "mine", target=train_until_written))[0] == -signal.SIGKILL

    assert Path("mine.unfinished/run/model.json").exists()
    assert not Path("mine").exists()
    assert finish(start("--resume", "mine"))[0] == 0
    assert sorted(path.name for path in Path("mine").iterdir()) == [
        "history.jsonl", "model.json", "model.onnx", "model.safetensors",
    ]  # fmt: skip


def test_a_second_signal_ends_it_at_once(start: Start) -> None:
    process = start("--epochs", "100000", "--dataset", "mnist", "--output", "mine")
    wait_for_checkpoint("mine")
    os.kill(process.pid or 0, signal.SIGSTOP)  # both signals wait until it goes on
    os.kill(process.pid or 0, signal.SIGTERM)
    os.kill(process.pid or 0, signal.SIGINT)
    os.kill(process.pid or 0, signal.SIGCONT)

    exit_code, errors = finish(process)

    assert exit_code in (130, -signal.SIGTERM)
    assert "Traceback" not in errors


def test_the_same_signal_from_two_senders_is_one(start: Start) -> None:
    """As when a process group is told to stop, and a launcher in it passes that on."""
    process = start("--epochs", "100000", "--dataset", "mnist", "--output", "mine", "--checkpoint-every", "1000")
    while "epoch 1/" not in (Path("errors").read_text() if Path("errors").exists() else ""):
        assert process.is_alive()
        time.sleep(0.01)
    for _ in range(2):
        os.kill(process.pid or 0, signal.SIGTERM)
        time.sleep(0.01)

    exit_code, errors = finish(process)

    assert exit_code == 143
    assert errors.endswith("train --resume mine\n")


def test_one_process_at_a_time(start: Start, cli: CliRunner, small_mnist: Path) -> None:
    process = start("--epochs", "100000", "--dataset", "mnist", "--output", "mine")
    wait_for_checkpoint("mine")

    again = cli.invoke(train, ["--resume", "mine", "--data-dir", str(small_mnist)])
    anew = cli.invoke(train, ["--dataset", "digits", "--output", "mine"])

    assert "mine has been begun and is not finished. Go on with --resume mine, or choose another" in anew.stderr
    assert "Error: Another process is training mine at this moment.\n" in again.stderr
    assert again.exit_code == anew.exit_code == 1
    assert process.is_alive()
    assert unfinished.is_begun(Path("mine"))


# In this process.

DIGITS = ["--dataset", "digits", "--epochs", "3", "--threads", "1", "--checkpoint-every", "0"]


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Whatever a command does to this process's number of threads is undone."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class _Trouble:
    """Stands in for the loss, and gives one that is not a number, or raises, from a certain update on."""

    def __init__(self, update: int, error: Exception | None = None) -> None:
        self._real = torch.nn.functional.cross_entropy
        self._left, self._error = update, error

    def __call__(self, *arguments: torch.Tensor, **options: object) -> torch.Tensor:
        self._left -= 1
        if self._left < 0 and self._error:
            raise self._error
        loss: torch.Tensor = self._real(*arguments, **options)  # type: ignore[arg-type]
        return loss if self._left >= 0 else loss * float("nan")


@pytest.fixture(scope="module")
def power_cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that was interrupted in its second epoch."""
    before = torch.get_num_threads()
    folder = tmp_path_factory.mktemp("power-cut")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(torch.nn.functional, "cross_entropy", _Trouble(13, RuntimeError("power cut")))
        result = CliRunner().invoke(train, [*DIGITS, "--output", "mine"])
    torch.set_num_threads(before)
    assert str(result.exception) == "power cut"
    return folder / "mine.unfinished"


@pytest.fixture
def interrupted(power_cut: Path, one_thread: None) -> Path:
    """A copy of that folder, to go on from or to damage."""
    return Path(shutil.copytree(power_cut, "mine.unfinished"))


def test_a_loss_that_is_not_finite_leaves_the_last_good_checkpoint(
    cli: CliRunner, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.functional, "cross_entropy", _Trouble(13))
        result = cli.invoke(train, [*DIGITS, "--output", "mine"])

    assert result.exit_code == 1
    assert "Error: The loss is no longer finite, at update 16 of 21." in result.stderr
    assert result.stderr.endswith("The last good checkpoint is kept in mine.unfinished.\n")
    assert checkpoint.describe(Path("mine.unfinished/checkpoint.safetensors"))["position"]["update"] == 11
    assert cli.invoke(train, ["--resume", "mine"]).exit_code == 0
    assert cli.invoke(train, [*DIGITS, "--output", "whole"]).exit_code == 0
    assert_same("mine", "whole")


def test_a_full_disk_leaves_the_last_good_checkpoint(
    cli: CliRunner, monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    synced: list[int] = []

    def fill_up(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fill_up)
        result = cli.invoke(train, [*DIGITS, "--output", "mine"])

    assert result.exit_code == 1
    assert result.stderr.endswith(
        "Error: mine.unfinished can't be written: No space left on device. "
        "The checkpoint before is kept: go on with --resume mine once it can be.\n"
    )
    assert sorted(path.name for path in Path("mine.unfinished").iterdir()) == [
        ".lock",
        "checkpoint.safetensors",
        "history.jsonl",
    ]
    assert cli.invoke(train, ["--resume", "mine"]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (
            ["--resume", "mine", "--seed", "0"],
            2,
            "--resume keeps the settings that the training began with: leave out --seed.",
        ),
        (["--resume", "mine", "--batch-size", "9"], 2, "leave out --batch-size."),
        (["--resume", "other"], 1, "There is no interrupted training other.unfinished. The newest there: mine.\n"),
        (
            ["--resume", "runs/other"],
            1,
            f"There is no interrupted training {Path('runs/other.unfinished')}. Train anew, without --resume.\n",
        ),
        (["--output", "mine"], 1, "Error: mine has been begun and is not finished. Go on with --resume mine,"),
        (["--checkpoint-every", "-1"], 2, "-1.0 is not in the range x>=0"),
    ],
)
def test_what_cant_be_gone_on_with(
    arguments: list[str], code: int, complaint: str, cli: CliRunner, interrupted: Path
) -> None:
    before = (interrupted / "checkpoint.safetensors").read_bytes()

    result = cli.invoke(train, arguments)

    assert result.exit_code == code
    assert complaint in result.stderr
    assert (interrupted / "checkpoint.safetensors").read_bytes() == before


def test_a_damaged_checkpoint_is_named_and_kept(cli: CliRunner, interrupted: Path) -> None:
    path = interrupted / "checkpoint.safetensors"
    contents = path.read_bytes()
    for damaged in (b"", contents[:100], contents[:-100], b"rubbish" * 1000):
        path.write_bytes(damaged)

        result = cli.invoke(train, ["--resume", "mine"])

        assert result.exit_code == 1
        assert f"Error: {path} is no checkpoint of a training, or damaged: " in result.stderr
        assert path.read_bytes() == damaged


def test_a_training_without_a_checkpoint_can_begin_again(cli: CliRunner, one_thread: None) -> None:
    Path("mine.unfinished").mkdir()

    result = cli.invoke(train, ["--resume", "mine"])

    assert result.exit_code == 1
    assert "mine.unfinished was interrupted before its first checkpoint. Begin it again." in result.stderr
    assert cli.invoke(train, [*DIGITS, "--output", "mine"]).exit_code == 0


def test_what_is_complete_needs_no_resuming(cli: CliRunner, run_copy: Path) -> None:
    result = cli.invoke(train, ["--resume", str(run_copy)])

    assert result.exit_code == 1
    assert result.stderr == f"Error: {run_copy} is complete: there is nothing to go on with.\n"


def test_another_recipe_is_noticed(cli: CliRunner, interrupted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {"simple": dataclasses.replace(RECIPES["simple"], warm_up=0.3)}
    monkeypatch.setattr(run, "RECIPES", changed)

    result = cli.invoke(train, ["--resume", "mine"])

    assert result.exit_code == 1
    assert "Error: The training began with other settings of `simple`, those of mnist-train 0.1.0." in result.stderr
    assert unfinished.is_begun(Path("mine"))


def test_other_images_are_noticed(cli: CliRunner, small_mnist: Path, tmp_path: Path) -> None:
    begin = ["--dataset", "mnist", "--epochs", "3", "--threads", "1", "--checkpoint-every", "0", "--output", "mine"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.functional, "cross_entropy", _Trouble(6, RuntimeError("power cut")))
        cli.invoke(train, [*begin, "--data-dir", str(small_mnist)])
    write_dataset(tmp_path / "others", SOURCES["mnist"], "", train=500)

    result = cli.invoke(train, ["--resume", "mine", "--data-dir", "others"])

    assert result.exit_code == 1
    assert "The training began with other images than those that are there now. Use --data-dir." in result.stderr
    assert cli.invoke(train, ["--resume", "mine"]).exit_code == 0  # it knows where they were


def test_a_checkpoint_of_another_version_is_refused(cli: CliRunner, interrupted: Path) -> None:
    path = interrupted / "checkpoint.safetensors"
    tensors, described = checkpoint.unpack(path.read_bytes())
    path.write_bytes(checkpoint.pack(tensors, {**described, "format": 2}))

    result = cli.invoke(train, ["--resume", "mine"])

    assert result.exit_code == 1
    assert result.stderr == f"Error: {path} was written by another version of mnist-train. Go on with that one.\n"


def test_what_an_earlier_recipe_did_not_know_and_this_one_leaves_out_is_the_same(
    cli: CliRunner, interrupted: Path
) -> None:
    path = interrupted / "checkpoint.safetensors"
    tensors, described = checkpoint.unpack(path.read_bytes())
    assert described["recipe"].pop("finish") is None
    path.write_bytes(checkpoint.pack(tensors, described))

    assert cli.invoke(train, ["--resume", "mine"]).exit_code == 0


def test_the_folder_itself_can_be_named(
    cli: CliRunner, interrupted: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert cli.invoke(train, ["--resume", "/"]).stderr == "Error: / is no run.\n"
    monkeypatch.chdir(interrupted)

    result = cli.invoke(train, ["--resume", "."])

    monkeypatch.chdir(tmp_path)
    assert result.exit_code == 0, result.output
    assert Path("mine/model.json").exists()
    assert not interrupted.exists()


def test_a_name_for_trainings_under_way_is_no_output(cli: CliRunner) -> None:
    result = cli.invoke(train, [*DIGITS, "--output", "mine.unfinished"])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: mine.unfinished is a name for trainings under way.")


def test_what_is_left_of_a_complete_run_goes(cli: CliRunner, interrupted: Path, small_run: Path) -> None:
    shutil.copytree(small_run, "mine")

    result = cli.invoke(train, ["--resume", "mine"])

    assert result.stderr == "Error: mine is complete: there is nothing to go on with.\n"
    assert not interrupted.exists()
