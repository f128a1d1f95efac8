"""What Echo pushes: the time in its signature is ASCII digits, and hexadecimal has no case."""

from __future__ import annotations

import hashlib
import hmac
import time

import httpx
import pytest

from gateway.connectors.contract import Callback, Portal, Refused
from gateway.secret import Secret
from plugins.echo.connector import Echo

BODY = b'{"reference":"E00000001"}'


@pytest.fixture
def echo() -> Echo:
    return Echo(
        Portal(id="echo", http=httpx.AsyncClient(), secrets={"api_key": Secret("other"), "push_key": Secret("key")})
    )


def pushed(at: str, *, upper: bool = False) -> Callback:
    said = f"echo push v1\nPOST\nx\n{at}\n".encode() + BODY
    signed = hmac.new(b"key", said, hashlib.sha256).hexdigest()
    signature = f"{at}.{signed.upper() if upper else signed}"
    return Callback(method="POST", path="x", headers={"x-echo-signature": signature}, body=BODY)


@pytest.mark.parametrize("upper", [False, True])
async def test_a_push_of_now_is_believed(echo: Echo, upper: bool) -> None:
    assert (await echo.notice(pushed(str(int(time.time())), upper=upper))).reference == "E00000001"


@pytest.mark.parametrize("at", ["²", "١٧٩٩٩٩٩٩٩٩", "1_0", "+5", "", "9" * 5000])
async def test_a_time_that_is_no_number_is_no_push(echo: Echo, at: str) -> None:
    with pytest.raises(Refused, match=r"bad_signature|too_old"):
        await echo.notice(pushed(at))
