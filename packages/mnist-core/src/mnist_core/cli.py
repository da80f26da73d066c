"""What all commands have in common: problems told in words, exit codes, messages on stderr.

Exit 0 done, 1 a problem with the input or the world, 2 a wrong command line, 130 interrupted (143 by SIGTERM).
"""

import errno
import io
import logging
import sys
from typing import Any

import click

from mnist_core.errors import MnistError

INTERRUPTED = 130


class Command(click.Command):
    """A click command that never shows a traceback for what the user can mend."""

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
            raise click.ClickException(f"{where}{error.strerror or error}.") from error


def percent(fraction: float, digits: int = 2) -> str:
    """A fraction as people read it: 0.99214 becomes "99.21 %"."""
    return f"{100 * fraction:.{digits}f} %"


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
