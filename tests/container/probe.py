"""Looks around inside a container and prints what it finds as one JSON object. Needs nothing but Python."""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = ["uv", "uvx", "pip", "pip3", "gcc", "cc", "g++", "make", "git", "curl", "nox", "pytest", "ruff", "mypy"]
BASE_MODULES = ["pip", "wheel"]  # what Python's own image has beyond Python

# The kernel's file systems, and what the engine itself mounts.
ELSEWHERE = {"/proc", "/sys", "/dev", "/run"}


def modules_of_base(names: list[str]) -> list[str]:
    """Those of some modules that the Python below the environment can import."""
    program = "import importlib.util, sys; print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name)))"
    base = os.path.realpath(sys.executable)
    done = subprocess.run([base, "-I", "-c", program, *names], capture_output=True, text=True, check=True)
    return done.stdout.split()


def writable(root: str) -> list[str]:
    """What this process may write below a folder; what lies in a writable folder is not named again."""
    found = []
    for folder, folders, files in os.walk(root):
        if folder in ELSEWHERE:
            folders.clear()
        elif os.access(folder, os.W_OK):
            found.append(folder)
            folders.clear()
        else:
            found += [str(path) for file in files if os.access(path := Path(folder, file), os.W_OK)]
    return [path for path in found if not Path(path).is_char_device()]  # such as what stands in a shell's place


def size(folder: str) -> int:
    """Bytes of the files below a folder."""
    return sum(Path(root, file).lstat().st_size for root, _, files in os.walk(folder) for file in files)


def uncompiled(package: str) -> list[str]:
    """The package's modules whose bytecode is missing."""
    spec = importlib.util.find_spec(package)
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    sources = [str(path) for path in folder.rglob("*.py")]
    return [path for path in sources if not Path(importlib.util.cache_from_source(path)).exists()]


def checksums(name: str) -> dict[str, str]:
    """The sha256 of each file that a distribution installed, but for bytecode and what describes it."""
    files = [file for file in importlib.metadata.files(name) or [] if file.suffix != ".pyc" and ".." not in file.parts]
    return {
        str(file): hashlib.sha256(file.read_binary()).hexdigest()
        for file in files
        if not file.parts[0].endswith(".dist-info")
    }


distributions = {each.metadata["Name"].lower(): each.version for each in importlib.metadata.distributions()}
answer = {
    "uid": os.getuid(),
    "distributions": distributions,
    "members": {name: checksums(name) for name in distributions if name.startswith("mnist-")},
    "tools": [tool for tool in TOOLS if shutil.which(tool)],
    "shell_runs": os.access("/bin/sh", os.X_OK),
    "base_modules": modules_of_base(BASE_MODULES),
    "writable": writable("/"),
    "in_app": [path.name for path in Path("/app").iterdir()],
    "uncompiled": uncompiled("mnist_core") + uncompiled("numpy"),
    "size": size("/app/.venv"),
    # What the lock's markers ask for.
    "environment": {
        "implementation_name": sys.implementation.name,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": platform.system(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
}
json.dump(answer, sys.stdout)
