"""`POST /predict`: a picture as the body, or in a form, to the digit in it."""

import base64
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import multipart
import numpy as np
import numpy.typing as npt

from mnist_core.errors import PictureError, PictureFormatError, PictureTooLargeError
from mnist_core.images import Steps
from mnist_core.sizes import SIDE
from mnist_serve.api.compression import unpack
from mnist_serve.explanation import explain
from mnist_serve.http.messages import Problem, Request, Response
from mnist_serve.metrics import Metrics
from mnist_serve.reading import Reading, find_nothing, judge, see
from mnist_serve.settings import Settings

FORM = "multipart/form-data"
# What curl calls the body of --data-binary counts as not said: the bytes tell.
_UNSAID = ("", "application/octet-stream", "application/x-www-form-urlencoded")
_EXTRAS = ("seen", "explain")
_MOST_FIELDS = 16  # of a form, of which one is read


class Question(NamedTuple):
    """What is left to ask the model before a request can be answered."""

    image: npt.NDArray[np.uint8]  # (28, 28)
    answer: Callable[[npt.NDArray[np.float32]], Response]  # from its probabilities, (10,)


_encoder = msgspec.json.Encoder()


class Pictures:
    """Reads pictures that clients send."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics

    def predict(self, request: Request) -> Question | Response:
        """Finds the picture in a request and brings it to what the model sees."""
        body = unpack(request, self._settings.max_body)
        kind, parameters = multipart.parse_options_header(request.header(b"content-type"))
        name: str | msgspec.UnsetType = msgspec.UNSET
        contents = body
        if kind == FORM:
            name, contents = _uploaded(body, parameters.get("boundary", ""))
        elif kind not in _UNSAID and not kind.startswith("image/"):
            raise Problem(415, f"The body is {kind}; send a picture as it is, or in the field `file` of a form.")
        extras = _extras(request.query) if request.query else ()
        steps = self._see(contents)
        image = steps.image

        def answer(reading: Reading) -> Response:
            reading.file = name
            if reading.digit is None:
                self._metrics.add("mnist_no_digit_total")
            if "seen" in extras:
                reading.seen = base64.b64encode(image.tobytes()).decode("ascii")
            if "explain" in extras:
                reading.explanation = explain(steps)
            return Response(200, _encoder.encode(reading))

        if not image.any():
            return answer(find_nothing())
        least = self._settings.min_confidence
        return Question(image, lambda probabilities: answer(judge(steps, probabilities, least)))

    def _see(self, contents: bytes) -> Steps:
        try:
            return see(contents, self._settings.max_pixels)
        except PictureTooLargeError as error:
            raise Problem(413, str(error)) from error
        except PictureFormatError as error:
            raise Problem(415, str(error)) from error
        except PictureError as error:
            raise Problem(400, str(error)) from error


def is_small_png(contents: bytes) -> bool:
    """Whether a file is a PNG no larger than MNIST's images by its head, the one kind that its first bytes tell."""
    if not contents.startswith(b"\x89PNG\r\n\x1a\n") or contents[12:16] != b"IHDR":
        return False
    width, height = int.from_bytes(contents[16:20]), int.from_bytes(contents[20:24])
    return width <= SIDE and height <= SIDE


def _extras(query: str) -> set[str]:
    """What the answer shall have besides."""
    extras = set()
    for field in query.split("&"):
        name, _, value = field.partition("=")
        if name not in _EXTRAS or value not in ("true", "false"):
            raise Problem(
                400, f"{field[:80]!r} is not known in the query; `seen` and `explain` are, `true` or `false`."
            )
        if value == "true":
            extras.add(name)
    return extras


def _uploaded(body: bytes, boundary: str) -> tuple[str, bytes]:
    """The name and contents of the field `file` of a form."""
    if not boundary:
        raise Problem(400, "The form has no boundary in its Content-Type.")
    name: str | None = None
    contents: list[bytes] = []
    is_file = False
    try:
        with multipart.PushMultipartParser(boundary, len(body), max_segment_count=_MOST_FIELDS) as parser:
            for event in parser.parse(body):
                if isinstance(event, multipart.MultipartSegment):
                    is_file = event.name == "file" and name is None
                    if is_file:
                        name = event.filename or ""
                elif is_file and event:
                    contents.append(bytes(event))
    except (multipart.MultipartError, UnicodeError) as error:
        raise Problem(400, f"The form is broken: {error}.") from error
    if name is None:
        raise Problem(400, "The form has no field `file`.")
    return name, b"".join(contents)
