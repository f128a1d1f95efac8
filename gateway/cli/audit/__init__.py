"""`mre-gateway audit`: look into the log of this machine's gateway, take it away, check it."""

from __future__ import annotations

import click

from gateway.cli.audit.erase import erase
from gateway.cli.audit.look import search, show
from gateway.cli.audit.take import export, proof, verify
from gateway.cli.audit.witness import witness


@click.group("audit")
def command() -> None:
    """Search, show, export, verify and witness the audit log. Every look is recorded."""


for each in (search, show, export, verify, proof, witness, erase):
    command.add_command(each)
