"""Learning curves: loss and accuracy of one or several runs, epoch by epoch."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, NullLocator

from mnist_core.cli import percent
from visualizing.colors import BLACK, BLUE, GREEN, ORANGE, PINK, QUIET, RED, RULE, SKY
from visualizing.runs import Run
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet
from visualizing.words import count, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = (BLUE, RED, GREEN, BLACK, PINK, ORANGE, SKY)
_DASHES = ("-", "--", ":")  # for more runs than there are colours
_HEIGHT = 4.1  # inches of the diagrams
_LOSS = 2.9  # inches, the width of the loss's
_LABEL = 0.087  # inches of a letter
_LONGEST = 32  # letters of a name
_FEW = 8  # runs whose names and accuracies have a line each
_LINE = 0.21  # inches of a line
_ACCURACIES = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998)
_MOST = 0.99995  # accuracy at which the scale ends, as it would go on for ever
_ROOM = 0.3  # halvings of the mistakes above and below the curves


def draw(runs: Sequence[Run]) -> Picture:
    """Draws the curves of at least one run."""
    best = max(runs, key=lambda run: run.epochs[-1].validation_accuracy)
    accuracy, name = percent(best.epochs[-1].validation_accuracy), _shortened(best.name)
    if len(runs) == 1:
        title = f"{name} reads {accuracy} of the validation images after {count(len(best.epochs), 'epoch')}"
    else:
        title = f"Of {len(runs)} runs, {name} reads the validation images best: {accuracy}"
    remark = (
        "Lines: accuracy on the validation images, spread so that each halving of the mistakes is one step up. "
        "Dots: on the training images, as the recipe chose and changed them; where it takes the hardest, training "
        "looks worse than validation."
    )
    names = [_label(run, "\n" if len(runs) <= _FEW else "  ") for run in runs]
    room = _LINE * (2 if len(runs) <= _FEW else 1)  # inches of a label
    height = max(_HEIGHT, len(runs) * room)
    sheet = Sheet(height + 0.85, title, remark)
    label = 0.35 + _LABEL * max(14, *(len(line) for name in names for line in name.splitlines()))
    left = MARGIN + 0.4 + _LOSS + 0.85
    loss = sheet.axes(MARGIN + 0.4, 0.35, _LOSS, height)
    accuracies = sheet.axes(left, 0.35, WIDTH - MARGIN - label - left, height)
    sheet.write(MARGIN, 0.12, "Loss in training", weight="bold", size=11)
    sheet.write(left - 0.55, 0.12, "Accuracy", weight="bold", size=11)
    _scale_epochs((loss, accuracies), runs)
    _scale_values(loss, accuracies, runs)
    for run, (color, dash) in zip(runs, _styles(), strict=False):
        epochs = [epoch.epoch for epoch in run.epochs]
        validation = [_height(epoch.validation_accuracy) for epoch in run.epochs]
        marker = "o" if len(epochs) <= 10 else ""
        for axes, values in ((loss, [epoch.loss for epoch in run.epochs]), (accuracies, validation)):
            axes.plot(epochs, values, color=color, linestyle=dash, linewidth=2, marker=marker, markersize=5)
        training = [_height(epoch.train_accuracy) for epoch in run.epochs]
        accuracies.plot(
            epochs, training, linestyle="", marker=".", markersize=10 if marker else 5, color=color, alpha=0.5
        )
    _name(accuracies, runs, names, room / height)
    return Picture("curves", title, sheet.figure)


def _styles() -> Iterator[tuple[str, str]]:
    return itertools.cycle((color, dash) for dash in _DASHES for color in _COLORS)


def _shortened(name: str) -> str:
    """The end of a long name, where runs differ."""
    return drawable(name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}")


def _height(accuracy: float) -> float:
    """Where an accuracy is on the scale: half as many mistakes are one up."""
    return -math.log2(1 - min(accuracy, _MOST))


def _scale_epochs(diagrams: "Sequence[Axes]", runs: Sequence[Run]) -> None:
    lasts = [run.epochs[-1].epoch for run in runs]
    last = max(lasts)
    is_logarithmic = last > 8 * min(lasts)  # else the short ones would be a dot at the left
    steps = [factor * 10**power for power in range(6) for factor in (1, 2, 5)]
    if is_logarithmic:
        ticks = [step for step in steps if step <= last]
    else:
        step = next(step for step in steps if last <= 8 * step)
        ticks = sorted({1, *range(step, last + 1, step)})
    for axes in diagrams:
        axes.set_xlabel("epoch", size=10, color=QUIET)
        if is_logarithmic:
            axes.set_xscale("log")
            axes.set_xlim(0.9, 1.1 * last)
        else:
            axes.set_xlim(1 - 0.04 * last, 1.04 * last)
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter("{x:.0f}")


def _scale_values(loss: "Axes", accuracies: "Axes", runs: Sequence[Run]) -> None:
    epochs = [epoch for run in runs for epoch in run.epochs]
    loss.set_ylim(0, 1.05 * max(epoch.loss for epoch in epochs) or 1)
    heights = [_height(value) for epoch in epochs for value in (epoch.train_accuracy, epoch.validation_accuracy)]
    low, high = min(heights) - _ROOM, max(heights) + _ROOM
    accuracies.set_ylim(low, high)
    ticks = [accuracy for accuracy in _ACCURACIES if low <= _height(accuracy) <= high]
    accuracies.set_yticks([_height(accuracy) for accuracy in ticks], [f"{100 * accuracy:g} %" for accuracy in ticks])
    for axes in (loss, accuracies):
        axes.grid(axis="y", color=RULE, linewidth=0.8)
        axes.set_axisbelow(True)


def _label(run: Run, between: str) -> str:
    return f"{_shortened(run.name)}{between}{percent(run.epochs[-1].validation_accuracy)}"


def _name(axes: "Axes", runs: Sequence[Run], names: Sequence[str], share: float) -> None:
    """Names each run at the right, at the height of its end or as near as there is room.

    Args:
        axes: The accuracies.
        runs: The runs.
        names: What to write of each.
        share: How much of the diagram's height a name takes.
    """
    low, high = axes.get_ylim()
    room = share * (high - low)
    ends = [
        (run.epochs[-1].epoch, _height(run.epochs[-1].validation_accuracy), name, color)
        for run, name, (color, _) in zip(runs, names, _styles(), strict=False)
    ]
    place = high - room / 2
    for number, (epoch, height, name, color) in enumerate(sorted(ends, key=lambda end: -end[1])):
        lowest = low + (len(ends) - number - 0.5) * room  # so that the rest has room below
        place = min(place, max(height, lowest))
        axes.annotate(
            name, (epoch, height), (1.04, place), textcoords=axes.get_yaxis_transform(), size=9.5, color=color,
            weight="bold", va="center", linespacing=1.25, annotation_clip=False, parse_math=False,
            arrowprops={
                "arrowstyle": "-", "color": color, "linewidth": 0.7, "linestyle": (0, (2, 2)), "relpos": (0, 0.5),
                "shrinkA": 3,
            },
        )  # fmt: skip
        place -= room
