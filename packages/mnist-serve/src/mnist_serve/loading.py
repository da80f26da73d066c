"""Finds and loads the model: the one that ships with this package, or another.

Finding it takes nothing that is slow to import, and is done once, for all workers.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_core import artifact
from mnist_core.artifact import ModelFile
from mnist_core.registry import title

if TYPE_CHECKING:
    from mnist_core.classifier import Classifier

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
    classify: "Classifier"
    classes: list[str]
    properties: dict[str, str]


def find(model: Path | None) -> ModelFile:
    """Reads a model's file.

    Args:
        model: A run's folder or a `.onnx` file; None for the shipped one.

    Raises:
        ArtifactError: It is missing or damaged.
    """
    return artifact.read_model(SHIPPED if model is None else artifact.locate(model))


def load(file: ModelFile) -> Model:
    """Loads a model.

    Raises:
        ArtifactError: It is no model of this project.
    """
    from mnist_core.classifier import Classifier

    classifier = Classifier(file)
    metadata = file.metadata
    if metadata is None:
        return Model(file.path.name, classifier, [str(digit) for digit in range(10)], {})
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
