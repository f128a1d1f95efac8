"""The outbox: which lines of cases' timelines others are still to learn of.

`gateway.cases` puts them in, in the transaction of the change itself, so that neither is there without the other.
`gateway.notifications` takes them out. A row is an id and a number; what happened is in `case_events`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, insert

from gateway.storage.compiled_statements import CompiledStatement
from gateway.storage.tables import outbox

_PUT: Final = CompiledStatement(insert(outbox))


def put(tx: Connection, case_id: str, seqs: Sequence[int]) -> None:
    """Put these lines of the case's timeline into the outbox, in this order.

    The transaction holds the row of the case, so that nobody puts later ones in before it commits.
    """
    _PUT.run_each(tx, [{"case_id": case_id, "seq": seq} for seq in seqs])
