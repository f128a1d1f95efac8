"""`mre-gateway keys`: the gateway's own keys, in `<state>/keys`. Nothing private is ever printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from gateway.cli.which_gateway import print_json, settings_of, which

if TYPE_CHECKING:
    from gateway.auth.keys import KeyInfo, Use

USES: Final = ("receipts", "outbound", "audit", "cards")


@click.group("keys")
def command() -> None:
    """List, create and rotate the gateway's keys."""


@command.command("list")
@which
def list_keys(state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """List keys by use: which one signs, which are kept to verify with."""
    from gateway.auth.keys import KeyRing, KeyRingError

    try:
        ring = KeyRing.open(settings_of(state_dir, config).state_dir / "keys")
    except KeyRingError as error:
        raise click.ClickException(str(error)) from error
    _show(ring.list(), as_json=as_json)
    for problem in ring.problems():
        click.echo(problem, err=True)


@command.command("create")
@which
def create(state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Make the keys that are missing; demo keys in the demo profile. What is there stays."""
    from gateway.auth.keys import KeyRing, KeyRingError

    settings = settings_of(state_dir, config)
    try:
        ring = KeyRing.create(settings.state_dir / "keys", demo=settings.profile == "demo")
    except (KeyRingError, OSError) as error:
        raise click.ClickException(str(error)) from error
    _show(ring.list(), as_json=as_json)


@command.command("rotate")
@click.argument("use", type=click.Choice(USES))
@which
def rotate(use: str, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Sign with a new key from now on. The old one can only verify afterwards; a running gateway notices by itself."""
    from gateway.auth.keys import KeyRing, KeyRingError

    try:
        ring = KeyRing.open(settings_of(state_dir, config).state_dir / "keys")
        ring.rotate(cast("Use", use))
    except (KeyRingError, OSError) as error:
        raise click.ClickException(str(error)) from error
    _show([info for info in ring.list() if info.use == use], as_json=as_json)


@command.command("forget")
@click.option("--before", type=int, required=True, help="The first year that is kept.")
@which
def forget(before: int, state_dir: Path | None, config: Path | None, as_json: bool) -> None:
    """Destroy the keys of the log's pseudonyms of past years. Nobody can tell any more whose those records are.

    `audit erase` cannot either: of a person who is erased later it finds the records of those years by the cases alone.
    Erase first who has asked for it.
    """
    from gateway.auth import ledger
    from gateway.auth.keys import KeyRingError

    try:
        left = ledger.forget(settings_of(state_dir, config).state_dir / "keys" / ledger.FILENAME, before=before)
    except (KeyRingError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json({"first_year": left})
        return
    click.echo(f"pseudonyms can be made from {left} on; a gateway that runs keeps the others until it ends")
    click.echo("whoever is erased from now on: earlier records are found by the cases alone, the salts of others stay")


def _show(keys: list[KeyInfo], *, as_json: bool) -> None:
    if as_json:
        print_json(keys)
        return
    for info in keys:
        click.echo(f"{info.use:<9} {info.state:<8} {info.key_id}{'  (demo)' if info.demo else ''}")
