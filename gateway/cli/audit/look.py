"""`mre-gateway audit search | show`: look into the log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.audit.opened import access, look, settings_of, which

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.audit import Entry
    from gateway.audit.record import HopRecord, Record
    from gateway.audit.search import Found, Page

KINDS: Final = ("call", "step", "admin", "access", "refusal")
OUTCOMES: Final = ("ok", "client_error", "refused", "unavailable", "unknown", "denied", "failed")
_COLOURS: Final = {"ok": "green", "client_error": "yellow", "answered": "green"}


class _Time(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date or time such as 2026-01-31 or 2026-01-31T08:00+01:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command("search")
@click.option("--since", type=_Time(), help="From this time on; UTC unless it says otherwise.")
@click.option("--until", type=_Time(), help="Before this time.")
@click.option("--call", "call_id", default="", help="Call id.")
@click.option("--case", "case_id", default="", help="Case id.")
@click.option("--subject", default="", help="Pseudonym of the person (p_...).")
@click.option("--client", default="", help="Client id.")
@click.option("--service", default="", help="Service id.")
@click.option("--portal", default="", help="Portal.")
@click.option("--operation", default="", help="Operation, such as tracking.read.")
@click.option("--kind", type=click.Choice(KINDS), default=None, help="Kind of record.")
@click.option("--outcome", type=click.Choice(OUTCOMES), default=None, help="What came of it.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Records to show.")
@click.option("--after", type=int, default=None, help="Go on after this index.")
@click.option("--oldest-first", is_flag=True, help="Instead of newest first.")
@which
def search(
    state_dir: Path | None,
    config: Path | None,
    as_json: bool,
    limit: int,
    after: int | None,
    oldest_first: bool,
    **criteria: Any,
) -> None:
    """List records that fit all that is given, newest first."""
    from gateway.audit.search import Filter
    from gateway.audit.search import search as find

    where = Filter(**{name: value for name, value in criteria.items() if value is not None})

    async def find_page(connection: AsyncConnection) -> Page:
        return await connection.run_sync(find, where, after=after, limit=limit, oldest_first=oldest_first)

    page = look(settings_of(state_dir, config), find_page, lambda _: access("audit.search", where))
    if as_json:
        _print_json(page)
        return
    _table(page)


@click.command("show")
@click.argument("call_id")
@which
def show(call_id: str, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Draw one call with its hops and how long each took."""
    from gateway.audit.search import Filter, by_call

    async def find_call(connection: AsyncConnection) -> list[Found]:
        return await by_call(connection, call_id)

    def about(found: list[Found]) -> Entry:
        record = found[0].record if found else None
        return access(
            "audit.show",
            Filter(
                subject=record.subject if record else "",
                case_id=record.case if record else "",
                service=record.service if record else "",
            ),
        )

    found = look(settings_of(state_dir, config), find_call, about)
    if not found:
        raise click.ClickException(f"no record of call {call_id}")
    if as_json:
        _print_json(found)
        return
    console = _console()
    for one in found:
        console.print(_tree(one))


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:  # a pipe has no width; cut to 80 columns it would hide what grep looks for
        console.width = 240
    return console


def _table(page: Page) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("index", "time (UTC)", "call", "operation", "client", "about", "outcome", "ms", "hops"):
        number = heading in ("index", "ms", "hops")
        whole = number or heading in ("time (UTC)", "call")
        table.add_column(heading, justify="right" if number else "left", overflow="fold", no_wrap=whole)
    for found in page.records:
        record = found.record
        table.add_row(
            str(found.index),
            _moment(record)[:19],
            escape(record.call),
            escape(record.operation + ("" if record.kind == "call" else f" ({record.kind})")),
            escape(record.client),
            escape(record.service or record.portal),
            _coloured(record.outcome, _result(record)),
            _milliseconds(record.duration_us),
            str(len(record.hops) + record.hops_omitted),
        )
    _console().print(table)
    if page.next is not None:
        click.echo(f"more: --after {page.next}", err=True)


def _tree(found: Found) -> Tree:
    from rich.markup import escape
    from rich.tree import Tree

    record = found.record
    title = f"[bold]{escape(record.call)}[/]  {escape(record.operation)}  {_coloured(record.outcome, _result(record))}"
    tree = Tree(f"{title}  {_milliseconds(record.duration_us)} ms")
    facts = {
        "time": _moment(record),
        "record": f"{found.index} in the log, {record.kind}, leaf {found.leaf_hash[:16]}…",
        "who": " ".join(filter(None, (record.principal, record.client, record.subject))),
        "about": " ".join(filter(None, (record.service, record.portal, record.case))),
        "purpose": record.purpose,
        "decision": " by ".join(filter(None, (record.decision, record.rule))),
    }
    for name, value in facts.items():
        if value:
            tree.add(f"[dim]{name:<9}[/] {escape(value)}")
    for hop in record.hops:
        tree.add(_branch(hop))
    if record.hops_omitted:
        tree.add(f"[dim]and {record.hops_omitted} more hops[/]")
    return tree


def _branch(hop: HopRecord) -> str:
    from rich.markup import escape

    words = [
        f"[cyan]{escape(hop.portal)}[/].{escape(hop.operation)}",
        escape(hop.method),
        _coloured(hop.outcome, " ".join(filter(None, (str(hop.status or ""), hop.outcome)))),
        f"{_milliseconds(hop.duration_us)} ms",
        f"attempt {hop.attempt}" if hop.attempt > 1 else "",
        f"breaker {escape(hop.breaker)}" if hop.breaker not in ("", "closed") else "",
        f"[dim]signed by {escape(hop.key_id[:16])}…[/]" if hop.key_id else "",
    ]
    return "  ".join(filter(None, words))


def _result(record: Record) -> str:
    return " ".join(filter(None, (str(record.status or ""), record.outcome, record.code)))


def _coloured(outcome: str, words: str) -> str:
    from rich.markup import escape

    return f"[{_COLOURS.get(outcome, 'red')}]{escape(words)}[/]"


def _moment(record: Record) -> str:
    return record.at.replace("T", " ")[:23]


def _milliseconds(microseconds: int) -> str:
    return f"{microseconds / 1000:.1f}"
