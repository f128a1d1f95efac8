"""What the gateway and a connector's process say to each other: frames of a length (four bytes) and MessagePack.

Everything is decoded by its type. Values of the contract that stand where any value may stand carry their name.

A frame is at most `plugins.isolated_frame_bytes` long, and its lists are bounded, so that decoding one takes hardly
more memory than the frame itself. That matters on the gateway's event loop: msgspec holds the interpreter while it
decodes, so that another thread would not help.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from msgspec.msgpack import Ext

from gateway.connectors import contract
from gateway.connectors.contract import Reply, Value
from gateway.outbound.result_type import value_bytes

BEAT_SECONDS: Final = 0.25
"""How often the process says that its event loop goes round."""
HEADERS: Final = 256
HEADER_BYTES: Final = 65_536
"""Of all headers of a request together."""
ADDRESS_CHARACTERS: Final = 65_536
METHOD_CHARACTERS: Final = 64
TEXT_CHARACTERS: Final = 1_024
"""Of what an error says; the rest is left out."""

Headers = Annotated[list[tuple[bytes, bytes]], Meta(max_length=HEADERS)]

_LENGTH: Final = struct.Struct(">I")
_A_VALUE: Final = 1
_VALUES: Final[dict[str, type[Value]]] = {
    name: each for name, each in vars(contract).items() if isinstance(each, type) and issubclass(each, Value)
}


class TooLong(Exception):
    """A frame is longer than it may be."""


class _Frame(msgspec.Struct, frozen=True, tag=True, array_like=True):
    pass


class Start(_Frame, frozen=True, tag=True, array_like=True):
    """The first frame: everything that the process is told."""

    path: list[str]
    """The gateway's import path."""
    plugins: bytes
    """Settings of `[plugins]`, JSON."""
    logging: bytes
    id: str
    package: str
    folder: str
    origin: str
    base_url: str
    secrets: dict[str, str]
    options: dict[str, str]
    callback_url: str
    public_base_url: str
    digest: str = ""
    """`levels.digest_of` the files that may be run; empty: whichever there are."""

    def __repr__(self) -> str:
        return f"Start({self.id})"  # nothing of its secrets


class Built(_Frame, frozen=True, tag=True, array_like=True):
    """The connector is there."""

    replies: Annotated[dict[str, Reply], Meta(max_length=64)]
    """What `Paying.answer` says to each verdict: the one method that is not asynchronous."""


class NotBuilt(_Frame, frozen=True, tag=True, array_like=True):
    stage: str
    reason: str
    remedy: str
    trace: str


class Beat(_Frame, frozen=True, tag=True, array_like=True):
    """Its event loop goes round."""

    lines_dropped: int
    """Log lines beyond its allowance, since the last beat."""


class Invoke(_Frame, frozen=True, tag=True, array_like=True):
    call: int
    operation: str
    arguments: bytes
    """`pack([args, kwargs])`."""


class Cancel(_Frame, frozen=True, tag=True, array_like=True):
    call: int


class Request(_Frame, frozen=True, tag=True, array_like=True):
    """An HTTP request that the connector wants to make."""

    call: int
    number: int
    """Larger than that of any request before: each process counts its own."""
    method: Annotated[str, Meta(max_length=METHOD_CHARACTERS)]
    url: Annotated[str, Meta(max_length=ADDRESS_CHARACTERS)]
    headers: Headers
    content: bytes


class Dropped(_Frame, frozen=True, tag=True, array_like=True):
    """It does not wait for this request any more."""

    call: int
    number: int


class HttpAnswer(_Frame, frozen=True, tag=True, array_like=True):
    number: int
    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes
    reason: bytes


class Failed(_Frame, frozen=True, tag=True, array_like=True):
    """The request failed in the layers: the class of the error, by which a connector may catch it."""

    number: int
    kind: str
    message: str
    retry_after: float | None = None
    sent: bool = True
    """Whether the portal may have got the request, where the error says so itself."""
    denied: bool = False


class Returned(_Frame, frozen=True, tag=True, array_like=True):
    call: int
    result: bytes


class Raised(_Frame, frozen=True, tag=True, array_like=True):
    call: int
    kind: str
    """A class of the contract's errors, of the layers' or of httpx, or `other`."""
    code: str = ""
    portal_message: str = ""
    fields: Annotated[dict[str, str], Meta(max_length=1_024)] = {}
    retry_after: float | None = None
    request: int | None = None
    """The request that raised it."""
    sent: bool = True
    denied: bool = False
    error: str = ""
    location: str = ""


ToChild = Start | Invoke | Cancel | HttpAnswer | Failed
ToGateway = Built | NotBuilt | Beat | Request | Dropped | Returned | Raised

_to_child: Final = msgspec.msgpack.Decoder(ToChild)
_to_gateway: Final = msgspec.msgpack.Decoder(ToGateway)
_encoder: Final = msgspec.msgpack.Encoder()


def frame(message: ToChild | ToGateway, most: int) -> bytes:
    """Raises `TooLong`."""
    body = _encoder.encode(message)
    if len(body) > most:
        raise TooLong(len(body))
    return _LENGTH.pack(len(body)) + body


def is_bounded(request: Request) -> bool:
    """Its method, its address and its headers are within their limits."""
    headers = request.headers
    return (
        len(request.method) <= METHOD_CHARACTERS
        and len(request.url) <= ADDRESS_CHARACTERS
        and len(headers) <= HEADERS
        and sum(len(name) + len(value) for name, value in headers) <= HEADER_BYTES
    )


async def read_from_child(reader: asyncio.StreamReader, most: int) -> ToGateway | None:
    """None at the end. Raises `TooLong`, and for anything else an error of msgspec's or `RecursionError`."""
    body = await _read(reader, most)
    return None if body is None else _to_gateway.decode(body)


async def read_from_gateway(reader: asyncio.StreamReader, most: int) -> ToChild | None:
    body = await _read(reader, most)
    return None if body is None else _to_child.decode(body)


async def _read(reader: asyncio.StreamReader, most: int) -> bytes | None:
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > most:
            raise TooLong(length)
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError):
        return None


def receive(connection: socket.socket, most: int) -> bytes:
    """One whole frame of a socket that blocks. Raises `EOFError`, `TimeoutError` and `TooLong`."""
    (length,) = _LENGTH.unpack(_receive(connection, _LENGTH.size))
    if length > most:
        raise TooLong(length)
    return _receive(connection, length)


def first_of_child(body: bytes) -> ToGateway:
    said: ToGateway = _to_gateway.decode(body)
    return said


def first_of_gateway(body: bytes) -> ToChild:
    said: ToChild = _to_child.decode(body)
    return said


def _receive(connection: socket.socket, length: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < length:
        piece = connection.recv(min(length - len(pieces), 65_536))
        if not piece:
            raise EOFError
        pieces += piece
    return bytes(pieces)


def pack(value: Any) -> bytes:
    return _encoder.encode(_named(value))


def unpack(data: bytes) -> Any:
    return msgspec.msgpack.decode(data, ext_hook=_of_name)


def _named(value: Any) -> Any:
    if isinstance(value, Value):
        name = next(each.__name__ for each in type(value).__mro__ if each.__name__ in _VALUES)
        return Ext(_A_VALUE, value_bytes((name, value)))
    if isinstance(value, dict):
        return {key: _named(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_named(each) for each in value]
    return value


def _of_name(code: int, data: memoryview) -> Any:
    if code != _A_VALUE:
        raise msgspec.ValidationError(f"extension {code}")
    name, value = msgspec.msgpack.decode(data, type=tuple[str, msgspec.Raw])
    return msgspec.msgpack.decode(value, type=_VALUES[name])
