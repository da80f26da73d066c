"""Whether a classifier is as sure of its answers as they are right."""

import numpy as np
import numpy.typing as npt

_BINS = 15  # as the error's source has them


def calibration_error(confidences: npt.NDArray[np.floating], right: npt.NDArray[np.bool_]) -> float:
    """The expected calibration error: how far confidence and accuracy are apart, on average.

    The confidences are sorted into 15 bins of equal width, each of which includes its upper end; in each bin, the
    mean confidence is compared with the share that is right, and bins count by how much is in them (Guo et al. 2017,
    On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599).

    Args:
        confidences: (N,), 0 to 1, of at least one answer.
        right: (N,), which answers are right.

    Returns:
        0 to 1; 0 where 80 % of all that is answered with 80 % is right, and so on.
    """
    bins = np.digitize(confidences, np.arange(1, _BINS) / _BINS, right=True)
    # Summed over a bin, not averaged, a gap already counts by how much is in it.
    gaps = np.bincount(bins, weights=confidences.astype(np.float64) - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidences))
