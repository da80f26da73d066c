"""Random numbers that depend on the place in a training alone: one that is taken up again goes on with the same."""

import numpy as np
import torch

# What random numbers are for; numbers for one purpose say nothing of those for another.
ORDER, AUGMENTATION = range(2)


def generator(seed: int, purpose: int, count: int) -> torch.Generator:
    """A source of random numbers on the CPU.

    Args:
        seed: The training's.
        purpose: `ORDER` or `AUGMENTATION`.
        count: How often numbers were needed for that before: the epoch, or the update.
    """
    (state,) = np.random.SeedSequence((seed, purpose, count)).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state))
