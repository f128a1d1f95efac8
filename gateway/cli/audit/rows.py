"""`mre-gateway audit export --format jsonl | csv | ocsf`: records for reading, into a file or a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import click

from gateway.cli.audit.criteria import filter_of
from gateway.cli.audit.opened import access, run
from gateway.cli.which_gateway import print_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from gateway.audit.checkpointer import Checkpointer
    from gateway.audit.log import AuditLog
    from gateway.audit.rows import Format
    from gateway.settings import Settings
    from gateway.storage import Storage

_PIPE: Final = Path("-")


def write_rows(
    form: str,
    out: Path,
    settings: Settings,
    *,
    first: int,
    given: Mapping[str, Any],
    signing: Callable[[Settings, Storage], Awaitable[Checkpointer]],
    as_json: bool,
) -> None:
    """The records from `first` on that fit, up to a checkpoint of all there are."""
    from gateway.audit import access_records, rows
    from gateway.audit.checkpointer import NotConsistent
    from gateway.audit.search import Filter

    where = filter_of(settings, given)

    async def work(storage: Storage, log: AuditLog) -> int:
        entry = access("audit.export", Filter(subject=where.subject))
        await storage.run_read(
            partial(access_records.describe_export, entry=entry, where=where, start=first, stop=None)
        )
        await log.write(entry)
        checkpointer = await signing(settings, storage)
        size = (await checkpointer.advance()).checkpoint.size
        with _opened(out) as file:
            written = rows.rows(cast("Format", form), origin=settings.audit.origin)
            async for part in rows.written(written, storage, where, first, size):
                file.write(part)
        return size

    try:
        size = run(settings, work)
    except NotConsistent as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    if out == _PIPE:
        return
    if as_json:
        print_json({"file": str(out), "format": form, "first": first, "size": size})
    else:
        click.echo(f"of the {max(0, size - first)} records from index {first} on, those that fit are in {out}")
        click.echo(f"what is new later: --first {size}")


@contextmanager
def _opened(out: Path) -> Iterator[BinaryIO]:
    """The file is whole or not there."""
    from gateway.audit.files import UNFINISHED

    if out == _PIPE:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = out.with_name(f"{out.name}.{os.getpid()}{UNFINISHED}")
    with unfinished.open("wb") as file:
        yield file
    unfinished.replace(out)
