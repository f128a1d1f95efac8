"""Every way in which a portal fails, with the plugin as the gateway runs it: the right outcome, and one effect."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.connectors.contract import Filing, PortalError, Unavailable, Unknown
from gateway.connectors.loader import load_one
from gateway.connectors.registry import LoadedPlugin
from gateway.connectors.sources import Source
from gateway.sandbox.faults import Fault
from gateway.testing import Harness, harness
from plugins.passeport.tests.conftest import PLUGIN

BUDGET = 0.3


@pytest.fixture(scope="module")
def plugin() -> LoadedPlugin:
    loaded = load_one(Source(id="passeport", package="plugins.passeport", folder=PLUGIN, origin="test"))
    assert loaded is not None
    return loaded


@pytest.fixture
async def found(plugin: LoadedPlugin) -> AsyncIterator[Harness]:
    async with harness(plugin) as running:
        yield running


def kinds(found):
    return [each["kind"] for each in found.effects()]


@pytest.mark.parametrize("mode", ["error", "hang", "garbage", "reset", "commit_then_drop"])
async def test_a_filing_that_went_wrong_is_settled_by_its_key_and_happens_once(found, filing, mode):
    assert await found.call(Filing.find, "key-1") is None  # with it comes the token
    found.fault(mode)
    with pytest.raises(Unknown):
        await found.within(BUDGET).call(Filing.file, filing())
    found.fault("none")
    known = await found.call(Filing.find, "key-1")
    assert (known is not None) == (mode == "commit_then_drop")
    if known is None:
        await found.call(Filing.file, filing())
    assert kinds(found) == ["pre_application"]


@pytest.mark.parametrize("mode", ["error", "garbage", "reset"])
async def test_without_a_token_nothing_was_sent_and_it_may_be_tried_again(found, filing, mode):
    found.fault(mode)
    with pytest.raises(Unavailable):
        await found.within(BUDGET).call(Filing.file, filing())
    found.fault("none")
    await found.call(Filing.file, filing())
    assert kinds(found) == ["pre_application"]


async def test_a_token_endpoint_that_hangs_does_not_keep_the_call(found, filing):
    found.fault("hang")
    with pytest.raises(Unavailable):
        await found.within(BUDGET).call(Filing.file, filing())
    assert kinds(found) == []


@pytest.mark.parametrize("mode", ["error", "hang", "garbage", "reset"])
async def test_a_question_to_a_portal_in_trouble_is_to_be_asked_again(found, filing, mode):
    filed = await found.call(Filing.file, filing())
    found.fault(mode)
    for operation, *given in (
        (Filing.progress, filed.reference),
        (Filing.withdraw, filed.reference),
        (Filing.find, "key-1"),
    ):
        with pytest.raises(Unavailable):
            await found.within(BUDGET).call(operation, *given)
    found.fault("none")
    assert (await found.call(Filing.withdraw, filed.reference)).portal_status == "annulee"
    assert kinds(found) == ["pre_application", "cancellation"]


async def test_a_withdrawal_whose_answer_was_lost_is_repeated_and_happens_once(found, filing):
    filed = await found.call(Filing.file, filing())
    found.fault("commit_then_drop")
    assert (await found.call(Filing.withdraw, filed.reference)).portal_status == "annulee"
    assert kinds(found) == ["pre_application", "cancellation"]


async def test_a_slow_portal_is_waited_for(found, filing):
    found.host.faults.set("passeport", Fault(mode="slow", seconds=0.05))
    await found.call(Filing.file, filing())
    assert kinds(found) == ["pre_application"]


async def test_a_portal_that_keeps_failing_is_left_alone(found):
    found.fault("error")
    codes = set()
    for _ in range(20):
        with pytest.raises(PortalError) as failed:
            await found.within(BUDGET).call(Filing.find, "key-1")
        codes.add(failed.value.code)
    assert "breaker_open" in codes
