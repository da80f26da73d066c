"""Groups of pixels that hang together."""

import numpy as np
import numpy.typing as npt


def label(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], int]:
    """Numbers the groups of pixels that touch, corners included.

    Args:
        mask: bool (height, width).

    Returns:
        (height, width), 0 where the mask is False and else the group's number from 1; and how many groups there are.
    """
    runs = _runs(mask)
    parents = list(range(len(runs)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    above = 0
    for this, (row, start, end) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] < start):
            above += 1
        for other in range(above, this):
            if runs[other][0] != row - 1 or runs[other][1] > end:
                break
            parents[root(this)] = root(other)

    numbers: dict[int, int] = {}
    labels = np.zeros(mask.shape, np.intp)
    for this, (row, start, end) in enumerate(runs):
        labels[row, start:end] = numbers.setdefault(root(this), len(numbers) + 1)
    return labels, len(numbers)


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """The stretches of True along the rows: row, first column, column after the last; in reading order."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    return list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))
