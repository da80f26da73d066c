"""Runs the images' commands with docker, podman or buildah, as strictly as production may.

That is: as a user that the image has never heard of, on a read-only root file system, with no shell to be found.
"""

import contextlib
import json
import os
import signal
import subprocess
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

USER = "12345:0"
_START = 60  # seconds that an engine may take for what is no computation
_NO_SHELL = ["--volume", "/dev/null:/bin/sh:ro", "--volume", "/dev/null:/bin/bash:ro"]


class Container(ABC):
    """A place where commands of one image run; what they write to volumes stays until it is closed.

    Attributes:
        image: The image's name.
        config: How the image is configured, by Docker's names: `Cmd`, `User`, `Healthcheck` and so on.
    """

    def __init__(self, image: str, data: Path | None, environment: Mapping[str, str]) -> None:
        """Makes the container.

        Args:
            image: The image's name.
            data: A folder to mount read-only as /data.
            environment: Variables for the commands.
        """
        self.image = image
        self.config = self._read_config()
        self._options = ["--user", USER, *_NO_SHELL]
        self._options += [f"--env={name}={value}" for name, value in environment.items()]
        if data:
            self._options += ["--volume", f"{data}:/data:ro"]

    def run(self, *command: str, contents: bytes = b"", timeout: float = _START) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; with none, the image's own.

        Args:
            command: The command and its arguments.
            contents: What it reads from standard input.
            timeout: Seconds that it may take.
        """
        done = subprocess.run(self._line(command), input=contents, capture_output=True, timeout=timeout)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, port: int, log: Path) -> subprocess.Popen[bytes]:
        """Starts the image's own command, which is a server on a port of this machine.

        Args:
            port: The port.
            log: The file for what it prints.
        """
        with log.open("wb") as file:
            return subprocess.Popen(self._line((), port), stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    @abstractmethod
    def run_beside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command in the container of the command that was started."""

    @abstractmethod
    def send(self, number: signal.Signals, process: "subprocess.Popen[bytes]") -> None:
        """Sends the started command a signal."""

    @abstractmethod
    def close(self) -> None:
        """Removes what was made."""

    @abstractmethod
    def _line(self, command: tuple[str, ...], port: int | None = None) -> list[str]: ...

    @abstractmethod
    def _read_config(self) -> dict[str, Any]: ...


class DockerContainer(Container):
    """With docker, or podman, whose command line is the same."""

    def __init__(self, engine: str, image: str, data: Path | None, environment: Mapping[str, str]) -> None:
        """Makes volumes for what the image declares as such."""
        self._engine = engine
        super().__init__(image, data, environment)
        self._name = f"mnist-test-{uuid.uuid4().hex[:8]}"
        self._volumes = {
            path: f"{self._name}{path.replace('/', '-')}"
            for path in self.config.get("Volumes") or {}
            if not (data and path == "/data")
        }
        for path, volume in self._volumes.items():
            _output(engine, "volume", "create", volume)
            self._options += ["--volume", f"{volume}:{path}"]

    def run_beside(self, *command: str) -> subprocess.CompletedProcess[str]:
        line = [self._engine, "exec", self._name, *command]
        return subprocess.run(line, capture_output=True, text=True, timeout=_START)

    def send(self, number: signal.Signals, process: "subprocess.Popen[bytes]") -> None:
        _output(self._engine, "kill", "--signal", number.name, self._name)

    def close(self) -> None:
        subprocess.run([self._engine, "rm", "--force", self._name], capture_output=True, timeout=_START)
        for volume in self._volumes.values():
            _output(self._engine, "volume", "rm", volume)

    def _line(self, command: tuple[str, ...], port: int | None = None) -> list[str]:
        network = ["--name", self._name, "--publish", f"127.0.0.1:{port}:{port}"] if port else ["--network", "none"]
        return [
            self._engine, "run", "--rm", "--interactive", "--read-only", *network, *self._options, self.image, *command
        ]  # fmt: skip

    def _read_config(self) -> dict[str, Any]:
        (image,) = json.loads(_output(self._engine, "image", "inspect", self.image))
        config: dict[str, Any] = image["Config"]
        # podman tells it one level up
        return {"Healthcheck": image.get("Healthcheck") or image.get("HealthCheck")} | config


class BuildahContainer(Container):
    """With buildah, which has no `--read-only` and, without isolation, this machine's network and processes."""

    def __init__(self, image: str, data: Path | None, environment: Mapping[str, str]) -> None:
        """Makes a working container and, for root, its file system read-only."""
        super().__init__(image, data, environment)
        self._name = _output("buildah", "from", "--pull-never", image)
        self._root = Path(_output("buildah", "mount", self._name)) if os.geteuid() == 0 else None
        if self._root:
            # buildah itself keeps a file in /run for as long as a command runs, and fails where it can't.
            for folder, mode in ((self._root, "ro"), (self._root / "run", "rw")):
                _output("mount", "--bind", str(folder), str(folder))
                _output("mount", "-o", f"remount,{mode},bind", str(folder))

    def run_beside(self, *command: str) -> subprocess.CompletedProcess[str]:
        return self.run(*command)

    def send(self, number: signal.Signals, process: "subprocess.Popen[bytes]") -> None:
        """Sends it to the command, which is what buildah's own processes end in."""
        pid = process.pid
        while "buildah" in _program(pid):
            (pid,) = _children(pid)
        os.kill(pid, number)

    def close(self) -> None:
        if self._root:
            _output("umount", "--recursive", str(self._root))
        _output("buildah", "rm", self._name)

    def _line(self, command: tuple[str, ...], port: int | None = None) -> list[str]:
        return ["buildah", "run", *self._options, self._name, "--", *(command or self.config["Cmd"])]

    def _read_config(self) -> dict[str, Any]:
        image = json.loads(_output("buildah", "inspect", "--type", "image", self.image))
        config: dict[str, Any] = json.loads(image["Config"])["config"]
        return config


@contextlib.contextmanager
def container(
    engine: str, image: str, data: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Container]:
    """A container of an image, removed afterwards.

    Args:
        engine: "docker", "podman" or "buildah".
        image: The image's name.
        data: A folder to mount read-only as /data.
        environment: Variables for the commands.
    """
    made: Container
    if engine == "buildah":
        made = BuildahContainer(image, data, environment or {})
    else:
        made = DockerContainer(engine, image, data, environment or {})
    try:
        yield made
    finally:
        made.close()


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=10 * _START)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout.strip()


def _program(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()


def _children(pid: int) -> list[int]:
    return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]
