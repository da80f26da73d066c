"""The event loop: awake for a moment, asleep after it."""

import selectors
import socket
from collections.abc import Iterator

import pytest

from mnist_serve.http.event_loop import WakefulSelector


@pytest.fixture
def selector() -> Iterator[WakefulSelector]:
    with WakefulSelector() as selector:
        yield selector


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """How long the operating system was asked to wait, each time."""
    asked: list[float | None] = []
    select = selectors.DefaultSelector.select

    def noting(self: selectors.DefaultSelector, timeout: float | None = None) -> object:
        asked.append(timeout)
        return select(self, timeout)

    monkeypatch.setattr(selectors.DefaultSelector, "select", noting)
    return asked


def test_what_is_ready_is_found_without_waiting(selector: WakefulSelector, waits: list[float | None]) -> None:
    here, there = socket.socketpair()
    with here, there:
        selector.register(here, selectors.EVENT_READ)
        there.send(b"x")

        ((key, events),) = selector.select(None)

    assert (key.fileobj, events, waits) == (here, selectors.EVENT_READ, [0])


def test_where_nothing_comes_it_sleeps_after_a_moment(selector: WakefulSelector, waits: list[float | None]) -> None:
    assert selector.select(0.05) == []
    assert waits[-1] == 0.05
    assert waits[:-1] == [0] * (len(waits) - 1) != []


def test_with_work_waiting_it_looks_once(selector: WakefulSelector, waits: list[float | None]) -> None:
    assert selector.select(0) == []
    assert waits == [0]
