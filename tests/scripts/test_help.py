"""The help of all scripts: it teaches by examples, and is there at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "scripts").glob("*.py"))
SLOW = {"matplotlib", "numpy", "onnx", "onnxruntime", "PIL", "psutil", "sklearn", "torch", "torchvision"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_help_has_examples_and_needs_nothing_that_is_slow(script: Path) -> None:
    program = (
        "import runpy, sys\n"
        f"sys.argv = [{str(script)!r}, '--help']\n"
        f"sys.path.insert(0, {str(script.parent)!r})\n"
        f"try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        f"finally:\n    slow = {SLOW!r} & sys.modules.keys()\n    assert not slow, slow\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"COLUMNS": "200"}, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "Examples:" in done.stdout
    assert f"uv run scripts/{script.name}" in done.stdout


@pytest.mark.parametrize(("option", "value"), [("--soak", "3"), ("--seconds", "0"), ("--rounds", "0")])
def test_the_serving_benchmark_refuses_what_measures_nothing(option: str, value: str) -> None:
    script = next(script for script in SCRIPTS if script.stem == "benchmark_serving")

    done = subprocess.run([sys.executable, script, option, value], capture_output=True, text=True)

    assert done.returncode == 2
    assert option in done.stderr
