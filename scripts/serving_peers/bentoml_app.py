"""BentoML with torch: `bentoml serve serving_peers.bentoml_app:Digits`.

It has two endpoints, as either can be the quicker one: BentoML's adaptive batching takes lists, and lists of pictures
can only be sent as forms; without batching a picture is the raw body, and the coroutine spares the way to a thread.
"""

import os

import bentoml  # type: ignore[import-not-found]
import torch
from PIL.Image import Image

from serving_peers.reader import Answer, Reader, pixels


@bentoml.service(workers=int(os.environ["WORKERS"]), logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Digits:
    """Reads pictures."""

    def __init__(self) -> None:
        self.reader = Reader()

    @bentoml.api  # type: ignore[untyped-decorator]
    async def predict(self, image: Image, /) -> Answer:
        """Reads the picture that is the request's body."""
        return self.reader(pixels(image)[None])[0]

    @bentoml.api(batchable=True)  # type: ignore[untyped-decorator]
    def predict_batch(self, images: list[Image]) -> list[Answer]:
        """Reads the pictures that BentoML gathered from several requests."""
        return self.reader(torch.stack([pixels(image) for image in images]))
