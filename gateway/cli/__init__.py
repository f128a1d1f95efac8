"""The `mre-gateway` command. A subcommand's module is imported only when asked for, so that `--help` is instant."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Final

import click

from gateway import __version__

COMMANDS: Final = {
    "demo": "Run sandboxes, gateway and a few journeys on this machine.",
    "serve": "Serve the MRE Services API.",
    "work": "Run journeys (PostgreSQL only; on SQLite `serve` does it).",
    "window": "Serve the window: the frontend for people and those who serve them.",
    "sandbox": "Serve the portals' stand-ins and the sandbox identity provider.",
    "token": "Get an access token from the sandbox identity provider.",
    "connector": "List, show, create and check connector plugins.",
    "audit": "Search, show, export and verify the audit log.",
    "receipt": "Check the receipt of a case, without a network.",
    "card": "Verify an MRE Services card, without a network.",
    "keys": "List and rotate the gateway's keys.",
    "messages": "Count the messages to people, and take e-mail that came back.",
    "doctor": "Say what is wrong with this installation, and the remedy.",
    "openapi": "Print the OpenAPI document.",
}

_COLLECTION: Final = (50_000, 20, 100)
"""How many objects more before garbage is looked for. Importing makes hundreds of thousands that all stay: with
Python's own numbers a third of the time of a start goes into looking through them."""


class _Lazy(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        """Settings that cannot be used are told in one line, whichever command reads them."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            settings = sys.modules.get("gateway.settings")  # without it, nobody has read any
            if settings is None or not isinstance(error, settings.SettingsError):
                raise
            raise click.ClickException(str(error)) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from gateway.telemetry.logging import configure

        configure()  # whatever is logged goes to stderr: what a command prints is read by programs
        if cmd_name not in COMMANDS:
            return _from_plugins(cmd_name)
        command: click.Command = import_module(f"gateway.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _from_plugins(name: str) -> click.Command | None:
    """A command that a plugin registers. Plugins are loaded only when somebody asks for a command that is not ours."""
    from gateway.connectors import loader
    from gateway.settings import load

    return loader.load(load()).commands.get(name)


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mre-gateway")
def main() -> None:
    """MRE Gateway: one API in front of the portals that Moroccans living abroad need."""


def run() -> None:
    """The command as a process of its own: whatever it writes is for its user alone, databases, keys and exports."""
    os.umask(0o077)
    gc.set_threshold(*_COLLECTION)
    try:
        main(prog_name="mre-gateway")
    finally:
        gc.freeze()  # the interpreter would look through all that it is about to throw away
