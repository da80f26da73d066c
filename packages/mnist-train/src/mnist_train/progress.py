"""Shows how a training goes, on stderr: a line an epoch, and on a terminal a bar below them.

Many short epochs get a line a second: more would only scroll away what was said before.
"""

import math
import time

import click
from tqdm import tqdm

from mnist_core.cli import percent
from mnist_train.training import Epoch, Step, Training

_MANY = 20  # epochs
_PAUSE = 1.0  # seconds between the lines of many epochs

# tqdm puts a comma before the postfix.
_FORMAT = "{desc} {percentage:3.0f} %|{bar}| {rate_noinv_fmt}, {remaining} left{postfix}"


class Progress:
    """Shows a training's reports as they come."""

    def __init__(self, training: Training) -> None:
        """Begins to show a training, from where it is."""
        place, done = training.position, len(training.history)
        self._epochs = len(training.images)
        self._seen = training.seen
        self._correct = place.correct
        self._loss = place.loss
        self._told = -math.inf  # when the last line was
        self._bar = tqdm(
            total=sum(training.images), initial=sum(training.images[:done]) + self._seen, desc=self._title(done),
            unit=" images", unit_scale=True, bar_format=_FORMAT, smoothing=0.05, disable=None, leave=False,
            dynamic_ncols=True,
        )  # fmt: skip

    def close(self) -> None:
        """Ends the bar."""
        self._bar.close()

    def tell(self, report: Step | Epoch) -> None:
        """Counts updates in; tells of an epoch that has ended, and begins the next."""
        if isinstance(report, Epoch):
            if self._is_due(report):
                self._write(report)
            self._seen, self._correct, self._loss = 0, 0, 0.0
            self._bar.set_description_str(self._title(report.epoch), refresh=False)
            return
        self._seen += report.images
        self._correct += report.correct
        self._loss += report.loss
        self._bar.set_postfix_str(
            f"loss {self._loss / self._seen:.3f}, {percent(self._correct / self._seen)} right",
            refresh=False,
        )
        self._bar.update(report.images)

    def _is_due(self, epoch: Epoch) -> bool:
        """Whether an epoch gets a line: of many, what comes long enough after the last line, and the last epoch."""
        now = time.monotonic()
        is_due = self._epochs <= _MANY or epoch.epoch == self._epochs or now - self._told >= _PAUSE
        if is_due:
            self._told = now
        return is_due

    def _write(self, epoch: Epoch) -> None:
        line = (
            f"epoch {epoch.epoch}/{self._epochs}   {epoch.images:,} images   loss {epoch.loss:.4f}   "
            f"training {percent(epoch.train_accuracy)}   validation {percent(epoch.validation_accuracy)}   "
            f"{epoch.images_per_second:,.0f} images/s"
        )
        if self._bar.disable:
            click.echo(line, err=True)
        else:
            self._bar.write(line, file=self._bar.fp)

    def _title(self, finished: int) -> str:
        return f"epoch {min(finished + 1, self._epochs)}/{self._epochs}"
