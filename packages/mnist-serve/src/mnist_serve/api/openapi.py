"""The OpenAPI description of the server, with the schemas of the very types that requests are checked against."""

from typing import Any

import msgspec

from mnist_core.sizes import SIDE
from mnist_serve import metrics
from mnist_serve.api.inference import MODEL_NAME, MODEL_VERSION, SERVER_NAME, SERVER_VERSION
from mnist_serve.api.tensors import INPUT, INPUT_TYPE, OUTPUT, InferenceRequest, InferenceResponse
from mnist_serve.reading import Reading
from mnist_serve.settings import Settings

_REFERENCE = "#/components/schemas/{name}"
_PICTURE = {"type": "string", "format": "binary"}
_MODEL = f"/v2/models/{MODEL_NAME}"
_PROBLEMS = {
    400: "The request is damaged, or not what it says it is.",
    401: "The API key is missing or wrong.",
    408: "The request took too long to arrive.",
    413: "The body, or the picture in it, is larger than the server takes.",
    415: "Neither a picture in a known format nor a form, or packed in an unknown way.",
    503: "The server has as much to do as it takes at once, or is about to stop.",
}


class Error(msgspec.Struct):
    """What is wrong, in a sentence."""

    error: str


def describe(settings: Settings) -> dict[str, Any]:
    """The description of a server with these settings, as OpenAPI 3.1."""
    _, schemas = msgspec.json.schema_components(
        [Reading, Error, InferenceRequest, InferenceResponse], ref_template=_REFERENCE
    )
    tensor = schemas["Input"]["properties"]
    tensor["name"] = {"const": INPUT}
    tensor["datatype"] = {"const": INPUT_TYPE}
    tensor["shape"] = {
        "type": "array",
        "prefixItems": [
            {"type": "integer", "minimum": 0, "maximum": settings.max_batch},
            {"const": SIDE},
            {"const": SIDE},
        ],
        "minItems": 3,
        "maxItems": 3,
    }
    tensor["data"] = {
        "description": f"As many numbers from 0 to 255 as the shape says, flat or as lists of {SIDE} lists of {SIDE}.",
        "type": "array",
    }
    schemas["InferenceRequest"]["properties"]["inputs"] |= {"minItems": 1, "maxItems": 1}
    schemas["InferenceRequest"]["properties"]["outputs"]["anyOf"][0]["maxItems"] = 1
    schemas["WantedOutput"]["properties"]["name"] = {"const": OUTPUT}
    description: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": SERVER_NAME,
            "version": SERVER_VERSION,
            "description": (
                "Reads handwritten digits. Send a picture to /predict, or tensors to the Open Inference Protocol under "
                f"/v2. Bodies may be packed with gzip or deflate and have up to {settings.max_body:,} bytes; pictures "
                f"up to {settings.max_pixels:,} pixels. Every response carries an X-Request-ID, the one that the "
                'request had if it had one. Every error is {"error": "what is wrong"}.'
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(settings),
        "components": {"schemas": schemas},
    }
    if settings.api_key:
        description["components"]["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
    return description


def _paths(settings: Settings) -> dict[str, Any]:
    secured: list[dict[str, list[str]]] = [{"key": []}, {"bearer": []}] if settings.api_key else []

    def operation(name: str, summary: str, answer: Any, *problems: int, needs_key: bool = True, **more: Any) -> Any:
        responses = {"200": {"description": "Done.", "content": answer}}
        if needs_key and secured:
            problems = (*problems, 401)
        for status in sorted(problems):
            responses[str(status)] = {"description": _PROBLEMS[status], "content": _json(_reference("Error"))}
        security = {"security": secured} if needs_key and secured else {}
        return {"operationId": name, "summary": summary, **security, **more, "responses": responses}

    anything = _json({"type": "object"})
    infer = operation(
        "infer",
        "Images to probabilities (Open Inference Protocol).",
        {
            **_json(_reference("InferenceResponse")),
            "application/octet-stream": {"schema": _PICTURE},
        },
        *(400, 408, 413, 415, 503),
        description=(
            "The tensor's numbers stand in the JSON, or follow it as bytes: then Inference-Header-Content-Length says "
            "how many bytes are JSON. The classification extension answers with the most probable classes."
        ),
        parameters=[
            {
                "name": "Inference-Header-Content-Length",
                "in": "header",
                "description": "How many bytes of the body are JSON, where a binary tensor follows.",
                "schema": {"type": "integer", "minimum": 0, "maximum": settings.max_body},
            }
        ],
        requestBody={
            "required": True,
            "content": {**_json(_reference("InferenceRequest")), "application/octet-stream": {"schema": _PICTURE}},
        },
    )
    predict = operation(
        "predict",
        "The digit in a picture.",
        _json(_reference("Reading")),
        *(400, 408, 413, 415, 503),
        parameters=[
            {
                "name": "seen",
                "in": "query",
                "description": f"Whether to add `seen`: base64 of the {SIDE} x {SIDE} bytes that the model saw.",
                "schema": {"type": "boolean", "default": False},
            },
            {
                "name": "explain",
                "in": "query",
                "description": "Whether to add `explanation`: how the picture became what the model saw.",
                "schema": {"type": "boolean", "default": False},
            },
        ],
        description=(
            "`digit` is null, and `reason` says why, if there is no ink, if there are several digits, or "
            f"if the most probable one has a probability below {settings.min_confidence:g}. In the last two cases "
            "`confidence` and `probabilities` are given nevertheless, for who wants to decide otherwise."
        ),
        requestBody={
            "required": True,
            "description": "A PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file as it is, or in the field `file` of a form.",
            "content": {
                **{kind: {"schema": _PICTURE} for kind in ("image/*", "application/octet-stream")},
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {"file": _PICTURE}, "required": ["file"]}
                },
            },
        },
    )
    models = _json({"type": "array", "items": {"type": "object"}})
    ready = _json({"type": "object", "properties": {"ready": {"type": "boolean"}}, "required": ["ready"]})
    live = _json({"type": "object", "properties": {"live": {"type": "boolean"}}, "required": ["live"]})
    statistics = "What the model did so far (Triton's statistics extension)."
    return {
        "/predict": {"post": predict},
        "/v2": {"get": operation("server", "What server this is.", anything)},
        "/v2/health/live": {"get": operation("live", "Whether the process runs.", live, needs_key=False)},
        "/v2/health/ready": {"get": operation("ready", "Whether requests are taken.", ready, 503, needs_key=False)},
        "/v2/models/stats": {"get": operation("statistics", statistics, anything)},
        "/v2/repository/index": {"post": operation("index", "The models that are here (Triton's).", models, 413, 503)},
        **{
            path: {method: {**each, "operationId": f"{each['operationId']}{suffix}"}}
            for model, suffix in ((_MODEL, ""), (f"{_MODEL}/versions/{MODEL_VERSION}", "OfVersion"))
            for path, method, each in (
                (model, "get", operation("model", "What the model takes and gives.", anything)),
                (f"{model}/ready", "get", operation("modelReady", "Whether it is ready.", ready, 503, needs_key=False)),
                (f"{model}/config", "get", operation("modelConfig", "The model as Triton describes one.", anything)),
                (f"{model}/stats", "get", operation("modelStatistics", statistics, anything)),
                (f"{model}/infer", "post", infer),
            )
        },
        "/metrics": {
            "get": operation(
                "metrics", "Counters for Prometheus.", {metrics.CONTENT_TYPE: {"schema": {"type": "string"}}}
            )
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=name)}
