"""The files of the page and of the documentation, read once and sent packed where the client likes."""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from pathlib import Path

import msgspec

from mnist_serve.api.compression import accepts
from mnist_serve.http.messages import Request, Response

FOLDER = Path(__file__).parent.parent / "page"

# Nothing from another host, nothing inline, in nobody's frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",  # kept, but asked for each time: an ETag answers that
    "Vary": "Accept-Encoding",
}

Handler = Callable[[Request], Response]


def file_handler(path: Path) -> Handler:
    """What answers requests for a file."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return content_handler(path.read_bytes(), f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)


def json_handler(content: object) -> Handler:
    """What answers requests for a JSON document that never changes."""
    return content_handler(msgspec.json.encode(content), "application/json")


def content_handler(content: bytes, kind: str) -> Handler:
    """What answers requests for content that never changes."""
    packed = gzip.compress(content, mtime=0)
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    plain_headers = {**_HEADERS, "ETag": tag}
    packed_headers = {**plain_headers, "Content-Encoding": "gzip"}

    def handle(request: Request) -> Response:
        if tag in request.header(b"if-none-match"):
            return Response(304, b"", kind, plain_headers)
        if accepts(request, "gzip"):
            return Response(200, packed, kind, packed_headers)
        return Response(200, content, kind, plain_headers)

    return handle
