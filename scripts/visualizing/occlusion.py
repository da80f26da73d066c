"""Which pixels an answer hangs on: a soft spot of each place is changed, and the answer asked for anew.

To cover parts of an image and watch the answer is Zeiler and Fergus's occlusion (2014, https://arxiv.org/abs/1311.2901).
Here a spot of ink is wiped away, or written where there was none: empty paper matters as well, as above a 4.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.sizes import SIDE
from visualizing.network import Floats, Network, logits

_SPREAD = 1.3  # pixels, the spot's standard deviation: a little wider than a pen's line
_ROWS, _COLUMNS = np.indices((SIDE, SIDE))


@dataclass(frozen=True, eq=False)
class Change:
    """What changes at each place do to an answer.

    Attributes:
        effects: float32 (28, 28): by how much each takes away from the answer's log-odds; negative where it adds.
        place: Row and column of the change that takes away most.
        image: uint8 (28, 28): the image after that change.
        probabilities: float32 (10,): what the model then says.
    """

    effects: Floats
    place: tuple[int, int]
    image: npt.NDArray[np.uint8]
    probabilities: Floats


def hangs_on(network: Network, image: npt.NDArray[np.uint8], answer: int) -> tuple[Change, Change]:
    """Finds what an answer hangs on.

    Args:
        network: The model.
        image: uint8 (28, 28).
        answer: The class whose probability is watched.

    Returns:
        What wiping ink away does, and what writing ink does.
    """
    row, column = (grid.reshape(-1, 1, 1) for grid in (_ROWS, _COLUMNS))
    spots = np.exp(-((_ROWS - row) ** 2 + (_COLUMNS - column) ** 2) / (2 * _SPREAD**2))  # (784, 28, 28)
    spots = np.minimum(1, 1.5 * spots)  # whole in the middle, soft at the edge
    before = _odds(logits(network, image[None]), answer)[0]
    changes = []
    for changed in (image * (1 - spots), image + (255 - image.astype(np.float64)) * spots):
        images = changed.round().astype(np.uint8)
        effects = before - _odds(logits(network, images), answer)
        worst = int(effects.argmax())
        probabilities = network.classify(images[worst : worst + 1])[0]
        changes.append(Change(effects.reshape(SIDE, SIDE), divmod(worst, SIDE), images[worst], probabilities))
    wiped, written = changes
    return wiped, written


def _odds(values: Floats, answer: int) -> Floats:
    """The answer's log-odds (N,), by logits (N, 10): unlike its probability, they tell the sure from the surer."""
    others = np.delete(values, answer, axis=1)
    top = others.max(axis=1)
    odds: Floats = values[:, answer] - top - np.log(np.exp(others - top[:, None]).sum(axis=1))
    return odds
