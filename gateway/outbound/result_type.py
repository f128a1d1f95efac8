"""What a connector returned, as the type that its operation promises. Everything after `invoke` relies on that type:
it is stored, and each later read of the case decodes it.

A connector in a process of its own sends these bytes, which are read once, where they arrive (`isolation/calls.py`); of
any other they are made and read here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from gateway.connectors.contract import Filed, Operation, Progress, Slot, Value

RESULT_BYTES: Final = 8_388_608
"""Of a result that holds no bytes: each of its own may become a value in memory."""

T = TypeVar("T")

_encoder: Final = msgspec.msgpack.Encoder()


class WrongResult(Exception):
    """The connector returned what its operation does not promise. `location`: where in it, without any value of it."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def checked(operation: Operation[..., Any], result: Any) -> Any:
    """`result`, made anew as the operation's type. Raises `WrongResult`."""
    return _checked(partial(read_result, operation), result)


def checked_as(kind: type[T], value: Any) -> T:
    """`value`, made anew as a `kind`. Raises `WrongResult`."""
    found: T = _checked(partial(_decode, kind), value)
    return found


def _checked(read: Callable[[bytes], Any], value: Any) -> Any:
    try:
        return read(value_bytes(value))
    except WrongResult:
        raise
    except Exception:  # it cannot be said: half a surrogate pair, 70 bits, a type of its own, nested too deep
        raise WrongResult("result") from None


def value_bytes(value: Any) -> bytes:
    """Times keep the offset that they came with, which tells the place's own clock: MessagePack itself has none.
    Raises `TypeError`, `ValueError`, `OverflowError` or `RecursionError` for what cannot be said."""
    return _encoder.encode(msgspec.to_builtins(value, builtin_types=(bytes,)))


def read_result(operation: Operation[..., Any], data: bytes) -> Any:
    """Raises `WrongResult` for what is not of the type that the operation promises, and an error of msgspec's or
    `RecursionError` for what is no value at all."""
    kind = _result_type(operation)
    if len(data) > RESULT_BYTES and not _holds_bytes(kind):
        raise WrongResult(f"result of {len(data)} bytes")
    result = _decode(kind, data)
    for name, number_or_time in _numbers_and_times(result):
        if isinstance(number_or_time, datetime):
            if number_or_time.tzinfo is None:
                raise WrongResult(f"result: {name} without a time zone")
        elif not math.isfinite(number_or_time):
            raise WrongResult(f"result: {name} is no number")
    return result


def progresses_of(result: Any) -> Iterator[Progress]:
    """Whatever a result says about where a demand stands."""
    for each in result if isinstance(result, list) else (result,):
        progress = each.progress if isinstance(each, Filed) else each
        if isinstance(progress, Progress):
            yield progress


def _numbers_and_times(result: Any) -> Iterator[tuple[str, float | datetime]]:
    """Those of which a type alone does not say that they can be compared."""
    for progress in progresses_of(result):
        if progress.check_after is not None:
            yield "check_after", progress.check_after
        if progress.ask is not None and progress.ask.until is not None:
            yield "ask.until", progress.ask.until
        for step in progress.steps:
            yield "steps.at", step.at
    for each in result if isinstance(result, list) else (result,):
        slot = getattr(each, "slot", each)
        if isinstance(slot, Slot):
            yield "start", slot.start
            yield "end", slot.end


def _location(error: msgspec.ValidationError) -> str:
    """`result.documents[...]`. Keys and values are the portal's, and msgspec names none of them there."""
    _, found, path = str(error).rpartition(" - at `")
    return f"result{path.rstrip('`').removeprefix('$')}" if found else "result"


def _decode(kind: Any, data: bytes) -> Any:
    try:
        return _decoder(kind).decode(data)
    except msgspec.ValidationError as error:
        raise WrongResult(_location(error)) from None


@cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


@cache
def _result_type(operation: Operation[..., Any]) -> Any:
    return get_type_hints(operation.method)["return"]


@cache
def _holds_bytes(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Value) and bytes in get_type_hints(kind).values()
