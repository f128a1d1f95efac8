"""What `import gateway.app` leaves to those who use it, and a gateway has before its first call.

Commands and tools that put no gateway together do without. In a gateway none of these may be imported by the call that
needs it first: that would hold up all others for as long as it takes, 10 to 50 ms each.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

LATE: Final = (
    "icalendar",
    "openvc.proof.sd_jwt",
    "openvc.status.issue",
    "openvc.status.token_status_list",
    "phonenumbers",
    "segno",
)
"""Beyond these, the portals' connections and the webhooks' bring aiohttp, a PostgreSQL store psycopg, when made."""


def import_late_modules() -> None:
    for each in LATE:
        import_module(each)
