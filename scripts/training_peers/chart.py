"""The chart: accuracy against seconds, a mark a run. The one module that needs matplotlib."""

from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from common.colors import BLACK, BLUE, GREEN, PINK, RED
from mnist_core.cli import percent
from training_peers import report
from training_peers.labels import Box, Label, arrange
from training_peers.running import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A colour and a shape each, so that either tells them apart.
_STYLES = ((BLACK, "s"), (PINK, "D"), (RED, "o"), (BLUE, "^"), (GREEN, "v"))
_GREY = "#666666"
_TICKS = {1: "1 s", 2: "2 s", 5: "5 s", 10: "10 s", 20: "20 s", 30: "30 s", 60: "1 min", 120: "2 min", 300: "5 min",
          600: "10 min", 1200: "20 min", 3600: "1 h"}  # fmt: skip
_MARK = 15  # pixels around a mark that belong to it
_GAP = 8  # pixels between two labels


def draw(measured: dict[str, list[Run]], path: Path, caption: str) -> None:
    """Draws what was measured.

    Args:
        measured: The runs of each contender.
        path: The PNG file to write.
        caption: What it was measured on.
    """
    figure = Figure(figsize=(8, 4.5), dpi=150)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.085, 0.08, 0.835, 0.75))
    figure.text(
        0.02, 0.94, "MNIST: test accuracy against time, from a process's start to its end", size=12, weight="bold"
    )
    note = "filled: a run · hollow: mean accuracy at the median time"
    figure.text(0.02, 0.885, f"{note} · {caption}", size=8, color=_GREY)
    _scale(axes, [run for runs in measured.values() for run in runs])
    for runs, (color, marker) in zip(measured.values(), _STYLES, strict=False):
        axes.scatter(
            [report.whole(runs)], [100 * report.accuracy(runs)],
            s=150, facecolors="white", edgecolors=color, linewidths=2, marker=marker, zorder=3,
        )  # fmt: skip
        axes.scatter(
            [run.whole for run in runs], [100 * run.accuracy for run in runs],
            s=20, color=color, marker=marker, alpha=0.6, linewidths=0, zorder=4,
        )  # fmt: skip
    canvas.draw()  # type: ignore[no-untyped-call]  # from here on, it is known where everything lies
    _label(axes, canvas, measured)
    figure.savefig(path)


def _scale(axes: "Axes", runs: list[Run]) -> None:
    """Seconds on a logarithmic axis, accuracies on a linear one, with room for the labels."""
    seconds = [run.whole for run in runs]
    percents = [100 * report.TARGET, *(100 * run.accuracy for run in runs)]
    room = 0.3 * (max(percents) - min(percents)) + 0.05
    axes.set_xscale("log")
    axes.set_xlim(min(seconds) / 2, max(seconds) * 2)
    axes.set_ylim(min(percents) - room, max(percents) + room)
    axes.set_xticks([tick for tick in _TICKS if min(seconds) / 2 <= tick <= max(seconds) * 2])
    axes.set_xticklabels([_TICKS[int(tick)] for tick in axes.get_xticks()])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter("{x:.1f} %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=9, length=0)
    axes.axhline(100 * report.TARGET, color=_GREY, linewidth=1, linestyle="--", zorder=2)
    axes.annotate(
        f"target:\n{percent(report.TARGET, 1)}", (1, 100 * report.TARGET), xycoords=axes.get_yaxis_transform(),
        xytext=(4, 0), textcoords="offset points", va="center", size=9, color=_GREY,
    )  # fmt: skip


def _label(axes: "Axes", canvas: "FigureCanvasAgg", measured: dict[str, list[Run]]) -> None:
    """Names every contender beside its marks."""
    figure = canvas.figure
    inside = axes.get_window_extent()
    bounds = Box(inside.x0, inside.y0, inside.x1, inside.y1)
    line = axes.transData.transform((1, 100 * report.TARGET))[1]
    taken = [Box(bounds.left, line - 2, bounds.right, line + 2)]
    texts, labels = [], []
    for (name, runs), (color, _) in zip(measured.items(), _STYLES, strict=False):
        seconds, accuracy = report.whole(runs), report.accuracy(runs)
        words = f"{name}\n{seconds:.{0 if seconds >= 100 else 1}f} s, {percent(accuracy)}"
        texts.append(
            figure.text(0, 0, words, size=8.5, weight="bold", color=color, ha="center", va="center", linespacing=1.3)
        )
        size = texts[-1].get_window_extent(canvas.get_renderer())  # type: ignore[no-untyped-call]
        values = [*((run.whole, 100 * run.accuracy) for run in runs), (seconds, 100 * accuracy)]
        points = [tuple(point) for point in axes.transData.transform(values)]
        taken += [Box.around([point], _MARK) for point in points]
        labels.append(Label(size.width + _GAP, size.height + _GAP, Box.around(points, _MARK)))
    for text, box in zip(texts, arrange(labels, taken, bounds), strict=True):
        x, y = figure.transFigure.inverted().transform(box.center)
        text.set_position((x, y))
