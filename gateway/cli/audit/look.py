"""`mre-gateway audit search | show`: look into the log."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.audit.criteria import LARGEST, WORD, criteria, filter_of
from gateway.cli.audit.opened import access, look, settings_of, which

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.audit import Entry
    from gateway.audit.record import Record
    from gateway.audit.search import Filter, Found, Page


@click.command("search")
@criteria
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Records to show.")
@click.option("--after", type=click.IntRange(0, LARGEST), default=None, help="Go on after this index.")
@click.option("--oldest-first", is_flag=True, help="Instead of newest first.")
@which
def search(
    state_dir: Path | None,
    config: Path | None,
    as_json: bool,
    limit: int,
    after: int | None,
    oldest_first: bool,
    **given: Any,
) -> None:
    """List records that fit all that is given, newest first."""
    from gateway.audit import looks
    from gateway.audit.search import Filter
    from gateway.cli.audit import draw

    settings = settings_of(state_dir, config)
    where = filter_of(settings, given)
    find = partial(_full_page, where=where, after=after, limit=limit, oldest_first=oldest_first)

    def about(page: Page) -> list[Entry]:
        entry = access("audit.search", Filter(subject=where.subject))
        looks.describe(entry, where, page.records)
        return [entry]

    page = look(settings, find, about)
    if as_json:
        _print_json(page)
        return
    draw.console().print(draw.table(page))
    if page.next is not None:
        click.echo(f"more: --after {page.next}", err=True)


def _full_page(connection: Connection, *, where: Filter, after: int | None, limit: int, oldest_first: bool) -> Page:
    """As many records as were asked for, however far one has to look."""
    from gateway.audit.search import Page
    from gateway.audit.search import search as find

    records: list[Found] = []
    while True:
        more = limit - len(records)
        page = find(connection, where, after=after, limit=more, oldest_first=oldest_first)
        records += page.records
        after = page.next
        if after is None or len(records) == limit:
            return Page(records=records, next=after)


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

    found, expired = look(settings_of(state_dir, config), find_call, about)
    if not found:
        gone = f"; the records before index {expired} have expired" if expired else ""
        raise click.ClickException(f"no record of call {call_id}{gone}")
    if as_json:
        _print_json(found)
        return
    console = draw.console()
    for one in found:
        console.print(draw.tree(one))


def _people(found: list[Found]) -> list[Record]:
    """One record for each person whom these are about."""
    return list({each.record.subject: each.record for each in reversed(found)}.values())[::-1]


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))
