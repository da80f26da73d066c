"""The artifact: refused when anything in it disagrees."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from mnist_core import artifact, models
from mnist_core.artifact import Metadata
from mnist_core.classifier import Classifier
from mnist_core.errors import ArtifactError


def edit(folder: Path, **changes: Any) -> None:
    """Changes fields of model.json; None takes a field away."""
    path = folder / artifact.METADATA
    fields = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in fields.items() if value is not None}))


def replace_weights(folder: Path, weights: dict[str, torch.Tensor]) -> None:
    """Puts other weights in, with a checksum that is right."""
    path = folder / artifact.WEIGHTS
    save_file(weights, path)
    sha256 = artifact.read_metadata(folder).sha256 | {path.name: artifact.sha256(path)}
    edit(folder, sha256=sha256)


def test_what_was_written_is_read_back(small_run: Path) -> None:
    metadata = artifact.read_metadata(small_run)

    assert metadata == Metadata(**json.loads((small_run / "model.json").read_text()))
    assert metadata.architecture == "SimpleCNN"
    assert metadata.parameters == 225_034
    assert metadata.input == {"name": "images", "dtype": "uint8", "shape": [None, 28, 28]}
    assert metadata.output == {"name": "probabilities", "dtype": "float32", "shape": [None, 10]}
    for name in ("model.safetensors", "model.onnx"):
        assert artifact.checked_file(small_run, metadata, name) == small_run / name


@pytest.mark.parametrize(
    ("contents", "complaint"),
    [
        ("", "is damaged"),
        ("{", "is damaged"),
        ("[]", "does not describe a model"),
        ('{"name": "something else"}', "does not describe a model"),
        ('{"format": 99}', "has format 99, and this version reads 1"),
        ('{"format": 1}', "is damaged: it lacks architecture, "),
        ("[" * 200_000, "is damaged"),
    ],
)
def test_a_foreign_or_damaged_description_is_refused(contents: str, complaint: str, run_copy: Path) -> None:
    (run_copy / "model.json").write_text(contents)

    with pytest.raises(ArtifactError, match=rf"model\.json {complaint}"):
        models.load(run_copy)


def test_a_model_of_before_there_was_a_temperature_is_read(run_copy: Path) -> None:
    path = run_copy / "model.json"
    fields = json.loads(path.read_text())
    del fields["temperature"], fields["calibration_error"]
    path.write_text(json.dumps(fields))

    _, metadata = models.load(run_copy)

    assert metadata.temperature == 1
    assert metadata.calibration_error is None


def test_a_description_that_is_no_text_is_refused(run_copy: Path) -> None:
    (run_copy / "model.json").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ArtifactError, match=r"model\.json is damaged"):
        models.load(run_copy)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"parameters": "many"}, "'parameters' is \"many\""),
        ({"classes": 10}, "'classes' is 10"),
        ({"sha256": []}, r"'sha256' is \[\]"),
        ({"parameters": 7}, "counts 7 parameters, and a SimpleCNN has 225,034"),
        ({"architecture": "ResNet"}, "no architecture 'ResNet'"),
        ({"sha256": {}}, "checksum is not the one in model.json"),
    ],
)
def test_a_description_that_disagrees_is_refused(changes: dict[str, Any], complaint: str, run_copy: Path) -> None:
    edit(run_copy, **changes)

    with pytest.raises(ArtifactError, match=complaint):
        models.load(run_copy)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!"),
        lambda path: path.write_bytes(b""),
    ],
    ids=["truncated", "changed", "emptied"],
)
@pytest.mark.parametrize("name", ["model.safetensors", "model.onnx"])
def test_damaged_model_files_are_refused(name: str, damage: Callable[[Path], None], run_copy: Path) -> None:
    damage(run_copy / name)

    with pytest.raises(ArtifactError, match="is damaged or belongs to another run"):
        models.load(run_copy) if name == "model.safetensors" else Classifier(run_copy)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("model.safetensors", "model.safetensors can't be read: No such file"),
        ("model.json", "is no run's folder: it has no model.json."),
    ],
)
def test_a_missing_file_is_named(name: str, says: str, run_copy: Path) -> None:
    (run_copy / name).unlink()

    with pytest.raises(ArtifactError, match=says):
        models.load(run_copy)


def test_another_runs_weights_are_refused(run_copy: Path) -> None:
    torch.manual_seed(1)
    models.save_weights(models.build("SimpleCNN"), run_copy / "model.safetensors")

    with pytest.raises(ArtifactError, match="is damaged or belongs to another run"):
        models.load(run_copy)


def test_weights_of_another_network_are_refused_even_with_the_right_checksum(run_copy: Path) -> None:
    replace_weights(run_copy, {"decoder.weight": torch.zeros(3)})
    with pytest.raises(ArtifactError, match=r"does not fit a SimpleCNN: .*decoder\.weight"):
        models.load(run_copy)

    weights = load_file(run_copy / "model.safetensors") | {"conv1.weight": torch.zeros(7, 1, 3, 3)}
    replace_weights(run_copy, weights)
    with pytest.raises(ArtifactError, match="does not fit a SimpleCNN"):
        models.load(run_copy)


def test_what_is_no_safetensors_file_is_refused_even_with_the_right_checksum(run_copy: Path) -> None:
    path = run_copy / "model.safetensors"
    path.write_bytes(b"\x80\x04a pickle, say")
    edit(run_copy, sha256=artifact.read_metadata(run_copy).sha256 | {path.name: artifact.sha256(path)})

    with pytest.raises(ArtifactError, match="is not a safetensors file"):
        models.load(run_copy)


def test_what_is_no_onnx_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a graph")

    with pytest.raises(ArtifactError, match=r"model\.onnx is not a model that onnxruntime can load"):
        Classifier(tmp_path / "model.onnx")


@pytest.mark.parametrize(
    ("taken", "given"),
    [
        (("x", "UINT8", ["N", 28, 28]), ("probabilities", "FLOAT", ["N", 10])),
        (("images", "FLOAT", ["N", 28, 28]), ("probabilities", "FLOAT", ["N", 10])),
        (("images", "UINT8", [1, 28, 28]), ("probabilities", "FLOAT", [1, 10])),
        (("images", "UINT8", ["N", 32, 32]), ("probabilities", "FLOAT", ["N", 10])),
        (("images", "UINT8", ["N", 28, 28]), ("probabilities", "FLOAT", ["N", 26])),
    ],
)
def test_an_onnx_model_that_takes_or_gives_something_else_is_refused(
    taken: tuple[str, str, list[str | int]], given: tuple[str, str, list[str | int]], tmp_path: Path
) -> None:
    from onnx import TensorProto, helper, save

    constant = helper.make_node("ConstantOfShape", ["shape"], [given[0]])
    shape = helper.make_node("Shape", [taken[0]], ["shape"])
    (value_in, value_out) = (
        helper.make_tensor_value_info(name, getattr(TensorProto, kind), dimensions)
        for name, kind, dimensions in (taken, given)
    )
    graph = helper.make_graph([shape, constant], "other", [value_in], [value_out])
    opset = [helper.make_operatorsetid("", 17)]
    save(helper.make_model(graph, ir_version=8, opset_imports=opset), tmp_path / "other.onnx")

    with pytest.raises(ArtifactError, match=r"other\.onnx is not a model (of this project: it takes|that onnxruntime)"):
        Classifier(tmp_path / "other.onnx")


def test_no_artifact_file_is_a_pickle(small_run: Path) -> None:
    assert sorted(path.name for path in small_run.iterdir()) == [
        "history.jsonl",
        "model.json",
        "model.onnx",
        "model.safetensors",
    ]
    for path in small_run.iterdir():
        start = path.read_bytes()[:4]
        assert not start.startswith((b"\x80", b"PK")), f"{path.name} begins like a pickle or a zip of them"


def test_a_path_that_no_system_takes_is_named() -> None:
    with pytest.raises(ArtifactError, match=r"File name too long|There is no model"):  # the latter from Python 3.14 on
        artifact.locate(Path("long" * 100))


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (None, r"no runs/latest yet\. Train a model with `uv run --package mnist-train train`"),
        (Path("nowhere"), r"no model nowhere\. Train one with `uv run --package mnist-train train`\.$"),
        (Path("notes.txt"), "neither a run's folder nor a .onnx file"),
    ],
)
def test_a_model_that_is_not_there_is_named(asked: Path | None, complaint: str) -> None:
    Path("notes.txt").touch()

    with pytest.raises(ArtifactError, match=complaint):
        artifact.locate(asked)


def test_where_a_model_is_not_the_newest_beside_it_are_named() -> None:
    for age, name in enumerate(["d", "b", "a", "c"]):
        Path("runs", name).mkdir(parents=True)
        described = Path("runs", name, "model.json")
        described.touch()
        os.utime(described, (age, age))
    Path("runs", "notes").mkdir()
    Path("runs", "latest").symlink_to("c")
    newest = ", ".join(str(Path("runs", name)) for name in "cab")

    with pytest.raises(ArtifactError) as caught:
        artifact.locate(Path("runs") / "none")
    assert str(caught.value) == f"There is no model {Path('runs') / 'none'}. The newest there: {newest}."

    for folder in ("runs", "runs/notes"):
        with pytest.raises(ArtifactError, match=f"^{folder} is no run's folder: it has no model.json\\.") as caught:
            artifact.read_metadata(artifact.locate(Path(folder)))
        assert (newest in str(caught.value)) == (folder == "runs")


def test_metadata_describes_every_field() -> None:
    documented = Metadata.__doc__ or ""

    for field in dataclasses.fields(Metadata):
        assert f"    {field.name}: " in documented
