"""`mre-gateway audit erase`: a person asked to be forgotten."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli.audit.opened import access, run
from gateway.cli.which_gateway import settings_of, which

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.cases.erasure import Erased
    from gateway.storage import Storage

PURPOSES: Final = ("subject-request", "court-order", "retention")


@click.command("erase")
@click.option("--purpose", type=click.Choice(PURPOSES), required=True, help="Why; it stands in the record of this act.")
@which
def erase(purpose: str, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Forget a person: what was sealed for them can never be read again. Their open cases must end first.

    The national identity number is read from the standard input, because a command line is kept and seen by others.

    Exit code 1 also if somebody, such as a backup, still reads the database as it was: the destroyed key may then be
    left in its files. A call of the person that is under way may be recorded afterwards. To run this once more, when
    neither goes on, removes both.
    """
    from datetime import UTC, datetime

    from gateway import national_id
    from gateway.audit.search import Filter
    from gateway.auth.keys import KeyRing, KeyRingError
    from gateway.cases.erasure import CasesOpen
    from gateway.cases.erasure import erase as forget
    from gateway.storage.vault import Vault

    settings = settings_of(state_dir, config)
    number = click.prompt("National identity number", hide_input=True, err=True)
    try:
        ring = KeyRing.open(settings.state_dir / "keys")
        subject = ring.pseudonym(national_id.typed(number))
    except (KeyRingError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    now = datetime.now(UTC)
    names, name = ring.ledger.every(subject, now), ring.ledger.pseudonym(subject, now)
    entry = access("person.erase", Filter(subject=name))
    entry.kind, entry.purpose = "admin", purpose

    async def work(storage: Storage, log: AuditLog) -> Erased:
        vault = Vault(ring.data_key)
        return await forget(storage, vault, log, subject=subject, log_subjects=names, entry=entry)

    try:
        done = run(settings, work)
    except CasesOpen as error:
        raise click.ClickException(f"these cases have not ended; withdraw them first: {error}") from error
    if as_json:
        click.echo(json.dumps(asdict(done) | {"subject": name}))
    else:
        click.echo(
            f"forgotten: {done.cases} cases, {done.attachments} files, the contents behind {done.records} records"
        )
    if not done.scrubbed:
        raise click.ClickException(
            "it is done, but somebody still reads the database as it was before, so the destroyed key may be in its "
            "files: run this again when no backup or report is under way"
        )
