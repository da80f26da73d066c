"""The command `serve`. What is slow to import is imported by the workers, side by side."""

import errno
import functools
import os
import signal
import socket
from pathlib import Path
from typing import Any

import click

from mnist_core.cli import INTERRUPTED, Command
from mnist_core.errors import ServeError
from mnist_core.sizes import MAX_PIXELS
from mnist_serve.loading import find
from mnist_serve.metrics import Metrics
from mnist_serve.parameters import PROBABILITY, SECONDS
from mnist_serve.settings import MIN_CONFIDENCE, Settings
from mnist_serve.telling import tell

_BACKLOG = 1024  # connections that the kernel keeps until they are accepted

_EPILOG = """\b
Examples:
  serve                                     a page to draw on, at http://127.0.0.1:8000
  serve --port 0                            on any free port, which is printed
  MNIST_SERVE_API_KEY=secret serve --host 0.0.0.0    for others too, if they have the key
  serve --model runs/latest --workers 4
\b
  curl -F file=@photo.jpg http://127.0.0.1:8000/predict
  curl --data-binary @photo.jpg http://127.0.0.1:8000/predict

Every option can be set by the environment variable that its help names.
SIGTERM and Ctrl-C finish what was accepted and stop; a second one stops at once."""


_option = functools.partial(click.option, show_envvar=True)


def _not_empty(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Takes no empty key, which would be none: whoever sets one means to be safe."""
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty.", ctx, param)
    return value


def _positive(**bounds: Any) -> click.IntRange:
    return click.IntRange(min=1, **bounds)


@click.command(
    cls=Command,
    epilog=_EPILOG,
    context_settings={"auto_envvar_prefix": "MNIST_SERVE", "show_default": True},
)
@_option("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 for all.")
@_option("--port", default=8000, type=click.IntRange(0, 65_535), help="0 for any that is free.")
@_option("--workers", type=_positive(max=256), help="Processes that answer requests.  [default: one for each core]")
@_option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: the model that ships with mnist-serve]",
)
@_option("--api-key", callback=_not_empty, help="What clients must send; better set by the environment.")
@_option(
    "--min-confidence",
    default=MIN_CONFIDENCE,
    type=PROBABILITY,
    help="How probable a digit must be at least to be the answer; below, there is none.",
)
@_option("--max-body", default=16 * 2**20, type=_positive(), help="Bytes of a request's body, unpacked.")
@_option("--max-pixels", default=MAX_PIXELS, type=_positive(), help="Pixels of a picture.")
@_option("--max-batch", default=1024, type=_positive(), help="Images in one tensor.")
@_option(
    "--max-in-flight",
    default=64,
    type=_positive(),
    help="Requests that a worker takes at once; beyond, it answers 503.",
)
@_option(
    "--max-connections",
    default=1000,
    type=_positive(),
    help="Open connections of all workers; beyond, 503 is the answer.",
)
@_option("--request-timeout", default=10.0, type=SECONDS, help="Seconds that a request may take to arrive.")
@_option("--keep-alive", default=75.0, type=SECONDS, help="Seconds that a connection may stay idle.")
@_option(
    "--drain-timeout",
    default=8.0,
    type=SECONDS,
    help="Seconds that accepted requests have to finish when the server stops.",
)
@_option("--access-log/--no-access-log", default=True, help="A line of JSON on stderr for each request.")
@click.version_option(package_name="mnist-serve")
@click.pass_context
def serve(ctx: click.Context, /, workers: int | None, model: Path | None, **options: Any) -> None:
    """Serves a page to draw digits on, and an HTTP API.

    Needs no torch. The API is described at /docs; /v2 speaks the Open Inference Protocol, /metrics Prometheus's.
    """
    can_fork = hasattr(os, "fork")
    count = (workers or _cores()) if can_fork else 1
    settings = Settings(workers=count, **options)
    file = find(model)
    metrics = Metrics(count)
    with _listen(settings) as listener:
        where = _url(settings.host, listener.getsockname()[1])

        def announce(name: str) -> None:
            processes = f"{count} worker{'s' if count > 1 else ''}"
            tell(f"Serving {name} on {where} with {processes}. Press Ctrl-C to stop.")

        if not can_fork:
            from mnist_serve.worker import run_alone

            run_alone(listener, file, settings, metrics, announce)
            return

        from mnist_serve.supervisor import Supervisor

        stopped_by = Supervisor(listener, file, settings, metrics, announce).run()
    ctx.exit(INTERRUPTED if stopped_by == signal.SIGINT else 0)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _listen(settings: Settings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except socket.gaierror as error:
        raise ServeError(f"There is no address {host!r} to listen on: {error.strerror}.") from error
    except PermissionError as error:
        raise ServeError(f"Port {port} needs more rights than you have. Choose one above 1023 with --port.") from error
    except UnicodeError as error:
        raise ServeError(f"{host!r} is no host's name.") from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise ServeError(
                f"This machine has no address {host}. Use --host 127.0.0.1, or 0.0.0.0 for all that it has."
            ) from error
        raise ServeError(
            f"{host}:{port} can't be listened on: {os.strerror(error.errno or 0)}. Choose another --port (0 for any)."
        ) from error


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
