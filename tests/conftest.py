"""What all tests share: no network, no leftovers, a small dataset that is always there, and MNIST where it is."""

import dataclasses
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mnist_core import datasets, registry
from support import embedded_digits, write_dataset

# Read before any test changes the environment or the folder.
_DATA_DIR = Path(os.environ.get("MNIST_DATA_DIR") or "data").absolute()


def pytest_configure() -> None:
    """What this process imports later, and those that tests start, compute in one thread and keep compiled bytecode.

    The tests' trainings are so small that several threads do little but wait for each other: twice as long in all, and
    many times as long where something else keeps a core busy. Without bytecode, each process would compile torch anew.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs in an empty folder, knows no data folder, and has a network that is down."""
    monkeypatch.delenv("MNIST_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)

    real = socket.getaddrinfo

    def only_this_machine(host: Any, *arguments: Any, **options: Any) -> Any:
        if host in ("localhost", "127.0.0.1", "::1"):
            return real(host, *arguments, **options)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", only_this_machine)


@pytest.fixture(scope="session", autouse=True)
def digits_made_once() -> Iterator[None]:
    """All loads of the embedded digits give copies of one: making them takes longer than an epoch on them."""

    def load(part: registry.Part) -> datasets.Dataset:
        made = embedded_digits(part)
        return dataclasses.replace(made, images=made.images.copy(), labels=made.labels.copy())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "_load_embedded", load)
        yield


@pytest.fixture(scope="session")
def small_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with 600 + 200 digits in the guise of MNIST, raw."""
    return write_dataset(tmp_path_factory.mktemp("small") / "data", registry.SOURCES["mnist"], suffix="")


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """A data folder with the official MNIST."""
    source = registry.SOURCES["mnist"]
    places = [_DATA_DIR, _DATA_DIR / source.folder, _DATA_DIR / source.folder / "raw"]
    names = [file.name for part in (source.train, source.test) for file in part]
    if not any(all((place / name).is_file() for name in names) for place in places):
        pytest.skip(f"MNIST's four .gz files are not in {_DATA_DIR}; MNIST_DATA_DIR names another folder")
    return _DATA_DIR


@pytest.fixture
def cli() -> CliRunner:
    return CliRunner()


@pytest.fixture(scope="session")
def small_run(small_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of one short training; copy it before you change it."""
    from mnist_train.train_command import train

    output = tmp_path_factory.mktemp("run") / "small"
    arguments = ["--dataset", "mnist", "--data-dir", str(small_mnist), "--epochs", "8", "--output", str(output)]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        result = CliRunner().invoke(train, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return output


@pytest.fixture
def run_copy(small_run: Path, tmp_path: Path) -> Path:
    """A copy of the short training's artifact, to damage."""
    return Path(shutil.copytree(small_run, tmp_path / "copied-run"))


@pytest.fixture(scope="session")
def mnist_run(mnist_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The artifact of `train` with its defaults on the official MNIST, and the process's peak memory in bytes."""
    folder = tmp_path_factory.mktemp("mnist")
    program = (
        "import atexit, pathlib, resource, sys\n"
        "from mnist_train.train_command import train\n"
        "def peak():\n"
        "    status = pathlib.Path('/proc/self/status')\n"
        "    if status.exists():  # there, ru_maxrss begins with what the process had that started this one\n"
        "        return int(status.read_text().split('VmHWM:')[1].split()[0]) * 1024\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == 'darwin' else 1024)\n"
        "atexit.register(lambda: print(peak()))\n"
        "train()\n"
    )
    command = [sys.executable, "-c", program, "--data-dir", str(mnist_dir), "--output", "run"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "run", int(done.stdout.splitlines()[-1])
