"""`mre-gateway audit search | show`: look into the log."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.audit.criteria import LARGEST, WORD, criteria, filter_of
from gateway.cli.audit.opened import access, look, settings_of, which

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.audit import Entry
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

    def about(page: Page) -> Entry:
        entry = access("audit.search", Filter(subject=where.subject))
        looks.describe(entry, where, page.records)
        return entry

    page = look(settings, find, about)
    if as_json:
        _print_json(page)
        return
    draw.console().print(draw.table(page))
    if page.next is not None:
        click.echo(f"more: --after {page.next}", err=True)


async def _full_page(
    connection: AsyncConnection, *, where: Filter, after: int | None, limit: int, oldest_first: bool
) -> Page:
    """As many records as were asked for, however far one has to look."""
    from gateway.audit.search import Page
    from gateway.audit.search import search as find

    records: list[Found] = []
    while True:
        more = limit - len(records)
        page = await connection.run_sync(find, where, after=after, limit=more, oldest_first=oldest_first)
        records += page.records
        after = page.next
        if after is None or len(records) == limit:
            return Page(records=records, next=after)


@click.command("show")
@click.argument("call_id", type=WORD)
@which
def show(call_id: str, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Draw one call: why it was let in or not, its hops, how long each took."""
    from gateway.audit import nodes
    from gateway.audit.search import Filter, by_call
    from gateway.cli.audit import draw

    async def find_call(connection: AsyncConnection) -> tuple[list[Found], int]:
        return await by_call(connection, call_id), await connection.run_sync(nodes.expired)

    def about(looked: tuple[list[Found], int]) -> Entry:
        found, _ = looked
        record = found[0].record if found else None
        return access(
            "audit.show",
            Filter(
                subject=record.subject if record else "",
                case_id=record.case if record else "",
                service=record.service if record else "",
            ),
        )

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


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))
