"""The Open Inference Protocol's messages: from a request's bytes to images, from probabilities to a response's bytes.

A tensor's numbers stand in the JSON, flat or nested, or follow it as raw little-endian bytes ("binary tensor data").

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_classification.md
"""

import re
import struct
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

from mnist_core.sizes import SIDE
from mnist_serve.http.messages import Problem

INPUT, INPUT_TYPE = "images", "UINT8"
OUTPUT, OUTPUT_TYPE = "probabilities", "FP32"
_IMAGE = SIDE * SIDE  # bytes
_NESTED = re.compile(rb"\[[ \t\n\r]*\[")  # how lists of lists begin, however they are indented

_Size = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
_Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]


class InputParameters(msgspec.Struct):
    """Parameters of an input; others are passed over."""

    binary_data_size: _Size | None = None


class Input(msgspec.Struct):
    """A tensor that is sent."""

    name: str
    shape: Annotated[list[_Size], msgspec.Meta(max_length=8)]
    datatype: str
    parameters: InputParameters | None = None
    data: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)  # empty where the numbers follow the JSON


class OutputParameters(msgspec.Struct):
    """Parameters of a wanted output."""

    binary_data: bool | None = None
    classification: Annotated[int, msgspec.Meta(ge=0)] = 0


class WantedOutput(msgspec.Struct):
    """A tensor that is asked for."""

    name: str
    parameters: OutputParameters | None = None


class RequestParameters(msgspec.Struct):
    """Parameters of a request."""

    binary_data_output: bool = False


class InferenceRequest(msgspec.Struct):
    """The JSON of a request."""

    inputs: Annotated[list[Input], msgspec.Meta(max_length=16)]
    id: str | None = None
    outputs: Annotated[list[WantedOutput], msgspec.Meta(max_length=16)] | None = None
    parameters: RequestParameters | None = None


class Output(msgspec.Struct):
    """A tensor that is sent back."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    data: list[Any] | msgspec.UnsetType = msgspec.UNSET


class InferenceResponse(msgspec.Struct):
    """The JSON of a response."""

    model_name: str
    model_version: str
    outputs: list[Output]
    id: str | msgspec.UnsetType = msgspec.UNSET


_requests = msgspec.json.Decoder(InferenceRequest)
_numbers = msgspec.json.Decoder(list[_Byte])
_nested = msgspec.json.Decoder(list[list[list[_Byte]]])


def parse_request(body: bytes, json_size: int | None, max_batch: int) -> tuple[InferenceRequest, npt.NDArray[np.uint8]]:
    """Reads an inference request.

    Args:
        body: JSON, and the bytes of a binary tensor after it.
        json_size: How many bytes the JSON has; None for all.
        max_batch: How many images may come at once.

    Returns:
        The request, and its images: uint8 (N, 28, 28).

    Raises:
        Problem: It is not a request for this model.
    """
    size = len(body) if json_size is None else json_size
    if size > len(body):
        raise Problem(400, f"Inference-Header-Content-Length is {size}, and the body has {len(body)} bytes.")
    try:
        request = _requests.decode(memoryview(body)[:size])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, f"The JSON is not an inference request: {error}.") from error
    if [each.name for each in request.inputs] != [INPUT]:
        names = ", ".join(repr(each.name[:80]) for each in request.inputs) or "none"
        raise Problem(400, f"The model has one input, {INPUT!r}; the request's inputs are: {names}.")
    outputs = request.outputs or []
    for wanted in outputs:
        if wanted.name != OUTPUT:
            raise Problem(400, f"The model has one output, {OUTPUT!r}, and no {wanted.name[:80]!r}.")
    if len(outputs) > 1:
        raise Problem(400, f"The output {OUTPUT!r} is asked for {len(outputs)} times.")
    return request, _images(request.inputs[0], memoryview(body)[size:], max_batch)


def _images(tensor: Input, binary: memoryview, max_batch: int) -> npt.NDArray[np.uint8]:
    if tensor.datatype != INPUT_TYPE:
        raise Problem(400, f"{INPUT!r} is {INPUT_TYPE}, and the request says {tensor.datatype[:80]!r}.")
    if len(tensor.shape) != 3 or tensor.shape[1:] != [SIDE, SIDE]:
        raise Problem(400, f"{INPUT!r} has the shape [-1, {SIDE}, {SIDE}], and the request says {tensor.shape}.")
    count = tensor.shape[0]
    if count > max_batch:
        raise Problem(400, f"{count} images are more than the {max_batch} that this server takes at once.")
    size = tensor.parameters.binary_data_size if tensor.parameters else None
    if size is None:
        if binary.nbytes:
            raise Problem(400, f"{binary.nbytes} bytes follow the JSON, and no input has a binary_data_size.")
        return _from_json(tensor, count)
    if bytes(tensor.data):
        raise Problem(400, f"{INPUT!r} has both data and a binary_data_size.")
    if size != binary.nbytes:
        raise Problem(400, f"binary_data_size is {size}, and {binary.nbytes} bytes follow the JSON.")
    if size != count * _IMAGE:
        raise Problem(400, f"The shape {tensor.shape} takes {count * _IMAGE} bytes, and binary_data_size is {size}.")
    return np.frombuffer(binary, np.uint8).reshape(count, SIDE, SIDE)


def _from_json(tensor: Input, count: int) -> npt.NDArray[np.uint8]:
    text = bytes(tensor.data)
    if not text:
        raise Problem(400, f"{INPUT!r} has neither data nor a binary_data_size.")
    is_nested = _NESTED.match(text) is not None
    # Counted before they are made into objects, which take many times their bytes.
    lists, numbers = text.count(b"["), text.count(b",") + 1
    if lists != (1 + count * (1 + SIDE) if is_nested else 1) or numbers != max(count * _IMAGE, 1):
        raise Problem(400, f"The data of {INPUT!r} are not {count} images of {SIDE} x {SIDE} numbers.")
    try:
        values = np.array((_nested if is_nested else _numbers).decode(text), np.uint8)
    except msgspec.DecodeError as error:
        raise Problem(400, f"The data of {INPUT!r} are not whole numbers from 0 to 255: {error}.") from error
    except ValueError as error:
        raise Problem(400, f"The data of {INPUT!r} are lists of different lengths.") from error
    shape = (count, SIDE, SIDE)
    if (is_nested and values.shape != shape) or values.size != count * _IMAGE:
        raise Problem(400, f"The data of {INPUT!r} have the shape {list(values.shape)}, not {list(shape)}.")
    return values.reshape(shape)


def format_response(
    request: InferenceRequest, probabilities: npt.NDArray[np.float32], model: str, version: str, classes: list[str]
) -> tuple[bytes, int | None]:
    """Writes an inference response.

    Args:
        request: What was asked for.
        probabilities: float32 (N, 10).
        model: The model's name.
        version: The model's version.
        classes: A name for each output.

    Returns:
        The body, and how many of its bytes are JSON; None if all are.
    """
    parameters = (request.outputs[0].parameters if request.outputs else None) or OutputParameters()
    is_binary = parameters.binary_data
    if is_binary is None:
        is_binary = request.parameters is not None and request.parameters.binary_data_output
    output = Output(OUTPUT, OUTPUT_TYPE, list(probabilities.shape))
    binary = b""
    if parameters.classification:
        labels = _top_classes(probabilities, parameters.classification, classes)
        output.datatype = "BYTES"
        output.shape = [len(labels), len(labels[0]) if labels else 0]
        texts = [text for row in labels for text in row]
        if is_binary:
            binary = b"".join(struct.pack("<I", len(text.encode())) + text.encode() for text in texts)
        else:
            output.data = texts
    elif is_binary:
        binary = probabilities.astype("<f4", copy=False).tobytes()
    else:
        output.data = probabilities.ravel().tolist()
    if is_binary:
        output.parameters = {"binary_data_size": len(binary)}
    response = InferenceResponse(model, version, [output], msgspec.UNSET if request.id is None else request.id)
    head = msgspec.json.encode(response)
    return head + binary, len(head) if is_binary else None


def _top_classes(probabilities: npt.NDArray[np.float32], count: int, classes: list[str]) -> list[list[str]]:
    """The most probable classes of each image, as `probability:index:name`."""
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    return [
        [f"{row[index]:.6f}:{index}:{classes[index]}" for index in order]
        for row, order in zip(probabilities, best.tolist(), strict=True)
    ]
