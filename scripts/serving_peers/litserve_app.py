"""LitServe with torch: `python -m serving_peers.litserve_app PORT WORKERS BATCH`, where a batch of 1 means no batching.

The picture is base64 in JSON, as in LitServe's own image servers: a form's file has to be pickled on its way from the
HTTP process to the worker, which takes longer. LitServe's queue over ZeroMQ (`fast_queue`) was tried as well, and was
no faster with two workers and pictures this small.
"""

import base64
import sys

import litserve  # type: ignore[import-not-found]
from torch import Tensor

from serving_peers.reader import Answer, Reader, decode

_TIMEOUT = 0.001  # seconds that a batch waits to be filled, some runs of the network


class Digits(litserve.LitAPI):  # type: ignore[misc]
    """Reads the picture in a JSON object's `image`."""

    def setup(self, device: str) -> None:  # noqa: ARG002 - it is the CPU
        """Loads the model once a worker."""
        self.reader = Reader()

    def decode_request(self, request: dict[str, str]) -> Tensor:
        """Turns a request into uint8 (28, 28); LitServe stacks them where it batches."""
        return decode(base64.b64decode(request["image"]))

    def predict(self, images: Tensor) -> Answer | list[Answer]:
        """Reads one image, or a batch of them."""
        return self.reader(images) if images.ndim == 3 else self.reader(images[None])[0]


if __name__ == "__main__":
    port, workers, batch = (int(argument) for argument in sys.argv[1:])
    api = Digits(max_batch_size=batch, batch_timeout=_TIMEOUT if batch > 1 else 0)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=workers)
    server.run(host="127.0.0.1", port=port, log_level="warning", access_log=False, generate_client_file=False)
