"""Shows how a training goes, on stderr: a bar on a terminal, elsewhere a line an epoch."""

from types import TracebackType

import click
from tqdm import tqdm

from mnist_core.cli import percent
from mnist_train.training import Epoch

# tqdm puts a comma before the postfix.
_FORMAT = "{desc} {percentage:3.0f} %|{bar}| {rate_noinv_fmt}, {remaining} left{postfix}"


class Progress:
    """A context that shows updates as they come."""

    def __init__(self, images: int, epochs: int) -> None:
        """Begins to show.

        Args:
            images: How many all epochs together go through.
            epochs: How many epochs there will be.
        """
        self._epochs = epochs
        self._seen = 0
        self._correct = 0
        self._loss = 0.0
        self._bar = tqdm(
            total=images, desc=self._title(0), unit=" images", unit_scale=True, bar_format=_FORMAT,
            smoothing=0.05, disable=None, leave=False, dynamic_ncols=True,
        )  # fmt: skip

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def update(self, images: int, loss: float, correct: int) -> None:
        """Counts a batch in."""
        self._seen += images
        self._correct += correct
        self._loss += loss * images
        self._bar.set_postfix_str(
            f"loss {self._loss / self._seen:.3f}, {percent(self._correct / self._seen)} right",
            refresh=False,
        )
        self._bar.update(images)

    def epoch(self, epoch: Epoch) -> None:
        """Leaves a line for an epoch that has ended, and begins the next."""
        line = (
            f"epoch {epoch.epoch}/{self._epochs}   {epoch.images:,} images   loss {epoch.loss:.4f}   "
            f"training {percent(epoch.train_accuracy)}   validation {percent(epoch.validation_accuracy)}   "
            f"{epoch.images_per_second:,.0f} images/s"
        )
        if self._bar.disable:
            click.echo(line, err=True)
        else:
            self._bar.write(line, file=self._bar.fp)
        self._seen, self._correct, self._loss = 0, 0, 0.0
        self._bar.set_description_str(self._title(epoch.epoch), refresh=False)

    def _title(self, finished: int) -> str:
        return f"epoch {min(finished + 1, self._epochs)}/{self._epochs}"
