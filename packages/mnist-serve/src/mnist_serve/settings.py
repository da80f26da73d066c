"""What a server is told: where it listens, what it serves, and the limits that bound it."""

import dataclasses

MIN_CONFIDENCE = 0.5  # of `predict` too


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of `serve`; its options have their names, defaults and meaning.

    Attributes:
        host: Address to listen on.
        port: TCP port; 0 for any that is free.
        workers: Processes that answer requests.
        api_key: What clients must send to have anything read; None for no key.
        min_confidence: Probability from which the most probable digit is the answer; below, there is none.
        max_body: Bytes of a request's body, and of what it unpacks to.
        max_pixels: Pixels of a picture.
        max_batch: Images in one tensor.
        max_in_flight: Requests that a worker holds at once.
        max_connections: Open connections of all workers.
        request_timeout: Seconds within which a request must have arrived, and one more for each 32 KiB of its body that
            has; and within which its response must be taken.
        keep_alive: Seconds that a connection may stay idle between requests.
        drain_timeout: Seconds that accepted requests have to finish when the server stops.
        access_log: Whether each request is logged.
    """

    host: str
    port: int
    workers: int
    api_key: str | None
    min_confidence: float
    max_body: int
    max_pixels: int
    max_batch: int
    max_in_flight: int
    max_connections: int
    request_timeout: float
    keep_alive: float
    drain_timeout: float
    access_log: bool
