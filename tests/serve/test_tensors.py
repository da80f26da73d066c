"""The binary parser against made-up requests: a problem in words or images of the right shape, and nothing else."""

import json
import struct

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mnist_serve.api.tensors import InferenceRequest, format_response, parse_request
from mnist_serve.http.messages import Problem

_HEAD = json.dumps(
    {
        "id": "7",
        "inputs": [
            {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "parameters": {"binary_data_size": 784}}
        ],
        "outputs": [{"name": "probabilities", "parameters": {"binary_data": True, "classification": 2}}],
    }
).encode()
_VALID = _HEAD + bytes(range(256)) * 3 + bytes(16)

_KEYS = [
    "inputs",
    "outputs",
    "id",
    "name",
    "shape",
    "datatype",
    "data",
    "parameters",
    "binary_data_size",
    "classification",
]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=4), inner),
    max_leaves=12,
)


def parse(body: bytes, size: int | None) -> None:
    """Parses a request, and if it is one, answers it."""
    try:
        request, images = parse_request(body, size, max_batch=8)
    except Problem as problem:
        refusal = problem.response()
    else:
        check_images(request, images)
        return
    assert refusal.status == 400
    assert len(refusal.body) < 1000


def check_images(request: InferenceRequest, images: npt.NDArray[np.uint8]) -> None:
    assert images.dtype == np.uint8
    assert images.shape[1:] == (28, 28)
    assert len(images) <= 8
    answer, head = format_response(
        request, np.full((len(images), 10), 0.1, np.float32), "mnist", "1", list("0123456789")
    )
    assert json.loads(answer[:head])["model_name"] == "mnist"


@given(
    edits=st.lists(st.tuples(st.integers(0, len(_VALID) - 1), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, len(_VALID)),
    size=st.none() | st.integers(0, 2000),
)
@example(edits=[], cut=len(_VALID), size=len(_HEAD))
@settings(deadline=None, max_examples=300)
def test_damaged_requests(edits: list[tuple[int, int]], cut: int, size: int | None) -> None:
    body = bytearray(_VALID)
    for place, value in edits:
        body[place] = value
    parse(bytes(body[:cut]), size)
    parse(bytes(body), len(_HEAD))


@given(content=anything, tail=st.binary(max_size=800))
@settings(deadline=None, max_examples=300)
def test_any_json(content: object, tail: bytes) -> None:
    head = json.dumps(content).encode()
    parse(head, None)
    parse(head + tail, len(head))


@given(changes=st.dictionaries(st.sampled_from(["name", "shape", "datatype", "data", "parameters"]), anything))
@settings(deadline=None, max_examples=300)
def test_any_field_of_an_input(changes: dict[str, object]) -> None:
    valid = {"name": "images", "shape": [1, 28, 28], "datatype": "UINT8", "data": [0] * 784}
    parse(json.dumps({"inputs": [{**valid, **changes}]}).encode(), None)


@pytest.mark.parametrize("indent", [None, 1, 2, 4, 8, "\t"])
def test_numbers_may_be_indented(indent: int | str | None) -> None:
    images = (np.arange(2 * 28 * 28) % 256).astype(np.uint8).reshape(2, 28, 28)
    for data in (images.tolist(), images.ravel().tolist()):
        tensor = {"name": "images", "shape": [2, 28, 28], "datatype": "UINT8", "data": data}

        _, read = parse_request(json.dumps({"inputs": [tensor]}, indent=indent).encode(), None, max_batch=2)

        assert np.array_equal(read, images)


def test_binary_strings_have_their_length_before_them() -> None:
    """As Triton's binary data extension says."""
    request, _ = parse_request(_VALID, len(_HEAD), max_batch=1)
    probabilities = np.array([[0.25, 0.75] + [0.0] * 8], np.float32)

    answer, head = format_response(request, probabilities, "mnist", "1", list("0123456789"))

    text = b"0.750000:1:1"
    assert head is not None
    assert answer[head:].startswith(struct.pack("<I", len(text)) + text)
    assert json.loads(answer[:head])["outputs"][0] == {
        "name": "probabilities",
        "datatype": "BYTES",
        "shape": [1, 2],
        "parameters": {"binary_data_size": len(answer) - head},
    }
