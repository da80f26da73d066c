"""Makes the import of large libraries faster."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Imports without garbage collection.

    Importing torch makes hundreds of thousands of objects that stay: to search them again and again for garbage takes
    a sixth of the import's time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
