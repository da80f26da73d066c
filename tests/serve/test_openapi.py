"""The OpenAPI description is true, as schemathesis finds it."""

import subprocess
import sys

from mnist_serve.api.application import Application
from mnist_serve.api.openapi import describe
from mnist_serve.loading import find, load
from mnist_serve.metrics import Metrics
from mnist_serve.settings import Settings
from serve.running import Server


def test_the_server_keeps_to_its_description(server: Server) -> None:
    """What it forbids is refused, what comes back is what it says, and nothing ends in a 500.

    That everything it allows is accepted can't be checked this way: most bytes are no picture.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"),
            *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
            *("--phases", "coverage,fuzzing", "--max-examples", "30", "--no-color"),
        ],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    assert "17 selected / 17 total" in done.stdout


def test_all_that_is_there_is_described() -> None:
    """Every route but the pages and their files, by the routes themselves."""
    settings = Settings(
        host="", port=0, workers=1, api_key=None, min_confidence=0.5, max_body=1, max_pixels=1, max_batch=1,
        max_in_flight=1, max_connections=1, request_timeout=1, keep_alive=1, drain_timeout=1, access_log=False,
    )  # fmt: skip
    application = Application(load(find(None)), settings, Metrics(1), lambda: True)
    pages = {"/", "/docs", "/openapi.json"}

    there = {path for path in application.paths() if path not in pages and not path.startswith("/static/")}

    assert there == describe(settings)["paths"].keys()


def test_every_path_that_is_described_is_there(server: Server) -> None:
    description = server.get("/openapi.json").json

    for path, operations in description["paths"].items():
        for method in operations:
            assert server.request(method.upper(), path, b"x" if method == "post" else None).status in (200, 400, 415)
