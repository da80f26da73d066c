# /// script
# requires-python = ">=3.11"
# dependencies = ["kserve>=0.21", "numpy"]
# ///
"""Makes every call that KServe's client offers for one model, and prints what it got as JSON.

Run by test_kserve.py in an environment of its own: KServe brings a hundred packages, and old ones.

    uv run --script kserve_client.py http://127.0.0.1:8000 < images.bin

Standard input is uint8 (N, 28, 28).
"""

import asyncio
import json
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput


async def main(url: str, images: np.ndarray) -> None:
    """Calls a server."""
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))
    states = [
        await client.is_server_live(url),
        await client.is_server_ready(url),
        await client.is_model_ready(url, "mnist"),
    ]
    answers = []
    for binary_in in (True, False):
        for binary_out in (None, True, False):
            given = InferInput("images", list(images.shape), "UINT8")
            given.set_data_from_numpy(images, binary_data=binary_in)
            wanted = None if binary_out is None else [RequestedOutput("probabilities", {"binary_data": binary_out})]
            request = InferRequest("mnist", [given], request_id="one", request_outputs=wanted)
            response = await client.infer(url, request, model_name="mnist")
            answers.append({"id": response.id, "probabilities": response.outputs[0].as_numpy().tolist()})
    print(json.dumps({"states": states, "answers": answers}))  # noqa: T201


asyncio.run(main(sys.argv[1], np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape(-1, 28, 28)))
