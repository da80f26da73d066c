"""KServe's own client against the running server."""

import json
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_core.classifier import Classifier
from mnist_serve.loading import SHIPPED
from serve.running import Server


@pytest.mark.slow  # installs KServe
def test_its_client_works_unmodified(server: Server, digits: npt.NDArray[np.uint8]) -> None:
    script = Path(__file__).with_name("kserve_client.py")

    done = subprocess.run(["uv", "run", "--script", script, server.url], input=digits.tobytes(), capture_output=True)

    assert done.returncode == 0, done.stderr.decode()
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["states"] == [True, True, True]
    assert len(said["answers"]) == 6
    for answer in said["answers"]:
        assert answer["id"] == "one"
        np.testing.assert_allclose(answer["probabilities"], Classifier(SHIPPED)(digits), atol=1e-5)
