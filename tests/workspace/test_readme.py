"""The commands that README.md, CONTRIBUTING.md and the pages in docs/ tell their readers to type.

Run here: most of them, as they are written. Members' commands and scripts run inside this process, which has imported
torch already; a slow test runs the scripts, some of them again, through uv, in the environments that their locks
describe. Slow tests also run what changes an environment or needs the package registry. Data, runs, ports and the
number of epochs are ours.

Run elsewhere: what `ELSEWHERE` names, by the tests or tasks that it names. They run the same command, though some by
other paths.

Covered in part: what `IN_PART` names. Another test runs what matters of it, with other options or inside a process, and
nobody runs the whole.

Not run: what `NOT_RUN` names, and why.
"""

import contextlib
import functools
import importlib
import itertools
import json
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import distribution, entry_points, metadata
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import torch
from click.testing import CliRunner
from PIL import Image, ImageDraw

from serve.running import READY, Server, running, wait_for
from workspace import readme
from workspace.readme import ROOT, Command

BIN = Path(sys.executable).parent
SERVER = "127.0.0.1:8000"  # as README has it
BRIEFLY = ["--epochs", "2", "--device", "cpu"]  # of so few images, more are gone through than of MNIST

# Where a command is run: in which file, and what of that file does it.
_SERVE, _TRAIN = "tests/container/test_serve_image.py", "tests/container/test_train_image.py"
_EXPORT = "tests/workspace/test_export.py"
_REQUESTS = ("tests/scripts/test_benchmark_serving.py", "def test_load_sends_as_many_requests_as_it_is_told(")
_PEERS = ("tests/scripts/test_benchmark_training.py", "def test_peers_tell_of_their_epochs(")

ELSEWHERE = {
    "uv run nox": (".ci/run", "\nuv run nox --stop-on-first-error\n"),
    "uv run nox -s slow": (".ci/run", "\nuv run nox -s slow\n"),
    "uv run nox -s lint": ("noxfile.py", 'sessions = ["lint", "tests", "docker"]'),  # as part of `uv run nox`
    "uv run nox -s docker": ("noxfile.py", 'sessions = ["lint", "tests", "docker"]'),
    "pip install --require-hashes -r requirements.txt": (_EXPORT, '"--require-hashes", "-r", str(requirements)'),
    "pip install --no-deps packages/mnist-core packages/mnist-serve": (_EXPORT, '"--no-deps", *members'),
}

IN_PART = {
    "pip install uv": (".ci/run", "install --quiet uv\n"),  # where uv is missing
    "uv run nox -s tests -- tests/train -k export": ("noxfile.py", '"pytest", *options, *session.posargs'),
    # Which runs these tests, without `uv run`.
    "uv run pytest tests/core": (".ci/run", "\nuv run nox --stop-on-first-error\n"),
    "uv run scripts/benchmark_serving.py --model RUN": _REQUESTS,
    "uv run scripts/benchmark_serving.py --model RUN --soak 100000": _REQUESTS,
    "uv run scripts/benchmark_training.py": _PEERS,
    "uv run scripts/benchmark_training.py --seeds 7 --best 0": _PEERS,
    "pip install -r requirements.txt": (_EXPORT, '"--dry-run",\n'),
    "docker build -t mnist-serve .": ("noxfile.py", 'for target in ("train", "serve")'),
    "docker build -t mnist-train --target train .": ("noxfile.py", 'for target in ("train", "serve")'),
    "docker run --rm -p 8000:8000 mnist-serve": (_SERVE, "def test_server_reads_a_picture("),
    "docker run --rm -i mnist-serve predict - < docs/seven.jpg": (_SERVE, "def test_predict_reads_standard_input("),
    "docker run --rm -p 8000:8000 --read-only --user 12345:0 --cap-drop ALL -e MNIST_SERVE_API_KEY=secret mnist-serve":
        ("tests/container/engines.py", 'USER = "12345:0"'),
    "docker run --rm -v mnist-data:/data -v mnist-runs:/runs mnist-train": (_TRAIN, "training.run(timeout"),
    "docker run --rm -v mnist-data:/data -v mnist-runs:/runs mnist-train evaluate": (_TRAIN, 'run("evaluate"'),
    "docker run --rm -p 8000:8000 -v mnist-runs:/runs:ro -e MNIST_SERVE_MODEL=/runs/latest mnist-serve":
        (_SERVE, "def test_server_reads_a_picture("),
}  # fmt: skip

NOT_RUN = {
    "curl -LsSf https://astral.sh/uv/install.sh | sh": "it would change the machine, by a program from the network",
    "git clone https://github.com/mnist-classifier/mnist-classifier": "the tests are in the clone",
    "cd mnist-classifier": "the tests are in the clone",
}


# Scripts that take long, which are run through uv alone.
SLOW = {"draw_non_digits.py", "draw_scenes.py", "ablate.py"}


def kind(command: Command) -> str:
    """Which of the tests below runs a command; empty for none."""
    match command.text.split():
        case _ if command.text in {*ELSEWHERE, *IN_PART, *NOT_RUN}:
            return "not here"
        case ["uv", "run", "--package", *rest]:
            words = rest[3:] if rest[1] == "--extra" else rest[1:]
            return {"serve": "serve", "torchrun": "torchrun", "tensorboard": "tensorboard"}.get(words[0], "ours")
        case ["uv", "run", script, *_] if script.startswith("scripts/") and (ROOT / script).exists():
            return "slow script" if Path(script).name in SLOW else "ours"
        case ["uv", "run", "nox", "-l"]:
            return "list of tasks"
        case ["uv", "run", "--with", *_]:
            return "borrowed"
        case ["uv", "lock", "--check"] | ["uv", "tree" | "export", *_]:
            return "uv alone"
        case ["uv", "sync" | "add" | "remove" | "lock" | "init", *_] | ["uv", "run", "scripts/count.py"]:
            return "uv with registry"
        case ["curl", *_]:
            return "request"
        case ["source" | "eval", *_]:
            return "shell"
    return ""


COMMANDS = readme.commands()


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    """Runs a test with each of the commands of a kind; with the one that has output, where two are the same."""
    found: dict[str, Command] = {}
    for command in COMMANDS:
        if kind(command) in kinds and (command.text not in found or command.output):
            found[command.text] = command
    return pytest.mark.parametrize("command", found.values(), ids=found)


def test_it_is_known_what_runs_each_command() -> None:
    """A new one that fails here needs a `kind`, and a test of it, or a place in one of the lists above."""
    assert len(COMMANDS) > 50
    assert [command.text for command in COMMANDS if not kind(command)] == []


@pytest.mark.parametrize("text", ELSEWHERE | IN_PART)
def test_what_runs_it_elsewhere_is_there(text: str) -> None:
    path, what = (ELSEWHERE | IN_PART)[text]

    assert what in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [*ELSEWHERE, *IN_PART, *NOT_RUN])
def test_nothing_is_listed_that_no_page_has(text: str) -> None:
    assert text in {command.text for command in COMMANDS}


@pytest.mark.parametrize(("page", "link"), readme.links(), ids=lambda part: getattr(part, "name", part))
def test_a_link_leads_somewhere(page: Path, link: str) -> None:
    """To a file of the project, or a picture, and to a heading in it if it names one."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page

    assert target.exists()
    assert not anchor or anchor in readme.anchors(target)


# --- what the commands find

SEVEN = ((60, 60), (140, 60), (95, 150))


@pytest.fixture(scope="module")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures that the pages name: the project's own seven, sevens in pen on paper, and blank paper."""
    folder = tmp_path_factory.mktemp("drawings")
    (folder / "scans").mkdir()
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "seven.jpg", folder / "docs")
    for name, digit in {"photo.jpg": 7, "scans/one.png": 7, "scans/blank.png": None}.items():
        picture = Image.new("RGB", (200, 200), "white")
        if digit:
            ImageDraw.Draw(picture).line(SEVEN, fill="navy", width=12, joint="curve")
        picture.save(folder / name)
    return folder


@pytest.fixture
def project(drawings: Path, small_mnist: Path, small_run: Path, tmp_path: Path) -> Path:
    """A folder to work in, which is the current one: pictures, data, a run, and the packages."""
    shutil.copytree(drawings, tmp_path, dirs_exist_ok=True)
    (tmp_path / "data").symlink_to(small_mnist)
    (tmp_path / "packages").symlink_to(ROOT / "packages")
    run = Path(shutil.copytree(small_run, tmp_path / "runs" / "20261122-154532-simple"))
    (tmp_path / "runs" / "latest").symlink_to(run.name)
    return tmp_path


def label(folder: Path) -> None:
    """Makes a folder of labelled pictures: the pages' own example of one, and a mistake to show."""
    if folder.name != "scans":
        shutil.copytree("scans", folder / "scans")
        shutil.copy("photo.jpg", folder)
        (folder / "labels.csv").write_text(readme.labels())
    else:
        (folder / "labels.csv").write_text("file,label,writer\none.png,1,ben\n")
    if folder.name in ("non-digits", "scenes"):
        (folder / "labels.csv").write_text("file,label,kind\nscans/blank.png,-,blank paper\n")


# --- the members' commands and the scripts, in this process, which has imported torch already


def program(words: list[str]) -> tuple[Callable[[], object], list[str]]:
    """What `uv run …` starts, and its words, found without uv: that would change the checkout's environment."""
    if words[2] != "--package":
        return functools.partial(runpy.run_path, str(ROOT / words[2]), run_name="__main__"), words[2:]
    package, words = words[3], words[4:]
    if words[0] == "--extra":
        assert words[1] in (metadata(package).get_all("Provides-Extra") or [])
        words = words[2:]
    (entry,) = distribution(package).entry_points.select(group="console_scripts", name=words[0])
    return entry.load(), words


class Done(NamedTuple):
    """The end of a command: its exit code, what a pipe or file got or else stdout, and all that a terminal showed."""

    code: object
    result: str
    printed: str


def perform(command: Command, *more: str) -> Done:
    """Runs a command of ours, with more options, as a shell on a terminal does."""
    words = command.words
    end = min((words.index(sign) for sign in "<>|" if sign in words), default=len(words))
    sign, *target = words[end:] or [""]
    start, given = program([*words[:end], *more])
    arguments = [name for word in given for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
    standard_input = Path(target[0]).read_bytes() if sign == "<" else b""

    with CliRunner().isolation(standard_input) as (out, _, shown), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", arguments)
        patch.setattr(sys.stdout, "isatty", lambda: sign in ("", "<"))
        with pytest.raises(SystemExit) as ended:
            start()
        sys.stdout.flush()
        result, printed = out.getvalue().decode(), shown.getvalue().decode()

    if sign == ">":
        Path(target[0]).write_text(result)
    if sign == "|" and shutil.which(target[0]):
        result = subprocess.run(target, input=result, capture_output=True, text=True, check=True).stdout
    return Done(ended.value.code or 0, result, printed)


@pytest.fixture
def unchanged_threads() -> Iterator[None]:
    """Whatever a training does to this process's number of threads is undone."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@of_kind("ours")
def test_it_runs(command: Command, project: Path, unchanged_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(click, "launch", shown.append)
    words = command.words
    label_what_is_scored(words, project)
    if "--resume" in words:
        interrupt(next(other for other in COMMANDS if f"--output {words[-1]}" in other.text), monkeypatch)

    done = perform(command, *(BRIEFLY if "train" in words and "--resume" not in words else []))

    assert done.code == 0, done.printed
    assert done.result
    if "--json" in words and "|" not in words:
        assert all(isinstance(json.loads(line), dict) for line in done.result.splitlines())
    missing = next(lines_missing(command.output, done.printed), None)
    assert missing is None, f"{command.section} says that it prints {missing!r}. It prints:\n{done.printed}"
    for name in re.findall(r"\b[\w-]+/[\w.-]+\.png", command.comment):
        assert Path(name).is_file()
    assert bool(shown) == ("--show" in words)


def label_what_is_scored(words: list[str], folder: Path) -> None:
    """Makes the folders of labelled pictures that a command scores."""
    if words[2] in ("scripts/score.py", "scripts/ablate.py"):
        for name in words[3 : next((n for n, word in enumerate(words) if word.startswith("--")), None)]:
            if not (folder / name / "labels.csv").exists():
                label(folder / name)


def interrupt(training: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a training, and presses Ctrl-C in its second epoch."""
    cross_entropy, updates = torch.nn.functional.cross_entropy, itertools.count()

    def interrupted(*arguments: Any, **options: Any) -> torch.Tensor:
        if next(updates) == 7:
            signal.raise_signal(signal.SIGINT)
        return cross_entropy(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.functional, "cross_entropy", interrupted)
        done = perform(training, *BRIEFLY)
    assert done.code == 130, done.printed


def lines_missing(said: Iterable[str], printed: str) -> Iterator[str]:
    """The lines that a page has and a run has not, after those before; `…` stands for any."""
    lines = iter(printed.splitlines())
    for line in said:
        if line.strip() not in ("", "…") and not any(map(readme.shape(line).fullmatch, lines)):
            yield line


@pytest.mark.parametrize("name", ["train", "evaluate", "predict", "serve", "benchmark_serving", "benchmark_training"])
def test_options_that_are_named_are_there(name: str) -> None:
    """Those in the text, as in `train --model best`, and those of what takes too long to run."""
    module = importlib.import_module(
        name
        if name.startswith("benchmark")
        else next(entry.module for entry in entry_points(group="console_scripts", name=name))
    )
    command: click.Command = module.main if name.startswith("benchmark") else getattr(module, name)
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}

    said = readme.spans(name) + [command.text for command in COMMANDS if f"scripts/{name}.py" in command.text]

    assert said
    assert {option for span in said for option in re.findall(r"--[\w-]+", span)} <= known


# --- the server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of README's first minute."""
    command = next(command for command in COMMANDS if kind(command) == "serve")
    with running(*command.words[5:]) as started:
        yield started


@of_kind("serve")
def test_the_server_starts_and_says_where_it_is(command: Command, server: Server) -> None:
    said = READY.fullmatch("".join(command.output))

    assert program(command.words)[1] == ["serve"]
    assert said
    assert said[1] == server.model
    assert said[2] == f"http://{SERVER}"


@of_kind("request")
def test_the_server_answers(command: Command, server: Server, project: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not on PATH")
    words = [word.replace(SERVER, f"127.0.0.1:{server.port}") for word in command.words]

    done = subprocess.run([*words, "--silent", "--show-error", "--noproxy", "*"], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["digit"] == 7


@pytest.mark.parametrize("block", readme.blocks("python"))
def test_python_runs(block: str, server: Server, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("block.py").write_text(block.replace(SERVER, f"127.0.0.1:{server.port}"))

    runpy.run_path("block.py")

    numbers = [float(number) for number in re.findall(r"\d[\d.e+-]*", capsys.readouterr().out)]
    assert numbers
    assert all(0 <= number <= 1 for number in numbers)


@pytest.mark.parametrize("variable", re.findall(r"-e (MNIST_SERVE_\w+=\S+)", "\n".join(IN_PART)))
def test_a_container_takes_its_variables(variable: str, project: Path) -> None:
    name, value = variable.split("=")

    with running("--workers", "1", **{name: value.removeprefix("/")}) as started:
        if name.endswith("API_KEY"):
            answers = [started.get("/metrics", X_API_Key=key).status for key in ("another", value)]
            assert answers == [401, 200]
        else:
            assert started.model == "SimpleCNN (MNIST)"


# --- the shell, the tasks and the image


def test_a_shell_completes() -> None:
    """After all lines of that block, in bash."""
    block = [command.text for command in COMMANDS if kind(command) == "shell"]
    version = subprocess.run(["bash", "-c", "echo $BASH_VERSION"], capture_output=True, text=True).stdout
    if tuple(map(int, version.split(".")[:2])) < (4, 4):
        pytest.skip("bash is older than 4.4")
    Path(".venv").symlink_to(sys.prefix)

    names = [text.split()[-1].strip(')"') for text in block if text.startswith("eval")]
    script = "\n".join(["set -e", *block, f"complete -p {' '.join(names)}"])
    done = subprocess.run(["bash", "--noprofile", "--norc", "-c", script], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert sorted(names) == ["evaluate", "predict", "serve", "train"]
    assert len(done.stdout.splitlines()) == 4


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_complete(shell: str) -> None:
    """The programs print what those shells take; the shells themselves are asked where they are."""
    (block,) = readme.blocks(shell)
    Path(".venv").symlink_to(sys.prefix)

    names = re.findall(rf"_([A-Z]+)_COMPLETE={shell}_source (\w+)", block)

    assert sorted(name for _, name in names) == ["evaluate", "predict", "serve", "train"]
    for variable, name in names:
        assert variable == name.upper()
        environment = {**os.environ, f"_{variable}_COMPLETE": f"{shell}_source"}
        done = subprocess.run([str(BIN / name)], env=environment, capture_output=True, text=True, check=True)
        assert f"_{name}_completion" in done.stdout
    if shutil.which(shell):
        lines = [line for line in block.splitlines() if line != "uv sync"]
        ask = {"zsh": 'print -l "${(@k)_comps}"', "fish": "complete"}[shell]  # what is completed, a line each
        command = {"zsh": ["zsh", "-f", "-e", "-c"], "fish": ["fish", "--no-config", "-c"]}[shell]
        done = subprocess.run([*command, "\n".join([*lines, ask])], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        for _, name in names:
            assert re.search(rf"^{name}$|complete .*{name}_completion", done.stdout, re.MULTILINE)


@of_kind("list of tasks")
def test_the_tasks_are_those_listed(command: Command) -> None:
    nox = shutil.which("nox", path=os.pathsep.join([str(BIN), os.environ["PATH"]]))
    if not nox:
        pytest.skip("nox is not installed")

    done = subprocess.run([nox, "-l"], cwd=ROOT, capture_output=True, text=True, check=True)

    listed = re.findall(r"^[*-] .*", done.stdout, re.MULTILINE)
    versions = re.compile(r"-3\.\d+")
    assert {versions.sub("", line) for line in listed} == {
        versions.sub("", line) for line in command.output if line.startswith(("* ", "- "))
    }


def test_the_image_is_built_by_what_is_shown_of_it() -> None:
    shown = re.findall(r"uv sync [^#\n]*[^#\s]", "".join(readme.blocks("dockerfile")))
    built = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert len(shown) == 2
    assert all(f"\n    {command}\n" in built for command in shown)


def test_the_index_for_torch_is_for_packages_of_the_lock_alone() -> None:
    """That index is in the network, so this is as far as a test goes."""
    (block,) = readme.blocks("toml")
    settings = tomllib.loads(block)["tool"]["uv"]
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))

    assert settings["sources"].keys() <= {package["name"] for package in lock["package"]}
    assert {source["index"] for source in settings["sources"].values()} == {one["name"] for one in settings["index"]}
    assert all(index["explicit"] for index in settings["index"])


# --- uv, in a copy of the workspace


def copy_of_the_workspace(folder: Path) -> Path:
    """What uv looks at."""
    folder.mkdir(exist_ok=True)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", "dist")
    for name in ("pyproject.toml", "uv.lock", ".python-version", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("packages", "scripts", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=unwanted)
    return folder


def uv(words: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs uv with an environment inside the folder, whatever it was told about others."""
    settings = {"UV_PROJECT_ENVIRONMENT": ".venv", "UV_PYTHON": sys.executable, **environment}
    return subprocess.run(words, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to read."""
    return copy_of_the_workspace(tmp_path_factory.mktemp("workspace"))


@of_kind("uv alone")
def test_uv_runs_without_network(command: Command, workspace: Path, tmp_path: Path) -> None:
    done = uv(command.words, workspace, UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "cache"))

    assert done.returncode == 0, done.stderr
    if "--output-file" in command.words:
        assert "onnxruntime==" in (workspace / command.words[-1]).read_text()
    assert (workspace / "uv.lock").read_bytes() == (ROOT / "uv.lock").read_bytes()


@pytest.fixture(scope="module")
def registry(workspace: Path) -> None:
    """Skips what needs the package registry where none can be reached."""
    probe = ["uv", "lock", "--dry-run", "--upgrade-package", "click", "--refresh-package", "click"]
    if uv(probe, workspace, UV_HTTP_RETRIES="0", UV_HTTP_TIMEOUT="5").returncode:
        pytest.skip("no package registry can be reached")


@pytest.fixture
def changing(tmp_path: Path, registry: None) -> Iterator[Path]:
    """A copy to change, with the package registry at hand."""
    yield copy_of_the_workspace(tmp_path / "workspace")
    shutil.rmtree(tmp_path / "workspace")  # it has torch in it


def sections() -> list[str]:
    """Those with commands of uv that need the registry; not where another section has them all."""
    found: dict[str, set[str]] = {}
    for command in COMMANDS:
        if kind(command) == "uv with registry":
            found.setdefault(command.section, set()).add(command.text)
    return [name for name, texts in found.items() if not any(texts < others for others in found.values())]


@pytest.mark.slow
@pytest.mark.parametrize("section", sections())
def test_uv_does_what_a_section_says(section: str, changing: Path) -> None:
    """All commands of uv in a section, one after the other."""
    for command in COMMANDS:
        if command.section == section and kind(command).startswith("uv"):
            done = uv(command.words, changing)

            assert done.returncode == 0, f"{command.text}: {done.stderr}"
            if command.text in MEANT:
                MEANT[command.text](changing)
    assert uv(["uv", "lock", "--check"], changing).returncode == 0


# What is run of a script beside what the pages have: what imports something that nothing else does.
MORE = {"visualize": ["samples --dataset digits", "augmentations --dataset digits"]}


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted((ROOT / "scripts").glob("*.py")), ids=lambda script: script.stem)
def test_a_script_runs_in_an_environment_of_its_own(script: Path, project: Path, registry: None) -> None:
    """Through uv, as the pages say: a package that a script imports, and does not name at its top, is not there.

    Of benchmarks, only the help. What opens a window is run without that.
    """
    lines = ["--help", *MORE.get(script.stem, [])]
    for command in COMMANDS:
        if kind(command) in ("ours", "slow script") and f"scripts/{script.name}" in command.words:
            label_what_is_scored(command.words, project)
            lines.append(command.text.split(script.name)[1].replace("--show", ""))

    for line in dict.fromkeys(lines):
        done = uv(["bash", "-c", f"uv run --locked {script} {line}"], project)

        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert done.stdout


def has(folder: Path, package: str) -> bool:
    """Whether a workspace's environment has a package."""
    return any((folder / ".venv").rglob(f"site-packages/{package}"))


def no_torch(folder: Path) -> None:
    assert has(folder, "onnxruntime")
    assert not has(folder, "torch")


def members_alone(folder: Path) -> None:
    assert has(folder, "torch")
    assert not has(folder, "pytest")


def everything(folder: Path) -> None:
    assert has(folder, "torch")
    assert has(folder, "pytest")


def older(folder: Path) -> None:
    assert 'name = "onnxruntime"\nversion = "1.31.0"' in (folder / "uv.lock").read_text()


def locked_script(folder: Path) -> None:
    assert (folder / "scripts/count.py.lock").is_file()


# What has come of a command, where it is more than that it succeeds.
MEANT: dict[str, Callable[[Path], None]] = {
    "uv sync": everything,
    "uv sync --no-dev": members_alone,
    "uv sync --no-dev --package mnist-serve": no_torch,
    "uv remove --package mnist-serve humanize": no_torch,
    "uv lock --upgrade-package onnxruntime==1.31.0": older,
    "uv lock --script scripts/count.py": locked_script,
}


# --- what goes on until it is stopped, and several processes


@contextlib.contextmanager
def started(words: list[str], pattern: str, cwd: Path, **environment: str) -> Iterator[str]:
    """A server in a process of its own, for a block's length; gives what it said where the pattern has brackets."""
    with (cwd / "log").open("w+") as log:
        process = subprocess.Popen(
            words, cwd=cwd, stdout=log, stderr=log, start_new_session=True, env={**os.environ, **environment}
        )
        try:
            written = functools.partial((cwd / "log").read_text)
            said = wait_for(lambda: re.search(pattern, written()) or process.poll() is not None, patience=300)
            assert isinstance(said, re.Match), written()
            yield said[1]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def asked(url: str) -> Any:
    """JSON from a server of this machine, past any proxy; some say where they are just before they listen."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def body() -> bytes | None:
        try:
            with opener.open(url, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                return None
            raise

    return json.loads(wait_for(body))


@pytest.mark.slow
@of_kind("tensorboard")
def test_tensorboard_shows_the_runs(command: Command, project: Path) -> None:
    training = next(other for other in COMMANDS if other.text.endswith("train --tensorboard"))
    assert perform(training, *BRIEFLY).code == 0
    words = [str(BIN / "tensorboard"), *command.words[7:], "--port=0"]

    with started(words, r"(http://\S+:\d+)/", project) as url:
        runs = asked(f"{url}/data/runs")

    assert runs


@pytest.mark.slow
@of_kind("borrowed")
def test_jupyter_is_borrowed(command: Command, changing: Path, tmp_path: Path) -> None:
    """The tour is there, and the environment has no Jupyter afterwards."""
    options = ["--no-browser", "--allow-root", "--port=0", "--ServerApp.port_retries=50"]
    environment = {
        name: str(tmp_path / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    environment |= {"UV_PROJECT_ENVIRONMENT": ".venv", "UV_PYTHON": sys.executable}

    ready = r"(http://localhost:\d+/lab\?token=\w+)"

    with started([*command.words, *options], ready, changing, **environment) as url:
        listing = asked(url.replace("/lab?", "/api/contents/notebooks?"))

    assert [entry["name"] for entry in listing["content"]] == ["tour.ipynb"]
    assert not has(changing, "jupyterlab")


@pytest.mark.slow
@of_kind("torchrun")
def test_torchrun_trains(command: Command, project: Path) -> None:
    """On several machines: as many launchers here, each told that it is another."""
    words = [str(BIN / "torchrun"), *command.words[5:], *BRIEFLY]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    machines = int(words[words.index("--nnodes") + 1]) if "--nnodes" in words else 1

    launchers = []
    for rank in range(machines):
        own = {"--node-rank": str(rank), "--master-addr": "127.0.0.1", "--master-port": port}
        line = [own.get(before, word) for before, word in zip(["", *words], words, strict=False)]
        launchers.append(
            subprocess.Popen(
                line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        )  # fmt: skip
    try:
        outputs = [launcher.communicate(timeout=200)[0] for launcher in launchers]
    finally:
        for launcher in launchers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(launcher.pid, signal.SIGKILL)

    assert [launcher.returncode for launcher in launchers] == [0] * machines, outputs
    processes = machines * int(words[words.index("--nproc-per-node") + 1])
    assert f"{processes} processes on cpu" in outputs[0]
