"""Datasets: found where they lie, read exactly, checked, and split in the one fixed way."""

import gzip
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torchvision.datasets
from sklearn.datasets import load_digits

from mnist_core import datasets, registry
from mnist_core.errors import DataError, DownloadError
from mnist_core.registry import SOURCES, Published, Source
from support import embedded_digits, write_dataset, write_idx

MNIST = SOURCES["mnist"]
LAYOUTS = ["", "MNIST", "MNIST/raw"]


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_are_found_raw_or_gzipped_flat_or_in_torchvisions_place(layout: str, suffix: str, tmp_path: Path) -> None:
    write_dataset(tmp_path / "data" / layout, MNIST, suffix)

    found = datasets.load("mnist", "train", tmp_path / "data")

    expected = embedded_digits("train")
    np.testing.assert_array_equal(found.images, expected.images[:600])
    np.testing.assert_array_equal(found.labels, expected.labels[:600])
    assert found.labels.dtype == np.int64


def test_the_files_of_one_dataset_may_lie_in_several_places(tmp_path: Path) -> None:
    write_dataset(tmp_path, MNIST, "")
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    shutil.move(tmp_path / "train-labels-idx1-ubyte", tmp_path / "MNIST" / "raw")

    assert len(datasets.load("mnist", "train", tmp_path)) == 600


def test_data_dir_goes_before_the_environment_and_that_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, count in (("argument", 100), ("environment", 200), ("data", 300)):
        write_dataset(tmp_path / name, MNIST, "", test=count)

    assert len(datasets.load("mnist", "test")) == 300
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "environment"))
    assert len(datasets.load("mnist", "test")) == 200
    assert len(datasets.load("mnist", "test", Path("argument"))) == 100
    monkeypatch.setenv("MNIST_DATA_DIR", "")
    assert len(datasets.load("mnist", "test")) == 300


def test_unusable_folders_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA_DIR", "~nobody-of-that-name/data")
    with pytest.raises(DataError, match=r"~nobody-of-that-name/data is no folder: .* Choose another"):
        datasets.load("mnist", "test")
    with pytest.raises(DataError, match=r"File name too long.* Choose another"):
        datasets.load("mnist", "test", Path("long" * 100))


def test_a_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_dataset(tmp_path / "somewhere", MNIST, "")

    assert len(datasets.load("mnist", "test", Path("~/somewhere"))) == 200


@pytest.mark.parametrize("part", ["train", "test"])
def test_mnist_is_what_torchvision_reads(
    part: registry.Part, mnist_dir: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in (*MNIST.train, *MNIST.test):
        packed = next(mnist_dir.rglob(file.name))
        (raw / file.name.removesuffix(".gz")).write_bytes(gzip.decompress(packed.read_bytes()))
    theirs = torchvision.datasets.MNIST(str(tmp_path), train=part == "train", download=False)

    for ours in (datasets.load("mnist", part, mnist_dir), datasets.load("mnist", part, tmp_path)):
        np.testing.assert_array_equal(ours.images, theirs.data.numpy())
        np.testing.assert_array_equal(ours.labels, theirs.targets.numpy())
    assert not caplog.records  # packed or not, these are the published files


def test_the_checksum_is_of_the_contents_whatever_they_are_packed_in(tmp_path: Path) -> None:
    write_dataset(tmp_path / "raw", MNIST, "")
    write_dataset(tmp_path / "gz", MNIST, ".gz")

    raw, packed = (datasets.load("mnist", "test", tmp_path / name) for name in ("raw", "gz"))

    assert raw.sha256 == packed.sha256
    by_hand = hashlib.sha256(raw.images.tobytes() + raw.labels.tobytes()).hexdigest()
    assert raw.sha256 == by_hand
    assert raw.sha256 != datasets.load("mnist", "train", tmp_path / "raw").sha256


def test_the_last_5000_of_60000_validate() -> None:
    images = np.zeros((60_000, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(60_000) % 251
    labels = np.arange(60_000) % 10

    training, validation = datasets.Dataset("mnist", images, labels).split()

    assert (len(training), len(validation)) == (55_000, 5_000)
    np.testing.assert_array_equal(np.concatenate([training.images, validation.images]), images)
    np.testing.assert_array_equal(np.concatenate([training.labels, validation.labels]), labels)


def test_a_small_set_gives_its_last_tenth() -> None:
    training, validation = datasets.load("digits", "train").split()

    assert (len(training), len(validation)) == (1294, 143)


def test_a_set_too_small_to_split_is_refused() -> None:
    tiny = datasets.Dataset("mnist", np.zeros((9, 28, 28), np.uint8), np.zeros(9, np.int64))

    with pytest.raises(DataError, match="9 training images; at least 10"):
        tiny.split()


def test_the_embedded_digits_are_scikit_learns_in_mnists_form() -> None:
    train, test = datasets.load("digits", "train"), datasets.load("digits", "test")

    bunch = load_digits()
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), bunch.target)
    assert (len(train), len(test)) == (1437, 360)
    assert (test.images.min(), test.images.max()) == (0, 255)
    # Images and labels belong together: the nearest training image tells what a test image is.
    flat, others = (images.reshape(len(images), -1) / 255 for images in (test.images, train.images))
    distances = (flat**2).sum(axis=1)[:, None] - 2 * flat @ others.T + (others**2).sum(axis=1)
    assert np.mean(train.labels[distances.argmin(axis=1)] == test.labels) > 0.93


def test_unknown_dataset_is_named() -> None:
    with pytest.raises(DataError, match=r"no dataset 'minst'\. Choose from mnist, fashion-mnist"):
        datasets.load("minst", "train")


def test_labels_above_9_are_refused(tmp_path: Path) -> None:
    write_dataset(tmp_path, MNIST, "")
    labels = np.zeros(600, np.uint8)
    labels[17] = 10
    write_idx(tmp_path / "train-labels-idx1-ubyte", labels)

    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte is damaged: label 17 is 10, and 9 is the highest"):
        datasets.load("mnist", "train", tmp_path)


def test_counts_that_disagree_are_refused(tmp_path: Path) -> None:
    write_dataset(tmp_path, MNIST, "")
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(599, np.uint8))

    with pytest.raises(DataError, match=r"600 images and .*599 labels: they don't belong together"):
        datasets.load("mnist", "train", tmp_path)


@pytest.mark.parametrize(
    ("name", "array", "complaint"),
    [
        ("t10k-images-idx3-ubyte", np.zeros((200, 32, 32), np.uint8), r"holds uint8 \(200, 32, 32\), not 28x28 images"),
        ("t10k-images-idx3-ubyte", np.zeros(200, np.uint8), r"holds uint8 \(200,\), not 28x28 images"),
        ("t10k-images-idx3-ubyte", np.zeros((0, 28, 28), np.uint8), r"not 28x28 images"),
        ("t10k-labels-idx1-ubyte", np.zeros((200, 2, 2), np.uint8), r"not labels"),
    ],
)
def test_what_is_not_images_or_labels_is_refused(name: str, array: np.ndarray, complaint: str, tmp_path: Path) -> None:
    write_dataset(tmp_path, MNIST, "")
    write_idx(tmp_path / name, array)

    with pytest.raises(DataError, match=complaint):
        datasets.load("mnist", "test", tmp_path)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_that_are_not_the_published_ones_are_used_with_a_warning(
    suffix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_dataset(tmp_path, MNIST, suffix)

    datasets.load("mnist", "test", tmp_path)

    warned = [record.getMessage() for record in caplog.records]
    assert len(warned) == 2
    assert f"t10k-images-idx3-ubyte{suffix} is not the published file" in warned[0]
    assert f"t10k-labels-idx1-ubyte{suffix} is not the published file" in warned[1]


def _republish(monkeypatch: pytest.MonkeyPatch, name: str, folder: Path) -> None:
    """Makes a folder's files the published ones of a dataset."""

    def published(file: Published) -> Published:
        return Published(file.name, hashlib.md5((folder / file.name).read_bytes()).hexdigest())  # noqa: S324

    fields = dict(vars(SOURCES[name]))
    for part in ("train", "test"):
        fields[part] = tuple(published(file) for file in fields[part])
    monkeypatch.setitem(registry.SOURCES, name, Source(**fields))


def test_another_datasets_files_are_not_taken_for_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_dataset(tmp_path, MNIST, ".gz")
    _republish(monkeypatch, "fashion-mnist", tmp_path)

    with pytest.raises(DataError, match=r"is a file of Fashion-MNIST, not MNIST's"):
        datasets.load("mnist", "test", tmp_path)


def test_mnist_is_not_taken_for_a_dataset_with_the_same_file_names(tmp_path: Path) -> None:
    write_dataset(tmp_path, MNIST, "")

    with pytest.raises(DownloadError, match="could not be downloaded"):
        datasets.load("kmnist", "test", tmp_path)


def test_qmnists_class_is_the_first_column(tmp_path: Path) -> None:
    digits = datasets.load("digits", "test")
    write_idx(tmp_path / "qmnist-test-images-idx3-ubyte", digits.images)
    columns = np.stack([digits.labels, *(np.arange(360) + 1000 * i for i in range(7))], axis=1).astype(np.int32)
    write_idx(tmp_path / "qmnist-test-labels-idx2-int", columns)

    np.testing.assert_array_equal(datasets.load("qmnist", "test", tmp_path).labels, digits.labels)


def test_emnist_is_turned_mnists_way_round(tmp_path: Path) -> None:
    digits = datasets.load("digits", "test")
    images, labels = (file.name.removesuffix(".gz") for file in SOURCES["emnist-digits"].test)
    write_idx(tmp_path / "EMNIST" / "raw" / images, np.ascontiguousarray(digits.images.transpose(0, 2, 1)))
    write_idx(tmp_path / "EMNIST" / "raw" / labels, digits.labels.astype(np.uint8))

    np.testing.assert_array_equal(datasets.load("emnist-digits", "test", tmp_path).images, digits.images)
