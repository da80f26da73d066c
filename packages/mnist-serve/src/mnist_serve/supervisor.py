"""The supervisor: listens, hands connections to workers evenly, replaces those that die or hang, and stops them.

It accepts every connection itself and gives it to the worker that has the fewest. Workers that accept for themselves
share the load as chance has it, and a connection that stays open for hours stays with whoever got it.

It loads nothing but Python's own library: it is small, starts workers by forking in no time, and has no thread that a
fork could catch in the middle of something.
"""

import contextlib
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from mnist_core.artifact import ModelFile
from mnist_core.errors import ServeError
from mnist_serve.channel import FAILED, READY
from mnist_serve.metrics import Metrics
from mnist_serve.settings import Settings
from mnist_serve.telling import tell

_MOST_AT_ONCE = 64  # connections accepted in one go
_MOST_EARLY_DEATHS = 3  # of a worker in a row, before it was ready
_LINGER = 1.0  # seconds that a connection beyond the limit stays open for its refusal to be read
_PAUSE = 1.0  # seconds before a worker that could not start is tried again
_PATIENCE = 2.0  # seconds beyond the drain's that workers have to end
_LOOK = 5.0  # seconds between two looks whether workers still do something
_MOST_MISSED = 6  # looks at which a worker had done nothing: it hangs
_OWN_FILES = 64  # of a process, beside its connections
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 62\r\n"
    b"X-Request-ID: refused-%x\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    b'{"error":"The server has as many connections as it can take."}'
)


class _Worker:
    """A worker as its supervisor sees it."""

    def __init__(self, row: int, pid: int, channel: socket.socket, closed_before: float) -> None:
        self.row = row
        self.pid = pid
        self.channel = channel
        self.is_ready = False
        self.given = 0  # connections
        self._ticks, self._missed = 0.0, 0
        self._closed_before = closed_before  # by those who had the row before

    def open_connections(self, metrics: Metrics) -> int:
        """How many connections it has, those on their way to it included."""
        closed = metrics.of_row("mnist_connections_closed_total", self.row) - self._closed_before
        return self.given - int(closed)

    def hangs(self, metrics: Metrics) -> bool:
        """Whether it has done nothing at many looks in a row, of which this is one.

        Looks are counted, not seconds: when all processes were stopped together, nobody hangs.
        """
        ticks = metrics.of_row("mnist_worker_ticks_total", self.row)
        self._missed = self._missed + 1 if self.is_ready and ticks == self._ticks else 0
        self._ticks = ticks
        return self._missed >= _MOST_MISSED


class Supervisor:
    """Runs the workers of a server."""

    def __init__(
        self,
        listener: socket.socket,
        file: ModelFile,
        settings: Settings,
        metrics: Metrics,
        announce: Callable[[str], None],
    ) -> None:
        """Starts nothing yet.

        Args:
            listener: The listening socket.
            file: The model, of which all workers get the same bytes, whatever becomes of the file.
            settings: The server's settings.
            metrics: The memory that the workers count in; a row for each.
            announce: Called with the model's name once all workers are ready.
        """
        self._listener = listener
        self._file = file
        self._settings = settings
        self._metrics = metrics
        self._announce: Callable[[str], None] | None = announce
        self._workers: list[_Worker] = []
        self._refused: list[tuple[float, socket.socket]] = []
        self._early_deaths = 0
        self._restarts: list[tuple[float, int]] = []  # when, and the row
        self._signals: list[int] = []
        self._stops_at: float | None = None
        self._looks_at = 0.0
        self._selector = selectors.DefaultSelector()
        self._wake_up, self._wakes = socket.socketpair()
        for end in (self._wake_up, self._wakes, listener):
            end.setblocking(False)

    def run(self) -> int:
        """Serves until a signal says to stop.

        Returns:
            The signal.

        Raises:
            ServeError: The workers can't start.
        """
        _allow_files(self._settings.max_connections + _OWN_FILES)
        self._selector.register(self._wakes, selectors.EVENT_READ, self._read_signals)
        signal.set_wakeup_fd(self._wake_up.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: self._signals.append(number))
        try:
            for row in range(self._settings.workers):
                self._start(row)
            while self._workers or self._restarts:
                for key, _ in self._selector.select(self._next_look()):
                    key.data()
                self._close_refused()
                self._restart()
                self._look()
                if self._stops_at and time.monotonic() > self._stops_at:
                    self._kill()
        finally:
            self._kill()
        return self._signals[0]

    # Workers.

    def _start(self, row: int) -> None:
        ours, theirs = socket.socketpair()
        try:
            pid = os.fork()
        except OSError as error:  # no memory, or too many processes: it may pass
            ours.close()
            theirs.close()
            tell(f"A worker can't be started: {error.strerror}.")
            self._restarts.append((time.monotonic() + _PAUSE, row))
            return
        if not pid:
            ours.close()
            self._become_worker(row, theirs)
        theirs.close()
        ours.setblocking(False)
        worker = _Worker(row, pid, ours, self._metrics.of_row("mnist_connections_closed_total", row))
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._hear(worker))

    def _become_worker(self, row: int, channel: socket.socket) -> NoReturn:
        """What the forked process does, which never returns into what its parent was doing."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes, and the supervisor decides
            self._selector.close()
            for worker in self._workers:
                worker.channel.close()
            for end in (self._wake_up, self._wakes, self._listener, *(each for _, each in self._refused)):
                end.close()
            self._metrics.use_row(row)

            from mnist_serve.worker import run

            run(channel, self._file, self._settings, self._metrics)
            status = 0
        except BaseException:  # noqa: BLE001 - reported here, as nobody is above
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _hear(self, worker: _Worker) -> None:
        try:
            message = worker.channel.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        kind, text = message[:1], message[1:].decode(errors="replace")
        if not kind:
            self._bury(worker)
        elif kind == FAILED:
            if self._announce:
                raise ServeError(text)
            tell(f"Worker {worker.pid} can't start: {text}")
        elif kind == READY:
            worker.is_ready = True
            self._early_deaths = 0
            self._listen()
            if self._announce and all(each.is_ready for each in self._workers):
                self._announce(text)
                self._announce = None
        else:
            self._dismiss(worker)

    def _bury(self, worker: _Worker) -> None:
        """Takes leave of a worker whose process has ended, and starts another unless the server stops."""
        self._selector.unregister(worker.channel)
        worker.channel.close()
        self._workers.remove(worker)
        _, status = os.waitpid(worker.pid, 0)
        self._metrics.forget(worker.row)
        if self._stops_at or self._signals:
            return
        code = os.waitstatus_to_exitcode(status)
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        if not worker.is_ready and self._announce:
            self._early_deaths += 1
            if self._early_deaths >= _MOST_EARLY_DEATHS:
                raise ServeError(f"Workers end {how} while they start; see above for what they said.")
        tell(f"Worker {worker.pid} ended {how}; another takes its place.")
        self._metrics.add("mnist_worker_restarts_total")
        self._restarts.append((time.monotonic() + (0 if worker.is_ready else _PAUSE), worker.row))
        self._listen()

    def _restart(self) -> None:
        """Starts the workers whose time has come."""
        now = time.monotonic()
        due, self._restarts = (
            [each for each in self._restarts if each[0] <= now],
            [each for each in self._restarts if each[0] > now],
        )
        for _, row in due:
            self._start(row)

    def _look(self) -> None:
        """Kills workers that hang, so that others take their place."""
        if self._stops_at or time.monotonic() < self._looks_at:
            return
        self._looks_at = time.monotonic() + _LOOK
        for worker in self._workers:
            if worker.hangs(self._metrics):
                tell(f"Worker {worker.pid} has done nothing for {_MOST_MISSED * _LOOK:.0f} seconds.")
                os.kill(worker.pid, signal.SIGKILL)

    def _dismiss(self, worker: _Worker) -> None:
        """Lets a worker finish what it has and end."""
        worker.is_ready = False
        with contextlib.suppress(OSError):
            worker.channel.shutdown(socket.SHUT_WR)

    # Connections.

    def _listen(self) -> None:
        """Accepts connections while there is a worker to take them; otherwise they wait in the kernel's queue."""
        if self._stops_at:
            return
        wanted = any(worker.is_ready for worker in self._workers)
        listening = self._listener in self._selector.get_map()
        if wanted and not listening:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        elif listening and not wanted:
            self._selector.unregister(self._listener)

    def _accept(self) -> bool:
        """Accepts some of the connections that wait; tells whether more may."""
        for _ in range(_MOST_AT_ONCE):
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return False
            except OSError as error:  # out of files, or the client is gone already
                tell(f"A connection could not be accepted: {error.strerror}.")
                time.sleep(0.01)
                return False
            self._hand_over(connection)
        return True

    def _hand_over(self, connection: socket.socket) -> None:
        load = {worker: worker.open_connections(self._metrics) for worker in self._workers}
        if sum(load.values()) < self._settings.max_connections:
            ready = [worker for worker in self._workers if worker.is_ready]
            for worker in sorted(ready, key=lambda worker: (load[worker], worker.given)):
                try:
                    socket.send_fds(worker.channel, [b"c"], [connection.fileno()])
                except OSError:  # it is dying, or does not keep up
                    continue
                worker.given += 1
                connection.close()
                return
        self._metrics.add("mnist_connections_refused_total")
        with contextlib.suppress(OSError):
            connection.setblocking(False)
            connection.send(_REFUSAL % time.monotonic_ns())
            connection.shutdown(socket.SHUT_WR)
        # Closed at once, unread bytes of a request would reset it before the refusal is read.
        self._refused.append((time.monotonic() + _LINGER, connection))

    def _close_refused(self) -> None:
        now = time.monotonic()
        while self._refused and (self._refused[0][0] <= now or len(self._refused) > self._settings.max_connections):
            self._refused.pop(0)[1].close()

    def _next_look(self) -> float:
        times = [time for time, _ in (*self._refused[:1], *self._restarts)]
        times.append(self._stops_at or self._looks_at)
        return max(0.0, min(times) - time.monotonic())

    # The end.

    def _read_signals(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wakes.recv(64)
        if len(self._signals) > 1:
            self._kill()
        elif self._signals and not self._stops_at:
            self._stop()

    def _stop(self) -> None:
        """Accepts what has been waiting, then no more, and lets the workers finish."""
        while self._accept():
            pass
        self._restarts.clear()
        self._stops_at = time.monotonic() + self._settings.drain_timeout + _PATIENCE
        with contextlib.suppress(KeyError):  # not listened to before a worker is ready
            self._selector.unregister(self._listener)
        self._listener.close()
        for worker in self._workers:
            self._dismiss(worker)

    def _kill(self) -> None:
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        for worker in self._workers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(worker.pid, 0)
            worker.channel.close()
        self._workers.clear()
        self._restarts.clear()
        self._listener.close()


def _allow_files(count: int) -> None:
    """Raises the limit of open files, which some systems set at 256, as far as this user may."""
    import resource  # not on every system

    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if most == resource.RLIM_INFINITY else min(count, most)
    if limit != resource.RLIM_INFINITY and limit < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
