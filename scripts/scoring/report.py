"""The figures of a folder as text."""

from collections.abc import Iterator, Sequence

from common.tables import table
from mnist_core.cli import percent
from scoring.measures import Group, Scores

_NAMES = [*map(str, range(10)), "none"]
_LEFT = "  "  # of all lines


def summary(scores: Scores) -> str:
    """A line a figure; those that are of nothing are left out."""
    lines = list(_figures(scores))
    widths = [max((len(line[column]) for line in lines), default=0) for column in (0, 1)]
    return "\n".join(
        f"  {name:<{widths[0]}}  {figure:>{widths[1]}}  {remark}".rstrip() for name, figure, remark in lines
    )


def _figures(scores: Scores) -> Iterator[tuple[str, str, str]]:
    """Names, figures and remarks."""
    if scores.accuracy is not None:
        wrong = scores.digits - round(scores.accuracy * scores.digits)
        yield "accuracy", percent(scores.accuracy), f"{wrong:,} of {scores.digits:,} digits wrong, if all are read"
        yield "digits refused", percent(scores.refused / scores.digits), f"{scores.refused:,} of {scores.digits:,}"
    if scores.accepted_accuracy is not None:
        accepted = scores.digits - scores.refused
        wrong = accepted - round(scores.accepted_accuracy * accepted)
        yield "accuracy of the accepted", percent(scores.accepted_accuracy), f"{wrong:,} of {accepted:,} wrong"
    if scores.non_digits:
        share = scores.non_digits_refused / scores.non_digits
        remark = f"{scores.non_digits_refused:,} of {scores.non_digits:,}"
        yield "non-digits refused", percent(share), remark
    if scores.calibration_error is not None and scores.confidence is not None and scores.log_loss is not None:
        remark = f"mean confidence {percent(scores.confidence)}"
        yield "expected calibration error", percent(scores.calibration_error), remark
        yield "log-loss", f"{scores.log_loss:.4f}", ""


def confusion(scores: Scores) -> str:
    """The confusion matrix: a row for each digit that occurs, a column for each answer."""
    rows = [
        [name, *(f"{count:,}" if count else "·" for count in row)]
        for name, row in zip(_NAMES, scores.confusion, strict=True)
        if any(row)
    ]
    return f"  Rows: what it is. Columns: what was answered.\n{table([['', *_NAMES], *rows], _LEFT)}" if rows else ""


def groups(column: str, found: Sequence[Group]) -> str:
    """A line for each value of a column."""
    lines = [
        [
            group.value or "(empty)",
            f"{group.pictures:,}",
            percent(group.accuracy),
            f"{group.refused:,}",
            f"{group.wrong:,}",
        ]
        for group in found
    ]
    return table([[column, "pictures", "accuracy", "refused", "wrong answers"], *lines], _LEFT)
