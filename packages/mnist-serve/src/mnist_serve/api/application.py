"""Which request goes to which handler, who may ask, and what an error looks like."""

import hmac
import time
import traceback
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_serve import metrics as prometheus
from mnist_serve.api import site
from mnist_serve.api.inference import MODEL_NAME, MODEL_VERSION, InferenceProtocol
from mnist_serve.api.openapi import describe
from mnist_serve.api.pictures import Pictures, Question, is_small_png
from mnist_serve.http.messages import Problem, Request, Response
from mnist_serve.loading import Model
from mnist_serve.metrics import Metrics
from mnist_serve.settings import Settings
from mnist_serve.telling import tell

_PREDICT = "/predict"
_QUICK = 4096  # bytes of a body that needs no thread of its own


class _Route(NamedTuple):
    endpoint: str  # its name in the metrics
    handle: Callable[[Request], Response | Question]
    method: str = "GET"
    is_open: bool = False  # whether it needs no API key


class Application:
    """Everything that the server answers."""

    def __init__(self, model: Model, settings: Settings, metrics: Metrics, is_ready: Callable[[], bool]) -> None:
        self._classifier = model.classify
        self._metrics = metrics
        self._key = settings.api_key.encode() if settings.api_key else None
        protocol = InferenceProtocol(model, self._classify, settings, metrics, is_ready)
        pictures = Pictures(settings, metrics)
        self._routes = {
            **_site_routes(settings),
            **_protocol_routes(protocol),
            _PREDICT: _Route("predict", pictures.predict, "POST"),
            "/metrics": _Route("metrics", self._expose),
        }

    def paths(self) -> list[str]:
        """Where there is something."""
        return list(self._routes)

    # What http.server.Application asks for.

    def admit(self, request: Request) -> Response | None:
        """Refuses unknown paths and methods, and who lacks the key."""
        route = self._routes.get(request.path)
        if not route:
            message = f"There is nothing at {request.path[:200]!r}; GET /docs tells what there is."
            return Problem(404, message).response()
        if request.method != route.method and not (request.method == "HEAD" and route.method == "GET"):
            allowed = "GET, HEAD" if route.method == "GET" else route.method
            return Problem(405, f"{request.path} takes {allowed}.", Allow=allowed).response()
        if self._key and not route.is_open and not _has_key(request, self._key):
            message = "This server asks for a key: send it as X-API-Key, or as Authorization: Bearer KEY."
            return Problem(401, message, WWW_Authenticate="Bearer").response()
        return None

    def is_quick(self, request: Request) -> bool:
        """Whether the answer takes little time; not if little is sent that may unpack to much.

        To bring a picture to what the model sees takes 0.02 ms if it has MNIST's form, about 2 ms if it has only its
        size. Larger ones can take ten times as long and more.
        """
        if len(request.body) > _QUICK or b"content-encoding" in request.headers:
            return False
        return request.path != _PREDICT or is_small_png(request.body)

    def respond(self, requests: Sequence[Request]) -> list[Response]:
        """Answers requests that were admitted; one run of the model reads all their pictures."""
        outcomes = [self._handle(request) for request in requests]
        questions = [outcome for outcome in outcomes if isinstance(outcome, Question)]
        answers = iter(self._ask(questions) if questions else ())
        return [next(answers) if isinstance(outcome, Question) else outcome for outcome in outcomes]

    def answered(self, request: Request, response: Response, seconds: float) -> None:
        """Counts an answer."""
        route = self._routes.get(request.path)
        self._metrics.answered(route.endpoint if route else "unknown", response.status, seconds)

    # The rest is ours.

    def _handle(self, request: Request) -> Response | Question:
        try:
            return self._routes[request.path].handle(request)
        except Problem as problem:
            return problem.response()
        except Exception:  # noqa: BLE001 - whatever it is, the server goes on
            return _defect(f"Request {request.id}")

    def _ask(self, questions: list[Question]) -> list[Response]:
        try:
            probabilities = self._classify(np.stack([question.image for question in questions]))
            return [question.answer(row) for question, row in zip(questions, probabilities, strict=True)]
        except Exception:  # noqa: BLE001
            return [_defect("The model")] * len(questions)

    def _classify(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        began = time.perf_counter()
        probabilities = self._classifier(images)
        self._metrics.classified(probabilities.argmax(axis=1).tolist(), time.perf_counter() - began)
        return probabilities

    def _expose(self, request: Request) -> Response:
        return Response(200, self._metrics.expose().encode(), prometheus.CONTENT_TYPE)


def _defect(what: str) -> Response:
    """Tells the log what happened, and the client that it did."""
    tell(f"{what} failed:\n{traceback.format_exc()}")
    return Problem(500, "This is a defect of the server, which has logged it.").response()


def _site_routes(settings: Settings) -> dict[str, _Route]:
    pages = {"index.html": "/", "docs.html": "/docs"}
    routes = {
        pages.get(path.name, f"/static/{path.name}"): _Route(
            "docs" if path.stem == "docs" else "page", site.file_handler(path), is_open=True
        )
        for path in sorted(site.FOLDER.iterdir())
    }
    routes["/openapi.json"] = _Route("docs", site.json_handler(describe(settings)), is_open=True)
    return routes


def _protocol_routes(protocol: InferenceProtocol) -> dict[str, _Route]:
    routes = {
        "/v2": _Route("metadata", protocol.server_metadata),
        "/v2/models/stats": _Route("metadata", protocol.model_statistics),
        "/v2/repository/index": _Route("metadata", protocol.repository_index, "POST"),
        "/v2/health/live": _Route("health", protocol.live, is_open=True),
        "/v2/health/ready": _Route("health", protocol.ready, is_open=True),
    }
    for model in (f"/v2/models/{MODEL_NAME}", f"/v2/models/{MODEL_NAME}/versions/{MODEL_VERSION}"):
        routes |= {
            model: _Route("metadata", protocol.model_metadata),
            f"{model}/ready": _Route("health", protocol.model_ready, is_open=True),
            f"{model}/config": _Route("metadata", protocol.model_config),
            f"{model}/stats": _Route("metadata", protocol.model_statistics),
            f"{model}/infer": _Route("infer", protocol.infer, "POST"),
        }
    return routes


def _has_key(request: Request, key: bytes) -> bool:
    """Compares in a time that does not depend on how much of the key is right."""
    sent = request.headers.get(b"x-api-key")
    if sent is None:
        scheme, _, sent = request.headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer":
            return False
    return hmac.compare_digest(sent.strip(), key)
