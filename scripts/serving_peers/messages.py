"""HTTP messages of the load client: requests made once as bytes, responses read with as little work as possible.

The client shares the machine with the server that it measures. What it spends on a response is missing there.
"""

import base64
import json
import re

import numpy as np
import numpy.typing as npt

from mnist_core.errors import MnistError

_OK = b"HTTP/1.1 200"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_BOUNDARY = "a-picture-of-a-digit"


class ResponseError(MnistError):
    """A server answered something other than what was asked for."""


def request(path: str, content_type: str, body: bytes, **headers: object) -> bytes:
    """A whole POST request; underscores in the names of further headers stand for hyphens."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def raw(path: str, picture: bytes) -> bytes:
    """A picture as the request's body."""
    return request(path, "image/png", picture)


def multipart(path: str, picture: bytes, field: str) -> bytes:
    """A picture as a form's file."""
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="digit.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    body = head.encode() + picture + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return request(path, f"multipart/form-data; boundary={_BOUNDARY}", body)


def base64_json(path: str, picture: bytes, field: str) -> bytes:
    """A picture as base64 in a JSON object."""
    return request(path, "application/json", json.dumps({field: base64.b64encode(picture).decode()}).encode())


def tensor(images: npt.NDArray[np.uint8]) -> bytes:
    """Images (N, 28, 28) as a binary tensor of the Open Inference Protocol, which asks for a binary answer."""
    description = {
        "inputs": [
            {
                "name": "images",
                "datatype": "UINT8",
                "shape": images.shape,
                "parameters": {"binary_data_size": images.nbytes},
            }
        ],
        "outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}],
    }
    head = json.dumps(description).encode()
    return request(
        "/v2/models/mnist/infer", "application/octet-stream", head + images.tobytes(),
        Inference_Header_Content_Length=len(head),
    )  # fmt: skip


def body(received: bytes) -> bytes | None:
    """The body of a response.

    Args:
        received: All bytes since the request was sent.

    Returns:
        None while more bytes are to come.

    Raises:
        ResponseError: The status is not 200, or the end can't be told.
    """
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    if not received.startswith(_OK):
        raise ResponseError(received[:300].decode(errors="replace"))
    start = head + 4
    if length := _LENGTH.search(received, 0, head):
        end = start + int(length[1])
        return received[start:end] if len(received) >= end else None
    if _CHUNKED.search(received, 0, head):
        return _joined(received, start) if received.endswith(b"0\r\n\r\n") else None
    raise ResponseError(f"The response has no length: {received[:head].decode(errors='replace')}")


def _joined(received: bytes, start: int) -> bytes | None:
    """Chunks put together; None while the last one is missing."""
    parts: list[bytes] = []
    while (end := received.find(b"\r\n", start)) >= 0:
        size = int(received[start:end], 16)
        if not size:
            return b"".join(parts)
        parts.append(received[end + 2 : end + 2 + size])
        start = end + 2 + size + 2
    return None
