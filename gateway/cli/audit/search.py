"""`mre-gateway audit search`: records that fit, as a table."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.audit.criteria import LARGEST, criteria, filter_of
from gateway.cli.audit.opened import access, read_recorded
from gateway.cli.which_gateway import print_json, settings_of, which

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.audit.entry import Entry
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
    from gateway.audit import access_records
    from gateway.audit.search import Filter
    from gateway.cli.audit import draw

    settings = settings_of(state_dir, config)
    where = filter_of(settings, given)
    find = partial(_full_page, where=where, after=after, limit=limit, oldest_first=oldest_first)

    def about(page: Page) -> list[Entry]:
        entry = access("audit.search", Filter(subject=where.subject))
        access_records.describe(entry, where, page.records)
        return [entry]

    page = read_recorded(settings, find, about)
    if as_json:
        print_json(page)
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
