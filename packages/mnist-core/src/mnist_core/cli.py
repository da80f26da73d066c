"""What all commands have in common: problems told in words, exit codes, messages on stderr.

Exit 0 done, 1 a problem with the input or the world, 2 a wrong command line, 130 interrupted (143 by SIGTERM).
"""

import errno
import io
import logging
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from mnist_core.errors import MnistError, in_words

INTERRUPTED = 130
_HARDLY = 0.0005  # a probability that would be rounded to none
_STDERR = 2  # the last of the standard streams


class _Telling(click.Command):
    """What never shows a traceback for what the user can mend."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Runs the command line, also where the caller closed some of the standard streams (`2>&-`)."""
        if None in (sys.stdin, sys.stdout, sys.stderr):
            _open_closed_streams()
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command and turns problems into messages and exit codes."""
        _log_to_stderr()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a character that a terminal or file can't take is no problem
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except MnistError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of our output went away; click knows what to do
                raise
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{where}{in_words(error)}.") from error


class Command(_Telling):
    """A command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Reads the command line; of a value that stands alone, says which option it was probably meant for."""
        ctx.allow_extra_args = True  # they are refused here
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            meant = _meant(ctx, extra[0]) if len(extra) == 1 else None
            hint = f". Did you mean {meant} {shlex.quote(extra[0])}?" if meant else ""
            ctx.fail(f"Got unexpected extra argument{'s' if len(extra) > 1 else ''} ({' '.join(extra)}){hint}")
        return extra


class Group(_Telling, click.Group):
    """Several commands."""


def _meant(ctx: click.Context, value: str) -> str | None:
    """The option that was probably forgotten before a value: one that has this choice, or --model before a path."""
    for option in ctx.command.params:
        if ctx.get_parameter_source(str(option.name)) is not ParameterSource.DEFAULT:
            continue
        if isinstance(option.type, click.Choice) and value in option.type.choices:
            return option.opts[0]
        if option.name == "model" and isinstance(option.type, click.Path) and _seems_a_path(value):
            return option.opts[0]
    return None


def _seems_a_path(value: str) -> bool:
    try:
        return len(Path(value).parts) > 1 or value.endswith(".onnx") or Path(value).is_dir()
    except OSError:  # it is longer than a name may be
        return False


def percent(fraction: float, digits: int = 2) -> str:
    """A fraction as people read it: 0.99214 becomes "99.21 %"."""
    return f"{100 * fraction:.{digits}f} %"


def sureness(probability: float) -> str:
    """A probability as people read it: what is nearly certain is not said to be certain, nor the nearly impossible."""
    if probability >= 1 - _HARDLY:
        return "> 99.9 %"
    return "< 0.1 %" if probability < _HARDLY else percent(probability, digits=1)


def _open_closed_streams() -> None:
    """Lets what is written to closed streams go nowhere, instead of failing at the None that Python has for them.

    The system would give a closed stream's number to the next file or socket, and whoever writes by the number, as
    onnxruntime and `serve` do to stderr, would write into that.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open("w", encoding="utf-8", errors="replace")  # noqa: SIM115 - for good
            setattr(sys, name, stream)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    logger = logging.getLogger("mnist_core")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        prefix = "Warning: " if record.levelno >= logging.WARNING else ""
        return prefix + record.getMessage()
