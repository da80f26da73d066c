"""Learning curves: loss and accuracy of one or several runs, epoch by epoch."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, NullLocator

from common.colors import ON_WHITE
from common.words import count, listed
from mnist_core.cli import percent
from visualizing.colors import QUIET, RULE, TEXT
from visualizing.runs import Run
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet
from visualizing.words import drawable, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES = ("-", (0, (3, 1)), (0, (1, 1)))  # for more runs than there are colours
_HEIGHT = 4.1  # inches of the diagrams
_LOSS = 2.9  # inches, the width of the loss's
_LONGEST = 32  # letters of a name
_LINE = 0.21  # inches of a line of text
_SIZE = 9.5  # points of text beside a diagram
_SAMPLE = 0.32  # inches of a line before the name that it belongs to
_FEW = 8  # runs whose names and accuracies have a line each
_CLEAR = 4  # runs whose dots can still be told apart
_NAMED = 2  # runs that are as good as each other and still named in the title
_ACCURACIES = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998)
_HALVINGS = ((0.98, 0.99, 0.995), (0.8, 0.9, 0.95), (0.998, 0.999, 0.9995))  # of the mistakes, between accuracies
_MOST = 0.99995  # accuracy at which the scale ends, as it would go on for ever
_ROOM = 0.3  # halvings of the mistakes above and below the curves


def draw(runs: Sequence[Run]) -> Picture:
    """Draws the curves of at least one run."""
    title = _title(runs)
    is_single, has_dots = len(runs) == 1, len(runs) <= _CLEAR
    low, high = _bounds(runs, has_dots)
    remark = f"Lines: accuracy on the validation images{_scale(low, high)}."
    if has_dots:
        remark += (
            " Dots: on the training images, as the recipe chose and changed them; where it takes the hardest, training "
            "looks worse than validation."
        )
    ranked = sorted(runs, key=lambda run: -_last(run))
    names = [f"validation\n{percent(_last(runs[0]))}"] if is_single else [_label(run, len(runs)) for run in ranked]
    room = _LINE * (2 if len(runs) <= _FEW else 1)  # inches of a label
    height = max(_HEIGHT, len(runs) * room)
    sheet = Sheet(height + 0.85, title, remark)
    sample = 0.0 if is_single else _SAMPLE + 0.08
    label = 0.12 + sample + max(measured(line, _SIZE, "bold") for name in names for line in name.splitlines())
    left = MARGIN + 0.4 + _LOSS + 0.85
    loss = sheet.axes(MARGIN + 0.4, 0.35, _LOSS, height)
    width = WIDTH - MARGIN - label - left
    accuracies = sheet.axes(left, 0.35, width, height)
    accuracies.set_ylim(low, high)
    sheet.write(MARGIN, 0.12, "Loss in training", weight="bold", size=11)
    sheet.write(left - 0.55, 0.12, "Accuracy", weight="bold", size=11)
    _scale_epochs((loss, accuracies), runs)
    _scale_values(loss, accuracies, runs)
    styles = dict(zip([run.name for run in runs], _styles(), strict=False))
    for run in runs:
        _draw_run(loss, accuracies, run, styles[run.name], has_dots)
    if has_dots:
        _name_dots(accuracies, runs)
    heights = _apart([_height(_last(run)) for run in ranked], room / height * (high - low), low, high)
    for run, name, place in zip(ranked, names, heights, strict=True):
        across = 1 + (0.12 + sample) / width
        is_best = _last(run) == _last(ranked[0])
        accuracies.text(
            across, place, name, transform=accuracies.get_yaxis_transform(), size=_SIZE, va="center", linespacing=1.25,
            color=TEXT, weight="bold" if is_best else "normal", parse_math=False,
        )  # fmt: skip
        if sample:
            ends = [across - sample / width, across - (sample - _SAMPLE) / width]
            accuracies.plot(
                ends, [place] * 2, transform=accuracies.get_yaxis_transform(), clip_on=False, **_line(styles[run.name])
            )
    return Picture("curves", title, sheet.figure)


def _title(runs: Sequence[Run]) -> str:
    most = max(map(_last, runs))
    best = [_shortened(run.name) for run in runs if _last(run) == most]
    accuracy = percent(most)
    if len(runs) == 1:
        return f"{best[0]}: {accuracy} in validation after {count(len(runs[0].epochs), 'epoch')}"
    who = listed(best) if len(best) <= _NAMED else f"{len(best)}"
    return f"Of {len(runs)} runs, {who} {'are' if len(best) > 1 else 'is'} the best in validation: {accuracy}"


def _last(run: Run) -> float:
    """The accuracy that a run ended with, or has reached."""
    return run.epochs[-1].validation_accuracy


def _label(run: Run, runs: int) -> str:
    return f"{_shortened(run.name)}{chr(10) if runs <= _FEW else '  '}{percent(_last(run))}"


def _shortened(name: str) -> str:
    """The end of a long name, where runs differ."""
    return drawable(name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}")


def _styles() -> Iterator[tuple[str, object]]:
    return itertools.cycle((color, dash) for dash in _DASHES for color in ON_WHITE)


def _line(style: tuple[str, object]) -> dict[str, Any]:
    color, dash = style
    return {"color": color, "linestyle": dash, "linewidth": 2, "solid_capstyle": "round"}


def _draw_run(loss: "Axes", accuracies: "Axes", run: Run, style: tuple[str, object], has_dots: bool) -> None:
    epochs = [epoch.epoch for epoch in run.epochs]
    are_few = len(epochs) <= 10
    validation = [_height(epoch.validation_accuracy) for epoch in run.epochs]
    for axes, values in ((loss, [epoch.loss for epoch in run.epochs]), (accuracies, validation)):
        axes.plot(epochs, values, marker="o" if are_few else "", markersize=5, **_line(style))
        axes.plot(epochs[-1:], values[-1:], marker="o", markersize=5, color=style[0])  # where it ends, or has come to
    if has_dots:
        training = [_height(epoch.train_accuracy) for epoch in run.epochs]
        accuracies.plot(epochs, training, "o", markersize=4.5 if are_few else 2.5, color=style[0], fillstyle="none")


def _name_dots(axes: "Axes", runs: Sequence[Run]) -> None:
    """Says what the dots are, below the lowest."""
    lowest = min((epoch for run in runs for epoch in run.epochs), key=lambda epoch: epoch.train_accuracy)
    is_left = lowest.epoch <= sum(axes.get_xlim()) / 2
    axes.annotate(
        "training", (lowest.epoch, _height(lowest.train_accuracy)), (7 if is_left else -7, -1),
        textcoords="offset points", size=_SIZE, color=QUIET, va="center", ha="left" if is_left else "right",
        path_effects=[withStroke(linewidth=3, foreground="white")],
    )  # fmt: skip


def _height(accuracy: float) -> float:
    """Where an accuracy is on the scale: half as many mistakes are one up."""
    return -math.log2(1 - min(accuracy, _MOST))


def _bounds(runs: Sequence[Run], has_dots: bool) -> tuple[float, float]:
    """The lowest and highest place on the scale that is shown."""
    epochs = [epoch for run in runs for epoch in run.epochs]
    shown = [epoch.validation_accuracy for epoch in epochs] + [epoch.train_accuracy for epoch in epochs] * has_dots
    return _height(min(shown)) - _ROOM, _height(max(shown)) + _ROOM


def _scale(low: float, high: float) -> str:
    """What the distances on the scale mean, by rules that are there if it can be."""
    for first, second, third in _HALVINGS:
        if low <= _height(first) and _height(third) <= high:
            return (
                f"; from {100 * first:g} % to {100 * second:g} % is as far as from {100 * second:g} % to "
                f"{100 * third:g} %, as each halves the mistakes"
            )
    return "; to halve the mistakes is as far everywhere"


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
    loss.set_ylim(0, 1.05 * max(epoch.loss for run in runs for epoch in run.epochs) or 1)
    low, high = accuracies.get_ylim()
    ticks = [accuracy for accuracy in _ACCURACIES if low <= _height(accuracy) <= high]
    accuracies.set_yticks([_height(accuracy) for accuracy in ticks], [f"{100 * accuracy:g} %" for accuracy in ticks])
    for axes in (loss, accuracies):
        axes.grid(axis="y", color=RULE, linewidth=0.8)
        axes.set_axisbelow(True)


def _apart(heights: Sequence[float], room: float, low: float, high: float) -> Iterator[float]:
    """Places as near to some heights, in falling order, as leaves each its room."""
    place = high - room / 2
    for number, height in enumerate(heights):
        lowest = low + (len(heights) - number - 0.5) * room  # so that the rest has room below
        place = min(place, max(height, lowest))
        yield place
        place -= room
