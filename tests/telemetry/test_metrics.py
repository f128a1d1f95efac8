"""The metrics page is written once for everybody who asks within a second."""

from __future__ import annotations

import asyncio
import threading

import pytest

from gateway.telemetry import metrics


async def test_the_page_is_written_once_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def exposition() -> bytes:
        written.append(threading.get_ident())
        return b"text"

    monkeypatch.setattr(metrics, "exposition", exposition)
    page = metrics.Page(60.0)
    assert await asyncio.gather(*(page.read() for _ in range(50))) == [b"text"] * 50
    assert await page.read() == b"text"
    assert len(written) == 1
    assert written[0] != threading.get_ident()  # not on the loop


async def test_a_page_that_cannot_be_written_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[bytes] = []

    def exposition() -> bytes:
        return answers.pop()

    monkeypatch.setattr(metrics, "exposition", exposition)
    page = metrics.Page(60.0)
    with pytest.raises(IndexError):
        await page.read()
    answers.append(b"text")
    assert await page.read() == b"text"
