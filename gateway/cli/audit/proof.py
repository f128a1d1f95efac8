"""`mre-gateway audit proof`: that a call's record is in the signed log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.audit.criteria import WORD
from gateway.cli.audit.opened import access, run
from gateway.cli.which_gateway import print_json, settings_of, which

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.storage import Storage
from gateway.cli.audit.signing import signing


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
        checkpointer = await signing(settings, storage)
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
        print_json(facts | ({"file": str(out)} if out else {"proof": bytes(receipt.proof).decode()}))
    elif out is None:
        click.echo(bytes(receipt.proof).decode(), nl=False)
    else:
        click.echo(f"record {receipt.proof.index} of {receipt.size} in {out}")
        click.echo(f"verify with: mre-gateway audit verify {out} --vkey {vkey}")
