"""`mre-gateway audit verify`: whether files are the log."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("verify")
@click.argument("target")
@click.option("--vkey", required=True, multiple=True, help="Verifier key of the log, got from whom you trust.")
@click.option(
    "--since",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An earlier checkpoint, or a .tlog-proof.",
)
@click.option("--expired", type=click.IntRange(0), help="How many records may have expired, at most.")
@click.option("--witness", multiple=True, help="Verifier key of a witness who must have cosigned it.")
@click.option(
    "--tsa",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Root certificate (PEM) of an authority who must have dated it.",
)
@click.option(
    "--token", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="A timestamp of it that you kept."
)
@click.option("--anchored-within", type=click.IntRange(0), help="How many seconds old the newest anchor may be, each.")
@click.option("--origin", help="Name of the log, if it is not that of the key.")
@click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")
@click.pass_context
def verify(
    ctx: click.Context,
    target: str,
    vkey: tuple[str, ...],
    since: Path | None,
    expired: int | None,
    witness: tuple[str, ...],
    tsa: Path | None,
    token: Path | None,
    anchored_within: int | None,
    origin: str | None,
    as_json: bool,
) -> None:
    """Check TARGET: an exported folder, the address of a log (any C2SP tlog-tiles log), or a .tlog-proof file.

    This runs verify_audit.py, which an auditor can also run alone. A token for a log that asks for one goes into the
    environment variable AUDIT_TOKEN.
    """
    from gateway.audit import verify_audit

    words = [target, *(word for key in vkey for word in ("--vkey", key))]
    words += ["--since", str(since)] if since else []
    words += [word for key in witness for word in ("--witness", key)]
    words += ["--tsa", str(tsa)] if tsa else []
    words += ["--token", str(token)] if token else []
    words += ["--expired", str(expired)] if expired is not None else []
    words += ["--anchored-within", str(anchored_within)] if anchored_within is not None else []
    words += ["--origin", origin] if origin else []
    ctx.exit(verify_audit.main([*words, *(["--json"] if as_json else [])]))
