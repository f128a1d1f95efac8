"""Who signs and who anchors, for a command that runs beside the gateway or without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.audit.anchors import Anchors
    from gateway.audit.checkpointer import Checkpointer
    from gateway.auth.keys import KeyRing
    from gateway.settings import Settings
    from gateway.storage import Storage


def checkpointer_of(settings: Settings, storage: Storage) -> Checkpointer:
    from gateway.audit.checkpointer import KEPT, Checkpointer

    ring = _ring(settings)
    return Checkpointer(storage, settings.audit, lambda: ring.signer("audit"), kept=settings.state_dir / KEPT)


async def signing(settings: Settings, storage: Storage) -> Checkpointer:
    """Who signs, once the witnesses were shown what was signed last: they alone know of a restored database."""
    quiet()
    anchors = anchors_of(settings, storage)
    try:
        await anchors.ask()
    finally:
        await anchors.stop()
    return checkpointer_of(settings, storage)


def quiet() -> None:
    from gateway.telemetry.logging import configure

    configure("error")


def anchors_of(settings: Settings, storage: Storage) -> Anchors:
    from gateway.audit.anchors import Anchors
    from gateway.audit.checkpointer import REFUSED
    from gateway.audit.note import VerifierKey

    ring = _ring(settings)
    keys = [VerifierKey(name=settings.audit.origin, public=each) for each in ring.public("audit").values()]
    return Anchors(storage, settings.audit, lambda: keys, refused=settings.state_dir / REFUSED)


def _ring(settings: Settings) -> KeyRing:
    from gateway.auth.keys import KeyRing, KeyRingError

    try:
        return KeyRing.open(settings.state_dir / "keys")
    except KeyRingError as error:
        raise click.ClickException(str(error)) from error
