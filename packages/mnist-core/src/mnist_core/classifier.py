"""Runs a trained model without torch: raw images in, probabilities out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core import artifact
from mnist_core.artifact import ModelFile
from mnist_core.errors import ArtifactError

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # it would report its use to its maker, and write files to do so
import onnxruntime as ort

_BATCH = 500  # images; what the first layer gives for one takes 87 kB
_TAKEN = "images tensor(uint8) N x 28 x 28"
_GIVEN = "probabilities tensor(float) N x 10"


class Classifier:
    """A model in onnxruntime.

    Attributes:
        session: The onnxruntime session.
    """

    def __init__(self, model: Path | ModelFile, threads: int = 1) -> None:
        """Loads a model.

        Args:
            model: A run's folder, whose checksums are verified, or a `.onnx` file; or what was read of one.
            threads: How many threads one call may use.

        Raises:
            ArtifactError: It is missing, damaged, or takes something other than images.
        """
        file = model if isinstance(model, ModelFile) else artifact.read_model(model)
        path = file.path
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self.session = ort.InferenceSession(file.contents, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ArtifactError(f"{path} is not a model that onnxruntime can load: {error}") from error
        taken, given = (_describe(tensors) for tensors in (self.session.get_inputs(), self.session.get_outputs()))
        if taken != _TAKEN or given != _GIVEN:
            raise ArtifactError(
                f"{path} is not a model of this project: it takes {taken} and gives {given}, not {_TAKEN} and {_GIVEN}."
            )

    def __call__(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Classifies images.

        Args:
            images: uint8 (N, 28, 28), light ink on black.

        Returns:
            float32 (N, 10), each row a distribution over the classes.
        """
        if len(images) <= _BATCH:
            return self._run(images)
        starts = range(0, len(images), _BATCH)
        return np.concatenate([self._run(images[start : start + _BATCH]) for start in starts])

    def _run(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        (probabilities,) = self.session.run(["probabilities"], {"images": images})
        return np.asarray(probabilities)


def _describe(tensors: Sequence[Any]) -> str:
    """Names, types and shapes; N is a dimension of any size."""
    return ", ".join(
        f"{tensor.name} {tensor.type} {' x '.join(str(d) if isinstance(d, int) else 'N' for d in tensor.shape)}"
        for tensor in tensors
    )
