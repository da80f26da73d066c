"""A trained model on disk: a folder that is written whole or not at all.

    model.safetensors   the weights
    model.onnx          the same model with scaling and softmax inside, what serving loads
    model.json          what it is and how it came to be (`Metadata`)
    history.jsonl       a line an epoch

`model.json` has the checksums of the two model files, so that files of different runs can't be mixed unnoticed.
"""

import dataclasses
import hashlib
import heapq
import json
from pathlib import Path
from typing import Any

from mnist_core.errors import ArtifactError
from mnist_core.sizes import SIDE

WEIGHTS = "model.safetensors"
ONNX = "model.onnx"
METADATA = "model.json"
HISTORY = "history.jsonl"

FORMAT = 1  # counts changes of model.json that older readers can't follow
RUNS = Path("runs")
LATEST = "latest"

_FEW = 3  # runs that are named where the right one was not
_LATER = {"temperature", "calibration_error"}  # a model.json of this format may lack them


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metadata:
    """What `model.json` says.

    Attributes:
        model: The recipe's name, such as "simple".
        architecture: The class of the network, such as "SimpleCNN".
        parameters: How many numbers were learned.
        classes: A name for each output.
        dataset: Its name, and the count and sha256 of its parts.
        recipe: The settings of the training.
        seed: What all randomness came from.
        validation_accuracy: Fraction of the validation images read correctly.
        test_accuracy: Fraction of the test images read correctly, measured once, after training.
        seconds: Wall-clock time from the command's start to the last epoch's end.
        device: What it was trained on, with the number of threads.
        versions: Python's and the libraries' versions.
        git_commit: The project's commit, with "-dirty" for uncommitted changes; None outside a checkout.
        created: ISO 8601 time in UTC.
        sha256: Checksums of the weights and the ONNX model, by file name.
        temperature: What the last layer was divided by, so that probabilities are as high as answers are right; 1 for
            models of before it was.
        calibration_error: Expected calibration error on the test images, 0 to 1; None if it was not measured.
        input: Name, type and shape of what the ONNX model takes.
        output: Name, type and shape of what it returns.
        format: Version of this description.
    """

    model: str
    architecture: str
    parameters: int
    classes: list[str]
    dataset: dict[str, Any]
    recipe: dict[str, Any]
    seed: int
    validation_accuracy: float
    test_accuracy: float
    seconds: float
    device: str
    versions: dict[str, str]
    git_commit: str | None
    created: str
    sha256: dict[str, str]
    temperature: float = 1.0
    calibration_error: float | None = None
    input: dict[str, Any] = dataclasses.field(
        default_factory=lambda: {"name": "images", "dtype": "uint8", "shape": [None, SIDE, SIDE]}
    )
    output: dict[str, Any] = dataclasses.field(
        default_factory=lambda: {"name": "probabilities", "dtype": "float32", "shape": [None, 10]}
    )
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Writes `model.json` into a folder."""
        text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
        (folder / METADATA).write_text(text + "\n", encoding="utf-8")


def read_metadata(folder: Path) -> Metadata:
    """Reads `model.json` and checks what the rest of the code relies on.

    Raises:
        ArtifactError: It is missing, damaged, or written by a newer version.
    """
    path = folder / METADATA
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(f"{folder} is no run's folder: it has no {METADATA}.{_runs_in(folder)}") from error
    except OSError as error:
        raise ArtifactError(f"{path} can't be read: {error.strerror}. Is {folder} a run's folder?") from error
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path} is damaged: {error}.") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("format"), int):
        raise ArtifactError(f"{path} does not describe a model of this project.")
    if fields["format"] != FORMAT:
        raise ArtifactError(f"{path} has format {fields['format']}, and this version reads {FORMAT}.")
    known = {field.name for field in dataclasses.fields(Metadata)}
    if missing := known - fields.keys() - _LATER:
        raise ArtifactError(f"{path} is damaged: it lacks {', '.join(sorted(missing))}.")
    metadata = Metadata(**{name: fields[name] for name in known & fields.keys()})
    _check_types(metadata, path)
    return metadata


def _check_types(metadata: Metadata, path: Path) -> None:
    expected: dict[str, type | tuple[type, ...]] = {
        "architecture": str,
        "parameters": int,
        "classes": list,
        "dataset": dict,
        "sha256": dict,
        "test_accuracy": (int, float),
        "validation_accuracy": (int, float),
        "temperature": (int, float),
        "calibration_error": (int, float, type(None)),
    }
    for name, kind in expected.items():
        if not isinstance(getattr(metadata, name), kind):
            raise ArtifactError(f"{path} is damaged: '{name}' is {json.dumps(getattr(metadata, name))}.")


def checked_file(folder: Path, metadata: Metadata, name: str) -> Path:
    """The path of a model file, once its checksum is the one that `model.json` names.

    Raises:
        ArtifactError: It is missing, damaged, or another run's.
    """
    path = folder / name
    try:
        found = sha256(path)
    except OSError as error:
        raise ArtifactError(f"{path} can't be read: {error.strerror}.") from error
    if found != metadata.sha256.get(name):
        raise ArtifactError(
            f"{path} is damaged or belongs to another run: its checksum is not the one in {METADATA}. "
            "Train again, or restore the folder."
        )
    return path


@dataclasses.dataclass(frozen=True)
class ModelFile:
    """An ONNX model as it was on disk.

    Attributes:
        path: Where it was.
        contents: Its bytes.
        metadata: What its `model.json` says; None for a `.onnx` file alone.
    """

    path: Path
    contents: bytes
    metadata: Metadata | None


def read_model(model: Path) -> ModelFile:
    """Reads an ONNX model, without looking into it.

    Args:
        model: A run's folder, whose checksum is verified, or a `.onnx` file.

    Raises:
        ArtifactError: It is missing or damaged.
    """
    metadata = read_metadata(model) if model.is_dir() else None
    path = checked_file(model, metadata, ONNX) if metadata else model
    try:
        return ModelFile(path, path.read_bytes(), metadata)
    except OSError as error:
        raise ArtifactError(f"{path} can't be read: {error.strerror}.") from error


def sha256(path: Path) -> str:
    """A file's checksum in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locate(model: Path | None) -> Path:
    """Finds the model that a command was asked for.

    Args:
        model: A run's folder or a `.onnx` file; None for the newest run.

    Raises:
        ArtifactError: There is none.
    """
    try:
        if model is None:
            model = RUNS / LATEST
            if not model.exists():
                raise ArtifactError(
                    f"There is no {model} yet. "
                    "Train a model with `uv run --package mnist-train train`, or pass --model."
                )
        path = _follow(model)
        if not path.exists():
            others = _runs_in(path.parent) or " Train one with `uv run --package mnist-train train`."
            raise ArtifactError(f"There is no model {path}.{others}")
        if not path.is_dir() and path.suffix != ".onnx":
            raise ArtifactError(f"{path} is neither a run's folder nor a .onnx file.")
    except OSError as error:
        raise ArtifactError(f"{model} can't be read: {error.strerror}.") from error
    return path


def newest(folder: Path, contents: str) -> list[Path]:
    """The newest few folders in a folder that have a file of that name, the newest first.

    Args:
        folder: Where to look; it may be missing.
        contents: The file's name, which may begin with a pattern for the folders, as in "*.unfinished/checkpoint".
    """
    found = {path.parent: path.stat().st_mtime for path in folder.glob(contents) if not path.parent.is_symlink()}
    return heapq.nlargest(_FEW, found, key=found.__getitem__)


def _runs_in(folder: Path) -> str:
    """What to say of a folder's runs where none was found that was asked for; nothing if there are none."""
    runs = newest(folder, f"*/{METADATA}")
    return f" The newest there: {', '.join(map(str, runs))}." if runs else ""


def _follow(path: Path) -> Path:
    """Resolves `runs/latest` where it is a text file, as on a Windows that allows no links."""
    if path.name == LATEST and path.is_file():
        return path.parent / path.read_text(encoding="utf-8", errors="replace").strip()
    return path
