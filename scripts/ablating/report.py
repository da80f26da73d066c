"""The figures as a table, in Markdown's form: to be read on a terminal, and put into a page."""

from collections.abc import Iterator, Sequence

from ablating.measuring import Column, Row
from common.tables import table

_FEWER = 0.005  # of the pictures: from here on a step is marked as missed


def to_text(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """A line for each step, percents for each column; bold is what is half a percent or more below the first row."""
    head = ["without", *(column.name for column in columns)]
    counts = ["*pictures*", *(f"{len(column.pictures):,}" for column in columns)]
    lines = [head, ["---", *("---:" for _ in columns)], counts]
    lines += [[row.without or "*nothing*", *_percents(row.accuracy, rows[0].accuracy)] for row in rows]
    return table(lines, "| ", " | ", " |")


def _percents(accuracy: Sequence[float], best: Sequence[float]) -> Iterator[str]:
    for share, with_all in zip(accuracy, best, strict=True):
        figure = f"{100 * share:.1f}"
        yield f"**{figure}**" if round(with_all - share, 9) >= _FEWER else figure
