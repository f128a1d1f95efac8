"""Logs: one JSON object a line on stderr, with an allow-list of fields and of what may stand in them.

Personal data and secrets stay out by construction, not by scrubbing: a field that is not in `FIELDS`, or whose value
does not look like what the field is for, is left out and counted by name. An exception is its class and the places it
passed, never its text. What libraries say is kept only where it is a constant of their own code.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Final, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from gateway.telemetry.log_allowance import LogAllowance, plugin_that_logs

_ID: Final = re.compile(r"[a-z]+_[0-9a-z]{26}")
_WORD: Final = re.compile(r"(?!.*[0-9]{5})[a-z][a-z0-9]{0,23}([_.:-][a-z0-9]{1,23}){0,9}")
"""A word of ours: no long run of digits, no long run without a separator, so no number of a person and no key."""
_CLASS: Final = re.compile(r"([a-z_]{1,24}\.){0,5}([A-Z]{1,5}[a-z]{1,15}){1,6}(\([A-Z0-9_]{1,40}\))?")
_PLACE: Final = re.compile(r"[\w.<>]{1,100}:[0-9]{1,6}")
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.:\[\]-]{1,100}")
_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.+-]{0,30}")

FIELDS: Final[Mapping[str, re.Pattern[str] | None]] = {
    **dict.fromkeys(("call_id", "case_id", "webhook_id"), _ID),
    **dict.fromkeys(
        (
            "action", "client", "code", "instead", "kind", "layer", "milestone", "mode", "operation", "outcome",
            "plugin", "portal", "profile", "reason", "service", "signal", "sink", "stage", "state", "step",
        ),
        _WORD,
    ),
    "error": _CLASS,
    "location": _PLACE,
    "address": _ORIGIN,
    "version": _VERSION,
    **dict.fromkeys(
        ("attempt", "count", "duration_ms", "index", "pid", "port", "size", "status", "wait_seconds", "workers"), None
    ),
}  # fmt: skip
"""What may be logged besides `event`, `level`, `timestamp` and the exception: field -> the form of its text, or None
for a number. No form lets a CNIE, an e-mail address, a sentence or a token through."""

dropped: Final[Counter[str]] = Counter()
"""How often each field was left out since the start; a name that should not be in here is a mistake at its caller."""

_DROPPED_NAMES: Final = 200
_SPEAKING: Final = frozenset({"uvicorn.error"})
"""Loggers of libraries whose messages are kept whole: they say what the operator must know, an address in use."""
_LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_NAME: Final = r"(?!\w*[0-9]{4})[A-Za-z_]\w{0,63}"
_AT: Final = re.compile(rf"{_NAME}(\.{_NAME}){{0,7}}:[0-9]{{1,6}} ({_NAME}|<[a-z]{{1,10}}>)", re.ASCII)
"""A place as `describe` tells it: module, line and function."""
_FRAMES: Final = 15
_CHAIN: Final = 5
_MESSAGE: Final = 300


_PROCESSORS: Final[list[Any]] = []
"""One list for the process: a logger that was used keeps the list that it found, also after `configure` was called
again, and whoever listens to the log changes the list."""


def configure(level: str = "info") -> None:
    """Send everything that is logged in this process through here. May be called again."""
    _PROCESSORS[:] = [_at_least(level), _within_allowance, structlog.contextvars.merge_contextvars, _line]
    structlog.configure(
        processors=_PROCESSORS,
        # The level is a processor: a logger that was used keeps its class, and with it a level that no longer holds.
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=_Stderr,
        cache_logger_on_first_use=True,
    )
    logging.raiseExceptions = False  # a failing handler would print the record
    for name in (None, *logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers = [each for each in logger.handlers if type(each) not in (logging.StreamHandler, Foreign)]
    logging.root.addHandler(Foreign())
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs every URL, and a reference in it is personal
    logging.getLogger("uvicorn.access").disabled = True  # addresses; the edge logs each call
    warnings.showwarning = _warned
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _crashed
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _thread_crashed
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _unraisable


def _at_least(level: str) -> Processor:
    """The processor that drops what is less severe than `level`."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    severities = {name.lower(): number for name, number in logging.getLevelNamesMapping().items()}

    def keep(_logger: object, method: str, event: EventDict) -> EventDict:
        if severities.get(method, logging.ERROR) < threshold:
            raise structlog.DropEvent
        return event

    return keep


_allowance = LogAllowance(per_second=20.0, burst=200)


def limit_plugins(*, per_second: float, burst: int) -> None:
    """How many lines each plugin may log."""
    global _allowance
    _allowance = LogAllowance(per_second=per_second, burst=burst)


def _within_allowance(_logger: object, _method: str, event: EventDict) -> EventDict:
    if not _admitted_by_plugin():
        raise structlog.DropEvent
    return event


def _admitted_by_plugin() -> bool:
    plugin = plugin_that_logs()
    if not plugin:
        return True
    admitted, dropped = _allowance.admit(plugin)
    if dropped:
        _own("plugin_log_lines_dropped", level="error", plugin=plugin, count=dropped)
    return admitted


def relay(plugin: str, lines: Sequence[bytes]) -> None:
    """Log what the process of a plugin wrote to its standard error, within the plugin's allowance and marked as its own
    by `plugin`. A line of this module's form passes the allow-list once more: the process may write any. Of another
    one, which may quote anything, only the length is told."""
    for number, line in enumerate(lines):
        admitted, dropped = _allowance.admit(plugin)
        if dropped:
            _own("plugin_log_lines_dropped", level="error", plugin=plugin, count=dropped)
        if not admitted:
            _allowance.drop(plugin, len(lines) - number - 1)
            return
        _relay(plugin, line)


def _relay(plugin: str, line: bytes) -> None:
    try:
        said = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        _own("plugin_wrote", level="warning", plugin=plugin, size=len(line))
        return
    level = said.get("level")
    fields = {name: value for name, value in said.items() if name in FIELDS or name == "event"}
    error = said.get("exception")
    described = _is_described(error)
    fields |= {"plugin": plugin} if described else {"plugin": plugin, "exception": error}  # left out, and counted
    kept = msgspec.json.decode(_line(None, level if level in _LEVELS else "error", fields))
    if described:
        kept["exception"] = error
    _write(msgspec.json.encode(kept) + b"\n")


class _Raised(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    at: list[str]


def _is_described(error: object) -> bool:
    """Whether this is what `describe` makes: classes and places, and nothing else."""
    try:
        chain = msgspec.convert(error, list[_Raised])
    except msgspec.ValidationError:
        return False
    return len(chain) <= _CHAIN and all(
        _CLASS.fullmatch(each.type) and len(each.at) <= _FRAMES and all(map(_AT.fullmatch, each.at)) for each in chain
    )


class _Stderr:
    """Writes lines to whatever stderr is at the moment."""

    def __init__(self, *_names: object) -> None: ...

    def msg(self, line: bytes) -> None:
        _write(line)

    debug = info = warning = error = critical = exception = msg


def _write(line: bytes) -> None:
    """A line that cannot be written, because the disk is full or the reader has gone, is lost. Who had something to say
    goes on with the work: losing the line is the smaller harm."""
    with contextlib.suppress(OSError, ValueError):  # ValueError: the stream is closed
        # Past the buffer: what stays in it cannot be written at the end either, and Python then exits with 120.
        stream = getattr(sys.stderr.buffer, "raw", sys.stderr.buffer)
        rest = memoryview(line)
        while rest and (written := stream.write(rest)):
            rest = rest[written:]


def _line(_logger: object, method: str, event: MutableMapping[str, Any]) -> bytes:
    """The last processor: what may be said, as a line of JSON."""
    name = event.pop("event", "")
    known = isinstance(name, str) and _WORD.fullmatch(name) is not None
    line: dict[str, Any] = {
        "timestamp": _now(),
        "level": "error" if method == "exception" else method,
        "event": name if known else "unnamed",
    }
    left_out = []
    error = _exception(event.pop("exc_info", None))
    for field, value in event.items():
        if value is None or value == "":
            continue
        if _admitted(field, value):
            line[field] = value
        else:
            left_out.append(field)
    if not known:
        left_out.append("event")
    if left_out:
        line["dropped_fields"] = sorted({_count(field) for field in left_out})
    if error is not None:
        line["exception"] = describe(error)
    return msgspec.json.encode(line) + b"\n"


def _admitted(field: str, value: object) -> bool:
    try:
        form = FIELDS[field]
    except KeyError:
        return False
    if form is None:
        return isinstance(value, int | float)
    return isinstance(value, str) and form.fullmatch(value) is not None


def _count(field: str) -> str:
    """Count a field that was left out. A name that is no word may come from outside: it is not repeated."""
    name = field if _WORD.fullmatch(field) and (field in dropped or len(dropped) < _DROPPED_NAMES) else "other"
    dropped[name] += 1
    return name


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _exception(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def describe(error: BaseException) -> list[dict[str, Any]]:
    """The exception and what caused it: class and `module:line function` of each frame, innermost last."""
    found: list[dict[str, Any]] = []
    pending, seen = [error], set[int]()
    while pending and len(found) < _CHAIN:
        each = pending.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        kind = type(each)
        found.append({"type": f"{kind.__module__}.{kind.__qualname__}", "at": _places(each.__traceback__)})
        if isinstance(each, BaseExceptionGroup):
            pending.extend(each.exceptions)
        cause = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        if cause is not None:
            pending.append(cause)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    places = []
    while trace is not None:
        frame = trace.tb_frame
        module = frame.f_globals.get("__name__") or Path(frame.f_code.co_filename).stem
        places.append(f"{module}:{trace.tb_lineno} {frame.f_code.co_name}")
        trace = trace.tb_next
    return places[-_FRAMES:]


class Foreign(logging.Handler):
    """Records of the standard `logging`: those of libraries, from WARNING up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        if not _admitted_by_plugin():
            return
        line: dict[str, Any] = {
            "timestamp": _now(),
            "level": record.levelname.lower(),
            "event": "library",
            "logger": record.name,
            "location": f"{record.module}:{record.lineno}",
        }
        if record.name in _SPEAKING:
            line["message"] = record.getMessage()[:_MESSAGE]
        elif _is_constant(record):
            line["message"] = str(record.msg)[:_MESSAGE]
        error = _exception(record.exc_info)
        if error is not None:
            line["exception"] = describe(error)
        _write(msgspec.json.encode(line) + b"\n")


def _is_constant(record: logging.LogRecord) -> bool:
    """Whether the message is a literal in the code that logs it; one that was put together may quote anything."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        code = frame.f_code
        if code.co_filename == record.pathname and code.co_name == record.funcName:
            return isinstance(record.msg, str) and record.msg in _texts(code)
        frame = frame.f_back
    return False


def _texts(code: CodeType) -> list[str]:
    return [each for each in code.co_consts if isinstance(each, str)]


def _own(event: str, *, level: str, error: BaseException | None = None, **fields: object) -> None:
    _write(_line(None, level, {"event": event, "exc_info": error, **fields}))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    where = f"{Path(filename).stem}:{lineno}"
    _own("warning", level="warning", kind=category.__name__.lower(), location=where)


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _own("crashed", level="critical", error=error)


def _thread_crashed(hooked: threading.ExceptHookArgs) -> None:
    _own("thread_crashed", level="error", error=hooked.exc_value)


def _unraisable(hooked: sys.UnraisableHookArgs) -> None:
    _own("unraisable", level="error", error=hooked.exc_value)
