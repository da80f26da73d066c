"""How far and how often pictures are changed at random in training; read without torch."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Warp:
    """How far a picture is bent at most.

    Attributes:
        rotation: Degrees, either way.
        scale: Of width and of height, as a natural logarithm: 0.1 is a tenth larger or smaller.
        squeeze: Fraction of the pictures that become narrower, some down to half their width.
        shear: Columns that a row moves for each row that it is away from the middle.
        shift: Pixels, either way.
        elasticity: Standard deviation in pixels of the displacements of the knots.
    """

    rotation: float
    scale: float
    squeeze: float
    shear: float
    shift: float
    elasticity: float


@dataclass(frozen=True)
class Strokes:
    """How often a digit gets a stroke that others write and MNIST's Americans do not: fractions of that digit.

    Attributes:
        slashed_zero: A slash through the 0.
        crossed_seven: A bar across the 7's stem.
        flagged_one: A stroke up to the 1's head.
        footed_one: A bar below the 1.
    """

    slashed_zero: float
    crossed_seven: float
    flagged_one: float
    footed_one: float


@dataclass(frozen=True)
class Wear:
    """How often a picture is worn by pen, paper and camera: fractions of all.

    Attributes:
        width: Its lines are wider or thinner.
        blur: It is blurred, or sharper.
        grain: Its ink is broken up, as a pencil's on rough paper.
        gap: A line is interrupted.
        line: A line of the paper, or of a box around the digit, is left beside it.
        speck: A dot is left beside it.
    """

    width: float
    blur: float
    grain: float
    gap: float
    line: float
    speck: float


@dataclass(frozen=True)
class Augmentation:
    """All changes.

    Attributes:
        warp: How far pictures are bent.
        strokes: How often strokes are added; None for pictures that are not of digits in MNIST's form.
        wear: How often pictures are worn.
        impostors: Pictures of no digit, made of those in the batch, for each picture of a digit.
    """

    warp: Warp
    strokes: Strokes | None = None
    wear: Wear | None = None
    impostors: float = 0.0

    def unworn(self) -> "Augmentation":
        """Without what makes pictures unlike MNIST's own: added strokes, and wear.

        Where no strokes are added, nothing is placed anew before it is warped, impostors neither.
        """
        return replace(self, strokes=None, wear=None)
