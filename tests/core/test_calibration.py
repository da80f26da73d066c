"""The expected calibration error, against figures worked out otherwise."""

import numpy as np
import pytest

from mnist_core.calibration import calibration_error


def test_calibration_error_is_the_mean_gap_between_confidence_and_accuracy() -> None:
    # Bins are 1/15 wide. 0.95 and 0.97 share the last one: mean 0.96, half are right, a gap of 0.46, two of five.
    # 0.62 and 0.65 share (0.6, 0.667]: mean 0.635, all are right, a gap of 0.365, two of five.
    # 0.3 is alone and wrong: a gap of 0.3, one of five.
    confidences = np.array([0.95, 0.62, 0.3, 0.97, 0.65])
    right = np.array([True, True, False, False, True])

    expected = 0.4 * 0.46 + 0.4 * 0.365 + 0.2 * 0.3
    assert calibration_error(confidences, right) == pytest.approx(expected)


def test_calibration_error_agrees_with_one_that_goes_through_the_bins() -> None:
    random = np.random.default_rng(5)
    confidences = np.concatenate([random.uniform(0.1, 1, 500), np.arange(16) / 15])  # the bins' own ends among them
    right = random.uniform(size=confidences.size) < confidences**2

    expected = 0.0
    for number in range(15):
        lower, upper = number / 15, (number + 1) / 15
        inside = [index for index, value in enumerate(confidences) if lower < value <= upper or (number == 0 == value)]
        if inside:
            gap = abs(np.mean(confidences[inside]) - np.mean(right[inside]))
            expected += len(inside) / confidences.size * gap
    assert calibration_error(confidences, right) == pytest.approx(expected, abs=1e-12)
