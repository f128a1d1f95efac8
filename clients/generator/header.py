"""How a generated file begins."""

from __future__ import annotations

from typing import Final

MARK: Final = "(of what it was made)"
"""Stands where the digests come: of the description and the generator, and of the file's own text."""


def python_header(subject: str) -> str:
    return f'"""{subject} Written by `make clients`.\n\n{MARK}\n"""\n\nfrom __future__ import annotations\n\n'


def typescript_header(subject: str) -> str:
    return f"/**\n * {subject} Written by `make clients`.\n *\n * {MARK}\n */\n"
