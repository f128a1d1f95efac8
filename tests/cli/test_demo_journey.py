"""What the demo's person does where the gateway was quicker than she."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from gateway.cli.demo.journey import Client, Journey, Notes
from gateway.cli.demo.scenes import Scene
from gateway.cli.demo.show import Show
from gateway.sandbox.person import Stuck

CASE = "/v1/cases/case_1"


class Gateway:
    """One case whose fee is asked for when it is read, and refused with `code` when it is to be paid."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.over = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == f"{CASE}/actions/pay":
            self.over = True
            return httpx.Response(409, json={"code": self.code, "detail": "paid since"})
        if request.url.path == f"{CASE}/events":
            event = {"id": "1", "status": "action_required", "code": "received"}
            return httpx.Response(200, text=f"data: {json.dumps(event)}\n\n")
        if request.url.path == "/v1/services/echo.stamped":
            return httpx.Response(200, json={"id": "echo.stamped", "title": "A note", "example": {}})
        status = "completed" if self.over else "action_required"
        pay = {"type": "pay", "optional": False}
        return httpx.Response(200, json={"id": "case_1", "status": status, "actions": [pay], "deadlines": []})


async def journey(code: str, folder: Path) -> Journey:
    async with httpx.AsyncClient(transport=httpx.MockTransport(Gateway(code)), base_url="http://gateway") as web:
        made = Journey(
            Scene(name="a", about="a", service="echo.stamped"), Client(web), web, Show(), told=lambda _: None
        )  # fmt: skip
        await made.run(Notes(folder / "notes.json"), None)
    return made


async def test_payment_that_was_found_in_the_meantime_is_not_made_again(tmp_path: Path) -> None:
    """After a kill the acquirer's word may come between her look at the case and her payment."""
    assert (await journey("action_not_open", tmp_path)).case["status"] == "completed"


async def test_any_other_refusal_ends_the_demo(tmp_path: Path) -> None:
    with pytest.raises(Stuck, match="payment_unknown"):
        await journey("payment_unknown", tmp_path)
