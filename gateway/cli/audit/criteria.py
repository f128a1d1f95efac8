"""The options that narrow a search or an export."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from gateway.audit.search import Filter
    from gateway.settings import Settings

KINDS: Final = ("call", "step", "admin", "access", "refusal")
_PSEUDONYM: Final = re.compile(r"p(?:[0-9]{4})?_[0-9a-f]+")
OUTCOMES: Final = ("ok", "client_error", "refused", "unavailable", "unknown", "denied", "failed")


LARGEST: Final = 2**63 - 1
"""No database counts further."""


class _Word(click.ParamType[str]):
    """Text that a database and a record take: a terminal can give bytes that are no text."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not str(value).isprintable():
            self.fail("it has characters that cannot be printed", param, ctx)
        return str(value)


WORD: Final = _Word()


class _Time(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date or time such as 2026-01-31 or 2026-01-31T08:00+01:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _pseudonym(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value and _PSEUDONYM.fullmatch(value) is None:  # the value enters the record of this look
        raise click.BadParameter("a pseudonym begins with p_ or p and a year; a national id is none")
    return value


def criteria(function: Callable[..., None]) -> Callable[..., None]:
    """The options of a `Filter`; the function gets them together, as keywords."""
    for option in reversed(
        (
            click.option("--since", type=_Time(), help="From this time on; UTC unless it says otherwise."),
            click.option("--until", type=_Time(), help="Before this time."),
            click.option("--call", "call_id", type=WORD, default="", help="Call id."),
            click.option("--case", "case_id", type=WORD, default="", help="Case id."),
            click.option(
                "--subject", default="", callback=_pseudonym, help="Pseudonym of the person (p_... or p2026_...)."
            ),
            click.option("--client", type=WORD, default="", help="Client id."),
            click.option("--service", type=WORD, default="", help="Service id."),
            click.option("--portal", type=WORD, default="", help="Portal."),
            click.option("--operation", type=WORD, default="", help="Operation, such as tracking.read."),
            click.option("--kind", type=click.Choice(KINDS), default=None, help="Kind of record."),
            click.option("--outcome", type=click.Choice(OUTCOMES), default=None, help="What came of it."),
        )
    ):
        function = option(function)
    return function


def filter_of(settings: Settings, given: Mapping[str, Any]) -> Filter:
    from gateway.audit.search import Filter
    from gateway.cli.audit.opened import names_of

    named = {name: value for name, value in given.items() if value is not None}
    return Filter(**named, subjects=names_of(settings, named.get("subject", "")))
