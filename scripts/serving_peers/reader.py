"""What the peers have in common: the network in torch, and the way from a PNG to an answer."""

import io
import os
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from typing_extensions import TypedDict

from mnist_core import models


class Answer(TypedDict):
    """What a peer answers, like this project's server."""

    digit: int
    confidence: float
    probabilities: list[float]


class Reader:
    """The model of the artifact that the environment variable MODEL names."""

    def __init__(self) -> None:
        torch.set_num_threads(1)  # a worker a core; more threads than cores slow each other down
        self.model, _ = models.load(Path(os.environ["MODEL"]))
        self.model.eval()

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> list[Answer]:
        """Reads uint8 (N, 28, 28)."""
        return [
            {"digit": (digit := max(range(10), key=row.__getitem__)), "confidence": row[digit], "probabilities": row}
            for row in self.model(images).softmax(dim=1).tolist()
        ]


def pixels(picture: Image.Image) -> Tensor:
    """A picture of 28x28 as uint8 (28, 28)."""
    return torch.from_numpy(np.array(picture))


def decode(png: bytes) -> Tensor:
    """A PNG file of 28x28 as uint8 (28, 28)."""
    return pixels(Image.open(io.BytesIO(png)))
