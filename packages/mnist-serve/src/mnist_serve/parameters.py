"""Kinds of values that the commands' options take."""

import math
from typing import Any

import click


class Number(click.FloatRange):
    """A number within bounds; NaN is none, though no comparison finds it out of bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Takes what is a number within the bounds."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


PROBABILITY = Number(0, 1)
SECONDS = Number(min=0, min_open=True, max=86_400)  # more than none, and at most a day
