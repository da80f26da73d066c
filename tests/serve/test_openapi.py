"""The OpenAPI description is true, as schemathesis finds it."""

import subprocess
import sys

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
    assert "10 selected / 10 total" in done.stdout


def test_every_path_that_is_described_is_there(server: Server) -> None:
    description = server.get("/openapi.json").json

    for path, operations in description["paths"].items():
        for method in operations:
            assert server.request(method.upper(), path, b"x" if method == "post" else None).status in (200, 400, 415)
