"""Tells whoever reads stderr something without waiting for them.

To wait at a full pipe would stop the server, and a closed one would end it.
"""

import contextlib
import os
import select

_STDERR = 2
_MOST = 4096  # bytes that a pipe takes whole if it takes any


def tell(text: str) -> None:
    """Writes a text and a line's end to stderr, or drops it where it can't be taken now."""
    with contextlib.suppress(OSError, ValueError):
        if os.name == "nt" or select.select([], [_STDERR], [], 0)[1]:  # Windows waits for nothing but sockets
            os.write(_STDERR, text.encode(errors="replace")[: _MOST - 1] + b"\n")
