"""FastAPI with torch: `uvicorn serving_peers.fastapi_app:app`.

The picture is the raw body, which spares the form's parsing. The endpoint is a coroutine: the network takes less time
than handing the request to a thread would.
"""

from fastapi import FastAPI, Request  # type: ignore[import-not-found]

from serving_peers.reader import Answer, Reader, decode

app = FastAPI()
reader = Reader()


@app.post("/predict")  # type: ignore[untyped-decorator]
async def predict(request: Request) -> Answer:
    """Reads the picture that is the request's body."""
    return reader(decode(await request.body())[None])[0]
