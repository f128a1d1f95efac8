"""`python -m gateway` is `mre-gateway`."""

from __future__ import annotations

from gateway.cli import main

main(prog_name="mre-gateway")
