"""`mre-gateway audit export | proof | verify`: the log as files, and whether files are the log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.audit.criteria import LARGEST, WORD, criteria
from gateway.cli.audit.opened import access, run, settings_of, which

if TYPE_CHECKING:
    from gateway.audit import AuditLog
    from gateway.audit.anchors import Anchors
    from gateway.audit.checkpointer import Checkpointer
    from gateway.auth.keys import KeyRing
    from gateway.settings import Settings
    from gateway.storage import Storage


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

        write_rows(form, out, settings, first=first, given=given, signing=_signing, as_json=as_json)
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

    _quiet()  # what an anchor's failure has to say is printed below

    async def work(storage: Storage, log: AuditLog) -> tuple[Exported, str, list[Gap]]:
        checkpointer = _checkpointer(settings, storage)
        anchors = _anchors(settings, storage)
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
        _print_json(facts)
        return
    click.echo(f"{head.size} records in {out}, {done.new} of them new")
    for gap in gaps:
        missing = max(0, head.size - gap.size)
        why = f"; the last {missing} not: {gap.problem or 'it was not asked yet'}" if missing else ""
        click.echo(f"{gap.kind} {gap.name}: {head.size - missing} records{why}")
    click.echo(f"verify with: mre-gateway audit verify {out} --vkey {vkey}")


@click.command("proof")
@click.argument("call_id", type=WORD)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; otherwise it is printed.")
@which
def proof(call_id: str, out: Path | None, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Write a proof that the call's record is in the signed log: one file that carries the record (C2SP tlog-proof).
    Of several records of a call it is that of who made it."""
    from gateway.audit.checkpointer import NotConsistent
    from gateway.audit.receipt import Receipt, prove
    from gateway.audit.search import Filter, by_call

    settings = settings_of(state_dir, config)

    async def work(storage: Storage, log: AuditLog) -> tuple[Receipt, str] | None:
        found = await storage.run_read(lambda read: by_call(read, call_id))
        record = found[0].record if found else None
        about = Filter(subject=record.subject, case_id=record.case, service=record.service) if record else Filter()
        await log.write(access("audit.proof", about))
        if not found:
            return None
        checkpointer = await _signing(settings, storage)
        return await prove(storage, checkpointer, found[0].index), str(checkpointer.key)

    try:
        made = run(settings, work)
    except NotConsistent as error:
        raise click.ClickException(str(error)) from error
    if made is None:
        raise click.ClickException(f"no record of call {call_id}")
    receipt, vkey = made
    if out is not None:
        out.write_bytes(bytes(receipt.proof))
    if as_json:
        facts = {"index": receipt.proof.index, "size": receipt.size, "vkey": vkey}
        _print_json(facts | ({"file": str(out)} if out else {"proof": bytes(receipt.proof).decode()}))
    elif out is None:
        click.echo(bytes(receipt.proof).decode(), nl=False)
    else:
        click.echo(f"record {receipt.proof.index} of {receipt.size} in {out}")
        click.echo(f"verify with: mre-gateway audit verify {out} --vkey {vkey}")


@click.command("verify")
@click.argument("target")
@click.option("--vkey", required=True, multiple=True, help="Verifier key of the log, got from whom you trust.")
@click.option(
    "--since",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An earlier checkpoint, or a .tlog-proof.",
)
@click.option("--expired", type=click.IntRange(0), help="How many records may have expired, at most.")
@click.option("--witness", multiple=True, help="Verifier key of a witness who must have cosigned it.")
@click.option(
    "--tsa",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Root certificate (PEM) of an authority who must have dated it.",
)
@click.option(
    "--token", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A timestamp of it that you kept."
)
@click.option("--anchored-within", type=click.IntRange(0), help="How many seconds old the newest anchor may be, each.")
@click.option("--origin", help="Name of the log, if it is not that of the key.")
@click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")
@click.pass_context
def verify(
    ctx: click.Context,
    target: str,
    vkey: tuple[str, ...],
    since: Path | None,
    expired: int | None,
    witness: tuple[str, ...],
    tsa: Path | None,
    token: Path | None,
    anchored_within: int | None,
    origin: str | None,
    as_json: bool,
) -> None:
    """Check TARGET: an exported folder, the address of a log (any C2SP tlog-tiles log), or a .tlog-proof file.

    This runs verify_audit.py, which an auditor can also run alone. A token for a log that asks for one goes into the
    environment variable AUDIT_TOKEN.
    """
    from gateway.audit import verify_audit

    words = [target, *(word for key in vkey for word in ("--vkey", key))]
    words += ["--since", str(since)] if since else []
    words += [word for key in witness for word in ("--witness", key)]
    words += ["--tsa", str(tsa)] if tsa else []
    words += ["--token", str(token)] if token else []
    words += ["--expired", str(expired)] if expired is not None else []
    words += ["--anchored-within", str(anchored_within)] if anchored_within is not None else []
    words += ["--origin", origin] if origin else []
    ctx.exit(verify_audit.main([*words, *(["--json"] if as_json else [])]))


def _checkpointer(settings: Settings, storage: Storage) -> Checkpointer:
    from gateway.audit.checkpointer import KEPT, Checkpointer

    ring = _ring(settings)
    return Checkpointer(storage, settings.audit, lambda: ring.signer("audit"), kept=settings.state_dir / KEPT)


async def _signing(settings: Settings, storage: Storage) -> Checkpointer:
    """Who signs, once the witnesses were shown what was signed last: they alone know of a restored database."""
    _quiet()
    anchors = _anchors(settings, storage)
    try:
        await anchors.ask()
    finally:
        await anchors.stop()
    return _checkpointer(settings, storage)


def _quiet() -> None:
    from gateway.telemetry.logging import configure

    configure("error")


def _anchors(settings: Settings, storage: Storage) -> Anchors:
    from gateway.audit.anchors import Anchors
    from gateway.audit.checkpointer import REFUSED
    from gateway.audit.note import VerifierKey
    from gateway.settings import SettingsError

    ring = _ring(settings)
    keys = [VerifierKey(name=settings.audit.origin, public=each) for each in ring.public("audit").values()]
    try:
        return Anchors(storage, settings.audit, lambda: keys, refused=settings.state_dir / REFUSED)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _ring(settings: Settings) -> KeyRing:
    from gateway.auth.keys import KeyRing, KeyRingError

    try:
        return KeyRing.open(settings.state_dir / "keys")
    except KeyRingError as error:
        raise click.ClickException(str(error)) from error


def _print_json(value: Any) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))
