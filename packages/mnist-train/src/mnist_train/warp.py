"""How far pictures are changed at random in training."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Warp:
    """How far a picture is changed at most.

    Attributes:
        rotation: Degrees, either way.
        scale: Of width and of height, as a natural logarithm: 0.1 is a tenth larger or smaller.
        shear: Columns that a row moves for each row that it is away from the middle.
        shift: Pixels, either way.
        elasticity: Standard deviation in pixels of the displacements of the knots.
    """

    rotation: float
    scale: float
    shear: float
    shift: float
    elasticity: float
