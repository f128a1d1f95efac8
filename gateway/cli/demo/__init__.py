"""`mre-gateway demo`: sandboxes and gateway as real processes, and journeys as a real client takes them."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.which_gateway import print_json


@click.command("demo")
@click.option("--once", is_flag=True, help="Stop everything when the journeys have ended.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print one JSON object instead of progress.")
@click.option(
    "--port",
    type=click.IntRange(1, 65531),
    default=8400,
    show_default=True,
    help="The sandboxes take port+1, port+2 and port+4 (e-mail), the window port+3.",
)
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="Keep everything there and continue there.")
@click.option("--store", "store_url", default="", help="SQLAlchemy URL of a PostgreSQL database; by default SQLite.")
@click.option(
    "--speed", type=click.FloatRange(min=1), default=259_200.0, help="Simulated seconds in a second; three days."
)
def command(once: bool, as_json: bool, port: int, state_dir: Path | None, store_url: str, speed: float) -> None:
    """Run sandboxes, gateway and a few journeys on this machine.

    A woman in Lyon orders two birth extracts, pays the fee, and has them delivered. Then she renews her passport:
    stamp, appointment, pre-application, parcel. The parcel of a third extract gets lost, and she complains about it.
    All four cases are hers. A man in Brussels orders a certificate of registration, which he collects. Both are told by
    e-mail as it happens, she in Arabic and he in French, he by SMS too; their mailboxes are on the sandbox host.
    Nothing leaves the machine. Without --state everything is kept in a temporary folder and deleted at the end; with
    it, a demo that was killed continues where it was.
    """
    import asyncio
    import signal
    import tempfile
    from contextlib import ExitStack

    from gateway.cli.demo.processes import NotStarted
    from gateway.cli.demo.run import run
    from gateway.cli.demo.show import Show, Terminal
    from gateway.sandbox.person import Stuck

    # Told to end, it ends as on Ctrl-C: its processes must not outlive it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if as_json and not once:
        raise click.UsageError("--json goes with --once")
    with ExitStack() as stack:
        if state_dir is None:
            state_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mre-gateway-")))
        show = Show() if as_json else Terminal()
        try:
            facts = asyncio.run(run(state_dir, port=port, store_url=store_url, speed=speed, show=show, stay=not once))
        except (NotStarted, Stuck) as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            return
    if as_json:
        print_json(facts)
    if any(case["status"] != "completed" for case in (facts["case"], *facts["more"])):
        raise SystemExit(1)
