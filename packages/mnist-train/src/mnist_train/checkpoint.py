"""Checkpoints: all that a training needs to go on, in one safetensors file that is replaced whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from mnist_core.errors import ArtifactError

if TYPE_CHECKING:
    from torch import Tensor

_DESCRIPTION = "description"  # JSON, as a tensor of bytes
_FORMAT = 1  # counts changes that older and newer versions can't follow


def pack(tensors: Mapping[str, "Tensor"], description: Mapping[str, Any]) -> bytes:
    """Makes a checkpoint's contents.

    Args:
        tensors: What to keep, on any device.
        description: What JSON can say of it.
    """
    import torch
    from safetensors.torch import save

    text = torch.frombuffer(bytearray(json.dumps({"format": _FORMAT, **description}).encode()), dtype=torch.uint8)
    return save({name: tensor.cpu().contiguous() for name, tensor in tensors.items()} | {_DESCRIPTION: text})


def unpack(contents: bytes) -> "tuple[dict[str, Tensor], dict[str, Any]]":
    """Takes a checkpoint's tensors, on the CPU, and its description out of its contents."""
    from safetensors.torch import load

    tensors = load(contents)
    return tensors, json.loads(tensors.pop(_DESCRIPTION).numpy().tobytes())


def write(path: Path, contents: bytes) -> None:
    """Writes a checkpoint; the one before stays where it is until the new one is safe on the disk.

    Raises:
        OSError: It can't be written.
    """
    fresh = path.with_name(f".{path.name}")
    try:
        with fresh.open("wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def describe(path: Path) -> dict[str, Any]:
    """Reads a checkpoint's description, without torch.

    Raises:
        ArtifactError: It is damaged, or another program's.
    """
    try:
        with safe_open(path, framework="np") as file:
            text = file.get_tensor(_DESCRIPTION)
        described: dict[str, Any] = json.loads(text.tobytes())
    except (SafetensorError, ValueError) as error:
        raise ArtifactError(f"{path} is no checkpoint of a training, or damaged: {error}.") from error
    if described.get("format") != _FORMAT:
        raise ArtifactError(f"{path} was written by another version of mnist-train. Go on with that one.")
    return described
