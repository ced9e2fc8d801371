"""Ctrl-C, or a notebook's stop button, that lets the current work finish."""

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

KEPT = (
    "Stopped: this cell kept what was trained so far. Cells that waited behind it were"
    " not run; run them when you want to."
)


class Interrupt:
    """While active, the first Ctrl-C sets `asked`; a second one raises.

    SIGTERM, and SIGHUP of a closed terminal, count as Ctrl-C.

    In a notebook the cell in which that happened runs to its end, so that nothing of it
    is lost, and then counts as failed: Run All starts no cell behind it. Another
    training in the same cell raises KeyboardInterrupt when it begins.

    Outside the main thread, where Python allows no signal handlers, it does nothing.

    count: how many trainings of this process were stopped so. What came of one is no
    measurement.
    """

    count = 0

    def __init__(self) -> None:
        self.asked = False
        self.previous: dict[signal.Signals, Any] = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __enter__(self) -> Self:
        if _Cell.stopped is not None:
            raise KeyboardInterrupt("the cell was stopped: this training did not begin")
        if threading.current_thread() is threading.main_thread():
            for number in _signals():
                if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                    self.previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        Interrupt.count += self.asked
        if self.asked and error is None:
            _Cell.stop()


class _Cell:
    """The notebook cell that was stopped and has not ended yet."""

    stopped: "_Cell | None" = None

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        shell.events.register("post_run_cell", self.end)

    @classmethod
    def stop(cls) -> None:
        """Have the running cell fail when it ends; nothing outside a notebook."""
        shell = _shell()
        if shell is not None and cls.stopped is None:
            cls.stopped = cls(shell)

    def end(self, result: Any) -> None:
        """IPython calls this when the cell has ended.

        A kernel drops the requests that wait behind a cell that failed.
        """
        self.shell.events.unregister("post_run_cell", self.end)
        _Cell.stopped = None
        if result.error_before_exec is None and result.error_in_exec is None:
            print(KEPT, file=sys.stderr)
            result.error_in_exec = KeyboardInterrupt(KEPT)


def _shell() -> Any:
    """IPython's shell where a notebook's kernel runs this code, else None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if shell is not None and hasattr(shell, "kernel") else None


def _signals() -> tuple[signal.Signals, ...]:
    """Ctrl-C, a polite end, and a terminal that was closed, where there is one."""
    hang_up = getattr(signal, "SIGHUP", None)
    return (signal.SIGINT, signal.SIGTERM, *([hang_up] if hang_up else []))
