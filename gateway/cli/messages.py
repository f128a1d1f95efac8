"""`mre-gateway messages`: what became of the messages to people, and e-mail that came back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.audit.opened import run
from gateway.cli.which_gateway import print_json, settings_of, which

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.storage import Storage


@click.group("messages")
def command() -> None:
    """Count the messages to people, and take e-mail that came back."""


@command.command("show")
@click.option("--days", type=click.IntRange(1, 3650), default=7, show_default=True, help="Messages of so many days.")
@which
def show(days: int, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Count messages by channel, state and reason. Says nothing about anybody."""
    from datetime import UTC, datetime, timedelta
    from functools import partial

    from gateway.notifications.messages import store

    since = datetime.now(UTC) - timedelta(days=days)

    async def work(storage: Storage, _: AuditLog) -> tuple[list[tuple[str, str, str, int]], store.Waiting]:
        return await storage.run_read(partial(store.counts, since=since)), await storage.run_read(store.waiting)

    counts, waiting = run(settings_of(state_dir, config), work)
    if as_json:
        names = ("channel", "state", "reason", "count")
        found = [dict(zip(names, each, strict=True)) for each in counts]
        print_json({"days": days, "messages": found, "overdue_seconds": round(waiting.overdue, 1)})
        return
    for channel, state, reason, count in counts:
        click.echo(f"{channel:<6} {state:<14} {count:>8}  {reason}")
    click.echo(f"{sum(each[-1] for each in counts)} in {days} days; the longest overdue: {waiting.overdue:.0f} s")


@command.command("bounce")
@which
def bounce(state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Read an e-mail that came back from stdin, and mark the message it is about.

    For a mail server's alias. Whatever is no report about a message of ours is left alone, with exit code 0.
    """
    from gateway.notifications.messages import bounces

    report = bounces.read_report(sys.stdin.buffer.read(bounces.MAX_BYTES))
    taken = False
    if report is not None:
        found = report

        async def work(storage: Storage, log: AuditLog) -> bool:
            return await storage.run_write(lambda tx: bounces.take(tx, log, found))

        taken = run(settings_of(state_dir, config), work)
    if as_json:
        print_json({"taken": taken, "message": report.message if report and taken else None})
    else:
        click.echo(f"{report.message} came back" if report and taken else "no report about a message that was sent")
