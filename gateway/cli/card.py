"""`mre-gateway card`: verify an MRE Services card, on any machine and without a network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from gateway.cli.which_gateway import as_json_option, print_json

if TYPE_CHECKING:
    from gateway.cards.verify import Verdict

_SAYS: Final = {
    "valid": "valid",
    "expired": "expired",
    "not_yet_valid": "not valid yet: it was issued later than the time given, or this clock is wrong",
    "revoked": "revoked",
    "status_unknown": "genuine and in date, but the status list does not say whether it is revoked",
    "not_genuine": "not genuine",
}
_HOLDER: Final = {
    "unbound": "the card is bound to no key",
    "not_proved": "the card is bound to a key; that the bearer has it was not asked",
    "proved": "the bearer has proved to have the card's key",
}


@click.group("card")
def command() -> None:
    """Verify MRE Services cards."""


@command.command("verify")
@click.argument("card", type=click.File("rb"))
@click.option(
    "--issuer-key",
    "issuer_key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="The issuer's /.well-known/jwt-vc-issuer, or its key set, as a file; got from whom you trust.",
)
@click.option(
    "--status-list",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The list that the card names, as a file. Without it nothing is said about revocation.",
)
@click.option("--at", help="Judge as of this time (RFC 3339) instead of now.")
@click.option("--audience", default="", help="Demand that the bearer proves to have the card's key, for you...")
@click.option("--nonce", default="", help="...and for this demand, so that a proof seen elsewhere is no use.")
@as_json_option
@click.pass_context
def verify(
    ctx: click.Context,
    card: BinaryIO,
    issuer_key: Path,
    status_list: Path | None,
    at: str | None,
    audience: str,
    nonce: str,
    as_json: bool,
) -> None:
    """Is CARD (a file, or `-`) genuine, in date, and not revoked? Nothing is fetched.

    Exit code 0: yes. 1: no, or the status list that was given does not say.
    """
    from gateway.cards.verify import MOST_CHARACTERS, BadTrust, read_trust
    from gateway.cards.verify import verify as judge

    if bool(audience) != bool(nonce):
        raise click.UsageError("--audience and --nonce go together")
    try:
        trust = read_trust(issuer_key.read_bytes())
    except BadTrust as error:
        raise click.UsageError(f"--issuer-key {issuer_key}: {error}") from error
    verdict = judge(
        card.read(MOST_CHARACTERS + 2).decode("latin-1"),
        trust,
        status_list=status_list.read_text(encoding="latin-1") if status_list else None,
        at=_moment(at) if at else None,
        audience=audience,
        nonce=nonce,
    )
    if as_json:
        print_json(verdict)
    else:
        _print(verdict)
    ctx.exit(0 if verdict.result == "valid" else 1)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--at {text}: not a time like 2027-01-31T12:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _print(verdict: Verdict) -> None:
    reason = f" ({verdict.reason})" if verdict.result == "not_genuine" else ""
    click.echo(_SAYS[verdict.result] + reason)
    if verdict.result == "not_genuine":
        return
    claims = verdict.claims
    if verdict.status == "not_checked" and verdict.result == "valid":
        click.echo("revocation: not checked, no status list was given")
    click.echo(_HOLDER[verdict.holder])
    click.echo(f"issuer: {claims['iss']}")
    click.echo(f"entitlements: {', '.join(map(str, claims.get('entitlements', [])))}")
    for name in ("name", "national_id_ending", "birthdate"):
        if name in claims:
            click.echo(f"{name}: {_plain(claims[name])}")
    for label, name in (("issued", "iat"), ("expires", "exp")):
        click.echo(f"{label}: {datetime.fromtimestamp(claims[name], UTC).isoformat()}")


def _plain(value: object) -> str:
    """A terminal shows it and does nothing else with it."""
    text = str(value)
    return text if text.isprintable() else ascii(text)
