"""What is in the images, and what is not: the environment that the lock describes, and nobody's tools."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from container.engines import USER, Container
from mnist_core.artifact import sha256

PROBE = Path(__file__).with_name("probe.py").read_bytes()
PROJECT = Path(__file__).parents[2]
DEVELOPMENT = {"pytest", "ipykernel", "nox", "ruff", "mypy", "hypothesis", "pip", "uv"}


@pytest.fixture(scope="session", params=["serving", "training"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which image's turn it is."""
    return str(request.param)


@pytest.fixture(scope="session")
def container(kind: str, request: pytest.FixtureRequest) -> Container:
    """The image's container."""
    made: Container = request.getfixturevalue(kind)
    return made


@pytest.fixture(scope="session")
def found(container: Container) -> dict[str, Any]:
    """What the probe finds inside."""
    done = container.run("python", "-", contents=PROBE)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_holds_exactly_what_the_lock_says(kind: str, found: dict[str, Any]) -> None:
    package = {"serving": "mnist-serve", "training": "mnist-train"}[kind]
    options = ["--frozen", "--no-dev", "--no-hashes", "--no-annotate", "--no-header", "--no-emit-workspace"]
    lines = subprocess.run(
        ["uv", "export", "--quiet", *options, "--package", package],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    requirements = [Requirement(line) for line in lines]
    expected = {
        canonicalize_name(each.name): str(each.specifier).removeprefix("==")
        for each in requirements
        if not each.marker or each.marker.evaluate(found["environment"])
    }
    distributions = {canonicalize_name(name): version for name, version in found["distributions"].items()}

    members = found["members"].keys()

    assert {name: version for name, version in distributions.items() if name not in members} == expected
    assert members == {"mnist-core", package}


def test_holds_the_members_as_they_are_here(found: dict[str, Any]) -> None:
    for name, checksums in found["members"].items():
        source = PROJECT / "packages" / name / "src"
        files = [path for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"]

        assert checksums == {str(path.relative_to(source)): sha256(path) for path in files}


def test_holds_no_tools(found: dict[str, Any]) -> None:
    assert not found["tools"]
    assert not found["base_modules"]
    assert not DEVELOPMENT & found["distributions"].keys()


def test_serving_does_without_torch(serving: Container) -> None:
    distributions = "import importlib.metadata; print(*(each.name for each in importlib.metadata.distributions()))"

    names = serving.run("python", "-c", distributions).stdout.split()

    assert "onnxruntime" in names
    assert not [name for name in names if name.startswith(("torch", "nvidia"))]


def test_holds_the_environment_compiled_and_nothing_else(found: dict[str, Any]) -> None:
    assert found["in_app"] == [".venv"]
    assert not found["uncompiled"]


def test_any_user_can_run_it_and_can_change_nothing(container: Container, found: dict[str, Any]) -> None:
    assert found["uid"] == int(USER.split(":")[0])
    assert set(found["writable"]) <= set(container.config.get("Volumes") or {})


def test_needs_no_shell(found: dict[str, Any]) -> None:
    assert not found["shell_runs"], "the tests should have taken it away"


def test_is_configured_for_production(container: Container) -> None:
    config = container.config

    assert config["Cmd"][0] in ("serve", "train")
    assert not config.get("Entrypoint")
    assert config["User"].isdecimal()
    assert int(config["User"]) > 0
    assert {"title", "description", "licenses", "source"} <= {
        name.removeprefix("org.opencontainers.image.") for name in config["Labels"]
    }


def test_size(kind: str, found: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    megabytes = found["size"] / 1e6
    with capsys.disabled():
        print(f"[{kind}: the environment has {megabytes:,.0f} MB]", end=" ")  # noqa: T201

    if kind == "serving":
        assert megabytes <= 250
