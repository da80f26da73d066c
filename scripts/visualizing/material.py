"""What the pictures are made of: a model, a dataset and the model's answers, each read when it is first needed."""

from functools import cached_property
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from mnist_core import datasets
from mnist_core.datasets import Dataset
from mnist_core.errors import ArtifactError, DownloadError
from mnist_core.registry import EMBEDDED, NAMES, Part, title
from mnist_core.storage import data_folder
from visualizing import network
from visualizing.network import Network

_MNIST = "mnist"


class Material:
    """A model and a dataset."""

    def __init__(
        self, dataset: str | None, data_dir: Path | None, model: Path | None = None, *, has_model: bool = True
    ) -> None:
        """Nothing is read yet.

        Args:
            dataset: A dataset's name; None for the one that the model was trained on, or what stands in for MNIST.
            data_dir: Where datasets are.
            model: A run's folder or a `.onnx` file; None for the newest run or the shipped model.
            has_model: Whether there is a model at all; without one, the dataset is MNIST by default.
        """
        self._asked, self._data_dir, self._model, self._has_model = dataset, data_dir, model, has_model
        self._substitute: str | None = None

    @cached_property
    def network(self) -> Network:
        """The model."""
        return network.find(self._model or network.newest())

    @cached_property
    def training(self) -> Dataset:
        """The training images."""
        return self._load("train")

    @cached_property
    def test(self) -> Dataset:
        """The test images."""
        return self._load("test")

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """What the model answers to the test images, float32 (N, 10)."""
        return self.network.classify(self.test.images)

    @cached_property
    def answers(self) -> npt.NDArray[np.int64]:
        """The most probable class of each test image, int64 (N,)."""
        answers: npt.NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return answers

    @cached_property
    def wrong(self) -> npt.NDArray[np.intp]:
        """Which test images were misread, the surest mistakes first."""
        wrong = np.flatnonzero(self.answers != self.test.labels)
        return wrong[np.argsort(-self.probabilities[wrong].max(axis=1), kind="stable")]

    def _load(self, part: Part) -> Dataset:
        if self._substitute:
            return datasets.load(self._substitute, part)
        name = self._asked or self._trained_on()
        try:
            return datasets.load(name, part, self._data_dir)
        except DownloadError as error:
            if self._asked or self._model or name != _MNIST:
                raise DownloadError(
                    f"{error}\nName the folder that holds {title(name)}'s files with --data-dir "
                    f"(now {data_folder(self._data_dir)}), or do without a network: --dataset {EMBEDDED}"
                ) from error
            click.secho(
                f"Warning: MNIST is not in {data_folder(self._data_dir)}, and {error}\n"
                f"What follows shows the embedded `{EMBEDDED}` instead, 1,797 small digits that come with "
                "scikit-learn. For MNIST, name the folder that holds its files with --data-dir.",
                fg="yellow",
                err=True,
            )
            self._substitute = EMBEDDED
            return datasets.load(EMBEDDED, part)

    def _trained_on(self) -> str:
        name = (self.network.dataset if self._has_model else None) or _MNIST
        if name not in NAMES:
            raise ArtifactError(f"The model was trained on '{name}', which is not known here. Pass --dataset.")
        return name
