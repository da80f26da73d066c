"""Bodies that are packed with gzip or deflate, both ways."""

import gzip
import zlib

from mnist_serve.http.messages import Problem, Request, Response

_GZIP_OR_ZLIB = 47  # zlib's word for: look which of the two it is
_WORTH_IT = 1400  # bytes; less fits into one packet anyway
_LEVEL = 1  # the answers are numbers, which more effort hardly makes smaller


def unpack(request: Request, limit: int) -> bytes:
    """A request's body as it was before it was packed.

    Args:
        request: The request.
        limit: How many bytes it may unpack to.

    Raises:
        Problem: It is packed in a way that is not known, damaged, or unpacks to too much.
    """
    encoding = request.header(b"content-encoding").lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        known = "gzip, deflate"
        raise Problem(415, f"The body has the encoding {encoding!r}; known are {known}.", Accept_Encoding=known)
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        body = unpacker.decompress(request.body, limit + 1)
    except zlib.error as error:
        raise Problem(400, f"The body is not what its encoding {encoding} says: {error}.") from error
    if len(body) > limit:
        raise Problem(413, f"The body unpacks to more than the {limit:,} bytes that this server takes.")
    if not unpacker.eof or unpacker.unused_data:
        raise Problem(400, f"The body is not a whole {encoding} stream.")
    return body


def accepts(request: Request, encoding: str) -> bool:
    """Whether the client can unpack an encoding, and does not refuse it (RFC 9110, section 12.5.3)."""
    for choice in request.header(b"accept-encoding").lower().split(","):
        name, _, weight = choice.partition(";")
        if name.strip() == encoding:
            return weight.replace(" ", "").rstrip("0") not in ("q=", "q=0.")
    return False


def pack(response: Response, request: Request) -> Response:
    """Packs a response where the client can unpack it and it is worth the time."""
    if len(response.body) < _WORTH_IT or b"accept-encoding" not in request.headers:
        return response
    if accepts(request, "gzip"):
        encoding, body = "gzip", gzip.compress(response.body, _LEVEL, mtime=0)
    elif accepts(request, "deflate"):
        encoding, body = "deflate", zlib.compress(response.body, _LEVEL)
    else:
        return response
    headers = {**response.headers, "Content-Encoding": encoding, "Vary": "Accept-Encoding"}
    return Response(response.status, body, response.type, headers)
