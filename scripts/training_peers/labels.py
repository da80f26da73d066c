"""Finds places for a chart's labels, where they hide neither marks nor each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Sides of what is labelled, and the distances from it, in the order in which they are tried.
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_DISTANCES = (8, 20, 35, 55, 80, 110, 150, 200)


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

    def overlap(self, other: "Box") -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0) * max(height, 0)

    def holds(self, other: "Box") -> bool:
        """Whether another lies wholly within."""
        return (
            self.left <= other.left and self.bottom <= other.bottom
            and other.right <= self.right and other.top <= self.top
        )  # fmt: skip


def place(width: float, height: float, marks: Box, taken: Sequence[Box], bounds: Box) -> Box:
    """The place for a label: the nearest that is free, else the one that hides the least.

    Args:
        width: The label's.
        height: The label's.
        marks: What it is about.
        taken: What should not be hidden.
        bounds: What it has to stay within.
    """
    places = [box for box in _around(width, height, marks) if bounds.holds(box)]
    return min(places, key=lambda box: sum(map(box.overlap, taken)))


def _around(width: float, height: float, marks: Box) -> Iterator[Box]:
    """Places on all sides, the nearest first."""
    center = (marks.left + marks.right) / 2, (marks.bottom + marks.top) / 2
    for distance in _DISTANCES:
        for across, up in _SIDES:
            x = center[0] + across * ((marks.right - marks.left + width) / 2 + distance)
            y = center[1] + up * ((marks.top - marks.bottom + height) / 2 + distance)
            yield Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
