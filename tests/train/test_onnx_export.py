"""The ONNX model computes what torch computes."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from mnist_core import models
from mnist_core.classifier import Classifier
from mnist_train.onnx_export import export


@pytest.mark.parametrize("architecture", models.ARCHITECTURES)
def test_random_weights_and_random_images_give_the_same_probabilities(architecture: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = models.build(architecture)
    for tensor in model.state_dict().values():  # statistics of normalization that are not those of a fresh layer
        if tensor.is_floating_point():
            tensor.add_(torch.rand(tensor.shape) * 0.1)
    images = torch.randint(0, 256, (257, 28, 28), dtype=torch.uint8)

    export(model, tmp_path / "model.onnx")

    found = Classifier(tmp_path / "model.onnx")(images.numpy())
    np.testing.assert_allclose(found, models.probabilities(model, images).numpy(), atol=1e-5)
    assert found.dtype == np.float32


@pytest.mark.parametrize("count", [0, 1, 3])
def test_any_number_of_images_is_taken(count: int, small_run: Path) -> None:
    assert Classifier(small_run)(np.zeros((count, 28, 28), np.uint8)).shape == (count, 10)


def test_the_model_says_what_it_takes_and_gives(small_run: Path) -> None:
    model = onnx.load(small_run / "model.onnx")

    onnx.checker.check_model(model, full_check=True)
    (taken,), (given,) = model.graph.input, model.graph.output
    assert (taken.name, taken.type.tensor_type.elem_type) == ("images", onnx.TensorProto.UINT8)
    assert (given.name, given.type.tensor_type.elem_type) == ("probabilities", onnx.TensorProto.FLOAT)
    assert [dimension.dim_value for dimension in taken.type.tensor_type.shape.dim[1:]] == [28, 28]


@pytest.mark.parametrize(
    "layer",
    [
        nn.Sigmoid(),
        nn.Conv2d(1, 1, 3, dilation=2),
        nn.Conv2d(2, 2, 3, groups=2),
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(1, 1, 3, padding="same"),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.BatchNorm2d(3, track_running_stats=False),
        nn.Flatten(start_dim=2),
    ],
)
def test_a_layer_that_is_not_known_is_an_error_not_a_wrong_model(layer: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError, match="can't be written as ONNX"):
        export(nn.Sequential(layer), tmp_path / "model.onnx")
