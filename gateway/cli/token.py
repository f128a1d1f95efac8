"""`mre-gateway token`: an access token from the sandbox identity provider, by the same flows as a real client's."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli.which_gateway import print_json, settings_of

if TYPE_CHECKING:
    from gateway.sandbox.login import Token
    from gateway.settings import Settings

SUBJECTS: Final = {"citizen": "AB123456", "agent": "nadia"}
"""Roles of people, and who they are unless told otherwise."""
CLIENTS: Final = {
    "citizen": "demo-frontend",
    "app": "demo-app",
    "agent": "demo-agent",
    "auditor": "demo-auditor",
    "operator": "demo-operator",
    "agency": "demo-agency",
}


@click.command("token")
@click.argument("role", type=click.Choice(list(CLIENTS)))
@click.option(
    "--subject",
    show_default="AB123456, or nadia",
    help="CNIE of the fictional person, or the name that an agent logs in by: nadia, omar.",
)
@click.option("--client", "client_id", help="Client to be; by default the demo's client for the role.")
@click.option("--scope", "scopes", multiple=True, help="Scope to ask for, repeatable; by default all of the client's.")
@click.option(
    "--acr",
    default="substantial",
    show_default=True,
    type=click.Choice(["low", "substantial", "high"]),
    help="How surely the person is known (citizen and agent).",
)
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder of the demo.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings to use instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
def command(
    role: str,
    subject: str | None,
    client_id: str | None,
    scopes: tuple[str, ...],
    acr: str,
    state_dir: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Get an access token from the sandbox identity provider, which must be running."""
    from gateway.sandbox.login import LoginError

    settings = settings_of(state_dir, config)
    client_id = client_id or CLIENTS[role]
    subject = subject or SUBJECTS.get(role, "")
    asked = " ".join(scopes).split()
    try:
        token = asyncio.run(_login(settings, role, client_id, subject, asked, acr))
    except LoginError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        answer = {
            "access_token": token.access_token,
            "token_type": token.token_type,
            "scope": token.scope,
            "client_id": client_id,
            "expires_in": token.expires_in,
            "expires_at": int(time.time()) + token.expires_in,
        }
        print_json(answer)
    else:
        click.echo(token.access_token)


async def _login(settings: Settings, role: str, client_id: str, subject: str, scopes: list[str], acr: str) -> Token:
    import httpx

    from gateway.sandbox.login import LoginError, SandboxLogin
    from gateway.settings import read_file

    issuer = next((issuer.issuer for issuer in settings.auth.issuers if issuer.demo), None)
    if issuer is None:
        raise LoginError("these settings know no sandbox identity provider: give the demo's folder with --state")
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        login = SandboxLogin(issuer, http)
        if role in SUBJECTS:
            return await login.citizen(subject, client_id=client_id, scopes=scopes, acr=acr)
        secret = read_file(str(settings.state_dir / "secrets" / f"idp.{client_id}"))
        return await login.machine(client_id, secret, scopes=scopes)
