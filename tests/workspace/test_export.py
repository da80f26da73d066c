"""What `uv export` writes is what pip can install. These tests need the package registry."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Pip in a clean environment of its own."""
    folder = tmp_path_factory.mktemp("pip") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    command = [str(python), "-m", "pip", "--disable-pip-version-check"]
    probe = [
        *command,
        "download",
        "--quiet",
        "--no-deps",
        "--retries=0",
        "--timeout=5",
        "--dest",
        str(folder),
        "uv-build",
    ]
    if subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("no package registry can be reached")
    return command


def documented(fragment: str) -> list[str]:
    """The README's `uv export` command that has this in it."""
    commands = re.findall(r"^uv export .*$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    (command,) = [command for command in commands if fragment in command]
    return shlex.split(command.split("#")[0])


def export(command: list[str], target: Path) -> Path:
    """Runs a documented command, with its output somewhere else."""
    place = command.index("--output-file") + 1
    subprocess.run([*command[:place], str(target), *command[place + 1 :], "--frozen", "--quiet"], cwd=ROOT, check=True)
    return target


@pytest.mark.slow
def test_pip_installs_the_serving_export_with_every_hash_checked(
    pip: list[str], tmp_path: Path, small_run: Path
) -> None:
    requirements = export(documented("--package mnist-serve"), tmp_path / "requirements.txt")
    members = [str(ROOT / "packages" / name) for name in ("mnist-core", "mnist-serve")]

    subprocess.run([*pip, "install", "--quiet", "--require-hashes", "-r", str(requirements)], check=True)
    subprocess.run([*pip, "install", "--quiet", "--no-deps", *members], check=True)

    program = (
        "import importlib.util, numpy, mnist_serve\n"
        "from mnist_core.classifier import Classifier\n"
        "from pathlib import Path\n"
        f"print(Classifier(Path({str(small_run)!r}))(numpy.zeros((2, 28, 28), 'uint8')).shape)\n"
        "print(importlib.util.find_spec('torch'))\n"
    )
    done = subprocess.run([pip[0], "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "(2, 10)\nNone\n", done.stderr
    check = subprocess.run([*pip, "check"], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout


@pytest.mark.slow
@pytest.mark.parametrize("fragment", ["--no-hashes", "--no-dev --no-hashes"])
def test_pip_resolves_the_export_of_everything(fragment: str, pip: list[str], tmp_path: Path) -> None:
    """Pip checks that the pinned versions fit together, and would install exactly these."""
    commands = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("uv export")]
    (command,) = [line for line in commands if f"requirements-txt {fragment}" in line]
    # pip takes the relative paths of the members from the folder it runs in.
    requirements = export(shlex.split(command.split("#")[0]), tmp_path / "requirements.txt")
    report = tmp_path / "report.json"

    subprocess.run(
        [
            *pip,
            "install",
            "--quiet",
            "--dry-run",
            "--ignore-installed",
            "--report",
            str(report),
            "-r",
            str(requirements),
        ],
        cwd=ROOT,
        check=True,
    )

    resolved = {
        item["metadata"]["name"].lower().replace("_", "-") for item in json.loads(report.read_text())["install"]
    }
    assert resolved >= {"torch", "onnxruntime", "mnist-core", "mnist-train", "mnist-serve"}
    assert ("pytest" in resolved) == ("--no-dev" not in fragment)
