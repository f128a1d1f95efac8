"""What a plugin's code raised, and at which of its lines: for its author, without the error's text."""

from __future__ import annotations

import traceback
from pathlib import Path


def as_raised(error: BaseException) -> BaseException:
    """The error as the author's code raised it: a `StopIteration` that leaves a coroutine, of a `next` that found
    nothing, comes out of it as a `RuntimeError` (PEP 479)."""
    cause = error.__cause__
    return cause if isinstance(error, RuntimeError) and isinstance(cause, StopIteration | StopAsyncIteration) else error


def place(error: BaseException, folder: Path | None) -> tuple[Path, int] | None:
    """File and line that was running last: of those in `folder`, if there is one, else of all."""
    if isinstance(error, SyntaxError) and error.filename:
        return Path(error.filename), error.lineno or 0
    frames = traceback.extract_tb(as_raised(error).__traceback__)
    own = [each for each in frames if folder is not None and Path(each.filename).is_relative_to(folder)]
    last = next(reversed(own or frames), None)
    return (Path(last.filename), last.lineno or 0) if last is not None else None
