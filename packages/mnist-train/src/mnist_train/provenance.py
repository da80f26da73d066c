"""Where a trained model comes from: versions of what it was made with, and the project's commit."""

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("mnist-core", "mnist-train", "numpy", "onnx", "torch")


def versions() -> dict[str, str]:
    """Python's and the libraries' versions."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}


def git_commit() -> str | None:
    """The commit of the checkout that this code runs from, with "-dirty" if it was changed since.

    Returns:
        None where there is no git or no checkout, or where the checkout around us is somebody else's, as when this
        package is installed into their environment.
    """
    here = Path(__file__)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here.parent), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", here.name)
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None
