"""The event loop of a worker: it looks for more to do for a moment before it sleeps.

The core that a sleeping process ran on goes to sleep too, and on virtual machines takes some 50 µs to wake up, a sixth
of what a request takes. A client that has its answer mostly asks again sooner than that.
"""

import asyncio
import os
import selectors
import time

_MOMENT = 0.0002  # seconds: what a client on the same machine needs to ask again, and not much more


class WakefulSelector(selectors.DefaultSelector):
    """Stays awake for a moment, unless other processes need the core."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Waits until something is ready, for `timeout` seconds at most, or for ever if that is None."""
        if timeout is not None and timeout < _MOMENT:
            return super().select(timeout)
        until = time.monotonic() + _MOMENT
        while not (ready := super().select(0)):
            if time.monotonic() >= until:
                return super().select(timeout)
            os.sched_yield()
        return ready


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Makes an event loop that stays awake for a moment; not on Windows, which has no such call to yield."""
    return asyncio.SelectorEventLoop(WakefulSelector())
