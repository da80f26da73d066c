# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "bentoml>=1.4.39",                       # a peer
#     "click>=8.5",                            # command line
#     "fastapi>=0.165",                        # a peer
#     "litserve>=0.2.19",                      # a peer
#     "mnist-core[cli,data,onnx,torch]",       # the network, and a digit to send
#     "numpy>=2.4",                            # tensors
#     "psutil>=7.2",                           # memory and processes of the servers
#     "torch>=2.15",                           # what the peers run the network with
#     "uvicorn[standard]>=0.54",               # FastAPI's server, with uvloop and httptools
# ]
#
# [tool.uv.sources]
# mnist-core = { path = "../packages/mnist-core", editable = true }
# ///
"""Times `serve` beside FastAPI with torch, LitServe and BentoML: the same network, picture, client and machine.

    MNIST_DATA_DIR=data uv run scripts/benchmark_serving.py --model runs/latest

Each server runs two workers and is started anew in every round, in turn with the others, since a machine's speed
changes while one waits; the table has the medians. LitServe and BentoML run with and without their batching. `serve`
comes from an environment of its own, which is made with `uv sync --no-dev` and weighed. The client runs on the same
cores as the servers (Linux only), and measures itself against a server that does nothing.
"""

import os
import signal
import sys
import tempfile
from pathlib import Path

import click

from mnist_core.cli import Command

_EPILOG = """\b
Examples:
  uv run scripts/benchmark_serving.py --quick                           # a first look
  uv run scripts/benchmark_serving.py --model runs/latest --soak 100000"""


@click.command(cls=Command, epilog=_EPILOG)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="The run to serve, a folder that `train` made.  [default: runs/latest]",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder of MNIST's files.  [default: $MNIST_DATA_DIR, else ./data]",
)
@click.option(
    "--seconds",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="How long to load each server, twice per round.",
)
@click.option(
    "--rounds",
    default=3,
    show_default=True,
    type=click.IntRange(1),
    help="How often each server is started and measured.",
)
@click.option(
    "--connections", default=16, show_default=True, type=click.IntRange(1), help="Requests in flight at once."
)
@click.option(
    "--soak",
    default=20_000,
    show_default=True,
    type=click.IntRange(4),
    help="Requests to send while a worker's memory is watched, by quarters.",
)
@click.option("--quick", is_flag=True, help="One round of one second each: a first look rather than a measurement.")
def main(
    model: Path | None, data_dir: Path | None, seconds: float, rounds: int, connections: int, soak: int, quick: bool
) -> None:
    """Compares `serve` with its peers: requests per second, latencies, memory, and seconds until ready."""
    from mnist_core import artifact, datasets
    from serving_peers.bench import BATCH, WORKERS, Bench, install
    from serving_peers.report import table

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped then too
    if quick:
        seconds, rounds, soak = 1.0, 1, 2_000
    run = artifact.locate(model).resolve()
    metadata = artifact.read_metadata(run)
    images = datasets.load("mnist", "test", data_dir).images[:BATCH]
    with tempfile.TemporaryDirectory() as scratch:
        environment, size = install(Path(scratch))
        bench = Bench(run, images, environment, Path(scratch), seconds, connections)
        print(f"{metadata.architecture}, {metadata.parameters:,} parameters; a PNG of {len(bench.png)} bytes")
        print(f"{WORKERS} workers on {os.cpu_count()} cores; {connections} connections, then one\n")
        print(table(bench.compare(rounds)))
        print(f"\nThe client's own limit: {bench.ceiling():,.0f} requests/s.")
        for line in bench.serve_alone(rounds, soak):
            print(line)
        print(f"`predict` one picture, whole process: {bench.predict():.2f} s")
        print(f"`uv sync --no-dev --package mnist-serve`: {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
