"""The Open Inference Protocol (V2) over HTTP, for one model; and Triton's extensions that its clients call.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
https://github.com/triton-inference-server/server/tree/main/docs/protocol
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import msgspec

from mnist_core.sizes import SIDE
from mnist_serve.api.compression import pack, unpack
from mnist_serve.api.tensors import INPUT, INPUT_TYPE, OUTPUT, OUTPUT_TYPE, format_response, parse_request
from mnist_serve.http.messages import JSON, Problem, Request, Response
from mnist_serve.loading import Model
from mnist_serve.metrics import Metrics
from mnist_serve.reading import Classify
from mnist_serve.settings import Settings

SERVER_NAME = "mnist-serve"
SERVER_VERSION = version(SERVER_NAME)
MODEL_NAME = "mnist"
MODEL_VERSION = "1"
_JSON_SIZE = "Inference-Header-Content-Length"
_EXTENSIONS = ["binary_tensor_data", "classification", "model_configuration", "model_repository", "statistics"]
_PLATFORM = "onnxruntime_onnx"
_FAILURES = (400, 408, 413, 415, 500, 503)  # of inference requests; who lacks the key or the method made none


class InferenceProtocol:
    """The protocol's endpoints."""

    def __init__(
        self, model: Model, classify: Classify, settings: Settings, metrics: Metrics, is_ready: Callable[[], bool]
    ) -> None:
        self._model = model
        self._classify = classify
        self._settings = settings
        self._metrics = metrics
        self._is_ready = is_ready

    def live(self, request: Request) -> Response:
        """Whether the process runs."""
        return _json({"live": True})

    def ready(self, request: Request) -> Response:
        """Whether requests are taken; 503 while the server stops."""
        ready = self._is_ready()
        return _json({"ready": ready, "live": True}, 200 if ready else 503)

    def model_ready(self, request: Request) -> Response:
        """Whether requests for the model are taken."""
        ready = self._is_ready()
        return _json({"name": MODEL_NAME, "ready": ready}, 200 if ready else 503)

    def server_metadata(self, request: Request) -> Response:
        """What server this is."""
        return _json(
            {
                "name": SERVER_NAME,
                "version": SERVER_VERSION,
                "extensions": _EXTENSIONS,
            }
        )

    def model_metadata(self, request: Request) -> Response:
        """What the model takes and gives."""
        return _json(
            {
                "name": MODEL_NAME,
                "versions": [MODEL_VERSION],
                "platform": _PLATFORM,
                "inputs": [{"name": INPUT, "datatype": INPUT_TYPE, "shape": [-1, SIDE, SIDE]}],
                "outputs": [{"name": OUTPUT, "datatype": OUTPUT_TYPE, "shape": [-1, len(self._model.classes)]}],
                "properties": {"title": self._model.name, **self._model.properties},
            }
        )

    def model_config(self, request: Request) -> Response:
        """The model as Triton's configurations describe one."""
        return _json(
            {
                "name": MODEL_NAME,
                "platform": _PLATFORM,
                "backend": "onnxruntime",
                "max_batch_size": self._settings.max_batch,
                "input": [{"name": INPUT, "data_type": f"TYPE_{INPUT_TYPE}", "dims": [SIDE, SIDE]}],
                "output": [{"name": OUTPUT, "data_type": f"TYPE_{OUTPUT_TYPE}", "dims": [len(self._model.classes)]}],
            }
        )

    def model_statistics(self, request: Request) -> Response:
        """What the model did so far, in all workers, as Triton counts it."""
        total = self._metrics.total
        executions = int(total("mnist_executions_total"))
        nanoseconds = int(total("mnist_inference_seconds_total") * 1e9)
        duration = {"count": executions, "ns": nanoseconds}
        nothing = {"count": 0, "ns": 0}
        # Times are the model's, and to refuse a request takes none of it.
        failures = sum(total("mnist_requests_total", f'endpoint="infer",status="{status}"') for status in _FAILURES)
        return _json(
            {
                "model_stats": [
                    {
                        "name": MODEL_NAME,
                        "version": MODEL_VERSION,
                        "last_inference": int(total("mnist_last_inference_timestamp_seconds") * 1000),
                        "inference_count": int(total("mnist_images_total")),
                        "execution_count": executions,
                        "inference_stats": {
                            "success": duration,
                            "fail": {"count": int(failures), "ns": 0},
                            "queue": nothing,
                            "compute_input": nothing,
                            "compute_infer": duration,
                            "compute_output": nothing,
                        },
                        "batch_stats": [],
                    }
                ]
            }
        )

    def repository_index(self, request: Request) -> Response:
        """The models that are here, which is one; as it can't be changed, what the request asks for is passed over."""
        state = "READY" if self._is_ready() else "UNAVAILABLE"
        index = [{"name": MODEL_NAME, "version": MODEL_VERSION, "state": state, "reason": ""}]
        return Response(200, msgspec.json.encode(index))

    def infer(self, request: Request) -> Response:
        """Images to probabilities."""
        body = unpack(request, self._settings.max_body)
        asked, images = parse_request(body, _json_size(request), self._settings.max_batch)
        probabilities = self._classify(images)
        body, json_size = format_response(asked, probabilities, MODEL_NAME, MODEL_VERSION, self._model.classes)
        if json_size is None:
            return pack(Response(200, body), request)
        return pack(Response(200, body, "application/octet-stream", {_JSON_SIZE: str(json_size)}), request)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(status, msgspec.json.encode(content), JSON)


def _json_size(request: Request) -> int | None:
    text = request.header(_JSON_SIZE.lower().encode())
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Problem(400, f"{_JSON_SIZE} is {text[:80]!r}, not a number of bytes.")
    return int(text)
