"""Parts dark from light."""

import numpy as np
import numpy.typing as npt


def otsu(values: npt.NDArray[np.uint8]) -> int:
    """The threshold that parts the shades into the two groups that are most unlike each other (Otsu, 1979).

    Args:
        values: uint8 of any shape.

    Returns:
        The lighter group is what is greater. Of several that part them equally well, where no shade is, the middle.
    """
    counts = np.bincount(values.ravel(), minlength=256)
    below = np.cumsum(counts)
    sums = np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    apart = np.nan_to_num(apart)
    return int(np.flatnonzero(apart >= apart.max() * (1 - 1e-9)).mean())


def separability(values: npt.NDArray[np.uint8], threshold: int) -> float:
    """How much of the variance of shades is that between the two groups: 1 if each is of one shade (Otsu, 1979).

    Args:
        values: uint8 of any shape.
        threshold: What parts them, as `otsu` gives it.
    """
    lighter = values > threshold
    share = lighter.mean()
    if share in (0, 1):
        return 0.0
    apart = values[lighter].mean() - values[~lighter].mean()
    return float(share * (1 - share) * apart**2 / values.var())
