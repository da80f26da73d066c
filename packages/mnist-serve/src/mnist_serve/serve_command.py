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

_KEY_VARIABLE = "MNIST_SERVE_API_KEY"
_BACKLOG = 1024  # connections that the kernel keeps until they are accepted

_EPILOG = """\b
Examples:
  uv run --package mnist-serve serve            # http://127.0.0.1:8000
  uv run --package mnist-serve serve --port 0   # on a free port, which it prints
  uv run --package mnist-serve serve --model runs/latest --workers 4
\b
  For other machines too, if they send the key:
  MNIST_SERVE_API_KEY=secret uv run --package mnist-serve serve --host 0.0.0.0
\b
  While it runs:
  curl -F file=@docs/seven.jpg http://127.0.0.1:8000/predict
  curl --data-binary @docs/seven.jpg http://127.0.0.1:8000/predict

Every option can also be set by the environment variable named beside it.
On SIGTERM or Ctrl-C, accepted requests are finished first; a second one stops at once.

In an activated .venv and in the container, `serve` alone will do."""


_option = functools.partial(click.option, show_envvar=True)


def _key(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Takes a key that clients can send; not an empty one, which would be none: whoever sets one means to be safe."""
    key = os.environ.get(_KEY_VARIABLE) if value is None else value  # click takes an empty variable for none
    if key is None:
        return None
    key = key.strip()  # secrets that are mounted as files end in a line's end, which no header can have
    if not key:
        raise click.BadParameter("it is empty. Leave it out for a server without a key.", ctx, param)
    if not (key.isascii() and key.isprintable()):
        raise click.BadParameter("a key has only printable characters of ASCII.", ctx, param)
    return key


def _positive(**bounds: Any) -> click.IntRange:
    return click.IntRange(min=1, **bounds)


@click.command(
    cls=Command,
    epilog=_EPILOG,
    context_settings={"auto_envvar_prefix": "MNIST_SERVE", "show_default": True},
)
@_option("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 means all.")
@_option("--port", default=8000, type=click.IntRange(0, 65_535), help="Port to listen on; 0 picks a free one.")
@_option("--workers", type=_positive(max=256), help="Processes that answer requests.  [default: one per core]")
@_option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: the model that ships with mnist-serve]",
)
@_option(
    "--api-key",
    envvar=_KEY_VARIABLE,
    callback=_key,
    help="Key that clients must send; safer in the environment variable.",
)
@_option(
    "--min-confidence",
    default=MIN_CONFIDENCE,
    type=PROBABILITY,
    help='The least probability that makes a digit the answer; below it, the answer is "no digit".',
)
@_option("--max-body", default=16 * 2**20, type=_positive(), help="Most bytes of a request's body, unpacked.")
@_option("--max-pixels", default=MAX_PIXELS, type=_positive(), help="Most pixels of a picture.")
@_option("--max-batch", default=1024, type=_positive(), help="Most images in one tensor.")
@_option(
    "--max-in-flight",
    default=64,
    type=_positive(),
    help="Most requests that a worker handles at once; it answers any more with 503.",
)
@_option(
    "--max-connections",
    default=1000,
    type=_positive(),
    help="Most open connections, over all workers; any more get 503.",
)
@_option(
    "--request-timeout",
    default=10.0,
    type=SECONDS,
    help="Seconds that a request may take to arrive, plus one for every 32 KiB of its body.",
)
@_option("--keep-alive", default=75.0, type=SECONDS, help="Seconds that a connection may stay idle.")
@_option(
    "--drain-timeout",
    default=8.0,
    type=SECONDS,
    help="Seconds that accepted requests have to finish when the server stops.",
)
@_option("--access-log/--no-access-log", default=True, help="Log each request as a line of JSON on stderr.")
@click.version_option(package_name="mnist-serve")
@click.pass_context
def serve(ctx: click.Context, /, workers: int | None, model: Path | None, **options: Any) -> None:
    """Serves a page to draw digits on, and an HTTP API.

    No torch needed. /docs describes the API, /v2 speaks the Open Inference Protocol, /metrics is for Prometheus.
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
        raise ServeError(f"{host!r} is not a host name.") from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise ServeError(
                f"This machine has no address {host}. Use --host 127.0.0.1, or 0.0.0.0 for all addresses."
            ) from error
        if error.errno == errno.EADDRINUSE:
            raise ServeError(
                f"Port {port} on {host} is already in use. Choose another with --port (0 picks a free one)."
            ) from error
        raise ServeError(f"Can't listen on {host}, port {port}: {os.strerror(error.errno or 0)}.") from error


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
