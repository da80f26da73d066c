"""What both commands have in common: fast help, a version, exit codes, no traceback."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mnist_core.cli import Command, percent, sureness
from mnist_core.errors import MnistError
from mnist_train.evaluate_command import evaluate
from mnist_train.train_command import train
from support import closing

COMMANDS = {"train": train, "evaluate": evaluate}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples(name: str, cli: CliRunner) -> None:
    result = cli.invoke(COMMANDS[name], ["--help"])

    assert result.exit_code == 0
    assert f"Examples:\n    uv run --package mnist-train {name} " in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_help_imports_nothing_slow(name: str) -> None:
    """What keeps `--help` under half a second is that it loads neither torch nor numpy."""
    program = (
        "import sys\n"
        f"from mnist_train.{name}_command import {name} as command\n"
        "command(['--help'], standalone_mode=False)\n"
        "print(sorted({'torch', 'numpy', 'onnxruntime', 'sklearn', 'PIL', 'tqdm'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_version_is_the_packages(name: str, cli: CliRunner) -> None:
    assert "version 0.1.0" in cli.invoke(COMMANDS[name], ["--version"]).output


@pytest.mark.parametrize("script", ["train", "evaluate"])
def test_console_scripts_are_installed(script: str) -> None:
    from importlib.metadata import entry_points

    (entry,) = entry_points(group="console_scripts", name=script)

    assert entry.load() is COMMANDS[script]


@pytest.mark.parametrize(
    ("error", "exit_code", "message"),
    [
        (MnistError("The cat sat on it."), 1, "Error: The cat sat on it.\n"),
        (OSError(28, "No space left on device", "runs/x"), 1, "Error: runs/x: No space left on device.\n"),
        (KeyboardInterrupt(), 130, "\nInterrupted.\n"),
        (click.UsageError("Which one?"), 2, "Error: Which one?\n"),
    ],
)
def test_problems_are_told_in_words(error: BaseException, exit_code: int, message: str, cli: CliRunner) -> None:
    @click.command(cls=Command)
    def fail() -> None:
        raise error

    result = cli.invoke(fail, [])

    assert result.exit_code == exit_code
    assert result.stderr.endswith(message)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_keep_no_command_from_its_work(closed: str) -> None:
    """And no file gets their numbers, into which somebody might write."""
    program = (
        "import sys, click\n"
        "from mnist_core.cli import Command\n"
        "@click.command(cls=Command)\n"
        "def work():\n"
        "    print(sys.stdout.isatty(), sys.stderr.isatty(), '█', file=sys.stderr)\n"
        "    with open('done', 'x') as file:\n"
        "        file.write(str(file.fileno()))\n"
        "work()\n"
    )
    done = subprocess.run(closing(closed, [sys.executable, "-c", program]), stderr=subprocess.PIPE, text=True)
    refused = subprocess.run(closing(closed, [sys.executable, "-c", program, "--how"]), stderr=subprocess.PIPE)

    assert done.returncode == 0, done.stderr
    assert int(Path("done").read_text()) > 2
    assert refused.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["simple"], " Did you mean --kind simple?"),
        (["runs/latest"], " Did you mean --model runs/latest?"),
        (["my run.onnx"], " Did you mean --model 'my run.onnx'?"),
        (["8080"], ""),
        (["endless" * 100], ""),
        (["simple", "runs/latest"], ""),
        (["--kind", "fast", "simple"], ""),
        (["--model", "runs/a", "runs/b"], ""),
    ],
)
def test_a_value_without_its_option_is_told_which_it_was_probably_meant_for(
    arguments: list[str], hint: str, cli: CliRunner
) -> None:
    @click.command(cls=Command)
    @click.option("--port", type=int)
    @click.option("--model", type=click.Path())
    @click.option("--kind", type=click.Choice(["simple", "fast"]))
    def read(**options: object) -> None:
        raise AssertionError("a surplus value was taken")

    result = cli.invoke(read, arguments)

    assert result.exit_code == 2
    error = result.stderr.splitlines()[-1]
    assert error.startswith("Error: Got unexpected extra argument")
    assert error.endswith(f"){'.' if hint else ''}{hint}")


def test_a_defect_of_ours_is_not_hidden(cli: CliRunner) -> None:
    @click.command(cls=Command)
    def fail() -> None:
        raise ZeroDivisionError

    assert isinstance(cli.invoke(fail, []).exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("fraction", "digits", "text"), [(0.99214, 2, "99.21 %"), (0.992, 1, "99.2 %"), (1, 2, "100.00 %")]
)
def test_percent(fraction: float, digits: int, text: str) -> None:
    assert percent(fraction, digits) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (1, "> 99.9 %"), (0.9995, "> 99.9 %"), (0.99949, "99.9 %"), (0.5, "50.0 %"), (0.0005, "0.1 %"),
        (0.00049, "< 0.1 %"), (0, "< 0.1 %"),
    ],
)  # fmt: skip
def test_no_probability_is_certain(probability: float, text: str) -> None:
    assert sureness(probability) == text
