"""The ids of slots in the API. One holds all that finds the slot again at its portal, so that nothing else has to be
sent to choose it; and a text that no list of slots has given is told from a slot that somebody else has taken."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec

from gateway.connectors.contract import Slot

LONGEST: Final = 400
"""Characters of an id. Portals' own ids have up to some eighty."""

_PREFIX: Final = "slot_"
_CHECK_BYTES: Final = 6


class SlotInvalid(Exception):
    """The text is not the id of a slot, or one of another service."""


class SlotId(msgspec.Struct, frozen=True, array_like=True):
    portal: str
    post: str
    slot: str
    """The portal's own id."""
    start: int
    """Seconds since 1970, so that one day is searched."""

    @property
    def starts_at(self) -> datetime:
        return datetime.fromtimestamp(self.start, UTC)


def encode(portal: str, slot: Slot) -> str:
    told = msgspec.msgpack.encode(SlotId(portal, slot.post, slot.id, int(slot.start.timestamp())))
    return _PREFIX + base64.urlsafe_b64encode(_check(told) + told).rstrip(b"=").decode()


def decode(id: str) -> SlotId:
    """Raises `SlotInvalid`. It is only as true as the caller: the portal decides whether such a slot is free."""
    text = id.removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        check, told = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
        found = msgspec.msgpack.decode(told, type=SlotId)
        found.starts_at  # noqa: B018 - a time that no calendar has is no slot's
    except (binascii.Error, ValueError, OverflowError, OSError, msgspec.MsgspecError) as error:
        raise SlotInvalid from error
    if not id.startswith(_PREFIX) or check != _check(told):
        raise SlotInvalid
    return found


def _check(told: bytes) -> bytes:
    """Tells a mistyped or shortened id; it keeps nobody from making one."""
    return sha256(told).digest()[:_CHECK_BYTES]
