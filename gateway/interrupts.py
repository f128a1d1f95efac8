"""Whether a `KeyboardInterrupt` is the operator's, or one that somebody's code has raised by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""Commands that run until they are told to end make an interrupt of both."""
_MARK: Final = "makes_an_interrupt"
_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def noticed_interrupts() -> Iterator[Callable[[], bool]]:
    """What is given says whether the operator has interrupted the process meanwhile, within another one as well.
    Elsewhere than in the main thread, and where other handlers than Python's are in place, no `KeyboardInterrupt` is
    the operator's."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {each: handler for each in _SIGNALS if (handler := _interrupting(each)) is not None}

    def notice(number: int, frame: FrameType | None) -> None:
        came.append(number)
        before[signal.Signals(number)](number, frame)

    setattr(notice, _MARK, True)
    for each in before:
        signal.signal(each, notice)
    try:
        yield lambda: bool(came)
    finally:
        for each, handler in before.items():
            if signal.getsignal(each) is notice:
                signal.signal(each, handler)


def _interrupting(number: signal.Signals) -> _Handler | None:
    """What makes an interrupt of the signal: Python's own handler, or one of ours around it."""
    handler = signal.getsignal(number)
    return handler if callable(handler) and (handler is signal.default_int_handler or hasattr(handler, _MARK)) else None
