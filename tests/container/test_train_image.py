"""The image `mnist-train`: trains with nothing but its volumes to write to, prints the model and its accuracy."""

import re

from container.engines import Container

TRAINING = 600  # seconds


def test_trains_and_evaluates(training: Container) -> None:
    trained = training.run(timeout=TRAINING)

    assert trained.returncode == 0, trained.stderr
    summary = re.search(r"SimpleCNN reads (\d+\.\d+) % of the [\d,]+ test images of ", trained.stdout)
    assert summary
    assert float(summary[1]) > 90
    assert "\nSimpleCNN(\n  (normalize)" in trained.stdout

    evaluated = training.run("evaluate", timeout=TRAINING)

    assert evaluated.returncode == 0, evaluated.stderr
    assert evaluated.stdout.startswith("SimpleCNN(\n")
    accuracy = re.search(r"Accuracy of SimpleCNN on the [\d,]+ test images.*: (\d+\.\d+) %", evaluated.stdout)
    assert accuracy
    assert abs(float(accuracy[1]) - float(summary[1])) < 0.1
