"""What a training is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What decides the result; it stays the same when a training is taken up again.

    Attributes:
        model: A name in `RECIPES`.
        dataset: What to train on; None for MNIST or what stands in for it.
        seed: What all randomness comes from.
        epochs: Passes over the training set, or None for the recipe's.
        batch_size: Images an update, or None for the recipe's.
    """

    model: str
    dataset: str | None
    seed: int
    epochs: int | None
    batch_size: int | None


@dataclass(frozen=True)
class Surroundings:
    """Where and how a training runs; that may be another way when it is taken up again.

    Attributes:
        device: "auto", "cpu", "cuda" or "mps".
        threads: CPU threads, or None for what the training began with, else torch's choice.
        checkpoint_every: Seconds between two checkpoints.
        data_dir: The folder where the data was found.
        has_tensorboard: Whether to write event files for TensorBoard.
        start: `time.perf_counter()` when the command began.
    """

    device: str
    threads: int | None
    checkpoint_every: float
    data_dir: str
    has_tensorboard: bool
    start: float
