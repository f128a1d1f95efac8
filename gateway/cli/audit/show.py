"""`mre-gateway audit show`: one call, as a tree of its hops."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.audit.criteria import WORD
from gateway.cli.audit.opened import access, read_recorded
from gateway.cli.which_gateway import print_json, settings_of, which

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.audit.entry import Entry
    from gateway.audit.record import Record
    from gateway.audit.search import Found


@click.command("show")
@click.argument("call_id", type=WORD)
@which
def show(call_id: str, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Draw one call: why it was let in or not, its hops, how long each took. Every record that it has: after that of
    who made it, those of the people whom its form named."""
    from gateway.audit import nodes
    from gateway.audit.search import Filter, by_call
    from gateway.cli.audit import draw

    def find_call(connection: Connection) -> tuple[list[Found], int]:
        return by_call(connection, call_id), nodes.expired(connection)

    def about(looked: tuple[list[Found], int]) -> list[Entry]:
        """Each of the people shown sees the look in their own ledger."""
        found, _ = looked
        seen = [Filter(subject=each.subject, case_id=each.case, service=each.service) for each in _people(found)]
        return [access("audit.show", where) for where in seen or [Filter()]]

    found, expired = read_recorded(settings_of(state_dir, config), find_call, about)
    if not found:
        gone = f"; the records before index {expired} have expired" if expired else ""
        raise click.ClickException(f"no record of call {call_id}{gone}")
    if as_json:
        print_json(found)
        return
    console = draw.console()
    for one in found:
        console.print(draw.tree(one))


def _people(found: list[Found]) -> list[Record]:
    """One record for each person whom these are about."""
    return list({each.record.subject: each.record for each in reversed(found)}.values())[::-1]
