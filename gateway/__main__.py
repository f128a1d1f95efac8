"""`python -m gateway` is `mre-gateway`."""

from __future__ import annotations

from gateway.cli import run

if __name__ == "__main__":
    run()
