"""Measures a trained model: how large it is, and how long it takes for an image."""

import statistics
import timeit
from dataclasses import dataclass
from pathlib import Path

from mnist_core import artifact

_TIMES, _IMAGES = 9, 500  # how often so many images are timed, one after the other


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        parameters: How many numbers it has learned.
        size: Bytes of the ONNX model.
        microseconds: What one image takes in onnxruntime, on one core.
    """

    parameters: int
    size: int
    microseconds: float

    @classmethod
    def measured(cls, run: Path) -> "Model":
        """Measures the model in a run's folder."""
        import numpy as np

        from mnist_core.classifier import Classifier

        classify, image = Classifier(run), np.zeros((1, 28, 28), np.uint8)
        seconds = statistics.median(timeit.repeat(lambda: classify(image), number=_IMAGES, repeat=_TIMES))
        return cls(
            artifact.read_metadata(run).parameters, (run / artifact.ONNX).stat().st_size, seconds / _IMAGES * 1e6
        )
