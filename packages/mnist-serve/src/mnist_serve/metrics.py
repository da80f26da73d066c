"""Counters that all workers share, and how Prometheus reads them.

Each worker adds to a row of its own in memory that the processes share: no worker waits for another, whichever is asked
knows the sum, and nothing that a killed worker counted is lost, as its replacement goes on in the same row.

Text format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import itertools
import mmap
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

ENDPOINTS = ("page", "docs", "health", "metadata", "metrics", "predict", "infer", "unknown")
STATUSES = (200, 304, 400, 401, 404, 405, 408, 413, 415, 431, 500, 503)
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class _Family(NamedTuple):
    kind: str
    help: str
    series: tuple[str, ...] = ("",)  # the labels of each, as they are printed
    combine: Callable[[Iterable[float]], float] = sum  # the workers' values to one


_FAMILIES = {
    "mnist_requests_total": _Family(
        "counter",
        "Requests answered.",
        tuple(f'endpoint="{name}",status="{status}"' for name in ENDPOINTS for status in STATUSES),
    ),
    # A histogram's values: how many fell into each bucket, the last being for all beyond; and their sum.
    "mnist_request_seconds": _Family(
        "histogram",
        "Time from a request's last byte to its answer.",
        tuple(f"{name},{bound}" for name in ENDPOINTS for bound in (*BUCKETS, "+Inf", "sum")),
    ),
    "mnist_digits_total": _Family(
        "counter", "Images, by the digit that they looked most like.", tuple(f'digit="{digit}"' for digit in range(10))
    ),
    "mnist_images_total": _Family("counter", "Images that the model was given."),
    "mnist_no_digit_total": _Family("counter", "Pictures in which no digit was found."),
    "mnist_executions_total": _Family("counter", "Times that the model was run."),
    "mnist_inference_seconds_total": _Family("counter", "Time that the model took."),
    "mnist_last_inference_timestamp_seconds": _Family("gauge", "When the model was last run.", combine=max),
    "mnist_requests_in_flight": _Family("gauge", "Requests that have no answer yet."),
    "mnist_connections": _Family("gauge", "Open connections."),
    "mnist_connections_closed_total": _Family("counter", "Connections that have ended."),
    "mnist_connections_refused_total": _Family("counter", "Connections beyond the limit, which were refused."),
    "mnist_workers_ready": _Family("gauge", "Workers that take requests."),
    "mnist_worker_ticks_total": _Family("counter", "Times that workers looked at their clocks: four a second each."),
    "mnist_worker_restarts_total": _Family("counter", "Workers that were replaced because they had died."),
}
_INDEX = {
    slot: index
    for index, slot in enumerate((name, series) for name, family in _FAMILIES.items() for series in family.series)
}
_WIDTH = len(_INDEX)
_REQUESTS = {
    (endpoint, status): _INDEX["mnist_requests_total", f'endpoint="{endpoint}",status="{status}"']
    for endpoint in ENDPOINTS
    for status in STATUSES
}
_FIRST_BUCKET = {endpoint: _INDEX["mnist_request_seconds", f"{endpoint},{BUCKETS[0]}"] for endpoint in ENDPOINTS}
_FIRST_DIGIT = _INDEX["mnist_digits_total", 'digit="0"']
_IMAGES, _EXECUTIONS = _INDEX["mnist_images_total", ""], _INDEX["mnist_executions_total", ""]
_INFERENCE_SECONDS = _INDEX["mnist_inference_seconds_total", ""]
_LAST_INFERENCE = _INDEX["mnist_last_inference_timestamp_seconds", ""]
_SUM = len(BUCKETS) + 1  # where an endpoint's sum is, counted from its first bucket


class Metrics:
    """The rows of all workers, of which a process writes into one."""

    def __init__(self, workers: int) -> None:
        """Makes memory that the processes forked after this share. The last row is for who watches the workers."""
        self._values = memoryview(mmap.mmap(-1, (workers + 1) * _WIDTH * 8)).cast("d")
        self._lock = threading.Lock()
        self.use_row(workers)

    def use_row(self, row: int) -> None:
        """Chooses the row that this process writes into."""
        self._row = self._values[row * _WIDTH : (row + 1) * _WIDTH]

    def add(self, name: str, series: str = "", amount: float = 1.0) -> None:
        """Adds to a counter, in whichever thread it is."""
        with self._lock:
            self._row[_INDEX[name, series]] += amount

    def set(self, name: str, value: float) -> None:
        """Sets a gauge."""
        self._row[_INDEX[name, ""]] = value

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """Counts an answer."""
        row = self._row
        row[_REQUESTS[endpoint, status]] += 1
        first = _FIRST_BUCKET[endpoint]
        row[first + bisect_left(BUCKETS, seconds)] += 1
        row[first + _SUM] += seconds

    def classified(self, digits: Sequence[int], seconds: float) -> None:
        """Counts a run of the model, in whichever thread it was."""
        row = self._row
        with self._lock:
            for digit in digits:
                row[_FIRST_DIGIT + digit] += 1
            row[_IMAGES] += len(digits)
            row[_EXECUTIONS] += 1
            row[_INFERENCE_SECONDS] += seconds
            row[_LAST_INFERENCE] = time.time()

    def of_row(self, name: str, row: int) -> float:
        """A worker's value."""
        return self._values[row * _WIDTH + _INDEX[name, ""]]

    def forget(self, row: int) -> None:
        """Clears the gauges of a worker that is gone."""
        for name, family in _FAMILIES.items():
            if family.kind == "gauge" and family.combine is sum:
                self._values[row * _WIDTH + _INDEX[name, ""]] = 0.0

    def total(self, name: str, series: str = "") -> float:
        """A value of all workers together."""
        return _FAMILIES[name].combine(self._values[_INDEX[name, series] :: _WIDTH])

    def expose(self) -> str:
        """All metrics in Prometheus's text format; counters with labels appear once they have counted."""
        lines = []
        for name, family in _FAMILIES.items():
            lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
            if family.kind == "histogram":
                lines += self._histograms(name)
                continue
            for series in family.series:
                value = self.total(name, series)
                if value or not series:
                    lines.append(f"{name}{f'{{{series}}}' if series else ''} {value!r}")
        return "\n".join(lines) + "\n"

    def _histograms(self, name: str) -> list[str]:
        lines = []
        for endpoint in ENDPOINTS:
            counts = [self.total(name, f"{endpoint},{bound}") for bound in (*BUCKETS, "+Inf")]
            cumulated = list(itertools.accumulate(counts))
            label = f'endpoint="{endpoint}"'
            if not cumulated[-1]:
                continue
            lines += [
                f'{name}_bucket{{{label},le="{bound}"}} {count!r}'
                for bound, count in zip((*BUCKETS, "+Inf"), cumulated, strict=True)
            ]
            lines.append(f"{name}_sum{{{label}}} {self.total(name, f'{endpoint},sum')!r}")
            lines.append(f"{name}_count{{{label}}} {cumulated[-1]!r}")
        return lines
