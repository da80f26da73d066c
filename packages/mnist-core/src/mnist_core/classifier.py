"""Runs a trained model without torch: raw images in, probabilities out."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from mnist_core import artifact
from mnist_core.errors import ArtifactError

_BATCH = 500  # images; what the first layer gives for one takes 87 kB


class Classifier:
    """A model in onnxruntime.

    Attributes:
        session: The onnxruntime session.
    """

    def __init__(self, model: Path, threads: int = 1) -> None:
        """Loads a model.

        Args:
            model: A run's folder, whose checksums are verified, or a `.onnx` file.
            threads: How many threads one call may use.

        Raises:
            ArtifactError: It is missing, damaged, or takes something other than images.
        """
        path = artifact.checked_file(model, artifact.read_metadata(model), artifact.ONNX) if model.is_dir() else model
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ArtifactError(f"{path} is not a model that onnxruntime can load: {error}") from error
        taken = [(tensor.name, tensor.type) for tensor in self.session.get_inputs()]
        given = [(tensor.name, tensor.type) for tensor in self.session.get_outputs()]
        if taken != [("images", "tensor(uint8)")] or given != [("probabilities", "tensor(float)")]:
            raise ArtifactError(f"{path} is not a model of this project: it takes {taken} and gives {given}.")

    def __call__(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Classifies images.

        Args:
            images: uint8 (N, 28, 28), light ink on black.

        Returns:
            float32 (N, 10), each row a distribution over the classes.
        """
        starts = range(0, max(len(images), 1), _BATCH)  # one call for no images, which has an answer too
        return np.concatenate([self._run(images[start : start + _BATCH]) for start in starts])

    def _run(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        (probabilities,) = self.session.run(["probabilities"], {"images": images})
        return np.asarray(probabilities)
