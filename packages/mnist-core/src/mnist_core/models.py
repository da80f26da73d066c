"""The networks, and their weights on disk. The one module of mnist-core that needs torch.

A network takes raw images, uint8 (N, 28, 28), and returns logits, float32 (N, 10); scaling is its first layer.
"""

from collections import OrderedDict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from mnist_core import artifact
from mnist_core.artifact import Metadata
from mnist_core.errors import ArtifactError

# Mean and standard deviation of MNIST's training pixels, scaled to 0..1.
MEAN, STD = 0.1307, 0.3081

_EVALUATION_BATCH = 1_000  # images; larger ones gain no speed and take memory


class Normalize(nn.Module):
    """Scales raw pixels to zero mean and unit variance over MNIST's training set."""

    def forward(self, images: Tensor) -> Tensor:
        """Maps uint8 (N, 28, 28) to float32 (N, 1, 28, 28)."""
        pixels = images.unsqueeze(1).to(torch.float32, memory_format=torch.channels_last)
        return pixels.mul_(1 / (255 * STD)).sub_(MEAN / STD)

    def extra_repr(self) -> str:
        """What `print(model)` shows between the parentheses."""
        return f"mean={MEAN}, std={STD}"


class SimpleCNN(nn.Sequential):
    """The tutorials' network: two convolutions, two linear layers, 225,034 parameters.

    Pooling comes before ReLU: both orders give the same values, and this one has a quarter of the ReLU's work.
    """

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                normalize=Normalize(),  # (N, 1, 28, 28)
                conv1=nn.Conv2d(1, 32, 3),  # (N, 32, 26, 26)
                pool1=nn.MaxPool2d(2),  # (N, 32, 13, 13)
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(32, 64, 3),  # (N, 64, 11, 11)
                pool2=nn.MaxPool2d(2),  # (N, 64, 5, 5)
                relu2=nn.ReLU(),
                flatten=nn.Flatten(),  # (N, 1600)
                linear1=nn.Linear(1600, 128),
                relu3=nn.ReLU(),
                linear2=nn.Linear(128, 10),
            )
        )


class FastCNN(nn.Sequential):
    """Strides instead of pooling: 29,322 parameters, and a twelfth of SimpleCNN's multiplications."""

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                normalize=Normalize(),  # (N, 1, 28, 28)
                conv1=nn.Conv2d(1, 16, 5, stride=2),  # (N, 16, 12, 12)
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(16, 32, 3, stride=2),  # (N, 32, 5, 5)
                relu2=nn.ReLU(),
                conv3=nn.Conv2d(32, 64, 3),  # (N, 64, 3, 3)
                flatten=nn.Flatten(),  # (N, 576)
                relu3=nn.ReLU(),
                linear=nn.Linear(576, 10),
            )
        )


class BestCNN(nn.Sequential):
    """Five convolutions with batch normalization: 94,602 parameters, and a little slower than SimpleCNN."""

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                normalize=Normalize(),  # (N, 1, 28, 28)
                conv1=nn.Conv2d(1, 32, 5, bias=False),  # (N, 32, 24, 24)
                pool1=nn.MaxPool2d(2),  # (N, 32, 12, 12)
                norm1=nn.BatchNorm2d(32),
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(32, 32, 3, padding=1, bias=False),  # (N, 32, 12, 12)
                norm2=nn.BatchNorm2d(32),
                relu2=nn.ReLU(),
                conv3=nn.Conv2d(32, 48, 3, bias=False),  # (N, 48, 10, 10)
                pool3=nn.MaxPool2d(2),  # (N, 48, 5, 5)
                norm3=nn.BatchNorm2d(48),
                relu3=nn.ReLU(),
                conv4=nn.Conv2d(48, 64, 3, padding=1, bias=False),  # (N, 64, 5, 5)
                norm4=nn.BatchNorm2d(64),
                relu4=nn.ReLU(),
                conv5=nn.Conv2d(64, 64, 3, bias=False),  # (N, 64, 3, 3)
                norm5=nn.BatchNorm2d(64),
                relu5=nn.ReLU(),
                flatten=nn.Flatten(),  # (N, 576)
                linear=nn.Linear(576, 10),
            )
        )


ARCHITECTURES: dict[str, type[nn.Sequential]] = {"SimpleCNN": SimpleCNN, "FastCNN": FastCNN, "BestCNN": BestCNN}


def build(architecture: str) -> nn.Sequential:
    """Makes a network with fresh weights from torch's current random state.

    Raises:
        ArtifactError: There is no architecture of that name.
    """
    if architecture not in ARCHITECTURES:
        raise ArtifactError(f"There is no architecture '{architecture}'; known: {', '.join(ARCHITECTURES)}.")
    # Channels last is the layout in which CPUs and tensor cores convolve fastest.
    return ARCHITECTURES[architecture]().to(memory_format=torch.channels_last)


def count_parameters(model: nn.Module) -> int:
    """How many numbers a model has learned."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.inference_mode()
def logits(model: nn.Module, images: Tensor) -> Tensor:
    """Runs a network on any number of images.

    Args:
        model: A network; it is put into evaluation mode.
        images: uint8 (N, 28, 28) on the model's device.

    Returns:
        float32 (N, 10).
    """
    model.eval()
    return torch.cat([model(batch) for batch in torch.split(images, _EVALUATION_BATCH)])


@torch.inference_mode()
def probabilities(model: nn.Module, images: Tensor) -> Tensor:
    """Classifies any number of images.

    Args:
        model: A network; it is put into evaluation mode.
        images: uint8 (N, 28, 28) on the model's device.

    Returns:
        float32 (N, 10), each row a distribution over the classes.
    """
    return logits(model, images).softmax(dim=1)


def save_weights(model: nn.Module, path: Path) -> None:
    """Writes a model's weights as safetensors, in torch's default memory layout."""
    # Not `save_file`, whose errors say nothing that a program could tell apart: a full disk is an OSError here.
    path.write_bytes(save({name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()}))


def load(folder: Path) -> tuple[nn.Sequential, Metadata]:
    """Loads a trained network from a run's folder.

    Returns:
        The network, on the CPU, and its description.

    Raises:
        ArtifactError: The folder is incomplete or damaged, or its files disagree.
    """
    metadata = artifact.read_metadata(folder)
    model = build(metadata.architecture)
    path = artifact.checked_file(folder, metadata, artifact.WEIGHTS)
    try:
        model.load_state_dict(load_file(path))
    except SafetensorError as error:
        raise ArtifactError(f"{path} is not a safetensors file: {error}.") from error
    except RuntimeError as error:  # torch names the layers that differ, one a line
        reasons = " ".join(line.strip() for line in str(error).splitlines()[1:])
        raise ArtifactError(f"{path} does not fit a {metadata.architecture}: {reasons}") from error
    if count_parameters(model) != metadata.parameters:
        raise ArtifactError(
            f"{folder / artifact.METADATA} counts {metadata.parameters:,} parameters, and a {metadata.architecture} "
            f"has {count_parameters(model):,}."
        )
    return model, metadata
