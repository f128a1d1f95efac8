"""A right that has ended stops what has not left yet, and nothing else."""

from __future__ import annotations

import pytest

from gateway.connectors.contract import Filing
from gateway.outbound.errors import NotPermitted, never_sent
from tests.outbound.raw import READING, answer, during

WRITING = Filing.withdraw


class Ended(Exception):
    pass


def permitted(*, times: int):
    """Allows so many attempts."""
    asked = []

    async def permit() -> None:
        asked.append(len(asked))
        if len(asked) > times:
            raise Ended

    return permit, asked


async def test_what_is_no_longer_permitted_never_leaves(portal, client_to):
    portal_client = client_to(portal.url)
    permit, _ = permitted(times=0)
    with during(WRITING) as call:
        call.permit = permit
        with pytest.raises(NotPermitted) as caught:
            await portal_client.client.post("/orders/1/cancel")
    assert isinstance(caught.value.__cause__, Ended)
    assert never_sent(caught.value)
    assert (portal.seen, call.exposures, portal_client.state) == ([], 0, "up")


async def test_each_attempt_is_asked_about(portal, client_to):
    portal.respond = lambda _: answer(status=502)
    permit, asked = permitted(times=1)
    portal_client = client_to(portal.url)
    with during(WRITING) as call:
        call.permit = permit
        with pytest.raises(NotPermitted):
            await portal_client.client.post("/orders/1/cancel")
    assert (len(asked), len(portal.seen), call.exposures) == (2, 1, 1)


async def test_a_question_needs_no_permit(portal, client_to):
    permit, asked = permitted(times=0)
    with during(READING) as call:
        call.permit = permit
        await client_to(portal.url).client.get("/orders/1")
    assert (asked, len(portal.seen)) == ([], 1)
