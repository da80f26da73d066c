"""Tells how a training goes, to whoever watches: on stderr, in history.jsonl, and in TensorBoard."""

from types import TracebackType

from mnist_train.event_files import EventFiles
from mnist_train.progress import Progress
from mnist_train.saving import write_history
from mnist_train.training import Epoch, Step, Training
from mnist_train.unfinished import Unfinished


class Reports:
    """A context that passes on what a training reports; in all processes but the first, it is silent."""

    def __init__(self, training: Training, unfinished: Unfinished | None, *, has_tensorboard: bool) -> None:
        """Begins to tell.

        Args:
            training: What is watched, at its beginning or where it is taken up again.
            unfinished: Where the history and the event files go; None to be silent.
            has_tensorboard: Whether to write event files.

        Raises:
            TrainingError: TensorBoard is not installed.
        """
        self._training, self._unfinished = training, unfinished
        self._progress = Progress(training) if unfinished else None
        self._events = EventFiles(unfinished.tensorboard, training) if unfinished and has_tensorboard else None

    def __enter__(self) -> "Reports":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.close()
        if self._events:
            self._events.close()

    def tell(self, report: Step | Epoch) -> None:
        """Passes on what the training has just reported.

        Raises:
            ArtifactError: It can't be written.
        """
        if not self._unfinished or not self._progress:
            return
        self._progress.tell(report)
        try:
            if isinstance(report, Epoch):
                write_history(self._training.history, self._unfinished.history)
            if self._events:
                self._events.tell(report)
        except OSError as error:
            raise self._unfinished.not_written(error) from error
