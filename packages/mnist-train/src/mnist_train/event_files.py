"""Event files for TensorBoard, which draws a training's curves while it runs."""

from pathlib import Path

from mnist_core.errors import TrainingError
from mnist_train.training import Epoch, Step, Training


class EventFiles:
    """Writes what a training reports as TensorBoard's scalars."""

    def __init__(self, folder: Path, training: Training) -> None:
        """Begins to write into a folder, after what is there of the training's past.

        Args:
            folder: Where; TensorBoard's `--logdir`.
            training: What is watched.

        Raises:
            TrainingError: TensorBoard is not installed.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TrainingError(
                "TensorBoard is not installed. Install it with the extra: "
                "uv run --package mnist-train --extra tensorboard train --tensorboard"
            ) from error
        self._training = training
        # What an interrupted process wrote after its last checkpoint did not happen.
        self._writer = SummaryWriter(folder, purge_step=training.position.update + 1)

    def tell(self, report: Step | Epoch) -> None:
        """Writes what the training has just reported."""
        update = self._training.position.update
        if isinstance(report, Step):
            self._add("loss/training", report.loss / report.images, update)
            self._add("accuracy/training", report.correct / report.images, update)
        else:
            self._add("accuracy/validation", report.validation_accuracy, update)
            self._add("images per second", report.images_per_second, update)
            self._writer.flush()

    def close(self) -> None:
        """Writes what is left."""
        self._writer.close()

    def _add(self, name: str, value: float, update: int) -> None:
        self._writer.add_scalar(name, value, update)
