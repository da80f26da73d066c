"""Chooses where to compute."""

import torch

from mnist_core.errors import DeviceError


def choose(name: str) -> torch.device:
    """Finds the device that was asked for.

    Args:
        name: "cpu", "cuda", "mps", or "auto" for the fastest that is there.

    Raises:
        DeviceError: This machine, or this build of torch, does not have it.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, available in there.items() if available)
    if not there[name]:
        raise DeviceError(f"This torch finds no {name} device here. Use --device cpu, or leave the option out.")
    return torch.device(name)
