"""Finds and loads the model: the one that ships with this package, or another."""

import dataclasses
from pathlib import Path

from mnist_core import artifact
from mnist_core.classifier import Classifier
from mnist_core.registry import title

SHIPPED = Path(__file__).parent / "model"


@dataclasses.dataclass(frozen=True)
class Model:
    """A model that is ready to read.

    Attributes:
        name: What to call it, such as "SimpleCNN (MNIST)".
        classify: Images to probabilities.
        classes: A name for each output.
        properties: What is known about it, in words.
    """

    name: str
    classify: Classifier
    classes: list[str]
    properties: dict[str, str]


def load(model: Path | None) -> Model:
    """Loads a model.

    Args:
        model: A run's folder or a `.onnx` file; None for the shipped one.

    Raises:
        ArtifactError: It is missing, damaged, or no model of this project.
    """
    path = SHIPPED if model is None else artifact.locate(model)
    classifier = Classifier(path)
    if not path.is_dir():
        return Model(path.name, classifier, [str(digit) for digit in range(10)], {})
    metadata = artifact.read_metadata(path)
    dataset = str(metadata.dataset.get("name", ""))
    properties = {
        "architecture": metadata.architecture,
        "parameters": str(metadata.parameters),
        "dataset": dataset,
        "test_accuracy": str(metadata.test_accuracy),
        "created": metadata.created,
        "sha256": metadata.sha256[artifact.ONNX],
    }
    return Model(f"{metadata.architecture} ({title(dataset)})", classifier, metadata.classes, properties)
