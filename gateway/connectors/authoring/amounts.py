"""Dirhams in a portal's notation, a dot and two decimals, and the gateway's centimes."""

from __future__ import annotations

import re
from typing import Final

from gateway.connectors.contract import Money, Refused

_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,9})\.([0-9]{2})")


def centimes(text: str) -> int:
    """ "20.00" is 2000; "20", "20,00", "020.00" and "2e1" raise `ValueError`."""
    amount = _AMOUNT.fullmatch(text)
    if amount is None:
        raise ValueError("not an amount with a dot and two decimals")
    return int(amount[1] + amount[2])


def decimal(money: Money) -> str:
    """The reverse. Raises `Refused` for another currency (`currency_not_supported`) and for what is not above zero
    (`amount_not_payable`)."""
    if money.currency != "MAD":
        raise Refused("currency_not_supported")
    if money.amount <= 0:
        raise Refused("amount_not_payable")
    return f"{money.amount // 100}.{money.amount % 100:02}"
