"""The promises of the workspace: one way of dependence, tools left out, locked for every platform."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = ("mnist-core", "mnist-train", "mnist-serve")
TOOLS = {
    "hypothesis", "ipykernel", "mypy", "nox", "playwright", "pytest", "pytest-cov", "ruff", "schemathesis",
    "torchvision", "tritonclient",
}  # fmt: skip


def exported(*options: str) -> set[str]:
    """The names of what `uv export` lists."""
    command = ["uv", "export", "--frozen", "--quiet", "--no-hashes", "--no-annotate", "--no-header", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = set()
    for line in done.stdout.splitlines():
        path = line.removeprefix("-e ").removeprefix("./packages/")
        names.add(path.split("==")[0].split("[")[0].strip())
    return names


def test_plain_sync_gives_a_developer_everything() -> None:
    assert exported() >= TOOLS | set(MEMBERS) | {"torch", "onnxruntime", "scikit-learn"}


def test_no_dev_leaves_the_tools_out_and_installs_the_members() -> None:
    names = exported("--no-dev")

    assert names >= set(MEMBERS)
    assert not names & TOOLS


def test_serving_installs_no_torch() -> None:
    names = exported("--no-dev", "--package", "mnist-serve")

    assert names == {
        "mnist-core", "mnist-serve", "click", "httptools", "msgspec", "multipart", "numpy", "pillow",
        "onnxruntime", "flatbuffers", "packaging", "protobuf",
    }  # fmt: skip


def test_training_does_not_install_serving() -> None:
    assert "mnist-serve" not in exported("--no-dev", "--package", "mnist-train")


def imported_modules(path: Path) -> set[str]:
    """The top-level packages that a module imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize(
    ("member", "forbidden"),
    [
        ("mnist-core", {"mnist_train", "mnist_serve"}),
        ("mnist-train", {"mnist_serve"}),
        ("mnist-serve", {"mnist_train", "torch", "torchvision"}),
    ],
)
def test_dependence_runs_one_way(member: str, forbidden: set[str]) -> None:
    modules = list((ROOT / "packages" / member / "src").rglob("*.py"))

    assert modules
    for module in modules:
        assert not imported_modules(module) & forbidden, module


def test_models_is_the_one_module_of_the_core_that_needs_torch() -> None:
    modules = (ROOT / "packages" / "mnist-core" / "src" / "mnist_core").glob("*.py")

    needy = {path.name for path in modules if imported_modules(path) & {"torch", "safetensors"}}

    assert needy == {"models.py"}


def test_reading_data_and_running_a_model_import_no_torch(small_run: Path, small_mnist: Path) -> None:
    program = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'sklearn'): sys.modules[name] = None\n"  # importing them fails
        "from pathlib import Path\n"
        "from mnist_core import datasets\n"
        "from mnist_core.classifier import Classifier\n"
        f"test = datasets.load('mnist', 'test', Path({str(small_mnist)!r}))\n"
        f"print(Classifier(Path({str(small_run)!r}))(test.images).shape)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout == "(200, 10)\n", done.stderr


@pytest.mark.parametrize("member", MEMBERS)
def test_members_declare_what_they_import(member: str) -> None:
    """What is there only because another package brings it can go away with that package."""
    project = described(member)
    extras = project.get("optional-dependencies", {}).values()
    declared = {
        re.split(r"[^\w.-]", requirement)[0] for some in (project["dependencies"], *extras) for requirement in some
    }
    provided_by = packages_distributions()

    modules = (ROOT / "packages" / member / "src").rglob("*.py")
    imported = set().union(*map(imported_modules, modules)) - set(sys.stdlib_module_names)
    needed = {name.lower() for module in imported for name in provided_by.get(module, [module.replace("_", "-")])}

    assert needed - {member} <= declared


@pytest.mark.parametrize("platform", ["manylinux", "macosx", "win_amd64"])
def test_the_lock_serves_every_platform(platform: str) -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    wheels = {
        package["name"]: [wheel["url"] for wheel in package["wheels"]]
        for package in lock["package"]
        if "wheels" in package
    }

    for name in ("torch", "onnxruntime", "numpy", "pillow", "onnx", "safetensors", "scikit-learn"):
        assert any(platform in url for url in wheels[name]), f"{name} has no wheel for {platform}"


def described(member: str) -> dict[str, Any]:
    """What a member's pyproject.toml says of it."""
    path = ROOT / "packages" / member / "pyproject.toml"
    project: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return project


@pytest.mark.parametrize("member", MEMBERS)
def test_members_name_every_python_that_they_are_tested_on(member: str) -> None:
    found = re.search(r"^OLDEST, NEWEST = \(3, (\d+)\), \(3, (\d+)\)$", (ROOT / "noxfile.py").read_text(), re.MULTILINE)
    assert found
    tested = {f"3.{minor}" for minor in range(int(found[1]), int(found[2]) + 1)}

    named = re.findall(r"Programming Language :: Python :: (3\.\d+)", "\n".join(described(member)["classifiers"]))

    assert set(named) == tested


@pytest.mark.parametrize("member", MEMBERS)
def test_the_members_describe_themselves(member: str) -> None:
    folder = ROOT / "packages" / member
    project = described(member)

    assert project["license"] == "MIT"
    assert project["urls"].keys() >= {"Homepage", "Issues", "Changelog"}
    assert "Typing :: Typed" in project["classifiers"]
    assert (folder / "src" / member.replace("-", "_") / "py.typed").exists()
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert project["requires-python"] == ">=3.11"


def test_every_script_has_a_lock() -> None:
    scripts = list((ROOT / "scripts").glob("*.py"))

    assert scripts
    for script in scripts:
        assert script.with_name(f"{script.name}.lock").exists()
