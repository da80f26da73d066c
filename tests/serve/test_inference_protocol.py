"""The Open Inference Protocol: its public clients, unmodified, and requests that lie."""

import asyncio
import contextlib
import gzip
import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

from mnist_core.classifier import Classifier
from mnist_serve.loading import SHIPPED
from serve.running import PATIENCE, Server, running

INFER = "/v2/models/mnist/infer"


@pytest.fixture(scope="module")
def expected(digits: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What onnxruntime says of the ten digits: float32 (10, 10)."""
    return Classifier(SHIPPED)(digits)


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[triton.InferenceServerClient]:
    opened = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
    yield opened
    opened.close()


def tensor(images: npt.NDArray[np.uint8], binary: bool) -> triton.InferInput:
    given = triton.InferInput("images", list(images.shape), "UINT8")
    given.set_data_from_numpy(images, binary_data=binary)
    return given


class TestTriton:
    def test_health_and_descriptions(self, client: triton.InferenceServerClient) -> None:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("mnist")
        assert client.is_model_ready("mnist", "1")
        assert not client.is_model_ready("other")
        assert not client.is_model_ready("mnist", "2")
        assert client.get_server_metadata()["name"] == "mnist-serve"
        described = client.get_model_metadata("mnist", "1")
        assert described["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}]
        assert described["outputs"] == [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}]
        assert client.get_model_config("mnist")["input"][0]["dims"] == [28, 28]
        assert client.get_model_repository_index()[0]["state"] == "READY"

    @pytest.mark.parametrize("binary_in", [True, False])
    @pytest.mark.parametrize("binary_out", [True, False, None])
    @pytest.mark.parametrize("packed", [None, "gzip", "deflate"])
    def test_probabilities(
        self,
        client: triton.InferenceServerClient,
        digits: npt.NDArray[np.uint8],
        expected: npt.NDArray[np.float32],
        binary_in: bool,
        binary_out: bool | None,
        packed: str | None,
    ) -> None:
        wanted = None if binary_out is None else [triton.InferRequestedOutput("probabilities", binary_data=binary_out)]

        result = client.infer(
            "mnist",
            [tensor(digits, binary_in)],
            outputs=wanted,
            request_id="seven",
            request_compression_algorithm=packed,
            response_compression_algorithm=packed,
        )

        np.testing.assert_allclose(result.as_numpy("probabilities"), expected, atol=1e-6)
        assert result.as_numpy("probabilities").dtype == np.float32
        assert result.get_response()["id"] == "seven"

    @pytest.mark.parametrize("binary", [True, False])
    def test_the_most_probable_classes(
        self,
        client: triton.InferenceServerClient,
        digits: npt.NDArray[np.uint8],
        expected: npt.NDArray[np.float32],
        binary: bool,
    ) -> None:
        wanted = triton.InferRequestedOutput("probabilities", binary_data=binary, class_count=3)

        found = client.infer("mnist", [tensor(digits, True)], outputs=[wanted]).as_numpy("probabilities")

        texts = [[text.decode() if binary else text for text in row] for row in found]
        assert [[int(text.split(":")[1]) for text in row] for row in texts] == np.argsort(-expected)[:, :3].tolist()
        assert texts[0][0] == f"{expected[0].max():.6f}:{expected[0].argmax()}:{expected[0].argmax()}"

    def test_a_version_can_be_named(
        self, client: triton.InferenceServerClient, digits: npt.NDArray[np.uint8], expected: npt.NDArray[np.float32]
    ) -> None:
        result = client.infer("mnist", [tensor(digits[:1], True)], model_version="1")
        np.testing.assert_allclose(result.as_numpy("probabilities"), expected[:1], atol=1e-6)

    def test_requests_side_by_side(
        self, client: triton.InferenceServerClient, digits: npt.NDArray[np.uint8], expected: npt.NDArray[np.float32]
    ) -> None:
        pending = [client.async_infer("mnist", [tensor(digits[n : n + 1], True)]) for n in range(10)]
        for n, request in enumerate(pending):
            np.testing.assert_allclose(request.get_result().as_numpy("probabilities"), expected[n : n + 1], atol=1e-6)

    def test_the_asyncio_client(
        self, server: Server, digits: npt.NDArray[np.uint8], expected: npt.NDArray[np.float32]
    ) -> None:
        async def ask() -> Any:
            async with triton_aio.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
                assert await client.is_server_live()
                assert await client.is_server_ready()
                assert await client.is_model_ready("mnist", "1")
                assert (await client.get_model_metadata("mnist"))["name"] == "mnist"
                assert (await client.get_model_config("mnist"))["name"] == "mnist"
                answers = await asyncio.gather(
                    *(client.infer("mnist", [tensor(digits, binary)]) for binary in (True, False) * 5)
                )
            return [answer.as_numpy("probabilities") for answer in answers]

        for answer in asyncio.run(ask()):
            np.testing.assert_allclose(answer, expected, atol=1e-6)

    def test_the_asyncio_clients_extensions(
        self, server: Server, digits: npt.NDArray[np.uint8], expected: npt.NDArray[np.float32]
    ) -> None:
        async def ask() -> Any:
            async with triton_aio.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
                packed = [
                    await client.infer(
                        "mnist",
                        [tensor(digits, True)],
                        request_compression_algorithm=way,
                        response_compression_algorithm=way,
                    )
                    for way in ("gzip", "deflate")
                ]
                wanted = triton.InferRequestedOutput("probabilities", class_count=2)
                classes = await client.infer("mnist", [tensor(digits, True)], outputs=[wanted])
                (stats,) = (await client.get_inference_statistics("mnist", "1"))["model_stats"]
                (everything,) = (await client.get_inference_statistics())["model_stats"]
                index = await client.get_model_repository_index()
            return [answer.as_numpy("probabilities") for answer in (*packed, classes)], stats, everything, index

        (*packed, classes), stats, everything, index = asyncio.run(ask())

        for answer in packed:
            np.testing.assert_allclose(answer, expected, atol=1e-6)
        best = np.argsort(-expected)[:, :2].tolist()
        assert [[int(text.split(b":")[1]) for text in row] for row in classes] == best
        assert stats["inference_count"] >= 30
        assert everything["name"] == stats["name"] == "mnist"
        assert index == [{"name": "mnist", "version": "1", "state": "READY", "reason": ""}]

    def test_errors_reach_the_client_in_words(
        self, client: triton.InferenceServerClient, digits: npt.NDArray[np.uint8]
    ) -> None:
        with pytest.raises(InferenceServerException, match="no 'nothing'"):
            client.infer("mnist", [tensor(digits, True)], outputs=[triton.InferRequestedOutput("nothing")])
        with pytest.raises(InferenceServerException, match="/v2/models/other/infer"):
            client.infer("other", [tensor(digits, True)])

    def test_what_the_server_does_not_do_is_told(self, client: triton.InferenceServerClient) -> None:
        """It has one model, for good, and traces nothing."""
        asked: list[Callable[[], object]] = [
            lambda: client.load_model("mnist"),
            lambda: client.unload_model("mnist"),
            lambda: client.get_trace_settings("mnist"),
            lambda: client.update_trace_settings("mnist", {"trace_rate": "1"}),
        ]
        for ask in asked:
            with pytest.raises(InferenceServerException, match="There is nothing at '/v2/") as caught:
                ask()
            assert caught.value.status() == "404"

    def test_statistics_count_all_workers(self, digits: npt.NDArray[np.uint8]) -> None:
        with running("--workers", "2") as server:
            for _ in range(4):
                client = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
                client.infer("mnist", [tensor(digits, True)])
                (stats,) = client.get_inference_statistics("mnist")["model_stats"]
                client.close()
        assert stats["inference_count"] == 40
        assert stats["execution_count"] == 4
        assert stats["inference_stats"]["success"]["ns"] > 0
        assert stats["inference_stats"]["fail"]["count"] == 0
        assert stats["last_inference"] > 1_700_000_000_000

    def test_statistics_count_what_failed_in_all_workers(self, digits: npt.NDArray[np.uint8]) -> None:
        with running("--workers", "2", "--api-key", "secret") as server:
            workers = len(server.worker_pids())
            with contextlib.ExitStack() as connections:  # as many as there are workers, for each to have one
                for _ in range(workers):
                    connection = connections.enter_context(
                        contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE))
                    )
                    for body in (request(digits), request(digits, name="pixels"), b"{"):
                        connection.request("POST", INFER, body, {"X-API-Key": "secret"})
                        connection.getresponse().read()
            assert server.post(INFER, request(digits)).status == 401  # nobody may count who may not ask
            assert server.get(INFER, X_API_Key="secret").status == 405
            answer = server.get("/v2/models/mnist/stats", X_API_Key="secret").json

        counts = {name: each["count"] for name, each in answer["model_stats"][0]["inference_stats"].items()}
        assert (counts["success"], counts["fail"]) == (workers, 2 * workers)


class TestShapes:
    def test_nested_and_flat_data_mean_the_same(self, server: Server, digits: npt.NDArray[np.uint8]) -> None:
        answers = [
            server.post(INFER, request(digits, data=data)).json["outputs"][0]["data"]
            for data in (digits.tolist(), digits.ravel().tolist())
        ]
        assert answers[0] == answers[1]
        assert len(answers[0]) == 100

    def test_no_image_is_no_problem(self, server: Server) -> None:
        answer = server.post(INFER, request(np.zeros((0, 28, 28), np.uint8)))
        assert (answer.status, answer.json["outputs"][0]["shape"]) == (200, [0, 10])

    def test_other_parameters_are_passed_over(self, server: Server, digits: npt.NDArray[np.uint8]) -> None:
        body = json.loads(request(digits))
        body["parameters"] = {"priority": 3}
        body["inputs"][0]["parameters"] = {"content_type": "np"}
        assert server.post(INFER, json.dumps(body).encode()).status == 200

    def test_null_is_as_good_as_nothing(self, server: Server, digits: npt.NDArray[np.uint8]) -> None:
        body = {**json.loads(request(digits)), "id": None, "outputs": None, "parameters": None}
        assert server.post(INFER, json.dumps(body).encode()).status == 200

    def test_large_answers_come_packed_where_the_client_likes(
        self, server: Server, digits: npt.NDArray[np.uint8]
    ) -> None:
        answer = server.post(INFER, request(np.tile(digits, (10, 1, 1))), Accept_Encoding="gzip")
        assert answer.headers["content-encoding"] == "gzip"
        assert json.loads(gzip.decompress(answer.body))["outputs"][0]["shape"] == [100, 10]
        answer = server.post(INFER, request(np.tile(digits, (10, 1, 1))), Accept_Encoding="gzip;q=0, br")
        assert "content-encoding" not in answer.headers


def request(images: npt.NDArray[np.uint8], **changes: Any) -> bytes:
    """An inference request with its numbers in the JSON, and some fields of its input changed."""
    given = {"name": "images", "shape": list(images.shape), "datatype": "UINT8", "data": images.ravel().tolist()}
    return json.dumps({"inputs": [{**given, **changes}]}).encode()


def binary_request(shape: list[int], size: int, following: int) -> tuple[bytes, int]:
    given = {"name": "images", "shape": shape, "datatype": "UINT8", "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [given]}).encode()
    return head + bytes(following), len(head)


ONE = np.zeros((1, 28, 28), np.uint8)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"images"',
        b"{}",
        b'{"inputs": null}',
        b'{"inputs": []}',
        b'{"inputs": [{}]}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"inputs":' * 5000,
        request(ONE, name="pixels"),
        request(ONE, name=7),
        request(ONE, datatype="FP32"),
        request(ONE, datatype=None),
        request(ONE, shape=[28, 28]),
        request(ONE, shape=[1, 28, 28, 1]),
        request(ONE, shape=[2, 28, 28]),
        request(ONE, shape=[-1, 28, 28]),
        request(ONE, shape=[1, 784, 1]),
        request(ONE, shape=["1", 28, 28]),
        request(ONE, shape=[2**70, 28, 28]),
        request(ONE, shape=[]),
        request(np.zeros((1025, 28, 28), np.uint8)),
        request(ONE, data=[0] * 783),
        request(ONE, data=[0] * 783 + [256]),
        request(ONE, data=[0] * 783 + [-1]),
        request(ONE, data=[0] * 783 + [0.5]),
        request(ONE, data=[0] * 783 + ["0"]),
        request(ONE, data=[0] * 783 + [None]),
        request(ONE, data=[0] * 783 + [True]),
        request(ONE, data=[0] * 783 + [10**30]),
        request(ONE, data=[[[0] * 28] * 27]),
        request(ONE, data=[[[0] * 28] * 27 + [[0] * 27]]),
        request(ONE, data=[[0] * 784]),
        request(ONE, data=[[[[0] * 28] * 28]]),
        request(ONE, data="AAAA"),
        request(ONE, data={}),
        request(ONE, data=None),
        request(ONE).replace(b"[0,", b"[NaN,", 1).replace(b"[0, ", b"[NaN, ", 1),
        request(ONE).replace(b"[0, ", b"[Infinity, ", 1),
        request(ONE).replace(b"[0, ", b"[1e3, ", 1),
        request(ONE)[:-3],
        request(ONE) + b"tail",
        request(ONE, parameters={"binary_data_size": 784}),
        request(ONE, parameters={"binary_data_size": -1}),
        request(ONE, parameters={"binary_data_size": "784"}),
        request(ONE, parameters=[]),
        json.dumps({**json.loads(request(ONE)), "outputs": [{"name": "logits"}]}).encode(),
        json.dumps({**json.loads(request(ONE)), "outputs": [{"name": "probabilities"}] * 2}).encode(),
        json.dumps({**json.loads(request(ONE)), "id": 7}).encode(),
        json.dumps({"inputs": json.loads(request(ONE))["inputs"] * 2}).encode(),
        json.dumps(
            {
                **json.loads(request(ONE)),
                "outputs": [{"name": "probabilities", "parameters": {"classification": -1}}],
            }
        ).encode(),
    ],
)
def test_requests_that_make_no_sense_are_answered_400(server: Server, body: bytes) -> None:
    answer = server.post(INFER, body)

    assert answer.status == 400, answer.body
    assert answer.json.keys() == {"error"}
    assert len(answer.body) < 1000


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (*binary_request([1, 28, 28], 784, 783), ),
        (*binary_request([1, 28, 28], 784, 785), ),
        (*binary_request([1, 28, 28], 783, 783), ),
        (*binary_request([2, 28, 28], 784, 784), ),
        (*binary_request([1, 28, 28], 2**31, 784), ),
        (binary_request([1, 28, 28], 784, 784)[0], None),
        (binary_request([1, 28, 28], 784, 784)[0], 0),
        (binary_request([1, 28, 28], 784, 784)[0], 5),
        (binary_request([1, 28, 28], 784, 784)[0], 10**6),
        (binary_request([1, 28, 28], 784, 784)[0], -1),
        (binary_request([1, 28, 28], 784, 784)[0], "many"),
        (binary_request([1, 28, 28], 784, 784)[0], "9" * 5000),
        (request(ONE) + bytes(784), len(request(ONE))),
    ],
)  # fmt: skip
def test_binary_lengths_that_lie_are_answered_400(server: Server, body: bytes, size: int | str | None) -> None:
    headers = {} if size is None else {"Inference_Header_Content_Length": str(size)}
    answer = server.post(INFER, body, **headers)

    assert answer.status == 400, answer.body
    assert answer.json.keys() == {"error"}


def test_binary_tensors_go_by_their_header_not_by_the_content_type(server: Server) -> None:
    """As some clients call them JSON."""
    body, size = binary_request([1, 28, 28], 784, 784)
    headers = {"Inference_Header_Content_Length": str(size)}

    assert server.post(INFER, body, **headers, Content_Type="application/json").status == 200


@pytest.mark.parametrize(
    "path", ["/v2/models/other", "/v2/models/mnist/versions/2", "/v2/models/mnist/versions/2/infer"]
)
def test_unknown_models_and_versions_are_404(server: Server, path: str) -> None:
    answer = server.request("POST" if path.endswith("infer") else "GET", path, b"{}")
    assert answer.status == 404
    assert path in answer.json["error"]


def test_the_batch_limit_can_be_set(digits: npt.NDArray[np.uint8]) -> None:
    with running("--workers", "1", MNIST_SERVE_MAX_BATCH="9") as server:
        assert server.post(INFER, request(digits)).status == 400
        assert server.post(INFER, request(digits[:9])).status == 200
