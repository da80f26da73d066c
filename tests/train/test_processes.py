"""Several processes that train together: the same result as one, and nothing lost when one of them dies."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from mnist_core import artifact
from mnist_core.registry import SOURCES
from mnist_train.processes import Processes
from mnist_train.train_command import train
from support import HANGS, write_dataset
from train.children import one_of_two, train_briefly

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")

TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded digits in the guise of MNIST: a process reads that in no time."""
    return write_dataset(tmp_path_factory.mktemp("data"), SOURCES["mnist"], suffix="", train=1437, test=360)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_two_processes_train_as_one(torch_ready: ForkServerContext, data_dir: Path) -> None:
    """The same batches, losses and weights; only the order in which numbers are added differs."""
    alone, expected = train_briefly(Processes(), data_dir)

    port = free_port()
    workers = [torch_ready.Process(target=one_of_two, args=(rank, port, data_dir, Path.cwd())) for rank in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
        worker.kill()

    assert [worker.exitcode for worker in workers] == [0, 0]
    reports, found = json.loads(Path("reports").read_text()), load_file("state")
    assert len(reports) == len(alone)
    for ours, theirs in zip(reports, alone, strict=True):
        assert ours["images"] == theirs.images
        assert ours["loss"] == pytest.approx(theirs.loss, rel=1e-4)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        if name.startswith("optimizer.mean"):  # which alone would show gradients that are too large or too small
            assert found[name].norm() == pytest.approx(float(tensor.norm()), rel=0.05)
        elif name.startswith(("model.", "average.", "losses")):
            torch.testing.assert_close({name: found[name]}, {name: tensor}, rtol=1e-3, atol=1e-3)


@contextmanager
def torchrun(*options: str, data_dir: Path, arguments: list[str]) -> Iterator["subprocess.Popen[str]"]:
    training = ["--dataset", "mnist", "--data-dir", str(data_dir), "--checkpoint-every", "0", *arguments]
    command = [*TORCHRUN, *options, "-m", "mnist_train", *training]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # those that it has started, too


TWO = ("--standalone", "--nproc-per-node=2")


@pytest.mark.slow
def test_torchrun_trains_and_one_process_speaks(data_dir: Path) -> None:
    with torchrun(*TWO, data_dir=data_dir, arguments=["--epochs", "3", "--output", "mine"]) as process:
        output, _ = process.communicate(timeout=HANGS)

    assert process.returncode == 0, output
    assert len(re.findall(r"^epoch", output, re.MULTILINE)) == 3
    assert output.count("saved in mine") == 1
    metadata = artifact.read_metadata(Path("mine"))
    assert metadata.device == "2 processes on cpu, 1 thread"
    assert metadata.test_accuracy > 0.8


def workers_of(launcher: int) -> list[int]:
    """The processes that torchrun has started, once they train."""
    patience = time.monotonic() + HANGS
    while not Path("mine.unfinished/checkpoint.safetensors").exists():
        assert time.monotonic() < patience
        time.sleep(0.05)
    return [int(number) for number in Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()]


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux lists a process's children")


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("rank", [0, 1])
def test_when_one_dies_the_others_say_so_and_the_training_goes_on_from_there(rank: int, data_dir: Path) -> None:
    with torchrun(*TWO, data_dir=data_dir, arguments=["--epochs", "60", "--output", "mine"]) as process:
        os.kill(workers_of(process.pid)[rank], signal.SIGKILL)
        output, _ = process.communicate(timeout=HANGS)

    assert process.returncode == 1
    assert re.search(
        r"^Error: Another of the 2 processes has ended, .* --resume goes on from it\.$", output, re.MULTILINE
    )
    assert not Path("mine").exists()
    resumed = [sys.executable, "-m", "mnist_train", "--resume", "mine"]
    assert subprocess.run(resumed, capture_output=True, check=False).returncode == 0
    assert len((Path("mine") / artifact.HISTORY).read_text().splitlines()) == 60


@pytest.mark.slow
@needs_proc
def test_torchrun_restarts_and_goes_on(data_dir: Path) -> None:
    arguments = ["--epochs", "60", "--output", "mine"]
    with torchrun(*TWO, "--max-restarts=2", data_dir=data_dir, arguments=arguments) as process:
        os.kill(workers_of(process.pid)[1], signal.SIGKILL)
        output, _ = process.communicate(timeout=HANGS)

    assert process.returncode == 0, output
    assert output.count("epoch 1/60") == 1  # it was not begun again
    assert len((Path("mine") / artifact.HISTORY).read_text().splitlines()) == 60


@pytest.mark.slow
@needs_proc
def test_what_torchrun_stops_can_be_gone_on_with(data_dir: Path) -> None:
    with torchrun(*TWO, data_dir=data_dir, arguments=["--epochs", "100000", "--output", "mine"]) as process:
        workers_of(process.pid)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=HANGS)

    assert process.returncode != 0
    assert output.count("go on with:\n  uv run --package mnist-train train --resume mine") == 1
    assert Path("mine.unfinished/checkpoint.safetensors").exists()


def test_restarts_need_a_name_to_go_on_with(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process sees it that torchrun has started with --max-restarts=1."""
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("TORCHELASTIC_MAX_RESTARTS", "1")

    result = cli.invoke(train, ["--epochs", "1"])

    assert result.exit_code == 2
    assert "With torchrun's --max-restarts, name the run with --output" in result.stderr


@pytest.mark.slow
def test_torchrun_tells_of_its_restarts(data_dir: Path) -> None:
    with torchrun("--standalone", "--max-restarts=1", data_dir=data_dir, arguments=["--epochs", "1"]) as process:
        output, _ = process.communicate(timeout=HANGS)

    assert process.returncode == 1
    assert "With torchrun's --max-restarts, name the run with --output" in output


@pytest.mark.slow
def test_two_hosts() -> None:
    """Two network namespaces with a cable between them stand in for two machines."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("two hosts need Linux, its `ip` command and the right to make network namespaces")
    with hosts() as addresses:
        options = ["--nnodes=2", "--nproc-per-node=1", f"--master-addr={addresses[0]}", "--master-port=29511"]
        started = []
        for number in range(2):
            Path(f"host{number}").mkdir()
            train = ["-m", "mnist_train", "--dataset", "digits", "--epochs", "3", "--output", "mine"]
            command = [*TORCHRUN, *options, f"--node-rank={number}", *train]
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "cable"}
            started.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", f"mnist{os.getpid()}-{number}", *command],
                    cwd=f"host{number}", env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                )
            )  # fmt: skip
        outputs = [process.communicate(timeout=HANGS)[0] for process in started]

    assert [process.returncode for process in started] == [0, 0], outputs
    assert artifact.read_metadata(Path("host0/mine")).test_accuracy > 0.8
    assert list(Path("host1").iterdir()) == []  # all is written where the first process runs


@contextmanager
def hosts() -> Iterator[list[str]]:
    """Makes two network namespaces and a cable between them; gives their addresses."""
    addresses = ["10.77.0.1", "10.77.0.2"]

    def ip(*arguments: str) -> None:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"`ip {' '.join(arguments)}` is not possible here: {done.stderr.strip()}")

    try:
        for number in range(2):
            ip("netns", "add", f"mnist{os.getpid()}-{number}")
        ip(
            "link",
            "add",
            "cable",
            "netns",
            f"mnist{os.getpid()}-0",
            "type",
            "veth",
            "peer",
            "name",
            "cable",
            "netns",
            f"mnist{os.getpid()}-1",
        )
        for number, address in enumerate(addresses):
            ip("-n", f"mnist{os.getpid()}-{number}", "addr", "add", f"{address}/24", "dev", "cable")
            for device in ("lo", "cable"):
                ip("-n", f"mnist{os.getpid()}-{number}", "link", "set", device, "up")
        yield addresses
    finally:
        for number in range(2):
            subprocess.run(["ip", "netns", "delete", f"mnist{os.getpid()}-{number}"], capture_output=True, check=False)
