"""Metrics: what Prometheus's own parser reads in them."""

import math

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mnist_serve.metrics import Metrics
from serve.running import Server


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(workers=3)


def test_the_rows_of_all_workers_are_summed(metrics: Metrics) -> None:
    for row in range(3):
        metrics.use_row(row)
        metrics.answered("predict", 200, 0.003)
        metrics.classified([7, 7, 1], 0.01)
        metrics.set("mnist_connections", row)
        metrics.add("mnist_no_digit_total")

    read = samples(metrics.expose())

    assert read["mnist_requests_total", (("endpoint", "predict"), ("status", "200"))] == 3
    assert read["mnist_digits_total", (("digit", "7"),)] == 6
    assert read["mnist_images_total", ()] == 9
    assert read["mnist_no_digit_total", ()] == 3
    assert read["mnist_executions_total", ()] == 3
    assert read["mnist_inference_seconds_total", ()] == pytest.approx(0.03)
    assert read["mnist_connections", ()] == 3


def test_a_histogram_counts_what_is_at_most_each_bound(metrics: Metrics) -> None:
    times = [0.0001, 0.0005, 0.003, 0.003, 4.0, 60.0]
    for seconds in times:
        metrics.answered("infer", 200, seconds)

    read = samples(metrics.expose())

    buckets = {
        float(dict(labels)["le"]): value
        for (name, labels), value in read.items()
        if name == "mnist_request_seconds_bucket"
    }
    assert buckets == {bound: sum(seconds <= bound for seconds in times) for bound in buckets}
    assert buckets[math.inf] == 6
    assert read["mnist_request_seconds_sum", (("endpoint", "infer"),)] == pytest.approx(sum(times))
    assert read["mnist_request_seconds_count", (("endpoint", "infer"),)] == 6


def test_a_worker_that_is_gone_leaves_its_counts_and_no_gauges(metrics: Metrics) -> None:
    metrics.use_row(1)
    metrics.answered("predict", 200, 0.1)
    metrics.set("mnist_requests_in_flight", 5)
    metrics.forget(1)

    read = samples(metrics.expose())

    assert read["mnist_requests_in_flight", ()] == 0
    assert read["mnist_requests_total", (("endpoint", "predict"), ("status", "200"))] == 1


def test_the_running_server_exposes_them(server: Server, pictures: list[bytes]) -> None:
    server.post("/predict", pictures[1])
    server.get("/nothing")
    answer = server.get("/metrics")
    read = samples(answer.body.decode())

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert read["mnist_requests_total", (("endpoint", "predict"), ("status", "200"))] >= 1
    assert read["mnist_requests_total", (("endpoint", "unknown"), ("status", "404"))] >= 1
    assert read["mnist_workers_ready", ()] == 2
