"""Which datasets there are, where they are published, and the checksums of their files.

Addresses and checksums are those that torchvision downloads with; a test compares the two tables.
"""

from dataclasses import dataclass
from typing import Literal

Part = Literal["train", "test"]

DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")


@dataclass(frozen=True)
class Published:
    """A file as it was published.

    Attributes:
        name: Its name.
        md5: Its checksum, or nothing where an archive's vouches for it.
        raw_md5: The checksum of what is in it, where that is known.
    """

    name: str
    md5: str
    raw_md5: str = ""


@dataclass(frozen=True)
class Source:
    """A dataset of 28x28 images as it was published.

    Attributes:
        title: The name that people know it by.
        folder: The name of its folder, the same as torchvision's.
        mirrors: Addresses in front of the files' names, in the order in which to try.
        train: The training images and labels.
        test: The test images and labels.
        classes: A name for each label.
        archive: The one file that is published instead of the four, a zip that holds them.
        own_names: No other dataset's files are named like these, so they are known wherever they lie.
        transposed: The images are stored column by column.
    """

    title: str
    folder: str
    mirrors: tuple[str, ...]
    train: tuple[Published, Published]
    test: tuple[Published, Published]
    classes: tuple[str, ...] = DIGITS
    archive: Published | None = None
    own_names: bool = True
    transposed: bool = False

    def files(self, part: Part) -> tuple[Published, Published]:
        """The images and labels of a part."""
        return self.train if part == "train" else self.test


def _like_mnist(
    *,
    title: str,
    folder: str,
    mirrors: tuple[str, ...],
    md5s: tuple[str, str, str, str],
    raw_md5s: tuple[str, str, str, str] = ("", "", "", ""),
    classes: tuple[str, ...] = DIGITS,
    own_names: bool = False,
) -> Source:
    """A dataset in MNIST's four files, as its drop-in replacements are; checksums in the order of the names."""
    names = (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    train_images, train_labels, test_images, test_labels = map(Published, names, md5s, raw_md5s)
    return Source(
        title=title,
        folder=folder,
        mirrors=mirrors,
        train=(train_images, train_labels),
        test=(test_images, test_labels),
        classes=classes,
        own_names=own_names,
    )


SOURCES = {
    "mnist": _like_mnist(
        title="MNIST",
        folder="MNIST",
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        md5s=(
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
        raw_md5s=(
            "6bbc9ace898e44ae57da46a324031adb",
            "a25bea736e30d166cdddb491f175f624",
            "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ),
        own_names=True,
    ),
    "fashion-mnist": _like_mnist(
        title="Fashion-MNIST",
        folder="FashionMNIST",
        mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        md5s=(
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
    "kmnist": _like_mnist(
        title="KMNIST",
        folder="KMNIST",
        mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        md5s=(
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
        classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ),
    "qmnist": Source(
        title="QMNIST",
        folder="QMNIST",
        mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
        train=(
            Published("qmnist-train-images-idx3-ubyte.gz", "ed72d4157d28c017586c42bc6afe6370"),
            Published("qmnist-train-labels-idx2-int.gz", "0058f8dd561b90ffdd0f734c6a30e5e4"),
        ),
        test=(
            Published("qmnist-test-images-idx3-ubyte.gz", "1394631089c404de565df7b7aeaf9412"),
            Published("qmnist-test-labels-idx2-int.gz", "5b5b05890a5e13444e108efe57b788aa"),
        ),
    ),
    "emnist-digits": Source(
        title="EMNIST Digits",
        folder="EMNIST",
        mirrors=("https://biometrics.nist.gov/cs_links/EMNIST/",),
        # Published only inside the archive, whose checksum vouches for them.
        train=(
            Published("emnist-digits-train-images-idx3-ubyte.gz", ""),
            Published("emnist-digits-train-labels-idx1-ubyte.gz", ""),
        ),
        test=(
            Published("emnist-digits-test-images-idx3-ubyte.gz", ""),
            Published("emnist-digits-test-labels-idx1-ubyte.gz", ""),
        ),
        archive=Published("gzip.zip", "58c8d27c78d21e728a6bc7b3cc06412e"),
        transposed=True,
    ),
}

EMBEDDED = "digits"  # comes inside scikit-learn, needs no network
IN_MNISTS_FORM = ("mnist", "qmnist", EMBEDDED)  # digits that fill its box of 20x20, their centre of mass in the middle
NAMES = (*SOURCES, EMBEDDED)
_TITLES = {EMBEDDED: "scikit-learn's digits"}  # of what was never published as files


def title(name: str) -> str:
    """The name that people know a dataset by."""
    return SOURCES[name].title if name in SOURCES else _TITLES.get(name, name)
