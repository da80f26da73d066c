"""Tables of text."""

from collections.abc import Sequence


def table(lines: Sequence[Sequence[str]], left: str = "", between: str = "  ", right: str = "") -> str:
    """Columns that are as wide as they have to be, the first one flush left; and what is around them."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        left + between.join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) + right for line in lines
    )
