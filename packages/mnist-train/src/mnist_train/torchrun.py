"""What torchrun, PyTorch's launcher of several processes, tells those it starts (in environment variables)."""

import os


def started_us() -> bool:
    """Whether this process is one of torchrun's."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def local_rank() -> int:
    """This process's number among those on this machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def may_restart() -> bool:
    """Whether torchrun starts all processes anew when one has died."""
    return int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0")) > 0


def restarts() -> int:
    """How often it has done so."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
