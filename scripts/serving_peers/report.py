"""The table: what was measured of each server, as the medians of its rounds."""

import dataclasses
import statistics
from collections.abc import Callable

from common.tables import table as laid_out
from serving_peers.load import Result

HEADINGS = (
    "requests/s", "times", "p50 ms", "p99 ms", "one: p50", "one: p99", "MB worker", "loaded", "MB in all", "ready s"
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One round of a server.

    Attributes:
        ready: Seconds from its start to the first right answer.
        before: Bytes of the largest process, once ready.
        after: The same after the load.
        together: Bytes of all processes after the load.
        many: Under load over many connections.
        one: Over one connection.
    """

    ready: float
    before: int
    after: int
    together: int
    many: Result
    one: Result


def table(measured: dict[str, list[Measurement]]) -> str:
    """A line a server, with the medians of its rounds.

    Under "times" is how many times as many requests the first server answers in a second.
    """
    lines = [["", *HEADINGS]]
    first = median(next(iter(measured.values())), lambda round_: round_.many.rate)
    for name, rounds in measured.items():
        rate = median(rounds, lambda round_: round_.many.rate)
        latencies = (
            1_000 * median(rounds, figure)
            for figure in (
                lambda round_: round_.many.percentile(50),
                lambda round_: round_.many.percentile(99),
                lambda round_: round_.one.percentile(50),
                lambda round_: round_.one.percentile(99),
            )
        )
        memory = (
            median(rounds, figure)
            for figure in (lambda round_: round_.before, lambda round_: round_.after, lambda round_: round_.together)
        )
        ready = median(rounds, lambda round_: round_.ready)
        lines.append(
            [
                name, f"{rate:,.0f}", f"{first / rate:.1f}", *(f"{value:.2f}" for value in latencies),
                *(megabytes(size) for size in memory), f"{ready:.2f}",
            ]
        )  # fmt: skip
    return laid_out(lines)


def median(rounds: list[Measurement], figure: Callable[[Measurement], float]) -> float:
    """The middle of a figure over the rounds of a server."""
    return statistics.median(map(figure, rounds))


def megabytes(size: float) -> str:
    """Bytes as MB."""
    return f"{size / 1e6:.0f}"
