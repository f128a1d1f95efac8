"""The keys by which portals find what was created for a case, after an answer was lost."""

from __future__ import annotations

from typing import Literal


def creation_key(case_id: str, creation: Literal["file", "stamp", "ship", "book"], number: int | None = None) -> str:
    """The same for every attempt. Connectors are promised at most 48 characters of `a-z`, `0-9`, `_` and `:`
    (`Submission.key`): a portal that keeps less could not find it. `number`: of the stamp, the parcel, the booking."""
    return f"{case_id}:{creation}" if number is None else f"{case_id}:{creation}:{number}"
