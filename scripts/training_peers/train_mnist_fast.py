"""The last step of train_mnist_fast: `python -m training_peers.train_mnist_fast DATA_DIR SEED`.

From its published settings (https://github.com/tuomaso/train_mnist_fast, 8_Final_00s76.ipynb): a smaller network,
one epoch in batches of 256, Adam with a learning rate that rises to 0.01 and falls again, and images that are
normalised and in memory before the clock starts.
"""

import dataclasses
import json
import sys
import time
from collections import OrderedDict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core import datasets
from mnist_core.datasets import Dataset
from mnist_core.models import MEAN, STD
from mnist_train import devices
from training_peers.running import Epoch

BATCH = 256
LEARNING_RATE = 1e-2
_TEST_BATCH = 2_000


class Network(nn.Sequential):
    """Two convolutions, two linear layers, 215,194 parameters; gives log-probabilities."""

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, 24, 5),  # (N, 24, 24, 24)
                pool1=nn.MaxPool2d(2),  # (N, 24, 12, 12)
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(24, 32, 3),  # (N, 32, 10, 10)
                pool2=nn.MaxPool2d(2),  # (N, 32, 5, 5)
                relu2=nn.ReLU(),
                flatten=nn.Flatten(),  # (N, 800)
                linear1=nn.Linear(800, 256),
                relu3=nn.ReLU(),
                linear2=nn.Linear(256, 10),
                log_softmax=nn.LogSoftmax(dim=1),
            )
        )


def tensors(dataset: Dataset, device: torch.device) -> tuple[Tensor, Tensor]:
    """A dataset on the device: normalised images (N, 1, 28, 28), and labels."""
    images = torch.tensor(dataset.images, device=device).unsqueeze(1) / 255
    return (images - MEAN) / STD, torch.tensor(dataset.labels, device=device)


def shuffled(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Both in one fixed random order: theirs shuffles MNIST once, when it writes the file that it trains from."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0)).to(labels.device)
    return images[order], labels[order]


def train(network: Network, images: Tensor, labels: Tensor) -> float:
    """Goes through the images once, in their order: the seconds that it took."""
    batches = list(zip(torch.split(images, BATCH), torch.split(labels, BATCH), strict=True))
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, betas=(0.7, 0.9))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=LEARNING_RATE, total_steps=len(batches), cycle_momentum=False
    )
    network.train()
    # Only now, as a process's first optimizer imports torch's compiler for seconds. Theirs is timed over many trainings
    # in one process, so that it does not pay for that either.
    start = time.perf_counter()
    for some_images, some_labels in batches:
        optimizer.zero_grad()
        loss = F.nll_loss(network(some_images), some_labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    loss.item()  # a GPU is waited for here
    return time.perf_counter() - start


@torch.no_grad()
def accuracy(network: Network, images: Tensor, labels: Tensor) -> float:
    """Fraction of the images that are read correctly."""
    network.eval()
    read = torch.cat([network(batch).argmax(dim=1) for batch in torch.split(images, _TEST_BATCH)])
    return int((read == labels).sum()) / len(labels)


def main(root: Path, seed: int) -> None:
    """Trains, and prints its one epoch as a line of JSON."""
    torch.manual_seed(seed)
    device = devices.choose("auto")  # where `train` computes, too
    images, labels = shuffled(*tensors(datasets.load("mnist", "train", root), device))
    test = tensors(datasets.load("mnist", "test", root), device)
    network = Network().to(device)
    seconds = train(network, images, labels)
    print(json.dumps(dataclasses.asdict(Epoch(seconds, accuracy(network, *test)))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
