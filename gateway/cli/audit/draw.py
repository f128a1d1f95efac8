"""How records look in a terminal: many as a table, one as a tree of its hops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.tree import Tree

    from gateway.audit.record import HopRecord, Record
    from gateway.audit.search import Found, Page

_COLOURS: Final = {"ok": "green", "client_error": "yellow", "answered": "green"}
_BAR: Final = 24
"""Width of a bar that is as long as the call."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:  # a pipe has no width; cut to 80 columns it would hide what grep looks for
        console.width = 240
    return console


def table(page: Page) -> Table:
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
    return table


def tree(found: Found) -> Tree:
    """The call, why it was let in or not, and its hops, each with a bar that says which part of the call it took."""
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
        "searched": record.search,
        "decision": " by ".join(filter(None, (record.decision, record.rule))),
        "because": _because(record),
    }
    for name, value in facts.items():
        if value:
            tree.add(f"[dim]{name:<9}[/] {escape(value)}")
    longest = max([record.duration_us, *(hop.duration_us for hop in record.hops)])
    widest = max((len(_name(hop)) for hop in record.hops), default=0)
    for hop in record.hops:
        tree.add(_branch(hop, longest, widest))
    if record.hops_omitted:
        tree.add(f"[dim]and {record.hops_omitted} more hops[/]")
    return tree


def _because(record: Record) -> str:
    """The rule of that day in words, and why it decided so."""
    import msgspec

    from gateway.auth import rules

    why = rules.reason(msgspec.to_builtins(record).get("reason", ""))
    return "; ".join(filter(None, (rules.meaning(record.rule), why)))


def _branch(hop: HopRecord, longest: int, widest: int) -> str:
    from rich.markup import escape

    words = [
        f"[cyan]{_bar(hop.duration_us, longest)}[/]",
        f"{_milliseconds(hop.duration_us):>8} ms",
        f"[cyan]{escape(_name(hop).ljust(widest))}[/]",
        escape(hop.method),
        _coloured(hop.outcome, " ".join(filter(None, (str(hop.status or ""), hop.outcome)))),
        f"attempt {hop.attempt}" if hop.attempt > 1 else "",
        f"breaker {escape(hop.breaker)}" if hop.breaker not in ("", "closed") else "",
        f"[dim]signed by {escape(hop.key_id[:16])}…[/]" if hop.key_id else "",
    ]
    return "  ".join(filter(None, words))


def _bar(part: int, whole: int) -> str:
    """A part of the width, in eighths of a column; never nothing."""
    eighths = max(1, round(part / max(whole, 1) * _BAR * 8))
    full, rest = divmod(eighths, 8)
    return ("█" * full + _EIGHTHS[rest].strip()).ljust(_BAR)


def _name(hop: HopRecord) -> str:
    return f"{hop.portal}.{hop.operation}"


def _result(record: Record) -> str:
    return " ".join(filter(None, (str(record.status or ""), record.outcome, record.code)))


def _coloured(outcome: str, words: str) -> str:
    from rich.markup import escape

    return f"[{_COLOURS.get(outcome, 'red')}]{escape(words)}[/]"


def _moment(record: Record) -> str:
    return record.at.replace("T", " ")[:23]


def _milliseconds(microseconds: int) -> str:
    return f"{microseconds / 1000:.1f}"
