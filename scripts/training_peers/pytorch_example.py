"""The recipe of the PyTorch MNIST example: `python -m training_peers.pytorch_example DATA_DIR EPOCHS`.

From its published settings (https://github.com/pytorch/examples/tree/main/mnist): batches of 64 through a DataLoader
with per-sample transforms, Adadelta from 1.0, times 0.7 after each epoch, the test set scored after each epoch. It
stops after the first epoch that reaches 99.0 %.
"""

import dataclasses
import itertools
import json
import math
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from mnist_train import devices
from training_peers.report import TARGET
from training_peers.running import Epoch


def main(root: Path, epochs: float) -> None:
    """Trains, and prints each epoch as a line of JSON.

    Args:
        root: The folder in which torchvision finds MNIST.
        epochs: After how many to stop in any case: a whole number, or less than 1 for a part of the first.
    """
    torch.manual_seed(1)  # the example's own default
    device = devices.choose("auto")  # where `train` computes, too
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    training = datasets.MNIST(root, train=True, transform=transform)
    test = datasets.MNIST(root, train=False, transform=transform)
    training_batches = DataLoader(training, batch_size=64, shuffle=True)
    test_batches = DataLoader(test, batch_size=1000)

    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10), nn.LogSoftmax(dim=1),
    ).to(device)  # fmt: skip
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    part = min(epochs, 1)  # of the training set, that an epoch goes through
    batches = math.ceil(part * len(training_batches))
    for _ in range(math.ceil(epochs)):
        start = time.perf_counter()
        model.train()
        for images, labels in itertools.islice(training_batches, batches):
            optimizer.zero_grad()
            loss = F.nll_loss(model(images.to(device)), labels.to(device))
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        loss.item()  # a GPU is waited for here
        seconds = time.perf_counter() - start
        model.eval()
        right = 0
        with torch.no_grad():
            for images, labels in test_batches:
                right += int((model(images.to(device)).argmax(dim=1) == labels.to(device)).sum())
        epoch = Epoch(seconds, right / len(test), part)
        print(json.dumps(dataclasses.asdict(epoch)), flush=True)
        if epoch.accuracy >= TARGET:
            return
        schedule.step()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
