"""`mre-gateway audit export`: the log as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.audit.criteria import LARGEST, criteria
from gateway.cli.audit.opened import access, run
from gateway.cli.which_gateway import print_json, settings_of, which

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.settings import Settings
    from gateway.storage import Storage
from gateway.cli.audit.signing import anchors_of, checkpointer_of, quiet, signing


@click.command("export")
@click.argument("out", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(("tiles", "jsonl", "csv", "ocsf")),
    default="tiles",
    show_default=True,
    help="`tiles` can be verified; the others are for reading.",
)
@click.option("--first", type=click.IntRange(0, LARGEST), default=0, help="Index to begin with; not for tiles.")
@criteria
@which
def export(
    out: Path, form: str, first: int, state_dir: Path | None, config: Path | None, as_json: bool, **given: Any
) -> None:
    """Write the log to the folder OUT: signed checkpoint, hashes, records. Again into the same folder: what is new.

    The checkpoint goes to the witnesses and timestamp authorities of the settings first, and what they say is written
    into OUT/anchors. One that is down stops nothing; it is named.

    In another format than `tiles`, write the records that fit to the file OUT, or to the standard output if it is `-`.
    """
    settings = settings_of(state_dir, config)
    if form != "tiles":
        from gateway.cli.audit.rows import write_rows

        write_rows(form, out, settings, first=first, given=given, signing=signing, as_json=as_json)
        return
    if first or any(given.values()):
        raise click.UsageError("tiles are the whole log: filters are for the other formats")
    if out == Path("-") or out.is_file():
        raise click.BadParameter("tiles are a folder of files", param_hint="OUT")
    _export_tiles(out, settings, as_json=as_json)


def _export_tiles(out: Path, settings: Settings, *, as_json: bool) -> None:
    from dataclasses import asdict

    from gateway.audit import anchored
    from gateway.audit.anchors import Gap
    from gateway.audit.checkpointer import NotConsistent
    from gateway.audit.export import Exported, ExportError
    from gateway.audit.export import export as write
    from gateway.audit.search import Filter
    from gateway.cli.audit.progress import shown

    quiet()  # what an anchor's failure has to say is printed below

    async def work(storage: Storage, log: AuditLog) -> tuple[Exported, str, list[Gap]]:
        checkpointer = checkpointer_of(settings, storage)
        anchors = anchors_of(settings, storage)
        try:
            await log.write(access("audit.export", Filter()))
            await anchors.ask()
            signed = await checkpointer.advance()
            await anchors.round(at_once=True)
            gaps = await anchors.gaps()
        finally:
            await anchors.stop()
        published = await storage.run_read(lambda read: anchored.cosigned(read, signed))
        with shown("exporting", published.checkpoint.size, quiet=as_json) as progress:
            done = await write(storage, published, out, progress=progress)
        await storage.run_read(lambda read: anchored.write(read, done.checkpoint.size, out))
        return done, str(checkpointer.key), gaps

    try:
        done, vkey, gaps = run(settings, work)
    except (ExportError, NotConsistent) as error:
        raise click.ClickException(str(error)) from error
    head = done.checkpoint
    facts = {
        "folder": str(out),
        "origin": head.origin,
        "size": head.size,
        "new": done.new,
        "root": head.root.hex(),
        "vkey": vkey,
        "anchors": [asdict(gap) for gap in gaps],
    }
    if as_json:
        print_json(facts)
        return
    click.echo(f"{head.size} records in {out}, {done.new} of them new")
    for gap in gaps:
        missing = max(0, head.size - gap.size)
        why = f"; the last {missing} not: {gap.problem or 'it was not asked yet'}" if missing else ""
        click.echo(f"{gap.kind} {gap.name}: {head.size - missing} records{why}")
    click.echo(f"verify with: mre-gateway audit verify {out} --vkey {vkey}")
