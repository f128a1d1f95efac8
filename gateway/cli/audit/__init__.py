"""`mre-gateway audit`: look into the log of this machine's gateway, take it away, check it."""

from __future__ import annotations

import click

from gateway.cli.audit.erase import erase
from gateway.cli.audit.export import export
from gateway.cli.audit.proof import proof
from gateway.cli.audit.search import search
from gateway.cli.audit.show import show
from gateway.cli.audit.verify import verify
from gateway.cli.audit.witness import witness


@click.group("audit")
def command() -> None:
    """Search, show, export, verify and witness the audit log. Every look is recorded."""


for each in (search, show, export, verify, proof, witness, erase):
    command.add_command(each)
