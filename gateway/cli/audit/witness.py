"""`mre-gateway audit witness`: an independent witness of audit logs, with a key and a memory of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli.which_gateway import as_json_option, print_json

if TYPE_CHECKING:
    from gateway.audit.note import Signer

KEY: Final = "witness.pem"
VKEY: Final = "witness.vkey"


@click.command("witness")
@click.option("--log", "logs", multiple=True, required=True, help="Verifier key of a log to watch; may be repeated.")
@click.option("--state", "state_dir", type=click.Path(path_type=Path, file_okay=False), required=True,
              help="The witness's own folder, never a gateway's; made if it is not there.")  # fmt: skip
@click.option("--name", default="witness.local/w1", show_default=True, help="The witness's name, part of its key.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8403, show_default=True, help="Port; 0: any free one.")
@as_json_option
def witness(logs: tuple[str, ...], state_dir: Path, name: str, host: str, port: int, as_json: bool) -> None:
    """Serve a witness (C2SP tlog-witness): it cosigns a log's checkpoint if that continues the last one it saw.

    Run it on another machine than the gateway, by other people. It has its own key and remembers the newest checkpoint
    of each log. Its verifier key is printed at the start: give it to the gateway's operators and to the auditors.
    """
    from gateway.audit.note import NoteError, VerifierKey
    from gateway.audit.witness import STORE, Witness
    from gateway.audit.witness_app import application
    from gateway.auth.keyfiles import KeyRingError, private_folder
    from gateway.sandbox.serve import PortTaken, listen, serve, url_of
    from gateway.telemetry.logging import configure

    configure("info")
    if (state_dir / "keys").exists() or (state_dir / "gateway.sqlite").exists():
        raise click.ClickException(f"{state_dir} is a gateway's: a witness shares no folder with whom it watches")
    try:
        known = [VerifierKey.parse(log) for log in logs]
    except NoteError as error:
        raise click.UsageError(f"--log: {error}") from error
    try:
        signer = open_key(private_folder(state_dir) / KEY)
        made = Witness(name, signer, known, state_dir / STORE)
        _same_name(state_dir / VKEY, str(made.key))
        listening = listen(host, port)
    except (NoteError, KeyRingError, PortTaken) as error:
        raise click.ClickException(str(error)) from error
    url = url_of(listening)
    if as_json:
        print_json({"vkey": str(made.key), "url": url, "logs": [key.name for key in known]})
    else:
        click.echo(f"witness of {', '.join(key.name for key in known)} at {url}")
        click.echo(f"vkey {made.key}")
    serve(application(made), listening)


def open_key(path: Path) -> Signer:
    """The witness's key; made at the first start, readable by its owner alone."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    from gateway.auth.keyfiles import KeyRingError, readable_by_others, write_new
    from gateway.auth.keys import Signer

    if not path.exists():
        fresh = Ed25519PrivateKey.generate()
        write_new(path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if readable_by_others(path):
        raise KeyRingError(f"{path} can be read by other users of this machine: chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyRingError(f"{path}: not a readable private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRingError(f"{path}: not an Ed25519 key")
    return Signer("witness", key)


def _same_name(path: Path, vkey: str) -> None:
    """A witness under another name is another witness to everybody who trusts it."""
    from gateway.auth.keyfiles import KeyRingError, write_new

    if not write_new(path, f"{vkey}\n".encode()) and (before := path.read_text(encoding="utf-8").strip()) != vkey:
        raise KeyRingError(f"this witness is {before}: give that --name, or another --state")
