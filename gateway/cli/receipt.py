"""`mre-gateway receipt`: check a receipt, on any machine and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from gateway.cli.which_gateway import as_json_option, print_json

_SAYS: Final = {
    "not_a_receipt": "there is no receipt in it",
    "malformed": "not written as this gateway writes receipts",
    "unknown_key": "none of these keys signed it",
    "bad_signature": "the signature is not of what it says",
    "other_issuer": "another gateway signed it",
    "claims_invalid": "signed, but not a whole receipt",
}


@click.group("receipt")
def command() -> None:
    """Check receipts."""


@command.command("verify")
@click.argument("receipt", type=click.File("rb"))
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="The gateway's /.well-known/jwks.json, as a file; got from whom you trust.",
)
@click.option("--issuer", default="", help="The address that must have signed it, besides the key.")
@as_json_option
@click.pass_context
def verify(ctx: click.Context, receipt: BinaryIO, keys: Path, issuer: str, as_json: bool) -> None:
    """Is RECEIPT (a file, or `-`) genuine? It is the receipt as PDF, as a page or as the API gave it, or what a
    scanner reads from its QR code. Nothing is fetched.

    Of a PDF or page the signed text inside is checked; what it prints is what was signed. Compare it with what you read
    there: a file may show anything beside.

    Exit code 0: yes. 1: no.
    """
    from gateway.cards.verify import BadTrust, Trust, read_trust
    from gateway.cases.receipt_check import verify as judge
    from gateway.cases.receipt_files import MOST_BYTES, signed_text

    try:
        trust = read_trust(keys.read_bytes())
    except BadTrust as error:
        raise click.UsageError(f"--keys {keys}: {error}") from error
    trust = Trust(keys=trust.keys, issuer=issuer or trust.issuer)
    verdict = judge(signed_text(receipt.read(MOST_BYTES)), trust)
    if as_json:
        print_json(verdict)
    elif verdict.genuine:
        _print(verdict.claims)
    else:
        click.echo(f"not genuine: {_SAYS.get(verdict.reason, verdict.reason)}")
    ctx.exit(0 if verdict.genuine else 1)


def _print(claims: dict[str, Any]) -> None:
    deadline = claims["deadline"]
    click.echo("genuine")
    for label, value in (
        ("issuer", claims["iss"]),
        ("case", claims["sub"]),
        ("service", claims["service"]["title"]),
        ("filed", claims["filed_at"]),
        ("competent body", claims["competent_body"]),
        ("reference", (claims.get("portal") or {}).get("reference")),
        ("answer due by", deadline.get("on")),
        ("attachments", len(claims["attachments"])),
    ):
        if value is not None:
            click.echo(f"{label}: {_plain(value)}")


def _plain(value: object) -> str:
    """A terminal shows it and does nothing else with it."""
    text = str(value)
    return text if text.isprintable() else ascii(text)
