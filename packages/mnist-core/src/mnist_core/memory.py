"""What becomes of memory that is freed: kept for what comes next, or given back to the system.

glibc's allocator does either, as it sees fit; elsewhere these functions do nothing.
"""

import contextlib
import ctypes

# glibc's names for mallopt's parameters, from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3

_ONE_GIBIBYTE = 1 << 30  # more than any batch here takes
_LARGE = 128 * 1024  # glibc's own threshold, which it raises as soon as a larger block is freed, unless it was set


def keep_freed_memory() -> None:
    """Keeps large blocks that are freed.

    By default glibc returns them to the system, and gets them back, page by page and zeroed, for the next update: a
    sixth of a training's time on a CPU. PyTorch's tuning guide advises other allocators for the same reason
    (https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html); this needs none.
    """
    _set_thresholds(_ONE_GIBIBYTE)


def give_back_freed_memory() -> None:
    """Gives large blocks back at once, so that a process which reads a large picture now and then stays small.

    By default glibc raises its threshold to the largest block that was freed, and keeps what is smaller (mallopt(3)).
    """
    _set_thresholds(_LARGE)


def _set_thresholds(size: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # no glibc here
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(_M_TRIM_THRESHOLD, size)
        mallopt(_M_MMAP_THRESHOLD, size)
