"""Lets a training end in order when it is told to: by Ctrl-C, or by SIGTERM as schedulers and torchrun send it."""

import signal
import time
from pathlib import Path
from types import FrameType, TracebackType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Seconds in which the same signal is still the first: what is sent to a group of processes comes from the sender, and
# once more from a launcher among them, such as `uv run`, that passes it on.
_ECHO = 1.0


class StoppedError(Exception):
    """A training was told to stop, and can be taken up again.

    Attributes:
        signal: What told it to.
        run: The run that it was to become; None in processes that do not save.
    """

    def __init__(self, number: int, run: Path | None) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number
        self.run = run


class StopSignals:
    """A context in which the first signal is noted, and the second one ends the process as usual.

    Attributes:
        noted: The signal that came; 0 as long as none has.
    """

    def __init__(self, *, is_patient: bool) -> None:
        """Prepares to note signals.

        Args:
            is_patient: Whether a second one is only noted too: torchrun passes on what all processes get anyway.
        """
        self.noted = 0
        self._when = 0.0
        self._is_patient = is_patient

    def __enter__(self) -> "StopSignals":
        # A signal that the process was started to ignore, as Ctrl-C in a shell's background job, stays ignored.
        heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {int(number): signal.signal(number, self._note) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        is_echo = number == self.noted and now - self._when < _ECHO
        if self.noted and not is_echo and not self._is_patient:
            signal.signal(number, self._before[number])
            signal.raise_signal(number)
        if not is_echo:
            self.noted, self._when = number, now
