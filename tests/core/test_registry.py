"""The registry's addresses and checksums are torchvision's."""

import pytest
from torchvision import datasets as torchvision

from mnist_core.registry import SOURCES


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("mnist", torchvision.MNIST), ("fashion-mnist", torchvision.FashionMNIST), ("kmnist", torchvision.KMNIST)],
)
def test_four_file_datasets_match_torchvision(name: str, theirs: type[torchvision.MNIST]) -> None:
    source = SOURCES[name]

    assert list(source.mirrors) == theirs.mirrors
    assert [(file.name, file.md5) for file in (*source.train, *source.test)] == theirs.resources
    assert source.folder == theirs.__name__
    assert [entry.rsplit(" - ", 1)[0] for entry in theirs.classes] == list(source.classes)


def test_qmnist_matches_torchvision() -> None:
    source = SOURCES["qmnist"]

    for part, files in (("train", source.train), ("test", source.test)):
        ours = [(source.mirrors[0] + file.name, file.md5) for file in files]
        assert ours == torchvision.QMNIST.resources[part]


def test_emnist_matches_torchvision() -> None:
    source = SOURCES["emnist-digits"]

    assert source.archive is not None
    assert source.mirrors[0] + source.archive.name == torchvision.EMNIST.url
    assert source.archive.md5 == torchvision.EMNIST.md5
    assert list(source.classes) == torchvision.EMNIST.classes_split_dict["digits"]
