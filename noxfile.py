"""The task list: `uv run nox` runs it, `uv run nox -l` lists it, `uv run nox -s tests` runs one task.

Every session has an environment of its own, made from `uv.lock`.
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "tests", "docker"]

OLDEST, NEWEST = (3, 11), (3, 14)
ENGINES = ("docker", "podman", "buildah")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


def _sync(session: nox.Session, *groups: str) -> None:
    """Makes the session's environment exactly what the lock says, with the members and some dependency groups."""
    session.run_install(
        "uv", "sync", "--locked", "--no-default-groups", *groups, f"--python={session.virtualenv.location}",
        env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location},
    )  # fmt: skip


def _runs(engine: str) -> bool:
    # A client is often installed with no engine behind it: its version tells nothing, `info` does.
    return shutil.which(engine) is not None and _succeeds(engine, "info")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, env=os.environ).returncode == 0


@functools.cache
def _pythons() -> list[str]:
    """The supported Pythons that this machine has, without downloading one."""
    supported = [f"3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    return [version for version in supported if _succeeds("uv", "python", "find", "--no-python-downloads", version)]


def _network_settings() -> list[str]:
    """Options that let a build reach the network as this machine does; neither ends up in the image."""
    options = [f"--build-arg={name}" for name in os.environ if name.upper() in PROXIES]
    if certificates := os.environ.get("SSL_CERT_FILE"):
        options.append(f"--secret=id=ca-certificates,src={certificates}")
    return options


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, strict types, and locks that are up to date."""
    _sync(session, "--group", "dev")  # types are checked against everything that is imported, the tests' tools too
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy", "packages", "tests", "scripts", "noxfile.py")
    session.run("uv", "lock", "--check", external=True)
    for lock in sorted([*Path("scripts").glob("*.py.lock"), *Path("tests").rglob("*.py.lock")]):
        session.run("uv", "lock", "--check", "--script", str(lock.with_suffix("")), external=True)


@nox.session(python=_pythons())
def tests(session: nox.Session) -> None:
    """The tests on every supported Python that is found, the oldest with branch coverage; arguments go to pytest."""
    _sync(session, "--group", "test")
    options = ["--ignore=tests/container"]  # those have a session of their own
    if not session.posargs:
        if session.python == _pythons()[0]:
            options += ["--cov", "--cov-report=term", "--cov-fail-under=90"]
        else:
            options.append("--ignore=tests/serve/test_page.py")  # a browser does not see which Python serves it
    session.run("pytest", *options, *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """The tests that take minutes each; not among those that run by default."""
    _sync(session, "--group", "test")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session(python=False)
def docker(session: nox.Session) -> None:
    """The --no-dev container images, built and tried out with docker, podman or buildah."""
    engine = next((name for name in ENGINES if _runs(name)), None)
    if engine is None:
        session.skip(f"no container engine runs here (looked for {', '.join(ENGINES)})")
    # Docker's image format, as the other one has no health checks. No layers, as their cache does not see that what was
    # mounted into a step has changed.
    options = [] if engine == "docker" else ["--format", "docker", "--layers=false"]
    for target in ("train", "serve"):
        image = ["--target", target, "--tag", f"mnist-{target}"]
        session.run(engine, "build", *options, *_network_settings(), *image, ".")
    session.run("uv", "run", "--locked", "pytest", "tests/container", env={"MNIST_TEST_ENGINE": engine})
