"""A trained model, and what is inside it: read from the ONNX file, so that no torch is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from mnist_core import artifact
from mnist_core.artifact import LATEST, RUNS, ModelFile
from mnist_core.classifier import Classifier
from mnist_core.errors import ArtifactError
from mnist_core.registry import title
from mnist_serve.loading import SHIPPED

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Network:
    """A model that is ready to read.

    Attributes:
        name: What to call it, such as "BestCNN".
        origin: Where it is from, in words.
        dataset: What it was trained on; None where nothing says so.
        file: The ONNX model.
        classify: Images uint8 (N, 28, 28) to probabilities float32 (N, 10).
    """

    name: str
    origin: str
    dataset: str | None
    file: ModelFile
    classify: Classifier

    def __str__(self) -> str:
        trained = f", trained on {title(self.dataset)}" if self.dataset else ""
        return f"{self.name}{trained}: {self.origin}"


def newest() -> Path | None:
    """The newest run's folder, if there is one."""
    return RUNS / LATEST if (RUNS / LATEST).exists() else None


def find(model: Path | None) -> Network:
    """Loads a model.

    Args:
        model: A run's folder or a `.onnx` file; None for the model that ships.

    Raises:
        ArtifactError: It is missing, damaged, or no model of this project.
    """
    if model is None:
        path, origin = SHIPPED, "the model that ships with mnist-serve"
    else:
        path = artifact.locate(model)
        origin = f"{path.resolve().name}, the newest run ({model})" if model == RUNS / LATEST else str(path)
    file = artifact.read_model(path)
    classify = Classifier(file, threads=0)  # 0: as many as there are cores
    if file.metadata is None:
        return Network(file.path.name, origin, None, file, classify)
    dataset = file.metadata.dataset.get("name")
    return Network(file.metadata.architecture, origin, str(dataset) if dataset else None, file, classify)


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """The first convolution.

    Attributes:
        filters: float32 (F, H, W), the weights.
        responses: float32 (F, H', W'), what each gives for an image, above what it gives for empty paper.
    """

    filters: Floats
    responses: Floats


def first_layer(network: Network, image: npt.NDArray[np.uint8]) -> FirstLayer:
    """Looks at the first layer.

    Args:
        network: The model.
        image: uint8 (28, 28).

    Raises:
        ArtifactError: It is no convolution.
    """
    graph = onnx.load_from_string(network.file.contents).graph
    constants = {constant.name: constant for constant in graph.initializer}
    node = next((node for node in graph.node if node.op_type == "Conv" and node.input[1] in constants), None)
    if node is None:
        raise ArtifactError(f"{network.file.path} has no convolution, so there are no filters to show.")
    filters = numpy_helper.to_array(constants[node.input[1]])[:, 0]
    given, empty = inner(network, node.output[0], np.stack([image, np.zeros_like(image)]))
    return FirstLayer(filters, given - empty)


def features(network: Network, images: npt.NDArray[np.uint8]) -> Floats:
    """What the last layer decides by.

    Args:
        network: The model.
        images: uint8 (N, 28, 28).

    Returns:
        float32 (N, D): the penultimate layer.

    Raises:
        ArtifactError: There is no such layer.
    """
    nodes = onnx.load_from_string(network.file.contents).graph.node
    last = next((node for node in reversed(nodes) if node.op_type in ("Gemm", "MatMul")), None)
    if last is None:
        raise ArtifactError(f"{network.file.path} does not end in a linear layer, so there are no features to show.")
    return inner(network, last.input[0], images).reshape(len(images), -1)


def logits(network: Network, images: npt.NDArray[np.uint8]) -> Floats:
    """What the probabilities are made of, float32 (N, 10); unlike those, they tell certain from almost certain.

    Args:
        network: The model.
        images: uint8 (N, 28, 28).
    """
    nodes = onnx.load_from_string(network.file.contents).graph.node
    last = nodes[-1]
    if last.op_type != "Softmax":
        raise ArtifactError(f"{network.file.path} does not end in a softmax, so there are no logits to compare.")
    return inner(network, last.input[0], images)


def inner(network: Network, name: str, images: npt.NDArray[np.uint8]) -> Floats:
    """Runs a model up to a value inside it.

    Args:
        network: The model.
        name: The value's name in the ONNX graph.
        images: uint8 (N, 28, 28).

    Returns:
        float32 (N, ...).
    """
    model = onnx.load_from_string(network.file.contents)
    model.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    import onnxruntime as ort  # mnist_core.classifier has set it up

    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run([name], {"images": some})[0] for some in _batches(images)])


def _batches(images: npt.NDArray[np.uint8]) -> Sequence[npt.NDArray[np.uint8]]:
    return np.array_split(images, -(-len(images) // 500))
