"""Finds places for a chart's few labels, where they hide neither marks nor each other."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Sides of what is labelled, and the distances from it, in the order in which they are tried.
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_DISTANCES = (8, 20, 35, 55, 80, 110, 150, 200)
_HIDDEN = 1_000  # what a hidden pixel weighs against a place that is one later in this order


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def around(cls, points: Sequence[tuple[float, float]], margin: float) -> "Box":
        """The smallest rectangle that keeps some points at a distance from its edges."""
        xs, ys = zip(*points, strict=True)
        return cls(min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin)

    @property
    def center(self) -> tuple[float, float]:
        """Its middle."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    def overlap(self, other: "Box") -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0) * max(height, 0)

    def holds(self, other: "Box") -> bool:
        """Whether another lies wholly within."""
        return (
            self.left <= other.left
            and self.bottom <= other.bottom
            and other.right <= self.right
            and other.top <= self.top
        )


@dataclass(frozen=True)
class Label:
    """What is to be placed: a text's width and height, and the marks that it is about."""

    width: float
    height: float
    marks: Box

    def places(self) -> Iterator[Box]:
        """Places on all sides of the marks, the nearest first."""
        x, y = self.marks.center
        for distance in _DISTANCES:
            across = (self.marks.right - self.marks.left + self.width) / 2 + distance
            up = (self.marks.top - self.marks.bottom + self.height) / 2 + distance
            for right, above in _SIDES:
                center = x + right * across, y + above * up
                yield Box(
                    center[0] - self.width / 2, center[1] - self.height / 2,
                    center[0] + self.width / 2, center[1] + self.height / 2,
                )  # fmt: skip


def arrange(labels: Sequence[Label], taken: Sequence[Box], bounds: Box) -> list[Box]:
    """Places for all labels.

    The first to choose gets the best place, so that labels choose in every order; the best outcome for all is taken.

    Args:
        labels: What to place.
        taken: What should not be hidden.
        bounds: What no label may leave.
    """
    # What a place costs whatever the others do is known once and for all.
    choices = [
        [
            (rank + _HIDDEN * sum(map(box.overlap, taken)), box)
            for rank, box in enumerate(label.places())
            if bounds.holds(box)
        ]
        for label in labels
    ]
    _, best = min(
        (_in_turn(choices, order) for order in itertools.permutations(range(len(labels)))), key=lambda found: found[0]
    )
    return [best[number] for number in range(len(labels))]


def _in_turn(choices: Sequence[Sequence[tuple[float, Box]]], order: Sequence[int]) -> tuple[float, dict[int, Box]]:
    """Lets labels choose in an order: what it costs in all, and what each got."""
    total, chosen = 0.0, dict[int, Box]()
    for number in order:
        cost, box = min(
            ((cost + _HIDDEN * sum(map(box.overlap, chosen.values())), box) for cost, box in choices[number]),
            key=lambda choice: choice[0],
        )
        total += cost
        chosen[number] = box
    return total, chosen
