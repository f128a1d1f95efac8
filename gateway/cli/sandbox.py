"""`mre-gateway sandbox`: the portals' stand-ins and the sandbox identity provider, on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import socket


@click.command("sandbox")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to serve on; by default the settings' (8401).")
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="State folder; made if it is not there.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings to use instead.")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), help="Simulated seconds in a second.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
def command(port: int | None, state_dir: Path | None, config: Path | None, speed: float | None, host: str) -> None:
    """Serve the portals' stand-ins and the sandbox identity provider."""
    if config is not None and state_dir is not None:
        raise click.UsageError("--config and --state: give one of them")
    from gateway.sandbox.host import build
    from gateway.sandbox.serve import PortTaken, listen, serve, url_of
    from gateway.sandbox.state import prepare
    from gateway.settings import load

    try:
        if config is None:
            state_dir = state_dir or load().state_dir
            if not (state_dir / "gateway.toml").exists():
                port = port or load().sandbox.port
                prepare(state_dir, port=port - 1, sandbox_port=port, speed=speed or 1.0)
        settings = load(config, state_dir=state_dir)
        socket = listen(host, port or settings.sandbox.port)
        url = settings.sandbox.url if socket.getsockname()[1] == settings.sandbox.port else url_of(socket)
        mail = _mail_socket(host, settings.sandbox.smtp_port)
        app = build(settings, url=url, speed=speed, smtp=mail)
        secured = app.on_second_port(listen(host, settings.sandbox.tls_port)) if app.tls is not None else None
    except PortTaken as error:
        raise click.ClickException(str(error)) from error
    for portal, reason in app.broken.items():
        click.echo(f"{portal}: left out: {reason}", err=True)
    click.echo(f"sandboxes of {', '.join(app.apps)} at {url}", err=True)
    if secured is not None:
        click.echo(f"of these over mutual TLS on port {settings.sandbox.tls_port}: {', '.join(app.secured)}", err=True)
    if mail is not None:
        click.echo(f"mailboxes at {url}/mailbox/, SMTP on port {settings.sandbox.smtp_port}", err=True)
    serve(app, socket, secured)


def _mail_socket(host: str, port: int) -> socket.socket | None:
    """Without this port no e-mail arrives; everything else works."""
    from gateway.sandbox.serve import PortTaken, listen

    try:
        return listen(host, port)
    except PortTaken as problem:
        click.echo(f"no e-mail arrives: {problem}", err=True)
        return None
