"""Pictures of several pages: how these are called, and how those that an earlier, longer one left go away."""

import re
from pathlib import Path

_FURTHER = re.compile(r"-page-([2-9]|[1-9][0-9]+)$")


def paged(name: str, number: int) -> str:
    """The name of a page, counted from 1: the first has no number."""
    return name if number == 1 else f"{name}-page-{number}"


def first_of(name: str) -> str:
    """The name of the first page of what a page belongs to by its name."""
    return _FURTHER.sub("", name)


def remove_after(last: int, first: Path) -> None:
    """Removes the pages after a last one.

    Args:
        last: How many pages there are now.
        first: The file of the first.
    """
    number = last + 1
    while (left := first.with_name(f"{paged(first.stem, number)}{first.suffix}")).exists():
        left.unlink()
        number += 1
