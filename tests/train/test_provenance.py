"""Where a model comes from is said only when it is known."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from mnist_train import provenance


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one committed module, which provenance takes for itself."""
    module = tmp_path / "checkout" / "module.py"
    module.parent.mkdir()
    module.write_text("# one\n")
    monkeypatch.setattr(provenance, "__file__", str(module))
    for arguments in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "one"],
    ):
        subprocess.run(["git", *arguments], cwd=module.parent, check=True)
    return module


def test_the_commit_is_gits(checkout: Path) -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout.parent, capture_output=True, text=True)

    assert provenance.git_commit() == head.stdout.strip()


def test_a_changed_checkout_is_dirty(checkout: Path) -> None:
    checkout.write_text("# two\n")

    assert (provenance.git_commit() or "").endswith("-dirty")


def test_somebody_elses_checkout_is_not_ours(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = checkout.parent / ".venv" / "module.py"
    installed.parent.mkdir()
    installed.touch()
    monkeypatch.setattr(provenance, "__file__", str(installed))

    assert provenance.git_commit() is None


def test_without_git_there_is_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert provenance.git_commit() is None


def test_the_versions_are_those_installed() -> None:
    found = provenance.versions()

    assert found["torch"] == version("torch")
    assert found.keys() >= {"python", "numpy", "onnx", "mnist-core", "mnist-train"}
