"""Words that several scripts write."""


def count(number: int, what: str) -> str:
    """A number with its noun: "1 image", "2 images"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(names: list[str]) -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
