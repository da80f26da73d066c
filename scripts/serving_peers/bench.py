"""What is measured: this project's server and its peers in turn, and then this project's alone."""

import contextlib
import dataclasses
import functools
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from common.words import count
from mnist_core import artifact
from mnist_core.classifier import Classifier
from serving_peers import messages
from serving_peers.load import load
from serving_peers.messages import ResponseError
from serving_peers.report import Measurement, megabytes
from serving_peers.server import Server, ServerError, free_port, serving

WORKERS = 2
BATCH = 128  # images of a tensor
PREDICTIONS = 7  # runs of `predict`
WARM_UP = 1.0  # seconds of load that don't count
PEERS = Path(__file__).parent
ROOT = PEERS.parents[1]


@dataclasses.dataclass(frozen=True)
class Peer:
    """A server to measure: its name, how to start it on a port, and a request that posts the picture its way."""

    name: str
    command: Callable[[int], list[str]]
    request: bytes


class Bench:
    """What all measurements share: the model, the picture, the commands and the duration."""

    def __init__(
        self,
        run: Path,
        images: npt.NDArray[np.uint8],
        environment: Path,
        scratch: Path,
        seconds: float,
        connections: int,
    ) -> None:
        self.run, self.environment, self.scratch = run, environment, scratch
        self.seconds, self.connections = seconds, connections
        self.images = images
        self.labels = Classifier(run)(images).argmax(axis=1)
        self.png = encode(images[0])
        self.right = re.compile(rb'"digit": ?%d\b' % self.labels[0]).search

    def peers(self) -> list[Peer]:
        """The servers, ours first."""
        raw, json_ = messages.raw("/predict", self.png), messages.base64_json("/predict", self.png, "image")
        form = messages.multipart("/predict_batch", self.png, "images")
        return [
            self.ours(),
            Peer("FastAPI + torch", fastapi, raw),
            Peer("LitServe", functools.partial(litserve, batch=1), json_),
            Peer("LitServe, batching", functools.partial(litserve, batch=8), json_),
            Peer("BentoML", bentoml, raw),
            Peer("BentoML, batching", bentoml, form),
        ]

    def ours(self) -> Peer:
        """This project's server."""

        def command(port: int) -> list[str]:
            serve = [str(self.environment / "bin" / "serve"), "--model", str(self.run)]
            return [*serve, "--port", str(port), "--workers", str(WORKERS), "--no-access-log"]

        return Peer("mnist-serve", command, messages.raw("/predict", self.png))

    @contextlib.contextmanager
    def started(self, peer: Peer) -> Iterator[tuple[Server, int, float]]:
        """Starts a server: the server, its port, and the seconds until its first right answer."""
        port = free_port()
        variables = {"MODEL": str(self.run), "WORKERS": str(WORKERS), "PYTHONPATH": str(PEERS.parent)}
        with (
            tempfile.TemporaryDirectory(dir=self.scratch) as folder,
            serving(peer.command(port), Path(folder), variables) as server,
        ):
            ready = server.wait(lambda: load(port, peer.request, self.right, connections=1, requests=1))
            server.settle()
            yield server, port, ready

    def measure(self, peer: Peer) -> Measurement:
        """One round of a server."""
        with self.started(peer) as (server, port, ready):
            before, _ = server.memory()
            send = functools.partial(load, port, peer.request, self.right)
            send(connections=self.connections, seconds=WARM_UP)
            many = send(connections=self.connections, seconds=self.seconds)
            one = send(connections=1, seconds=self.seconds)
            return Measurement(ready, before, *server.memory(), many, one)

    def compare(self, rounds: int) -> dict[str, list[Measurement]]:
        """All servers in turn, round after round."""
        measured = defaultdict(list)
        for number in range(rounds):
            for peer in self.peers():
                measurement = self.measure(peer)
                measured[peer.name].append(measurement)
                show_progress(f"round {number + 1}, {peer.name}: {measurement.many.rate:,.0f} requests/s")
        return measured

    def ceiling(self) -> float:
        """Requests a second of a server that does nothing."""
        request = messages.raw("/predict", self.png)
        peer = Peer("trivial", lambda port: [sys.executable, "-m", "serving_peers.trivial", str(port)], request)
        with self.started(peer) as (_, port, _):
            return load(port, request, bool, connections=self.connections, seconds=self.seconds).rate

    def serve_alone(self, rounds: int, soak: int) -> Iterator[str]:
        """Tensors against bare onnxruntime, and memory while requests go on, of this project's server."""
        peer = self.ours()
        with self.started(peer) as (_, port, _):
            # One connection keeps one worker busy; four a worker keep all of them busy, however they are spread.
            for processes, connections in ((1, 1), (WORKERS, 4 * WORKERS)):
                pairs = [(self.tensors(port, connections), self.bare(processes)) for _ in range(rounds)]
                ours, bare = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
                yield (
                    f"Tensors of {BATCH} over {count(connections, 'connection')}: "
                    f"{ours:,.0f} images/s, {ours / bare:.0%} of bare onnxruntime in {processes} "
                    f"process{'es' if processes > 1 else ''} ({bare:,.0f})"
                )
        with self.started(peer) as (server, port, _):
            sizes = [server.memory()[0]]
            for _ in range(4):
                load(port, peer.request, self.right, connections=self.connections, requests=max(soak // 4, 1))
                sizes.append(server.memory()[0])
            steps = ", ".join(f"{megabytes(size)}" for size in sizes)
            yield f"Memory of the largest worker at the quarters of {soak:,} requests: {steps} MB"

    def tensors(self, port: int, connections: int) -> float:
        """Images a second of this project's server when they come as binary tensors."""
        size = self.labels.size * 10 * 4

        def right(answer: bytes) -> bool:
            probabilities = np.frombuffer(answer[-size:], np.float32).reshape(-1, 10)
            return bool((probabilities.argmax(axis=1) == self.labels).all())

        send = functools.partial(load, port, messages.tensor(self.images), right, connections=connections)
        send(seconds=WARM_UP)
        return send(seconds=self.seconds).rate * BATCH

    def bare(self, processes: int) -> float:
        """Images a second of bare onnxruntime, with the libraries that the server has."""
        images = self.scratch / "images.npy"
        np.save(images, self.images)
        program = PEERS / "bare_onnxruntime.py"
        python = str(self.environment / "bin" / "python")
        command = [python, str(program), str(self.run / artifact.ONNX), str(images), str(self.seconds)]
        with contextlib.ExitStack() as stack:
            running = [stack.enter_context(waiting(command)) for _ in range(processes)]
            for _, told in running:
                if told.readline() != "ready\n":
                    raise ServerError("Bare onnxruntime does not start.")
            for start, _ in running:
                print(file=start, flush=True)
            return sum(float(told.readline()) for _, told in running)

    def predict(self) -> float:
        """Seconds that `predict` takes for one picture, the median of several whole processes."""
        picture = self.scratch / "digit.png"
        picture.write_bytes(self.png)
        command = [str(self.environment / "bin" / "predict"), "--model", str(self.run), "--json", str(picture)]
        seconds = []
        for _ in range(PREDICTIONS):
            begin = time.perf_counter()
            answer = subprocess.run(command, capture_output=True, check=True, cwd=self.scratch).stdout
            seconds.append(time.perf_counter() - begin)
            if json.loads(answer)["digit"] != self.labels[0]:
                raise ResponseError(f"predict gave a wrong answer: {answer!r}")
        return statistics.median(seconds)


def fastapi(port: int) -> list[str]:
    """FastAPI in uvicorn, with what its documentation names quickest."""
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [tool("uvicorn"), "serving_peers.fastapi_app:app", "--port", str(port), "--workers", str(WORKERS), *options]


def litserve(port: int, batch: int) -> list[str]:
    """LitServe, which starts as many HTTP processes as workers."""
    return [sys.executable, "-m", "serving_peers.litserve_app", str(port), str(WORKERS), str(batch)]


def bentoml(port: int) -> list[str]:
    """BentoML in production mode."""
    return [tool("bentoml"), "serve", "serving_peers.bentoml_app:Digits", "--host", "127.0.0.1", "--port", str(port)]


def tool(name: str) -> str:
    """A command of this script's environment."""
    return str(Path(sys.executable).with_name(name))


def install(scratch: Path) -> tuple[Path, int]:
    """Makes the environment that serving needs: where it is, and the bytes that it takes on disk."""
    environment = scratch / "environment"
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = ["uv", "sync", "--quiet", "--locked", "--no-dev", "--package", "mnist-serve"]
    show_progress(" ".join(command))
    done = subprocess.run(
        command, cwd=ROOT, env={**variables, "UV_PROJECT_ENVIRONMENT": str(environment)}, check=False
    )  # fmt: skip
    if done.returncode:
        raise ServerError("uv can't make the environment of mnist-serve.")
    size = sum(path.lstat().st_blocks * 512 for path in environment.rglob("*"))
    # What is started later shall find its bytecode, as the peers find theirs.
    subprocess.run([environment / "bin" / "python", "-m", "compileall", "-q", environment / "lib"], check=False)
    return environment, size


@contextlib.contextmanager
def waiting(command: list[str]) -> Iterator[tuple[IO[str], IO[str]]]:
    """Starts a process, and kills it at the end: its standard input and output."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        finally:
            process.kill()


def encode(image: npt.NDArray[np.uint8]) -> bytes:
    """A PNG file of an image."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def show_progress(line: str) -> None:
    """Says on stderr what is going on."""
    print(f"  {line}", file=sys.stderr)
