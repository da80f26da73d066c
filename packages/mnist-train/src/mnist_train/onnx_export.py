"""Writes a network as an ONNX model that takes raw images and gives probabilities.

torch's own exporter traces any model, at the price of torch's compiler and another library. This project's networks are
sequences of a few kinds of layers, so each kind is written down here; a kind that is missing is an error.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from mnist_core.models import MEAN, STD, Normalize
from mnist_core.sizes import SIDE

# Old enough for every runtime of the last years; nothing newer is needed.
_OPSET, _IR_VERSION = 17, 8


def export(model: nn.Sequential, path: Path) -> None:
    """Writes a model: `images` uint8 (N, 28, 28) to `probabilities` float32 (N, 10).

    Args:
        model: A network that begins with `Normalize` and ends in logits.
        path: Where to write it.

    Raises:
        NotImplementedError: The network has a kind of layer that is not written down here.
    """
    graph = _Graph()
    for name, layer in model.named_children():
        graph.add_layer(name, layer)
    graph.add("Softmax", "softmax", axis=1)
    onnx.save(graph.finish(type(model).__name__), path)


class _Graph:
    """A chain of nodes: each takes what the last one gave."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._last = "images"

    def add(self, kind: str, name: str, *constants: str, **attributes: Any) -> None:
        """Appends a node that takes the chain's end and named constants."""
        self._nodes.append(helper.make_node(kind, [self._last, *constants], [name], name=name, **attributes))
        self._last = name

    def add_layer(self, name: str, layer: nn.Module) -> None:
        """Appends the nodes that compute what a layer of torch computes."""
        match layer:
            case Normalize():
                self.add("Unsqueeze", f"{name}.channel", self._constant(f"{name}.axis", np.array([1])))
                self.add("Cast", f"{name}.float", to=TensorProto.FLOAT)
                self.add("Mul", f"{name}.scaled", self._constant(f"{name}.scale", np.float32(1 / (255 * STD))))
                self.add("Sub", name, self._constant(f"{name}.shift", np.float32(MEAN / STD)))
            case nn.Conv2d(groups=1, dilation=(1, 1), padding_mode="zeros", padding=(int(), int()) as padding):
                self.add(
                    "Conv", name, *self._parameters(name, layer),
                    kernel_shape=layer.kernel_size, strides=layer.stride, pads=[*padding, *padding],
                )  # fmt: skip
            case nn.BatchNorm2d(running_mean=Tensor() as mean, running_var=Tensor() as variance):
                constants = {"weight": layer.weight, "bias": layer.bias, "mean": mean, "variance": variance}
                names = [self._constant(f"{name}.{kind}", _array(tensor)) for kind, tensor in constants.items()]
                self.add("BatchNormalization", name, *names, epsilon=layer.eps)
            case nn.MaxPool2d(kernel_size=int(size), stride=int(stride), padding=0, dilation=1, ceil_mode=False):
                self.add("MaxPool", name, kernel_shape=[size, size], strides=[stride, stride])
            case nn.Linear():
                self.add("Gemm", name, *self._parameters(name, layer), transB=1)
            case nn.ReLU():
                self.add("Relu", name)
            case nn.Flatten(start_dim=1, end_dim=-1):
                self.add("Flatten", name, axis=1)
            case _:
                raise NotImplementedError(f"layer {name}, a {layer}, can't be written as ONNX yet")

    def finish(self, name: str) -> onnx.ModelProto:
        """Makes the model, and checks it."""
        self._nodes[-1].output[0] = "probabilities"
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info("images", TensorProto.UINT8, ["N", SIDE, SIDE])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10])],
            self._constants,
        )
        model = helper.make_model(
            graph,
            producer_name="mnist-train",
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_operatorsetid("", _OPSET)],
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _parameters(self, name: str, layer: nn.Conv2d | nn.Linear) -> list[str]:
        named = layer.named_parameters()
        return [self._constant(f"{name}.{parameter}", _array(tensor)) for parameter, tensor in named]

    def _constant(self, name: str, value: npt.NDArray[np.generic] | np.generic) -> str:
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name


def _array(tensor: Tensor) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(tensor.detach().cpu().numpy())
