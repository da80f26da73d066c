"""A worker: the process that answers requests.

Its supervisor sends it open connections over a Unix socket, the channel. When the channel ends, because the supervisor
wants so or is dead, the worker finishes what it has and ends too: nobody is left behind.
"""

import asyncio
import contextlib
import gc
import io
import signal
import socket
from collections.abc import Callable
from functools import partial

from PIL import Image

from mnist_core.artifact import ModelFile
from mnist_core.errors import MnistError
from mnist_core.memory import give_back_freed_memory
from mnist_core.sizes import MAX_PIXELS, SIDE
from mnist_serve.api.application import Application
from mnist_serve.channel import FAILED, LEAVING, READY
from mnist_serve.http.access_log import AccessLog
from mnist_serve.http.connection import Connection
from mnist_serve.http.event_loop import new_event_loop
from mnist_serve.http.server import TICK, Server
from mnist_serve.loading import Model, load
from mnist_serve.metrics import Metrics
from mnist_serve.reading import see
from mnist_serve.settings import Settings

_MOST_AT_ONCE = 64  # connections taken over in one go


def run(channel: socket.socket, file: ModelFile, settings: Settings, metrics: Metrics) -> None:
    """Answers the requests of the connections that come over a channel, until it ends.

    Args:
        channel: To the supervisor.
        file: The model.
        settings: The server's settings.
        metrics: What this worker counts in.
    """
    try:
        model = _load(file)
    except MnistError as error:
        channel.sendall(FAILED + str(error).encode())
        return
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve_channel(channel, model, settings, metrics))


def run_alone(
    listener: socket.socket, file: ModelFile, settings: Settings, metrics: Metrics, announce: Callable[[str], None]
) -> None:
    """Accepts connections and answers their requests in this process, where processes can't be forked (Windows)."""
    asyncio.run(_serve_listener(listener, _load(file), settings, metrics, announce))


def _load(file: ModelFile) -> Model:
    """Loads the model and reads a picture with it, so that the first client does not wait for what is imported late."""
    give_back_freed_memory()
    model = load(file)
    picture = io.BytesIO()
    Image.new("L", (SIDE, SIDE), 255).save(picture, "PNG")
    model.classify(see(picture.getvalue(), MAX_PIXELS).image[None])
    return model


async def _serve_channel(channel: socket.socket, model: Model, settings: Settings, metrics: Metrics) -> None:
    server = _make_server(model, settings, metrics)
    loop = asyncio.get_running_loop()
    channel.setblocking(False)
    ended = asyncio.Event()
    arriving: set[asyncio.Task[object]] = set()

    def take() -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(channel, _MOST_AT_ONCE, _MOST_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:  # the supervisor was killed
            message, descriptors = b"", []
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            task = loop.create_task(_open(server, connection, metrics))
            arriving.add(task)
            task.add_done_callback(arriving.discard)
        if not message:
            loop.remove_reader(channel)
            ended.set()

    def leave() -> None:
        with contextlib.suppress(OSError):
            channel.send(LEAVING)

    loop.add_reader(channel, take)
    loop.add_signal_handler(signal.SIGTERM, leave)
    clock = loop.create_task(_run_clock(server, metrics))
    channel.sendall(READY + model.name.encode())
    metrics.set("mnist_workers_ready", 1)
    await ended.wait()
    await asyncio.gather(*arriving)
    await _stop(server, clock, metrics)


async def _open(server: Server, connection: socket.socket, metrics: Metrics) -> None:
    try:
        await asyncio.get_running_loop().connect_accepted_socket(partial(Connection, server), connection)
    except OSError:  # the client is gone already
        metrics.add("mnist_connections_closed_total")


async def _serve_listener(
    listener: socket.socket, model: Model, settings: Settings, metrics: Metrics, announce: Callable[[str], None]
) -> None:
    server = _make_server(model, settings, metrics)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(partial(Connection, server), sock=listener)
    clock = loop.create_task(_run_clock(server, metrics))
    metrics.set("mnist_workers_ready", 1)
    announce(model.name)
    try:
        await asyncio.Event().wait()
    finally:
        listening.close()
        await _stop(server, clock, metrics)


def _make_server(model: Model, settings: Settings, metrics: Metrics) -> Server:
    log = AccessLog(enabled=settings.access_log)
    application = Application(model, settings, metrics, is_ready=lambda: not server.is_draining)
    server = Server(application, settings, log, closed=partial(metrics.add, "mnist_connections_closed_total"))
    # What was imported stays: to search it for garbage again and again would only delay requests.
    gc.collect()
    gc.freeze()
    return server


async def _run_clock(server: Server, metrics: Metrics) -> None:
    while True:
        await asyncio.sleep(TICK)
        server.tick()
        metrics.add("mnist_worker_ticks_total")
        metrics.set("mnist_requests_in_flight", server.in_flight)
        metrics.set("mnist_connections", len(server.connections))


async def _stop(server: Server, clock: "asyncio.Task[None]", metrics: Metrics) -> None:
    metrics.set("mnist_workers_ready", 0)
    await server.drain()
    clock.cancel()
